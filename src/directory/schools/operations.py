"""Schools and centres, and the buildings that they are in, come from a published list alone."""

import asyncio
from datetime import date

from directory.buildings.operations import plan_left, plan_needed
from directory.imports import changes
from directory.imports.rules import LEVELS, Reading
from directory.regions.operations import plan_moved, settle
from directory.schools.rules import SchoolList, merge
from kit.database import copy, execute, fetch

_FIELDS = (
    "code", "board", "name", "short_name", "address_1", "address_2", "postal_code", "municipality", "municipality_name",
    "website", *LEVELS,
)  # fmt: skip

# The building's own field for each column of a school's line.
_BUILDING_FIELDS = {
    "building": "code",
    "building_name": "name",
    "building_address_1": "address_1",
    "building_address_2": "address_2",
    "building_postal_code": "postal_code",
    "building_municipality": "municipality",
    "building_municipality_name": "municipality_name",
    "longitude": "longitude",
    "latitude": "latitude",
    **{level: level for level in LEVELS},
}


async def read(reading: Reading, *, partial: bool) -> SchoolList:
    """The organisations of a list, their buildings, and who is where."""
    boards = {row["code"] for row in await fetch("SELECT code FROM board")}
    return await asyncio.to_thread(merge, reading, boards=boards, partial=partial)


async def plan(found: SchoolList, reading: Reading, *, listed_on: date, full: bool) -> None:
    """Plan what the list changes: schools, links to buildings, the buildings that they need, regions.

    `full`: a school that it does not hold is closed, and so is a link; a line that nobody could be named on stops both.
    """
    given = reading.given | set(LEVELS) if "levels" in reading.given else reading.given
    columns = [column for column in _FIELDS if column in given]
    await changes.take_in("incoming_school", "school", columns, found.schools.values())
    await _take_in_links(found.links)
    if "building" in given:
        fields = [field for column, field in _BUILDING_FIELDS.items() if column in given]
        # Made from a list without names of buildings, a building bears that of its first school.
        fields = list(dict.fromkeys([*fields, "name", "board"]))
        await plan_needed(found.buildings.values(), reading, columns=fields, listed_on=listed_on)
    if full:
        await changes.plan_closing("school", "incoming_school", listed_on=listed_on, shielded=reading.shielded)
    await _plan_links(listed_on=listed_on, full=full, given="building" in given)
    await settle(incoming_municipality="municipality" in columns)
    await changes.plan(
        "school",
        "incoming_school",
        listed_on=listed_on,
        joined="JOIN settled g ON g.code = i.code",
        also="jsonb_build_object('region', g.region)",
    )
    await plan_moved(
        listed_on=listed_on,
        shielded=reading.shielded,
        where="r.code NOT IN (SELECT key FROM planned WHERE record = 'school')"
        " AND r.code NOT IN (SELECT code FROM incoming_school)",
    )


async def _take_in_links(links: list[tuple[str, str]]) -> None:
    await execute("CREATE TEMP TABLE incoming_link (school text, building text) ON COMMIT DROP")
    await copy("incoming_link", ("school", "building"), links)
    await execute("ANALYZE incoming_link")


async def _plan_links(*, listed_on: date, full: bool, given: bool) -> None:
    """New and reopened links; those of closing schools end; in a full list, those that it no longer holds end too."""
    await execute(
        """
        INSERT INTO planned (record, key, action, before, after)
        SELECT 'link', i.school || '/' || i.building, CASE WHEN r.id IS NULL THEN 'create' ELSE 'reopen' END,
               CASE WHEN r.id IS NOT NULL THEN jsonb_build_object('closed_on', r.closed_on) END,
               CASE WHEN r.id IS NULL
                    THEN jsonb_build_object('school', i.school, 'building', i.building, 'board', s.board, 'opened_on', $1::date)
                    ELSE '{"closed_on": null}' END
        FROM incoming_link i JOIN incoming_school s ON s.code = i.school
        LEFT JOIN school_building r ON r.school = i.school AND r.building = i.building
        WHERE r.id IS NULL OR r.closed_on IS NOT NULL
        """,
        listed_on,
    )
    if not full:
        return
    await execute(
        """
        INSERT INTO planned (record, key, action, before, after)
        SELECT 'link', r.school || '/' || r.building, 'close', '{"closed_on": null}', jsonb_build_object('closed_on', $1::date)
        FROM school_building r
        WHERE r.closed_on IS NULL AND (
            r.school IN (SELECT key FROM planned WHERE record = 'school' AND action = 'close')
            OR $2 AND r.school IN (SELECT code FROM incoming_school)
               AND (r.school, r.building) NOT IN (SELECT school, building FROM incoming_link))
        """,
        listed_on,
        given,
    )
    if given:
        await plan_left(listed_on)
