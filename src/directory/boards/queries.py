"""Reads of boards. A board and its schools see their own."""

from directory.boards.schemas import BoardDetail, BoardOut
from directory.names import named
from directory.schemas import FormerNameOut
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import NotFound
from kit.events import timeline
from kit.filters import Where
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

RIGHT = "network.read"

_FIELDS = "b.code, b.name, b.short_name, b.kind, b.closed_on"


async def search(
    who: Actor, *, text: str = "", closed: bool | None = None, limit: int = DEFAULT_LIMIT, after: str | None = None
) -> Page[BoardOut]:
    """Boards by name. `text`: a code or its start, or words of a name of today or before. `closed`: None for both."""
    where = _visible(who)
    last = decode(after, keys=2)
    found_as = named(where, text, kind="board", alias="b", more="fold(b.short_name)")
    if closed is not None:
        where.parts.append(f"b.closed_on IS {'NOT ' if closed else ''}NULL")
    if last:
        where.parts.append(f"(b.name_key, b.code) > ({where.argument(last[0])}, {where.argument(last[1])})")
    async with transaction(who):
        rows = await fetch(
            f"SELECT b.name_key, {_FIELDS}, {found_as} AS found_as FROM board b WHERE {where}"
            f" ORDER BY b.name_key, b.code LIMIT {check_limit(limit) + 1}",
            *where.args,
        )
    found = page(rows, limit, lambda row: (row["name_key"], row["code"]))
    return Page([BoardOut(**{k: v for k, v in row.items() if k != "name_key"}) for row in found.items], found.next)


async def one(who: Actor, code: str) -> BoardDetail:
    """A board by its code, `711000` or `711`. Raises NotFound."""
    where = _visible(who)
    where.add("b.code = {}", f"{code}000" if len(code) == 3 else code)
    async with transaction(who):
        row = await fetch_one(
            f"SELECT {_FIELDS}, b.listed_on, b.version,"
            " (SELECT count(*) FROM school s WHERE s.board = b.code AND s.closed_on IS NULL) AS schools,"
            " (SELECT count(*) FROM building g WHERE g.board = b.code AND g.closed_on IS NULL) AS buildings"
            f" FROM board b WHERE {where}",
            *where.args,
        )
        if row is None:
            raise NotFound()
        # What a board decides of itself, it reads: a school is told of it where it matters to the school.
        history = [] if who.scope is Scope.school else await timeline("board", row["code"])
        return BoardDetail(**row, former_names=await former_names("board", row["code"]), history=history)


async def former_names(kind: str, code: str) -> list[FormerNameOut]:
    """The names that a board, school or building bore, latest first. Call inside a transaction."""
    return await fetch_as(
        FormerNameOut,
        "SELECT name, until FROM former_name WHERE kind = $1 AND code = $2 ORDER BY until DESC, name",
        kind,
        code,
    )


def _visible(who: Actor) -> Where:
    who.must(RIGHT)
    where = Where()
    if who.scope in (Scope.board, Scope.school):
        where.add("b.code = {}", who.board)
    return where
