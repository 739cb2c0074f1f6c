"""A supplier's file and its lines, written: as they came, and what they say today."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from allocations.supplier_files.matching import Match
from allocations.supplier_files.reading import Typed
from allocations.supplier_files.schemas import LineResult
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_value
from kit.events import record

_TYPED = (
    "sales_order", "material", "customer_order", "is_return", "account", "customer", "description", "ordered", "outstanding",
    "completed", "ordered_on", "despatched_on", "promised_on",
)  # fmt: skip
_OURS = ("order_line", "board", "school", "unknown")
_SQL_TYPES = {"is_return": "boolean", "ordered": "int", "outstanding": "int", "completed": "int", "ordered_on": "date",
              "despatched_on": "date", "promised_on": "date", "order_line": "uuid", "file_line": "int"}  # fmt: skip
_COLUMNS = (*_TYPED, *_OURS, "file_line")
_UNNEST = ", ".join(f"${place}::{_SQL_TYPES.get(name, 'text')}[]" for place, name in enumerate(_COLUMNS, 4))


def row_of(line: Typed, found: Match, board: str | None) -> dict[str, Any]:
    """What the typed line holds, but for the file that said it last."""
    texts = ("customer_order", "account", "customer", "description")
    values = {name: line.values.get(name) for name in _TYPED} | {name: line.values.get(name) or "" for name in texts}
    return values | {
        "order_line": found.line, "board": found.board or board, "school": found.school, "unknown": found.unknown or "",
    }  # fmt: skip


async def keep_file(
    who: Actor, number: str, supplier: UUID, board: str | None, name: str, digest: str, day: date, lines: Sequence[Typed],
    results: Sequence[LineResult], matches: Mapping[int, Match], again: str | None,
) -> UUID:  # fmt: skip
    """The file's row, with each of its lines as it came; that of before where it was taken already."""
    if again is not None:
        return await fetch_value("SELECT id FROM supplier_file WHERE number = $1", again)  # type: ignore[no-any-return]
    key: UUID = await fetch_value(
        "INSERT INTO supplier_file (number, supplier, board, name, hash, listed_on, lines, person, person_name, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        number, supplier, board, name[:200], digest, day, len(lines), who.person, who.name, now(),
    )  # fmt: skip
    owners = [(matches[line.line].board if line.line in matches else None) or board for line in lines]
    await execute(
        "INSERT INTO supplier_file_line (file, board, line, cells, outcome, heading, reason) SELECT $1, n.* FROM"
        " unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[]) AS n",
        key, owners, [line.line for line in lines], [line.cells for line in lines], [result.outcome.value for result in results],
        [result.column[:120] for result in results], [result.reason for result in results],
    )  # fmt: skip
    await record(
        who, "supplier_file.taken", kind="supplier_file", subject=number, board=board,
        after={"name": name, "lines": len(lines), "listed_on": day.isoformat()},
    )  # fmt: skip
    return key


async def write(
    supplier: UUID, file: UUID, new: Sequence[Typed], changed: Sequence[tuple[Typed, UUID]], matches: Mapping[int, Match],
    board: str | None,
) -> None:  # fmt: skip
    names = ", ".join(_COLUMNS)
    if new:
        await execute(
            f"INSERT INTO supplier_order_line (supplier, file, at, {names}) SELECT $1, $2, $3, n.* FROM unnest({_UNNEST}) AS n",
            supplier, file, now(), *_lists(new, matches, board),
        )  # fmt: skip
    if changed:
        sets = ", ".join(f"{name} = n.{name}" for name in _COLUMNS)
        keys = f"${len(_COLUMNS) + 4}::uuid[]"
        await execute(
            f"UPDATE supplier_order_line t SET file = $2, at = $3, version = version + 1, {sets}"
            f" FROM unnest({_UNNEST}, {keys}) AS n ({names}, key) WHERE t.id = n.key AND t.supplier = $1",
            supplier, file, now(), *_lists([line for line, _key in changed], matches, board), [key for _line, key in changed],
        )  # fmt: skip


def _lists(lines: Sequence[Typed], matches: Mapping[int, Match], board: str | None) -> list[list[Any]]:
    rows = [row_of(line, matches[line.line], board) | {"file_line": line.line} for line in lines]
    return [[row[name] for row in rows] for name in _COLUMNS]
