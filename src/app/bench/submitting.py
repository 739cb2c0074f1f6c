"""Bench `submissions`: twenty teams of one board hand in their baskets at the same moment, against the same rows by hand.

Ours is the operation, its answer included. Bare is one transaction a team under the team's role: the locks, the prices, the money,
the frozen items and invoices, the author, the delegation, the event and the message to whoever decides; it reads nothing back.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import asyncpg

from allocations.selections.decisions import submit
from allocations.selections.schemas import SelectionOut
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from catalog.products.queries import CHEAPEST
from catalog.taxes.rules import add_up, price_invoice
from directory.people.actors import actor_of_person
from kit.actor import Actor
from kit.clock import now, school_year, today
from kit.settings import settings

TEAMS = 20

DRAFTS = """
WITH draft AS (
    INSERT INTO selection (number, board, school, envelope, year, title, state, composed_by_name)
        SELECT 'P-' || e.school || '-' || left(e.year, 4) || '-9' || $3::text, e.board, e.school, e.id, e.year, 'Mesure', 'draft', 'Équipe'
        FROM envelope e JOIN measure m ON m.id = e.measure
        WHERE e.school = ANY($1::text[]) AND m.code = 'EX-COMBOS' AND e.year = $2
    RETURNING id, board, school, number
), line AS (
    INSERT INTO selection_line (selection, board, school, product, quantity, position)
        SELECT d.id, d.board, d.school, p.id, 2, p.n FROM draft d, (
            SELECT id, row_number() OVER (ORDER BY code) AS n FROM product WHERE tracked ORDER BY code LIMIT 5) p
)
SELECT school, number FROM draft
"""
FREED = "UPDATE envelope SET reserved_cents = 0 WHERE school = ANY($1::text[])"

BASKET = """
SELECT s.id, s.board, s.school, s.envelope, s.version, m.code, m.tax_basis, e.allocated_cents - e.reserved_cents - e.committed_cents
    - e.spent_cents AS free
FROM selection s JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure
WHERE s.school = ANY($1::text[]) AND s.number = $2 AND s.state = 'draft'
    AND NOT EXISTS (SELECT FROM school_year y WHERE y.code = s.year AND y.state = 'closed') FOR UPDATE OF s, e
"""
PARTS = f"""
SELECT l.id AS line, p.id AS product, p.name, l.building, l.quantity, x.supplier_id, x.supplier_code, x.before_tax_cents AS unit, x.source,
    p.code, EXISTS (SELECT FROM measure_category c JOIN measure m ON m.id = c.measure WHERE m.code = $3 AND c.category = p.category) AS paid
FROM selection_line l JOIN product p ON p.id = l.product CROSS JOIN LATERAL ({CHEAPEST}) x
WHERE l.selection = $2 ORDER BY x.supplier_code, l.position
"""
RATES = """
SELECT 'rate' AS what, tax, ppm FROM tax_rate WHERE from_day <= $1 AND (until_day IS NULL OR until_day >= $1)
UNION ALL SELECT 'rebate', tax, ppm FROM tax_rebate WHERE body = 'school' AND from_day <= $1 AND (until_day IS NULL OR until_day >= $1)
"""
RESERVED = "UPDATE envelope SET reserved_cents = reserved_cents + $2, version = version + 1 WHERE id = $1"
LEDGER = """
INSERT INTO ledger_entry (envelope, board, school, kind, reserved_cents, reason, about_kind, about, actor, actor_name)
VALUES ($1, $2, $3, 'reservation', $4, $5, 'selection', $6, $7, $8)
"""
SUBMITTED = """
UPDATE selection SET state = 'submitted', before_tax_cents = $2, gst_cents = $3, qst_cents = $4, gst_rebate_cents = $5,
    qst_rebate_cents = $6, net_cents = $7, charged_cents = $7, submitted_at = $8, version = version + 1 WHERE id = $1
"""
ITEMS = """
INSERT INTO selection_item (selection, board, school, line, product, supplier, building, description, quantity, unit_before_tax_cents,
    before_tax_cents, net_cents, charged_cents, price_source)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::int[], $10::bigint[], $11::bigint[],
    $12::bigint[], $13::bigint[], $14::text[]) AS i
"""
INVOICES = """
INSERT INTO selection_invoice (selection, board, school, supplier, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
    qst_rebate_cents, total_cents, net_cents, charged_cents)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
    $11::bigint[], $12::bigint[]) AS i
"""
AUTHOR = (
    "INSERT INTO selection_author (selection, person, board, school) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
)
DELEGATED = """
SELECT d.id FROM delegation d WHERE d.board = $1 AND d.superseded_at IS NULL AND d.from_day <= $2
    AND (d.until_day IS NULL OR d.until_day >= $2)
"""
ROLE = "SELECT set_config('role', $1, true)"
MESSAGES = """
INSERT INTO outbox (kind, recipient, subject, body, board, school, about, once_key)
SELECT 'selection.waits', p.email, 'Panier à approuver', $4::text, $1::text, $2::text, $3::text,
    'selection.waits:' || $3::text || ':2:' || p.id
FROM role_grant g JOIN person p ON p.id = g.person JOIN role_right t ON t.role = g.role AND t."right" = 'selection.approve'
WHERE g.board = $1::text AND g.school = $2::text AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $5)
    AND (g.until_day IS NULL OR g.until_day >= $5) AND p.deactivated_at IS NULL AND p.id <> $6
ON CONFLICT (once_key) DO NOTHING
"""
EVENT = """
INSERT INTO event (actor, actor_name, what, subject_kind, subject, board, school, after, why, request)
VALUES ($1, $2, 'selection.submitted', 'selection', $3, $4, $5, $6::jsonb, '', '')
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data; each run submits baskets of its own."""
    work = await scratch.new(like=kept)
    async with scratch.administering(work) as run, scratch.using(work, size=settings().pool_size):
        schools = await _schools(run)
        teams = {school: await actor_of_person(f"school_team.{school}@exemple.ca") for school in schools}
        turns = count()
        waiting: list[tuple[Actor, str]] = []

        async def drafts() -> None:
            await run.execute(FREED, schools)
            rows = await run.fetch(DRAFTS, schools, school_year(today()), str(next(turns)))
            waiting[:] = [(teams[row["school"]], row["number"]) for row in rows]

        async def bare() -> list[int]:
            return list(await asyncio.gather(*(_by_hand(team, number) for team, number in waiting)))

        async def ours() -> list[SelectionOut]:
            return list(await asyncio.gather(*(submit(team, number, version=1) for team, number in waiting)))

        yield {"": Pair(bare=bare, ours=ours, between=drafts, same=_same)}
    await scratch.drop(work)


def _same(bare: Any, ours: Any) -> bool:
    return len(bare) == len(ours) and sorted(bare) == sorted(one.charged_cents for one in ours)


async def _schools(run: asyncpg.Connection) -> list[str]:
    """Twenty schools of the board that has the most."""
    rows = await run.fetch(
        "SELECT code FROM school WHERE board = (SELECT board FROM school GROUP BY board ORDER BY count(*) DESC, board LIMIT 1)"
        " ORDER BY code LIMIT $1",
        TEAMS,
    )
    return [row["code"] for row in rows]


async def _by_hand(team: Actor, number: str) -> int:
    async with by_hand(team.scope.value, team.board or "", ",".join(team.schools), team.key) as run:
        basket = await run.fetchrow(BASKET, list(team.schools), number)
        place = (basket["id"], basket["board"], basket["school"])
        parts = await run.fetch(PARTS, today(), basket["id"], basket["code"])
        found = await run.fetch(RATES, today())
        taxes = [{row["tax"]: row["ppm"] for row in found if row["what"] == what} for what in ("rate", "rebate")]
        suppliers: dict[Any, list[Any]] = defaultdict(list)
        for part in parts:
            suppliers[part["supplier_id"]].append(part)
        priced = {
            key: price_invoice([p["quantity"] * p["unit"] for p in own], *taxes) for key, own in suppliers.items()
        }
        total = add_up(list(priced.values()))
        if (
            not parts
            or not all(part["paid"] for part in parts)
            or basket["tax_basis"] != "net"
            or total.net > basket["free"]
        ):
            raise RuntimeError(f"{number} cannot be submitted")
        await run.execute(RESERVED, basket["envelope"], total.net)
        await run.execute(
            LEDGER,
            basket["envelope"],
            *place[1:],
            total.net,
            f"Panier {number} soumis.",
            number,
            team.person,
            team.name,
        )
        await run.execute(
            SUBMITTED,
            basket["id"],
            total.before_tax,
            total.gst,
            total.qst,
            total.gst_rebate,
            total.qst_rebate,
            total.net,
            now(),
        )
        items = [
            (part["line"], part["product"], key, part["building"], part["name"], part["quantity"], part["unit"],
             part["quantity"] * part["unit"], net, net, part["source"])
            for key, own in suppliers.items() for part, net in zip(own, priced[key].line_net, strict=True)
        ]  # fmt: skip
        await run.execute(ITEMS, *place, *map(list, zip(*items, strict=True)))
        invoices = [
            (key, i.before_tax, i.gst, i.qst, i.gst_rebate, i.qst_rebate, i.total, i.net, i.net)
            for key, i in priced.items()
        ]
        await run.execute(INVOICES, *place, *map(list, zip(*invoices, strict=True)))
        await run.execute(AUTHOR, basket["id"], team.person, *place[1:])
        if await run.fetch(DELEGATED, basket["board"], today()):
            raise RuntimeError(f"{number} goes under a delegation")
        lines = [{"product": p["code"], "supplier": p["supplier_code"], "quantity": p["quantity"]} for p in parts]
        after = {"net_cents": total.net, "charged_cents": total.net, "items": lines}
        await run.execute(EVENT, team.key, team.name, number, *place[1:], json.dumps(after))
        await run.execute(ROLE, "scope_system")
        text = f"{basket['school']} demande {total.net} cents.\n\nhttp://127.0.0.1/selections/{number}\n"
        await run.execute(MESSAGES, *place[1:], number, text, today(), team.person)
        await run.execute(ROLE, team.scope.value)
    return total.net
