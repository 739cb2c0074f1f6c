"""Suppliers are added, changed, closed; never deleted, for old orders name them."""

from typing import Any

import msgspec
from msgspec import UNSET

from catalog.products.prices import lock_catalogue
from catalog.scope import check_writes, own_code, own_code_words, owner_for
from catalog.suppliers import queries, rules
from catalog.suppliers.schemas import Closing, NewSupplier, SupplierChange, SupplierOut
from kit.actor import Actor, system
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _, date_long

_FIELDS = tuple(name for name in NewSupplier.__struct_fields__ if name != "code")


async def add(who: Actor, new: NewSupplier) -> SupplierOut:
    """Add a supplier, shared or the board's own. Raises Forbidden, Invalid, SupplierExists."""
    board = owner_for(who)
    values = {name: " ".join(value.split()) for name, value in msgspec.structs.asdict(new).items()}
    if not own_code(new.code, board):
        raise Invalid({"code": own_code_words(board or "")})
    rules.check(values)
    async with transaction(system()):
        await lock_catalogue()
        if await fetch_value("SELECT 1 FROM supplier WHERE code = $1", new.code):
            raise rules.SupplierExists(code=new.code)
        await execute(
            f"INSERT INTO supplier (code, board, {', '.join(_FIELDS)})"
            f" VALUES ($1, $2, {', '.join(f'${n}' for n in range(3, len(_FIELDS) + 3))})",
            new.code, board, *(values[name] for name in _FIELDS),
        )  # fmt: skip
        await record(who, "supplier.created", kind="supplier", subject=new.code, board=board, after=values)
    return await queries.one(who, new.code)


async def change(who: Actor, code: str, changes: SupplierChange, *, version: int | None) -> SupplierOut:
    """Change a supplier's particulars; what is absent stays. Raises NotFound, Forbidden, Stale, Invalid."""
    given = {
        name: " ".join(value.split()) for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET
    }
    async with transaction(system()):
        row = await _locked(who, code, version)
        before = {name: row[name] for name in given if row[name] != given[name]}
        rules.check({name: row[name] for name in _FIELDS} | given)
        if before:
            after = {name: given[name] for name in before}
            await execute(
                f"UPDATE supplier SET {', '.join(f'{name} = ${n}' for n, name in enumerate(after, 2))},"
                " version = version + 1 WHERE id = $1",
                row["id"], *after.values(),
            )  # fmt: skip
            await record(
                who, "supplier.changed", kind="supplier", subject=code, board=row["board"], before=before, after=after
            )
    return await queries.one(who, code)


async def close(who: Actor, code: str, closing: Closing, *, version: int | None = None) -> SupplierOut:
    """No longer buy from a supplier from a day on; its prices no longer serve. Raises NotFound, Forbidden, Stale, SupplierClosed."""
    async with transaction(system()):
        row = await _locked(who, code, version)
        if row["closed_on"] is not None:
            raise rules.SupplierClosed(
                _("Ce fournisseur est fermé depuis le {day}.").format(day=date_long(row["closed_on"]))
            )
        await execute(
            "UPDATE supplier SET closed_on = $2, version = version + 1 WHERE id = $1", row["id"], closing.closed_on
        )
        await record(
            who, "supplier.closed", kind="supplier", subject=code, board=row["board"],
            before={"closed_on": None}, after={"closed_on": closing.closed_on}, why=closing.reason,
        )  # fmt: skip
    return await queries.one(who, code)


async def _locked(who: Actor, code: str, version: int | None) -> Any:
    """The row, for whoever may change it; another board's is not there."""
    await lock_catalogue()
    row = await fetch_one("SELECT * FROM supplier WHERE code = $1 FOR UPDATE", code)
    if row is None or (row["board"] is not None and who.board is not None and row["board"] != who.board):
        who.must("catalogue.read")
        raise NotFound()
    check_writes(who, row["board"])
    if version is not None and version != row["version"]:
        raise Stale()
    return row
