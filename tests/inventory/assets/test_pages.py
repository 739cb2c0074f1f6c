"""Pages of assets: nobody, a stranger, those who may read, those who may write."""

import httpx
import pytest

from inventory.assets import operations, queries
from inventory.assets.rules import MOVES, State
from inventory.assets.words import EVENTS, TONES
from kit.actor import Actor, system
from tests.factories import make_actor, make_building, make_school, new_unit
from tests.reading import forms, seen, sign_in, submit


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_school("990002")
    await make_building("990801", school="990001")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def tags(technician: Actor) -> list[str]:
    units = [new_unit(name="Tablette 10 po", maker="Fabrix", serial=f"DMPX-{n:03}", room="204") for n in range(3)]
    return [asset.tag for asset in await operations.receive_units(technician, units)]


async def state(tag: str) -> State:
    return (await queries.by_tags(system(), [tag]))[0].state


async def test_nobody_is_sent_to_sign_in_and_back(client: httpx.AsyncClient, tags: list[str]) -> None:
    for path in ("/assets", f"/assets/{tags[0]}", "/assets/new"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


async def test_a_stranger_finds_neither_the_asset_nor_its_forms(client: httpx.AsyncClient, tags: list[str]) -> None:
    await make_school("991001", board="991000")
    await sign_in(client, await make_actor("technician", board="991000"))
    listed = await client.get("/assets")
    assert "Aucun bien." in seen(listed) and tags[0] not in listed.text
    assert (await client.get(f"/assets/{tags[0]}")).status_code == 404
    shown = await client.get("/assets/new")
    token = str(forms(shown)["/assets/new"]["_csrf_token"])
    sent = {"_csrf_token": token, "why": "x", "version": "1"}
    for action in ("out-of-service", "into-service", "retirement", "place", "record", "no-such-thing"):
        assert (await client.post(f"/assets/{tags[0]}/{action}", data=sent)).status_code == 404
    assert await state(tags[0]) is State.received


async def test_a_school_reads_its_assets_and_has_no_form_of_change(client: httpx.AsyncClient, tags: list[str]) -> None:
    await sign_in(client, await make_actor("school_team", school="990001"))
    shown = await client.get(f"/assets/{tags[0]}?do=retirement")
    assert "DMPX-000" in shown.text and "Signaler un problème" in shown.text
    assert [path for path in forms(shown) if path.startswith("/assets/")] == []
    token = str(forms(shown)["/sign-out"]["_csrf_token"])
    refused = await client.post(f"/assets/{tags[0]}/retirement", data={"_csrf_token": token, "why": "x"})
    assert refused.status_code == 403
    assert (await client.get("/assets/new")).status_code == 403
    assert await state(tags[0]) is State.received


async def test_a_fragment_and_filters_find_assets_and_an_empty_filter_says_so(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await sign_in(client, technician)
    found = await client.get("/assets", params={"q": "tablette ecole de la cle", "state": "received"})
    assert all(tag in found.text for tag in tags)
    assert "state=in_service" in found.text  # the other filters keep the words that were asked
    exact = await client.get("/assets", params={"q": "dmpx-001"})
    assert tags[1] in exact.text and tags[0] not in exact.text
    none = await client.get("/assets", params={"state": "lost"})
    assert "Aucun résultat avec ces filtres." in seen(none)
    wrong = await client.get("/assets", params={"state": "broken"})
    assert wrong.status_code == 422 and "« broken » n'est pas un état de bien." in seen(wrong)


async def test_a_list_goes_on_where_it_ended(client: httpx.AsyncClient, technician: Actor) -> None:
    await operations.receive_units(technician, [new_unit() for _ in range(51)])
    await sign_in(client, technician)
    first = await client.get("/assets?category=flotte-appareils")
    following = next(part for part in first.text.split('"') if "after=" in part).replace("&amp;", "&")
    second = await client.get(following)
    assert second.text.count('name="tag"') == 1 and "Revenir au début" in seen(second)


async def test_an_asset_says_whether_it_counts_where_it_is_and_what_happened(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await operations.put_into_service(technician, tags[:1])
    await operations.take_out_of_service(technician, tags[0], why="Écran noir")
    await sign_in(client, technician)
    words = seen(await client.get(f"/assets/{tags[0]}"))
    assert "Ne compte pas pour le plancher : hors service." in words
    assert "Local 204" in words and "DMPX-000" in words
    assert "Mis hors service." in words and "« Écran noir »" in words and "État : en service → hors service" in words


async def test_several_received_assets_go_into_service_from_the_list(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await sign_in(client, technician)
    shown = await client.get("/assets?state=received")
    sent = await submit(client, shown, "/assets/chosen", tag=tags[:2], do="service")
    assert sent.status_code == 303
    assert "2 biens sont en service." in seen(await client.get(sent.headers["location"]))
    assert [await state(tag) for tag in tags] == [State.in_service, State.in_service, State.received]
    again = await submit(client, shown, "/assets/chosen", tag=tags[:2], do="service")  # a double click
    assert "2 biens sont en service." in seen(await client.get(again.headers["location"]))


async def test_one_that_cannot_go_into_service_keeps_all_back_and_says_why(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await operations.put_into_service(technician, tags[:1])
    await sign_in(client, technician)
    shown = await client.get("/assets")
    sent = await submit(client, shown, "/assets/chosen", tag=tags, do="service")
    words = seen(await client.get(sent.headers["location"]))
    assert f"Le bien {tags[0]} est en service" in words and "Rien n'a été changé." in words
    assert await state(tags[1]) is State.received
    nothing = await submit(client, shown, "/assets/chosen", do="service")
    assert "Cochez au moins un bien." in seen(await client.get(nothing.headers["location"]))


async def test_ticked_assets_lead_to_their_labels(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await sign_in(client, technician)
    shown = await client.get("/assets")
    sent = await submit(client, shown, "/assets/chosen", tag=tags[1:], do="labels")
    assert sent.headers["location"] == f"/labels?tags={tags[1]},{tags[2]}"


async def test_out_of_service_needs_a_reason_and_keeps_what_was_typed(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await operations.put_into_service(technician, tags[:1])
    await sign_in(client, technician)
    page, action = f"/assets/{tags[0]}?do=out-of-service", f"/assets/{tags[0]}/out-of-service"
    shown = await client.get(page)
    failed = await submit(client, shown, action, why="  ")
    assert failed.status_code == 422 and "<title>Erreur" in failed.text
    assert "Dites pourquoi en une phrase" in seen(failed) and 'href="#f-why"' in failed.text
    done = await submit(client, failed, action, why="Vitre brisée")
    assert (done.status_code, done.headers["location"]) == (303, f"/assets/{tags[0]}")
    assert await state(tags[0]) is State.out_of_service
    twice = await submit(client, failed, action, why="Vitre brisée")  # a double click: the same answer, nothing more
    assert twice.status_code == 303


async def test_a_form_shown_before_somebody_else_changed_the_asset_changes_nothing(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await sign_in(client, technician)
    shown = await client.get(f"/assets/{tags[0]}?do=place")
    await operations.move(technician, tags[0], building=None, room="Bibliothèque")
    stale = await submit(client, shown, f"/assets/{tags[0]}/place", room="110")
    assert stale.status_code == 412
    assert "Quelqu'un a modifié cette fiche" in seen(stale) and 'value="110"' in stale.text
    assert (await queries.by_tags(system(), tags[:1]))[0].room == "Bibliothèque"
    kept = await submit(client, stale, f"/assets/{tags[0]}/place", building="990801")
    assert kept.status_code == 303
    moved = (await queries.by_tags(system(), tags[:1]))[0]
    assert (moved.room, moved.building) == ("110", "990801")


async def test_a_serial_is_corrected_and_one_that_exists_is_refused_at_its_field(
    client: httpx.AsyncClient, technician: Actor, tags: list[str]
) -> None:
    await sign_in(client, technician)
    page, action = f"/assets/{tags[0]}?do=record", f"/assets/{tags[0]}/record"
    refused = await submit(client, await client.get(page), action, serial="dmpx-001")
    assert refused.status_code == 422 and f"Déjà inscrit : bien {tags[1]}." in seen(refused)
    assert 'href="#f-serial"' in refused.text and 'value="dmpx-001"' in refused.text
    unread = await submit(client, refused, action, serial="DMPX-900", warranty_until="hier")
    assert unread.status_code == 422 and "« hier » n'est pas une date." in seen(unread)
    assert (await submit(client, unread, action, warranty_until="2029-10-12")).status_code == 303
    kept = (await queries.by_tags(system(), tags[:1]))[0]
    assert (kept.serial, str(kept.warranty_until), kept.maker) == ("DMPX-900", "2029-10-12", "Fabrix")
    assert (await submit(client, await client.get(page), action, serial="", warranty_until="")).status_code == 303
    bare = (await queries.by_tags(system(), tags[:1]))[0]
    assert (bare.serial, bare.warranty_until) == (None, None)


@pytest.mark.parametrize(
    ("action", "typed", "reached"),
    [
        ("repair", {"why": "Dossier 4471"}, State.in_repair),
        ("lost", {"why": "Introuvable depuis mars"}, State.lost),
        ("lost", {"why": "Dossier de police 12", "stolen": "true"}, State.stolen),
        ("retirement", {"why": "Recyclé"}, State.retired),
    ],
)
async def test_each_action_does_what_it_says(
    client: httpx.AsyncClient,
    technician: Actor,
    tags: list[str],
    action: str,
    typed: dict[str, str],
    reached: State,
) -> None:
    await operations.put_into_service(technician, tags[:1])
    await sign_in(client, technician)
    shown = await client.get(f"/assets/{tags[0]}?do={action}")
    assert (await submit(client, shown, f"/assets/{tags[0]}/{action}", **typed)).status_code == 303
    assert await state(tags[0]) is reached


async def test_back_from_repair_and_found_again(client: httpx.AsyncClient, technician: Actor, tags: list[str]) -> None:
    await operations.report_lost(technician, tags[0], why="Introuvable")
    await sign_in(client, technician)
    path = f"/assets/{tags[0]}"
    assert (await submit(client, await client.get(f"{path}?do=found"), f"{path}/found")).status_code == 303
    assert await state(tags[0]) is State.out_of_service
    assert (await submit(client, await client.get(f"{path}?do=return"), f"{path}/return")).status_code == 303
    assert await state(tags[0]) is State.in_service
    late = await submit(client, await client.get(f"{path}?do=repair"), f"{path}/repair", why="Vitre")
    assert late.status_code == 303
    forged = str(forms(await client.get(path))["/sign-out"]["_csrf_token"])
    refused = await client.post(f"{path}/into-service", data={"_csrf_token": forged})
    assert refused.status_code == 409 and "on ne peut pas le mettre en service" in seen(refused)


async def test_an_asset_is_entered_by_hand_with_its_price(client: httpx.AsyncClient, technician: Actor) -> None:
    await sign_in(client, technician)
    shown = await client.get("/assets/new?school=990001")
    failed = await submit(client, shown, "/assets/new", category="flotte-appareils", before_tax_cents="cher")
    assert failed.status_code == 422 and "« cher » n'est pas un nombre permis ici." in seen(failed)
    failed = await submit(client, failed, "/assets/new", before_tax_cents="1 234,56 $")
    assert "Donnez un nom au bien." in seen(failed) and 'value="1 234,56 $"' in failed.text
    done = await submit(client, failed, "/assets/new", name="Portable", in_service="on")
    assert done.status_code == 303
    asset = (await queries.by_tags(system(), [done.headers["location"].removeprefix("/assets/")]))[0]
    assert (asset.name, asset.before_tax_cents, asset.state) == ("Portable", 123456, State.in_service)
    again = await submit(client, failed, "/assets/new", name="Portable", in_service="on")
    assert again.headers["location"] == done.headers["location"]


def test_every_state_has_a_tone_and_every_move_its_words() -> None:
    assert set(TONES) == set(State)
    assert {move.what for move in MOVES} <= set(EVENTS)
