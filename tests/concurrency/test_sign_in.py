"""Real races around signing in."""

import asyncio
from collections import Counter

import pytest
from argon2 import PasswordHasher

from directory.people import operations, passwords
from directory.people.accounts import AlreadyThere
from directory.people.limits import TooManySignIns
from directory.people.queries import actor_of_session
from directory.people.rules import WrongPassword
from directory.people.schemas import GrantIn
from kit.actor import system
from tests.factories import make_school

PASSWORD = "vélo-tempête-38-canot"


@pytest.fixture
async def ana(committed: None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    await make_school("990001", board="990000")
    await operations.add_person(
        system(), email="ana@exemple.ca", name="Ana", language="fr", password=PASSWORD,
        grants=[GrantIn(role="school_team", school="990001")],
    )  # fmt: skip
    return "ana@exemple.ca"


async def sign_in(password: str, number: int) -> str:
    return await operations.sign_in("ana@exemple.ca", password, address=f"192.0.2.{number}", user_agent="")


async def outcome(password: str, number: int) -> str:
    try:
        await sign_in(password, number)
    except (WrongPassword, TooManySignIns) as refused:
        return type(refused).__name__
    return "in"


async def test_guesses_made_all_at_once_are_counted_one_by_one(ana: str) -> None:
    found = Counter(await asyncio.gather(*(outcome(f"devinette-{n}-longue", n) for n in range(20))))
    assert found == {"WrongPassword": 5, "TooManySignIns": 15}
    assert await outcome(PASSWORD, 99) == "TooManySignIns"


async def test_an_account_closed_during_sign_ins_leaves_no_session_alive(ana: str) -> None:
    async def try_it(number: int) -> str | None:
        try:
            return await sign_in(PASSWORD, number)
        except (WrongPassword, TooManySignIns):
            return None

    cookies, _closed = await asyncio.gather(
        asyncio.gather(*(try_it(n) for n in range(4))), operations.deactivate(system(), ana)
    )
    for cookie in cookies:
        assert cookie is None or await actor_of_session(cookie, board=None, request="") is None


async def test_two_administrations_that_add_one_address_make_one_account(ana: str) -> None:
    async def add() -> str:
        try:
            await operations.add_person(
                system(), email="neuf@exemple.ca", name="Neuf", language="fr",
                grants=[GrantIn(role="school_team", school="990001")],
            )  # fmt: skip
        except AlreadyThere:
            return "there"
        return "added"

    assert sorted(await asyncio.gather(*(add() for _ in range(5)))) == ["added", *["there"] * 4]
