"""Bench `receiving`: ten thousand devices of one order, each with its serial number, received at once; against COPY and an insert.

Ours is the operation, its answer included. Bare is one transaction under the technician's role: the order and its lines locked,
serials looked for, money, receipt, devices and events written, out of a temporary table filled by COPY; it reads nothing back.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from allocations.receipts.operations import receive
from allocations.receipts.schemas import ReceiptOut, Receive, ReceivedLine
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from directory.people.actors import actor_of_person
from kit.actor import Actor
from kit.clock import now, school_year, today
from kit.ids import new_id, new_label_code
from kit.money import unit_cost

UNITS, LINES, PRICE = 10_000, 20, 400_00

# An order of twenty schools, sent: its lines stand on items that other orders have, as amendments do.
ORDER = """
WITH item AS (
    SELECT DISTINCT ON (i.school) i.id, i.selection, i.school, s.envelope, i.supplier, p.id AS product
    FROM selection_item i JOIN selection s ON s.id = i.selection, (SELECT id FROM product WHERE tracked ORDER BY code LIMIT 1) p
    WHERE i.board = $1 AND s.year = $2 ORDER BY i.school, i.id LIMIT $3
), made AS (
    INSERT INTO purchase_order (number, board, supplier, year, state, made_at, sent_at, made_by_name)
    SELECT $4, $1, supplier, $2, 'sent', now() - interval '9 days', now() - interval '9 days', 'Mesure' FROM item LIMIT 1 RETURNING id
), part AS (
    INSERT INTO order_part ("order", selection, envelope, board, school, net_cents, charged_cents)
    SELECT m.id, i.selection, i.envelope, $1, i.school, $6, $6 FROM made m, item i RETURNING id, "order", selection
), paid AS (
    UPDATE envelope e SET allocated_cents = allocated_cents + $6, committed_cents = committed_cents + $6 FROM item i WHERE i.envelope = e.id
)
INSERT INTO order_line ("order", part, item, envelope, board, school, product, description, position, quantity,
    unit_before_tax_cents, before_tax_cents, net_cents, charged_cents, amends)
SELECT p."order", p.id, i.id, i.envelope, $1, i.school, i.product, 'Appareil', row_number() OVER (ORDER BY i.school), $5::int,
    $6::bigint / $5::int, $6, $6, $6, new_id() FROM part p JOIN item i USING (selection)
"""

LOCKED = "SELECT id, year FROM purchase_order WHERE number = $1 AND state IN ('sent', 'part_received', 'received') FOR UPDATE"
KNOWN = """
SELECT l.*, p.category, p.name, p.maker, p.model, p.warranty_months, p.useful_life_months
FROM order_line l JOIN product p ON p.id = l.product WHERE l."order" = $1 ORDER BY l.position
"""
NUMBERS = """
INSERT INTO number_series (series, last) VALUES ($1, $2)
ON CONFLICT (series) DO UPDATE SET last = number_series.last + excluded.last RETURNING last
"""
RECEIPT = """
INSERT INTO receipt (id, number, "order", board, received_on, person, person_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
RECEIPT_LINES = """
INSERT INTO receipt_line (id, receipt, order_line, board, school, quantity, net_cents, charged_cents)
SELECT n.key, $1, l.id, l.board, l.school, n.units, l.net_cents, l.charged_cents
FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS n (key, id, units) JOIN order_line l USING (id)
"""
LINES_MOVED = """
UPDATE order_line l SET received = l.quantity, spent_cents = l.charged_cents, version = version + 1 WHERE l.id = ANY($1::uuid[])
"""
ENVELOPES = "SELECT id FROM envelope WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
SPENT = """
UPDATE envelope e SET committed_cents = e.committed_cents - c.cents, spent_cents = e.spent_cents + c.cents, version = e.version + 1
FROM unnest($1::uuid[], $2::bigint[]) AS c (id, cents) WHERE e.id = c.id AND e.committed_cents >= c.cents
"""
LEDGER = """
INSERT INTO ledger_entry (envelope, board, school, kind, committed_cents, spent_cents, reason, about_kind, about, actor, actor_name, at)
SELECT e.id, e.board, e.school, 'spending', -c.cents, c.cents, $3, 'receipt', $4, $5, $6, $7
FROM unnest($1::uuid[], $2::bigint[]) AS c (id, cents) JOIN envelope e USING (id)
"""
STAGING = """
CREATE TEMP TABLE unit (position int, serial text, tag text, label_code text, net_cents bigint, receipt_line uuid)
ON COMMIT DROP
"""
TAKEN = """
SELECT 1 FROM unit u JOIN asset a ON a.serial_key = fold(u.serial) WHERE a.state NOT IN ('returned', 'void', 'retired') LIMIT 1
"""
ASSETS = """
INSERT INTO asset (tag, label_code, board, school, building, room, category, product, name, maker, model, serial, note, acquired_on,
    warranty_until, useful_until, before_tax_cents, net_cents, envelope, origin, expected_source, receipt_line, state, state_since, made_at)
SELECT u.tag, u.label_code, l.board, l.school, l.building, '', p.category, p.id, p.name, p.maker, p.model, u.serial, '', $2::date,
    ($2::date + make_interval(months => p.warranty_months))::date, ($2::date + make_interval(months => p.useful_life_months))::date,
    l.unit_before_tax_cents, u.net_cents, l.envelope, $3, l.id::text, u.receipt_line, 'received', $4, $4
FROM unit u JOIN order_line l ON l."order" = $1 AND l.position = u.position JOIN product p ON p.id = l.product
"""
EVENTS = """
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, after, why, request)
SELECT $2, $3, $4, 'asset.received', 'asset', u.tag, l.board, l.school, jsonb_build_object('name', l.description, 'serial', u.serial,
    'building', l.building, 'room', '', 'origin', $5::text, 'state', 'received'), '', ''
FROM unit u JOIN order_line l ON l."order" = $1 AND l.position = u.position
"""
ORDER_MOVED = "UPDATE purchase_order SET state = 'received', version = version + 1 WHERE id = $1"
EVENT = """
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, after, why, request)
VALUES ($1, $2, $3, 'order.received', 'order', $4, $5, $6::jsonb, '', '')
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data; each run receives an order of its own."""
    work = await scratch.new(like=kept)
    async with scratch.administering(work) as run, scratch.using(work):
        board = await run.fetchval("SELECT board FROM school GROUP BY board ORDER BY count(*) DESC, board LIMIT 1")
        # As many devices as the province's order has; of a small one, as few as it is smaller.
        each = min(UNITS, await run.fetchval("SELECT count(*) FROM asset") // 10) // LINES
        who = await actor_of_person(f"technician.{board}@exemple.ca")
        turns = count(1)
        waiting: list[tuple[str, Receive]] = []

        async def order() -> None:
            turn = next(turns)
            number = f"BC-{board[:3]}-9999-{turn:05}"
            await run.execute(ORDER, board, school_year(today()), LINES, number, each, each * PRICE)
            lines = [
                ReceivedLine(position=line, quantity=each, serials=[f"BN{turn:03}{line:02}{n:05}" for n in range(each)])
                for line in range(1, LINES + 1)
            ]
            waiting[:] = [(number, Receive(lines=lines))]

        await order()

        async def bare() -> int:
            return await _by_hand(who, *waiting[0])

        async def ours() -> ReceiptOut:
            return await receive(who, *waiting[0])

        yield {"": Pair(bare=bare, ours=ours, between=order)}
    await scratch.drop(work)


async def _by_hand(who: Actor, number: str, new: Receive) -> int:
    async with by_hand(who.scope.value, who.board or "", "", who.key) as run:
        order = await run.fetchrow(LOCKED, number)
        lines = {line["position"]: line for line in await run.fetch(KNOWN, order["id"])}
        board, receipt = who.board or "", new_id()
        if any(
            said.quantity > lines[said.position]["quantity"] - lines[said.position]["received"] for said in new.lines
        ):
            raise RuntimeError(f"{number} awaits less")
        place = await run.fetchval(NUMBERS, f"receipt {board} {order['year']}", 1)
        its_number = f"BR-{board[:3]}-{order['year'][:4]}-{place:05}"
        await run.execute(RECEIPT, receipt, its_number, order["id"], board, today(), who.person, who.name, now())
        keys = {said.position: new_id() for said in new.lines}
        mine = [lines[said.position] for said in new.lines]
        ids, sums = [line["id"] for line in mine], {line["envelope"]: line["charged_cents"] for line in mine}
        await run.execute(RECEIPT_LINES, receipt, list(keys.values()), ids, [said.quantity for said in new.lines])
        await run.execute(LINES_MOVED, ids)
        money = (list(sums), list(sums.values()))
        await run.execute(ENVELOPES, money[0])
        await run.execute(SPENT, *money)
        await run.execute(LEDGER, *money, f"Bon de réception {its_number}", its_number, who.person, who.name, now())
        total = sum(said.quantity for said in new.lines)
        last = await run.fetchval(NUMBERS, f"asset:{board}", total)
        tags = iter([f"{board[:3]}-{n:06}" for n in range(last - total + 1, last + 1)])
        units: list[tuple[Any, ...]] = [
            (said.position, serial, next(tags), new_label_code(), unit_cost(line["net_cents"], line["quantity"], n), keys[said.position])
            for said, line in zip(new.lines, mine, strict=True) for n, serial in enumerate(said.serials, 1)
        ]  # fmt: skip
        await run.execute(STAGING)
        await run.copy_records_to_table("unit", records=units)
        if await run.fetchval(TAKEN):
            raise RuntimeError("a serial is known")
        await run.execute(ASSETS, order["id"], today(), number, now())
        await run.execute(EVENTS, order["id"], now(), who.key, who.name, number)
        await run.execute(ORDER_MOVED, order["id"])
        after = {"receipt": its_number, "units": total, "tags": [unit[2] for unit in units]}
        await run.execute(EVENT, now(), who.key, who.name, number, board, json.dumps(after))
    return total
