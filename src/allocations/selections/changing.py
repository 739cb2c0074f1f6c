"""Changing several lines of a draft at once, as the page of a basket does: one statement, one price, all or nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import UNSET

from allocations.selections import queries, rules
from allocations.selections.operations import editing, repriced
from allocations.selections.schemas import LineChange, SelectionOut
from kit.actor import Actor
from kit.database import execute, fetch, transaction
from kit.errors import Invalid, NotFound
from kit.events import Change, record_all
from kit.i18n import _, number

LONGEST_USE = 300

_LINES = """
SELECT l.id, l.quantity, l.building, l.use, coalesce(b.name, p.name) AS name FROM selection_line l
LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product WHERE l.selection = $1
"""

_CHANGE = """
UPDATE selection_line l SET quantity = c.quantity, building = c.building, use = c.use, seen = NULL
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[]) AS c (id, quantity, building, use)
WHERE l.id = c.id AND l.selection = $1
"""


async def change_lines(
    who: Actor, number: str, changes: Mapping[UUID, LineChange], *, version: int | None
) -> SelectionOut:
    """Change the quantities, buildings or uses of lines; what is absent or the same stays, and nothing new counts no version.

    Raises NotFound, Forbidden, Stale, WrongState, Invalid (`quantity-<line>`, `building-<line>`, `use-<line>`: all at once).
    """
    async with transaction(who):
        row = await editing(who, number, version)
        before = {line["id"]: dict(line) for line in await fetch(_LINES, row["id"])}
        if changes.keys() - before.keys():
            raise NotFound(_("Cette ligne n'est plus dans le panier. Rechargez la page."))
        after = {line: _after(before[line], change) for line, change in changes.items()}
        changed = {line: new for line, new in after.items() if new != before[line]}
        await _check(row, changed)
        if changed:
            columns = [[new[name] for new in changed.values()] for name in ("id", "quantity", "building", "use")]
            await execute(_CHANGE, row["id"], *columns)
            await repriced(who, row)
            await record_all(who, [_event(row, before[line], new) for line, new in changed.items()])
        return await queries.whole(who, number)


def _after(before: dict[str, Any], change: LineChange) -> dict[str, Any]:
    given = {name: value for name in ("quantity", "building", "use") if (value := getattr(change, name)) is not UNSET}
    return before | given


async def _check(row: Any, changed: Mapping[UUID, dict[str, Any]]) -> None:
    errors = {}
    places = await _buildings(row) if any(new["building"] for new in changed.values()) else set()
    for line, new in changed.items():
        if not 1 <= new["quantity"] <= rules.MOST_UNITS:
            sentence = _("« {name} » : la quantité va de 1 à {most}. Pour l'enlever, choisissez « Retirer ».")
            errors[f"quantity-{line}"] = sentence.format(name=new["name"], most=number(rules.MOST_UNITS))
        if new["building"] is not None and new["building"] not in places:
            sentence = _("L'école {school} n'est pas dans l'immeuble {building}.")
            errors[f"building-{line}"] = sentence.format(school=row["school"], building=new["building"])
        if len(new["use"]) > LONGEST_USE:
            sentence = _("« {name} » : l'usage en classe tient en {most} caractères.")
            errors[f"use-{line}"] = sentence.format(name=new["name"], most=LONGEST_USE)
    if errors:
        raise Invalid(errors)


async def _buildings(row: Any) -> set[str]:
    found = await fetch("SELECT building FROM school_building WHERE school = $1 AND closed_on IS NULL", row["school"])
    return {place["building"] for place in found}


def _event(row: Any, before: dict[str, Any], after: dict[str, Any]) -> Change:
    told = [{name: line[name] for name in ("name", "quantity", "building", "use")} for line in (before, after)]
    return Change(
        "selection.line_changed", "selection", row["number"], row["board"], row["school"], before=told[0], after=told[1]
    )
