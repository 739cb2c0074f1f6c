"""Signing in by the form, one's account, and people by the API: nobody, somebody else's, one's own."""

import re
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from directory.people import operations
from directory.people.queries import actor_of_person, actor_of_session, people
from directory.people.schemas import GrantIn
from kit.actor import system
from kit.i18n import use_language
from tests.factories import give_role, make_actor, make_board, make_person, make_school, make_session, make_token

PASSWORD = "vélo-tempête-38-canot"
EMAIL = "ana@exemple.ca"
SAME_WORDS = "Le courriel ou le mot de passe ne convient pas."


@pytest.fixture
async def ana(db: None) -> str:
    await make_school("990001", board="990000")
    await operations.add_person(
        system(), email=EMAIL, name="Ana Roy", language="fr", password=PASSWORD,
        grants=[GrantIn(role="school_team", school="990001")],
    )  # fmt: skip
    return EMAIL


async def send(client: httpx.AsyncClient, path: str, fields: dict[str, str]) -> httpx.Response:
    """A form as a browser without scripts posts it."""
    shown = await client.get("/sign-in" if path == "/sign-in" else "/me")
    found = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    token = found[1] if found else client.cookies["csrftoken"]  # signed in already: no form, the cookie is the token
    return await client.post(path, data={**fields, "_csrf_token": token})


async def sign_in(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await send(client, "/sign-in", {"email": EMAIL, "password": PASSWORD, **fields})


def session_cookie(answer: httpx.Response) -> Any:
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return jar.get("session")


async def test_signing_in_sets_a_new_closed_cookie_and_goes_home(client: httpx.AsyncClient, ana: str) -> None:
    answer = await sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = session_cookie(answer)
    assert cookie["httponly"] and cookie["samesite"].lower() == "lax" and cookie["path"] == "/"
    assert cookie["domain"] == "" and not cookie["secure"]
    assert await actor_of_session(cookie.value, board=None, request="")


async def test_the_cookie_is_for_https_alone_where_the_service_is(
    client: httpx.AsyncClient, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.settings import settings

    shown = await client.get("/sign-in")
    token = client.cookies["csrftoken"]
    assert shown.status_code == 200
    monkeypatch.setenv("INVENTORY_PUBLIC_URL", "https://exemple.ca")
    settings.cache_clear()
    try:
        answer = await client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, "_csrf_token": token})
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert session_cookie(answer)["secure"]


async def test_a_cookie_chosen_by_somebody_else_never_becomes_a_session(client: httpx.AsyncClient, ana: str) -> None:
    client.cookies.set("session", "chosen-by-an-attacker", domain="test.local")
    answer = await sign_in(client)
    assert session_cookie(answer).value != "chosen-by-an-attacker"
    assert await actor_of_session("chosen-by-an-attacker", board=None, request="") is None


async def test_signing_in_again_ends_the_session_before(client: httpx.AsyncClient, ana: str) -> None:
    first = session_cookie(await sign_in(client)).value
    second = session_cookie(await sign_in(client)).value
    assert first != second
    assert await actor_of_session(first, board=None, request="") is None


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/schools/990001?year=2026-2027", "/schools/990001?year=2026-2027"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("me", "/"),
    ],
)
async def test_next_leads_to_a_page_of_ours_alone(
    client: httpx.AsyncClient, ana: str, target: str, reached: str
) -> None:
    answer = await sign_in(client, next=target)
    assert (answer.status_code, answer.headers["location"]) == (303, reached)
    again = await client.get("/sign-in", params={"next": target})
    assert (again.status_code, again.headers["location"]) == (303, reached)


async def test_unknown_and_wrong_look_the_same_and_the_address_stays(client: httpx.AsyncClient, ana: str) -> None:
    pages = []
    for email in (EMAIL, "personne@exemple.ca"):
        answer = await sign_in(client, email=email, password="autre-chose-longue-1", next="/assets")
        assert answer.status_code == 422
        assert SAME_WORDS in answer.text
        assert f'value="{email}"' in answer.text
        assert 'name="next" value="/assets"' in answer.text
        assert "autre-chose-longue-1" not in answer.text
        assert session_cookie(answer) is None
        pages.append(re.sub(r'value="[^"]*"|autofocus', "", answer.text).replace(email, ""))
    assert pages[0] == pages[1]


async def test_too_many_tries_say_when_to_come_back(client: httpx.AsyncClient, ana: str) -> None:
    for _ in range(5):
        await sign_in(client, password="autre-chose-longue-1")
    answer = await sign_in(client)
    assert answer.status_code == 429
    assert 840 < int(answer.headers["retry-after"]) <= 900
    assert "Attendez 15 minutes" in answer.text


async def test_what_is_typed_is_never_markup(client: httpx.AsyncClient, ana: str) -> None:
    answer = await sign_in(client, email='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


async def test_signing_out_ends_the_session_for_good(client: httpx.AsyncClient, ana: str) -> None:
    cookie = session_cookie(await sign_in(client)).value
    answer = await send(client, "/sign-out", {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert await actor_of_session(cookie, board=None, request="") is None
    assert "Votre connexion a pris fin." in (await client.get("/sign-in")).text


@pytest.mark.parametrize("path", ["/sign-out", "/me/preferences", "/me/password", "/me/tokens"])
async def test_a_form_without_its_token_changes_nothing(client: httpx.AsyncClient, ana: str, path: str) -> None:
    cookie = session_cookie(await sign_in(client)).value
    assert (await client.post(path, data={"language": "en"})).status_code == 403
    assert await actor_of_session(cookie, board=None, request="")


async def test_nobody_is_sent_to_sign_in_and_back(client: httpx.AsyncClient, ana: str) -> None:
    answer = await client.get("/me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/me")


async def test_ones_language_is_chosen_and_the_page_speaks_it(client: httpx.AsyncClient, ana: str) -> None:
    await sign_in(client)
    assert 'lang="fr"' in (await client.get("/me")).text
    assert (await send(client, "/me/preferences", {"language": "en", "theme": "dark"})).status_code == 303
    shown = (await client.get("/me")).text
    assert 'lang="en"' in shown and 'data-theme="dark"' in shown
    wrong = await send(client, "/me/preferences", {"language": "de", "theme": "light"})
    assert wrong.status_code == 422
    assert 'data-theme="dark"' in (await client.get("/me")).text


async def test_a_new_password_keeps_this_session_and_says_what_is_wrong(client: httpx.AsyncClient, ana: str) -> None:
    await sign_in(client)
    other = await make_session(EMAIL)
    for fields, words in (
        (
            {"current": "faux", "password": "une-phrase-toute-neuve", "again": "une-phrase-toute-neuve"},
            "actuel ne convient pas",
        ),
        ({"current": PASSWORD, "password": "une-phrase-toute-neuve", "again": "autre"}, "diffèrent"),
        ({"current": PASSWORD, "password": "court", "again": "court"}, "de 12 à 200"),
    ):
        answer = await send(client, "/me/password", fields)
        assert answer.status_code == 422
        assert words in unescape(answer.text)
    good = {"current": PASSWORD, "password": "une-phrase-toute-neuve", "again": "une-phrase-toute-neuve"}
    assert (await send(client, "/me/password", good)).status_code == 303
    assert (await client.get("/me")).status_code == 200
    assert await actor_of_session(other, board=None, request="") is None


async def test_a_token_is_shown_once_then_listed_then_revoked(client: httpx.AsyncClient, ana: str) -> None:
    await sign_in(client)
    wrong = await send(client, "/me/tokens", {"name": "Rapport", "days": "400"})
    assert wrong.status_code == 422
    assert 'value="Rapport"' in wrong.text
    made = await send(client, "/me/tokens", {"name": "Rapport", "days": "30"})
    secret = re.search(r'<code class="code">([^<]+)</code>', made.text)
    assert secret is not None
    me = await client.get("/api/v1/me", headers={"authorization": f"Bearer {secret[1]}"})
    assert me.json()["email"] == EMAIL
    listed = (await client.get("/me")).text
    assert "Rapport" in listed and secret[1] not in listed
    path = re.search(r'action="(/me/tokens/[^"]+/revoke)"', listed)
    assert path is not None
    assert (await send(client, path[1], {})).status_code == 303
    assert (await client.get("/api/v1/me", headers={"authorization": f"Bearer {secret[1]}"})).status_code == 401


async def test_who_works_for_two_boards_chooses_one(client: httpx.AsyncClient, ana: str) -> None:
    await make_board("991000")
    await make_board("992000")
    await give_role(EMAIL, "technician", board="991000")
    await sign_in(client)
    assert 'value="990000" selected' in (await client.get("/me")).text
    assert (await send(client, "/me/board", {"board": "992000"})).status_code == 422
    assert (await send(client, "/me/board", {"board": "991000"})).status_code == 303
    assert 'value="991000" selected' in (await client.get("/me")).text
    await sign_in(client)
    assert 'value="990000" selected' in (await client.get("/me")).text, "a sign-in starts anew"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_nobody_and_no_other_desk_lists_people(client: httpx.AsyncClient, ana: str) -> None:
    assert (await client.get("/api/v1/people")).status_code == 401
    assert (await client.get("/api/v1/people", headers=bearer(await make_token(ana)))).status_code == 403
    technician = (await make_actor("technician", board="990000")).email
    assert (await client.get("/api/v1/people", headers=bearer(await make_token(technician)))).status_code == 403
    ministry = (await make_actor("ministry")).email
    own = await client.get("/api/v1/people", headers=bearer(await make_token(ministry)))
    assert [found["email"] for found in own.json()["items"]] == [ministry]


async def test_an_administration_works_on_its_people_by_the_api(client: httpx.AsyncClient, ana: str) -> None:
    admin = (await make_actor("board_admin", board="990000")).email
    stranger = await make_person("canari@exemple.ca")
    await make_school("991001", board="991000")
    await give_role(stranger, "principal", school="991001")
    client.headers.update(bearer(await make_token(admin)))

    listed = (await client.get("/api/v1/people")).json()
    assert {found["email"] for found in listed["items"]} == {ana, admin}
    for path in (f"/api/v1/people/{stranger}", "/api/v1/people/absent@exemple.ca", "/api/v1/people/%00"):
        assert (await client.get(path)).status_code == 404
    assert (await client.post(f"/api/v1/people/{stranger}/deactivate")).status_code == 404
    with use_language("fr"):
        assert (await people(system(), q="canari")).items[0].active

    await operations.add_person(
        system(), email="max@exemple.ca", name="Max", language="fr", grants=[GrantIn(role="principal", school="990001")]
    )
    body = {"email": "zoe@exemple.ca", "grants": [{"role": "principal", "school": "990001"}]}
    for wrong, status in (
        ({**body, "admin": True}, 400),
        ({**body, "grants": []}, 400),
        ({**body, "grants": [{"role": "ministry"}]}, 422),
        ({**body, "grants": [{"role": "principal", "school": "991001"}]}, 422),
        ({**body, "email": "zoe"}, 422),
        ({**body, "language": "de"}, 422),
        ({**body, "email": "max@exemple.ca"}, 409),
    ):
        assert (await client.post("/api/v1/invitations", json=wrong)).status_code == status, wrong
    invited = await client.post("/api/v1/invitations", json=body)
    assert (invited.status_code, invited.json()["state"]) == (201, "waiting")
    assert (await client.post("/api/v1/invitations", json=body)).status_code == 409
    path = f"/api/v1/invitations/{invited.json()['id']}"
    assert (await client.get(path)).json() == (await client.get("/api/v1/invitations")).json()[0]
    assert (await client.post(f"{path}/resend")).status_code == 200
    assert (await client.post(f"{path}/withdraw")).json()["state"] == "withdrawn"
    assert (await client.post(f"{path}/resend")).status_code == 409

    granted = await client.post("/api/v1/people/max@exemple.ca/roles", json={"role": "technician", "board": "990000"})
    assert [grant["role"] for grant in granted.json()["grants"]] == ["principal", "technician"]
    path = f"/api/v1/people/max@exemple.ca/roles/{granted.json()['grants'][0]['id']}"
    assert (await client.patch(path, json={"until_day": "2099-06-30"})).json()["grants"][0]["until_day"] == "2099-06-30"
    assert [grant["role"] for grant in (await client.post(f"{path}/revoke")).json()["grants"]] == ["technician"]
    assert not (await client.post("/api/v1/people/max@exemple.ca/deactivate")).json()["active"]
    assert (await client.post("/api/v1/people/max@exemple.ca/reactivate")).json()["state"] == "active"
    told = [event["what"] for event in (await client.get("/api/v1/people/max@exemple.ca/history")).json()]
    assert told == [
        "person.reactivated", "person.deactivated", "person.role_revoked", "person.role_dated", "person.role_granted",
        "person.role_granted", "person.added",
    ]  # fmt: skip


async def test_a_reading_token_writes_nothing(client: httpx.AsyncClient, ana: str) -> None:
    client.headers.update(bearer(await make_token(ana, "read")))
    assert (await client.get("/api/v1/me")).json()["school_rights"]["990001"]
    assert (await client.patch("/api/v1/me", json={"language": "en"})).status_code == 403
    assert (
        await client.post("/api/v1/me/tokens", json={"name": "A", "scopes": ["read"], "days": 1})
    ).status_code == 403
    assert (await actor_of_person(ana)).language == "fr"


async def test_ones_own_account_and_tokens_by_the_api(client: httpx.AsyncClient, ana: str) -> None:
    client.headers.update(bearer(await make_token(ana)))
    changed = await client.patch("/api/v1/me", json={"language": "en"})
    assert (changed.status_code, changed.json()["language"]) == (200, "en")
    made = await client.post("/api/v1/me/tokens", json={"name": "A", "scopes": ["read"], "days": 1})
    assert made.status_code == 201
    mine = made.json()["details"]["id"]
    assert mine in {kept["id"] for kept in (await client.get("/api/v1/me/tokens")).json()}
    admin = (await make_actor("board_admin", board="990000")).email
    foreign = await client.post(f"/api/v1/me/tokens/{mine}/revoke", headers=bearer(await make_token(admin)))
    assert foreign.status_code == 404
    assert not (await client.post(f"/api/v1/me/tokens/{mine}/revoke")).json()["active"]
    assert [role["code"] for role in (await client.get("/api/v1/roles")).json()][:2] == ["school_team", "principal"]


async def test_the_header_says_for_which_board_a_token_acts(client: httpx.AsyncClient, ana: str) -> None:
    await make_board("991000")
    await give_role(ana, "technician", board="991000")
    headers = bearer(await make_token(ana))
    assert (await client.get("/api/v1/me", headers=headers)).json()["board"] == "990000"
    there = await client.get("/api/v1/me", headers={**headers, "inventory-board": "991000"})
    assert there.json()["scope"] == "board"
    nowhere = await client.get("/api/v1/me", headers={**headers, "inventory-board": "992000"})
    assert nowhere.status_code == 401
