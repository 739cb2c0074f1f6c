"""Real races around invitations and mailed links."""

import asyncio
from collections import Counter

import pytest
from argon2 import PasswordHasher

from directory.invitations import accepting, operations
from directory.people import credentials, passwords
from directory.people.links import fresh_link
from directory.people.schemas import GrantIn
from kit.actor import system
from kit.database import fetch_value, transaction
from kit.errors import Refused
from tests.factories import make_school

ANA = "ana@exemple.ca"


@pytest.fixture
async def network(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    await make_school("990001", board="990000")
    await make_school("991001", board="991000")


async def token(school: str) -> str:
    sent = await operations.invite(
        system(), email=ANA, grants=[GrantIn(role="school_team", school=school)], by_mail=False
    )
    return (await operations.link_of(system(), sent.id)).rpartition("/")[2]


async def join(link: str, number: int) -> str:
    try:
        await accepting.join(
            link, name=f"Ana {number}", password=f"une-phrase-longue-{number}", language="fr",
            address=f"192.0.2.{number}", user_agent="",
        )  # fmt: skip
    except Refused as refused:
        return type(refused).__name__
    return "in"


async def count(sql: str) -> int:
    async with transaction(system()):
        return int(await fetch_value(sql))


async def test_one_link_accepted_by_many_at_once_makes_one_account(network: None) -> None:
    link = await token("990001")
    found = Counter(await asyncio.gather(*(join(link, number) for number in range(8))))
    assert found == {"in": 1, "LinkOver": 7}
    assert await count("SELECT count(*) FROM person") == 1
    assert await count("SELECT count(*) FROM role_grant") == 1
    assert await count("SELECT count(*) FROM session") == 1


async def test_two_invitations_of_one_address_accepted_at_once_make_one_account(network: None) -> None:
    links = [await token("990001"), await token("991001")]
    found = Counter(await asyncio.gather(*(join(link, number) for number, link in enumerate(links))))
    assert found == {"in": 1, "SignInFirst": 1}
    assert await count("SELECT count(*) FROM person") == 1
    assert await count("SELECT count(*) FROM invitation WHERE accepted_at IS NULL") == 1, (
        "it still waits for its holder"
    )


async def test_one_link_changes_a_password_once(network: None) -> None:
    await join(await token("990001"), 1)
    await credentials.ask_for_link(ANA, address="192.0.2.1")
    async with transaction(system()):
        key = await fetch_value("SELECT id FROM mailed_link WHERE purpose = 'password'")
    link = (await fresh_link(key) or "").rpartition("/")[2]

    async def reset(number: int) -> str:
        try:
            await credentials.reset_password(link, f"une-phrase-neuve-{number}", address=f"192.0.2.{number}")
        except Refused as refused:
            return type(refused).__name__
        return "changed"

    assert Counter(await asyncio.gather(*(reset(n) for n in range(6)))) == {"changed": 1, "LinkOver": 5}
