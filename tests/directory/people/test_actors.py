"""Who is asking: sessions and tokens give an Actor only while everything behind them still stands."""

from datetime import timedelta

import pytest
import time_machine

from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from kit.actor import Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_value, transaction
from kit.errors import NotFound
from tests.factories import give_role, make_board, make_person, make_school, make_session, make_token

pytestmark = pytest.mark.usefixtures("db")


async def team() -> str:
    await make_school("990001", board="990000")
    email = await make_person(language="en")
    await give_role(email, "school_team", school="990001")
    return email


async def change(sql: str, *args: object) -> None:
    async with transaction(system()):
        assert await execute(sql, *args)


async def test_a_session_acts_for_the_schools_of_its_person() -> None:
    cookie = await make_session(email := await team())
    who = await actor_of_session(cookie, board=None, request="r-1")
    assert who is not None
    assert (who.scope, who.board, who.schools) == (Scope.school, "990000", ("990001",))
    assert (who.email, who.language, who.theme, who.roles, who.request) == (
        email, "en", "auto", ("school_team",), "r-1",
    )  # fmt: skip
    assert who.rights == frozenset()
    assert who.may("selection.compose", school="990001")
    assert not who.may("selection.approve")
    assert who.token is None


async def test_a_chosen_cookie_is_nobody() -> None:
    await team()
    for cookie in ("", "chosen", "x" * 43, "é\u0000"):
        assert await actor_of_session(cookie, board=None, request="") is None
        assert await actor_of_token(cookie, board=None, request="") is None


async def test_a_session_is_nobody_in_a_board_where_nothing_is_held() -> None:
    cookie = await make_session(await team())
    await make_board("991000")
    assert await actor_of_session(cookie, board="991000", request="") is None
    assert await actor_of_session(cookie, board="990000", request="") is not None


async def test_a_session_sleeps_after_twelve_idle_hours() -> None:
    with time_machine.travel(now(), tick=False) as clock:
        cookie = await make_session(await team())
        clock.shift(timedelta(hours=11, minutes=59))
        assert await actor_of_session(cookie, board=None, request="")
        clock.shift(timedelta(hours=11, minutes=59))
        assert await actor_of_session(cookie, board=None, request=""), "use keeps it awake"
        clock.shift(timedelta(hours=12))
        assert await actor_of_session(cookie, board=None, request="") is None


async def test_a_session_ends_after_seven_days_however_busy() -> None:
    with time_machine.travel(now(), tick=False) as clock:
        cookie = await make_session(await team())
        for _ in range(14):
            assert await actor_of_session(cookie, board=None, request="")
            clock.shift(timedelta(hours=11, minutes=59))
        clock.shift(timedelta(minutes=14))
        assert await actor_of_session(cookie, board=None, request="") is None


async def test_the_time_of_use_is_written_once_a_minute() -> None:
    async def seen() -> object:
        async with transaction(system()):
            return await fetch_value("SELECT max(seen_at) FROM session")

    with time_machine.travel(now(), tick=False) as clock:
        cookie = await make_session(await team())
        first = await seen()
        clock.shift(timedelta(seconds=59))
        await actor_of_session(cookie, board=None, request="")
        assert await seen() == first
        clock.shift(timedelta(seconds=1))
        await actor_of_session(cookie, board=None, request="")
        assert await seen() == now()


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE session SET ended_at = now()",
        "UPDATE person SET deactivated_at = now()",
        "UPDATE role_grant SET revoked_at = now()",
        "UPDATE role_grant SET until_day = current_date - 2",
        "UPDATE role_grant SET from_day = current_date + 2",
    ],
)
async def test_nobody_is_left_at_once_when_what_stood_behind_a_session_ends(ended: str) -> None:
    cookie = await make_session(await team())
    await change(ended)
    assert await actor_of_session(cookie, board=None, request="") is None


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE api_token SET revoked_at = now()",
        "UPDATE api_token SET expires_at = now() - interval '1 second'",
        "UPDATE person SET deactivated_at = now()",
        "UPDATE role_grant SET revoked_at = now()",
    ],
)
async def test_a_token_ends_at_once_too(ended: str) -> None:
    token = await make_token(await team())
    assert await actor_of_token(token, board=None, request="")
    await change(ended)
    assert await actor_of_token(token, board=None, request="") is None


async def test_a_grant_holds_on_its_first_and_last_day() -> None:
    await make_school("990001")
    email = await make_person()
    await give_role(email, "school_team", school="990001", from_day=today(), until_day=today())
    assert (await actor_of_person(email)).schools == ("990001",)


async def test_a_token_says_its_scopes_and_its_use() -> None:
    token = await make_token(await team(), "read")
    found = await actor_of_token(token, board=None, request="")
    assert found is not None
    who, scopes = found
    assert scopes == {"read"}
    assert who.token is not None
    async with transaction(system()):
        assert await fetch_value("SELECT used_at FROM api_token WHERE id = $1", who.token)


async def test_a_token_is_narrowed_to_its_school_and_board() -> None:
    await make_school("990001", board="990000")
    await make_school("990002", board="990000")
    await make_school("991001", board="991000")
    email = await make_person()
    await give_role(email, "technician", board="990000")
    await give_role(email, "principal", school="990001")
    await give_role(email, "purchasing", board="991000")

    found = await actor_of_token(await make_token(email, school="990002"), board=None, request="")
    assert found and (found[0].scope, found[0].schools, found[0].rights) == (Scope.school, ("990002",), frozenset())
    assert found[0].may("asset.write", school="990002")
    assert not found[0].may("selection.approve")

    found = await actor_of_token(await make_token(email, board="991000"), board=None, request="")
    assert found and (found[0].scope, found[0].board) == (Scope.board, "991000")
    assert await actor_of_token(await make_token(email, board="991000"), board="990000", request="") is None
    assert await actor_of_token(await make_token(email, school="991001"), board="990000", request="") is None


async def test_a_team_follows_its_school_to_another_board() -> None:
    cookie = await make_session(await team())
    await make_board("991000")
    await change("UPDATE school SET board = '991000' WHERE code = '990001'")
    assert await actor_of_session(cookie, board="990000", request="") is None
    who = await actor_of_session(cookie, board=None, request="")
    assert who and (who.board, who.schools) == ("991000", ("990001",))


async def test_a_person_is_found_by_the_exact_address_in_any_case() -> None:
    await make_school("990001")
    await give_role(await make_person("andré@exemple.ca"), "school_team", school="990001")
    assert (await actor_of_person("ANDRÉ@exemple.ca")).email == "andré@exemple.ca"
    with pytest.raises(NotFound, match="Aucun compte actif"):
        await actor_of_person("andre@exemple.ca")
    with pytest.raises(NotFound, match="aucun rôle"):
        await actor_of_person(await make_person())
