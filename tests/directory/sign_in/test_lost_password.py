"""A lost password: nothing tells whether an address has an account, and a link changes a password once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from directory.people import operations
from directory.people.limits import TooManyTries
from directory.people.links import LinkOver, filled
from directory.people.queries import actor_of_session, actor_of_token
from directory.people.rules import WrongPassword
from kit.actor import Actor, system
from kit.clock import now
from kit.database import connection, execute, fetch, fetch_value, transaction
from kit.errors import Invalid
from kit.ids import token_hash
from tests.directory.people.accounts import PASSWORD, add, events, sign_in
from tests.factories import make_session, make_token

pytestmark = pytest.mark.usefixtures("db")
NEW = "une-phrase-toute-neuve"
ANA = "ana@exemple.ca"
HERE = "192.0.2.1"


async def ask(email: str = ANA, *, address: str = HERE) -> None:
    await operations.ask_for_link(email, address=address)


async def outbox() -> list[Any]:
    async with transaction(system()):
        return await fetch("SELECT * FROM outbox ORDER BY created_at, id")


async def link(row: Any) -> str:
    """The token of the message as it leaves."""
    body = await filled(row["body"], about=row["about"])
    assert body is not None
    return next(line for line in body.splitlines() if "/new-password/" in line).rpartition("/")[2].partition("?")[0]


async def asked() -> str:
    await ask()
    return await link((await outbox())[-1])


async def test_a_link_changes_the_password_once_and_everything_before_it_ends(admin: Actor) -> None:
    await add(ANA)
    cookie, key = await sign_in(ANA), await make_token(ANA)
    await ask()
    first, second = await link((await outbox())[0]), await asked()
    assert await operations.check_link(first, address=HERE) == ANA

    await operations.reset_password(first, NEW, address=HERE)

    assert await actor_of_session(cookie, board=None, request="") is None
    assert await actor_of_token(key, board=None, request="") is None
    for used in (first, second):
        with pytest.raises(LinkOver):
            await operations.reset_password(used, "encore-une-autre-phrase", address=HERE)
    with pytest.raises(WrongPassword):
        await sign_in(ANA, PASSWORD)
    assert await sign_in(ANA, NEW)
    assert ("person.password_changed", None) in await events()
    last = (await outbox())[-1]
    assert (last["kind"], last["recipient"]) == ("person.password_changed", ANA)
    assert "vient d'être changé" in last["body"]


async def test_known_unknown_and_closed_addresses_are_answered_by_the_same_statements(admin: Actor) -> None:
    await add(ANA)
    await add("max@exemple.ca")
    await operations.deactivate(admin, "max@exemple.ca")
    done: list[list[str]] = []
    for email in (ANA, "inconnue@exemple.ca", "max@exemple.ca"):
        said: list[str] = []
        connection().add_query_logger(logger := (lambda query, said=said: said.append(" ".join(query.query.split()))))
        before = [await count(table) for table in ("sign_in_attempt", "mailed_link", "outbox", "event")]
        said.clear()
        await ask(email)
        connection().remove_query_logger(logger)
        after = [await count(table) for table in ("sign_in_attempt", "mailed_link", "outbox", "event")]
        assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1, 0]
        done.append([statement for statement in said if "SAVEPOINT" not in statement.upper()])
    assert done[0] == done[1] == done[2]
    assert any("INSERT INTO outbox" in statement for statement in done[0])

    known, *nobody = await outbox()
    assert (known["recipient"], known["cancelled_at"]) == (ANA, None)
    for row in nobody:  # written, never sent, and nothing of what was typed is kept
        assert row["recipient"] == "" and row["cancelled_at"] is not None and "inconnue" not in row["body"]
        with pytest.raises(LinkOver):
            await operations.check_link(await link(row), address=HERE)


async def count(table: str) -> int:
    async with transaction(system()):
        return int(await fetch_value(f"SELECT count(*) FROM {table}"))


async def test_a_link_lives_an_hour(admin: Actor) -> None:
    await add(ANA)
    with time_machine.travel(now(), tick=False) as clock:
        token = await asked()
        clock.shift(timedelta(minutes=59))
        assert await operations.check_link(token, address=HERE) == ANA
        clock.shift(timedelta(minutes=2))
        with pytest.raises(LinkOver):
            await operations.reset_password(token, NEW, address=HERE)


async def test_a_message_that_waited_too_long_does_not_leave(admin: Actor) -> None:
    await add(ANA)
    with time_machine.travel(now(), tick=False) as clock:
        await ask()
        clock.shift(timedelta(hours=2))
        (row,) = await outbox()
        assert await filled(row["body"], about=row["about"]) is None


async def test_only_the_hash_of_a_token_is_kept(admin: Actor) -> None:
    await add(ANA)
    token = await asked()
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM mailed_link WHERE token_hash = $1", token_hash(token)) == 1
        for table in ("mailed_link", "outbox", "event", "sign_in_attempt"):
            for row in await fetch(f"SELECT t::text AS line FROM {table} t"):
                assert token not in row["line"] and token.encode().hex() not in row["line"]


async def test_a_wrong_new_password_leaves_the_link_good(admin: Actor) -> None:
    await add(ANA)
    token = await asked()
    with pytest.raises(Invalid):
        await operations.reset_password(token, "court", address=HERE)
    await operations.reset_password(token, NEW, address=HERE)


async def test_a_password_changed_or_an_account_closed_ends_the_links_before(admin: Actor) -> None:
    await add(ANA)
    token = await asked()
    await operations.set_password(system(), NEW, email=ANA)
    with pytest.raises(LinkOver):
        await operations.check_link(token, address=HERE)
    token = await asked()
    await operations.deactivate(admin, ANA)
    with pytest.raises(LinkOver):
        await operations.reset_password(token, PASSWORD, address=HERE)


async def test_who_has_just_chosen_a_password_does_not_wait_for_the_wrong_ones_before(admin: Actor) -> None:
    await add(ANA)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await sign_in(ANA, "autre-chose-longue-1")
    await operations.reset_password(await asked(), NEW, address=HERE)
    assert await sign_in(ANA, NEW)


@pytest.mark.parametrize("email", [ANA, "inconnue@exemple.ca"])
async def test_an_address_is_written_to_three_times_an_hour_known_or_not(admin: Actor, email: str) -> None:
    await add(ANA)
    for n in range(3):
        await ask(email, address=f"192.0.2.{n}")
    with pytest.raises(TooManyTries, match="Attendez 60 minutes"):
        await ask(email.upper(), address="192.0.2.99")
    assert await count("outbox") == 3
    if email == ANA:  # and signing in is counted apart
        assert await sign_in(ANA)


async def test_a_client_asks_thirty_times_an_hour(admin: Actor) -> None:
    for n in range(30):
        await ask(f"personne{n}@exemple.ca")
    with pytest.raises(TooManyTries):
        await ask("autre@exemple.ca")
    await ask("autre@exemple.ca", address="192.0.2.2")


async def test_guesses_of_links_are_slowed_down_and_a_good_link_is_no_guess(admin: Actor) -> None:
    await add(ANA)
    token = await asked()
    for _ in range(30):
        await operations.check_link(token, address=HERE)
    for n in range(20):
        with pytest.raises(LinkOver):
            await operations.check_link(f"devinette{n}", address="192.0.2.66")
    with pytest.raises(TooManyTries):
        await operations.check_link(token, address="192.0.2.66")
    assert await operations.check_link(token, address=HERE) == ANA


async def test_a_link_of_another_sort_changes_no_password(admin: Actor) -> None:
    await add(ANA)
    token = await asked()
    await execute("UPDATE mailed_link SET purpose = 'invitation'")
    with pytest.raises(LinkOver):
        await operations.check_link(token, address=HERE)


async def test_the_link_starts_with_the_address_of_the_settings(admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.settings import settings

    monkeypatch.setenv("INVENTORY_PUBLIC_URL", "https://inventaire.exemple.ca")
    settings.cache_clear()
    await add(ANA)
    await ask()
    (row,) = await outbox()
    body = await filled(row["body"], about=row["about"])
    monkeypatch.undo()
    settings.cache_clear()
    assert body is not None
    assert "\nhttps://inventaire.exemple.ca/sign-in/new-password/" in body


async def test_the_password_changed_by_its_owner_is_told_by_mail_too(admin: Actor) -> None:
    await add(ANA)
    cookie = await make_session(ANA)
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    await operations.set_password(who, NEW, current=PASSWORD, keep=cookie)
    assert [(row["kind"], row["recipient"]) for row in await outbox()] == [("person.password_changed", ANA)]
