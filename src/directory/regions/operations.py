"""The region of a school is that of its buildings, never of its board's code; it follows every list that moves either."""

from collections.abc import Iterable
from datetime import date

from kit.database import execute

# Buildings and links as they will be once the plan is applied.
_SETTLED = """
    CREATE TEMP TABLE settled ON COMMIT DROP AS
    WITH place AS (
        SELECT coalesce(p.key, b.code) AS code,
               CASE WHEN p.after ? 'region' THEN p.after ->> 'region' ELSE b.region END AS region
        FROM building b FULL JOIN (SELECT key, after FROM planned WHERE record = 'building') p ON p.key = b.code
    ), link AS (
        SELECT l.school, l.building FROM school_building l
        WHERE l.closed_on IS NULL
          AND l.school || '/' || l.building NOT IN (SELECT key FROM planned WHERE record = 'link' AND action = 'close')
        UNION ALL
        SELECT split_part(key, '/', 1), split_part(key, '/', 2) FROM planned
        WHERE record = 'link' AND action IN ('create', 'reopen')
    ), home AS (
        {home}
    )
    SELECT h.code, coalesce(found.region, h.region) AS region
    FROM home h LEFT JOIN (
        SELECT DISTINCT ON (n.school) n.school, n.region FROM (
            SELECT l.school, p.region, count(*) AS buildings
            FROM link l JOIN place p ON p.code = l.building WHERE p.region IS NOT NULL GROUP BY l.school, p.region
        ) n JOIN home h ON h.code = n.school
        ORDER BY n.school, n.region IS NOT DISTINCT FROM h.region DESC, n.buildings DESC, n.region
    ) found ON found.school = h.code
"""

_KNOWN = "SELECT s.code, region_of(s.municipality) AS region FROM school s"


async def settle(*, incoming_municipality: bool | None = None) -> None:
    """Make `settled` (code, region): the region of each school once the plan is applied.

    The one of its buildings; where they lie in several, that of its own address if one of them is there, else of most of them.
    Without a building, that of its own address. `incoming_municipality`: None when no schools are incoming, else whether they
    bring their municipality.
    """
    home = _KNOWN
    if incoming_municipality is not None:
        own = "i.municipality" if incoming_municipality else "s.municipality"
        home = (
            f"SELECT i.code, region_of({own}) AS region FROM incoming_school i LEFT JOIN school s ON s.code = i.code"
            f" UNION ALL {_KNOWN} WHERE s.code NOT IN (SELECT code FROM incoming_school)"
        )
    await execute("ANALYZE planned")
    await execute(_SETTLED.format(home=home))
    await execute("ANALYZE settled")


async def plan_moved(*, listed_on: date, shielded: Iterable[str] = (), where: str = "true") -> None:
    """Plan a new region for the open schools (`r`) that `settled` places elsewhere."""
    await execute(
        "INSERT INTO planned (record, key, action, before, after)"
        " SELECT 'school', r.code, 'change', jsonb_build_object('region', r.region, 'listed_on', r.listed_on),"
        "  jsonb_build_object('region', s.region, 'listed_on', $1::date)"
        " FROM school r JOIN settled s ON s.code = r.code"
        " WHERE r.closed_on IS NULL AND r.region IS DISTINCT FROM s.region AND r.code <> ALL ($2::text[])"
        f" AND {where}",
        listed_on,
        list(shielded),
    )
