"""The contracts of an import, matched by their codes."""

from typing import Any

import msgspec

from catalog.contracts import queries
from catalog.contracts.operations import write_bound
from catalog.contracts.rules import check_bound, check_days
from catalog.contracts.schemas import ContractOut
from catalog.imports import records
from catalog.imports.loading import Load, check_owner, owner_of
from catalog.imports.reading import Entry
from catalog.imports.rules import BadValue, complete
from kit.actor import system
from kit.database import fetch_value
from kit.errors import Invalid, Refused
from kit.events import Change, record_all
from kit.i18n import _

_COLUMNS = (
    "number",
    "name",
    "from_day",
    "until_day",
    "options",
    "options_until",
    "binds_all",
    "file_note",
    "closed_on",
)
_FIXED = ("kind", "supplier")


async def load_contracts(load: Load) -> None:
    """Write the contracts of a load. Call inside a system transaction."""
    wanted: dict[str, tuple[Entry, dict[str, Any]]] = {}
    for entry, given in load.parsed("contracts"):
        code = given.get("code", "")
        if code in wanted:
            load.refuse(entry, "code", code, _("Ce code est déjà à la ligne {line}.").format(line=wanted[code][0].line))
        else:
            wanted[code] = (entry, given)
    if not wanted:
        return
    known = {found.code: found for found in await queries.everything(system()) if found.code in wanted}
    suppliers = await records.owned("supplier", (given.get("supplier", "") for _entry, given in wanted.values()))
    boards = [board for _entry, given in wanted.values() for board in given.get("boards", [])]
    unknown = set(await queries.unknown_boards(boards))
    events: list[Change] = []
    for code, (entry, given) in wanted.items():
        try:
            await _load_one(load, code, given, known.get(code), suppliers, unknown, events)
        except BadValue as bad:
            load.refuse(entry, bad.column, bad.value, bad.reason)
    await record_all(load.who, events)


async def _load_one(
    load: Load,
    code: str,
    given: dict[str, Any],
    now: ContractOut | None,
    suppliers: dict[str, records.Owned],
    unknown: set[str],
    events: list[Change],
) -> None:
    before = _values(now) if now else {}
    values = before | given if now else complete("contracts", given)
    values["board"] = owner_of(load.who, values["board"])
    changed = {name: value for name, value in values.items() if not now or before[name] != value}
    if now and not changed:
        load.count("unchanged")
        return
    check_owner(load.who, code, board=values["board"], was=now.board if now else None, new=now is None)
    _check(values, changed, suppliers, unknown, new=now is None)
    await _write(values, suppliers, new=now is None)
    closes = now is not None and "closed_on" in changed and before["closed_on"] is None
    outcome = "created" if now is None else "closed" if closes else "changed"
    load.count(outcome)
    events.append(
        Change(
            f"contract.{outcome}", "contract", code, values["board"],
            before={name: before[name] for name in changed} if now else None, after=changed,
        )
    )  # fmt: skip


def _values(now: ContractOut) -> dict[str, Any]:
    """A contract in the shape of a complete entry."""
    values = msgspec.structs.asdict(now)
    values["from"], values["until"] = values.pop("from_day"), values.pop("until_day")
    return {name: value for name, value in values.items() if name not in ("supplier_name", "version")}


def _check(
    values: dict[str, Any],
    changed: dict[str, Any],
    suppliers: dict[str, records.Owned],
    unknown: set[str],
    *,
    new: bool,
) -> None:
    if not new and (fixed := next((name for name in _FIXED if name in changed), None)):
        raise BadValue(fixed, changed[fixed], _("Le genre et le fournisseur d'un contrat ne changent pas."))
    supplier = suppliers.get(values["supplier"])
    if new and (supplier is None or supplier.board not in (None, values["board"])):
        reason = _("Fournisseur inconnu ou refusé : « {code} ». Ajoutez-le, ou corrigez le code.")
        raise BadValue("supplier", values["supplier"], reason.format(code=values["supplier"]))
    if wrong := [board for board in values["boards"] if board in unknown]:
        raise BadValue("boards", wrong[0], _("Organisme inconnu : {codes}.").format(codes=", ".join(wrong)))
    try:
        check_bound(board=values["board"], binds_all=values["binds_all"], boards=values["boards"])
    except Invalid as refused:
        raise BadValue("boards", " ".join(values["boards"]), refused.detail) from None
    try:
        check_days(values["from"], values["until"], values["options_until"])
    except Refused as refused:
        raise BadValue("until", values["until"] or "", refused.detail) from None


async def _write(values: dict[str, Any], suppliers: dict[str, records.Owned], *, new: bool) -> None:
    row = values | {"from_day": values["from"], "until_day": values["until"]}
    columns = [row[name] for name in _COLUMNS]
    if new:
        places = ", ".join(f"${n}" for n in range(5, len(_COLUMNS) + 5))
        contract = await fetch_value(
            f"INSERT INTO contract (code, board, kind, supplier, {', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, {places})"
            " RETURNING id",
            row["code"], row["board"], row["kind"], suppliers[row["supplier"]].id, *columns,
        )  # fmt: skip
    else:
        sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, 2))
        contract = await fetch_value(
            f"UPDATE contract SET {sets}, version = version + 1 WHERE code = $1 RETURNING id", row["code"], *columns
        )
    await write_bound(contract, row["board"], row["mandatory_kinds"], row["boards"])
