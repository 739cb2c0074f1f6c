"""« Personnes », the invitation's page and the lost password as a browser without scripts meets them."""

import json
import re
from html import unescape

import httpx

from directory.invitations import queries
from directory.people import operations as people
from directory.people.queries import actor_of_session
from directory.people.queries import person as person_of
from directory.people.schemas import GrantIn
from kit.actor import Actor
from kit.i18n import NBSP
from tests.directory.invitations.inviting import ANA, NEW, TEAM, invited, leaving, messages, token_in
from tests.directory.people.accounts import PASSWORD, add
from tests.factories import give_role, make_actor, make_person, make_session

ADMIN = "admin@exemple.ca"


async def post(client: httpx.AsyncClient, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
    if "csrftoken" not in client.cookies:
        await client.get("/sign-in/lost")
    return await client.post(path, data={**(fields or {}), "_csrf_token": client.cookies["csrftoken"]})


async def as_person(client: httpx.AsyncClient, email: str) -> None:
    client.cookies.delete("session")
    client.cookies.set("session", await make_session(email), domain="test.local")


def said(answer: httpx.Response) -> str:
    return unescape(answer.text).replace(NBSP, " ")


async def test_an_administration_invites_and_somebody_new_joins(client: httpx.AsyncClient, admin: Actor) -> None:
    await as_person(client, ADMIN)
    empty = await client.get("/people")
    assert "Aucune invitation n'attend de réponse." in said(empty)
    form = {"email": ANA, "role": "school_team", "schools": "990001", "language": "fr", "idempotency_key": "k1"}
    for wrong, words in (
        ({**form, "email": "ana"}, "Le courriel s'écrit comme"),
        ({**form, "role": ""}, "Choisissez un rôle."),
        ({**form, "schools": ""}, "nommez-les par leur code"),
        ({**form, "schools": "991001"}, "Aucune de vos écoles n'a le code 991001."),
        ({**form, "role": "technician"}, "laissez les écoles vides"),
        ({**form, "until_day": "demain"}, "n'est pas une date"),
    ):
        answer = await post(client, "/people/invite", wrong)
        assert (answer.status_code, words in said(answer)) == (422, True), words
        assert f'value="{wrong["email"]}"' in answer.text, "what was typed stays"
    for _ in range(2):  # a double click sends once
        sent = await post(client, "/people/invite", form)
        assert (sent.status_code, sent.headers["location"]) == (303, "/people#invitations")
    assert len(await messages()) == 1
    listed = said(await client.get("/people"))
    assert ANA in listed and "1 invitation attend une réponse." in listed

    client.cookies.delete("session")
    path = f"/invitation/{token_in(await leaving((await messages())[0]))}"
    shown = said(await client.get(path, headers={"host": "evil.example"}))
    assert "Équipe-école, École 990001 (990001)" in shown and "Votre nom" in shown
    typed = {"name": "Ana Roy", "password": NEW, "again": NEW, "language": "en"}
    differ = await post(client, path, {**typed, "again": "autre"})
    assert differ.status_code == 422 and 'value="Ana Roy"' in differ.text and NEW not in differ.text
    joined = await post(client, path, typed)
    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    who = await actor_of_session(client.cookies["session"], board=None, request="")
    assert who is not None and (who.email, who.language, who.schools) == (ANA, "en", ("990001",))
    client.cookies.delete("session")
    over = await client.get(path)
    assert over.status_code == 404 and "This link" in over.text or "Ce lien" in over.text


async def test_the_link_of_an_account_asks_to_sign_in_and_then_to_accept(
    client: httpx.AsyncClient, admin: Actor
) -> None:
    await add(ANA, GrantIn(role="principal", school="991001"))
    path = f"/invitation/{await invited(admin)}"
    shown = await client.get(path)
    assert f'href="/sign-in?next={path}"' in shown.text and 'name="password"' not in shown.text
    refused = await post(client, path, {"name": "X", "password": NEW, "again": NEW})
    assert refused.status_code == 409

    await as_person(client, ADMIN)
    theirs = await client.get(path)
    assert "est pour ana@exemple.ca" in said(theirs)
    assert (await post(client, path)).status_code == 403

    await as_person(client, ANA)
    assert "Accepter" in (await client.get(path)).text
    accepted = await post(client, path)
    assert accepted.status_code == 303
    assert client.cookies["board"] == "990000", "the next page acts where the new role is"
    assert [grant.school for grant in (await person_of(admin, ANA)).grants] == ["990001"]


async def test_a_record_gives_dates_ends_closes_and_opens_again(client: httpx.AsyncClient, admin: Actor) -> None:
    await add(ANA)
    await as_person(client, ADMIN)
    path = f"/people/{ANA}"
    given = await post(client, f"{path}/roles", {"role": "technician", "until_day": "2099-06-30"})
    assert given.status_code == 303
    again = await post(client, f"{path}/roles", {"role": "technician"})
    assert again.status_code == 409 and "a déjà ce rôle" in said(again)
    shown = said(await client.get(path))
    assert "jusqu'au 30 juin 2099" in shown and "Rôle donné : Personne technicienne." in shown
    team, technician = (await person_of(admin, ANA)).grants
    dates = f"{path}/roles/{technician.id}/days"
    assert (await client.get(f"{path}?do=days-{technician.id}")).text.count('value="2099-06-30"') == 1
    wrong = await post(client, dates, {"from_day": "2030-01-01", "until_day": "2029-01-01"})
    assert wrong.status_code == 422 and "prend fin avant de commencer" in said(wrong)
    assert (await post(client, dates, {"from_day": "", "until_day": ""})).status_code == 303
    assert (await person_of(admin, ANA)).grants[1].until_day is None

    assert "Fermer l'accès de Ana Roy?" in said(await client.get(f"{path}?do=close"))
    closed = await post(client, f"{path}/deactivate")
    assert (closed.status_code, closed.headers["location"]) == (303, path)
    assert "Rouvrir l'accès" in said(await client.get(path))
    assert (await post(client, f"{path}/reactivate")).status_code == 303
    assert len((await person_of(admin, ANA)).grants) == 2

    for grant in (team, technician):
        for _ in range(2):  # a double click ends one role
            ended = await post(client, f"{path}/roles/{grant.id}/revoke", {"idempotency_key": f"k-{grant.id}"})
            assert ended.status_code == 303
    assert ended.headers["location"] == "/people"
    assert (await client.get(path)).status_code == 404


async def test_readers_see_no_button_and_oneself_no_action(client: httpx.AsyncClient, admin: Actor) -> None:
    await invited(admin)
    auditor = await make_actor("auditor", board="990000")
    await as_person(client, auditor.email)
    for path in ("/people", f"/people/{ADMIN}"):
        shown = await client.get(path)
        assert shown.status_code == 200
        assert 'action="/people/' not in shown.text and "/people/invite" not in shown.text
        assert "se changent par l'administration" in said(shown)
    assert (await client.get("/people/invite")).status_code == 403
    await as_person(client, ADMIN)
    assert "par une autre personne de l'administration" in said(await client.get(f"/people/{ADMIN}"))
    technician = await make_actor("technician", board="990000")
    await as_person(client, technician.email)
    assert (await client.get("/people")).status_code == 403


async def test_the_ministry_has_its_own_people(client: httpx.AsyncClient, admin: Actor) -> None:
    analyst = await make_actor("ministry", email="analyste@exemple.ca")
    await as_person(client, analyst.email)
    shown = said(await client.get("/people"))
    assert "analyste@exemple.ca" in shown and ADMIN not in shown
    sent = await post(client, "/people/invite", {"email": ANA, "role": "ministry", "language": "fr"})
    assert sent.status_code == 303
    (waiting,) = await queries.pending(analyst)
    assert (waiting.email, waiting.board) == (ANA, None)


async def test_pending_invitations_are_sent_again_or_withdrawn(client: httpx.AsyncClient, admin: Actor) -> None:
    other = await make_actor("board_admin", board="990000")
    await invited(other)
    (waiting,) = await queries.pending(admin)
    await as_person(client, ADMIN)
    assert (await post(client, f"/people/invitations/{waiting.id}/resend")).status_code == 303
    assert len(await messages()) == 2
    assert (await post(client, f"/people/invitations/{waiting.id}/withdraw")).status_code == 303
    assert await queries.pending(admin) == []


async def test_a_lost_password_is_chosen_anew_by_its_link(client: httpx.AsyncClient, admin: Actor) -> None:
    await add(ANA)
    pages: list[tuple[str, httpx.Headers]] = []
    for email in (ANA, "inconnue@exemple.ca"):
        answer = await client.get("/sign-in/lost")
        answer = await post(client, "/sign-in/lost", {"email": email})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/lost?sent=1")
        assert set(answer.headers) == set(pages[0][1]) if pages else True
        pages.append(((await client.get("/sign-in/lost?sent=1")).text, answer.headers))
    assert pages[0][0] == pages[1][0]
    assert (await post(client, "/sign-in/lost", {"email": " "})).status_code == 422
    body = await leaving((await messages())[0])
    token = re.search(r"/new-password/([\w-]+)", body)
    assert token is not None
    path = f"/sign-in/new-password/{token[1]}"
    assert ANA in (await client.get(path)).text
    assert (await post(client, path, {"password": NEW, "again": "autre"})).status_code == 422
    assert (await post(client, path, {"password": "court", "again": "court"})).status_code == 422
    done = await post(client, path, {"password": NEW, "again": NEW})
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await client.get(path)).status_code == 404
    assert (await people.sign_in(ANA, NEW, address="", user_agent="")) is not None


async def test_the_host_of_a_request_leads_no_link_astray(client: httpx.AsyncClient, admin: Actor) -> None:
    await add(ANA)
    await client.get("/sign-in/lost")
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    fields = {"email": ANA, "_csrf_token": client.cookies["csrftoken"]}
    answer = await client.post("/sign-in/lost", data=fields, headers=evil)
    assert answer.headers["location"] == "/sign-in/lost?sent=1"
    assert "evil" not in await leaving((await messages())[0])


async def test_ones_other_sessions_are_ended_and_ones_data_taken_away(client: httpx.AsyncClient, admin: Actor) -> None:
    await add(ANA)
    stranger = await make_person("canari@exemple.ca")
    await give_role(stranger, "school_team", school="990001")
    other = await make_session(ANA)
    await as_person(client, ANA)
    shown = said(await client.get("/me"))
    assert shown.count("Navigateur inconnu") == 2 and "cette connexion-ci" in shown
    assert (await post(client, "/me/sessions/end")).status_code == 303
    assert "1 autre connexion a pris fin." in said(await client.get("/me"))
    assert await actor_of_session(other, board=None, request="") is None
    file = await client.get("/me/data")
    assert file.headers["content-disposition"].startswith('attachment; filename="mes-donnees-')
    found = json.loads(file.text)
    assert found["account"]["email"] == ANA
    assert [role["role"] for role in found["roles"]] == ["school_team"]
    assert len(found["sessions"]) == 2
    assert "person.added" in [event["what"] for event in found["events"]]
    assert (
        "canari" not in file.text
        and "hash" not in file.text
        and "argon2" not in file.text
        and PASSWORD not in file.text
    )


async def test_signing_in_comes_back_to_the_invitation(client: httpx.AsyncClient, admin: Actor) -> None:
    await add(ANA, GrantIn(role="principal", school="991001"))
    path = f"/invitation/{await invited(admin, TEAM)}"
    answer = await post(client, "/sign-in", {"email": ANA, "password": PASSWORD, "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_the_page_of_a_link_tells_its_address_to_nobody(client: httpx.AsyncClient) -> None:
    for path in ("/invitation/essai", "/sign-in/new-password/essai"):
        assert (await client.get(path)).headers.get_list("referrer-policy") == ["no-referrer"]
        assert (await post(client, path)).headers.get_list("referrer-policy") == ["no-referrer"]
