"""Signing in and out: same words for all failures, counted tries, new token each time, nothing secret kept."""

from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest
import time_machine

from directory.people import operations, passwords
from directory.people.limits import TooManySignIns
from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from directory.people.rules import NoRole, WrongPassword
from directory.people.schemas import GrantIn
from kit.actor import Scope, system
from kit.clock import now
from kit.database import connection, execute, fetch, fetch_value, transaction
from kit.errors import Invalid
from tests.factories import make_actor, make_board, make_person, make_school

pytestmark = pytest.mark.usefixtures("db")

PASSWORD = "vélo-tempête-38-canot"
EMAIL = "andré@exemple.ca"


async def account(email: str = EMAIL, password: str = PASSWORD) -> str:
    await make_school("990001", board="990000")
    await operations.add_person(
        system(), email=email, name="André Roy", language="fr", password=password,
        grants=[GrantIn(role="school_team", school="990001")],
    )  # fmt: skip
    return email


async def try_it(email: str = EMAIL, password: str = PASSWORD, *, address: str = "192.0.2.1") -> str:
    return await operations.sign_in(email, password, address=address, user_agent="Essai/1.0\n")


async def test_the_right_password_opens_a_session() -> None:
    await account()
    cookie = await try_it("  ANDRÉ@exemple.ca ")
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    assert who.email == EMAIL


async def test_each_sign_in_makes_another_token_and_sign_out_ends_only_one() -> None:
    await account()
    first, second = await try_it(), await try_it()
    assert first != second
    who = await actor_of_session(first, board=None, request="")
    assert who is not None
    await operations.sign_out(who, first)
    await operations.sign_out(who, first)
    assert await actor_of_session(first, board=None, request="") is None
    assert await actor_of_session(second, board=None, request="") is not None


async def test_nobody_signs_another_person_out() -> None:
    await account()
    cookie = await try_it()
    await operations.sign_out(await make_actor("ministry"), cookie)
    assert await actor_of_session(cookie, board=None, request="") is not None


async def test_unknown_wrong_and_closed_are_told_in_the_same_words() -> None:
    await account()
    await account("ferme@exemple.ca")
    await account("sans@exemple.ca")
    await operations.deactivate(system(), "ferme@exemple.ca")
    said = set()
    for email, password in [
        (EMAIL, "autre-chose-longue-1"),
        (EMAIL, ""),
        (EMAIL, PASSWORD.upper()),
        ("andre@exemple.ca", PASSWORD),
        ("personne@exemple.ca", PASSWORD),
        ("", ""),
        ("\0", PASSWORD),
        ("ferme@exemple.ca", PASSWORD),
        (await make_person(), PASSWORD),
    ]:
        with pytest.raises(WrongPassword) as refused:
            await try_it(email, password)
        said.add((refused.value.detail, refused.value.status, tuple(refused.value.figures)))
    assert len(said) == 1


def test_shipped_hashes_are_argon2id_of_at_least_the_recommended_cost() -> None:
    shipped = passwords.HASHER
    assert shipped.type.name == "ID"
    assert shipped.memory_cost >= 19_456  # KiB; OWASP Password Storage Cheat Sheet
    assert shipped.time_cost >= 2


async def test_an_unknown_address_costs_a_hash_as_a_known_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    await account()
    hashes: list[str] = []
    verify = passwords.HASHER.verify

    class Watched:
        def verify(self, kept: str, password: str) -> bool:
            hashes.append(kept)
            return verify(kept, password)

        hash = staticmethod(passwords.HASHER.hash)
        check_needs_rehash = staticmethod(passwords.HASHER.check_needs_rehash)

    monkeypatch.setattr(passwords, "HASHER", Watched())
    for email in (EMAIL, "personne@exemple.ca"):
        with pytest.raises(WrongPassword):
            await try_it(email, "autre-chose-longue-1")
    known, unknown = hashes
    assert known != unknown
    assert known.split("$")[1:4] == unknown.split("$")[1:4], "same kind, same cost"


async def test_who_has_no_role_is_told_so_only_with_the_right_password() -> None:
    await account()
    async with transaction(system()):
        await execute("UPDATE role_grant SET revoked_at = now()")
    with pytest.raises(WrongPassword):
        await try_it(password="autre-chose-longue-1")
    with pytest.raises(NoRole, match="aucun rôle"):
        await try_it()
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM session") == 0


async def test_the_sixth_try_waits_even_with_the_right_password_and_says_how_long() -> None:
    await account()
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(5):
            with pytest.raises(WrongPassword):
                await try_it(password="autre-chose-longue-1")
            clock.shift(timedelta(minutes=1))
        with pytest.raises(TooManySignIns) as refused:
            await try_it(address="198.51.100.7")
        assert refused.value.seconds == 600
        assert "10 minutes" in refused.value.detail
        clock.shift(timedelta(minutes=9, seconds=59))
        with pytest.raises(TooManySignIns, match="1 minute,"):
            await try_it()
        clock.shift(timedelta(seconds=1))
        assert await try_it()


async def test_a_success_forgets_the_failures_before_it() -> None:
    await account()
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongPassword):
                await try_it(password="autre-chose-longue-1")
        await try_it()


@pytest.mark.parametrize("typed", [["autre-chose-longue-1"] * 5, [PASSWORD]], ids=["failures", "success"])
async def test_tries_counted_while_the_clock_was_ahead_keep_nobody_out_and_let_nobody_guess_on(
    typed: list[str],
) -> None:
    await account()
    with time_machine.travel(now() + timedelta(days=30)):
        for password in typed:
            with suppress(WrongPassword):
                await try_it(password=password)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await try_it(password="autre-chose-longue-1")
    with pytest.raises(TooManySignIns):
        await try_it()


async def test_an_unknown_address_is_slowed_down_too() -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await try_it("personne@exemple.ca")
    with pytest.raises(TooManySignIns):
        await try_it("PERSONNE@exemple.ca")


async def test_one_network_address_cannot_try_many_people() -> None:
    await account()
    async with transaction(system()):
        await execute(
            "INSERT INTO sign_in_attempt (email_key, address, at) SELECT 'e' || n, '192.0.2.9', $1"
            " FROM generate_series(1, 50) n",
            now(),
        )
    with pytest.raises(TooManySignIns):
        await try_it(address="192.0.2.9")
    assert await try_it(address="192.0.2.10")


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in() -> None:
    from argon2 import PasswordHasher

    await account()
    old = PasswordHasher(time_cost=1, memory_cost=2048, parallelism=1).hash(PASSWORD)
    async with transaction(system()):
        await execute("UPDATE credential SET password_hash = $1", old)
    await try_it()
    async with transaction(system()):
        renewed = await fetch_value("SELECT password_hash FROM credential")
    assert renewed != old
    assert not passwords.outdated(renewed)
    assert await try_it()


async def test_a_new_password_ends_the_other_sessions_and_all_tokens() -> None:
    await account()
    mine, other = await try_it(), await try_it()
    token, _ = await operations.create_token(system(), email=EMAIL, name="Essai", scopes=["read"], days=1)
    who = await actor_of_session(mine, board=None, request="")
    assert who is not None

    with pytest.raises(Invalid) as refused:
        await operations.set_password(who, "une-phrase-toute-neuve", current="autre", keep=mine)
    assert set(refused.value.errors) == {"current"}
    assert await actor_of_session(other, board=None, request="") is not None

    await operations.set_password(who, "une-phrase-toute-neuve", current=PASSWORD, keep=mine)
    assert await actor_of_session(mine, board=None, request="") is not None
    assert await actor_of_session(other, board=None, request="") is None
    assert await actor_of_token(token, board=None, request="") is None
    with pytest.raises(WrongPassword):
        await try_it()
    assert await try_it(password="une-phrase-toute-neuve")


async def test_guesses_of_the_present_password_are_counted() -> None:
    await account()
    who = await actor_of_person(EMAIL)
    for _ in range(5):
        with pytest.raises(Invalid):
            await operations.set_password(who, "une-phrase-toute-neuve", current="autre")
    with pytest.raises(TooManySignIns):
        await operations.set_password(who, "une-phrase-toute-neuve", current=PASSWORD)


async def test_no_secret_is_kept_in_clear_anywhere() -> None:
    await account()
    cookie = await try_it()
    token, _ = await operations.create_token(system(), email=EMAIL, name="Essai", scopes=["read"], days=1)
    with pytest.raises(WrongPassword):
        await try_it(PASSWORD, PASSWORD)  # typed into the wrong field
    with pytest.raises(WrongPassword):
        await try_it(EMAIL, f"{PASSWORD}!")
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    await operations.set_password(who, f"{PASSWORD}-2", current=PASSWORD, keep=cookie)

    async with transaction(system()):
        tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        readable = [t["tablename"] for t in tables if t["tablename"] not in ("migration", "schema_state")]
        searched = 0
        for table in readable:
            try:
                async with connection().transaction():
                    rows = await fetch(f'SELECT t::text AS line FROM "{table}" t')
            except asyncpg.InsufficientPrivilegeError:
                continue  # the owner's own bookkeeping
            searched += 1
            for row in rows:
                for secret in (PASSWORD, cookie, token, cookie.encode().hex(), PASSWORD.encode().hex()):
                    assert secret not in row["line"], table
    assert searched > 20


@pytest.mark.parametrize("scope", [Scope.school, Scope.board, Scope.ministry])
@pytest.mark.parametrize("table", ["credential", "session", "api_token", "sign_in_attempt"])
async def test_only_the_system_reads_secrets(scope: Scope, table: str) -> None:
    await account()
    await make_board("990000")
    place = {
        Scope.school: {"school": "990001"},
        Scope.board: {"board": "990000"},
        Scope.ministry: {},
    }[scope]
    role = {Scope.school: "school_team", Scope.board: "board_admin", Scope.ministry: "ministry"}[scope]
    who = await make_actor(role, **place)
    assert who.scope is scope
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(who):
            await fetch(f"SELECT * FROM {table}")
