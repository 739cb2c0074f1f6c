"""Orders that have not come when their year ends: each kept with its reason, or given up. A kept one holds no rest back."""

from uuid import UUID

import httpx
import pytest

from allocations.envelopes.balance import unbalanced
from allocations.orders import closing
from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.years import commitments, operations, rest
from allocations.years.ending_rules import Choice, NotEnding, NothingAwaited, StillHeld
from allocations.years.schemas import Commitment, Decided
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"
UNIT = 420_07  # a device, net


@pytest.fixture
async def envelope(db: None) -> UUID:
    await make_school()
    await make_product()
    return await make_envelope(cents=10_000_00)


@pytest.fixture
async def buyer(envelope: UUID) -> Actor:
    return await make_actor("purchasing", board="990000")


async def sent(buyer: Actor, envelope: UUID, quantity: int = 1) -> str:
    (order,) = await orders.build(buyer, selections=[await make_approved(("appareil", quantity), envelope=envelope)])
    await orders.send(buyer, order.number)
    return order.number


async def listed(who: Actor, **more: bool) -> list[Commitment]:
    return (await commitments.listing(who, YEAR, limit=100, after=None, **more)).items  # type: ignore[arg-type]


async def decide(who: Actor, choice: Choice, *numbers: str, reason: str = "Permis le 12 juin") -> list[Commitment]:
    return await commitments.decide(who, YEAR, Decided(choice=choice, orders=list(numbers), reason=reason))


async def rule(name: str) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO measure_year (measure, year, rest) SELECT id, $1, $2 FROM measure WHERE code = 'EX-COMBOS'"
            " ON CONFLICT (measure, year) DO UPDATE SET rest = excluded.rest",
            YEAR, name,
        )  # fmt: skip


async def test_one_is_kept_on_its_year_s_envelope_and_one_given_up(buyer: Actor, envelope: UUID) -> None:
    kept, gone = [await sent(buyer, envelope) for _each in range(2)]
    with pytest.raises(NotEnding):
        await decide(buyer, Choice.keep, kept)
    await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    assert [(one.number, one.held_cents, one.choice) for one in await listed(buyer)] == [
        (kept, UNIT, ""),
        (gone, UNIT, ""),
    ]
    with pytest.raises(StillHeld, match="2 bons à recevoir sans décision"):
        await operations.close(system(), YEAR, reason="Comptes reçus")

    for _press in range(2):
        (one,) = await decide(buyer, Choice.keep, kept)
        assert (one.choice, one.reason, one.decided_by_name, one.held_cents) == (
            "keep", "Permis le 12 juin", buyer.name, UNIT,
        )  # fmt: skip
    with pytest.raises(StillHeld, match="1 bon à recevoir sans décision"):
        await operations.close(system(), YEAR, reason="Comptes reçus")
    (one,) = await decide(buyer, Choice.abandon, gone, reason="Plus fabriqué")
    assert (one.state, one.outstanding, one.held_cents, one.choice) == ("closed", 0, 0, "abandon")
    assert await figures(envelope) == (10_000_00 - UNIT, 0, UNIT, 0)
    assert await listed(buyer, undecided=True) == []
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM commitment_choice") == 2
    assert (await operations.close(system(), YEAR, reason="Comptes reçus")).state == "closed"

    technician = await make_actor("technician", board="990000")
    await receipts.receive(technician, kept, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    assert await figures(envelope) == (10_000_00 - UNIT, 0, 0, UNIT)
    (one,) = [one for one in await listed(buyer) if one.number == kept]
    assert (one.outstanding, one.held_cents, one.choice) == (0, 0, "keep")
    assert await unbalanced(system()) == []


async def test_the_rest_goes_while_a_kept_order_stays_and_what_it_frees_later_goes_too(
    buyer: Actor, envelope: UUID
) -> None:
    await rule("recovered")
    number = await sent(buyer, envelope)
    await operations.close(system(), YEAR, reason="Comptes reçus", anyway=True)
    waits = await rest.apply(system(), YEAR, reason="Règle")
    assert (waits.waiting, waits.recovered_cents, waits.lines[0].held_cents) == (1, 0, UNIT)
    await decide(buyer, Choice.keep, number)
    done = await rest.apply(system(), YEAR, reason="Règle")
    assert (done.waiting, done.recovered_cents, done.lines[0].kept_cents) == (0, 10_000_00 - UNIT, UNIT)
    assert await figures(envelope) == (0, 0, UNIT, 0)
    assert (await rest.preview(system(), YEAR)).lines == []

    await decide(buyer, Choice.abandon, number)
    late = await rest.apply(system(), YEAR, reason="Règle")
    assert (late.recovered_cents, late.envelopes_ended) == (UNIT, 1)
    assert await figures(envelope) == (0, 0, 0, 0)
    assert (await rest.apply(system(), YEAR, reason="Règle")).lines == []
    assert await unbalanced(system()) == []


async def test_all_are_decided_or_none_and_the_sentence_names_the_one_that_is_not(buyer: Actor, envelope: UUID) -> None:
    first, second = [await sent(buyer, envelope) for _each in range(2)]
    await closing.close(buyer, second, reason="Plus fabriqué")
    await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    for numbers in ([first, second], [first, "BC-990-2026-99999"]):
        with pytest.raises(NothingAwaited, match=numbers[1]):
            await decide(buyer, Choice.abandon, *numbers)
    with pytest.raises(Invalid):
        await decide(buyer, Choice.keep, first, reason=" ")
    with pytest.raises(Invalid):
        await decide(buyer, Choice.keep)
    assert (await figures(envelope))[2] == UNIT
    assert [one.choice for one in await listed(buyer)] == [""]


async def test_a_neighbour_and_a_school_decide_nothing_and_the_ministry_reads(buyer: Actor, envelope: UUID) -> None:
    number = await sent(buyer, envelope)
    await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    assert await listed(stranger) == []
    with pytest.raises(NothingAwaited):
        await decide(stranger, Choice.abandon, number)
    for who in (await make_actor("principal", school="990001"), await make_actor("ministry")):
        with pytest.raises(Forbidden):
            await decide(who, Choice.abandon, number)
    with pytest.raises(Forbidden):
        await listed(await make_actor("principal", school="990001"))
    for reader in (await make_actor("ministry"), await make_actor("auditor", board="990000")):
        assert [one.number for one in await listed(reader)] == [number]
    assert (await figures(envelope))[2] == UNIT


async def test_by_the_api_the_choice_is_read_back(client: httpx.AsyncClient, buyer: Actor, envelope: UUID) -> None:
    number = await sent(buyer, envelope, 2)
    await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    path = f"/api/v1/years/{YEAR}/commitments"
    body = {"choice": "keep", "orders": [number], "reason": "Livraison promise en août"}
    assert (await client.post(path, json=body)).status_code == 401
    team = {"authorization": f"Bearer {await make_token((await make_actor('school_team', school='990001')).email)}"}
    assert (await client.post(path, json=body, headers=team)).status_code == 403
    headers = {"authorization": f"Bearer {await make_token(buyer.email)}"}
    assert (await client.post(path, json=body | {"choice": "peut-être"}, headers=headers)).status_code == 400
    done = await client.post(path, json=body, headers=headers)
    assert (done.status_code, done.json()[0]["choice"]) == (200, "keep")
    (one,) = (await client.get(path, headers=headers)).json()["items"]
    assert (one["number"], one["outstanding"], one["reason"]) == (number, 2, "Livraison promise en août")
    assert (await client.get(f"{path}?undecided=true", headers=headers)).json()["items"] == []
    said = [event.what for event in (await order_queries.one(buyer, number)).timeline]
    assert said[0] == "order.kept"
