"""Reads of schools and centres."""

from directory.boards.queries import RIGHT, former_names
from directory.imports.rules import LEVELS
from directory.names import named
from directory.schools.schemas import SchoolDetail, SchoolHeadcount, SchoolOut, SchoolPlace
from kit.actor import Actor
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import Invalid, NotFound
from kit.events import timeline
from kit.filters import Where, visible
from kit.i18n import _
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

_LEVELS = ", ".join(f"CASE WHEN s.\"{level}\" THEN '{level}' END" for level in LEVELS)
_FIELDS = (
    "s.code, s.name, s.short_name, s.board, b.short_name AS board_name, s.municipality_name, s.region,"
    f" array_remove(ARRAY[{_LEVELS}], NULL) AS levels, s.closed_on"
)
# LEFT JOIN: whoever sees the school sees its line.
_FROM = "FROM school s LEFT JOIN board b ON b.code = s.board"


async def search(
    who: Actor,
    *,
    text: str = "",
    board: str | None = None,
    region: str | None = None,
    level: str | None = None,
    closed: bool | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[SchoolOut]:
    """Schools by name. `text`: a code or its start, or words of a name of today or before (the municipality counts too).

    `closed`: None for open and closed. Raises Invalid for an unknown level.
    """
    where = _visible(who)
    last = decode(after, keys=2)
    found_as = named(where, text, kind="school", alias="s", more="fold(s.municipality_name)")
    for column, value in (("board", board), ("region", region)):
        if value is not None:
            where.add(f"s.{column} = {{}}", value)
    if level is not None:
        if level not in LEVELS:
            raise Invalid({"level": _("« level » est un de {levels}.").format(levels=", ".join(LEVELS))})
        where.parts.append(f's."{level}"')
    if closed is not None:
        where.parts.append(f"s.closed_on IS {'NOT ' if closed else ''}NULL")
    if last:
        where.parts.append(f"(s.name_key, s.code) > ({where.argument(last[0])}, {where.argument(last[1])})")
    async with transaction(who):
        rows = await fetch(
            f"SELECT s.name_key, {_FIELDS}, {found_as} AS found_as {_FROM} WHERE {where}"
            f" ORDER BY s.name_key, s.code LIMIT {check_limit(limit) + 1}",
            *where.args,
        )
    found = page(rows, limit, lambda row: (row["name_key"], row["code"]))
    return Page([SchoolOut(**{k: v for k, v in row.items() if k != "name_key"}) for row in found.items], found.next)


async def one(who: Actor, code: str) -> SchoolDetail:
    """A school by its code. Raises NotFound: absent, or not yours."""
    where = _visible(who)
    where.add("s.code = {}", code)
    async with transaction(who):
        row = await fetch_one(
            f"SELECT {_FIELDS}, coalesce(r.name, '') AS region_name, s.address_1, s.address_2, s.postal_code, s.municipality,"
            f" s.website, s.listed_on, s.version {_FROM} LEFT JOIN region r ON r.code = s.region WHERE {where}",
            *where.args,
        )
        if row is None:
            raise NotFound()
        return SchoolDetail(
            **row,
            buildings=await _places(code),
            headcounts=await _headcounts(code),
            former_names=await former_names("school", code),
            history=await timeline("school", code),
        )


async def places_of(who: Actor, code: str) -> list[SchoolPlace]:
    """The buildings that a school is in today. Raises NotFound."""
    async with transaction(who):
        await name_of(who, code)
        return [place for place in await _places(code) if place.closed_on is None]


async def name_of(who: Actor, code: str) -> str:
    """A school's name. Raises NotFound: absent, or not yours."""
    where = _visible(who)
    where.add("s.code = {}", code)
    async with transaction(who):
        row = await fetch_one(f"SELECT s.name FROM school s WHERE {where}", *where.args)
    if row is None:
        raise NotFound()
    name: str = row["name"]
    return name


async def _places(code: str) -> list[SchoolPlace]:
    return await fetch_as(
        SchoolPlace,
        "SELECT g.code, g.name, g.address_1, g.municipality_name, l.opened_on, l.closed_on FROM school_building l"
        " JOIN building g ON g.code = l.building WHERE l.school = $1"
        " ORDER BY l.closed_on IS NOT NULL, g.name_key, g.code",
        code,
    )


async def _headcounts(code: str) -> list[SchoolHeadcount]:
    return await fetch_as(
        SchoolHeadcount,
        "SELECT year, level, counted_on, pupils, imse, imse_rank, sfr, sfr_rank FROM headcount WHERE school = $1"
        " ORDER BY counted_on DESC, level",
        code,
    )


def _visible(who: Actor) -> Where:
    return visible(who, RIGHT, board="s.board", school="s.code")
