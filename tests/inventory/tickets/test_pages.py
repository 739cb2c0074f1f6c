"""Pages of tickets: nobody, a stranger, the school that reports, the technician who answers."""

import httpx
import pytest

from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import State as AssetState
from inventory.tickets import operations, queries
from inventory.tickets.rules import STEPS, State
from inventory.tickets.words import EVENTS, STATE_TONES
from kit.actor import Actor, system
from tests.factories import make_actor, make_school, new_unit
from tests.reading import forms, seen, sign_in, submit


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_school("990002")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def team(technician: Actor) -> Actor:
    return await make_actor("school_team", school="990001")


@pytest.fixture
async def tag(technician: Actor) -> str:
    (asset,) = await assets.receive_units(technician, [new_unit()])
    await assets.put_into_service(technician, [asset.tag])
    return asset.tag


@pytest.fixture
async def number(team: Actor, tag: str) -> str:
    return (await operations.open_ticket(team, tag, subject="Écran noir", out_of_service=True)).number


async def asset_state(tag: str) -> AssetState:
    return (await asset_queries.by_tags(system(), [tag]))[0].state


async def test_nobody_is_sent_to_sign_in_and_back_to_the_form(client: httpx.AsyncClient, number: str, tag: str) -> None:
    for path in ("/tickets", f"/tickets/{number}", f"/tickets/new?asset={tag}"):
        answer = await client.get(path)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=/tickets")
    assert "asset%3D" in (await client.get(f"/tickets/new?asset={tag}")).headers["location"]


async def test_a_stranger_and_a_sibling_find_nothing(client: httpx.AsyncClient, number: str, tag: str) -> None:
    await make_school("991001", board="991000")
    for who in (await make_actor("technician", board="991000"), await make_actor("school_team", school="990002")):
        await sign_in(client, who)
        listed = await client.get("/tickets")
        assert "Aucun billet à régler." in seen(listed) and number not in listed.text
        assert (await client.get(f"/tickets/{number}")).status_code == 404
        assert (await client.get(f"/tickets/new?asset={tag}")).status_code == 404
        shown = await client.get("/tickets/new")
        opened = await submit(client, shown, "/tickets/new", asset=tag, subject="x")
        assert opened.status_code == 422 and f"Le bien {tag} n'existe pas" in seen(opened)
        token = str(forms(shown)["/tickets/new"]["_csrf_token"])
        for step in ("take", "comment", "close", "reopen", "hold", "out-of-service", "no-such-step"):
            sent = {"_csrf_token": token, "body": "x", "answer": "x", "why": "x", "out_of_service": "false"}
            assert (await client.post(f"/tickets/{number}/{step}", data=sent)).status_code == 404
    ticket = await queries.one(system(), number)
    assert (ticket.state, ticket.comments) == (State.open, [])


async def test_a_school_reports_a_problem_and_a_second_click_opens_no_second_ticket(
    client: httpx.AsyncClient, team: Actor, tag: str
) -> None:
    await sign_in(client, team)
    shown = await client.get(f"/tickets/new?asset={tag}")
    failed = await submit(client, shown, "/tickets/new", description="Depuis lundi", out_of_service="true")
    assert failed.status_code == 422 and "Dites en quelques mots ce qui ne va pas." in seen(failed)
    assert "Depuis lundi" in failed.text
    done = await submit(client, failed, "/tickets/new", subject="Ne s'allume plus")
    address = done.headers["location"]
    assert (await submit(client, failed, "/tickets/new", subject="Ne s'allume plus")).headers["location"] == address
    words = seen(await client.get(address))
    assert "Merci. Billet" in words and "Personne ne répond encore à ce billet." in words and "Depuis lundi" in words
    assert await asset_state(tag) is AssetState.out_of_service
    assert "Déjà signalé le" in seen(await client.get(f"/tickets/new?asset={tag}"))
    assert len((await queries.queue(system())).items) == 1


async def test_a_retired_device_is_reported_no_more(client: httpx.AsyncClient, technician: Actor, tag: str) -> None:
    await sign_in(client, technician)
    shown = await client.get(f"/tickets/new?asset={tag}")
    await assets.retire(technician, tag, why="Recyclé")
    refused = await submit(client, shown, "/tickets/new", subject="Écran noir")
    assert refused.status_code == 409 and "Cet appareil n'est plus en service." in seen(refused)


async def test_the_queue_is_oldest_first_and_filters_by_state(
    client: httpx.AsyncClient, technician: Actor, tag: str, number: str
) -> None:
    second = (await operations.open_ticket(technician, tag, subject="Clavier")).number
    await operations.close(technician, number, answer="Réparé.", returns_to_service=True)
    third = (await operations.open_ticket(technician, tag, subject="Souris")).number
    await sign_in(client, technician)
    text = (await client.get("/tickets")).text
    assert number not in text and text.index(second) < text.index(third)
    closed = (await client.get("/tickets?state=closed")).text
    assert number in closed and second not in closed
    assert "Aucun résultat avec ces filtres." in seen(await client.get("/tickets?state=waiting"))
    assert (await client.get("/tickets?state=odd")).status_code == 422


async def test_a_technician_takes_holds_answers_and_closes(
    client: httpx.AsyncClient, technician: Actor, number: str, tag: str
) -> None:
    await sign_in(client, technician)
    path = f"/tickets/{number}"
    assert (await submit(client, await client.get(path), f"{path}/take")).status_code == 303
    shown = await client.get(f"{path}?do=hold")
    assert f"{technician.name} répond à ce billet." in seen(shown)
    unread = await submit(client, shown, f"{path}/hold", why="Pièce", expected_on="bientôt")
    assert unread.status_code == 422 and "« bientôt » n'est pas une date." in seen(unread)
    assert (await submit(client, unread, f"{path}/hold", expected_on="2027-03-12")).status_code == 303
    assert "En attente jusqu'au 12 mars 2027." in seen(await client.get(path))
    shown = await client.get(f"{path}?do=close")
    unsaid = await submit(client, shown, f"{path}/close", answer="Pile remplacée.")
    assert unsaid.status_code == 422 and "Dites si l'appareil retourne en service." in seen(unsaid)
    assert "Pile remplacée." in unsaid.text
    assert (await submit(client, unsaid, f"{path}/close", returns_to_service="true")).status_code == 303
    words = seen(await client.get(path))
    assert "Pile remplacée." in words and "Ce billet est fermé." in words
    assert await asset_state(tag) is AssetState.in_service


async def test_an_internal_note_is_the_boards_alone(
    client: httpx.AsyncClient, technician: Actor, team: Actor, number: str
) -> None:
    path = f"/tickets/{number}"
    await sign_in(client, technician)
    shown = await client.get(path)
    assert (await submit(client, shown, f"{path}/comment", body="Carte mère", internal="on")).status_code == 303
    assert (await submit(client, await client.get(path), f"{path}/comment", body="Je passe jeudi.")).status_code == 303
    assert "Carte mère" in seen(await client.get(path))
    await sign_in(client, team)
    shown = await client.get(path)
    assert "Je passe jeudi." in seen(shown) and "Carte mère" not in shown.text
    assert "Note interne" not in seen(shown) and f"{path}/take" not in forms(shown)
    forged = await submit(client, shown, f"{path}/comment", body="x", internal="on")
    assert forged.status_code == 403 and "réservée au personnel de l'organisme" in seen(forged)
    empty = await submit(client, shown, f"{path}/comment", body=" ")
    assert empty.status_code == 422 and "Écrivez un commentaire." in seen(empty)


async def test_the_school_reopens_and_the_device_leaves_the_count_again(
    client: httpx.AsyncClient, technician: Actor, team: Actor, number: str, tag: str
) -> None:
    await operations.close(technician, number, answer="Réparé.", returns_to_service=True)
    await sign_in(client, team)
    path = f"/tickets/{number}"
    shown = await client.get(f"{path}?do=reopen")
    assert (await submit(client, shown, f"{path}/reopen", why="Encore", out_of_service="on")).status_code == 303
    assert (await queries.one(system(), number)).state is State.open
    assert await asset_state(tag) is AssetState.out_of_service


async def test_the_device_is_said_to_work_again_before_the_ticket_is_closed(
    client: httpx.AsyncClient, technician: Actor, number: str, tag: str
) -> None:
    await sign_in(client, technician)
    path = f"/tickets/{number}"
    shown = await client.get(path)
    assert (await submit(client, shown, f"{path}/out-of-service")).status_code == 303
    assert await asset_state(tag) is AssetState.in_service
    await operations.take(technician, number)
    stale = await submit(client, shown, f"{path}/out-of-service", idempotency_key="another")
    assert stale.status_code == 412 and "Rien n'a été changé" in seen(stale)


def test_every_state_has_a_tone_and_every_step_its_words() -> None:
    assert set(STATE_TONES) == set(State)
    assert {step.what for step in STEPS} <= set(EVENTS)
