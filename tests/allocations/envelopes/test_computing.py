import json
from typing import Any

import pytest

from allocations.envelopes import operations, queries
from allocations.envelopes.computing import compute
from allocations.envelopes.rules import Figures, Move
from allocations.envelopes.schemas import Computed
from allocations.measures.formulas import NoTotal
from allocations.measures.rules import ByProject
from app import templating
from kit.actor import system
from kit.database import execute, fetch
from kit.errors import Forbidden, Invalid
from kit.i18n import use_language
from tests.factories import make_actor, make_headcount, make_school

pytestmark = pytest.mark.usefixtures("db")

assert templating.HERE  # whose import brings the English sentences


async def run(*, dry_run: bool = False) -> Computed:
    return await compute(system(), "EX-COMBOS", "2026-2027", dry_run=dry_run)


async def network() -> None:
    """A small school, a large one, one of unknown size, a vocational centre, a closed one."""
    for code, pupils in (("990001", 144), ("990002", 1_000), ("990003", None), ("990004", 500), ("990005", 500)):
        await make_school(code)
        await make_headcount(code, pupils)
    await execute("UPDATE school SET \"primary\" = false, vocational = true WHERE code = '990004'")
    await execute("UPDATE school SET closed_on = '2026-06-30' WHERE code = '990005'")


async def events(what: str) -> list[Any]:
    return await fetch("SELECT school, before, after, why FROM event WHERE what = $1 ORDER BY school", what)


async def test_every_open_school_that_the_rule_is_for_gets_its_envelope() -> None:
    await network()
    result = await run()
    assert (result.schools, result.created, result.adjusted, result.unchanged) == (3, 3, 0, 0)
    assert [(item.school, item.pupils, item.amount_cents) for item in result.items] == [
        ("990001", 144, 5_000_00), ("990002", 1_000, 29_000_00), ("990003", None, 5_000_00),
    ]  # fmt: skip
    assert result.total_cents == 39_000_00
    large = await queries.of_measure(system(), "990002", "EX-COMBOS", "2026-2027")
    assert large.figures == Figures(29_000_00)
    (line,) = (await queries.ledger(system(), large.id)).items
    assert (line.kind, line.allocated_cents, line.reason) == ("allocation", 29_000_00, result.items[1].sentence)
    assert [json.loads(event["after"]) for event in await events("envelope.allocated")][1] == {
        "allocated_cents": 29_000_00
    }


async def test_a_second_run_changes_nothing() -> None:
    await network()
    await run()
    again = await run()
    assert (again.created, again.adjusted, again.unchanged, again.total_cents) == (0, 0, 3, 39_000_00)
    assert len(await fetch("SELECT 1 FROM ledger_entry")) == 3
    assert {item.delta_cents for item in again.items} == {0}


async def test_a_rehearsal_writes_nothing_and_says_the_same() -> None:
    await network()
    rehearsed = await run(dry_run=True)
    assert await fetch("SELECT 1 FROM envelope") == [] and await fetch("SELECT 1 FROM ledger_entry") == []
    done = await run()
    assert rehearsed.dry_run and not done.dry_run
    assert rehearsed.items == done.items and rehearsed.created == done.created


async def test_a_new_headcount_adjusts_by_the_difference() -> None:
    await network()
    await run()
    await make_headcount("990002", 900, year="2026-2027")
    result = await run()
    (item,) = [item for item in result.items if item.delta_cents]
    assert (item.school, item.before_cents, item.asked_delta_cents, item.delta_cents) == (
        "990002", 29_000_00, -2_900_00, -2_900_00,
    )  # fmt: skip
    assert "30\u00a0septembre\u00a02026" in item.sentence
    assert (await queries.of_measure(system(), "990002", "EX-COMBOS", "2026-2027")).figures == Figures(26_100_00)
    (event,) = await events("envelope.adjusted")
    assert json.loads(event["before"]) == {"allocated_cents": 29_000_00}


async def test_an_allocation_never_goes_below_what_is_used_and_says_so() -> None:
    await network()
    await run()
    envelope = (await queries.of_measure(system(), "990002", "EX-COMBOS", "2026-2027")).id
    await operations.reserve(system(), [Move(envelope, 28_000_00, "Essai")])
    await make_headcount("990002", 900, year="2026-2027")
    item = (await run()).items[1]
    assert (item.asked_delta_cents, item.delta_cents) == (-2_900_00, -1_000_00)
    assert item.sentence.endswith("réservé, engagé ou dépensé\u00a0: 28\u00a0000,00\u00a0$.")
    assert (await queries.one(system(), envelope)).figures == Figures(28_000_00, 28_000_00)
    again = await run()
    assert (again.adjusted, again.items[1].delta_cents, again.items[1].asked_delta_cents) == (0, 0, -1_900_00)


@pytest.mark.parametrize(("year", "counts"), [("2024-2025", False), ("2025-2026", True), ("2026-2027", True)])
async def test_a_headcount_counts_for_its_year_and_the_next(year: str, counts: bool) -> None:
    await make_school()
    await make_headcount("990001", 1_000, year=year)
    (item,) = (await run()).items
    assert (item.pupils, item.amount_cents) == ((1_000, 29_000_00) if counts else (None, 5_000_00))


async def test_levels_counted_apart_are_added() -> None:
    await make_school()
    await make_headcount("990001", 600, level="primary")
    await make_headcount("990001", 400, level="secondary")
    assert (await run()).items[0].pupils == 1_000


async def test_a_rule_may_give_nothing_without_a_headcount() -> None:
    await network()
    await execute("UPDATE allocation_rule SET without_headcount = 'none'")
    result = await run()
    assert result.created == 2
    assert [(school.school, school.sentence) for school in result.skipped] == [
        ("990003", "Effectif non connu\u00a0: aucune enveloppe selon la règle."),
    ]


async def test_envelopes_of_schools_that_the_rule_left_are_kept_and_named() -> None:
    await network()
    await run()
    await execute("UPDATE school SET closed_on = '2026-11-01' WHERE code = '990001'")
    result = await run()
    assert (result.schools, result.unchanged, result.total_cents) == (2, 2, 34_000_00)
    assert result.notes == [
        "1 enveloppe existe pour une école que la règle ne vise pas ou plus\u00a0: elle n'a pas été changée."
    ]


async def test_a_purchasing_officer_computes_their_own_board_and_no_other() -> None:
    await network()
    await make_school("991001", board="991000")
    officer = await make_actor("purchasing", board="991000")
    result = await compute(officer, "EX-COMBOS", "2026-2027")
    assert [item.school for item in result.items] == ["991001"]
    assert [row["school"] for row in await fetch("SELECT school FROM envelope")] == ["991001"]
    assert (await queries.ledger(officer, (await queries.every(officer))[0].id)).items[0].actor_name == officer.name


@pytest.mark.parametrize("role", ["school_team", "principal", "ministry", "auditor"])
async def test_nobody_else_may_compute(role: str) -> None:
    await make_school()
    where = {"school": "990001"} if role in ("school_team", "principal") else {"board": "990000"}
    who = await make_actor(role, **({} if role == "ministry" else where))
    with pytest.raises(Forbidden):
        await compute(who, "EX-COMBOS", "2026-2027")
    assert await fetch("SELECT 1 FROM envelope") == []


async def test_a_year_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid):
        await compute(system(), "EX-COMBOS", "2026")


async def test_a_school_that_came_with_an_envelope_of_another_board_holds_no_other_school_up() -> None:
    await network()
    await run()
    await make_school("991001", board="991000")
    await make_headcount("991001", 144)
    await execute("UPDATE school SET board = '991000' WHERE code = '990001'")
    who = await make_actor("purchasing", board="991000")

    result = await compute(who, "EX-COMBOS", "2026-2027")

    assert [item.school for item in result.items] == ["991001"]
    assert [(row.school, row.sentence) for row in result.skipped] == [
        ("990001", "L'enveloppe 2026-2027 de cette école reste tenue par l'organisme qu'elle a quitté.")
    ]
    rows = await fetch("SELECT board FROM envelope WHERE school = '990001'")
    assert [row["board"] for row in rows] == ["990000"]


async def test_the_ledger_is_in_french_whoever_computes() -> None:
    await network()
    with use_language("en"):
        result = await run()
    assert "pupils" in result.items[1].sentence
    large = await queries.of_measure(system(), "990002", "EX-COMBOS", "2026-2027")
    (line,) = (await queries.ledger(system(), large.id)).items
    assert "élèves" in line.reason and "pupils" not in line.reason


async def test_a_board_that_holds_a_measure_gets_the_pupils_of_its_schools() -> None:
    await network()
    await make_school("991001", board="991000")
    await make_headcount("991001", 300)
    await execute("UPDATE measure SET holder = 'board'")

    result = await run()

    assert [(item.board, item.school, item.pupils, item.amount_cents) for item in result.items] == [
        ("990000", None, 1_144, 33_176_00), ("991000", None, 300, 8_700_00),
    ]  # fmt: skip
    assert "1 école sans effectif connu n'y est pas." in result.items[0].sentence
    rows = await fetch("SELECT board, allocated_cents FROM envelope WHERE school IS NULL ORDER BY board")
    assert [dict(row) for row in rows] == [
        {"board": "990000", "allocated_cents": 33_176_00}, {"board": "991000", "allocated_cents": 8_700_00},
    ]  # fmt: skip
    assert (await run()).unchanged == 2


async def test_the_boards_own_part_is_a_ledger_row_of_its_own_and_follows_the_headcount() -> None:
    await make_school()
    await make_headcount("990001", 1_001)
    await execute("UPDATE allocation_rule SET own_share_ppm = 334000")
    await run()
    await make_headcount("990001", 1_000, year="2026-2027")
    await run()
    assert (await run()).adjusted == 0

    rows = await fetch("SELECT kind, about_kind, allocated_cents FROM ledger_entry ORDER BY at, id")
    assert [tuple(row.values()) for row in rows] == [
        ("allocation", "", 19_333_31), ("allocation", "own_share", 9_695_69),
        ("adjustment", "", -19_31), ("adjustment", "own_share", -9_69),
    ]  # fmt: skip
    envelope = await queries.of_measure(system(), "990001", "EX-COMBOS", "2026-2027")
    assert envelope.figures == Figures(29_000_00)


async def test_a_total_is_parted_over_the_province_whoever_computes() -> None:
    await network()
    await make_school("991001", board="991000")
    await make_headcount("991001", 856)
    await execute("UPDATE allocation_rule SET formula = 'pro_rata', floor_cents = 100, without_headcount = 'none'")
    with pytest.raises(NoTotal, match="EX-COMBOS"):
        await run()
    await execute("UPDATE measure_year SET total_cents = 2000001")

    officer = await compute(await make_actor("purchasing", board="991000"), "EX-COMBOS", "2026-2027", dry_run=True)
    result = await run()

    assert [(item.school, item.amount_cents) for item in result.items] == [
        ("990001", 1_440_00), ("990002", 10_000_01), ("991001", 8_560_00),
    ]  # fmt: skip
    assert [(item.school, item.amount_cents) for item in officer.items] == [("991001", 8_560_00)]
    assert sum(item.amount_cents for item in result.items) == 2_000_001


async def test_what_people_moved_since_stays_when_the_headcount_changes() -> None:
    await network()
    await run()
    envelope = (await queries.of_measure(system(), "990002", "EX-COMBOS", "2026-2027")).id
    await operations.adjust(system(), [Move(envelope, 500_00, "Don", "upload", "7")])
    assert (await run()).adjusted == 0
    await make_headcount("990002", 900, year="2026-2027")
    (item,) = [item for item in (await run()).items if item.delta_cents]
    assert (item.before_cents, item.amount_cents, item.delta_cents) == (29_500_00, 26_100_00, -2_900_00)
    assert (await queries.one(system(), envelope)).figures == Figures(26_600_00)


async def test_ranks_weigh_and_a_school_without_rank_gets_what_the_rule_says() -> None:
    await network()
    await execute("UPDATE allocation_rule SET rank_of = 'imse', unranked_ppm = 500000, floor_cents = 0")
    await execute("INSERT INTO allocation_weight (rule, rank, ppm) SELECT id, 9, 1200000 FROM allocation_rule")
    await execute("UPDATE headcount SET imse_rank = 9 WHERE school = '990001'")
    await make_headcount("990001", 0, level="secondary")
    await execute("UPDATE headcount SET imse_rank = 4 WHERE school = '990001' AND level = 'secondary'")
    result = await run()
    assert [(item.school, item.amount_cents) for item in result.items][:2] == [
        ("990001", 5_011_20),
        ("990002", 14_500_00),
    ]
    assert "× 1,2 (rang 9)" in result.items[0].sentence and "× 0,5 (sans rang)" in result.items[1].sentence


async def test_a_rule_that_promises_more_than_the_total_says_by_how_much() -> None:
    await network()
    await execute("UPDATE measure_year SET total_cents = 3000000")
    assert [note.replace("\u00a0", " ") for note in (await run()).notes] == [
        "La règle donne 39 000,00 $ en tout, 9 000,00 $ de plus que le total de la mesure."
    ]


async def test_a_measure_of_projects_is_not_computed() -> None:
    await execute("UPDATE measure SET mode = 'a_posteriori'")
    with pytest.raises(ByProject, match="EX-COMBOS"):
        await run()
