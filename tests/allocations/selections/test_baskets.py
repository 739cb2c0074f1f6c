"""What is said of a basket beside its lines; copies of it; files to keep."""

from datetime import date

import pytest

from allocations.envelopes import queries as envelopes
from allocations.selections import baskets, decisions, exports, operations, queries, reading
from allocations.selections.rules import NotReady, OrderedOnce, State
from allocations.selections.schemas import CopyOf, LineChange, NewComment, NewLine, NewSelection, SelectionChange
from kit.actor import system
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.allocations.selections.conftest import Desk
from tests.factories import make_actor, make_building, make_envelope, make_product, make_school

YEAR = "2026-2027"


async def test_without_an_envelope_a_basket_is_composed_priced_and_not_submitted(desk: Desk) -> None:
    made = await operations.draft(desk.team, NewSelection(school="990001", year=YEAR, title="Idées"))
    made = await operations.put_line(desk.team, made.number, NewLine(product="appareil", quantity=2), version=1)
    assert (made.envelope, made.measure, made.charged_cents) == (None, "", 840_13)
    price = await reading.price(desk.team, made.number)
    assert (
        not price.ready and price.fit.sentence == "Aucune enveloppe cette année\u00a0: panier possible, soumission non."
    )

    with pytest.raises(NotReady, match="soumission non"):
        await decisions.submit(desk.team, made.number, version=made.version)

    moved = await baskets.change(
        desk.team, made.number, SelectionChange(measure="EX-COMBOS"), version=made.version
    )  # fmt: skip
    assert moved.envelope == desk.envelope
    done = await decisions.submit(desk.team, made.number, version=moved.version)
    assert done.state == "submitted"
    assert (await envelopes.one(desk.team, desk.envelope)).figures.reserved == 840_13


async def test_a_draft_says_its_title_priority_and_day_and_each_change_is_told(desk: Desk) -> None:
    basket = await desk.basket()
    given = SelectionChange(
        title="  Tablettes du 3e cycle ", note="Deux classes", priority="high", wanted_by=date(2027, 3, 1)
    )

    changed = await baskets.change(desk.team, basket.number, given, version=basket.version)

    assert (changed.title, changed.note, changed.priority) == ("Tablettes du 3e cycle", "Deux classes", "high")
    assert changed.wanted_by == date(2027, 3, 1) and changed.version == basket.version + 1
    event = (await queries.history(desk.team, basket.number))[0]
    assert event.what == "selection.changed" and event.after == {
        "title": "Tablettes du 3e cycle", "note": "Deux classes", "priority": "high", "wanted_by": "2027-03-01",
    }  # fmt: skip
    again = await baskets.change(desk.team, basket.number, given, version=changed.version)
    assert again.version == changed.version


async def test_somebody_else_s_change_in_between_is_a_conflict_that_names_them(desk: Desk) -> None:
    basket = await desk.basket()
    await operations.change_line(
        desk.principal, basket.number, basket.lines[0].id, LineChange(quantity=3), version=basket.version
    )
    with pytest.raises(Stale, match=f"Modifié par {desk.principal.name} à") as refused:
        await baskets.change(desk.team, basket.number, SelectionChange(title="Autre"), version=basket.version)
    assert refused.value.status == 412
    kept = await queries.one(desk.team, basket.number)
    assert kept.lines[0].quantity == 3 and kept.title == "Tablettes"


async def test_a_move_charges_on_the_other_measure_s_tax_basis(desk: Desk) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO measure (code, name, name_en, kind, mode, holder, tax_basis)"
            " VALUES ('ESSAI-AV', 'Essai', 'Trial', 'operating', 'a_priori', 'school', 'before_tax')"
        )
    await make_envelope(measure="ESSAI-AV", cents=5_000_00)
    basket = await desk.basket()
    moved = await baskets.change(
        desk.team, basket.number, SelectionChange(measure="ESSAI-AV"), version=basket.version
    )  # fmt: skip
    assert (moved.measure, moved.charged_cents) == ("ESSAI-AV", 786_00)
    with pytest.raises(NotReady, match="ne paie pas"):  # its categories are looked at again
        await decisions.submit(desk.team, basket.number, version=moved.version)
    with pytest.raises(Invalid, match="n'a pas d'enveloppe"):
        await baskets.change(desk.team, basket.number, SelectionChange(measure="ABSENTE"), version=moved.version)


async def test_a_submitted_basket_keeps_the_day_and_the_end_of_its_prices(desk: Desk) -> None:
    async with transaction(system()):
        await execute("UPDATE price SET until_day = '2099-06-30'")
    done = await desk.submitted()
    assert done.priced_on is not None and done.price_until == date(2099, 6, 30)


async def test_a_line_for_a_building_that_the_school_has_left_stops_the_submission(desk: Desk) -> None:
    place = await make_building()
    basket = await desk.basket()
    basket = await operations.change_line(
        desk.team, basket.number, basket.lines[0].id, LineChange(building=place), version=basket.version
    )
    async with transaction(system()):
        await execute("UPDATE school_building SET closed_on = '2026-07-01' WHERE building = $1", place)
    with pytest.raises(NotReady, match="n'est plus dans l'immeuble 990801"):
        await decisions.submit(desk.team, basket.number, version=basket.version)


async def test_a_copy_leaves_out_what_is_no_longer_offered_and_says_so(desk: Desk) -> None:
    await make_product("casque", 50_00)
    place = await make_building()
    basket = await desk.basket()
    line = NewLine(product="casque", quantity=3, building=place, use="Musique")
    basket = await operations.put_line(desk.team, basket.number, line, version=basket.version)
    async with transaction(system()):
        await execute("UPDATE product SET closed_on = '2026-07-01' WHERE code = 'appareil'")
        await execute("UPDATE school_building SET closed_on = '2026-07-01' WHERE building = $1", place)

    made = await baskets.copy(desk.principal, basket.number, CopyOf(year=YEAR))

    assert [(one.product, one.quantity, one.building, one.use) for one in made.selection.lines] == [
        ("casque", 3, None, "Musique")
    ]
    assert [text.replace("\u00a0", " ") for text in made.left_out] == [
        "« appareil » n'est plus offert.",
        "« casque » : l'école n'est plus dans l'immeuble 990801.",
    ]
    assert made.selection.state == "draft" and made.selection.own
    assert (await queries.one(desk.team, basket.number)).version == basket.version  # the first is left as it is
    assert made.selection.charged_cents > 0


async def test_a_basket_whose_order_was_cancelled_is_corrected_by_a_copy(desk: Desk) -> None:
    from allocations.orders import cancelling
    from allocations.orders import operations as orders

    basket = await desk.submitted()
    basket = await decisions.approve(desk.principal, basket.number, version=basket.version)
    (order,) = await orders.build(desk.officer, selections=[basket.number])
    await cancelling.cancel(desk.officer, order.number, reason="Rupture")
    basket = await queries.one(desk.team, basket.number)
    taken = await decisions.withdraw(desk.team, basket.number, version=basket.version)
    with pytest.raises(OrderedOnce, match="recopiez"):
        await decisions.resume(desk.team, basket.number, version=taken.version)

    made = await baskets.copy(desk.team, basket.number, CopyOf(year=YEAR))
    done = await decisions.submit(desk.team, made.selection.number, version=made.selection.version)
    assert done.charged_cents == basket.charged_cents


async def test_comments_are_read_in_order_by_those_who_see_the_basket(desk: Desk) -> None:
    basket = await desk.submitted()
    await baskets.comment(desk.principal, basket.number, NewComment(body="Pour quelle classe?"))
    found = await baskets.comment(desk.team, basket.number, NewComment(body="La 5e année."))
    assert [(one.person_name, one.body) for one in found] == [
        (desk.principal.name, "Pour quelle classe?"), (desk.team.name, "La 5e année."),
    ]  # fmt: skip
    assert (await queries.one(desk.team, basket.number)).version == basket.version
    stranger = await make_actor("school_team", school=await make_school("990002"))
    auditor = await make_actor("auditor", board="990000")
    with pytest.raises(NotFound):
        await baskets.comments(stranger, basket.number)
    with pytest.raises(Forbidden):
        await baskets.comment(auditor, basket.number, NewComment(body="Non"))
    assert len(await baskets.comments(auditor, basket.number)) == 2


async def test_a_file_goes_with_a_basket(desk: Desk) -> None:
    basket = await desk.basket()
    kept = await baskets.attach(desk.team, basket.number, "soumission.pdf", b"%PDF-1.4 essai")
    assert [one.id for one in await baskets.files(desk.principal, basket.number)] == [kept.id]
    assert (await baskets.file(desk.principal, basket.number, kept.id)).content == b"%PDF-1.4 essai"
    stranger = await make_actor("school_team", school=await make_school("990002"))
    with pytest.raises(NotFound):
        await baskets.file(stranger, basket.number, kept.id)


async def test_the_board_composes_on_its_own_envelope_for_a_school(desk: Desk) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO measure (code, name, name_en, kind, mode, holder, tax_basis)"
            " VALUES ('ESSAI-CSS', 'Essai', 'Trial', 'investment', 'a_priori', 'board', 'net')"
        )
        await execute(
            "INSERT INTO measure_category (measure, category) SELECT id, 'flotte-appareils' FROM measure WHERE code = 'ESSAI-CSS'"
        )
        envelope = await fetch_value(
            "INSERT INTO envelope (board, measure, year, allocated_cents) SELECT '990000', id, $1, 500000 FROM measure"
            " WHERE code = 'ESSAI-CSS' RETURNING id",
            YEAR,
        )
    new = NewSelection(school="990001", measure="ESSAI-CSS", year=YEAR)
    with pytest.raises(Invalid, match="n'a pas d'enveloppe"):
        await operations.draft(desk.team, new)

    made = await operations.draft(desk.officer, new)
    made = await operations.put_line(desk.officer, made.number, NewLine(product="appareil"), version=made.version)
    assert made.envelope == envelope and made.held_by_board
    seen = await queries.one(desk.team, made.number)  # the school reads what comes to it, and changes nothing of it
    assert seen.may == [] and seen.measure == ""
    with pytest.raises(Forbidden):
        await operations.change_line(
            desk.team, made.number, made.lines[0].id, LineChange(quantity=5), version=made.version
        )
    done = await decisions.submit(desk.officer, made.number, version=made.version)
    assert (await envelopes.one(desk.officer, envelope)).figures.reserved == done.charged_cents
    approved = await decisions.approve(desk.principal, made.number, version=done.version)
    assert approved.state == "approved"


async def test_the_list_is_taken_away_as_csv_and_workbook(desk: Desk) -> None:
    basket = await desk.submitted()
    await desk.basket(1)
    answer = await exports.csv(desk.team, school="990001", year=YEAR, state=None)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[0].startswith("Numéro;Organisme;École")
    assert any(line.startswith(f"{basket.number};990000;990001;") and ";840,13;" in line for line in lines)
    only = await exports.csv(desk.team, school=None, year=None, state=State.submitted)
    assert len(only.content.decode("utf-8-sig").splitlines()) == 2
    book = await exports.xlsx(desk.team, school=None, year=None, state=None)
    assert book.content[:2] == b"PK"
    stranger = await make_actor("school_team", school=await make_school("990002"))
    assert len((await exports.csv(stranger, school="990001", year=None, state=None)).content.splitlines()) == 1
