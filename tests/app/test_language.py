"""Whose language an answer speaks: each person's choice; before an account the header's link; a program's Accept-Language."""

import io
import subprocess
import sys
from html import unescape

import httpx
import pypdf
import pytest

from allocations.orders import operations as orders
from directory.people.actors import actor_of_person
from kit.actor import system
from kit.database import execute, fetch_one, transaction
from kit.i18n import use_language
from tests.factories import (
    give_role,
    make_approved,
    make_person,
    make_product,
    make_school,
    make_session,
    make_token,
)
from tests.reading import seen, sign_in

BROWSER = {"accept-language": "en-CA,en;q=0.9"}


def language(answer: httpx.Response) -> str:
    return answer.text.partition('<html lang="')[2][:2]


async def english_buyer(email: str = "anna@exemple.ca") -> str:
    await make_school()
    await make_person(email, language="en")
    await give_role(email, "purchasing", board="990000")
    return email


async def test_a_browser_s_own_language_chooses_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in", headers=BROWSER)
    assert language(answer) == "fr"
    assert "<h1>Connexion</h1>" in answer.text
    assert answer.cookies.get("language") is None


async def test_before_an_account_the_link_of_the_header_chooses_and_is_kept(client: httpx.AsyncClient) -> None:
    first = await client.get("/sign-in?next=/orders%3Flate%3Dtrue")
    assert 'href="?next=%2Forders%3Flate%3Dtrue&lang=en" lang="en"' in unescape(first.text)
    chosen = await client.get("/sign-in?next=%2Forders%3Flate%3Dtrue&lang=en")
    assert language(chosen) == "en"
    assert "<h1>Sign in</h1>" in chosen.text
    assert 'value="/orders?late=true"' in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert "language=en" in cookie and "HttpOnly" in cookie and "ax-age" not in cookie
    assert language(await client.get("/sign-in")) == "en"
    assert language(await client.get("/nothing-here")) == "en"
    back = await client.get("/sign-in?lang=fr")
    assert language(back) == "fr"
    assert language(await client.get("/sign-in")) == "fr"


@pytest.mark.parametrize("wanted", ["de", "", "en-CA", "<b>"])
async def test_a_language_that_we_do_not_speak_is_french(client: httpx.AsyncClient, wanted: str) -> None:
    assert language(await client.get("/sign-in", params={"lang": wanted})) == "fr"


@pytest.mark.usefixtures("db")
async def test_a_person_s_choice_is_over_the_link_and_the_cookie(client: httpx.AsyncClient) -> None:
    await english_buyer()
    await make_person("rose@exemple.ca")
    await give_role("rose@exemple.ca", "principal", school="990001")
    client.cookies.set("session", await make_session("anna@exemple.ca"), domain="test.local")
    assert language(await client.get("/?lang=fr")) == "en"
    assert language(await client.get("/nothing-here")) == "en"  # no route: the language of the last page
    client.cookies.set("session", await make_session("rose@exemple.ca"), domain="test.local")
    mine = await client.get("/me?lang=en")
    assert language(mine) == "fr"
    assert 'class="language"' not in mine.text
    assert language(await client.get("/nothing-here")) == "fr"


@pytest.mark.usefixtures("db")
async def test_a_problem_is_told_in_the_language_of_the_person_or_that_the_program_asks(
    client: httpx.AsyncClient,
) -> None:
    email = await english_buyer()
    token = {"authorization": f"Bearer {await make_token(email)}"}

    async def title(path: str, **headers: str) -> str:
        answer = await client.get(
            f"/api/v1{path}", headers={key.replace("_", "-"): value for key, value in headers.items()}
        )
        assert answer.status_code in (401, 404)
        assert answer.headers.get("set-cookie") is None
        return str(answer.json()["title"])

    assert await title("/orders/BC-000", **token) == "Page not found"
    assert await title("/orders/BC-000", **token, accept_language="fr-CA") == "Page introuvable"
    assert await title("/me") == "Connexion requise"
    assert await title("/me", accept_language="en") == "Sign-in required"
    assert await title("/me", accept_language="de") == "Connexion requise"
    assert await title("/no-such-thing", accept_language="en") == "Page not found"


@pytest.mark.usefixtures("db")
async def test_an_order_and_its_mail_are_french_under_an_english_account(client: httpx.AsyncClient) -> None:
    who = await actor_of_person(await english_buyer())
    await make_product()
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
    await make_approved(("appareil", 2))
    with use_language("en"):
        (order,) = await orders.build(who)
        await orders.send(who, order.number)
    async with transaction(system()):
        message = await fetch_one("SELECT subject, body, attachment FROM outbox WHERE about = $1", order.number)
    assert message is not None
    assert message["subject"].startswith("Bon de commande")
    assert "Veuillez trouver ci-joint" in message["body"]
    await sign_in(client, who)
    downloaded = await client.get(f"/orders/{order.number}/pdf")
    for document in (message["attachment"], downloaded.content):
        reader = pypdf.PdfReader(io.BytesIO(document))
        text = " ".join(page.extract_text() for page in reader.pages).lower()
        assert "bon de commande" in text and "facturer à" in text and "sous-total" in text
        assert "purchase order" not in text and "bill to" not in text and "$1" not in text
        assert str(reader.root_object["/Lang"]) == "fr-CA"
    twin = await client.get(f"/orders/{order.number}")
    assert language(twin) == "en"
    assert "Purchase order" in seen(twin)


def test_a_command_speaks_the_language_of_its_reader_without_any_page() -> None:
    """Mail and the English copy of an order are also written by commands, jobs and the worker, which load no template."""
    said = "import app.cli; from kit.i18n import _, use_language\nwith use_language('en'): print(_('Facturer à'))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "Bill to"
