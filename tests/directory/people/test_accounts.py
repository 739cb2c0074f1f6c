"""Accounts and roles: who may give what to whom, and what ends at once."""

from datetime import timedelta

import pytest

from directory.people import operations, queries
from directory.people.accounts import AlreadyThere, NothingToReopen
from directory.people.grants import OwnAccount
from directory.people.placing import RoleHeld
from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from directory.people.rules import WrongPassword
from directory.people.schemas import DaysIn, GrantIn
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from tests.directory.people.accounts import PASSWORD, TEAM, add, events, sign_in
from tests.factories import give_role, make_actor, make_person, make_session, make_token

pytestmark = pytest.mark.usefixtures("db")


async def test_the_system_adds_somebody_with_their_roles(admin: Actor) -> None:
    added = await operations.add_person(
        system(), email="Ana.Roy@Exemple.ca", name="  Ana   Roy ", language="fr",
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
    await add("ana@exemple.ca")
    before = await events()
    with pytest.raises(Invalid, match=sentence):
        await operations.grant_role(admin, "ana@exemple.ca", GrantIn(role=role, board=board, school=school))
    assert await events() == before
    assert [grant.role for grant in (await queries.person(admin, "ana@exemple.ca")).grants] == ["school_team"]


async def test_another_boards_school_and_an_absent_one_are_told_in_the_same_words(admin: Actor) -> None:
    said = set()
    await add("ana@exemple.ca")
    for code in ("991001", "999999"):
        with pytest.raises(Invalid) as refused:
            await operations.grant_role(admin, "ana@exemple.ca", GrantIn(role="principal", school=code))
        said.add(refused.value.detail.replace(code, "…"))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("role", "place", "reads"),
    [
        ("school_team", {"school": "990001"}, False),
        ("principal", {"school": "990001"}, False),
        ("technician", {"board": "990000"}, False),
        ("purchasing", {"board": "990000"}, True),
        ("auditor", {"board": "990000"}, True),
    ],
)
async def test_only_an_administration_changes_access_and_few_read_who_has_it(
    admin: Actor, role: str, place: dict[str, str], reads: bool
) -> None:
    who = await make_actor(role, **place)
    for refused in (
        operations.add_person(who, email="a@b.ca", name="A", language="fr", grants=[TEAM]),
        operations.grant_role(who, admin.email, TEAM),
        operations.deactivate(who, admin.email),
        operations.reactivate(who, admin.email),
    ):
        with pytest.raises(Forbidden):
            await refused
    for read in (queries.people(who), queries.person(who, admin.email), queries.history(who, admin.email)):
        if reads:
            assert await read is not None
        else:
            with pytest.raises(Forbidden):
                await read


async def test_an_administration_makes_no_account_it_would_know_the_password_of(admin: Actor) -> None:
    with pytest.raises(Forbidden, match="Invitez"):
        await operations.add_person(admin, email="a@b.ca", name="A", language="fr", grants=[TEAM], password=PASSWORD)


async def test_the_ministry_manages_the_people_of_the_province_and_reads_no_others(admin: Actor) -> None:
    analyst = await make_actor("ministry", email="analyste@exemple.ca")
    colleague = await make_person("collegue@exemple.ca")
    await give_role(colleague, "ministry")
    assert [found.email for found in (await queries.people(analyst)).items] == ["analyste@exemple.ca", colleague]
    for refused in (queries.person(analyst, admin.email), operations.deactivate(analyst, admin.email)):
        with pytest.raises(NotFound):
            await refused
    async with transaction(analyst):  # and without any condition in the query
        assert await fetch_value("SELECT count(*) FROM person WHERE email = $1", admin.email) == 0
        assert await fetch_value("SELECT count(*) FROM role_grant WHERE board IS NOT NULL") == 0
    with pytest.raises(Invalid, match="n'est pas un rôle que vous pouvez donner"):
        await operations.grant_role(analyst, colleague, GrantIn(role="board_admin", board="990000"))
    assert not (await operations.deactivate(analyst, colleague)).active
    assert (await operations.reactivate(analyst, colleague)).active


async def test_an_administrations_token_for_one_school_manages_nobody(admin: Actor) -> None:
    found = await actor_of_token(await make_token(admin.email, school="990001"), board=None, request="")
    assert found is not None
    assert found[0].may("person.write"), "the right is held in the school…"
    with pytest.raises(Forbidden):  # … which is not the board
        await operations.deactivate(found[0], "ana@exemple.ca")


async def test_nobody_changes_their_own_roles(admin: Actor) -> None:
    with pytest.raises(OwnAccount):
        await operations.grant_role(admin, admin.email, GrantIn(role="purchasing", board="990000"))
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


async def test_an_address_with_an_accent_is_another_person(admin: Actor) -> None:
    await add("andré@exemple.ca")
    await add("andre@exemple.ca")
    for again in ("ANDRÉ@exemple.ca", "andre\u0301@exemple.ca", "Andre@exemple.ca"):
        with pytest.raises(AlreadyThere):
            await add(again)


async def test_a_role_is_held_once_and_given_again_when_it_ran_out(admin: Actor) -> None:
    await add("ana@exemple.ca")
    with pytest.raises(RoleHeld):
        await operations.grant_role(admin, "ana@exemple.ca", TEAM)
    await operations.grant_role(admin, "ana@exemple.ca", GrantIn(role="technician", board="990000"))
    async with transaction(system()):
        await execute("UPDATE role_grant SET until_day = $1::date - 1 WHERE role = 'school_team'", today())
    again = await operations.grant_role(admin, "ana@exemple.ca", TEAM)
    assert [(grant.role, grant.until_day) for grant in again.grants] == [("school_team", None), ("technician", None)]


async def test_a_role_cannot_end_before_it_starts(admin: Actor) -> None:
    wrong = GrantIn(role="school_team", school="990001", from_day=today(), until_day=today().replace(year=2020))
    with pytest.raises(Invalid, match="prend fin avant"):
        await add("ana@exemple.ca", wrong)
    await add("ana@exemple.ca")
    (held,) = (await queries.person(admin, "ana@exemple.ca")).grants
    with pytest.raises(Invalid, match="prend fin avant"):
        await operations.change_days(
            admin, "ana@exemple.ca", held.id, DaysIn(from_day=today(), until_day=today().replace(year=2020))
        )


async def test_the_days_of_a_role_are_changed_and_told(admin: Actor) -> None:
    await add("ana@exemple.ca")
    (held,) = (await queries.person(admin, "ana@exemple.ca")).grants
    later = today() + timedelta(days=7)
    for _ in range(2):
        dated = await operations.change_days(admin, "ana@exemple.ca", held.id, DaysIn(from_day=later))
        assert (dated.state, dated.grants[0].from_day) == ("coming", later)
    assert (await events()).count(("person.role_dated", "990000")) == 1
    other = await make_person()
    await give_role(other, "principal", school="991001")
    (foreign,) = (await queries.person(system(), other)).grants
    with pytest.raises(NotFound):
        await operations.change_days(admin, "ana@exemple.ca", foreign.id, DaysIn())


async def test_who_has_left_is_seen_no_more_and_told_of_by_name_in_the_trail_alone(admin: Actor) -> None:
    """A closed access alone stays in sight, while it may be opened again."""
    await add("ana@exemple.ca")
    (held,) = (await queries.person(admin, "ana@exemple.ca")).grants
    assert (await operations.revoke_role(admin, "ana@exemple.ca", held.id)).grants == []
    with pytest.raises(NotFound):
        await queries.person(admin, "ana@exemple.ca")
    async with transaction(admin):  # and without any condition in the query
        assert await fetch_value("SELECT count(*) FROM person WHERE email = 'ana@exemple.ca'") == 0
    assert "ana@exemple.ca" not in [found.email for found in (await queries.people(admin)).items]

    await add("max@exemple.ca")
    await operations.deactivate(admin, "max@exemple.ca")
    assert (await queries.person(admin, "max@exemple.ca")).state == "closed"
    async with transaction(system()):
        await execute("UPDATE role_grant SET revoked_at = revoked_at - interval '31 days' WHERE closed")
    with pytest.raises(NotFound):
        await queries.person(admin, "max@exemple.ca")
    async with transaction(admin):
        assert await fetch_value("SELECT count(*) FROM person WHERE email = 'max@exemple.ca'") == 0
    with pytest.raises(NotFound):
        await operations.reactivate(admin, "max@exemple.ca")


async def test_a_role_taken_back_ends_at_once_and_twice_is_once(admin: Actor) -> None:
    await add("ana@exemple.ca", TEAM, GrantIn(role="technician", board="990000"))
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
    await add("ana@exemple.ca")
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


async def test_an_access_opened_again_has_its_roles_and_its_password_and_no_session(admin: Actor) -> None:
    await add("ana@exemple.ca", TEAM, GrantIn(role="technician", board="990000", until_day=today()))
    cookie, token = await sign_in("ana@exemple.ca"), await make_token("ana@exemple.ca")
    taken_back = (await queries.person(admin, "ana@exemple.ca")).grants[1]
    await operations.revoke_role(admin, "ana@exemple.ca", taken_back.id)
    await operations.deactivate(admin, "ana@exemple.ca")
    for _ in range(2):
        again = await operations.reactivate(admin, "ana@exemple.ca")
        assert (again.state, [grant.role for grant in again.grants]) == ("active", ["school_team"])
    assert (await events()).count(("person.reactivated", "990000")) == 1
    assert await actor_of_session(cookie, board=None, request="") is None
    assert await actor_of_token(token, board=None, request="") is None
    assert await sign_in("ana@exemple.ca")


async def test_roles_whose_last_day_has_come_are_not_given_back(admin: Actor) -> None:
    await add("ana@exemple.ca")
    await operations.deactivate(admin, "ana@exemple.ca")
    async with transaction(system()):
        await execute("UPDATE role_grant SET until_day = $1::date - 1 WHERE closed", today())
    with pytest.raises(NothingToReopen):
        await operations.reactivate(admin, "ana@exemple.ca")
    assert (await queries.person(system(), "ana@exemple.ca")).state == "closed"


async def test_an_account_opened_anew_brings_back_neither_password_nor_session_nor_token(admin: Actor) -> None:
    await add("ana@exemple.ca")
    cookie, token = await sign_in("ana@exemple.ca"), await make_token("ana@exemple.ca")
    await operations.deactivate(admin, "ana@exemple.ca")
    late = await make_session("ana@exemple.ca")  # as one that was being opened while the account was closed
    await add("ana@exemple.ca", password="un-autre-mot-de-passe")
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
