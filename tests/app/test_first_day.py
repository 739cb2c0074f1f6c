"""An empty installation says what to do first, to whoever may do it, and stops saying so."""

import httpx
import pytest

from tests.factories import make_actor, make_headcount, make_person, make_product, make_school
from tests.reading import seen, sign_in

STEPS = ["organismes", "écoles", "effectifs", "catalogue", "compte à l'administration"]


async def test_the_sign_in_page_of_an_empty_installation_says_how_to_make_the_first_account(
    client: httpx.AsyncClient,
) -> None:
    assert "Sur le serveur, créez le premier : inventory user add" in seen(await client.get("/sign-in"))
    await make_person()
    assert "inventory user add" not in seen(await client.get("/sign-in"))


async def test_who_loads_the_network_reads_the_steps_until_none_is_left(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_actor("ministry"))
    shown = seen(await client.get("/"))
    assert "L'installation est neuve : 5 étapes restent." in shown
    assert shown.count("À faire") == 5
    positions = [shown.partition("Premiers pas")[2].index(step) for step in STEPS]
    assert positions == sorted(positions)

    await make_school("990001")
    half = await client.get("/")
    assert "3 étapes restent" in seen(half)
    assert seen(half).count("Fait") == 2 and half.text.count('href="/imports/new"') == 3

    await make_headcount("990001", 30)
    await make_product()
    assert "1 étape reste." in seen(await client.get("/"))
    await make_actor("board_admin", board="990000")
    done = seen(await client.get("/"))
    assert "Premiers pas" not in done and "neuve" not in done


@pytest.mark.parametrize("role", ["board_admin", "technician"])
async def test_others_are_not_bothered(client: httpx.AsyncClient, role: str) -> None:
    await make_school("990001")
    await sign_in(client, await make_actor(role, board="990000"))
    assert "Premiers pas" not in seen(await client.get("/"))
