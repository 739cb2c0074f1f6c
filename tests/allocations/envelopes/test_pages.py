"""Pages of envelopes: four figures, and a row with its reason for each of their changes."""

import httpx
import pytest

from allocations.envelopes import operations
from allocations.envelopes.rules import Move, Passing
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from tests.factories import make_actor, make_envelope, make_school
from tests.reading import seen, sign_in


@pytest.fixture
async def team(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    return await make_actor("school_team", school="990001")


async def test_nobody_is_sent_to_sign_in_and_a_stranger_finds_nothing(client: httpx.AsyncClient, team: Actor) -> None:
    path = f"/envelopes/{await make_envelope()}"
    assert (await client.get(path)).headers["location"] == f"/sign-in?next={path}"
    await make_school("990002")
    await sign_in(client, await make_actor("school_team", school="990002"))
    assert (await client.get(path)).status_code == 404
    assert "Aucune enveloppe en 2026-2027." in seen(await client.get("/envelopes"))


async def test_the_figures_and_each_change_with_its_reason(client: httpx.AsyncClient, team: Actor) -> None:
    envelope = await make_envelope(cents=2_150_00)
    async with transaction(system()):
        await operations.reserve(system(), [Move(envelope, 840_13, "Panier P-1 soumis.", "selection", "P-1")])
    await sign_in(client, team)
    listed = await client.get("/envelopes")
    assert "Réservé 840,13 $" in seen(listed) and f"/envelopes/{envelope}" in listed.text
    shown = await client.get(f"/envelopes/{envelope}")
    assert "1 309,87 $ libres sur 2 150,00 $." in seen(shown)
    assert "Panier P-1 soumis." in seen(shown) and 'href="/selections/P-1"' in shown.text
    assert "Allocation d'essai" in seen(shown)


async def test_one_figure_shows_the_rows_that_changed_it(client: httpx.AsyncClient, team: Actor) -> None:
    envelope = await make_envelope(cents=2_150_00)
    async with transaction(system()):
        await operations.reserve(system(), [Move(envelope, 840_13, "Panier P-1 soumis.", "selection", "P-1")])
    await sign_in(client, team)
    shown = seen(await client.get(f"/envelopes/{envelope}?figure=reserved"))
    assert "Panier P-1 soumis." in shown and "Allocation d'essai" not in shown
    assert "Aucun résultat avec ces filtres." in seen(await client.get(f"/envelopes/{envelope}?figure=spent"))
    assert (await client.get(f"/envelopes/{envelope}?figure=1;DROP")).status_code == 404


async def test_a_board_reads_its_schools_in_a_table(client: httpx.AsyncClient, team: Actor) -> None:
    for code in ("990001", "990002", "990003", "990004"):
        await make_school(code)
        await make_envelope(code, 1_000_00)
    await make_school("991001", board="991000")
    await make_envelope("991001", 7_777_77)
    await sign_in(client, await make_actor("purchasing", board="990000"))
    shown = seen(await client.get("/envelopes"))
    assert shown.count("1 000,00 $") == 8 and "7 777,77" not in shown
    assert "(990003)" in seen(await client.get("/envelopes?school=990003"))
    assert (await client.get("/envelopes?school=991001")).status_code == 404


async def test_a_loan_names_the_other_side_to_the_board_alone(client: httpx.AsyncClient, team: Actor) -> None:
    await make_school("990002", name="École de la Source")
    lender, borrower = await make_envelope("990001", 1_000_00), await make_envelope("990002", 400_00)
    async with transaction(system()):
        await operations.lend(system(), [Passing(lender, borrower, 100_00, "Avance")])
    await sign_in(client, await make_actor("purchasing", board="990000"))
    assert "donné à École de la Source (990002)" in seen(await client.get(f"/envelopes/{lender}"))
    assert f'href="/envelopes/{lender}"' in (await client.get(f"/envelopes/{borrower}")).text
    await sign_in(client, team)
    said = seen(await client.get(f"/envelopes/{lender}"))
    assert "Avance" in said and "−100,00 $" in said and "Source" not in said


async def test_the_envelope_of_a_board_bears_its_name(client: httpx.AsyncClient, team: Actor) -> None:
    async with transaction(system()):
        await execute("UPDATE measure SET holder = 'board'")
        held = await fetch_value(
            "INSERT INTO envelope (board, measure, year) SELECT '990000', id, '2026-2027' FROM measure WHERE code = 'EX-COMBOS'"
            " RETURNING id"
        )
        await operations.allocate(system(), [Move(held, 12_000_00, "Part de l'organisme")])
    await sign_in(client, await make_actor("purchasing", board="990000"))
    page = await client.get(f"/envelopes/{held}")
    assert page.status_code == 200 and "(990000)" in seen(page) and "None" not in page.text
    assert "(990000)" in seen(await client.get("/envelopes"))
    await sign_in(client, team)
    assert (await client.get(f"/envelopes/{held}")).status_code == 404
