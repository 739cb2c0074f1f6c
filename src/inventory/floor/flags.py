"""Reads of flags: which schools are below the floor, since when, whether somebody has taken charge."""

from uuid import UUID

from inventory.floor.schemas import FlagOut
from kit.actor import Actor
from kit.database import fetch_as, transaction
from kit.errors import Invalid, NotFound
from kit.filters import Where, visible
from kit.i18n import _, name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

STATES = ("open", "told", "acknowledged", "closed")


async def list_flags(
    who: Actor,
    *,
    board: str | None = None,
    school: str | None = None,
    state: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[FlagOut]:
    """Flags that are not closed, or those of one state, the oldest first. Raises Invalid."""
    check_limit(limit)
    where = visible(who, "flag.read", board="f.board", school="f.school")
    if state is None:
        where.add("f.state <> {}", "closed")
    elif state in STATES:
        where.add("f.state = {}", state)
    else:
        raise Invalid({"state": _("« state » est un de : {states}.").format(states=", ".join(STATES))})
    if board is not None:
        where.add("f.board = {}", board)
    if school is not None:
        where.add("f.school = {}", school)
    if place := decode(after, keys=1):
        # UUIDv7 sorts by the moment when it was made
        where.add("f.id > {}::text::uuid", _uuid(str(place[0])))
    async with transaction(who):
        found = await _select(where, tail=f"ORDER BY f.id LIMIT {limit + 1}")
    return page(found, limit, lambda flag: (str(flag.id),))


async def flag_out(who: Actor, flag: UUID) -> FlagOut:
    """One flag. Raises NotFound."""
    where = visible(who, "flag.read", board="f.board", school="f.school")
    where.add("f.id = {}", flag)
    async with transaction(who):
        found = await _select(where)
    if not found:
        raise NotFound()
    return found[0]


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid({"after": _("« after » ne vient pas d'une page de cette liste; recommencez au début.")}) from None


async def _select(where: Where, *, tail: str = "") -> list[FlagOut]:
    category = name_sql("c")
    return await fetch_as(
        FlagOut,
        f"SELECT f.id, f.board, f.school, coalesce(s.name, '') AS school_name, f.category, {category} AS category_name,"
        " f.state, f.gap, f.opened_at, f.told_at, f.acknowledged_at, f.closed_at, f.closed_reason"
        " FROM floor_flag f JOIN category c ON c.code = f.category LEFT JOIN school s ON s.code = f.school"
        f" WHERE {where} {tail}",
        *where.args,
    )
