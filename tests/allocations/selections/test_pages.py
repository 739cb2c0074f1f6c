"""Baskets by forms alone: composed, checked, submitted, decided, taken back; who may not."""

import re

import httpx
import pytest

from allocations.selections import decisions, operations, queries, words
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from inventory.floor import operations as floor
from kit.actor import Actor, system
from kit.database import execute, fetch_value
from tests.factories import (
    figures,
    make_actor,
    make_building,
    make_bundle,
    make_envelope,
    make_headcount,
    make_product,
    make_school,
)
from tests.reading import forms, seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def team(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_building("990801", name="Pavillon A")
    await make_product("tablette", 393_00)
    await make_bundle("combo", ("tablette", 1))
    return await make_actor("school_team", school="990001")


@pytest.fixture
async def principal(team: Actor) -> Actor:
    return await make_actor("principal", school="990001")


async def draft(team: Actor, quantity: int = 2, cents: int = 2_150_00) -> SelectionOut:
    await make_envelope(cents=cents)
    return await another(team, quantity)


async def another(team: Actor, quantity: int) -> SelectionOut:
    made = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    return await operations.put_line(
        team, made.number, NewLine(bundle="combo", quantity=quantity), version=made.version
    )


async def submitted(team: Actor) -> SelectionOut:
    basket = await draft(team)
    return await decisions.submit(team, basket.number, version=basket.version)


async def state(number: str) -> str:
    return (await queries.one(system(), number)).state


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, team: Actor) -> None:
    number = (await draft(team)).number
    for path in ("/selections", f"/selections/{number}", f"/selections/{number}/check", "/approvals"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


async def test_a_sibling_school_finds_nothing(client: httpx.AsyncClient, team: Actor) -> None:
    basket = await submitted(team)
    await make_school("990002")
    await sign_in(client, await make_actor("principal", school="990002"))
    listed = await client.get("/selections")
    assert basket.number not in listed.text and "Aucun panier cette année." in seen(listed)
    assert "Aucun panier n'attend votre décision." in seen(await client.get("/approvals"))
    for path in (f"/selections/{basket.number}", f"/selections/{basket.number}/check", "/selections?school=990001"):
        assert (await client.get(path)).status_code == 404
    token = str(forms(listed)["/sign-out"]["_csrf_token"])
    sent = {"_csrf_token": token, "version": str(basket.version), "reason": "x"}
    for verb in ("", "/submit", "/approve", "/refuse", "/withdraw", "/resume"):
        assert (await client.post(f"/selections/{basket.number}{verb}", data=sent)).status_code == 404
    assert await state(basket.number) == "submitted"


async def test_a_team_goes_from_an_empty_basket_to_an_approved_one_by_forms_alone(
    client: httpx.AsyncClient, team: Actor, principal: Actor
) -> None:
    envelope = await make_envelope(cents=2_150_00)
    await sign_in(client, team)

    shown = await client.get("/catalogue/bundles/combo")
    assert "Entre dans votre enveloppe. Il resterait 1 729,93 $." in seen(shown)
    added = await submit(client, shown, "/catalogue/add", quantity="1")
    path = added.headers["location"]
    number = path.rsplit("/", 1)[1]
    shown = await client.get(path)
    assert f"« combo » est dans le panier {number}." in seen(shown)

    fields = forms(shown)[path]
    quantity = next(name for name in fields if name.startswith("quantity-"))
    place, use = (quantity.replace("quantity", name) for name in ("building", "use"))
    changed = await submit(client, shown, path, **{quantity: "2", place: "990801", use: "Robotique, 5e année"})
    assert changed.status_code == 303
    shown = await client.get(path)
    assert "Total 840,13 $." in seen(shown) and "Il resterait 1 309,87 $." in seen(shown)
    assert forms(shown)[path][use] == "Robotique, 5e année"

    shown = await client.get(f"{path}/check")
    assert "Pavillon A" in shown.text and "Soumettre à la direction" in seen(shown)
    sent = await submit(client, shown, f"{path}/submit")
    again = await submit(client, shown, f"{path}/submit")
    assert sent.headers["location"] == again.headers["location"] == path
    assert f"Panier {number} soumis. 840,13 $ sont réservés." in seen(await client.get(path))
    assert await figures(envelope) == (1_309_87, 840_13, 0, 0)
    back = await client.get(f"{path}/check")  # the browser's Back
    assert (back.status_code, back.headers["location"]) == (303, path)

    await sign_in(client, principal)
    queue = await client.get("/approvals")
    assert "1 panier attend votre décision." in seen(queue) and number in queue.text
    shown = await client.get(path)
    assert (await submit(client, shown, f"{path}/approve")).status_code == 303
    assert (await submit(client, shown, f"{path}/approve")).status_code == 303
    assert "Panier approuvé. Il passe à l'organisme." in seen(await client.get(path))
    assert len((await queries.one(system(), number)).approvals) == 1


async def test_a_basket_that_does_not_fit_says_what_is_missing_and_what_would_do(
    client: httpx.AsyncClient, team: Actor
) -> None:
    basket = await draft(team, 6)
    await sign_in(client, team)
    shown = seen(await client.get(f"/selections/{basket.number}"))
    assert "Total 2 520,39 $." in shown and "Il manque 370,39 $, taxes nettes comprises." in shown
    assert "Entre si vous retirez 1 unité de « combo » : 2 100,33 $." in shown
    check = await client.get(f"/selections/{basket.number}/check")
    assert "Ce panier ne peut pas être soumis tel quel." in seen(check)
    assert f"/selections/{basket.number}/submit" not in forms(check)


async def test_a_wrong_quantity_is_said_at_its_field_and_nothing_is_lost(
    client: httpx.AsyncClient, team: Actor
) -> None:
    basket = await draft(team)
    path, line = f"/selections/{basket.number}", basket.lines[0].id
    await sign_in(client, team)
    for wrong in ("0", "deux", "", "10001", "-1"):
        shown = await client.get(path)
        refused = await submit(client, shown, path, **{f"quantity-{line}": wrong, f"use-{line}": "Projet"})
        assert refused.status_code == 422
        assert "<title>Erreur" in refused.text and f'href="#f-quantity-{line}"' in refused.text
        assert forms(refused)[path][f"use-{line}"] == "Projet"
        assert forms(refused)[path][f"quantity-{line}"] == wrong
    assert (await queries.one(team, basket.number)).version == basket.version


async def test_a_line_is_taken_out_and_the_empty_basket_leads_to_the_catalogue(
    client: httpx.AsyncClient, team: Actor
) -> None:
    basket = await draft(team)
    path = f"/selections/{basket.number}"
    await sign_in(client, team)
    removed = await submit(client, await client.get(path), path, remove=str(basket.lines[0].id))
    assert removed.status_code == 303
    shown = seen(await client.get(path))
    assert "Le panier est vide." in shown and "Choisir au catalogue" in shown


async def test_htmx_gets_the_price_alone_with_the_next_version(client: httpx.AsyncClient, team: Actor) -> None:
    basket = await draft(team)
    path, line = f"/selections/{basket.number}", basket.lines[0].id
    await sign_in(client, team)
    sent = forms(await client.get(path))[path] | {f"quantity-{line}": "5"}
    answer = await client.post(path, data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "<html" not in answer.text
    assert "Total 2 100,33 $." in seen(answer) and "Il resterait 49,67 $." in seen(answer)
    assert f'id="version" value="{basket.version + 1}" hx-swap-oob="true"' in answer.text
    stale = await client.post(path, data=sent | {f"quantity-{line}": "1"}, headers={"HX-Request": "true"})
    assert stale.status_code == 412 and 'role="alert"' in stale.text
    assert (await queries.one(team, basket.number)).lines[0].quantity == 5


async def test_a_refusal_without_a_reason_leads_to_its_field(
    client: httpx.AsyncClient, team: Actor, principal: Actor
) -> None:
    basket = await submitted(team)
    path = f"/selections/{basket.number}"
    await sign_in(client, principal)
    shown = await client.get(path)
    refused = await submit(client, shown, f"{path}/refuse", reason="  ")
    assert refused.status_code == 422 and "<title>Erreur" in refused.text
    assert 'href="#f-reason"' in refused.text and "Écrivez ce que l'équipe-école doit savoir." in seen(refused)
    assert await state(basket.number) == "submitted"

    done = await submit(client, refused, f"{path}/refuse", reason="Trop de tablettes.")
    assert done.status_code == 303
    said = seen(await client.get(path))
    assert "Panier refusé. 840,13 $ sont libérés. Votre motif est envoyé." in said

    await sign_in(client, team)
    shown = await client.get(path)
    assert "Trop de tablettes." in shown.text and "Corriger" in shown.text
    assert (await submit(client, shown, f"{path}/resume")).status_code == 303
    assert await state(basket.number) == "draft"


async def test_a_change_asked_and_an_agreement_are_not_told_as_refusals(
    client: httpx.AsyncClient, team: Actor, principal: Actor
) -> None:
    basket = await submitted(team)
    basket = await decisions.ask_change(principal, basket.number, version=basket.version, reason="Pour quel local?")
    await sign_in(client, team)
    said = seen(await client.get(f"/selections/{basket.number}"))
    assert "Précision demandée" in said and "Pour quel local?" in said and "Refusé" not in said
    known = await fetch_value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'approval_decision_known_2'"
    )
    assert set(words.DECISION_CHIPS) == set(re.findall("'([a-z]+)'", known))
    assert "Refusé" not in {words.decision_chip(decision)[0] for decision in ("approved", "agreed", "asked")}


async def test_who_composed_it_reads_why_they_may_not_approve_and_a_forged_approval_is_refused(
    client: httpx.AsyncClient, principal: Actor, team: Actor
) -> None:
    basket = await submitted(principal)
    path = f"/selections/{basket.number}"
    for who, sentence in (
        (principal, "Vous avez préparé ce panier : une autre personne doit l'approuver."),
        (team, "L'approbation revient à la direction."),
    ):
        await sign_in(client, who)
        shown = await client.get(path)
        assert sentence in seen(shown) and f"{path}/approve" not in forms(shown)
        forged = {"_csrf_token": str(forms(shown)["/sign-out"]["_csrf_token"]), "version": str(basket.version)}
        assert (await client.post(f"{path}/approve", data=forged)).status_code == 403
    assert await state(basket.number) == "submitted"


async def test_an_approval_of_another_version_approves_nothing(
    client: httpx.AsyncClient, team: Actor, principal: Actor
) -> None:
    basket = await submitted(team)
    path = f"/selections/{basket.number}"
    await sign_in(client, principal)
    shown = await client.get(path)
    taken = await decisions.withdraw(team, basket.number, version=basket.version)
    opened = await decisions.resume(team, basket.number, version=taken.version)
    await decisions.submit(team, basket.number, version=opened.version)
    stale = await submit(client, shown, f"{path}/approve")
    assert stale.status_code == 412
    assert "Le panier a changé pendant votre lecture. Rien n'a été approuvé." in seen(stale)
    assert await state(basket.number) == "submitted"


async def test_whoever_is_overtaken_reads_what_is_missing_and_keeps_the_basket(
    client: httpx.AsyncClient, team: Actor
) -> None:
    basket = await draft(team, 3)
    path = f"/selections/{basket.number}"
    await sign_in(client, team)
    check = await client.get(f"{path}/check")
    other = await another(team, 3)
    await decisions.submit(team, other.number, version=other.version)
    late = await submit(client, check, f"{path}/submit")
    assert late.status_code == 422
    assert "Il manque maintenant 370,38 $ : un autre panier a été soumis à" in seen(late)
    assert "Le vôtre est conservé." in seen(late)
    assert await state(basket.number) == "draft"


async def test_a_submitted_basket_is_taken_back(client: httpx.AsyncClient, team: Actor) -> None:
    basket = await submitted(team)
    path = f"/selections/{basket.number}"
    await sign_in(client, team)
    assert (await submit(client, await client.get(path), f"{path}/withdraw")).status_code == 303
    shown = await client.get(path)
    assert "840,13 $ sont libérés et les approbations tombent." in seen(shown)
    assert f"{path}/resume" in forms(shown)


async def test_the_list_is_filtered_by_state(client: httpx.AsyncClient, team: Actor) -> None:
    first = await submitted(team)
    second = await another(team, 1)
    await sign_in(client, team)
    drafts = (await client.get("/selections?state=draft")).text
    assert second.number in drafts and first.number not in drafts
    assert "Aucun résultat avec ces filtres." in seen(await client.get("/selections?state=ordered"))


async def test_the_queue_says_what_a_basket_does_to_the_floor(
    client: httpx.AsyncClient, team: Actor, principal: Actor
) -> None:
    await make_headcount("990001", 20)
    await floor.scan(system())
    await submitted(team)
    await sign_in(client, principal)
    shown = seen(await client.get("/approvals"))
    assert "Flotte d'appareils" in shown and "Ramène l'écart de 4 à 2." in shown


async def test_a_price_that_changes_while_the_check_is_read_is_shown_before_anything_is_submitted(
    client: httpx.AsyncClient, team: Actor
) -> None:
    basket = await draft(team)
    path = f"/selections/{basket.number}"
    await sign_in(client, team)
    shown = await client.get(f"{path}/check")
    await execute("UPDATE price SET before_tax_cents = 600_00")

    refused = await submit(client, shown, f"{path}/submit")

    assert refused.status_code == 412
    assert "Le panier coûte maintenant 1 282,64 $, et non 840,13 $" in seen(refused)
    assert await state(basket.number) == "draft"
    assert (await submit(client, refused, f"{path}/submit")).status_code == 303
    assert await state(basket.number) == "submitted"
