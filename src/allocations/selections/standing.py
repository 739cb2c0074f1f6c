"""What waiting baskets would do to the floors of their schools, as the last scan found them: one statement for a whole list."""

from collections.abc import Sequence
from typing import Any

from allocations.selections.effects import effect_words
from allocations.selections.schemas import QueueRow
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.filters import visible
from kit.i18n import name_sql

# Several rules of one category: the one that asks for most.
_LEFT = """
SELECT f.school, f.category, {name} AS name,
       CASE WHEN bool_or(f.gap IS NULL) THEN NULL ELSE max(greatest(f.gap - f.on_order, 0)) END AS missing
FROM floor_assessment f JOIN category c ON c.code = f.category
WHERE {where} AND f.until_at IS NULL AND f.status <> 'exempt' GROUP BY f.school, f.category, c.code
"""


async def effects_of(who: Actor, rows: Sequence[QueueRow]) -> dict[str, list[tuple[str, str]]]:
    """By number: (category, what the basket does to it), categories without a rule left out."""
    if not rows or not who.may("floor.read"):
        return {}
    where = visible(who, "floor.read", board="f.board", school="f.school")
    where.add("f.school = ANY({}::text[])", sorted({row.school for row in rows}))
    name = name_sql("c")
    async with transaction(who):
        found = await fetch(_LEFT.format(where=where, name=name), *where.args)
    standing = {(row["school"], row["category"]): row for row in found}
    return {row.number: _effects(row, standing) for row in rows}


def _effects(row: QueueRow, standing: dict[tuple[str, str], Any]) -> list[tuple[str, str]]:
    effects = []
    for category, units in sorted(row.units.items()):
        if (rule := standing.get((row.school, category))) is not None:
            before = rule["missing"]
            after = None if before is None else max(before - units, 0)
            effects.append((rule["name"], effect_words(before, after)))
    return effects
