"""Suppliers, products, trainings and bundles as an import sees them: what the database says now, and writing many at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from catalog.bundles import writing
from catalog.imports.rules import FIELDS
from kit.clock import today
from kit.database import execute, fetch
from kit.ids import new_id


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


KINDS: Mapping[str, Kind] = {
    "suppliers": _kind("suppliers", "supplier"),
    "products": _kind("products", "product"),
    "trainings": _kind("trainings", "training"),
    "bundles": _kind("bundles", "bundle", "slug"),
}


async def known(kind: Kind, keys: Sequence[str]) -> dict[str, Known]:
    """The records with these codes, by code."""
    if kind.table == "bundle":
        return {slug: Known(*found) for slug, found in (await writing.current(keys)).items()}
    rows = await fetch(
        f"SELECT id, {', '.join(kind.columns)} FROM {kind.table} WHERE {kind.key} = ANY($1)",
        list(keys),
    )
    return {row[kind.key]: Known(row["id"], {name: row[name] for name in kind.columns}) for row in rows}


class Owned(NamedTuple):
    """A record's key, and the board whose own it is (None: shared)."""

    id: UUID
    board: str | None


async def owned(table: str, codes: Iterable[str]) -> dict[str, Owned]:
    """Keys and owners of the suppliers or contracts with these codes."""
    rows = await fetch(f"SELECT code, id, board FROM {table} WHERE code = ANY($1)", list(set(codes)))
    return {row["code"]: Owned(row["id"], row["board"]) for row in rows}


async def ids(table: str, codes: Iterable[str]) -> dict[str, UUID]:
    """Keys of the products, suppliers or trainings with these codes."""
    rows = await fetch(f"SELECT code, id FROM {table} WHERE code = ANY($1)", list(set(codes)))
    return {row["code"]: row["id"] for row in rows}


async def categories() -> list[str]:
    """Codes of the open categories, in order."""
    rows = await fetch("SELECT code FROM category WHERE closed_on IS NULL ORDER BY position, code")
    return [row["code"] for row in rows]


async def write(kind: Kind, *, created: Mapping[UUID, dict[str, Any]], changed: Mapping[UUID, dict[str, Any]]) -> None:
    """Insert and update whole records, in one statement each; a bundle that changes becomes its next edition."""
    if kind.table == "bundle":
        await _write_bundles(created, changed)
        return
    columns = ", ".join(kind.columns)
    await execute(
        f"INSERT INTO {kind.table} (id, {columns})"
        f" SELECT id, {columns} FROM jsonb_populate_recordset(NULL::{kind.table}, $1::jsonb)",
        _json(created),
    )
    await execute(
        f"UPDATE {kind.table} k SET {', '.join(f'{name} = r.{name}' for name in kind.columns)}, version = k.version + 1"
        f" FROM jsonb_populate_recordset(NULL::{kind.table}, $1::jsonb) r WHERE k.id = r.id",
        _json(changed),
    )


async def _write_bundles(created: Mapping[UUID, dict[str, Any]], changed: Mapping[UUID, dict[str, Any]]) -> None:
    before = dict((await writing.current(values["slug"] for values in changed.values())).values())
    closed = {
        key for key, values in changed.items() if values | {"closed_on": None} == before[key] | {"closed_on": None}
    }
    for key in closed:
        await writing.close(changed[key]["slug"], changed[key]["closed_on"], today=today())
    next_editions = {new_id(): values for key, values in changed.items() if key not in closed}
    await writing.publish({**created, **next_editions}, day=today())


def _json(records: Mapping[UUID, dict[str, Any]]) -> str:
    return json.dumps(msgspec.to_builtins([{"id": identity, **values} for identity, values in records.items()]))
