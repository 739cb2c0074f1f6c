"""The end of a year against what is still under way: whoever comes second finds what the first left, and the money balances."""

import asyncio
from uuid import UUID

import pytest

from allocations.accounts import operations as signing
from allocations.accounts import queries as accounts
from allocations.accounts.schemas import Accounts
from allocations.envelopes.balance import unbalanced
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from allocations.years import commitments, releasing, rest
from allocations.years import operations as years
from allocations.years.ending_rules import Choice
from allocations.years.schemas import Decided, RestOut
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from kit.errors import Refused
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("committed")

YEAR = "2026-2027"
UNIT = 420_07


async def begun() -> UUID:
    """An envelope whose measure takes back what is not used."""
    await make_school()
    await make_product()
    envelope = await make_envelope(cents=1_000_00)
    async with transaction(system()):
        await execute(
            "INSERT INTO measure_year (measure, year, rest) SELECT id, $1, 'recovered' FROM measure WHERE code = 'EX-COMBOS'"
            " ON CONFLICT (measure, year) DO UPDATE SET rest = excluded.rest",
            YEAR,
        )
    return envelope


async def sent(envelope: UUID) -> str:
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await orders.build(buyer, selections=[await make_approved(("appareil", 1), envelope=envelope)])
    await orders.send(buyer, order.number)
    return order.number


async def basket(who: Actor) -> SelectionOut:
    found = await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    return await operations.put_line(who, found.number, NewLine(product="appareil", quantity=1), version=1)


async def count(sql: str) -> int:
    async with transaction(system()):
        return int(await fetch_value(sql))


async def end() -> RestOut:
    return await rest.apply(system(), YEAR, reason="Règle")


async def test_two_who_apply_the_rest_take_it_once() -> None:
    envelope = await begun()
    await years.close(system(), YEAR, reason="Fin")
    results = await asyncio.gather(*(end() for _each in range(6)))
    assert sorted(done.recovered_cents for done in results) == [0] * 5 + [1_000_00]
    assert await figures(envelope) == (0, 0, 0, 0) and await unbalanced(system()) == []
    assert await count("SELECT count(*) FROM rest_ending") == 1
    assert await count("SELECT count(*) FROM ledger_entry WHERE kind = 'recovery'") == 1


@pytest.mark.parametrize("attempt", range(4))
async def test_a_basket_submitted_while_its_year_ends_is_whole_or_refused(attempt: int) -> None:
    envelope = await begun()
    team = await make_actor("school_team", school="990001")
    found = await basket(team)

    async def close_and_end() -> RestOut:
        await years.close(system(), YEAR, reason="Fin", anyway=True)
        return await end()

    submitted, ended = await asyncio.gather(
        decisions.submit(team, found.number, version=found.version), close_and_end(), return_exceptions=True
    )
    assert isinstance(ended, RestOut)
    free, reserved, _committed, _spent = await figures(envelope)
    if isinstance(submitted, BaseException):
        assert isinstance(submitted, Refused) and (free, reserved) == (0, 0)
    else:  # it came first: its envelope waits, until it is released
        assert (free, reserved, ended.waiting) == (1_000_00 - UNIT, UNIT, 1)
        await releasing.release(system(), YEAR, reason="Fin")
        assert (await end()).recovered_cents == 1_000_00
    assert await figures(envelope) == (0, 0, 0, 0) and await unbalanced(system()) == []


@pytest.mark.parametrize("attempt", range(3))
async def test_goods_that_come_while_the_rest_is_taken_cost_what_they_cost(attempt: int) -> None:
    envelope = await begun()
    number = await sent(envelope)
    buyer, technician = [await make_actor(role, board="990000") for role in ("purchasing", "technician")]
    await years.begin_closing(system(), YEAR, reason="Fin")
    kept = Decided(choice=Choice.keep, orders=[number], reason="Livraison en août")
    await commitments.decide(buyer, YEAR, kept)
    await years.close(system(), YEAR, reason="Fin")
    came = Receive(lines=[ReceivedLine(position=1, quantity=1)])
    await asyncio.gather(end(), receipts.receive(technician, number, came), end())
    assert await figures(envelope) == (0, 0, 0, UNIT) and await unbalanced(system()) == []
    assert await count("SELECT -sum(allocated_cents) FROM ledger_entry WHERE kind = 'recovery'") == 1_000_00 - UNIT


async def test_an_order_given_up_or_received_at_one_moment_is_one_of_them() -> None:
    envelope = await begun()
    number = await sent(envelope)
    buyer, technician = [await make_actor(role, board="990000") for role in ("purchasing", "technician")]
    await years.begin_closing(system(), YEAR, reason="Fin")
    gone = Decided(choice=Choice.abandon, orders=[number], reason="Plus fabriqué")
    results = await asyncio.gather(
        commitments.decide(buyer, YEAR, gone),
        commitments.decide(buyer, YEAR, gone),
        receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)])),
        return_exceptions=True,
    )
    free, reserved, committed, spent = await figures(envelope)
    assert (reserved, committed) == (0, 0) and (free, spent) in {(1_000_00, 0), (1_000_00 - UNIT, UNIT)}
    assert all(isinstance(one, Refused) for one in results if isinstance(one, BaseException))
    assert await unbalanced(system()) == []


async def test_two_releases_and_an_order_made_at_one_moment_free_the_money_once() -> None:
    envelope = await begun()
    buyer = await make_actor("purchasing", board="990000")
    for _each in range(2):
        await make_approved(("appareil", 1), envelope=envelope)
    await years.begin_closing(system(), YEAR, reason="Fin")
    results = await asyncio.gather(
        releasing.release(system(), YEAR, reason="Fin"),
        orders.build(buyer),
        releasing.release(system(), YEAR, reason="Fin"),
        return_exceptions=True,
    )
    assert all(isinstance(one, Refused) for one in results if isinstance(one, BaseException))
    await releasing.release(system(), YEAR, reason="Fin")
    assert await figures(envelope) == (1_000_00, 0, 0, 0) and await unbalanced(system()) == []


async def test_two_presses_sign_once() -> None:
    await begun()
    buyers = [await make_actor("purchasing", board="990000") for _each in range(2)]
    await years.begin_closing(system(), YEAR, reason="Fin")
    digest = (await accounts.accounts(buyers[0], YEAR)).digest
    results = await asyncio.gather(
        *(signing.sign(who, YEAR, "990000", digest=digest) for who in buyers for _press in range(4))
    )
    assert all(isinstance(one, Accounts) and len(one.signatures) == 1 for one in results)
    assert await count("SELECT count(*) FROM account_signature") == 1
    assert await count("SELECT count(*) FROM event WHERE what = 'account.sign'") == 1
