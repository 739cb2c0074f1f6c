"""Goods go back to their supplier: for others, which are awaited again, or for their money, which stays spent until the credit note."""

import io
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader

from allocations.orders import cancelling
from allocations.receipts import operations as receipts
from allocations.receipts import undoing
from allocations.receipts.rules import LinesRefused
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.returns import documents, operations, queries
from allocations.returns.rules import Kind, NothingReceived, ReplacedAlready, ReturnOver, State
from allocations.returns.schemas import NewReturn, ReturnedLine
from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import MoveRefused, Retired
from inventory.tickets.operations import open_ticket
from kit.actor import Actor
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.allocations.receipts.arrivals import expected, lines_of, sent_order, states
from tests.factories import figures, make_actor, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")
CREDIT, OTHERS = Kind.credit, Kind.replacement


async def received(in_service: bool = False) -> tuple[str, UUID, Actor, list[str]]:
    """Seven tablets (line 1) and five mats (line 2), all received, of which the first tablet has a serial."""
    number, envelope, who = await sent_order(("tablette", 7), ("tapis", 5))
    new = Receive(
        lines=[ReceivedLine(position=1, quantity=7, serials=["SER-1001"]), ReceivedLine(position=2, quantity=5)],
        in_service=in_service,
    )
    receipt = await receipts.receive(who, number, new)
    return number, envelope, who, receipt.lines[0].tags


async def test_a_return_for_others_awaits_them_and_its_money_is_committed_again() -> None:
    number, envelope, who, tags = await received(in_service=True)
    before = await figures(envelope)

    made = await operations.send_back(
        who,
        number,
        NewReturn(
            kind=OTHERS, reason="Écran mort", rma="RMA-7", tags=tags[:3], lines=[ReturnedLine(position=2, quantity=2)]
        ),
    )

    free, reserved, committed, spent = await figures(envelope)
    assert (free, reserved) == before[:2] and committed == made.charged_cents == before[3] - spent > 0
    assert [line[0] for line in await lines_of(number)] == [4, 3]
    assert await states(number) == {"in_service": 4, "returned": 3} and await expected(number) == 3
    assert await asset_queries.counted(who, "990001") == {"flotte-appareils": 4}

    again = Receive(
        lines=[ReceivedLine(position=1, quantity=3, serials=["SER-1001"]), ReceivedLine(position=2, quantity=2)]
    )
    receipt = await receipts.receive(who, number, again)  # the same device, mended, keeps its serial

    assert await figures(envelope) == before
    settled = await queries.one(who, made.number)
    assert (settled.state, settled.settled_note) == (State.settled, receipt.number)
    await undoing.undo(who, receipt.number, why="Pas arrivé.")
    assert (await queries.one(who, made.number)).state is State.awaited


async def test_however_units_go_back_and_come_again_the_line_costs_what_it_cost() -> None:
    number, envelope, who, tags = await received()
    before = await figures(envelope)
    for some in (tags[:1], tags[1:4], tags[4:6]):
        await operations.send_back(who, number, NewReturn(kind=OTHERS, reason="Défaut", tags=some))
    for quantity in (2, 1, 3):
        await receipts.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=quantity)]))
    assert await figures(envelope) == before
    here = [asset for asset in (await asset_queries.search(who, limit=100)).items if asset.state == "received"]
    assert sum(asset.net_cents or 0 for asset in here) == (await lines_of(number))[0][2]


async def test_a_return_for_money_stays_spent_and_is_told_as_a_credit_awaited() -> None:
    number, envelope, who, tags = await received(in_service=True)
    before = await figures(envelope)
    made = await operations.send_back(who, number, NewReturn(kind=CREDIT, reason="Pas celui voulu", tags=tags[:2]))
    assert await figures(envelope) == before and made.charged_cents > 0
    assert [(line[0], line[1]) for line in await lines_of(number)] == [(7, 2), (5, 0)] and await expected(number) == 0
    owed = await queries.list_returns(who, kind=CREDIT, state=State.awaited, limit=10, after=None)
    assert [one.number for one in owed.items] == [made.number]
    with pytest.raises(LinesRefused):
        await receipts.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))  # nothing is awaited

    settled = await operations.settle(who, made.number, note="Note de crédit NC-88")
    assert settled.state is State.settled and await figures(envelope) == before
    with pytest.raises(ReturnOver):
        await operations.cancel(who, made.number, reason="Trop tard")


async def test_what_was_only_received_and_goes_back_for_money_is_awaited_no_more() -> None:
    number, _envelope, who, tags = await received()
    assert await expected(number) == 7
    await operations.send_back(who, number, NewReturn(kind=CREDIT, reason="Pas celui voulu", tags=tags[:2]))
    assert await expected(number) == 5
    await operations.send_back(who, number, NewReturn(kind=OTHERS, reason="Défaut", tags=tags[2:4]))
    assert await expected(number) == 5


@pytest.mark.parametrize("kind", Kind)
async def test_a_return_that_did_not_happen_is_cancelled_and_its_devices_are_to_be_looked_at(kind: Kind) -> None:
    number, envelope, who, tags = await received(in_service=True)
    before = await figures(envelope)
    sent = NewReturn(kind=kind, reason="Défaut", tags=tags[:2], lines=[ReturnedLine(position=2, quantity=1)])
    made = await operations.send_back(who, number, sent)
    cancelled = await operations.cancel(who, made.number, reason="Réparé sur place", version=made.version)
    assert cancelled.state is State.cancelled and await figures(envelope) == before
    assert [(line[0], line[1]) for line in await lines_of(number)] == [(7, 0), (5, 0)] and await expected(number) == 0
    assert await states(number) == {"in_service": 5, "out_of_service": 2}


async def test_a_return_whose_replacement_came_is_not_cancelled() -> None:
    number, _envelope, who, tags = await received()
    made = await operations.send_back(who, number, NewReturn(kind=OTHERS, reason="Défaut", tags=tags[:3]))
    await receipts.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    with pytest.raises(ReplacedAlready):
        await operations.cancel(who, made.number, reason="Réparé sur place")


async def test_what_cannot_go_back_is_told_and_nothing_moves() -> None:
    number, envelope, who, tags = await received()
    before = await figures(envelope)
    for bad, error in (
        (NewReturn(kind=CREDIT, reason="Défaut", lines=[ReturnedLine(position=2, quantity=6)]), LinesRefused),
        (NewReturn(kind=CREDIT, reason="Défaut", lines=[ReturnedLine(position=1, quantity=1)]), LinesRefused),
        (NewReturn(kind=CREDIT, reason="Défaut", lines=[ReturnedLine(position=9, quantity=1)]), LinesRefused),
        (NewReturn(kind=CREDIT, reason="Défaut", tags=["990-999999"]), NotFound),
        (NewReturn(kind=CREDIT, reason=" ", tags=tags[:1]), Invalid),
        (NewReturn(kind=CREDIT, reason="Défaut"), Invalid),
    ):
        with pytest.raises(error):
            await operations.send_back(who, number, bad)
    await operations.send_back(who, number, NewReturn(kind=CREDIT, reason="Défaut", tags=tags[:1]))
    with pytest.raises(MoveRefused):
        await operations.send_back(who, number, NewReturn(kind=OTHERS, reason="Défaut", tags=tags[:1]))
    assert await figures(envelope) == before and len((await queries.list_returns(who, limit=9, after=None)).items) == 1


async def test_only_who_receives_sends_back_and_only_what_came() -> None:
    number, _envelope, who = await sent_order(("tablette", 7), ("tapis", 5))
    buyer = await make_actor("purchasing", board="990000")
    some = NewReturn(kind=CREDIT, reason="Défaut", lines=[ReturnedLine(position=2, quantity=1)])
    with pytest.raises(Forbidden):
        await operations.send_back(buyer, number, some)
    with pytest.raises(LinesRefused):
        await operations.send_back(who, number, some)

    await cancelling.cancel(buyer, number, reason="Rupture")
    with pytest.raises(NothingReceived):
        await operations.send_back(who, number, some)


async def test_a_device_that_went_back_keeps_its_record_as_it_is() -> None:
    number, _envelope, who, tags = await received()
    await operations.send_back(who, number, NewReturn(kind=CREDIT, reason="Défaut", tags=tags[:1]))
    with pytest.raises(Retired):
        await assets.move(who, tags[0], building=None, room="104")
    with pytest.raises(Conflict):
        await open_ticket(who, tags[0], subject="Brisé")


async def test_the_slip_says_all_that_a_supplier_needs_in_french() -> None:
    number, _envelope, who, tags = await received()
    sent = NewReturn(
        kind=CREDIT,
        reason="Écran <b>mort</b>",
        rma="RMA-7",
        tags=tags[:1],
        lines=[ReturnedLine(position=2, quantity=2)],
    )
    made = await operations.send_back(who, number, sent)

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(documents.return_slip(made))).pages)
    for words in (
        made.number,
        number,
        "RMA-7",
        "Écran <b>mort</b>",
        "SER-1001",
        tags[0],
        "note de crédit",
        "École 990001",
    ):
        assert words in text.replace("\u00a0", " ").replace("\n", " ")


async def test_returns_by_http(client: httpx.AsyncClient) -> None:
    number, _envelope, who, tags = await received()
    demand = {"kind": "credit", "reason": "Défaut", "tags": tags[:1]}
    path = f"/api/v1/orders/{number}/returns"
    assert (await client.post(path, json=demand)).status_code == 401
    await make_school("991001", board="991000")
    stranger = await make_actor("technician", board="991000")
    headers = {"authorization": f"Bearer {await make_token(stranger.email, board='991000')}"}
    assert (await client.post(path, json=demand, headers=headers)).status_code == 404

    own = {"authorization": f"Bearer {await make_token(who.email, board='990000')}", "idempotency-key": "retour-1"}
    first = await client.post(path, json=demand, headers=own)
    again = await client.post(path, json=demand, headers=own)
    assert first.status_code == 201 and again.json() == first.json()
    found = first.json()["number"]
    assert (await client.get(f"/api/v1/returns/{found}", headers=headers)).status_code == 404
    read = await client.get(f"/api/v1/returns/{found}", headers=own)
    assert read.headers["etag"] == '"1"' and read.json()["state"] == "awaited"
    slip = await client.get(f"/api/v1/returns/{found}/slip", headers=own)
    assert slip.headers["content-type"] == "application/pdf" and slip.content.startswith(b"%PDF")
    stale = {**own, "if-match": '"7"'}
    assert (await client.post(f"/api/v1/returns/{found}/rma", json={"rma": "R1"}, headers=stale)).status_code == 412
    assert (await client.post(f"/api/v1/returns/{found}/rma", json={"rma": "R1"}, headers=own)).json()["rma"] == "R1"
