"""Goods arrive: one transaction turns committed money into spent, and each tracked unit into an asset."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.invoices.reconciling import rematch_order
from allocations.orders import queries as orders
from allocations.orders.rules import Act, State, state_after_receipt
from allocations.orders.rules import check as check_act
from allocations.receipts import issues, making, queries, rules
from allocations.receipts.rules import LinesRefused
from allocations.receipts.schemas import ReceiptOut, Receive, ReceivedLine
from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import State as AssetState
from inventory.assets.schemas import AssetOut
from kit.actor import Actor
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch_value, transaction
from kit.events import record
from kit.i18n import _, kept
from kit.ids import new_id
from kit.numbers import next_number

# Returns of the order whose lines await nothing more: what was to replace their units has come.
_REPLACED = """
UPDATE goods_return r SET state = 'settled', settled_at = $3, settled_by_name = $4, settled_note = $2, version = version + 1
WHERE r."order" = $1 AND r.kind = 'replacement' AND r.state = 'awaited' AND NOT EXISTS (
    SELECT FROM goods_return_line g JOIN order_line l ON l.id = g.order_line
    WHERE g.goods_return = r.id AND l.quantity > l.received + l.cancelled)
"""


async def receive(who: Actor, order: str, new: Receive) -> ReceiptOut:
    """Receive units of an order's lines, all as said or none of them.

    Raises NotSent, LinesRefused and LineSerialsRefused (by position), Invalid. Units of a line cost what
    `kit.money.unit_cost` says, so that a line received in parts costs the same to the cent.
    """
    who.must("receipt.write")
    async with transaction(who):
        row = await orders.locked(who, order)
        return await received(who, row, new)


async def received(who: Actor, row: Any, new: Receive, *, file_hash: str = "") -> ReceiptOut:
    """As `receive`, of an order's row that is locked. `file_hash`: of the file that says so. Call inside a transaction."""
    order = row["number"]
    check_act(Act.receive, State(row["state"]), order)
    day = new.received_on or today()
    rules.check_day(day, sent=row["sent_at"].astimezone(MONTREAL).date(), today=today())
    known = await _with_products(await queries.receivable(row["id"]), new.lines)
    _check(known, new.lines, day)
    number = rules.number(row["board"], row["year"], await next_number(f"receipt {row['board']} {row['year']}"))
    receipt: UUID = await fetch_value(
        'INSERT INTO receipt (number, "order", board, received_on, slip, note, person, person_name, at, file_hash)'
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        number, row["id"], row["board"], day, new.slip.strip(), new.note.strip(), who.person, who.name, now(), file_hash,
    )  # fmt: skip
    keys = {line.position: new_id() for line in new.lines}
    rows = [known[line.position] for line in new.lines]
    await _write_lines(receipt, row["board"], rows, new.lines, keys)
    await _spend(who, number, rows, new.lines)
    tags = await making.make_assets(who, row, day, rows, new.lines, keys)
    if new.in_service and tags:
        await assets.put_into_service(who, tags)
    await _date_rest(rows, new.lines)
    await move_order(row["id"])
    await execute(_REPLACED, row["id"], number, now(), who.name)
    await rematch_order(who, row["id"])  # an invoice that was ahead of its goods waits no more
    await record(
        who, "order.received", kind="order", subject=order, board=row["board"],
        after={"receipt": number, "units": sum(line.quantity for line in new.lines), "tags": tags},
    )  # fmt: skip
    if new.issues:
        await issues.write(who, row, new.issues, slip=new.slip)
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


async def _with_products(known: dict[int, Any], lines: Sequence[ReceivedLine]) -> dict[int, Any]:
    """The order's lines by position, as the products that came in the place of others. Raises LinesRefused."""
    wanted = {line.position: line.product for line in lines if line.product and line.position in known}
    found = await queries.products(list(wanted.values())) if wanted else {}
    if absent := {position: code for position, code in wanted.items() if code not in found}:
        sentence = _("Ligne {position} : le produit {code} n'est pas au catalogue.")
        raise LinesRefused(
            {position: sentence.format(position=position, code=code) for position, code in absent.items()}
        )
    return known | {position: {**known[position], **found[code]} for position, code in wanted.items()}


def _check(known: Mapping[int, Any], lines: Sequence[ReceivedLine], day: date) -> None:
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
        elif line.rest_on and line.rest_on < day:
            faults[line.position] = _("Ligne {position} : la date du reste précède la réception.").format(
                position=line.position
            )
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
    receipt: UUID, board: str, rows: Sequence[Any], lines: Sequence[ReceivedLine], keys: Mapping[int, UUID]
) -> None:
    quantities = [line.quantity for line in lines]
    charged = [_spent(row, line) for row, line in zip(rows, lines, strict=True)]
    net = [
        rules.spent(row["net_cents"], row["quantity"], received=row["received"] + n)
        - rules.spent(row["net_cents"], row["quantity"], received=row["received"])
        for row, n in zip(rows, quantities, strict=True)
    ]
    await execute(
        "INSERT INTO receipt_line (id, receipt, order_line, board, school, quantity, net_cents, charged_cents)"
        " SELECT n.id, $1, n.line, $2, n.school, n.quantity, n.net, n.charged"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::bigint[])"
        " AS n (id, line, school, quantity, net, charged)",
        receipt, board, [keys[line.position] for line in lines], [row["id"] for row in rows],
        [row["school"] for row in rows], quantities, net, charged,
    )  # fmt: skip
    await move_lines([row["id"] for row in rows], quantities, charged)


async def move_lines(lines: Sequence[UUID], quantities: Sequence[int], charged: Sequence[int]) -> None:
    """So many more units of each order line are received (below zero: fewer), for so many cents spent."""
    await execute(
        "UPDATE order_line l SET received = l.received + n.quantity, spent_cents = l.spent_cents + n.charged, version = version + 1"
        " FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS n (id, quantity, charged) WHERE l.id = n.id",
        list(lines), list(quantities), list(charged),
    )  # fmt: skip


def _spent(row: Any, line: ReceivedLine) -> int:
    """What turns from committed into spent: the line's cost so far, less what is spent of it."""
    due = rules.spent(row["charged_cents"], row["quantity"], received=row["received"] + line.quantity)
    return due - int(row["spent_cents"])


async def _spend(who: Actor, number: str, rows: Sequence[Any], lines: Sequence[ReceivedLine]) -> None:
    sums: dict[UUID, int] = defaultdict(int)
    for row, line in zip(rows, lines, strict=True):
        sums[row["envelope"]] += _spent(row, line)
    reason = kept("Bon de réception {number}", number=number)
    await envelopes.spend(
        who, [Move(envelope, cents, reason, "receipt", number) for envelope, cents in sorted(sums.items())]
    )


async def _date_rest(rows: Sequence[Any], lines: Sequence[ReceivedLine]) -> None:
    """Write the day by which what is left of a line comes (back-order)."""
    dated = [(row["id"], line.rest_on) for row, line in zip(rows, lines, strict=True) if line.rest_on]
    if dated:
        await execute(
            "WITH dated AS (UPDATE order_line l SET expected_on = n.day FROM unnest($1::uuid[], $2::date[]) AS n (id, day)"
            " WHERE l.id = n.id AND l.quantity > l.received + l.cancelled RETURNING l.id::text AS source, n.day)"
            " UPDATE expected_delivery e SET expected_on = d.day, updated_at = $3 FROM dated d WHERE e.source = d.source",
            [line for line, _day in dated], [day for _line, day in dated], now(),
        )  # fmt: skip


async def move_order(order: UUID) -> None:
    """The state that an order's lines say, once something of it was received, sent back, or taken back."""
    lines = (await queries.receivable(order)).values()
    state = state_after_receipt([line["quantity"] - line["received"] - line["cancelled"] for line in lines])
    await execute(
        "UPDATE purchase_order SET version = version + 1, state = CASE WHEN $3 THEN $2"
        " WHEN acknowledged_at IS NULL THEN 'sent' ELSE 'acknowledged' END WHERE id = $1",
        order, state.value, any(line["received"] for line in lines),
    )  # fmt: skip
