"""Invitations accepted: by somebody new, by the account that there is, by nobody else, once."""

from datetime import timedelta

import pytest
import time_machine

from directory.invitations import accepting, queries
from directory.invitations.accepting import SignInFirst, SomebodyElses
from directory.people import operations as people
from directory.people.links import LinkOver
from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from directory.people.queries import people as people_here
from directory.people.queries import person as person_of
from directory.people.rules import WrongPassword
from directory.people.schemas import GrantIn
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from tests.directory.invitations.inviting import ANA, HERE, NEW, TEAM, invited, join
from tests.directory.people.accounts import PASSWORD, add, events, sign_in
from tests.factories import give_role, make_actor, make_board, make_person, make_token

pytestmark = pytest.mark.usefixtures("db")


async def test_somebody_new_chooses_and_is_signed_in_and_the_link_is_used_up(admin: Actor) -> None:
    token = await invited(admin, TEAM, GrantIn(role="technician", board="990000"), language="en")
    offer = await queries.open_link(token, address=HERE)
    assert (offer.account, offer.language, offer.place) == ("new", "en", "Centre de services 990000")

    cookie = await join(token, name="  Ana   Roy ", language="en")

    assert cookie is not None
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    assert (who.name, who.email, who.language, who.board, who.scope) == ("Ana Roy", ANA, "en", "990000", Scope.board)
    assert await sign_in(ANA, NEW)
    seen = await person_of(admin, ANA)
    assert [grant.role for grant in seen.grants] == ["school_team", "technician"]
    assert await queries.pending(admin) == []
    assert ("person.joined", "990000") in await events()
    async with transaction(system()):
        assert await fetch_value("SELECT given_by FROM role_grant WHERE role = 'technician'") == admin.name
    with pytest.raises(LinkOver):
        await join(token)
    with pytest.raises(LinkOver):
        await queries.open_link(token, address=HERE)


async def test_what_is_typed_wrong_leaves_the_link_good(admin: Actor) -> None:
    token = await invited(admin)
    for wrong in ({"name": " "}, {"password": "court"}, {"password": "ana-ana-ana-ana"}, {"language": "de"}):
        with pytest.raises(Invalid):
            await join(token, **wrong)
    assert await join(token)


async def test_a_link_ends_with_its_day(admin: Actor) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        token = await invited(admin)
        clock.shift(timedelta(days=14, seconds=1))
        for refused in (queries.open_link(token, address=HERE), join(token)):
            with pytest.raises(LinkOver):
                await refused


async def test_a_role_in_a_second_board_is_its_holders_to_accept(admin: Actor) -> None:
    await add(ANA, GrantIn(role="principal", school="991001"))
    token = await invited(admin)
    assert (await queries.open_link(token, address=HERE)).account == "known"
    with pytest.raises(SignInFirst):
        await join(token, password="prise-de-contrôle-1")
    assert (await actor_of_person(ANA)).board == "991000", "nothing is given before"

    given = await accepting.accept(await actor_of_person(ANA), token, address=HERE)

    assert [role.school for role in given] == ["990001"]
    assert [grant.school for grant in (await person_of(admin, ANA)).grants] == ["990001"]
    assert await sign_in(ANA, PASSWORD), "the account is the same"
    assert (await actor_of_person(ANA, board="990000")).schools == ("990001",)
    assert (await actor_of_person(ANA, board="991000")).schools == ("991001",)
    more = await people.grant_role(admin, ANA, GrantIn(role="technician", board="990000"))
    assert [grant.role for grant in more.grants] == ["school_team", "technician"]


async def test_somebody_else_who_is_signed_in_accepts_nothing(admin: Actor) -> None:
    token = await invited(admin)
    thief = await make_actor("board_admin", board="991000", email="voleuse@exemple.ca")
    with pytest.raises(SomebodyElses):
        await accepting.accept(thief, token, address=HERE)
    with pytest.raises(SomebodyElses):
        await accepting.accept(admin, token, address=HERE)
    assert await join(token), "the link is still good for whom it was sent to"


async def test_a_closed_account_is_made_anew_with_nothing_left_of_it(admin: Actor) -> None:
    await add(ANA, GrantIn(role="principal", school="991001"))
    key = await make_token(ANA)
    await people.deactivate(system(), ANA)
    cookie = await join(await invited(admin), name="Ana Nouvelle")
    assert cookie is not None
    who = await actor_of_session(cookie, board=None, request="")
    assert who is not None
    assert (who.name, who.schools) == ("Ana Nouvelle", ("990001",))
    with pytest.raises(WrongPassword):
        await sign_in(ANA, PASSWORD)
    assert await actor_of_token(key, board=None, request="") is None
    other = await make_actor("board_admin", board="991000")
    assert ANA not in [found.email for found in (await people_here(other)).items], (
        "the other board's closed role is gone"
    )


async def test_an_account_without_a_role_anywhere_is_made_anew_too(admin: Actor) -> None:
    """It cannot sign in to accept; whoever reads its mailbox could change its password as well."""
    await add(ANA, GrantIn(role="principal", school="991001"))
    async with transaction(system()):
        await execute("UPDATE role_grant SET until_day = $1::date - 1 WHERE role = 'principal'", today())
    token = await invited(admin)
    assert (await queries.open_link(token, address=HERE)).account == "new"
    assert await join(token)
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM person WHERE email = $1", ANA) == 1


async def test_roles_that_start_later_open_no_session_yet(admin: Actor) -> None:
    later = GrantIn(role="school_team", school="990001", from_day=today() + timedelta(days=3))
    assert await join(await invited(admin, later)) is None
    assert (await person_of(admin, ANA)).state == "coming"


async def test_roles_that_no_longer_fit_their_place_are_left_out(admin: Actor) -> None:
    token = await invited(admin, TEAM, GrantIn(role="technician", board="990000"))
    await make_board("992000")
    async with transaction(system()):
        await execute("UPDATE school SET board = '992000' WHERE code = '990001'")
    await join(token)
    assert [grant.role for grant in (await person_of(admin, ANA)).grants] == ["technician"]
    await make_person("max@exemple.ca")
    token = await invited(
        admin, GrantIn(role="auditor", board="990000", until_day=today() + timedelta(days=2)), email="max@exemple.ca"
    )
    with time_machine.travel(now() + timedelta(days=4)), pytest.raises(LinkOver):
        await join(token)


async def test_a_role_held_already_is_not_given_twice(admin: Actor) -> None:
    token = await invited(admin, TEAM, GrantIn(role="technician", board="990000"))
    await make_person(ANA)
    await give_role(ANA, "school_team", school="990001")
    given = await accepting.accept(await actor_of_person(ANA), token, address=HERE)
    assert [role.role for role in given] == ["technician"]


async def test_a_token_accepts_by_the_api_unless_it_is_bound_to_a_place(admin: Actor) -> None:
    await add(ANA, GrantIn(role="principal", school="991001"))
    token = await invited(admin)
    bound = await actor_of_token(await make_token(ANA, school="991001"), board=None, request="")
    free = await actor_of_token(await make_token(ANA), board=None, request="")
    assert bound is not None and free is not None
    with pytest.raises(Forbidden, match="limité"):
        await accepting.accept(bound[0], token, address=HERE)
    assert len(await accepting.accept(free[0], token, address=HERE)) == 1
