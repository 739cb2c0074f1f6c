"""Preferences, lists, tokens, who is told, what is forgotten."""

import pytest

from directory.notices.queries import Recipient, people_to_tell
from directory.people import operations, queries
from directory.people.queries import actor_of_person, actor_of_session, actor_of_token
from directory.people.retention import RETENTION
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, transaction
from kit.errors import Forbidden, Invalid, NotFound, Refused
from kit.retention import forget_all
from tests.directory.people.accounts import TEAM, add
from tests.factories import give_role, make_actor, make_board, make_person, make_school, make_session, make_token

pytestmark = pytest.mark.usefixtures("db")


async def test_preferences_are_both_changed_or_neither(admin: Actor) -> None:
    await operations.prefer(admin, language="en", theme="dark")
    again = await actor_of_person(admin.email)
    assert (again.language, again.theme) == ("en", "dark")
    with pytest.raises(Invalid):
        await operations.prefer(admin, language="fr", theme="neon")
    await operations.set_theme(admin, "light")
    again = await actor_of_person(admin.email)
    assert (again.language, again.theme) == ("en", "light")


async def test_people_are_listed_by_name_in_pages_and_found_without_accents(admin: Actor) -> None:
    for name in ("Zoé Caron", "Émile Roy", "Anaïs Bé"):
        await operations.add_person(
            system(), email=f"{name[0].lower()}@exemple.ca", name=name, language="fr", grants=[TEAM], password=None
        )
    first = await queries.people(admin, limit=2)
    rest = await queries.people(admin, limit=2, after=first.next)
    assert [p.name for p in [*first.items, *rest.items]] == [
        "Anaïs Bé", "Émile Roy", "Personne admin@exemple.ca", "Zoé Caron",
    ]  # fmt: skip
    assert rest.next is None
    assert [p.name for p in (await queries.people(admin, q="EMILE")).items] == ["Émile Roy"]
    assert [p.name for p in (await queries.people(admin, q="%")).items] == []


async def test_a_token_is_for_oneself_and_only_where_something_is_held(admin: Actor) -> None:
    await add("ana@exemple.ca")
    ana = await actor_of_person("ana@exemple.ca")
    with pytest.raises(Forbidden):
        await operations.create_token(admin, email="ana@exemple.ca", name="A", scopes=["read"], days=1)
    for place in (
        {"board": "991000"},
        {"school": "991001"},
        {"school": "999999"},
        {"school": "990001", "board": "991000"},
    ):
        with pytest.raises(Invalid, match="Aucun rôle"):
            await operations.create_token(ana, email=ana.email, name="A", scopes=["read"], days=1, **place)
    secret, details = await operations.create_token(
        ana, email=ana.email, name="A", scopes=["write", "read"], days=1, school="990001"
    )
    assert (details.scopes, details.school, details.active) == (["read", "write"], "990001", True)
    found = await actor_of_token(secret, board=None, request="")
    assert found is not None
    assert (found[0].schools, set(found[1])) == (("990001",), {"read", "write"})
    assert [kept.id for kept in await operations.list_tokens(ana)] == [details.id]
    assert await operations.list_tokens(admin) == []
    with pytest.raises(NotFound):
        await operations.revoke_token(admin, details.id)
    assert not (await operations.revoke_token(ana, details.id)).active
    assert await actor_of_token(secret, board=None, request="") is None


async def test_the_province_makes_no_token_into_a_board() -> None:
    await make_board("990000")
    who = await make_actor("ministry")
    with pytest.raises(Invalid, match="Aucun rôle"):
        await operations.create_token(who, email=who.email, name="A", scopes=["read"], days=1, board="990000")


async def test_a_token_makes_none_that_is_wider_or_lasts_longer(admin: Actor) -> None:
    async def maker(*scopes: str, **place: str) -> Actor:
        found = await actor_of_token(await make_token(admin.email, *scopes, days=2, **place), board=None, request="")
        assert found is not None
        return found[0]

    async def make(who: Actor, *scopes: str, **place: str) -> object:
        return (await operations.create_token(who, email=admin.email, name="A", scopes=scopes, days=90, **place))[1]

    narrow = await maker("read", "write", school="990001")
    made = (await operations.create_token(narrow, email=admin.email, name="A", scopes=["read"], days=90))[1]
    assert made.school == "990001"
    assert (made.expires_at - made.created_at).days <= 2
    await make_school("990002", board="990000")
    refused: list[tuple[Actor, tuple[str, ...], dict[str, str]]] = [
        (narrow, ("read",), {"school": "990002"}),
        (await maker("read"), ("read", "write"), {}),
        (await maker("read", board="990000"), ("read",), {"board": "991000"}),
        (await maker("read", board="990000"), ("read",), {"school": "991001"}),
    ]
    for who, scopes, place in refused:
        with pytest.raises(Refused):
            await make(who, *scopes, **place)
    made = (
        await operations.create_token(
            await maker("read", board="990000"), email=admin.email, name="A", scopes=["read"], days=1, school="990002"
        )
    )[1]
    assert (made.board, made.school) == ("990000", "990002")


async def test_who_is_told_holds_the_role_today_in_the_whole_board_once(admin: Actor) -> None:
    buyer = await make_person("b-achats@exemple.ca", language="en")
    await give_role(buyer, "purchasing", board="990000")
    await give_role(buyer, "board_admin", board="990000")
    await give_role(buyer, "technician", board="991000")
    for email, role, place in (
        ("tech@exemple.ca", "technician", {"board": "990000"}),
        ("ecole@exemple.ca", "principal", {"school": "990001"}),
        ("voisin@exemple.ca", "purchasing", {"board": "991000"}),
        ("parti@exemple.ca", "purchasing", {"board": "990000"}),
        ("ferme@exemple.ca", "purchasing", {"board": "990000"}),
    ):
        await give_role(await make_person(email), role, board=place.get("board"), school=place.get("school"))
    async with transaction(system()):
        await execute(
            "UPDATE role_grant SET until_day = $1::date - 1 WHERE person = (SELECT id FROM person WHERE email = 'parti@exemple.ca')",
            today(),
        )
        await execute("UPDATE person SET deactivated_at = now() WHERE email = 'ferme@exemple.ca'")
    assert await people_to_tell(["990000", "992000"], ["board_admin", "purchasing"]) == {
        "990000": [
            Recipient("admin@exemple.ca", "Personne admin@exemple.ca", "fr"),
            Recipient("b-achats@exemple.ca", "Personne b-achats@exemple.ca", "en"),
        ]
    }


async def test_old_attempts_and_sessions_are_forgotten_and_fresh_ones_kept(admin: Actor) -> None:
    cookie = await make_session(admin.email)
    await make_session(admin.email)
    async with transaction(system()):
        await execute(
            "UPDATE session SET ended_at = now() - interval '91 days' WHERE id = (SELECT max(id::text)::uuid FROM session)"
        )
        await execute(
            "INSERT INTO sign_in_attempt (email_key, address, at) VALUES ('a', 'b', now() - interval '25 hours'), ('a', 'b', now())"
        )
    done = await forget_all(system(), RETENTION)
    assert (done["attempts"], done["sessions"]) == (1, 1)
    assert not any((await forget_all(system(), RETENTION)).values())
    assert await actor_of_session(cookie, board=None, request="") is not None
