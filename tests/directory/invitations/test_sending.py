"""Invitations sent: what they say, who may send them, and that the sender learns nothing of other people's accounts."""

from datetime import timedelta

import pytest
import time_machine

from directory.invitations import operations, queries
from directory.invitations.operations import AlreadyHere, AlreadyInvited
from directory.people import operations as people
from directory.people.grants import OwnAccount
from directory.people.links import LinkOver, filled
from directory.people.schemas import GrantIn
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import connection, execute, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import token_hash
from tests.directory.invitations.inviting import ANA, HERE, TEAM, invited, leaving, messages, token_in
from tests.directory.people.accounts import add, events
from tests.factories import give_role, make_actor, make_person

pytestmark = pytest.mark.usefixtures("db")


async def test_the_mail_says_who_invites_to_what_until_when_in_the_language_chosen(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = today() + timedelta(days=200)
    with time_machine.travel("2026-11-24T15:00:00Z", tick=False):
        sent = await operations.invite(
            admin, email=" Ana@Exemple.ca ",
            grants=[TEAM, GrantIn(role="technician", board="990000", until_day=until)], language="fr",
        )  # fmt: skip
        assert (sent.email, sent.state, sent.board) == (ANA, "waiting", "990000")
        assert [(role.role, role.school) for role in sent.roles] == [("school_team", "990001"), ("technician", None)]
        (row,) = await messages()
        body = (await leaving(row)).replace("\u00a0", " ")
    assert (row["recipient"], row["subject"]) == (ANA, "Invitation au service d'équipement des écoles")
    assert "Personne admin@exemple.ca vous invite" in body
    assert "pour : Centre de services 990000" in body
    assert "- Équipe-école, École 990001 (990001)\n" in body
    assert "jusqu'au 8 décembre 2026." in body
    assert "{" not in body
    assert ("invitation.sent", "990000") in await events()
    async with transaction(system()):  # in clear nowhere but in the mail
        assert await fetch_value("SELECT count(*) FROM mailed_link WHERE token_hash = $1", token_hash(token_in(body)))
    assert token_in(body) not in (await messages())[0]["body"]

    await operations.invite(admin, email="max@exemple.ca", grants=[TEAM], language="en")
    english = await leaving((await messages())[-1])
    assert "?lang=en\n" in english


async def test_an_address_known_elsewhere_and_an_unknown_one_are_invited_by_the_same_statements(admin: Actor) -> None:
    """Same answer, same statements, same message: nobody learns from it that an account exists."""
    known = await make_person("connue@exemple.ca")
    await give_role(known, "principal", school="991001")
    closed = await make_person("ferme@exemple.ca")
    await give_role(closed, "principal", school="991001")
    await people.deactivate(system(), closed)
    done, answers, bodies = [], [], []
    for email in (known, "inconnue@exemple.ca", closed):
        said: list[str] = []
        logger = lambda query, said=said: said.append(" ".join(query.query.split()))  # noqa: E731
        connection().add_query_logger(logger)
        answer = await operations.invite(admin, email=email, grants=[TEAM])
        connection().remove_query_logger(logger)
        done.append([statement for statement in said if "SAVEPOINT" not in statement.upper()])
        answers.append((answer.state, answer.language, answer.board, answer.invited_by, answer.roles))
        bodies.append((await messages())[-1]["body"])
    assert done[0] == done[1] == done[2]
    assert answers[0] == answers[1] == answers[2]
    assert bodies[0] == bodies[1] == bodies[2]


async def test_what_is_wrong_is_said_and_nothing_is_sent(admin: Actor) -> None:
    await add("max@exemple.ca")
    await invited(admin)
    sent = len(await messages())
    for email, grants, error in (
        ("pas-un-courriel", [TEAM], Invalid),
        ("andré@exemple.ca", [TEAM], Invalid),
        ("zoe@exemple.ca", [], Invalid),
        ("zoe@exemple.ca", [GrantIn(role="ministry")], Invalid),
        ("zoe@exemple.ca", [GrantIn(role="principal", school="991001")], Invalid),
        (admin.email, [TEAM], OwnAccount),
        ("max@exemple.ca", [TEAM], AlreadyHere),
        ("ANA@exemple.ca", [TEAM], AlreadyInvited),
    ):
        with pytest.raises(error):
            await operations.invite(admin, email=email, grants=grants)
    with pytest.raises(Invalid, match="un seul organisme"):
        await operations.invite(
            system(), email="zoe@exemple.ca", grants=[TEAM, GrantIn(role="auditor", board="991000")]
        )
    assert len(await messages()) == sent


@pytest.mark.parametrize(
    ("role", "place"),
    [("principal", {"school": "990001"}), ("purchasing", {"board": "990000"}), ("auditor", {"board": "990000"})],
)
async def test_only_an_administration_invites(admin: Actor, role: str, place: dict[str, str]) -> None:
    await invited(admin)
    (waiting,) = await queries.pending(admin)
    who = await make_actor(role, **place)
    for refused in (
        operations.invite(who, email="zoe@exemple.ca", grants=[TEAM]),
        operations.resend(who, waiting.id),
        operations.withdraw(who, waiting.id),
        operations.link_of(who, waiting.id),
        operations.link_of(admin, waiting.id),
        operations.invite(admin, email="zoe@exemple.ca", grants=[TEAM], by_mail=False),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_each_sees_and_touches_the_invitations_of_their_place_alone(admin: Actor) -> None:
    await invited(admin)
    (waiting,) = await queries.pending(admin)
    analyst = await make_actor("ministry", email="analyste@exemple.ca")
    await invited(analyst, GrantIn(role="ministry"), email="collegue@exemple.ca")
    stranger = await make_actor("board_admin", board="991000")
    assert [found.email for found in await queries.pending(analyst)] == ["collegue@exemple.ca"]
    assert await queries.pending(stranger) == []
    for who in (stranger, analyst):
        for refused in (
            queries.one(who, waiting.id),
            operations.resend(who, waiting.id),
            operations.withdraw(who, waiting.id),
        ):
            with pytest.raises(NotFound):
                await refused
        async with transaction(who):  # and without any condition in the query
            assert await fetch_value("SELECT count(*) FROM invitation WHERE email = $1", ANA) == 0
            assert await fetch_value("SELECT count(*) FROM invitation_role WHERE board = '990000'") == 0


async def test_sent_again_the_new_link_replaces_the_old_one(admin: Actor) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        first = await invited(admin)
        (waiting,) = await queries.pending(admin)
        await operations.resend(admin, waiting.id)
        assert len(await messages()) == 1, "a second click sends nothing"
        clock.shift(timedelta(days=20))
        assert (await queries.one(admin, waiting.id)).state == "expired"
        again = await operations.resend(admin, waiting.id)
        assert (again.state, again.expires_at - now()) == ("waiting", timedelta(days=14))
        second = token_in(await leaving((await messages())[-1]))
        with pytest.raises(LinkOver):
            await queries.open_link(first, address=HERE)
        assert (await queries.open_link(second, address=HERE)).email == ANA


async def test_an_invitation_withdrawn_is_over_and_its_waiting_message_does_not_leave(admin: Actor) -> None:
    token = await invited(admin)
    (waiting,) = await queries.pending(admin)
    for _ in range(2):
        assert (await operations.withdraw(admin, waiting.id)).state == "withdrawn"
    assert (await events()).count(("invitation.withdrawn", "990000")) == 1
    with pytest.raises(LinkOver):
        await queries.open_link(token, address=HERE)
    (row,) = await messages()
    assert await filled(row["body"], about=row["about"]) is None
    with pytest.raises(Conflict):
        await operations.resend(admin, waiting.id)
    assert await queries.pending(admin) == []
    await invited(admin)  # and the address may be invited anew


async def test_an_invitation_is_worth_no_more_than_the_right_of_who_sent_it(admin: Actor) -> None:
    token = await invited(admin)
    await people.deactivate(system(), admin.email)
    with pytest.raises(LinkOver):
        await queries.open_link(token, address=HERE)
    other = await make_actor("board_admin", board="990000")
    (waiting,) = await queries.pending(other)
    assert waiting.state == "void"
    assert (await operations.resend(other, waiting.id)).state == "waiting"
    assert (await queries.open_link(token_in(await leaving((await messages())[-1])), address=HERE)).email == ANA


async def test_a_link_shown_by_the_system_replaces_the_mail(admin: Actor) -> None:
    sent = await operations.invite(system(), email=ANA, grants=[TEAM], by_mail=False)
    assert await messages() == []
    token = (await operations.link_of(system(), sent.id)).rpartition("/")[2]
    assert (await queries.open_link(token, address=HERE)).account == "new"
    await execute("UPDATE mailed_link SET expires_at = now() - interval '1 day'")
    with pytest.raises(Conflict):
        await operations.link_of(system(), sent.id)
