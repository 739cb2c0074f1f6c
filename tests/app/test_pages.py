"""« Mon travail » of each desk, and a school's home."""

import httpx
import pytest

from allocations.orders import operations as orders
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from inventory.assets import operations as assets
from inventory.floor import operations as floor
from inventory.tickets import operations as tickets
from kit.actor import Actor, system
from tests.factories import (
    give_role,
    make_actor,
    make_building,
    make_envelope,
    make_headcount,
    make_product,
    make_school,
    new_unit,
)
from tests.reading import seen, sign_in


@pytest.fixture
async def team(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_building("990801", name="Pavillon A")
    await make_headcount("990001", 30)  # 6 devices are asked for
    await make_product("tablette", 393_00)
    return await make_actor("school_team", school="990001")


async def basket(team: Actor) -> SelectionOut:
    made = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    return await operations.put_line(team, made.number, NewLine(product="tablette", quantity=4), version=made.version)


async def submitted(team: Actor) -> SelectionOut:
    made = await basket(team)
    return await decisions.submit(team, made.number, version=made.version)


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/sign-in"
    assert (await client.get("/schools/990001")).headers["location"] == "/sign-in?next=/schools/990001"


async def test_a_team_reads_what_its_school_lacks_then_what_to_finish(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope(cents=5_000_00)
    principal = await make_actor("principal", school="990001")
    refused = await submitted(team)
    await decisions.refuse(principal, refused.number, version=refused.version, reason="Non")
    await basket(team)
    await sign_in(client, team)
    answer = await client.get("/")
    shown = seen(answer)
    assert "Il manque" in shown and "6 appareils" in shown and "à votre école pour atteindre le plancher." in shown
    assert 'href="/schools/990001/floor"' in answer.text
    assert "1 panier refusé à corriger" in shown and "1 panier à terminer" in shown
    assert "Libre : 5 000,00 $ sur 5 000,00 $" in shown


async def test_a_principal_reads_what_to_approve_and_not_their_own(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope(cents=20_000_00)
    principal = await make_actor("principal", school="990001")
    await submitted(team)
    await submitted(team)
    await submitted(principal)
    await sign_in(client, principal)
    answer = await client.get("/")
    assert "2 paniers à approuver" in seen(answer) and "À approuver" in seen(answer)


async def test_purchasing_and_the_technician_read_their_own_tasks(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope(cents=20_000_00)
    principal = await make_actor("principal", school="990001")
    buyer, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    approved = []
    for _ in range(3):
        one = await submitted(team)
        approved.append((await decisions.approve(principal, one.number, version=one.version)).number)
    (sent,) = await orders.build(buyer, selections=[approved[0]])
    await orders.send(buyer, sent.number)
    await orders.build(buyer, selections=[approved[1]])
    (device,) = await assets.receive_units(technician, [new_unit()])
    await assets.put_into_service(technician, [device.tag])
    await assets.receive_units(technician, [new_unit(), new_unit()])
    await tickets.open_ticket(team, device.tag, subject="Écran noir")
    await floor.scan(system())

    await sign_in(client, buyer)
    shown = seen(await client.get("/"))
    for task in (
        "1 panier approuvé à commander",
        "1 bon de commande à envoyer",
        "1 école sous le plancher",
    ):
        assert task in shown
    assert "billet" not in shown.split("Couverture")[1]

    await sign_in(client, technician)
    shown = seen(await client.get("/"))
    assert "1 bon de commande à recevoir" in shown and "2 biens à mettre en service" in shown
    assert "1 billet à prendre en charge" in shown


async def test_nothing_waits_on_whoever_has_nothing(client: httpx.AsyncClient) -> None:
    await make_school("990001")
    await sign_in(client, await make_actor("purchasing", board="990000"))
    assert "Rien ne vous attend." in seen(await client.get("/"))


async def test_somebody_of_several_schools_reads_those_below_the_floor(client: httpx.AsyncClient, team: Actor) -> None:
    await make_school("990002", name="École du Lac")
    await make_headcount("990002", 0)
    await give_role(team.email, "school_team", school="990002")
    await floor.scan(system())
    await sign_in(client, team)
    shown = seen(await client.get("/"))
    assert "Écoles sous le plancher" in shown and "École du Lac (990002)" in shown


async def test_a_school_s_home_says_how_it_stands(client: httpx.AsyncClient, team: Actor) -> None:
    await make_envelope(cents=5_000_00)
    await sign_in(client, await make_actor("technician", board="990000"))
    answer = await client.get("/schools/990001")
    shown = seen(answer)
    assert answer.text.count("<h1>") == 1 and "École de la Clé (990001)" in shown
    assert "à cette école pour atteindre le plancher." in shown
    assert "0 compte sur 6 requis" in shown
    assert "Libre : 5 000,00 $ sur 5 000,00 $" in shown
    assert "Pavillon A (990801)" in shown and "30 élèves" in shown
    assert "Aucune livraison n'est attendue." in shown and "Aucun billet ouvert." in shown
    assert "Choisir au catalogue" not in shown


async def test_a_stranger_finds_no_such_school(client: httpx.AsyncClient, team: Actor) -> None:
    await make_school("991001", board="991000")
    await sign_in(client, await make_actor("principal", school="991001"))
    assert (await client.get("/schools/990001")).status_code == 404
    assert (await client.get("/schools/999999")).status_code == 404


async def test_the_ministry_reads_the_floor_of_a_school_and_nothing_of_its_baskets(
    client: httpx.AsyncClient, team: Actor
) -> None:
    await make_envelope(cents=5_000_00)
    number = (await basket(team)).number
    await sign_in(client, await make_actor("ministry"))
    answer = await client.get("/schools/990001")
    assert "à cette école pour atteindre le plancher." in seen(answer)
    assert number not in answer.text and "Billets ouverts" not in seen(answer)
