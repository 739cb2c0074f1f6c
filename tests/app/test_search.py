"""One search for all: an exact code opens its record, words are grouped, only what is in scope."""

import httpx
import pytest

from inventory.assets import operations as assets
from inventory.tickets import operations as tickets
from kit.actor import Actor
from tests.factories import make_actor, make_building, make_school, new_unit
from tests.reading import seen, sign_in


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_school("991001", board="991000", name="École du Lac")
    await make_building("990801", school="990001", name="Immeuble du Centre")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def device(technician: Actor) -> str:
    (asset,) = await assets.receive_units(technician, [new_unit(name="Tablette", serial="DMPX-001")])
    return asset.tag


async def opened(client: httpx.AsyncClient, text: str) -> str | None:
    found: str | None = (await client.get("/search", params={"q": text})).headers.get("location")
    return found


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/search?q=ecole")).headers["location"] == "/sign-in?next=/search%3Fq%3Decole"


async def test_an_exact_code_opens_its_record(client: httpx.AsyncClient, technician: Actor, device: str) -> None:
    ticket = await tickets.open_ticket(technician, device, subject="Écran noir")
    await sign_in(client, technician)
    assert await opened(client, " 990001 ") == "/schools/990001"
    assert await opened(client, "990801") == "/buildings/990801"
    assert await opened(client, "990") == "/boards/990"
    assert await opened(client, device) == f"/assets/{device}"
    assert await opened(client, "dmpx-001") == f"/assets/{device}"
    assert await opened(client, ticket.number.lower()) == f"/tickets/{ticket.number}"


async def test_a_code_of_a_school_and_a_building_is_a_choice(client: httpx.AsyncClient, technician: Actor) -> None:
    await make_building("990001", school="990001", name="Immeuble jumeau")
    await sign_in(client, technician)
    shown = await client.get("/search?q=990001")
    assert "/schools/990001" in shown.text and "/buildings/990001" in shown.text


async def test_words_are_grouped_and_accents_do_not_matter(
    client: httpx.AsyncClient, technician: Actor, device: str
) -> None:
    await sign_in(client, technician)
    shown = await client.get("/search", params={"q": "ecole cle"})
    words = seen(shown)
    assert "École de la Clé (990001)" in words and device in words
    assert "Rien trouvé dans votre accès." in seen(await client.get("/search?q=zzz"))
    assert (await client.get("/search")).status_code == 200


async def test_a_stranger_finds_nothing_by_word_or_by_code(
    client: httpx.AsyncClient, technician: Actor, device: str
) -> None:
    number = (await tickets.open_ticket(technician, device, subject="Écran noir")).number
    await sign_in(client, await make_actor("technician", board="991000"))
    for text in (
        "990001",
        "990801",
        "990",
        device,
        "DMPX-001",
        number,
        "ecole cle",
        "BC-990-2026-00001",
        "P-990001-2026-001",
    ):
        shown = await client.get("/search", params={"q": text})
        assert shown.status_code == 200 and "Rien trouvé dans votre accès." in seen(shown)
    await sign_in(client, await make_actor("ministry"))  # which reads no asset and no ticket
    for text in (device, "DMPX-001", number):
        assert "Rien trouvé dans votre accès." in seen(await client.get("/search", params={"q": text}))
