import json

import pytest

from allocations.selections import operations, queries
from allocations.selections.rules import NotEligible, State, TooManyLines, WrongState
from allocations.selections.schemas import LineChange, NewLine, NewSelection, SelectionOut
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Refused, Stale
from tests.factories import (
    make_actor,
    make_building,
    make_bundle,
    make_envelope,
    make_product,
    make_school,
)

pytestmark = pytest.mark.usefixtures("db")


async def team(school: str = "990001") -> Actor:
    return await make_actor("school_team", school=await make_school(school))


async def begin(who: Actor, *, cents: int = 2_150_00, title: str = "Tablettes") -> SelectionOut:
    await make_product()
    await make_envelope(cents=cents)
    return await operations.draft(
        who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027", title=title)
    )


async def test_a_draft_has_a_number_of_its_school_and_year_without_holes() -> None:
    who = await team()
    first = await begin(who)
    second = await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    assert (first.number, second.number) == ("P-990001-2026-001", "P-990001-2026-002")
    assert (first.state, first.version, first.title, first.composed_by_name) == ("draft", 1, "Tablettes", who.name)
    assert (first.measure, first.tax_basis, first.own, first.may) == ("EX-COMBOS", "net", True, ["edit", "submit"])


async def test_a_school_without_an_envelope_is_told_so() -> None:
    who = await team()
    with pytest.raises(Invalid, match="n'a pas d'enveloppe de la mesure EX-COMBOS en 2026-2027"):
        await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    assert await fetch("SELECT 1 FROM selection") == []


@pytest.mark.parametrize("role", ["technician", "purchasing", "auditor", "board_admin"])
async def test_who_may_not_compose_begins_nothing(role: str) -> None:
    await make_school()
    await make_envelope()
    who = await make_actor(role, board="990000")
    with pytest.raises(Forbidden):
        await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))


async def test_lines_are_put_changed_and_removed_and_the_draft_is_repriced() -> None:
    who = await team()
    basket = await begin(who)
    await make_building("990801")
    basket = await operations.put_line(
        who, basket.number, NewLine(product="appareil", quantity=2, building="990801", use=" Lecture "), version=1
    )
    (line,) = basket.lines
    assert (line.product, line.bundle, line.quantity, line.building, line.use) == (
        "appareil", None, 2, "990801", "Lecture",
    )  # fmt: skip
    assert (basket.version, basket.before_tax_cents, basket.net_cents, basket.charged_cents) == (
        2,
        786_00,
        840_13,
        840_13,
    )

    basket = await operations.change_line(who, basket.number, line.id, LineChange(quantity=5, building=None), version=2)
    assert (basket.lines[0].quantity, basket.lines[0].building, basket.lines[0].use) == (5, None, "Lecture")
    assert basket.net_cents == 2_100_33

    basket = await operations.remove_line(who, basket.number, line.id, version=3)
    assert basket.lines == [] and basket.net_cents == 0 and basket.version == 4
    told = await queries.history(who, basket.number)
    assert [event.what for event in told] == [
        "selection.line_removed", "selection.line_changed", "selection.line_put", "selection.drafted",
    ]  # fmt: skip
    assert told[1].before and told[1].before["quantity"] == 2
    assert told[1].after and told[1].after["quantity"] == 5


async def test_the_same_thing_for_the_same_use_is_added_to_its_line() -> None:
    who = await team()
    basket = await begin(who)
    for version, use in ((1, "Lecture"), (2, "Lecture"), (3, "Science")):
        basket = await operations.put_line(
            who, basket.number, NewLine(product="appareil", quantity=2, use=use), version=version
        )
    assert [(line.use, line.quantity) for line in basket.lines] == [("Lecture", 4), ("Science", 2)]


async def test_a_bundle_is_a_line_and_its_products_are_priced() -> None:
    who = await team()
    basket = await begin(who)
    await make_product("chariot", 500_00, supplier="autre", tracked=False)
    await make_bundle("flotte", ("appareil", 2), ("chariot", 1))
    basket = await operations.put_line(who, basket.number, NewLine(bundle="flotte", quantity=3), version=1)
    assert [(line.bundle, line.quantity) for line in basket.lines] == [("flotte", 3)]
    assert basket.before_tax_cents == 6 * 393_00 + 3 * 500_00


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (NewLine(), "l'un des deux"),
        (NewLine(bundle="a", product="b"), "l'un des deux"),
        (NewLine(bundle="inconnu"), "« inconnu » n'est pas au catalogue"),
        (NewLine(product="inconnu"), "« inconnu » n'est pas au catalogue"),
        (NewLine(product="appareil", building="990999"), "n'est pas dans l'immeuble 990999"),
        (NewLine(product="appareil", quantity=0), "de 1 à 10 000"),
        (NewLine(product="appareil", quantity=10_001), "de 1 à 10 000"),
    ],
)
async def test_a_wrong_line_gets_one_sentence_and_changes_nothing(line: NewLine, sentence: str) -> None:
    who = await team()
    basket = await begin(who)
    with pytest.raises(Invalid) as refused:
        await operations.put_line(who, basket.number, line, version=1)
    assert sentence in refused.value.detail.replace("\u00a0", " ")
    assert await queries.one(who, basket.number) == basket


async def test_a_closed_product_can_no_longer_be_chosen() -> None:
    who = await team()
    basket = await begin(who)
    await execute("UPDATE product SET closed_on = '2026-01-01'")
    with pytest.raises(Invalid):
        await operations.put_line(who, basket.number, NewLine(product="appareil"), version=1)


async def test_what_the_measure_does_not_pay_for_is_refused() -> None:
    who = await team()
    basket = await begin(who)
    await execute("INSERT INTO category (code, name, position) VALUES ('mobilier', 'Mobilier', 9)")
    await make_product("chaise", 50_00, category="mobilier")
    await make_bundle("coin", ("appareil", 1), ("chaise", 2))
    for line in (NewLine(product="chaise"), NewLine(bundle="coin")):
        with pytest.raises(NotEligible, match="chaise"):
            await operations.put_line(who, basket.number, line, version=1)
    assert (await queries.one(who, basket.number)).lines == []


async def test_a_basket_has_an_end() -> None:
    who = await team()
    basket = await begin(who)
    await execute(
        "INSERT INTO selection_line (selection, board, school, product, quantity, use)"
        " SELECT s.id, s.board, s.school, p.id, 1, n::text FROM selection s, product p, generate_series(1, 200) n"
    )
    with pytest.raises(TooManyLines, match="200"):
        await operations.put_line(who, basket.number, NewLine(product="appareil"), version=1)


async def test_an_edit_on_an_older_reading_is_stale_and_one_on_none_is_invalid() -> None:
    who = await team()
    basket = await begin(who)
    await operations.put_line(who, basket.number, NewLine(product="appareil"), version=1)
    for version, error in ((1, Stale), (None, Invalid)):
        with pytest.raises(error):
            await operations.put_line(who, basket.number, NewLine(product="appareil"), version=version)
    (line,) = (await queries.one(who, basket.number)).lines
    assert line.quantity == 1


async def test_a_line_of_another_basket_is_not_found() -> None:
    who = await team()
    basket = await begin(who)
    other = await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    other = await operations.put_line(who, other.number, NewLine(product="appareil"), version=1)
    with pytest.raises(NotFound):
        await operations.change_line(who, basket.number, other.lines[0].id, LineChange(quantity=9), version=1)
    with pytest.raises(NotFound):
        await operations.remove_line(who, basket.number, other.lines[0].id, version=1)


async def test_all_who_had_a_hand_in_it_are_its_authors() -> None:
    first = await team()
    basket = await begin(first)
    second = await make_actor("school_team", school="990001")
    await operations.put_line(second, basket.number, NewLine(product="appareil"), version=1)
    rows = await fetch("SELECT person FROM selection_author")
    assert {row["person"] for row in rows} == {first.person, second.person}


async def test_nothing_is_edited_once_submitted() -> None:
    who = await team()
    basket = await begin(who)
    for state in ("submitted", "approved", "refused", "withdrawn", "ordered"):
        await execute("UPDATE selection SET state = $1", state)
        with pytest.raises(WrongState):
            await operations.put_line(who, basket.number, NewLine(product="appareil"), version=1)


async def test_a_sibling_school_and_another_board_see_nothing_and_change_nothing() -> None:
    who = await team()
    basket = await begin(who)
    basket = await operations.put_line(who, basket.number, NewLine(product="appareil"), version=1)
    sibling = await team("990002")
    await make_school("991001", board="991000")
    neighbour = await make_actor("school_team", "principal", school="991001")
    foreign_officer = await make_actor("purchasing", board="991000")
    for stranger in (sibling, neighbour, foreign_officer):
        assert (await queries.of_school(stranger)).items == []
        with pytest.raises(NotFound):
            await queries.one(stranger, basket.number)
        with pytest.raises(Refused) as refused:
            await operations.put_line(stranger, basket.number, NewLine(product="appareil"), version=2)
        assert refused.value.status in (403, 404)
        async with transaction(stranger):
            for table in ("selection", "selection_line", "selection_author"):
                assert await fetch(f"SELECT 1 FROM {table}") == []
            assert await execute("UPDATE selection SET title = 'pris'") == 0
            assert await execute("DELETE FROM selection_line") == 0
    assert await queries.one(who, basket.number) == basket


async def test_lists_are_filtered_and_paged_newest_first() -> None:
    who = await team()
    await begin(who)
    for _n in range(4):
        await operations.draft(who, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    await execute("UPDATE selection SET state = 'refused' WHERE number = 'P-990001-2026-002'")
    first = await queries.of_school(who, school="990001", year="2026-2027", limit=3)
    rest = await queries.of_school(who, school="990001", limit=3, after=first.next)
    assert [row.number[-3:] for row in [*first.items, *rest.items]] == ["005", "004", "003", "002", "001"]
    assert (await queries.of_school(who, year="2025-2026")).items == []
    assert [row.number[-3:] for row in (await queries.of_school(who, state=State.refused)).items] == ["002"]


async def test_the_system_may_compose_and_nobody_is_its_author() -> None:
    await make_school()
    basket = await begin(system())
    await operations.put_line(system(), basket.number, NewLine(product="appareil"), version=1)
    assert await fetch("SELECT 1 FROM selection_author") == []
    after = json.loads(await fetch_value("SELECT after FROM event WHERE what = 'selection.line_put'"))
    assert after["product"] == "appareil"
