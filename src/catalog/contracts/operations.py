"""Contracts are added, changed, closed (a group tender may be cancelled); never deleted, for prices and orders name them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from catalog.contracts import queries, rules
from catalog.contracts.schemas import ContractChange, ContractOut, NewContract
from catalog.products.prices import lock_catalogue
from catalog.scope import check_writes, own_code, own_code_words, owner_for
from catalog.suppliers.schemas import Closing
from kit.actor import Actor, system
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _, date_long, lazy

_COLUMNS = ("number", "name", "until_day", "options", "options_until", "binds_all", "file_note")


class ContractExists(Conflict):
    sentence = lazy("Un contrat porte déjà le code « {code} ».")


async def add(who: Actor, new: NewContract) -> ContractOut:
    """Add a contract, shared or the board's own. Raises Forbidden, Invalid, ContractDays, ContractExists."""
    board = owner_for(who)
    if not own_code(new.code, board):
        raise Invalid({"code": own_code_words(board or "")})
    values = _tidy(msgspec.to_builtins(new, builtin_types=(type(new.from_day),)))
    _check(values, board)
    async with transaction(system()):
        await lock_catalogue()
        if await fetch_value("SELECT 1 FROM contract WHERE code = $1", new.code):
            raise ContractExists(code=new.code)
        supplier = await fetch_value(
            "SELECT id FROM supplier WHERE code = $1 AND closed_on IS NULL AND (board IS NULL OR board = $2)",
            new.supplier, board,
        )  # fmt: skip
        if supplier is None:
            raise Invalid({"supplier": _("Fournisseur inconnu ou fermé : « {code} ».").format(code=new.supplier)})
        await _check_boards(values["boards"])
        contract = await fetch_value(
            f"INSERT INTO contract (code, board, kind, supplier, from_day, {', '.join(_COLUMNS)})"
            f" VALUES ($1, $2, $3, $4, $5, {', '.join(f'${n}' for n in range(6, len(_COLUMNS) + 6))}) RETURNING id",
            new.code, board, new.kind, supplier, new.from_day, *(values[name] for name in _COLUMNS),
        )  # fmt: skip
        await write_bound(contract, board, values["mandatory_kinds"], values["boards"])
        await record(who, "contract.created", kind="contract", subject=new.code, board=board, after=values)
    return await queries.one(who, new.code)


async def change(who: Actor, code: str, changes: ContractChange, *, version: int | None) -> ContractOut:
    """Change a contract; what is absent stays. Raises NotFound, Forbidden, Stale, Invalid, ContractDays."""
    given = _tidy({name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET})
    async with transaction(system()):
        row = await _locked(who, code, version)
        now = msgspec.structs.asdict(await queries.one(system(), code))
        _check(now | given, row["board"])
        await _check_boards(given.get("boards", []))
        before = {name: now[name] for name in given if now[name] != given[name]}
        if before:
            values = now | given
            await execute(
                f"UPDATE contract SET {', '.join(f'{name} = ${n}' for n, name in enumerate(_COLUMNS, 2))},"
                " version = version + 1 WHERE id = $1",
                row["id"], *(values[name] for name in _COLUMNS),
            )  # fmt: skip
            await write_bound(row["id"], row["board"], values["mandatory_kinds"], values["boards"])
            after = {name: given[name] for name in before}
            await record(
                who, "contract.changed", kind="contract", subject=code, board=row["board"], before=before, after=after
            )
    return await queries.one(who, code)


async def close(who: Actor, code: str, closing: Closing, *, version: int | None = None) -> ContractOut:
    """End a contract before its day, as when its group tender is cancelled: its prices no longer serve from that day on.

    Raises NotFound, Forbidden, Stale, ContractClosed.
    """
    async with transaction(system()):
        row = await _locked(who, code, version)
        if row["closed_on"] is not None:
            raise rules.ContractClosed(
                _("Ce contrat est fermé depuis le {day}.").format(day=date_long(row["closed_on"]))
            )
        await execute(
            "UPDATE contract SET closed_on = $2, version = version + 1 WHERE id = $1", row["id"], closing.closed_on
        )
        await record(
            who, "contract.closed", kind="contract", subject=code, board=row["board"],
            before={"closed_on": None}, after={"closed_on": closing.closed_on}, why=closing.reason,
        )  # fmt: skip
    return await queries.one(who, code)


async def write_bound(contract: UUID, board: str | None, kinds: Sequence[str], boards: Sequence[str]) -> None:
    """Exactly these mandatory kinds and bound boards. What was before is in the event. Call inside a system transaction."""
    await execute("DELETE FROM contract_kind WHERE contract = $1 AND kind <> ALL($2::text[])", contract, list(kinds))
    await execute("DELETE FROM contract_bound WHERE contract = $1 AND bound <> ALL($2::text[])", contract, list(boards))
    await execute(
        "INSERT INTO contract_kind (contract, board, kind) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING",
        contract, board, list(kinds),
    )  # fmt: skip
    await execute(
        "INSERT INTO contract_bound (contract, bound) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        contract, list(boards),
    )  # fmt: skip


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}
    if "file_note" in found:
        found["file_note"] = values["file_note"].strip()
    for name in ("mandatory_kinds", "boards"):
        if name in found:
            found[name] = sorted({item.strip() for item in found[name]} - {""})
    return found


def _check(values: Mapping[str, Any], board: str | None) -> None:
    rules.check_bound(board=board, binds_all=values["binds_all"], boards=values["boards"])
    rules.check_days(values["from_day"], values["until_day"], values["options_until"])
    if not values["number"] or not values["name"]:
        raise Invalid({"number": _("Un contrat a un numéro et un nom.")})


async def _check_boards(codes: Sequence[str]) -> None:
    if unknown := await queries.unknown_boards(list(codes)):
        raise Invalid({"boards": _("Organisme inconnu : {codes}.").format(codes=", ".join(unknown))})


async def _locked(who: Actor, code: str, version: int | None) -> Any:
    """The row, for whoever may change it; another board's is not there."""
    await lock_catalogue()
    row = await fetch_one("SELECT * FROM contract WHERE code = $1 FOR UPDATE", code)
    if row is None or (row["board"] is not None and who.board is not None and row["board"] != who.board):
        who.must("catalogue.read")
        raise NotFound()
    check_writes(who, row["board"])
    if version is not None and version != row["version"]:
        raise Stale()
    return row
