"""The page of a school's floor, with its arithmetic, and the pages of flags."""

from datetime import date

import httpx
import pytest
import time_machine

from inventory.floor import flags, operations
from inventory.floor.schemas import FlagOut
from kit.actor import Actor, system
from kit.database import execute
from tests.factories import make_actor, make_board, make_school
from tests.inventory.floor.schools import FLEET, NOON, make_desk_school, make_equipped, make_sized
from tests.reading import forms, seen, sign_in, submit


@pytest.fixture
async def school(client: httpx.AsyncClient) -> str:
    with time_machine.travel(NOON):
        return await make_desk_school()


@pytest.fixture
async def team(school: str) -> Actor:
    return await make_actor("school_team", school=school)


async def fleet_flag() -> FlagOut:
    await operations.scan(system(), at=NOON)
    return next(flag for flag in (await flags.list_flags(system())).items if flag.category == FLEET)


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, school: str) -> None:
    for path in (f"/schools/{school}/floor", "/flags"):
        assert (await client.get(path)).headers["location"] == f"/sign-in?next={path}"


@time_machine.travel(NOON)
async def test_a_stranger_and_a_sibling_find_neither_floor_nor_flag(client: httpx.AsyncClient, school: str) -> None:
    flag = await fleet_flag()
    await make_school("990002")
    await make_school("991001", board="991000")
    for who in (await make_actor("principal", school="990002"), await make_actor("purchasing", board="991000")):
        await sign_in(client, who)
        assert (await client.get(f"/schools/{school}/floor")).status_code == 404
        assert (await client.get(f"/flags/{flag.id}")).status_code == 404
        listed = await client.get("/flags")
        assert "Aucun signalement" in seen(listed) and school not in listed.text
        token = str(forms(listed)["/sign-out"]["_csrf_token"])
        sent = await client.post(f"/flags/{flag.id}/acknowledge", data={"_csrf_token": token, "note": "x"})
        assert sent.status_code == 404
    assert (await flags.flag_out(system(), flag.id)).state == "open"


@time_machine.travel(NOON)
async def test_every_number_of_the_desks_table_is_there_and_said(
    client: httpx.AsyncClient, school: str, team: Actor
) -> None:
    await sign_in(client, team)
    shown = await client.get(f"/schools/{school}/floor")
    words = seen(shown)
    for said in (
        "Il manque 6 appareils à votre école",
        "144 ÷ 12 = 12",
        "1 immeuble × 1 = 1",
        "144 ÷ 5 = 28,8 → 29",
        "2 hors service ou en réparation, 6 au-delà de la vie utile",
        "29 − 23 = 6",
        "4, 12 mars 2027",
        "1, 20 février 2027",
        "Plancher atteint : 14 robots pour 12 requis.",
        "En voie d'atteindre le plancher le 20 février 2027, si la livraison arrive.",
        "restent 2 à choisir, ou 2 à faire revenir de réparation (40 jours).",
        "L'effectif compté est de 144 élèves au 30 septembre 2025.",
        "Ces règles sont un exemple livré avec le service.",
        "BC-990-2026-00001",
    ):
        assert said in words
    assert f"/assets?school={school}&amp;category={FLEET}" in shown.text  # the number leads to its list
    assert f"/catalogue?school={school}" in shown.text


@time_machine.travel(NOON)
async def test_a_ministry_reads_the_figures_without_the_lists(client: httpx.AsyncClient, school: str) -> None:
    await sign_in(client, await make_actor("ministry"))
    shown = await client.get(f"/schools/{school}/floor")
    assert "à cette école" in seen(shown) and "/assets?" not in shown.text and "/catalogue?school" not in shown.text


@time_machine.travel(NOON)
async def test_what_is_not_known_is_neither_zero_nor_a_failure(client: httpx.AsyncClient, school: str) -> None:
    await make_sized("990003", pupils=None)
    await sign_in(client, await make_actor("principal", school="990003"))
    words = seen(await client.get("/schools/990003/floor"))
    assert "Non évaluable : l'effectif au 30 septembre n'est pas connu. Ce n'est ni zéro ni un échec." in words
    assert "inconnu" in words and "0 compte sur 0 requis" not in words


@time_machine.travel(NOON)
async def test_an_exemption_says_until_when_and_why(client: httpx.AsyncClient, school: str, team: Actor) -> None:
    ministry = await make_actor("ministry")
    until = date(2027, 6, 30)
    await operations.exempt(ministry, school=school, category=FLEET, reason="École en chantier", until_day=until)
    await sign_in(client, team)
    words = seen(await client.get(f"/schools/{school}/floor"))
    assert "Exemptée jusqu'au 30 juin 2027 : École en chantier. Décision du 24 novembre 2026." in words
    assert "Exempté jusqu'au 30 juin 2027" in words


@time_machine.travel(NOON)
async def test_a_flag_is_taken_charge_of_with_a_note_that_stays(client: httpx.AsyncClient, school: str) -> None:
    flag = await fleet_flag()
    await execute(
        "UPDATE floor_flag SET opened_at = '2020-01-01'"
    )  # the trail's clock is the database's, not the test's
    await sign_in(client, await make_actor("principal", school=school))
    listed = await client.get("/flags")
    assert f"/flags/{flag.id}" in listed.text and "Sous le plancher" not in seen(listed)
    path = f"/flags/{flag.id}"
    shown = await client.get(path)
    assert "Sous le plancher : il manque 6 appareils." in seen(shown)
    failed = await submit(client, shown, f"{path}/acknowledge", note=" ")
    assert failed.status_code == 422 and "Écrivez par qui, quoi et pour quand." in seen(failed)
    done = await submit(client, failed, f"{path}/acknowledge", note="Ana, deux tablettes, d'ici mars.")
    assert (done.status_code, done.headers["location"]) == (303, path)
    words = seen(await client.get(path))
    assert "pris en charge" in words and "« Ana, deux tablettes, d'ici mars. »" in words
    assert "Passée sous le plancher." in words
    assert f"/flags/{flag.id}" in (await client.get("/flags?state=acknowledged")).text
    assert "Aucun résultat avec ces filtres." in seen(await client.get("/flags?state=told"))
    assert (await client.get("/flags?state=odd")).status_code == 422


@time_machine.travel(NOON)
async def test_who_may_not_take_charge_reads_who_may(client: httpx.AsyncClient, school: str) -> None:
    flag = await fleet_flag()
    await make_board("990000")
    await sign_in(client, await make_actor("technician", board="990000"))
    shown = await client.get(f"/flags/{flag.id}")
    assert "Prendre acte revient à l'école et à son organisme." in seen(shown)
    assert f"/flags/{flag.id}/acknowledge" not in forms(shown)


@time_machine.travel(NOON)
async def test_a_flag_that_closed_meanwhile_says_so(client: httpx.AsyncClient, school: str) -> None:
    flag = await fleet_flag()
    await sign_in(client, await make_actor("principal", school=school))
    shown = await client.get(f"/flags/{flag.id}")
    ministry = await make_actor("ministry")
    await operations.exempt(ministry, school=school, category=FLEET, reason="x", until_day=date(2027, 6, 30))
    await operations.scan(system(), at=NOON.replace(hour=18))
    late = await submit(client, shown, f"/flags/{flag.id}/acknowledge", note="Moi")
    assert late.status_code == 409 and "Ce signalement est fermé" in seen(late)


@time_machine.travel(NOON)
async def test_a_school_that_meets_it_all_is_told_so(client: httpx.AsyncClient, school: str) -> None:
    await make_equipped("990004")
    await sign_in(client, await make_actor("principal", school="990004"))
    shown = await client.get("/schools/990004/floor")
    assert "Le plancher est atteint dans toutes les catégories." in seen(shown)
    assert "Choisir de quoi combler" not in seen(shown)
