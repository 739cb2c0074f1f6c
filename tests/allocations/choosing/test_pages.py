"""The catalogue as a school reads it: what fits, what it does to the floor, what goes into which basket."""

from collections.abc import Awaitable, Callable
from datetime import date

import httpx
import pytest

from allocations.choosing import operations, queries
from allocations.selections import decisions
from allocations.selections import queries as selections
from allocations.selections.schemas import NewLine
from kit.actor import Actor, system
from kit.database import connection, execute, transaction
from tests.factories import (
    give_role,
    make_actor,
    make_bundle,
    make_envelope,
    make_headcount,
    make_product,
    make_school,
)
from tests.reading import forms, seen, sign_in, submit

BUNDLE = "/catalogue/bundles/combo"
YEAR = "2026-2027"


@pytest.fixture
async def team(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_product("tablette", 393_00)
    await make_bundle("combo", ("tablette", 2))
    return await make_actor("school_team", school="990001")


async def add(who: Actor, quantity: int = 1) -> str:
    line = NewLine(bundle="combo", quantity=quantity)
    return (await operations.add(who, "990001", measure="EX-COMBOS", year=YEAR, line=line)).number


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, team: Actor) -> None:
    for path in ("/catalogue", BUNDLE, "/catalogue/products/tablette"):
        assert (await client.get(path)).headers["location"] == f"/sign-in?next={path}"


async def test_another_school_s_money_is_not_shown_and_its_basket_not_filled(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await make_envelope()
    await make_school("990002")
    await sign_in(client, await make_actor("school_team", school="990002"))
    for path in ("/catalogue", BUNDLE, "/catalogue/products/tablette"):
        assert (await client.get(f"{path}?school=990001")).status_code == 404
    shown = await client.get("/catalogue")
    sent = {"_csrf_token": str(forms(shown)["/sign-out"]["_csrf_token"]), "school": "990001", "measure": "EX-COMBOS",
            "year": YEAR, "bundle": "combo"}  # fmt: skip
    assert (await client.post("/catalogue/add", data=sent)).status_code == 403
    assert (await selections.of_school(system(), school="990001")).items == []


async def test_a_card_says_whether_it_fits_and_what_it_does_to_the_floor(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await make_envelope(cents=1_000_00)
    await make_headcount("990001", 20)  # 4 devices are asked for
    await sign_in(client, team)
    shown = seen(await client.get("/catalogue"))
    assert "840,13 $" in shown and "Entre dans votre enveloppe. Il resterait 159,87 $." in shown
    assert "Ramène l'écart de 4 à 2." in shown
    assert "TPS 39,30 $" in shown  # « D'où vient ce montant? »

    await add(team)  # the basket in hand counts
    shown = seen(await client.get("/catalogue"))
    assert "Il manque 680,26 $, taxes nettes comprises." in shown
    assert "Fait atteindre le plancher." in shown


async def test_without_an_envelope_the_catalogue_is_read_and_nothing_is_added(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await sign_in(client, team)
    shown = await client.get("/catalogue")
    assert f"Aucune enveloppe en {YEAR}" in seen(shown)
    assert "/catalogue/add" not in forms(shown)


async def test_an_expired_price_and_an_empty_shelf_are_said(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope()
    await make_product("ancien", 100_00, until_day=date(2026, 6, 30))
    await make_bundle("vieux", ("ancien", 1))
    await sign_in(client, team)
    assert "Prix échu le 30 juin 2026 : l'organisme doit le confirmer." in seen(await client.get("/catalogue"))
    assert "Aucun résultat avec ces filtres." in seen(await client.get("/catalogue?category=robotique"))


async def test_what_the_measure_does_not_pay_has_no_button_and_is_refused(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await make_envelope()
    async with transaction(system()):
        await execute("DELETE FROM measure_category WHERE category = 'flotte-appareils'")
    await sign_in(client, team)
    shown = await client.get(BUNDLE)
    assert "La mesure EX-COMBOS ne paie pas" in seen(shown) and "/catalogue/add" not in forms(shown)
    sent = {"_csrf_token": str(forms(shown)["/sign-out"]["_csrf_token"]), "school": "990001", "measure": "EX-COMBOS",
            "year": YEAR, "bundle": "combo"}  # fmt: skip
    refused = await client.post("/catalogue/add", data=sent)
    assert refused.status_code == 422 and "<title>Erreur" in refused.text


async def test_a_second_press_adds_nothing_and_the_next_goes_into_the_same_basket(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await make_envelope(cents=10_000_00)
    await sign_in(client, team)
    shown = await client.get(BUNDLE)
    first = await submit(client, shown, "/catalogue/add", quantity="2")
    again = await submit(client, shown, "/catalogue/add", quantity="2")
    assert first.status_code == 303 and first.headers["location"] == again.headers["location"]
    product = await submit(client, await client.get("/catalogue/products/tablette"), "/catalogue/add", quantity="3")
    assert product.headers["location"] == first.headers["location"]
    (row,) = (await selections.of_school(team)).items
    basket = await selections.one(team, row.number)
    assert [(line.bundle, line.product, line.quantity) for line in basket.lines] == [
        ("combo", None, 2),
        (None, "tablette", 3),
    ]


async def test_a_wrong_quantity_is_said_on_the_page_of_the_bundle(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope()
    await sign_in(client, team)
    refused = await submit(client, await client.get(BUNDLE), "/catalogue/add", quantity="beaucoup")
    assert refused.status_code == 422 and 'href="#f-quantity"' in refused.text
    assert forms(refused)["/catalogue/add"]["quantity"] == "beaucoup"
    assert (await selections.of_school(team)).items == []


async def test_a_submitted_basket_is_left_alone_and_another_is_begun(team: Actor) -> None:
    await make_envelope(cents=10_000_00)
    number = await add(team)
    basket = await selections.one(team, number)
    await decisions.submit(team, number, version=basket.version)
    assert await add(team) != number


async def test_somebody_of_several_schools_says_for_which(client: httpx.AsyncClient, team: Actor) -> None:
    await make_school("990002", name="École du Lac")
    await give_role(team.email, "school_team", school="990002")
    await make_envelope(school="990002", cents=5_000_00)
    await sign_in(client, team)
    shown = await client.get("/catalogue")
    assert "Pour quelle école?" in seen(shown) and "/catalogue/add" not in forms(shown)
    assert "Il resterait 4 159,87 $." in seen(await client.get("/catalogue?school=990002"))


async def test_a_board_reads_the_catalogue_of_a_school_without_a_form(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope()
    await sign_in(client, await make_actor("purchasing", board="990000"))
    assert "840,13 $" in seen(await client.get("/catalogue"))
    shown = await client.get("/catalogue?school=990001")
    assert "Il resterait 1 309,87 $." in seen(shown) and "/catalogue/add" not in forms(shown)


async def test_the_cards_ask_the_same_number_of_questions_whatever_their_number(team: Actor) -> None:
    await make_envelope()

    async def asked() -> int:
        return await statements(lambda: queries.offer(team, "990001"))

    one = await asked()
    assert one > 5
    for n in range(12):
        await make_bundle(f"combo-{n}", ("tablette", n + 1))
    assert await asked() == one


async def statements(run: Callable[[], Awaitable[object]]) -> int:
    """How many statements a read sends."""
    sent: list[str] = []
    async with transaction(system()):
        with connection().query_logger(lambda query: sent.append(query.query)):
            await run()
    return len(sent)
