"""Suppliers, products, trainings and bundles as an import sees them: what the database says now, and writing many at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from catalog.bundles.rules import LEVELS
from catalog.imports.rules import FIELDS
from kit.database import execute, fetch


class Kind(NamedTuple):
    """A section of the file whose entries are matched by a code. `columns` are those of its table."""

    section: str
    table: str
    key: str
    columns: tuple[str, ...]


class Known(NamedTuple):
    """A record of the database, in the shape of a complete entry."""

    id: UUID
    values: dict[str, Any]


def _kind(section: str, table: str, key: str = "code") -> Kind:
    return Kind(section, table, key, tuple(FIELDS[section]))


_PARTS = ("levels", "lines", "trainings")  # of a bundle, kept elsewhere than in a column of the same name
KINDS: Mapping[str, Kind] = {
    "suppliers": _kind("suppliers", "supplier"),
    "products": _kind("products", "product"),
    "trainings": _kind("trainings", "training"),
    "bundles": Kind(
        "bundles", "bundle", "slug",
        (*(name for name in FIELDS["bundles"] if name not in _PARTS), *(f"for_{level}" for level in LEVELS)),
    ),
}  # fmt: skip

_PARTS_OF_BUNDLE = """,
 (SELECT coalesce(jsonb_agg(jsonb_build_object('product', p.code, 'quantity', l.quantity) ORDER BY l.position), '[]')
  FROM bundle_line l JOIN product p ON p.id = l.product WHERE l.bundle = k.id) AS lines,
 (SELECT coalesce(jsonb_agg(t.code ORDER BY t.code COLLATE "C"), '[]')
  FROM bundle_training bt JOIN training t ON t.id = bt.training WHERE bt.bundle = k.id) AS trainings
"""


async def known(kind: Kind, keys: Sequence[str]) -> dict[str, Known]:
    """The records with these codes, by code."""
    parts = _PARTS_OF_BUNDLE if kind.table == "bundle" else ""
    rows = await fetch(
        f"SELECT id, {', '.join(kind.columns)}{parts} FROM {kind.table} k WHERE {kind.key} = ANY($1)",
        list(keys),
    )
    return {row[kind.key]: Known(row["id"], _values(kind, row)) for row in rows}


def _values(kind: Kind, row: Any) -> dict[str, Any]:
    values = {name: row[name] for name in kind.columns}
    if kind.table == "bundle":
        values["levels"] = [level for level in LEVELS if values.pop(f"for_{level}")]
        values["lines"], values["trainings"] = json.loads(row["lines"]), json.loads(row["trainings"])
    return values


async def ids(table: str, codes: Iterable[str]) -> dict[str, UUID]:
    """Keys of the products, suppliers or trainings with these codes."""
    rows = await fetch(f"SELECT code, id FROM {table} WHERE code = ANY($1)", list(set(codes)))
    return {row["code"]: row["id"] for row in rows}


async def categories() -> list[str]:
    """Codes of the open categories, in order."""
    rows = await fetch("SELECT code FROM category WHERE closed_on IS NULL ORDER BY position, code")
    return [row["code"] for row in rows]


async def write(kind: Kind, *, created: Mapping[UUID, dict[str, Any]], changed: Mapping[UUID, dict[str, Any]]) -> None:
    """Insert and update whole records, in one statement each; a bundle's lines and trainings follow."""
    columns = ", ".join(kind.columns)
    await execute(
        f"INSERT INTO {kind.table} (id, {columns})"
        f" SELECT id, {columns} FROM jsonb_populate_recordset(NULL::{kind.table}, $1::jsonb)",
        _json(kind, created),
    )
    await execute(
        f"UPDATE {kind.table} k SET {', '.join(f'{name} = r.{name}' for name in kind.columns)}, version = k.version + 1"
        f" FROM jsonb_populate_recordset(NULL::{kind.table}, $1::jsonb) r WHERE k.id = r.id",
        _json(kind, changed),
    )
    if kind.table == "bundle":
        await _write_parts({**created, **changed}, list(changed))


def _json(kind: Kind, records: Mapping[UUID, dict[str, Any]]) -> str:
    rows = []
    for identity, values in records.items():
        flags = {f"for_{level}": level in values["levels"] for level in LEVELS} if kind.table == "bundle" else {}
        rows.append({"id": identity, **values, **flags})
    return json.dumps(msgspec.to_builtins(rows))


async def _write_parts(bundles: Mapping[UUID, dict[str, Any]], replaced: list[UUID]) -> None:
    # What a bundle held before is in the event of the change; nothing else refers to these rows.
    await execute("DELETE FROM bundle_line WHERE bundle = ANY($1::uuid[])", replaced)
    await execute("DELETE FROM bundle_training WHERE bundle = ANY($1::uuid[])", replaced)
    lines = [
        {"bundle": str(identity), **line, "position": position}
        for identity, values in bundles.items()
        for position, line in enumerate(values["lines"], 1)
    ]
    await execute(
        "INSERT INTO bundle_line (bundle, product, quantity, position) SELECT r.bundle, p.id, r.quantity, r.position"
        " FROM jsonb_to_recordset($1::jsonb) AS r (bundle uuid, product text, quantity int, position int)"
        " JOIN product p ON p.code = r.product",
        json.dumps(lines),
    )
    trainings = [(identity, code) for identity, values in bundles.items() for code in values["trainings"]]
    await execute(
        "INSERT INTO bundle_training (bundle, training) SELECT r.bundle, t.id"
        " FROM unnest($1::uuid[], $2::text[]) AS r (bundle, code) JOIN training t ON t.code = r.code",
        [identity for identity, _ in trainings], [code for _, code in trainings],
    )  # fmt: skip
