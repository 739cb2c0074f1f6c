"""The list of schools: found by words of today or before, filtered, only one's own."""

import httpx
import pytest

from kit.database import execute
from tests.factories import make_actor, make_building, make_school
from tests.reading import seen, sign_in


@pytest.fixture
async def network(client: httpx.AsyncClient) -> None:
    await make_school("990001", name="École Victor-Côté")
    await make_school("990002", name="École des Grands-Vents")
    await make_school("991001", board="991000", name="École du Lac")
    await execute("UPDATE school SET region = '05' WHERE board = '990000'")
    await execute("UPDATE school SET region = '08' WHERE board = '991000'")
    await execute(
        "INSERT INTO former_name (kind, code, board, name, until) VALUES ('school', '990002', '990000', 'École Sainte-Anne', '2021-06-30')"
    )


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, network: None) -> None:
    assert (await client.get("/schools")).headers["location"] == "/sign-in?next=/schools"


@pytest.mark.usefixtures("network")
async def test_a_board_sees_its_own_and_finds_without_accents(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_actor("purchasing", board="990000"))
    listed = await client.get("/schools")
    assert "École Victor-Côté" in listed.text and "École du Lac" not in listed.text
    assert 'name="board"' not in listed.text  # there is nothing to choose
    found = await client.get("/schools", params={"q": "ecole victor-cote"})
    assert "/schools/990001" in found.text and "990002" not in found.text
    assert "autrefois : École Sainte-Anne" in seen(await client.get("/schools?q=sainte anne"))
    assert "Aucun résultat avec ces filtres." in seen(await client.get("/schools?q=zzz"))


@pytest.mark.usefixtures("network")
async def test_the_ministry_filters_by_board_region_and_level(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_actor("ministry"))
    both = await client.get("/schools")
    assert "990001" in both.text and "991001" in both.text and "Abitibi-Témiscamingue" in seen(both)
    one = await client.get("/schools?board=991000")
    assert "École du Lac" in one.text and "École Victor-Côté" not in one.text
    region = await client.get("/schools?region=05&level=primary")
    assert "École Victor-Côté" in region.text and "École du Lac" not in region.text
    assert "Aucun résultat" in seen(await client.get("/schools?region=05&level=adult"))
    assert (await client.get("/schools?level=odd")).status_code == 422


@pytest.mark.usefixtures("network")
async def test_a_closed_school_is_left_out_until_it_is_looked_for(client: httpx.AsyncClient) -> None:
    await execute("UPDATE school SET closed_on = '2026-06-30' WHERE code = '990002'")
    await sign_in(client, await make_actor("ministry"))
    assert "990002" not in (await client.get("/schools")).text
    assert "fermée le 30 juin 2026" in seen(await client.get("/schools?q=grands vents"))


@pytest.mark.usefixtures("network")
async def test_a_board_says_who_it_is_and_a_short_code_leads_to_it(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_actor("purchasing", board="990000"))
    short = await client.get("/boards/990")
    assert (short.status_code, short.headers["location"]) == (303, "/boards/990000")
    shown = await client.get("/boards/990000")
    assert "2 écoles et centres" in seen(shown) and "/coverage/boards/990000" in shown.text
    for other in ("991000", "991", "999", "999000"):
        assert (await client.get(f"/boards/{other}")).status_code == 404
    await sign_in(client, await make_actor("principal", school="990001"))
    assert "/coverage/" not in (await client.get("/boards/990000")).text


@pytest.mark.usefixtures("network")
async def test_a_building_says_who_is_in_it_to_those_who_may_know(client: httpx.AsyncClient) -> None:
    await make_building(
        "990001", school="990001", name="Immeuble du Centre"
    )  # codes of schools and buildings look alike
    await make_building("990001", school="990002")
    await sign_in(client, await make_actor("purchasing", board="990000"))
    words = seen(await client.get("/buildings/990001"))
    assert "Immeuble du Centre (immeuble 990001)" in words and "2 écoles s'y trouvent." in words
    await sign_in(client, await make_actor("principal", school="990001"))
    own = await client.get("/buildings/990001")
    assert "École Victor-Côté (990001)" in seen(own) and "École des Grands-Vents" not in own.text
    await sign_in(client, await make_actor("purchasing", board="991000"))
    assert (await client.get("/buildings/990001")).status_code == 404
