"""Reads of buildings: those of one's board, and those that one's schools are in."""

from directory.boards.queries import RIGHT, former_names
from directory.buildings.schemas import BuildingDetail, BuildingOut, BuildingTenant
from directory.names import named
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import NotFound
from kit.events import timeline
from kit.filters import Where
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

_FIELDS = (
    "g.code, g.name, g.board, g.address_1, g.municipality_name, g.region, g.closed_on,"
    " (SELECT count(*) FROM school_building l JOIN school s ON s.code = l.school"
    "  WHERE l.building = g.code AND l.closed_on IS NULL AND s.closed_on IS NULL) AS schools"
)


async def search(
    who: Actor,
    *,
    text: str = "",
    board: str | None = None,
    region: str | None = None,
    closed: bool | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[BuildingOut]:
    """Buildings by name. `text`: a code or its start, or words of a name of today or before, of the address or municipality."""
    where = _visible(who)
    last = decode(after, keys=2)
    more = "fold(g.address_1 || ' ' || g.municipality_name)"
    found_as = named(where, text, kind="building", alias="g", more=more)
    for column, value in (("board", board), ("region", region)):
        if value is not None:
            where.add(f"g.{column} = {{}}", value)
    if closed is not None:
        where.parts.append(f"g.closed_on IS {'NOT ' if closed else ''}NULL")
    if last:
        where.parts.append(f"(g.name_key, g.code) > ({where.argument(last[0])}, {where.argument(last[1])})")
    async with transaction(who):
        rows = await fetch(
            f"SELECT g.name_key, {_FIELDS}, {found_as} AS found_as FROM building g WHERE {where}"
            f" ORDER BY g.name_key, g.code LIMIT {check_limit(limit) + 1}",
            *where.args,
        )
    found = page(rows, limit, lambda row: (row["name_key"], row["code"]))
    return Page([BuildingOut(**{k: v for k, v in row.items() if k != "name_key"}) for row in found.items], found.next)


async def one(who: Actor, code: str) -> BuildingDetail:
    """A building by its code. Raises NotFound: absent, or not yours."""
    where = _visible(who)
    where.add("g.code = {}", code)
    async with transaction(who):
        row = await fetch_one(
            f"SELECT {_FIELDS}, coalesce(r.name, '') AS region_name, g.address_2, g.postal_code, g.municipality, g.ownership,"
            " g.longitude, g.latitude, g.described_by, g.listed_on, g.version"
            f" FROM building g LEFT JOIN region r ON r.code = g.region WHERE {where}",
            *where.args,
        )
        if row is None:
            raise NotFound()
        tenants = await fetch_as(
            BuildingTenant,
            "SELECT s.code, s.name, s.board, l.opened_on, l.closed_on FROM school_building l JOIN school s ON s.code = l.school"
            " WHERE l.building = $1 ORDER BY l.closed_on IS NOT NULL, s.name_key, s.code",
            code,
        )
        return BuildingDetail(
            **row,
            tenants=tenants,
            former_names=await former_names("building", code),
            history=await timeline("building", code),
        )


def _visible(who: Actor) -> Where:
    """A building belongs to a board; a school of another board may be in it, and then that school and its board see it too."""
    who.must(RIGHT)
    where = Where()
    inside = "EXISTS (SELECT FROM school_building l WHERE l.building = g.code AND {})"
    if who.scope is Scope.board:
        own = where.argument(who.board)
        where.parts.append(f"(g.board = {own} OR {inside.format(f'l.board = {own}')})")
    if who.scope is Scope.school:
        where.parts.append(inside.format(f"l.school = ANY({where.argument(list(who.schools))}::text[])"))
    if (schools := who.schools_with(RIGHT)) is not None:
        where.parts.append(inside.format(f"l.school = ANY({where.argument(list(schools))}::text[])"))
    return where
