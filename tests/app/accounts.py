"""The accounts of the walk's world: a year that closes, one that the board has signed, one with an order that has not come."""

from typing import Any

from allocations.accounts import operations, queries, reports
from allocations.orders import operations as orders
from allocations.years import operations as years
from kit.actor import Actor, system
from kit.database import execute, transaction
from tests.factories import make_approved, make_envelope

CLOSING, SIGNED, AWAITING = "2022-2023", "2021-2022", "2020-2021"


async def add_accounts(things: dict[str, Any], buyer: Actor, principal: Actor, secret: str) -> None:
    for year in (CLOSING, SIGNED):
        await make_envelope("990001", 1_000_00, year=year)
        await years.begin_closing(system(), year, reason="Fin de l'exercice")
    envelope = await make_envelope("990001", 1_000_00, year=AWAITING)
    basket = await make_approved(("appareil", 1), envelope=envelope, number="P-990001-2020-001")
    (order,) = await orders.build(buyer, selections=[basket])
    await orders.send(buyer, order.number)
    await make_approved(("appareil", 1), envelope=envelope, number="P-990001-2020-002")
    await years.begin_closing(system(), AWAITING, reason="Fin de l'exercice")
    things["awaited_order"] = order.number
    report = ("rapport-corrige.txt", f"Trois robots de plus. {secret}".encode())
    things["board_report"] = (await reports.attach(buyer, AWAITING, *report, board="990000")).id
    things["school_report"] = (await reports.attach(principal, AWAITING, *report, school="990001")).id
    found = await queries.accounts(buyer, SIGNED, board="990000")
    await operations.sign(buyer, SIGNED, "990000", digest=found.digest)
    # The same amounts in both years, so one name of the figures for all.
    things["account_digest"] = found.digest
    await make_envelope("990001", 1_000_00, year="2024-2025")  # which is closed
    async with transaction(system()):
        await execute(
            "INSERT INTO training (code, category, kind, name) VALUES ('auto-essai', 'flotte-appareils', 'self_training', 'Essai')"
        )
