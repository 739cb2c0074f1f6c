"""Lists are staged, applied, found stale, taken back; each change has its event. Nothing is deleted."""

from datetime import date, timedelta

import pytest
import time_machine

from directory.imports import operations, queries
from directory.imports.rules import BatchClosed, NoSuchBatch, NotTheLast, OlderList, StaleBatch
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import fetch, fetch_one, fetch_value
from kit.errors import Forbidden
from tests.directory.imports.lists import board, building, headcount, listed, load, school
from tests.directory.imports.network import MANY, boards, checksums, counts, open_links, row
from tests.factories import make_actor

pytestmark = pytest.mark.usefixtures("db")


async def test_without_accept_a_list_waits_and_accept_applies_it_with_the_same_counts() -> None:
    await boards()
    staged = await load("schools", *MANY, accept=False)
    assert (staged.state, await fetch_value("SELECT count(*) FROM school")) == ("staged", 0)
    assert staged.batch is not None
    applied = await operations.accept(system(), staged.batch)
    assert (applied.state, applied.batch, counts(applied), applied.read) == (
        "applied",
        staged.batch,
        counts(staged),
        30,
    )
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 30
    with pytest.raises(BatchClosed):
        await operations.accept(system(), staged.batch)


async def test_a_batch_is_stale_once_the_network_has_moved() -> None:
    await boards()
    first = await load("schools", *MANY, accept=False)
    second = await load("schools", *MANY[1:], accept=False)
    await operations.accept(system(), second.batch or 0)
    before = await fetch_value("SELECT count(*) FROM school")
    for _again in range(2):
        with pytest.raises(StaleBatch):
            await operations.accept(system(), first.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school") == before
    assert (await queries.one(system(), first.batch or 0)).state == "stale"


async def test_an_import_that_changes_nothing_makes_no_batch_stale() -> None:
    await boards()
    await load("schools", *MANY)
    staged = await load("schools", *MANY[:-1], accept=False, as_of=date(2023, 1, 1))
    await load("schools", *MANY)
    await load("headcounts", headcount())
    assert (await operations.accept(system(), staged.batch or 0)).closed == 1


async def test_an_unknown_batch_is_not_found() -> None:
    with pytest.raises(NoSuchBatch):
        await operations.accept(system(), 4_000)


async def test_a_dry_run_writes_nothing_and_counts_the_same() -> None:
    await boards()
    await load("schools", *MANY[:20])
    before = await checksums()
    tried = await load("schools", *MANY[5:], dry_run=True, as_of=date(2023, 9, 1))
    assert await checksums() == before
    assert (tried.state, tried.batch, counts(tried)) == ("dry_run", None, (10, 0, 15, 5))
    staged = await load("schools", *MANY[5:], accept=False, as_of=date(2023, 9, 1))
    assert counts(staged) == counts(tried)


async def test_over_a_tenth_closing_waits_for_a_person_even_with_accept() -> None:
    await boards()
    await load("schools", *MANY)
    answer = await load("schools", *MANY[4:], as_of=date(2023, 9, 1))
    assert (answer.state, answer.closed) == ("staged", 4)
    assert any("10\u00a0%" in note for note in answer.notes)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 30
    await operations.accept(system(), answer.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 26


async def test_a_partial_list_closes_nothing_and_takes_nothing_away() -> None:
    await boards()
    await load("schools", *MANY, school("990001", "990150", levels="SEC"))
    answer = await load(
        "schools", school("990001", "990151", name="École 1", levels="PRIM"), accept=False, partial=True
    )
    assert (answer.state, counts(answer)) == ("applied", (0, 1, 0, 0))
    one = await row("990001")
    assert (one["primary"], one["secondary"], one["preschool"]) == (True, True, True)
    assert {place for code, place in await open_links() if code == "990001"} == {"990101", "990150", "990151"}


async def test_an_older_list_over_a_newer_is_refused() -> None:
    await boards()
    await load("schools", *MANY, as_of=date(2024, 9, 1))
    before = await checksums()
    with pytest.raises(OlderList) as refused:
        await load("schools", *MANY)
    assert "2024-09-01" in refused.value.detail
    assert await checksums() == before
    assert (await load("buildings", building(day="20200101"))).state == "applied"  # another list has a date of its own


@time_machine.travel("2026-11-24T15:00:00Z", tick=False)
async def test_a_list_is_dated_by_the_option_else_itself_else_today() -> None:
    assert (await load("boards", board())).listed_on == date(2026, 11, 24)
    assert (await load("schools", school())).listed_on == date(2022, 12, 5)
    assert (await load("schools", school(), as_of=date(2023, 1, 1))).listed_on == date(2023, 1, 1)


async def test_a_batch_taken_back_leaves_everything_as_before_and_closes_what_it_made() -> None:
    await boards()
    await load("schools", *MANY)
    before = await fetch("SELECT code, name, region, closed_on, listed_on FROM school ORDER BY code")
    links = await open_links()
    changed = [school("990002", "990199", name="Renommée"), *MANY[2:], school("990040", "990140")]
    answer = await load("schools", *changed, as_of=date(2023, 9, 1))
    assert (answer.state, counts(answer)) == ("applied", (1, 1, 28, 1))
    undone = await operations.undo(system(), answer.batch or 0)
    assert undone.state == "undone"
    assert (
        await fetch("SELECT code, name, region, closed_on, listed_on FROM school WHERE code <> '990040' ORDER BY code")
        == before
    )
    assert await open_links() == links
    assert (await row("990040"))["closed_on"] == today()
    assert (await row("990199", "building"))["closed_on"] == today()
    with pytest.raises(BatchClosed):
        await operations.undo(system(), answer.batch or 0)
    assert counts(await load("schools", *changed, as_of=date(2023, 9, 1))) == (0, 2, 28, 1)


async def test_only_the_last_batch_can_be_taken_back() -> None:
    await boards()
    first = await load("schools", *MANY)
    second = await load("buildings", building())
    with pytest.raises(NotTheLast) as refused:
        await operations.undo(system(), first.batch or 0)
    assert refused.value.later == second.batch
    await operations.undo(system(), second.batch or 0)
    await operations.undo(system(), first.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 0


async def test_the_ministry_may_import_and_nobody_else() -> None:
    await boards()
    ministry = await make_actor("ministry")
    assert (await operations.import_list(ministry, "schools", [listed("schools", school())], accept=True)).created == 1
    assert await fetch_value("SELECT actor_name FROM event WHERE what = 'school.created'") == ministry.name
    for role, board_code, code in (("board_admin", "990000", None), ("principal", None, "990001")):
        who = await make_actor(role, board=board_code, school=code)
        with pytest.raises(Forbidden):
            await operations.import_list(who, "schools", [listed("schools", school())])
        with pytest.raises(Forbidden):
            await queries.batches(who, limit=10)
    with pytest.raises(Forbidden):
        await operations.accept(Actor(scope=Scope.board, name="essai", board="990000"), 1)


async def test_every_change_has_its_event_with_before_after_and_why() -> None:
    await boards()
    answer = await load("schools", school())
    await load("schools", school(name="Nouveau nom", SITE_WEB_ORGNS="www.exemple.ca"), as_of=date(2023, 9, 1))
    changed = await fetch_one("SELECT * FROM event WHERE what = 'school.changed'")
    assert changed is not None
    assert (changed["board"], changed["school"], changed["actor"]) == ("990000", "990001", "system")
    assert '"name": "École de l\'Érable"' in changed["before"]
    assert '"website": "www.exemple.ca"' in changed["after"]
    assert "address_1" not in changed["after"]
    assert "2023-09-01" in changed["why"]
    made = await fetch_value("SELECT count(*) FROM event WHERE why LIKE $1", f"%lot {answer.batch}")
    assert made == await fetch_value(
        "SELECT count(*) FROM import_change c JOIN import_batch b ON b.id = c.batch WHERE b.number = $1", answer.batch
    )


async def test_a_batch_shows_what_it_changes_page_by_page() -> None:
    await boards()
    answer = await load("schools", *MANY, accept=False)
    seen, after = [], None
    while True:
        found = await queries.changes(system(), answer.batch or 0, limit=25, after=after)
        seen += [(change.record, change.key, change.action) for change in found.items]
        if (after := found.next) is None:
            break
    assert len(seen) == len(set(seen)) == 90
    assert seen == sorted(seen)
    listed_batches = await queries.batches(system(), limit=1)
    assert listed_batches.items[0].number == answer.batch
    assert listed_batches.next is not None


async def test_a_list_in_the_future_of_todays_is_taken_as_dated() -> None:
    await boards()
    ahead = today() + timedelta(days=30)
    assert (await load("schools", school(), as_of=ahead)).listed_on == ahead
