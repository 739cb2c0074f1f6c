"""A sent order is amended: no line changes its price, every cent is in one figure, and each sending stays readable."""

import io
from datetime import timedelta
from uuid import UUID

import pypdf
import pytest

from allocations.envelopes.rules import OverBudget
from allocations.orders import amending, cancelling, closing, operations, queries, revisions
from allocations.orders.rules import NotAmendable, NothingLeft, State
from allocations.orders.schemas import LineChange, OrderFile
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import (
    figures,
    make_actor,
    make_approved,
    make_board,
    make_building,
    make_envelope,
    make_product,
    make_school,
)

pytestmark = pytest.mark.usefixtures("db")


async def ordered(*, cents: int = 5_000_00, units: int = 6, mail: bool = True) -> tuple[Actor, UUID, str]:
    """A sent order of so many devices at 393.00 $, of an envelope of so many cents."""
    await make_school()
    await make_board("991000")
    await make_product()
    await make_product("robot", None, category="robotique")
    if mail:
        async with transaction(system()):
            await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
    envelope = await make_envelope("990001", cents)
    await make_approved(("appareil", units), envelope=envelope)
    who = await make_actor("purchasing", board="990000")
    (order,) = await operations.build(who)
    await operations.send(who, order.number)
    return who, envelope, order.number


async def amended(who: Actor, number: str, **change: object) -> OrderFile:
    return await amending.amend(who, number, [LineChange(position=1, **change)], reason="Entente")  # type: ignore[arg-type]


async def sound(envelope: UUID, number: str) -> None:
    """The figures are what the lines say, and the order and its parts the sums of their lines."""
    async with transaction(system()):
        row = await fetch_one(
            "SELECT sum(charged_cents - spent_cents - abandoned_cents)::bigint AS committed, sum(spent_cents)::bigint AS spent,"
            " sum(before_tax_cents)::bigint AS before_tax, sum(gst_cents)::bigint AS gst, sum(qst_cents)::bigint AS qst,"
            " sum(net_cents)::bigint AS net, sum(charged_cents)::bigint AS charged FROM order_line"
            ' WHERE "order" = (SELECT id FROM purchase_order WHERE number = $1)',
            number,
        )
        order = await fetch_one("SELECT * FROM purchase_order WHERE number = $1", number)
        part = await fetch_one(
            'SELECT t.* FROM order_part t JOIN purchase_order o ON o.id = t."order" WHERE o.number = $1', number
        )
    assert row and order and part
    assert (await figures(envelope))[2:] == (row["committed"], row["spent"])
    for whole in (order, part):
        assert [whole[f"{name}_cents"] for name in ("before_tax", "gst", "qst", "net")] == [
            row[name] for name in ("before_tax", "gst", "qst", "net")
        ]
    assert part["charged_cents"] == row["charged"]
    assert order["total_cents"] == row["before_tax"] + row["gst"] + row["qst"]


async def test_one_unit_less_gives_its_money_back() -> None:
    who, envelope, number = await ordered()
    before = await figures(envelope)
    file = await amended(who, number, quantity=5)
    after = await figures(envelope)
    assert (after[0] - before[0], before[2] - after[2]) == (420_07, 420_07)
    assert (file.order.revision, file.order.state, file.order.outstanding) == (1, State.sent, 5)
    assert file.order.before_tax_cents == 5 * 393_00
    assert file.timeline[0].after is not None and file.timeline[0].after["freed_cents"] == 420_07
    await sound(envelope, number)


async def test_more_is_a_line_of_its_own_that_the_envelope_must_hold() -> None:
    who, envelope, number = await ordered(cents=3_000_00)
    with pytest.raises(OverBudget):
        await amended(who, number, quantity=8)
    assert (await queries.one(who, number)).order.revision == 0
    file = await amended(who, number, quantity=7)
    assert [(line.quantity, line.revision, line.amends) for line in file.lines] == [
        (6, 0, None),
        (1, 1, file.lines[0].id),
    ]
    assert (await figures(envelope))[2] == 2_520_39 + 420_07
    await sound(envelope, number)


async def test_another_price_leaves_the_old_line_and_its_receipts_alone() -> None:
    who, envelope, number = await ordered()
    technician = await make_actor("technician", board="990000")
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    file = await amended(who, number, unit_before_tax_cents=380_00)
    old, new = file.lines
    assert (old.unit_before_tax_cents, old.received, old.outstanding, old.cancelled) == (393_00, 2, 0, 4)
    assert (new.unit_before_tax_cents, new.outstanding, new.position) == (380_00, 4, 2)
    assert file.order.state is State.part_received
    await sound(envelope, number)
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=2, quantity=4)]))
    assert (await queries.one(who, number)).order.state is State.received
    free, reserved, committed, spent = await figures(envelope)
    assert (reserved, committed, free + spent) == (0, 0, 5_000_00)
    await sound(envelope, number)


async def test_another_product_takes_the_place_of_what_is_awaited() -> None:
    who, envelope, number = await ordered()
    file = await amended(who, number, product="robot", unit_before_tax_cents=185_37, quantity=6)
    assert [(line.product, line.outstanding) for line in file.lines] == [("appareil", 0), ("robot", 6)]
    async with transaction(system()):
        rows = await fetch("SELECT category, sum(quantity)::int FROM expected_delivery GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [("flotte-appareils", 0), ("robotique", 6)]
    await sound(envelope, number)


async def test_place_and_day_change_without_a_cent() -> None:
    who, envelope, number = await ordered()
    building, day = await make_building(), today() + timedelta(days=40)
    before = await figures(envelope)
    file = await amended(who, number, building=building, expected_on=day)
    assert (file.lines[0].building, file.lines[0].expected_on) == (building, day)
    assert await figures(envelope) == before
    async with transaction(system()):
        assert await fetch_value("SELECT expected_on FROM expected_delivery") == day


async def test_the_revision_waits_two_minutes_in_place_of_what_had_not_left_and_names_what_changes() -> None:
    who, _envelope, number = await ordered()
    await amended(who, number, quantity=5)
    async with transaction(system()):
        first, second = await fetch("SELECT * FROM outbox WHERE about = $1 ORDER BY id", number)
    assert first["cancelled_at"] is not None
    assert second["not_before"] - now() > timedelta(seconds=110)
    assert "révision 1" in second["subject"]
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(second["attachment"])).pages)
    for said in (text, second["body"]):
        assert "5 unités attendues au lieu de 6" in said.replace("\u00a0", " ").replace("\n", " ")
    assert "Annulation" not in second["subject"]


async def test_each_sending_stays_as_it_left() -> None:
    who, _envelope, number = await ordered()
    await amended(who, number, quantity=5)
    await amended(who, number, unit_before_tax_cents=380_00)
    listed = await revisions.listing(who, number)
    assert [(one.revision, one.mail, one.reason) for one in listed] == [
        (0, "none", ""),
        (1, "none", "Entente"),
        (2, "waiting", "Entente"),
    ]
    totals = []
    for n in range(3):
        kept = await revisions.one(who, number, n)
        pdf = await revisions.pdf(who, number, n)
        text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\u00a0", " ")
        cents = kept.content["order"]["before_tax_cents"]
        totals.append(cents)
        assert f"{cents // 100:,}".replace(",", " ") + f",{cents % 100:02} $" in text
    assert totals == [6 * 393_00, 5 * 393_00, 5 * 380_00]
    with pytest.raises(NotFound):
        await revisions.one(who, number, 3)
    stranger = await make_actor("purchasing", board="991000")
    with pytest.raises(NotFound):
        await revisions.listing(stranger, number)
    with pytest.raises(NotFound):
        await revisions.pdf(await make_actor("principal", school="990001"), number, 0)


async def test_an_amended_order_cancelled_gives_its_baskets_what_they_were() -> None:
    who, envelope, number = await ordered()
    await amended(who, number, quantity=4, unit_before_tax_cents=500_00)
    cancelled = await cancelling.cancel(who, number, reason="Le fournisseur abandonne")
    assert await figures(envelope) == (5_000_00 - 2_520_39, 2_520_39, 0, 0)
    assert cancelled.order.before_tax_cents == 6 * 393_00
    (again,) = await operations.build(who)
    assert (again.units, again.net_cents) == (6, 2_520_39)


async def test_an_amended_order_closed_frees_what_is_still_held() -> None:
    who, envelope, number = await ordered()
    technician = await make_actor("technician", board="990000")
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await amended(who, number, quantity=3)
    closed = await closing.close(who, number, reason="Modèle retiré")
    spent = 2_520_39 // 6
    assert await figures(envelope) == (5_000_00 - spent, 0, 0, spent)
    freed = [(event.after or {}).get("freed_cents") for event in closed.timeline if event.what == "order.closed"]
    assert freed == [2_520_39 * 4 // 6 - spent]
    await sound(envelope, number)


async def test_what_has_nothing_left_is_cancelled_instead_and_a_draft_is_not_amended() -> None:
    who, _envelope, number = await ordered()
    with pytest.raises(NothingLeft):
        await amended(who, number, quantity=0)
    with pytest.raises(Invalid):
        await amending.amend(who, number, [LineChange(position=1, quantity=5)], reason=" ")
    with pytest.raises(Stale):
        await amending.amend(who, number, [LineChange(position=1, quantity=5)], reason="x", version=1)
    with pytest.raises(Forbidden):
        await amended(await make_actor("principal", school="990001"), number, quantity=5)
    with pytest.raises(NotFound):
        await amended(await make_actor("purchasing", board="991000"), number, quantity=5)
    await operations.recall(who, number)
    with pytest.raises(NotAmendable):
        await amended(who, number, quantity=5)


async def test_an_order_over_two_envelopes_balances_to_the_cent_through_its_life() -> None:
    """One supplier's order of two schools at prices that round badly: every figure of both is the sum of its own lines."""
    await make_school()
    await make_school("990002")
    await make_product("tablette", 333_33, supplier="alpha")
    first, second = await make_envelope("990001", 20_000_00), await make_envelope("990002", 20_000_00)
    await make_approved(("tablette", 7), envelope=first)
    await make_approved(("tablette", 11), school="990002", envelope=second)
    who, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    (order,) = await operations.build(who)
    await operations.send(who, order.number)
    assert (await figures(first))[2] + (await figures(second))[2] == order.net_cents
    await receipts.receive(
        technician, order.number,
        Receive(lines=[ReceivedLine(position=1, quantity=3), ReceivedLine(position=2, quantity=4)]),
    )  # fmt: skip
    changes = [LineChange(position=1, quantity=2), LineChange(position=2, unit_before_tax_cents=299_99)]
    await amending.amend(who, order.number, changes, reason="Entente")
    held = await figures(first), await figures(second)
    assert [sum(one) for one in held] == [20_000_00, 20_000_00]
    for envelope, one in zip((first, second), held, strict=True):
        async with transaction(system()):
            lines = await fetch_one(
                "SELECT sum(charged_cents - spent_cents - abandoned_cents)::bigint AS committed, sum(spent_cents)::bigint AS spent"
                " FROM order_line WHERE envelope = $1",
                envelope,
            )
        assert lines and one[2:] == (lines["committed"], lines["spent"])


async def test_six_hundred_items_in_six_lines_are_ordered_sent_and_received() -> None:
    await make_school()
    codes = [f"article-{n}" for n in range(6)]
    for n, code in enumerate(codes):
        await make_product(code, 99_99 + n, supplier="alpha", tracked=n < 5)
    envelope = await make_envelope("990001", 100_000_00)
    await make_approved(*((code, 100) for code in codes), envelope=envelope)
    who, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    (order,) = await operations.build(who)
    assert (order.units, order.outstanding) == (600, 600)
    await operations.send(who, order.number)
    for _half in range(2):
        await receipts.receive(
            technician, order.number, Receive(lines=[ReceivedLine(position=n, quantity=50) for n in range(1, 7)])
        )
    file = await queries.one(who, order.number)
    assert file.order.state is State.received
    assert await figures(envelope) == (100_000_00 - order.net_cents, 0, 0, order.net_cents)
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM asset") == 500


async def test_a_recognised_body_s_order_has_an_english_copy_beside_the_french() -> None:
    who, _envelope, number = await ordered()
    french = await queries.one(who, number)
    with pytest.raises(NotFound):
        await revisions.pdf(who, number, 0, language="en")
    async with transaction(system()):
        await execute("UPDATE board SET kind = 'Anglo' WHERE code = '990000'")
    assert not french.english and (await queries.one(who, number)).english
    await amended(who, number, quantity=5)
    copy = pypdf.PdfReader(io.BytesIO(await revisions.pdf(who, number, 1, language="en")))
    paper = pypdf.PdfReader(io.BytesIO(await revisions.pdf(who, number, 1)))
    assert [str(pdf.root_object["/Lang"]) for pdf in (paper, copy)] == ["fr-CA", "en-CA"]
    assert paper.metadata is not None and paper.metadata.title == f"Bon de commande {number}, révision 1"
    assert paper.outline and paper.outline[0].title == paper.metadata.title  # type: ignore[union-attr]
    async with transaction(system()):
        row = await fetch_one("SELECT * FROM outbox WHERE about = $1 ORDER BY id DESC LIMIT 1", number)
    assert row and [row["attachment_name"], row["second_attachment_name"]] == [
        f"{number}-revision-1.pdf",
        f"{number}-revision-1-en.pdf",
    ]
    assert row["second_attachment"].startswith(b"%PDF")
