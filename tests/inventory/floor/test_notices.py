"""The digest: each board is told once what is new, in each person's language."""

from datetime import timedelta

import pytest
import time_machine

from inventory.floor import operations
from inventory.floor.jobs import FLOOR_SCAN, nightly
from inventory.floor.notices import digest
from kit.actor import system
from kit.database import execute, fetch, fetch_one, fetch_value
from kit.events import timeline
from kit.i18n import NBSP
from tests.factories import give_role, make_actor, make_assets, make_person, make_school
from tests.inventory.floor.schools import FLEET, LAB, NOON, ROBOTS, flags, make_equipped, make_sized

pytestmark = [pytest.mark.usefixtures("db")]


async def tell(
    email: str = "admin@exemple.ca", *, board: str = "990000", role: str = "board_admin", language: str = "fr"
) -> None:
    await give_role(await make_person(email, language=language), role, board=board)


async def mails() -> list[dict[str, str]]:
    rows = await fetch(
        "SELECT recipient, subject, body, board FROM outbox WHERE kind = 'floor.digest' ORDER BY created_at, id"
    )
    return [{key: str(value).replace(NBSP, " ") for key, value in row.items()} for row in rows]


async def lose(n: int, category: str = FLEET) -> None:
    await execute(
        "UPDATE asset SET state = 'lost' WHERE tag IN (SELECT tag FROM asset WHERE category = $1 AND state = 'in_service'"
        " ORDER BY tag LIMIT $2)",
        category, n,
    )  # fmt: skip


async def night(days: int = 0) -> list[dict[str, str]]:
    """One night; the messages that it added."""
    before = len(await mails())
    with time_machine.travel(NOON + timedelta(days=days), tick=False):
        await nightly(system())
    return (await mails())[before:]


async def test_a_board_is_told_of_its_schools_with_the_gap_and_a_link() -> None:
    await make_sized(name="École Victor")
    await tell()
    (mail,) = await night()
    assert mail["recipient"] == "admin@exemple.ca" and mail["board"] == "990000"
    assert mail["subject"] == "Plancher d'équipements : 1 école a changé d'état"
    assert "Balayage du 24 novembre 2026, Centre de services 990000." in mail["body"]
    assert "Nouvellement sous le plancher (1)" in mail["body"]
    assert (
        "- École Victor (990001) : Robotique, il en manque 12; Laboratoire créatif, il en manque 1;"
        " Flotte d'appareils, il en manque 29"
    ) in mail["body"]
    assert "/coverage/boards/990000" in mail["body"]
    assert await flags("990001") == {ROBOTS: ("told", 12), LAB: ("told", 1), FLEET: ("told", 29)}
    assert "floor.told" in [event.what for event in await timeline("school", "990001")]


async def test_the_same_gap_is_silent_a_worse_one_is_told_again_and_so_is_the_end() -> None:
    await make_equipped()
    await make_assets("990001", FLEET, 3)
    await tell()
    assert await night(0) == []

    await lose(4)
    (new,) = await night(1)
    assert "Flotte d'appareils, il en manque 1" in new["body"]
    assert await night(2) == []

    await lose(2)
    (worse,) = await night(3)
    assert "Écart aggravé (1)" in worse["body"] and "Nouvellement" not in worse["body"]
    assert "Flotte d'appareils, il en manque 3 (1 auparavant)" in worse["body"]
    assert await fetch_value("SELECT told_gap FROM floor_flag") == 3

    await make_assets("990001", FLEET, 1)  # better, still below: nothing to say
    assert await night(4) == []
    await lose(1)  # as bad as was told
    assert await night(5) == []

    await execute("UPDATE asset SET state = 'in_service'")
    (over,) = await night(6)
    assert "Ne sont plus sous le plancher (1)\n- École 990001 (990001) : Flotte d'appareils" in over["body"]
    assert await night(7) == []


async def test_the_job_run_twice_tells_once() -> None:
    await make_sized()
    await tell()
    assert len(await night()) == 1
    assert await night() == []


async def test_each_person_is_told_in_their_language_and_only_those_who_decide() -> None:
    await make_sized()
    await tell("admin@exemple.ca")
    await tell("achats@exemple.ca", role="purchasing", language="en")
    await tell("tech@exemple.ca", role="technician")
    await make_school("991001", board="991000")
    await tell("autre@exemple.ca", board="991000", role="auditor")
    told = {mail["recipient"]: mail["body"] for mail in await night()}
    assert set(told) == {"admin@exemple.ca", "achats@exemple.ca"}
    assert "24 novembre 2026" in told["admin@exemple.ca"] and "November 24, 2026" in told["achats@exemple.ca"]
    assert "Device fleet" in told["achats@exemple.ca"] and "Flotte" in told["admin@exemple.ca"]


async def test_boards_hear_of_their_own_schools_alone() -> None:
    await make_sized("990001")
    await make_sized("991001", board="991000")
    await tell("un@exemple.ca", board="990000")
    await tell("deux@exemple.ca", board="991000")
    bodies = {mail["board"]: mail["body"] for mail in await night()}
    assert "990001" in bodies["990000"] and "991001" not in bodies["990000"]
    assert "991001" in bodies["991000"] and "990001" not in bodies["991000"]


async def test_where_nobody_can_be_told_the_flags_stay_open_until_somebody_can() -> None:
    await make_sized()
    assert await night(0) == []
    assert {state for state, _ in (await flags("990001")).values()} == {"open"}
    with time_machine.travel(NOON + timedelta(days=1)):
        assert (await digest(system())).nobody_to_tell == ["990000"]
    await tell()
    assert len(await night(2)) == 1


async def test_news_later_the_same_day_waits_for_the_next_day() -> None:
    await make_equipped()
    await tell()
    await lose(1)
    assert len(await night(0)) == 1
    await lose(5)
    assert await night(0) == []
    assert await fetch_value("SELECT told_gap FROM floor_flag") == 1
    assert len(await night(1)) == 1


async def test_a_flag_that_was_never_told_ends_without_a_word() -> None:
    await make_equipped()
    await lose(1)
    await operations.scan(system(), at=NOON)
    await execute("UPDATE asset SET state = 'in_service'")
    await tell()
    assert await night(1) == []


async def test_a_school_that_falls_again_before_it_was_told_lifted_is_told_as_below_only() -> None:
    await make_equipped()
    await tell()
    await lose(1)
    await night(0)
    await execute("UPDATE asset SET state = 'in_service'")
    await operations.scan(system(), at=NOON + timedelta(hours=2))
    await lose(1)
    (mail,) = await night(1)
    assert "Nouvellement" in mail["body"] and "Ne sont plus" not in mail["body"]


async def test_an_acknowledged_flag_is_silent_until_it_is_worse() -> None:
    await make_equipped()
    await lose(1)
    who = await make_actor("board_admin", board="990000", email="admin@exemple.ca")
    await night(0)
    await operations.acknowledge(who, await fetch_value("SELECT id FROM floor_flag"), "Ana commande cette semaine")
    assert await night(1) == []
    assert await flags("990001") == {FLEET: ("acknowledged", 1)}
    await lose(1)
    assert len(await night(2)) == 1
    assert await flags("990001") == {FLEET: ("told", 2)}


async def test_a_long_list_is_cut_and_says_how_many_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.floor.notices.SHOWN", 1)
    for code in ("990001", "990002", "990003"):
        await make_sized(code)
    await tell()
    (mail,) = await night()
    assert "Nouvellement sous le plancher (3)" in mail["body"] and "et 2 autres écoles" in mail["body"]
    assert "990002" not in mail["body"]
    row = await fetch_one("SELECT count(*) FILTER (WHERE state = 'told') AS told, count(*) AS n FROM floor_flag")
    assert row is not None and row["told"] == row["n"] == 9


def test_the_job_is_due_at_five_in_montreal() -> None:
    due = FLOOR_SCAN.last_due(NOON)
    assert due is not None and due.isoformat() == "2026-11-24T05:00:00-05:00"
