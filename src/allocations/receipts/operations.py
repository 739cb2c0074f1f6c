"""Goods arrive: one transaction turns committed money into spent, and each tracked unit into an asset."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import queries as orders
from allocations.orders.rules import SENT, NotSent, State, state_after_receipt
from allocations.receipts import queries, rules
from allocations.receipts.rules import LineSerialsRefused, LinesRefused
from allocations.receipts.schemas import ReceiptOut, Receive, ReceivedLine
from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import SerialsRefused
from inventory.assets.rules import State as AssetState
from inventory.assets.schemas import AssetOut, NewUnit
from kit.actor import Actor
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch_value, transaction
from kit.events import record
from kit.i18n import _, kept
from kit.ids import new_id
from kit.money import unit_cost
from kit.numbers import next_number


async def receive(who: Actor, order: str, new: Receive) -> ReceiptOut:
    """Receive units of an order's lines, all as said or none of them.

    Raises NotSent, LinesRefused and LineSerialsRefused (by position), Invalid. Units of a line cost what
    `kit.money.unit_cost` says, so that a line received in parts costs the same to the cent.
    """
    who.must("receipt.write")
    async with transaction(who):
        row = await orders.locked(who, order)
        if State(row["state"]) not in SENT:
            raise NotSent(number=order)
        day = new.received_on or today()
        rules.check_day(day, sent=row["sent_at"].astimezone(MONTREAL).date(), today=today())
        known = await queries.receivable(row["id"])
        _check(known, new.lines)
        number = rules.number(row["board"], row["year"], await next_number(f"receipt {row['board']} {row['year']}"))
        receipt: UUID = await fetch_value(
            'INSERT INTO receipt (number, "order", board, received_on, slip, note, person, person_name, at)'
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            number, row["id"], row["board"], day, new.slip.strip(), new.note.strip(), who.person, who.name, now(),
        )  # fmt: skip
        keys = {line.position: new_id() for line in new.lines}
        await _write_lines(receipt, row["board"], known, new.lines, keys)
        await _spend(who, number, known, new.lines)
        tags = await _make_assets(who, row, day, known, new.lines, keys)
        if new.in_service and tags:
            await assets.put_into_service(who, tags)
        await _move_order(row["id"])
        await record(
            who, "order.received", kind="order", subject=order, board=row["board"],
            after={"receipt": number, "units": sum(line.quantity for line in new.lines), "tags": tags},
        )  # fmt: skip
        return await queries.one(who, number)


async def rehearse(who: Actor, order: str, new: Receive) -> ReceiptOut:
    """What `receive` would answer, everything checked and nothing kept; numbers and tags may be others' by then. Raises as it does."""
    receipt: ReceiptOut | None = None
    try:
        async with transaction(who):
            receipt = await receive(who, order, new)
            raise _Rehearsed
    except _Rehearsed:
        assert receipt is not None
        return receipt


class _Rehearsed(Exception):
    pass


async def put_into_service(who: Actor, number: str) -> list[AssetOut]:
    """Put into service the devices of a receipt that are still only received: those that somebody saw to before stay as they are.

    Raises NotFound.
    """
    who.must("asset.write")
    async with transaction(who):
        receipt = await queries.one(who, number)
        tags = [tag for line in receipt.lines for tag in line.tags]
        waiting = [asset.tag for asset in await asset_queries.by_tags(who, tags) if asset.state is AssetState.received]
        return await assets.put_into_service(who, waiting) if waiting else []


def _check(known: Mapping[int, Any], lines: Sequence[ReceivedLine]) -> None:
    faults: dict[int, str] = {}
    seen: set[int] = set()
    for line in lines:
        row = known.get(line.position)
        if row is None:
            faults[line.position] = _("Ligne {position} : ce bon n'a pas cette ligne.").format(position=line.position)
        elif line.position in seen:
            faults[line.position] = _("Ligne {position} : donnée deux fois.").format(position=line.position)
        elif fault := rules.line_fault(
            position=line.position, quantity=row["quantity"], done=row["received"] + row["cancelled"],
            wanted=line.quantity, tracked=row["tracked"], serials=len(line.serials),
        ):  # fmt: skip
            faults[line.position] = fault
        seen.add(line.position)
    said = [(line.position, serial) for line in lines for serial in line.serials]
    for position, serial in said:
        if not serial.strip():
            faults.setdefault(
                position,
                _("Ligne {position} : un numéro de série est vide; retirez-le.").format(position=position),
            )
    if faults := rules.repeated([one for one in said if one[1].strip()]) | faults:
        raise LinesRefused(faults)


async def _write_lines(
    receipt: UUID, board: str, known: Mapping[int, Any], lines: Sequence[ReceivedLine], keys: Mapping[int, UUID]
) -> None:
    rows = [(known[line.position], line.quantity) for line in lines]
    charged = [_spent(row, quantity, "charged_cents") for row, quantity in rows]
    await execute(
        "INSERT INTO receipt_line (id, receipt, order_line, board, school, quantity, net_cents, charged_cents)"
        " SELECT n.id, $1, n.line, $2, n.school, n.quantity, n.net, n.charged"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::bigint[])"
        " AS n (id, line, school, quantity, net, charged)",
        receipt, board, [keys[line.position] for line in lines], [row["id"] for row, _quantity in rows],
        [row["school"] for row, _quantity in rows], [quantity for _row, quantity in rows],
        [_spent(row, quantity, "net_cents") for row, quantity in rows], charged,
    )  # fmt: skip
    await execute(
        "UPDATE order_line l SET received = l.received + n.quantity, spent_cents = l.spent_cents + n.charged, version = version + 1"
        " FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS n (id, quantity, charged) WHERE l.id = n.id",
        [row["id"] for row, _quantity in rows], [quantity for _row, quantity in rows], charged,
    )  # fmt: skip


def _spent(row: Any, quantity: int, figure: str) -> int:
    return rules.spent(row[figure], row["quantity"], before=row["received"], now=quantity)


async def _spend(who: Actor, number: str, known: Mapping[int, Any], lines: Sequence[ReceivedLine]) -> None:
    sums: dict[UUID, int] = defaultdict(int)
    for line in lines:
        row = known[line.position]
        sums[row["envelope"]] += _spent(row, line.quantity, "charged_cents")
    reason = kept("Bon de réception {number}", number=number)
    await envelopes.spend(
        who, [Move(envelope, cents, reason, "receipt", number) for envelope, cents in sorted(sums.items())]
    )


async def _make_assets(
    who: Actor, order: Any, day: date, known: Mapping[int, Any], lines: Sequence[ReceivedLine], keys: Mapping[int, UUID]
) -> list[str]:
    """The tags of the assets, in the order of the lines and of their units."""
    units: list[NewUnit] = []
    places: list[tuple[int, int, int]] = []
    for place, line in enumerate(lines):
        row = known[line.position]
        if row["tracked"]:
            units += [_unit(order, day, row, line, keys[line.position], index) for index in range(line.quantity)]
            places += [(place, line.position, index) for index in range(line.quantity)]
    try:
        return [asset.tag for asset in await assets.receive_units(who, units)] if units else []
    except SerialsRefused as refused:
        raise LineSerialsRefused(refused, places) from refused


def _unit(order: Any, day: date, row: Any, line: ReceivedLine, receipt_line: UUID, index: int) -> NewUnit:
    return NewUnit(
        board=order["board"],
        school=row["school"],
        building=row["building"],
        room=line.room.strip(),
        category=row["category"],
        product=row["product"],
        name=row["name"],
        maker=row["maker"],
        model=row["model"],
        serial=line.serials[index].strip() if index < len(line.serials) else None,
        before_tax_cents=row["unit_before_tax_cents"],
        net_cents=unit_cost(row["net_cents"], row["quantity"], row["received"] + index + 1),
        envelope=row["envelope"],
        origin=order["number"],
        receipt_line=receipt_line,
        expected_source=str(row["id"]),
        acquired_on=day,
        warranty_until=rules.months_later(day, row["warranty_months"]),
        useful_until=rules.months_later(day, row["useful_life_months"]),
    )


async def _move_order(order: UUID) -> None:
    lines = (await queries.receivable(order)).values()
    state = state_after_receipt([line["quantity"] - line["received"] - line["cancelled"] for line in lines])
    await execute("UPDATE purchase_order SET state = $2, version = version + 1 WHERE id = $1", order, state.value)
