"""Buildings come from their own list, which describes them, and from a schools list, which makes those that it needs."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date

from directory.buildings.rules import BuildingRow, merge
from directory.imports import changes
from directory.imports.rules import LEVELS, Reading, some
from directory.regions.operations import plan_moved, settle
from kit.database import execute, fetch, fetch_value
from kit.i18n import _, n_

Buildings = dict[str, BuildingRow]

_FIELDS = (
    "code", "name", "board", "address_1", "address_2", "postal_code", "municipality", "municipality_name", "ownership",
    "longitude", "latitude", *LEVELS,
)  # fmt: skip

_IN_USE = (
    "(SELECT l.building FROM school_building l JOIN school s ON s.code = l.school"
    " WHERE l.closed_on IS NULL AND s.closed_on IS NULL)"
)


async def read(reading: Reading) -> Buildings:
    """The buildings of a list, by code."""
    boards = {row["code"] for row in await fetch("SELECT code FROM board")}
    return await asyncio.to_thread(merge, reading, boards=boards)


async def plan(buildings: Buildings, reading: Reading, *, listed_on: date, full: bool) -> None:
    """Plan what the list changes, and the regions of schools that follow from it.

    A building that the list lacks is closed, unless an open school is in it: lists of schools and buildings load in any order.
    """
    given = reading.given | set(LEVELS) if "levels" in reading.given else reading.given
    columns = [column for column in _FIELDS if column in given]
    await changes.take_in("incoming_building", "building", columns, buildings.values())
    await changes.plan(
        "building", "incoming_building", listed_on=listed_on, also=_also(columns, '{"described_by": "buildings"}')
    )
    if full:
        await changes.plan_closing(
            "building",
            "incoming_building",
            listed_on=listed_on,
            shielded=reading.shielded,
            where=f"r.code NOT IN {_IN_USE}",
        )
        await _note_kept(reading)
    await _note_unknown_municipalities(reading)
    await settle()
    await plan_moved(listed_on=listed_on)


async def plan_needed(
    buildings: Iterable[BuildingRow], reading: Reading, *, columns: Sequence[str], listed_on: date
) -> None:
    """Plan the buildings that a schools list needs: new ones as it describes them, and again where only such a list has.

    One that a buildings list has described is left as it is, but reopened when a school is in it.
    """
    await changes.take_in("incoming_building", "building", columns, buildings)
    await changes.plan(
        "building",
        "incoming_building",
        listed_on=listed_on,
        also=_also(columns, '{"described_by": "schools"}'),
        only_new=["board"],
        where="(r.code IS NULL OR r.described_by = 'schools')",
    )
    await execute(
        "INSERT INTO planned (record, key, action, before, after)"
        " SELECT 'building', r.code, 'reopen', jsonb_build_object('closed_on', r.closed_on), '{\"closed_on\": null}'"
        " FROM incoming_building i JOIN building r ON r.code = i.code"
        " WHERE r.closed_on IS NOT NULL AND r.described_by = 'buildings'"
    )
    await _note_unknown_municipalities(reading)


async def plan_left(listed_on: date) -> None:
    """Plan the closing of buildings that schools lists alone described and that the last school leaves."""
    await execute(
        """
        INSERT INTO planned (record, key, action, before, after)
        SELECT 'building', r.code, 'close', '{"closed_on": null}', jsonb_build_object('closed_on', $1::date)
        FROM building r
        WHERE r.closed_on IS NULL AND r.described_by = 'schools'
          AND r.code NOT IN (SELECT code FROM incoming_building)
          AND r.code IN (SELECT split_part(key, '/', 2) FROM planned WHERE record = 'link' AND action = 'close')
          AND r.code NOT IN (
              SELECT l.building FROM school_building l WHERE l.closed_on IS NULL AND l.school || '/' || l.building
                  NOT IN (SELECT key FROM planned WHERE record = 'link' AND action = 'close'))
        """,
        listed_on,
    )


def _also(columns: Sequence[str], fixed: str) -> str:
    """Fields that a list may blank, the region of the municipality, and who describes."""
    blanks = [f"'{column}', i.{column}" for column in ("longitude", "latitude") if column in columns]
    if "municipality" in columns:
        blanks.append("'region', region_of(i.municipality)")
    return f"jsonb_build_object({', '.join(blanks)}) || '{fixed}'"


async def _note_kept(reading: Reading) -> None:
    kept = await fetch_value(
        "SELECT count(*) FROM building r WHERE r.closed_on IS NULL AND r.code <> ALL ($1::text[])"
        f" AND r.code NOT IN (SELECT code FROM incoming_building) AND r.code IN {_IN_USE}",
        list(reading.shielded),
    )
    if kept:
        reading.notes.append(
            n_(
                "{n} immeuble absent de la liste reste ouvert, car une école s'y trouve.",
                "{n} immeubles absents de la liste restent ouverts, car des écoles s'y trouvent.",
                kept,
            ).format(n=kept)
        )


async def _note_unknown_municipalities(reading: Reading) -> None:
    exists = await fetch_value(
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'pg_temp.incoming_building'::regclass"
        " AND attname = 'municipality')"
    )
    if not exists:
        return
    unknown = await fetch(
        "SELECT DISTINCT municipality FROM incoming_building WHERE municipality <> '' AND region_of(municipality) IS NULL"
        " ORDER BY 1"
    )
    if unknown:
        reading.notes.append(
            _("Aucune région connue pour ces municipalités : {codes}.").format(codes=some(row[0] for row in unknown))
        )
