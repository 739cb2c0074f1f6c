"""What the demonstration holds."""

import re

import pytest

from allocations.envelopes.rules import Kind
from allocations.orders import counts as order_counts
from allocations.orders import queries as orders
from allocations.orders.rules import State as OrderState
from allocations.procurement import queries as procurement
from allocations.receipts.rules import IssueKind, Outcome
from allocations.years.queries import listing as list_years
from app.demo.load import load_once
from app.demo.past import last_year
from app.demo.people import DESKS, OTHERS
from app.work import tasks
from directory.invitations.queries import pending
from directory.people.queries import actor_of_person
from inventory.floor.queries import list_schools
from kit.actor import system
from kit.clock import now, school_year_bounds, today
from kit.database import fetch, fetch_value, transaction


@pytest.fixture(scope="module")
async def loaded(committed_by_all: None) -> list[str]:
    """The demonstration in a database of this file's; what was said meanwhile."""
    said: list[str] = []
    await load_once(said.append)
    return said


async def counts(sql: str) -> dict[str, int]:
    async with transaction(system()):
        return {row[0]: row[1] for row in await fetch(sql)}


# States that nobody comes to by hand, and why.
WITHOUT = {
    "job_run": "the scheduler's own",
    "import_batch dropped": "nothing drops a batch yet",
}


async def state_machines() -> dict[str, set[str]]:
    """The states of every table that has some, as its constraint names them: a new one is asked for at once."""
    async with transaction(system()):
        rows = await fetch(
            "SELECT conrelid::regclass::text AS of, pg_get_constraintdef(oid) AS said FROM pg_constraint"
            " WHERE contype = 'c' AND conname LIKE '%\\_state\\_%'"
        )
    return {row["of"]: set(re.findall("'([a-z_]+)'", row["said"])) for row in rows if row["of"] not in WITHOUT}


async def test_every_state_of_every_state_machine_is_there(loaded: list[str]) -> None:
    machines = await state_machines()
    assert machines.keys() >= {
        "selection",
        "purchase_order",
        "asset",
        "ticket",
        "floor_flag",
        "school_year",
        "import_batch",
    }
    for table, states in machines.items():
        wanted = {state for state in states if f"{table} {state}" not in WITHOUT}
        there = set(await counts(f"SELECT state, count(*) FROM {table} GROUP BY state"))
        if table == "school_year":
            there.add("open")  # a year is open until it is closed: no row says so
        assert there == wanted, f"{table}: tell of {wanted - there} in src/app/demo"


async def test_orders_go_by_mail_by_hand_and_late_from_the_first_day(loaded: list[str]) -> None:
    assert (await counts("SELECT sent_how, count(*) FROM purchase_order GROUP BY sent_how")).keys() >= {
        "",
        "portal",
        "phone",
    }
    buyer = await actor_of_person("appro@exemple.ca")
    late = (await orders.list_orders(buyer, late=True, limit=10, after=None)).items
    assert [(order.state, order.external_number) for order in late] == [("part_received", "4500-0101-1")]
    work = await order_counts.work(buyer)
    assert work.drafts and work.awaited and work.late and await order_counts.to_order(buyer)


async def test_orders_are_in_every_state_amended_and_given_up_by_all(loaded: list[str]) -> None:
    assert (await counts("SELECT state, count(*) FROM purchase_order GROUP BY state")).keys() == set(OrderState)
    ended = await counts("SELECT cancelled_by, count(*) FROM purchase_order WHERE state = 'cancelled' GROUP BY 1")
    assert ended.keys() == {"us", "supplier", "group"}
    kept = "SELECT revision, count(*) FROM order_revision GROUP BY 1"
    assert (await counts(kept)).keys() == {0, 1}


async def test_money_moves_in_every_way(loaded: list[str]) -> None:
    kinds = await counts("SELECT kind, count(*) FROM ledger_entry GROUP BY kind")
    assert set(Kind) - kinds.keys() == set()


async def test_goods_come_in_every_way_and_go_back(loaded: list[str]) -> None:
    assert set(await counts("SELECT kind, count(*) FROM receipt_issue GROUP BY kind")) == set(IssueKind)
    assert set(await counts("SELECT outcome, count(*) FROM receipt_issue GROUP BY outcome")) == set(Outcome)
    returned = await counts("SELECT kind || ' ' || state, count(*) FROM goods_return GROUP BY 1")
    assert returned.keys() >= {"replacement awaited", "replacement settled", "credit awaited", "credit cancelled"}
    assert set(await counts("SELECT outcome, count(*) FROM supplier_file_line GROUP BY outcome")) == {
        "created", "changed", "unchanged", "unknown", "refused",
    }  # fmt: skip
    assert await counts("SELECT 'undone', count(*) FROM receipt_undone") == {"undone": 1}
    assert {"returned", "void"} <= (await counts("SELECT state, count(*) FROM asset GROUP BY state")).keys()


async def test_last_year_is_closed_with_all_that_was_ordered_received(loaded: list[str]) -> None:
    year = last_year(today())
    first, last = school_year_bounds(year)
    (closed,) = [one for one in await list_years(system()) if one.code == year]
    assert (closed.state, closed.drafts, closed.awaited) == ("closed", 0, 0)
    states = await counts(f"SELECT state, count(*) FROM purchase_order WHERE year = '{year}' GROUP BY state")
    assert states == {"received": 5}
    async with transaction(system()):
        spent = await fetch(
            "SELECT board, sum(spent_cents) AS spent, sum(reserved_cents + committed_cents) AS held FROM envelope"
            " WHERE year = $1 GROUP BY board ORDER BY board",
            year,
        )
        days = await fetch(
            "SELECT at FROM ledger_entry l JOIN envelope e ON e.id = l.envelope WHERE e.year = $1"
            " AND l.kind NOT IN ('recovery', 'carry_over') UNION ALL"
            " SELECT made_at FROM selection WHERE year = $1 UNION ALL SELECT made_at FROM purchase_order WHERE year = $1"
            ' UNION ALL SELECT r.at FROM receipt r JOIN purchase_order o ON o.id = r."order" WHERE o.year = $1'
            " UNION ALL SELECT at FROM event WHERE subject_kind IN ('selection', 'order') AND subject LIKE '%-' || left($1, 4) || '-%'",
            year,
        )
    assert all(row["spent"] > 0 and row["held"] == 0 for row in spent) and len(spent) == 3
    assert {first <= row["at"].date() <= last for row in days} == {True}


async def test_something_waits_on_everybody(loaded: list[str]) -> None:
    for person in (*DESKS.values(), *OTHERS):
        assert await tasks(await actor_of_person(person.email)), person.address


async def test_somebody_is_invited_and_has_not_answered(loaded: list[str]) -> None:
    found = await pending(await actor_of_person("administration@exemple.ca"))
    assert [invited.email for invited in found] == ["invitee@exemple.ca"]


async def test_nothing_is_told_of_a_day_to_come(loaded: list[str]) -> None:
    async with transaction(system()):
        assert await fetch_value("SELECT max(at) FROM event") <= now()


async def test_schools_stand_in_every_way_on_the_floor(loaded: list[str]) -> None:
    found = (await list_schools(system(), limit=None)).items

    assert {school.status for school in found} == {"met", "below", "on_order", "not_assessable", "exempt"}
    assert len(found) == 39  # a vocational centre is outside the example standard
    assert {school.board for school in found} == {"990000", "991000", "992000"}


async def test_its_network_is_invented_and_shares_buildings(loaded: list[str]) -> None:
    async with transaction(system()):
        schools = await fetch("SELECT code, region FROM school ORDER BY code")
        shared = await fetch_value(
            "SELECT count(*) FROM (SELECT building FROM school_building GROUP BY building HAVING count(*) > 1) s"
        )
        unpublished = await fetch_value("SELECT count(*) FROM headcount WHERE pupils IS NULL")
        people = await fetch_value("SELECT count(*) FROM person WHERE email NOT LIKE '%@exemple.ca'")
    assert len(schools) == 40 and all("990001" <= row["code"] <= "992010" for row in schools)
    assert {row["region"] for row in schools} == {"01", "07", "11"}
    assert (shared, unpublished, people) == (4, 8, 0)


async def test_each_desk_acts_in_its_place(loaded: list[str]) -> None:
    for person in (*DESKS.values(), *OTHERS):
        who = await actor_of_person(person.email)
        assert person.role in who.roles
        if person.role != "ministry":
            assert who.board == (person.board or person.schools[0][:3] + "000")


async def test_loaded_again_it_is_left_as_it_is(loaded: list[str]) -> None:
    events = await counts("SELECT what, count(*) FROM event GROUP BY what")

    await load_once(lambda words: pytest.fail(words))

    assert await counts("SELECT what, count(*) FROM event GROUP BY what") == events
    assert len(loaded) == 4


async def test_orders_of_a_month_pass_a_threshold_together_and_the_last_says_why(loaded: list[str]) -> None:
    given = (await procurement.reasons(system(), board="990000")).items
    assert [reason.before_tax_cents > 10_000_00 for reason in given] == [True]
    watched = await procurement.of_order(system(), given[0].number)
    assert [warned.kind for warned in watched.warnings] == ["split"] and watched.reason
