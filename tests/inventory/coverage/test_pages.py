"""Pages of coverage: the ministry from province to school, a board its own."""

from datetime import timedelta

import httpx
import pytest
import time_machine

from inventory.floor import operations
from kit.actor import system
from kit.database import execute
from tests.factories import make_actor
from tests.inventory.floor.schools import NOON, make_equipped, make_sized
from tests.reading import seen, sign_in


@pytest.fixture
async def network(client: httpx.AsyncClient) -> None:
    """Two regions, two boards: one school below and one met in 01, one below in 06."""
    with time_machine.travel(NOON):
        await make_sized("990001", name="École de la Clé")
        await make_equipped("990002")
        await make_sized("991001", board="991000")
        for code, region in (("990001", "01"), ("990002", "01"), ("991001", "06")):
            await execute("UPDATE school SET region = $2 WHERE code = $1", code, region)


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, network: None) -> None:
    for path in ("/coverage", "/coverage/regions/01", "/coverage/boards/990000"):
        assert (await client.get(path)).headers["location"] == f"/sign-in?next={path}"


@time_machine.travel(NOON)
async def test_before_the_first_scan_it_says_when_it_comes(client: httpx.AsyncClient, network: None) -> None:
    await sign_in(client, await make_actor("ministry"))
    for path in ("/coverage", "/coverage/regions/01", "/coverage/boards/990000"):
        assert "Le balayage a lieu chaque nuit, à 5 h." in seen(await client.get(path))


@time_machine.travel(NOON)
async def test_the_ministry_goes_from_province_to_school(client: httpx.AsyncClient, network: None) -> None:
    await operations.scan(system(), at=NOON)
    await sign_in(client, await make_actor("ministry"))
    province = await client.get("/coverage")
    expected = "Au 24 novembre 2026 : 1 atteint, 0 en voie, 2 sous le plancher, 0 non évaluable ou exempté."
    assert expected in seen(province)
    assert province.text.index("Montréal") < province.text.index("Bas-Saint-Laurent")  # the largest share below first
    assert "moins de 5" in seen(province) and "100 %" in seen(province)
    assert "/coverage/regions/01" in province.text
    region = await client.get("/coverage/regions/01")
    assert "1 atteint, 0 en voie, 1 sous le plancher" in seen(region) and "/coverage/boards/990000" in region.text
    board = await client.get("/coverage/boards/990000")
    words = seen(board)
    assert words.index("École de la Clé (990001)") < words.index("École 990002 (990002)")
    assert "Sous le plancher depuis le 24 novembre : il manque 12 robots" in words
    assert "/schools/990001/floor" in board.text
    assert (await client.get("/coverage/regions/99")).status_code == 404
    assert (await client.get("/coverage/boards/999000")).status_code == 404
    short = await client.get("/coverage/boards/991")
    assert (short.status_code, short.headers["location"]) == (303, "/coverage/boards/991000")


@time_machine.travel(NOON)
async def test_a_board_reads_its_own_and_finds_no_other(client: httpx.AsyncClient, network: None) -> None:
    await operations.scan(system(), at=NOON)
    await sign_in(client, await make_actor("purchasing", board="990000"))
    sent = await client.get("/coverage")
    assert (sent.status_code, sent.headers["location"]) == (303, "/coverage/boards/990000")
    assert "990001" in (await client.get("/coverage/boards/990000")).text
    assert (await client.get("/coverage/boards/991000")).status_code == 404
    assert (await client.get("/coverage/regions/01")).status_code == 403
    await sign_in(client, await make_actor("principal", school="990001"))
    assert (await client.get("/coverage/boards/990000")).status_code == 403
    assert (await client.get("/coverage")).status_code == 403


@time_machine.travel(NOON)
async def test_a_boards_schools_filter_by_status_and_go_on_where_they_ended(
    client: httpx.AsyncClient, network: None
) -> None:
    for n in range(100, 151):
        await make_sized(f"990{n}")
    await operations.scan(system(), at=NOON)
    await sign_in(client, await make_actor("purchasing", board="990000"))
    met = seen(await client.get("/coverage/boards/990000?status=met"))
    assert "École 990002 (990002)" in met and "(990001)" not in met
    empty = seen(await client.get("/coverage/boards/990000?status=exempt"))
    assert "Aucun résultat avec ces filtres." in empty
    wrong = await client.get("/coverage/boards/990000?status=odd")
    assert wrong.status_code == 422 and "« odd » n'est pas un état du plancher." in seen(wrong)
    first = await client.get("/coverage/boards/990000?status=below")
    assert first.text.count("/floor") == 50
    following = next(part for part in first.text.split('"') if "after=" in part).replace("&amp;", "&")
    second = await client.get(following)
    assert second.text.count("/floor") == 2 and "after=" not in second.text


async def test_a_past_day_and_the_change_over_a_month(client: httpx.AsyncClient, network: None) -> None:
    with time_machine.travel(NOON):
        await operations.scan(system(), at=NOON)
    with time_machine.travel(NOON + timedelta(days=31)):
        await execute("UPDATE asset SET state = 'lost'")
        await operations.scan(system(), at=NOON + timedelta(days=31))
        await sign_in(client, await make_actor("ministry"))
        now = seen(await client.get("/coverage"))
        assert "3 sous le plancher" in now and "1 de plus sous le plancher que le 24 novembre 2026." in now
        assert "Évolution des derniers balayages" in now
        then = seen(await client.get("/coverage?at=2026-12-01"))
        assert "Au 24 novembre 2026 : 1 atteint" in then
        assert "à la date d'aujourd'hui" in seen(await client.get("/coverage/boards/990000?at=2026-12-01"))
        wrong = await client.get("/coverage?at=hier")
        assert wrong.status_code == 422 and "« hier » n'est pas une date." in seen(wrong)
