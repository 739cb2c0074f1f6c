"""Bench `grouping`: twenty thousand lines of the approved baskets of one board become orders at once, against the same rows by hand.

Ours is the operation: what may not be ordered is looked for, each line's taxes are shared, the answer tells the orders. Bare is one
transaction under the buyer's role: the baskets locked, one statement each for orders, parts, lines, their taxes' shares, baskets and
events; it looks for nothing and reads nothing back.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from allocations.orders.operations import build
from allocations.orders.schemas import OrderOut
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from directory.people.actors import actor_of_person
from kit.actor import Actor
from kit.clock import now, school_year, today
from kit.ids import new_id

LINES, EACH = 20_000, 10  # ten lines a basket

# Baskets of ten products each, as a submission leaves them, approved.
BASKETS = """
WITH thing AS (
    SELECT p.id AS product, r.supplier, row_number() OVER (ORDER BY p.code) AS n
    FROM (SELECT * FROM product WHERE closed_on IS NULL AND kind NOT IN ('self_training', 'accompaniment')) p
    JOIN LATERAL (SELECT supplier FROM price WHERE product = p.id AND board IS NULL ORDER BY from_day DESC LIMIT 1) r ON true
    ORDER BY p.code LIMIT $4
), place AS (
    SELECT e.id AS envelope, e.board, e.school, k, count(*) OVER () AS schools FROM envelope e JOIN measure m ON m.id = e.measure,
        generate_series(1, 1 + $3 / (SELECT count(*) FROM school WHERE board = $1)) k
    WHERE e.board = $1 AND e.year = $2 AND m.code = 'EX-COMBOS' ORDER BY k, e.school LIMIT $3
), basket AS (
    INSERT INTO selection (number, board, school, envelope, year, title, state, before_tax_cents, net_cents, charged_cents, submitted_at,
        decided_at, composed_by_name)
    SELECT 'G-' || school || '-' || k, board, school, envelope, $2, 'Mesure', 'approved', 1000000, 1068868, 1068868, now(), now(), 'Équipe'
    FROM place RETURNING id, board, school
), line AS (
    INSERT INTO selection_line (selection, board, school, product, quantity, position)
    SELECT b.id, b.board, b.school, t.product, 4, t.n FROM basket b, thing t RETURNING id, selection, board, school, product
), item AS (
    INSERT INTO selection_item (selection, line, board, school, product, supplier, description, quantity, unit_before_tax_cents,
        before_tax_cents, net_cents, charged_cents, price_source)
    SELECT l.selection, l.id, l.board, l.school, l.product, t.supplier, 'Appareil', 4, 25000, 100000, 106887, 106887, ''
    FROM line l JOIN thing t USING (product) RETURNING selection, supplier, board, school, before_tax_cents, net_cents
)
INSERT INTO selection_invoice (selection, supplier, board, school, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
    qst_rebate_cents, total_cents, net_cents, charged_cents)
SELECT selection, supplier, board, school, sum(before_tax_cents), sum(5000), sum(9975), sum(3400), sum(4688), sum(114975), sum(106887),
    sum(106887) FROM item GROUP BY selection, supplier, board, school
"""

# What a run has made goes, and its baskets wait again.
AGAIN = """
CREATE TEMP TABLE made ON COMMIT DROP AS SELECT DISTINCT t."order" AS id FROM order_part t JOIN selection s ON s.id = t.selection
    WHERE s.number LIKE 'G-%';
DELETE FROM event WHERE subject_kind = 'order' AND subject IN (SELECT number FROM purchase_order JOIN made USING (id));
DELETE FROM order_line WHERE "order" IN (SELECT id FROM made);
DELETE FROM order_part WHERE "order" IN (SELECT id FROM made);
DELETE FROM purchase_order WHERE id IN (SELECT id FROM made);
UPDATE selection SET state = 'approved' WHERE number LIKE 'G-%';
"""
SWEEP = "VACUUM ANALYZE order_line, order_part, purchase_order, selection, selection_line, selection_item, selection_invoice"

LOCKED = """
SELECT s.id FROM selection s WHERE s.board = $1 AND s.state = 'approved'
    AND NOT EXISTS (SELECT FROM school_year y WHERE y.code = s.year AND y.state IN ('closed', 'reporting')) ORDER BY s.id FOR UPDATE
"""
GROUPS = """
SELECT DISTINCT s.year, u.code, i.supplier, i.contract FROM selection_item i JOIN selection s ON s.id = i.selection
JOIN supplier u ON u.id = i.supplier WHERE i.selection = ANY($1::uuid[]) ORDER BY s.year, u.code, i.contract
"""
NUMBERS = """
INSERT INTO number_series (series, last) VALUES ($1, $2)
ON CONFLICT (series) DO UPDATE SET last = number_series.last + excluded.last RETURNING last
"""
ORDERS = """
INSERT INTO purchase_order (id, number, board, supplier, year, state, made_by, made_by_name, made_at, before_tax_cents, gst_cents,
    qst_cents, total_cents, net_cents)
SELECT n.id, n.number, $1, v.supplier, n.year, 'draft', $2, $3, $4, sum(v.before_tax_cents), sum(v.gst_cents), sum(v.qst_cents),
    sum(v.total_cents), sum(v.net_cents)
FROM unnest($5::uuid[], $6::text[], $7::uuid[], $8::text[]) AS n (id, number, supplier, year)
JOIN selection_invoice v ON v.supplier = n.supplier JOIN selection s ON s.id = v.selection AND s.year = n.year
WHERE v.selection = ANY($9::uuid[]) GROUP BY n.id, n.number, v.supplier, n.year
"""
PARTS = """
INSERT INTO order_part ("order", selection, envelope, board, school, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
    qst_rebate_cents, net_cents, charged_cents)
SELECT o.id, s.id, s.envelope, s.board, s.school, v.before_tax_cents, v.gst_cents, v.qst_cents, v.gst_rebate_cents,
    v.qst_rebate_cents, v.net_cents, v.charged_cents
FROM selection_invoice v JOIN selection s ON s.id = v.selection
JOIN purchase_order o ON o.supplier = v.supplier AND o.year = s.year AND o.id = ANY($1::uuid[]) WHERE v.selection = ANY($2::uuid[])
"""
WRITTEN = """
INSERT INTO order_line ("order", part, item, envelope, board, school, building, product, description, position, quantity, contract,
    unit_before_tax_cents, before_tax_cents, gst_cents, qst_cents, net_cents, charged_cents)
SELECT "order", part, item, envelope, board, school, building, product, description, place, quantity, contract, unit_before_tax_cents,
    before_tax_cents, gst + (gst_place <= part_gst - sum(gst) OVER part)::int, qst + (qst_place <= part_qst - sum(qst) OVER part)::int,
    net_cents, charged_cents
FROM (SELECT t."order", t.id AS part, i.id AS item, t.envelope, i.board, i.school, i.building, i.product, i.description, i.quantity,
        i.contract, i.unit_before_tax_cents, i.before_tax_cents, i.net_cents, i.charged_cents, t.gst_cents AS part_gst,
        t.qst_cents AS part_qst, t.gst_cents * i.before_tax_cents / t.before_tax_cents AS gst,
        t.qst_cents * i.before_tax_cents / t.before_tax_cents AS qst,
        row_number() OVER (PARTITION BY t."order" ORDER BY i.school, s.number, l.position, i.description, i.id) AS place,
        row_number() OVER (PARTITION BY t.id ORDER BY t.gst_cents * i.before_tax_cents % t.before_tax_cents DESC, l.position) AS gst_place,
        row_number() OVER (PARTITION BY t.id ORDER BY t.qst_cents * i.before_tax_cents % t.before_tax_cents DESC, l.position) AS qst_place
    FROM order_part t JOIN purchase_order o ON o.id = t."order" JOIN selection s ON s.id = t.selection
    JOIN selection_item i ON i.selection = t.selection AND i.supplier = o.supplier JOIN selection_line l ON l.id = i.line
    WHERE o.id = ANY($1::uuid[])) shared
WINDOW part AS (PARTITION BY part)
"""
ORDERED = "UPDATE selection SET state = 'ordered', version = version + 1 WHERE id = ANY($1::uuid[])"
EVENTS = """
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, after, why, request)
SELECT $2, $3, $4, 'order.drafted', 'order', o.number, o.board, $5::jsonb || jsonb_build_object('number', o.number, 'board', o.board,
    'year', o.year, 'net_cents', o.net_cents, 'total_cents', o.total_cents, 'supplier', u.code, 'supplier_name', u.name), '', ''
FROM purchase_order o JOIN supplier u ON u.id = o.supplier WHERE o.id = ANY($1::uuid[])
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data, each time with the same baskets, which wait."""
    work = await scratch.new(like=kept)
    async with scratch.administering(work) as run, scratch.using(work):
        board = await run.fetchval("SELECT board FROM school GROUP BY board ORDER BY count(*) DESC, board LIMIT 1")
        # As many lines as the province asks for; of a small one, as few as it is smaller.
        baskets = min(LINES, 7 * await run.fetchval("SELECT count(*) FROM school")) // EACH
        await run.execute(BASKETS, board, school_year(today()), baskets, EACH)
        await run.fetchval(NUMBERS, f"order {board} {school_year(today())}", 50_000)  # past those that the data have
        buyer = await actor_of_person(f"purchasing.{board}@exemple.ca")

        async def again() -> None:
            async with run.transaction():
                await run.execute(
                    "SET LOCAL session_replication_role = replica"
                )  # rows that nothing else refers to: nothing to check
                await run.execute(AGAIN)
            await run.execute(SWEEP)

        async def ours() -> list[OrderOut]:
            return await build(buyer)

        await again()
        yield {"": Pair(bare=lambda: _by_hand(buyer), ours=ours, between=again)}
    await scratch.drop(work)


async def _by_hand(who: Actor) -> int:
    board: Any = who.board
    async with by_hand(who.scope.value, board, "", who.key) as run:
        baskets = [row["id"] for row in await run.fetch(LOCKED, board)]
        groups = await run.fetch(GROUPS, baskets)
        year = groups[0]["year"]
        last = await run.fetchval(NUMBERS, f"order {board} {year}", len(groups))
        numbers = [f"BC-{board[:3]}-{year[:4]}-{n:05}" for n in range(last - len(groups) + 1, last + 1)]
        ids = [new_id() for _number in numbers]
        suppliers, years = [row["supplier"] for row in groups], [row["year"] for row in groups]
        await run.execute(ORDERS, board, who.person, who.name, now(), ids, numbers, suppliers, years, baskets)
        await run.execute(PARTS, ids, baskets)
        await run.execute(WRITTEN, ids)
        await run.execute(ORDERED, baskets)
        facts = {"state": "draft", "made_by_name": who.name, "version": 1, "late": False, "revision": 0}
        await run.execute(EVENTS, ids, now(), who.key, who.name, json.dumps(facts))
    return len(groups)
