"""What a scanned label says to whom, and the sheet that is printed."""

import httpx
import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import State
from inventory.assets.schemas import AssetOut
from kit.actor import Actor, system
from tests.factories import make_actor, make_school, new_unit
from tests.reading import forms, seen, sign_in, submit


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def device(technician: Actor) -> AssetOut:
    unit = new_unit(maker="Fabrix", model="T-10", serial="DMPX-001", room="Local secret 204")
    return (await operations.receive_units(technician, [unit]))[0]


@pytest.mark.parametrize("path", ["/l/{code}", "/L/{code}"])
async def test_anyone_reads_model_tag_and_school_no_more(
    client: httpx.AsyncClient, technician: Actor, device: AssetOut, path: str
) -> None:
    shown = await client.get(path.format(code=device.label_code))
    assert shown.status_code == 200
    words = seen(shown)
    assert "Fabrix T-10" in words and device.tag in words and "École de la Clé" in words
    for hidden in ("DMPX-001", "Local secret", technician.name):
        assert hidden not in shown.text
    asked = await client.get(f"/tickets/new?asset={device.tag}")
    assert f"/tickets/new?asset={device.tag}" in shown.text and asked.status_code == 303


async def test_a_code_typed_in_small_letters_is_read(client: httpx.AsyncClient, device: AssetOut) -> None:
    assert device.tag in (await client.get(f"/l/{device.label_code.lower()}")).text


async def test_an_unknown_label_says_what_to_check(client: httpx.AsyncClient, device: AssetOut) -> None:
    unknown = await client.get("/l/AAAAAAAA")
    assert unknown.status_code == 404 and "Étiquette inconnue. Vérifiez les 8 caractères." in seen(unknown)


async def test_in_scope_it_opens_the_asset_and_a_stranger_reads_what_anyone_does(
    client: httpx.AsyncClient, technician: Actor, device: AssetOut
) -> None:
    await sign_in(client, technician)
    opened = await client.get(f"/L/{device.label_code}")
    assert (opened.status_code, opened.headers["location"]) == (303, f"/assets/{device.tag}")
    await make_school("991001", board="991000")
    for who in (await make_actor("technician", board="991000"), await make_actor("ministry")):
        await sign_in(client, who)
        shown = await client.get(f"/L/{device.label_code}")
        assert shown.status_code == 200 and "DMPX-001" not in shown.text


async def test_nobody_and_no_stranger_prints(client: httpx.AsyncClient, device: AssetOut) -> None:
    assert (await client.get(f"/labels?tags={device.tag}")).status_code == 303
    await make_school("991001", board="991000")
    await sign_in(client, await make_actor("technician", board="991000"))
    assert (await client.get(f"/labels?tags={device.tag}")).status_code == 404
    shown = await client.get("/labels")
    sent = await submit(client, shown, "/labels", tags=device.tag)
    assert sent.status_code == 404 and not sent.content.startswith(b"%PDF")
    await sign_in(client, await make_actor("school_team", school="990001"))
    assert (await client.get("/labels")).status_code == 403


async def test_the_sheet_is_a_pdf_from_the_label_that_is_free(
    client: httpx.AsyncClient, technician: Actor, device: AssetOut
) -> None:
    await sign_in(client, technician)
    shown = await client.get(f"/labels?tags={device.tag}")
    assert "Imprimer 1 étiquette" in seen(shown)
    beyond = await submit(client, shown, "/labels", start_at="31")
    assert beyond.status_code == 422 and "Cette feuille a des étiquettes de 1 à 30." in seen(beyond)
    unread = await submit(client, shown, "/labels", start_at="sept")
    assert unread.status_code == 422 and "« sept » n'est pas un nombre permis ici." in seen(unread)
    assert 'value="sept"' in unread.text
    printed = await submit(client, beyond, "/labels", start_at="7", offset_right_mm="0.5")
    assert printed.headers["content-type"] == "application/pdf" and printed.content.startswith(b"%PDF")
    assert f"etiquettes-{device.tag}.pdf" in printed.headers["content-disposition"]
    again = await submit(client, beyond, "/labels", start_at="7")
    assert again.content.startswith(b"%PDF")
    assert "Étiquette imprimée." in seen(await client.get(f"/assets/{device.tag}"))


async def test_what_is_stuck_goes_into_service_from_there(
    client: httpx.AsyncClient, technician: Actor, device: AssetOut
) -> None:
    await sign_in(client, technician)
    shown = await client.get(f"/labels?tags={device.tag}")
    assert (await submit(client, shown, "/assets/chosen", do="service")).status_code == 303
    assert (await queries.by_tags(system(), [device.tag]))[0].state is State.in_service
    assert "/assets/chosen" not in forms(await client.get(f"/labels?tags={device.tag}"))


async def test_tags_are_typed_one_a_line(client: httpx.AsyncClient, technician: Actor, device: AssetOut) -> None:
    await sign_in(client, technician)
    shown = await client.get("/labels")
    none = await submit(client, shown, "/labels", tags=" ")
    assert none.status_code == 422 and "Choisissez au moins un bien." in seen(none)
    printed = await submit(client, shown, "/labels", tags=f" {device.tag.lower()}\n{device.tag}")
    assert printed.content.startswith(b"%PDF")
