"""Received goods go back to their supplier.

For others in their place, their lines await again, and what they cost is committed again. For their money, they stay spent until
the credit note (`allocations.invoices`), and are told as awaited.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.invoices.entering import check_desk
from allocations.invoices.settling import settle_returned
from allocations.orders import queries as orders
from allocations.orders.billed import BILLED
from allocations.orders.rules import SENT, OnHold
from allocations.orders.rules import State as OrderState
from allocations.receipts import operations as receipts
from allocations.receipts.queries import receivable
from allocations.receipts.rules import LinesRefused, spent
from allocations.returns import queries, rules
from allocations.returns.rules import Kind, State
from allocations.returns.schemas import NewReturn, ReturnOut
from inventory.assets import leaving
from kit.actor import Actor
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Invalid, Stale
from kit.events import record
from kit.i18n import _, kept
from kit.numbers import next_number

# Lines of which more is credited or settled than still counts as returned.
_CREDITED = f"SELECT 1 FROM order_line l WHERE l.id = ANY($1::uuid[]) AND {BILLED} - l.invoiced > l.returned LIMIT 1"

# Goods came of these: a closed order's too, which awaits again once it has to be replaced.
_CAME = (*SENT, OrderState.closed)


async def send_back(who: Actor, order: str, new: NewReturn) -> ReturnOut:
    """Send units of an order back, all as said or none of them.

    Raises NothingReceived, LinesRefused, `inventory.assets.rules.MoveRefused`, Invalid, NotFound.
    """
    who.must("receipt.write")
    reason = rules.check_reason(new.reason)
    day = new.returned_on or today()
    if day > today():
        raise Invalid({"returned_on": _("La date du retour est dans l'avenir.")})
    tags = list(dict.fromkeys(new.tags))
    if not tags and not new.lines:
        raise Invalid({"tags": _("Dites ce qui repart : des biens par leurs étiquettes, ou des unités par ligne.")})
    async with transaction(who):
        row = await orders.locked(who, order)
        if OrderState(row["state"]) not in _CAME:
            raise rules.NothingReceived(number=order)
        known = {line["id"]: line for line in (await receivable(row["id"])).values()}
        replaced = new.kind is Kind.replacement
        devices = await leaving.send_back(who, tags, why=reason, replaced=replaced) if tags else []
        parts = _parts(known, devices, new)
        number = rules.number(row["board"], row["year"], await next_number(f"return {row['board']} {row['year']}"))
        key = await fetch_value(
            'INSERT INTO goods_return (number, "order", supplier, board, kind, state, reason, rma, returned_on, person, person_name, at)'
            " VALUES ($1, $2, $3, $4, $5, 'awaited', $6, $7, $8, $9, $10, $11) RETURNING id",
            number, row["id"], row["supplier"], row["board"], new.kind.value, reason, new.rma.strip(), day, who.person, who.name, now(),
        )  # fmt: skip
        cents = _cents(known, parts, replaced=replaced)
        await _write_lines(key, row["board"], known, parts, cents)
        units = Counter[UUID]()
        for line, _asset, quantity in parts:
            units[line] += quantity
        if replaced:
            await _await_again(who, row, number, known, units)
        else:
            await _mark_returned(units)
        await record(
            who, "order.returned", kind="order", subject=order, board=row["board"],
            after={"return": number, "kind": new.kind.value, "units": sum(units.values()), "tags": tags}, why=reason,
        )  # fmt: skip
        return await queries.one(who, number)


Part = tuple[UUID, UUID | None, int]  # order line, asset, units


def _parts(known: Mapping[UUID, Any], devices: Sequence[Any], new: NewReturn) -> list[Part]:
    """What goes back of each line. Raises LinesRefused, or Invalid for a device of another order."""
    by_position = {line["position"]: line for line in known.values()}
    parts: list[Part] = []
    for device in devices:
        source = device["expected_source"]
        line = known.get(UUID(source)) if source else None
        if line is None:
            raise Invalid({"tags": _("Le bien {tag} ne vient pas de ce bon.").format(tag=device["tag"])})
        parts.append((line["id"], device["id"], 1))
    faults: dict[int, str] = {}
    for said in new.lines:
        line = by_position.get(said.position)
        if line is None:
            faults[said.position] = _("Ligne {position} : ce bon n'a pas cette ligne.").format(position=said.position)
        elif line["tracked"]:
            faults[said.position] = _("Ligne {position} : nommez les biens par leurs étiquettes.").format(
                position=said.position
            )
        else:
            parts.append((line["id"], None, said.quantity))
    totals = Counter[UUID]()
    for key, _asset, quantity in parts:
        totals[key] += quantity
    for key, quantity in totals.items():
        line = known[key]
        if quantity > (here := line["received"] - line["returned"]):
            faults[line["position"]] = _("Ligne {position} : {n} à renvoyer, mais seulement {here} ici.").format(
                position=line["position"], n=quantity, here=here
            )
    if faults:
        raise LinesRefused(faults)
    return parts


def _cents(known: Mapping[UUID, Any], parts: Sequence[Part], *, replaced: bool) -> list[int]:
    """What each part costs: the last units that came go first, so that the parts of a line add up to what it holds less."""
    here = {key: line["received"] - (0 if replaced else line["returned"]) for key, line in known.items()}
    cents = []
    for key, _asset, quantity in parts:
        line = known[key]
        before = spent(line["charged_cents"], line["quantity"], received=here[key])
        here[key] -= quantity
        cents.append(before - spent(line["charged_cents"], line["quantity"], received=here[key]))
    return cents


async def _write_lines(
    key: UUID, board: str, known: Mapping[UUID, Any], parts: Sequence[Part], cents: Sequence[int]
) -> None:
    await execute(
        "INSERT INTO goods_return_line (goods_return, order_line, asset, board, school, quantity, charged_cents)"
        " SELECT $1, n.line, n.asset, $2, n.school, n.quantity, n.cents"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[]) AS n (line, asset, school, quantity, cents)",
        key, board, [line for line, _asset, _n in parts], [asset for _line, asset, _n in parts],
        [known[line]["school"] for line, _asset, _n in parts], [n for _line, _asset, n in parts], list(cents),
    )  # fmt: skip


async def _await_again(
    who: Actor, order: Any, number: str, known: Mapping[UUID, Any], units: Mapping[UUID, int]
) -> None:
    """Lines are awaited again: spent → committed at the order's price."""
    back = {
        key: known[key]["spent_cents"]
        - spent(known[key]["charged_cents"], known[key]["quantity"], received=known[key]["received"] - n)
        for key, n in units.items()
    }
    await receipts.move_lines(list(back), [-units[key] for key in back], [-cents for cents in back.values()])
    sums: dict[UUID, int] = defaultdict(int)
    for key, cents in back.items():
        sums[known[key]["envelope"]] += cents
    reason = kept("Retour {number} : remplacement attendu", number=number)
    await envelopes.unspend(
        who, [Move(envelope, cents, reason, "return", number) for envelope, cents in sorted(sums.items())]
    )
    await receipts.move_order(order["id"])


async def _mark_returned(units: Mapping[UUID, int]) -> None:
    await execute(
        "UPDATE order_line l SET returned = l.returned + n.n, version = version + 1"
        " FROM unnest($1::uuid[], $2::int[]) AS n (id, n) WHERE l.id = n.id",
        list(units), list(units.values()),
    )  # fmt: skip


async def settle(
    who: Actor, number: str, *, note: str, never_invoiced: bool = False, version: int | None = None
) -> ReturnOut:
    """Say that what a return waited for has come. Its money is its credit note's, but for what is `never_invoiced`: the board's desk
    of invoices says so, and that money comes back now.

    Raises ReturnOver, AskedFor (an approved invoice holds all of it), Stale, NotFound, Forbidden.
    """
    if never_invoiced:
        check_desk(who)
    else:
        who.must("receipt.write")
    async with transaction(who):
        found, row = await _open(who, number, version)
        await _mark(who, row, State.settled, note=note.strip())
        settled = await _settle_units(who, found, row) if never_invoiced else 0
        await record(
            who, "order.return_settled", kind="order", subject=found.order, board=found.board,
            after={"return": number, "note": note.strip(), "settled": settled},
        )  # fmt: skip
        return await queries.one(who, number)


async def _settle_units(who: Actor, found: ReturnOut, row: Any) -> int:
    if found.kind is not Kind.credit:
        raise rules.AskedFor(number=found.number)
    order = await fetch_one("SELECT id, board, year FROM purchase_order WHERE id = $1", row["order"])
    units = {
        line["order_line"]: line["units"]
        for line in await fetch(
            "SELECT order_line, sum(quantity)::int AS units FROM goods_return_line WHERE goods_return = $1 GROUP BY 1",
            row["id"],
        )
    }
    if not (settled := await settle_returned(who, order, units, number=found.number)):
        raise rules.AskedFor(number=found.number)
    return settled


async def give_rma(who: Actor, number: str, *, rma: str, version: int | None = None) -> ReturnOut:
    """Write the supplier's authorisation on a return. Raises ReturnOver, Stale, NotFound."""
    who.must("receipt.write")
    async with transaction(who):
        found, row = await _open(who, number, version)
        await execute("UPDATE goods_return SET rma = $2, version = version + 1 WHERE id = $1", row["id"], rma.strip())
        await record(
            who, "order.return_authorised", kind="order", subject=found.order, board=found.board,
            before={"return": number, "rma": row["rma"]}, after={"return": number, "rma": rma.strip()},
        )  # fmt: skip
        return await queries.one(who, number)


async def cancel(who: Actor, number: str, *, reason: str, version: int | None = None) -> ReturnOut:
    """A return that did not happen: its devices are out of service until looked at, its units are received again.

    Raises ReturnOver, ReplacedAlready, CreditedAlready, OnHold (of a replacement), Stale, Invalid without a reason, NotFound.
    """
    who.must("receipt.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        found, row = await _open(who, number, version)
        order = await orders.locked(who, found.order)
        known = {line["id"]: line for line in (await receivable(row["order"])).values()}
        lines = await fetch(
            "SELECT order_line, asset, quantity FROM goods_return_line WHERE goods_return = $1", row["id"]
        )
        units = Counter[UUID]()
        for line in lines:
            units[line["order_line"]] += line["quantity"]
        replaced = found.kind is Kind.replacement
        if replaced and order["state"] == OrderState.on_hold:  # it would move an order that waits
            raise OnHold(number=found.order)
        tags = [line.tag for line in found.lines if line.tag]
        if replaced:
            await _receive_again(who, order, number, known, units)
        else:
            await _mark_returned({key: -n for key, n in units.items()})
            if await fetch(_CREDITED, list(units)):
                raise rules.CreditedAlready(number=number)
        if tags:
            await leaving.come_back(who, tags, why=why, replaced=replaced)
        await _mark(who, row, State.cancelled, note=why)
        await record(
            who, "order.return_cancelled", kind="order", subject=found.order, board=found.board,
            before={"return": number, "units": sum(units.values())}, why=why,
        )  # fmt: skip
        return await queries.one(who, number)


async def _receive_again(
    who: Actor, order: Any, number: str, known: Mapping[UUID, Any], units: Mapping[UUID, int]
) -> None:
    for key, n in units.items():
        if n > known[key]["quantity"] - known[key]["received"] - known[key]["cancelled"]:
            raise rules.ReplacedAlready(number=number)
    again = {
        key: spent(known[key]["charged_cents"], known[key]["quantity"], received=known[key]["received"] + n)
        - known[key]["spent_cents"]
        for key, n in units.items()
    }
    await receipts.move_lines(list(again), [units[key] for key in again], list(again.values()))
    sums: dict[UUID, int] = defaultdict(int)
    for key, cents in again.items():
        sums[known[key]["envelope"]] += cents
    reason = kept("Retour {number} annulé", number=number)
    await envelopes.spend(
        who, [Move(envelope, cents, reason, "return", number) for envelope, cents in sorted(sums.items())]
    )
    await receipts.move_order(order["id"])


async def _open(who: Actor, number: str, version: int | None) -> tuple[ReturnOut, Any]:
    found = await queries.one(who, number)
    await orders.locked(who, found.order)  # before the return, as wherever goods move
    row = await queries.locked(number)
    if version is not None and version != row["version"]:
        raise Stale()
    if row["state"] != State.awaited:
        raise rules.ReturnOver(number=number)
    return found, row


async def _mark(who: Actor, row: Any, state: State, *, note: str) -> None:
    await execute(
        "UPDATE goods_return SET state = $2, settled_at = $3, settled_by_name = $4, settled_note = $5, version = version + 1"
        " WHERE id = $1",
        row["id"], state.value, now(), who.name, note,
    )  # fmt: skip
