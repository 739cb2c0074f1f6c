"""Accounts and roles: who may give what to whom, and what ends at once."""

import pytest

from directory.people import operations, queries
from directory.people.accounts import AlreadyThere
from directory.people.grants import KnownElsewhere, OwnAccount, RoleHeld
from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from directory.people.rules import WrongPassword
from directory.people.schemas import GrantIn
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from tests.directory.people.accounts import PASSWORD, TEAM, add, events, sign_in
from tests.factories import give_role, make_actor, make_person, make_session, make_token

pytestmark = pytest.mark.usefixtures("db")


async def test_an_administration_adds_somebody_to_its_schools(admin: Actor) -> None:
    added = await operations.add_person(
        admin, email="Ana.Roy@Exemple.ca", name="  Ana   Roy ", language="fr",
        grants=[TEAM, GrantIn(role="technician", board="990000")], password=PASSWORD,
    )  # fmt: skip
    assert (added.email, added.name, added.active) == ("ana.roy@exemple.ca", "Ana Roy", True)
    assert [(grant.role, grant.board, grant.school) for grant in added.grants] == [
        ("school_team", "990000", "990001"),
        ("technician", "990000", None),
    ]
    assert (await actor_of_person("ana.roy@exemple.ca")).scope is Scope.board
    assert await sign_in("ana.roy@exemple.ca")
    assert ("person.added", "990000") in await events()
    assert (await events()).count(("person.role_granted", "990000")) == 2


@pytest.mark.parametrize(
    ("role", "board", "school", "sentence"),
    [
        ("emperor", "990000", None, "n'est pas un rôle"),
        ("ministry", None, None, "n'est pas un rôle que vous pouvez donner"),
        ("technician", None, None, "organisme entier"),
        ("technician", None, "990001", "organisme entier"),
        ("technician", "991000", None, "Aucun de vos organismes"),
        ("technician", "999999", None, "Aucun de vos organismes"),
        ("principal", "990000", None, "dans une école"),
        ("principal", None, "991001", "Aucune de vos écoles"),
        ("principal", None, "999999", "Aucune de vos écoles"),
        ("principal", "991000", "990001", "n'est pas de cet organisme"),
    ],
)
async def test_a_role_that_does_not_fit_its_place_is_refused_and_changes_nothing(
    admin: Actor, role: str, board: str | None, school: str | None, sentence: str
) -> None:
    before = await events()
    with pytest.raises(Invalid, match=sentence):
        await add(admin, "ana@exemple.ca", TEAM, GrantIn(role=role, board=board, school=school))
    assert await events() == before
    with pytest.raises(NotFound):
        await actor_of_person("ana@exemple.ca")


async def test_another_boards_school_and_an_absent_one_are_told_in_the_same_words(admin: Actor) -> None:
    said = set()
    for code in ("991001", "999999"):
        with pytest.raises(Invalid) as refused:
            await add(admin, "ana@exemple.ca", GrantIn(role="principal", school=code))
        said.add(refused.value.detail.replace(code, "…"))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("school_team", {"school": "990001"}),
        ("principal", {"school": "990001"}),
        ("technician", {"board": "990000"}),
        ("auditor", {"board": "990000"}),
        ("ministry", {}),
    ],
)
async def test_only_an_administration_manages_people(admin: Actor, role: str, place: dict[str, str]) -> None:
    who = await make_actor(role, **place)
    for refused in (
        operations.add_person(who, email="a@b.ca", name="A", language="fr", grants=[TEAM]),
        operations.grant_role(who, admin.email, TEAM),
        operations.deactivate(who, admin.email),
        queries.people(who),
        queries.person(who, admin.email),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_an_administrations_token_for_one_school_manages_nobody(admin: Actor) -> None:
    found = await actor_of_token(await make_token(admin.email, school="990001"), board=None, request="")
    assert found is not None
    assert found[0].may("person.write"), "the right is held in the school…"
    with pytest.raises(Forbidden):  # … which is not the board
        await add(found[0], "ana@exemple.ca")


async def test_nobody_changes_their_own_roles(admin: Actor) -> None:
    with pytest.raises(OwnAccount):
        await operations.grant_role(admin, admin.email, GrantIn(role="purchasing", board="990000"))
    with pytest.raises(OwnAccount):
        await add(admin, admin.email)
    with pytest.raises(OwnAccount):
        await operations.deactivate(admin, admin.email)


async def test_an_administration_sees_and_touches_its_own_people_alone(admin: Actor) -> None:
    stranger = await make_person("canari@exemple.ca")
    await give_role(stranger, "principal", school="991001")
    listed = await queries.people(admin)
    assert [found.email for found in listed.items] == ["admin@exemple.ca"]
    for refused in (
        queries.person(admin, stranger),
        operations.grant_role(admin, stranger, TEAM),
        operations.deactivate(admin, stranger),
    ):
        with pytest.raises(NotFound):
            await refused
    async with transaction(admin):  # and without any condition in the query
        assert await fetch_value("SELECT count(*) FROM person WHERE email = $1", stranger) == 0
        assert await fetch_value("SELECT count(*) FROM role_grant WHERE board = '991000'") == 0


async def test_a_person_of_two_boards_shows_each_its_own_roles(admin: Actor) -> None:
    both = await make_person()
    await give_role(both, "principal", school="991001")
    await give_role(both, "school_team", school="990001")
    (grant,) = (await queries.person(admin, both)).grants
    assert grant.school == "990001"


async def test_an_address_that_another_board_knows_is_the_systems_to_let_in(admin: Actor) -> None:
    """Else whoever registers an address first, with a password of theirs, is let into the board that adds it later."""
    await add(system(), "ana@exemple.ca", GrantIn(role="principal", school="991001"))
    with pytest.raises(KnownElsewhere):
        await add(admin, "ana@exemple.ca")
    await operations.grant_role(system(), "ana@exemple.ca", TEAM)
    assert [grant.school for grant in (await queries.person(admin, "ana@exemple.ca")).grants] == ["990001"]
    with pytest.raises(KnownElsewhere):
        await operations.grant_role(admin, "ana@exemple.ca", GrantIn(role="principal", school="990001"))
    with pytest.raises(AlreadyThere):
        await add(admin, "ana@exemple.ca")


async def test_an_account_that_another_board_closed_is_not_opened_anew(admin: Actor) -> None:
    await add(system(), "ana@exemple.ca", GrantIn(role="principal", school="991001"))
    await operations.deactivate(system(), "ana@exemple.ca")
    with pytest.raises(KnownElsewhere):
        await operations.add_person(
            admin, email="ana@exemple.ca", name="Ana", language="fr", grants=[TEAM], password="prise-de-contrôle-1"
        )
    with pytest.raises(WrongPassword):
        await sign_in("ana@exemple.ca", "prise-de-contrôle-1")


async def test_an_address_with_an_accent_is_another_person(admin: Actor) -> None:
    await add(admin, "andré@exemple.ca")
    await add(admin, "andre@exemple.ca")
    for again in ("ANDRÉ@exemple.ca", "andre\u0301@exemple.ca", "Andre@exemple.ca"):
        with pytest.raises(AlreadyThere):
            await add(admin, again)


async def test_a_role_is_held_once_and_given_again_when_it_ran_out(admin: Actor) -> None:
    await add(admin, "ana@exemple.ca")
    with pytest.raises(RoleHeld):
        await operations.grant_role(admin, "ana@exemple.ca", TEAM)
    async with transaction(system()):
        await execute("UPDATE role_grant SET until_day = $1::date - 1 WHERE role = 'school_team'", today())
    assert not (await queries.person(admin, "ana@exemple.ca")).active
    assert (await operations.grant_role(admin, "ana@exemple.ca", TEAM)).active


async def test_a_role_cannot_end_before_it_starts(admin: Actor) -> None:
    wrong = GrantIn(role="school_team", school="990001", from_day=today(), until_day=today().replace(year=2020))
    with pytest.raises(Invalid, match="prend fin avant"):
        await add(admin, "ana@exemple.ca", wrong)


async def test_a_role_taken_back_ends_at_once_and_twice_is_once(admin: Actor) -> None:
    await add(admin, "ana@exemple.ca", TEAM, GrantIn(role="technician", board="990000"))
    cookie = await sign_in("ana@exemple.ca")
    technician = (await queries.person(admin, "ana@exemple.ca")).grants[1]
    for _ in range(2):
        left = await operations.revoke_role(admin, "ana@exemple.ca", technician.id)
        assert [grant.role for grant in left.grants] == ["school_team"]
    assert (await events()).count(("person.role_revoked", "990000")) == 1
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    assert who.scope is Scope.school
    assert not who.may("asset.write")


async def test_an_administration_cannot_take_back_another_boards_role(admin: Actor) -> None:
    both = await make_person()
    await give_role(both, "school_team", school="990001")
    await give_role(both, "principal", school="991001")
    other = next(g for g in (await queries.person(system(), both)).grants if g.school == "991001")
    with pytest.raises(NotFound):
        await operations.revoke_role(admin, both, other.id)


async def test_a_board_that_somebody_has_left_cannot_sign_them_out_of_the_next(admin: Actor) -> None:
    moved = await make_person()
    await give_role(moved, "school_team", school="990001")
    await operations.deactivate(admin, moved)
    await execute("UPDATE person SET deactivated_at = NULL WHERE email = $1", moved)
    await give_role(moved, "principal", school="991001")
    cookie = await make_session(moved)

    await operations.deactivate(admin, moved)

    assert await actor_of_session(cookie, board=None, request="") is not None
    assert (await events()).count(("person.deactivated", "990000")) == 1


async def test_a_closed_account_has_no_session_token_or_role_left(admin: Actor) -> None:
    await add(admin, "ana@exemple.ca")
    cookie = await sign_in("ana@exemple.ca")
    token = await make_token("ana@exemple.ca")
    closed = await operations.deactivate(admin, "ana@exemple.ca")
    assert (closed.active, closed.grants) == (False, [])
    assert await actor_of_session(cookie, board=None, request="") is None
    assert await actor_of_token(token, board=None, request="") is None
    with pytest.raises(WrongPassword):
        await sign_in("ana@exemple.ca")
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM session WHERE ended_at IS NULL") == 0
        assert await fetch_value("SELECT count(*) FROM api_token WHERE revoked_at IS NULL") == 0
    await operations.deactivate(admin, "ana@exemple.ca")
    assert (await events()).count(("person.deactivated", "990000")) == 1


async def test_an_account_opened_anew_brings_back_neither_password_nor_session_nor_token(admin: Actor) -> None:
    await add(admin, "ana@exemple.ca")
    cookie, token = await sign_in("ana@exemple.ca"), await make_token("ana@exemple.ca")
    await operations.deactivate(admin, "ana@exemple.ca")
    late = await make_session("ana@exemple.ca")  # as one that was being opened while the account was closed
    await add(admin, "ana@exemple.ca", password="un-autre-mot-de-passe")
    for old in (cookie, late):
        assert await actor_of_session(old, board=None, request="") is None
    assert await actor_of_token(token, board=None, request="") is None
    with pytest.raises(WrongPassword):
        await sign_in("ana@exemple.ca")
    assert await sign_in("ana@exemple.ca", "un-autre-mot-de-passe")


async def test_a_board_closes_what_is_its_own_and_leaves_the_rest(admin: Actor) -> None:
    both = await make_person()
    await give_role(both, "principal", school="991001")
    await give_role(both, "school_team", school="990001")
    cookie, here, there = (
        await make_session(both),
        await make_token(both, board="990000"),
        await make_token(both, school="991001"),
    )
    assert not (await operations.deactivate(admin, both)).active
    assert await actor_of_session(cookie, board=None, request="") is None, "everybody signs in again"
    assert await actor_of_token(here, board=None, request="") is None
    assert await actor_of_token(there, board=None, request="") is not None
    assert (await actor_of_person(both)).schools == ("991001",)
