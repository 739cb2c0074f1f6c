"""Pages of imports: nobody, a board's person, the ministry from the file to the undoing."""

from typing import Any

import httpx
import pytest

from directory.imports import queries
from directory.imports.rules import SourceFile
from kit.actor import Actor, system
from kit.database import fetch_value
from tests.directory.imports.lists import board, headcount, listed, load, school, source
from tests.directory.imports.network import MANY, boards
from tests.factories import make_actor
from tests.reading import forms, seen, sign_in, submit


@pytest.fixture
async def analyst(client: httpx.AsyncClient) -> Actor:
    await boards()
    who = await make_actor("ministry")
    await sign_in(client, who)
    return who


async def send(client: httpx.AsyncClient, *sources: SourceFile, **typed: str) -> httpx.Response:
    """Fill the form and send it with its files."""
    shown = await client.get("/imports/new")
    fields = {name: value for name, value in forms(shown)["/imports/new"].items() if name != "files"}
    files: list[tuple[str, Any]] = [("files", (source.name, source.file.read())) for source in sources]
    # A browser sends a field of files left empty as a part without a name, which reads as an empty text.
    return await client.post("/imports/new", data=fields | typed, files=files or [("files", (None, ""))])


async def at(client: httpx.AsyncClient, sent: httpx.Response) -> httpx.Response:
    """Where the answer leads, in an answer that is there."""
    assert sent.status_code == 303, seen(sent)
    shown = await client.get(sent.headers["location"])
    assert shown.status_code == 200
    return shown


async def open_schools() -> int:
    found: int = await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL")
    return found


async def test_nobody_is_sent_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    for path in ("/imports", "/imports/new", "/imports/1", "/imports/1/refused.csv"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("role", ["purchasing", "technician", "auditor"])
async def test_who_may_not_import_sees_no_page_and_changes_nothing(client: httpx.AsyncClient, role: str) -> None:
    await boards()
    staged = await load("schools", school(), accept=False)
    await sign_in(client, await make_actor(role, board="990000"))
    for path in ("/imports", "/imports/new", f"/imports/{staged.batch}", f"/imports/{staged.batch}/refused.csv"):
        assert (await client.get(path)).status_code == 403
    token = str(forms(await client.get("/me"))["/sign-out"]["_csrf_token"])
    for path in ("new", f"{staged.batch}/accept", f"{staged.batch}/undo"):
        assert (await client.post(f"/imports/{path}", headers={"x-csrftoken": token})).status_code == 403
    assert await open_schools() == 0


@pytest.mark.usefixtures("analyst")
async def test_a_list_is_sent_looked_at_applied_and_taken_back(client: httpx.AsyncClient) -> None:
    sent = await send(client, listed("schools", school(), school("990002", "990102")), kind="schools")
    shown = await at(client, sent)
    words = seen(shown)
    assert "Liste des écoles et des centres du 5 décembre 2022" in words
    assert "2 lignes lues. Rien n'est encore changé : regardez, puis appliquez." in words
    assert "École de l'Érable (990001)" in words and "Municipalité : Rimouski" in words
    assert "Appliquer 6 changements" in words and "Annuler ce lot" not in words
    assert await open_schools() == 0

    address = sent.headers["location"]
    first = await submit(client, shown, f"{address}/accept")
    assert await submit(client, shown, f"{address}/accept")  # a second press
    assert await open_schools() == 2
    applied = await at(client, first)
    assert "Appliquer" not in seen(applied) and "6 changements." in seen(applied)

    await submit(client, applied, f"{address}/undo")
    assert await open_schools() == 0
    again = await client.get(address)
    assert "le réseau est comme avant." in seen(again) and "Annuler ce lot" not in seen(again)
    listed_ = await client.get("/imports")
    assert "annulé" in seen(listed_) and f'href="{address}"' in listed_.text


@pytest.mark.usefixtures("analyst")
async def test_before_and_after_are_shown_by_record_and_action(client: httpx.AsyncClient) -> None:
    await load("schools", school(), school("990002", "990102"))
    staged = await load(
        "schools", school(name="École des Pins"), school("990002", "990102", town="23027"), accept=False
    )
    shown = await client.get(f"/imports/{staged.batch}", params={"record": "school", "action": "change"})
    assert "Nom : École de l'Érable → École des Pins" in seen(shown)
    assert "École de l'Érable (990002) Écoles et centres modification" in seen(shown)
    none = await client.get(f"/imports/{staged.batch}", params={"record": "school", "action": "close"})
    assert "Aucun résultat avec ces filtres." in seen(none)
    for wrong in ({"record": "planet"}, {"action": "eat"}, {"after": "x"}):
        assert (await client.get(f"/imports/{staged.batch}", params=wrong)).status_code == 422


@pytest.mark.usefixtures("analyst")
async def test_changes_go_on_where_they_ended(client: httpx.AsyncClient) -> None:
    staged = await load("schools", *MANY, accept=False)
    assert (await queries.one(system(), staged.batch or 0)).changes == 90
    first = await client.get(f"/imports/{staged.batch}")
    keys = {key for key in (f"9900{n:02}" for n in range(1, 31)) if f"École {int(key[-2:])} ({key})" in seen(first)}
    following = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    rest = await client.get(following)
    assert "École 30 (990030)" in seen(rest) and rest.text.count('<th scope="row"') < first.text.count(
        '<th scope="row"'
    )
    assert len(keys) < 30


@pytest.mark.usefixtures("analyst")
async def test_a_list_that_closes_much_asks_for_the_number_of_closings(client: httpx.AsyncClient) -> None:
    await load("schools", *MANY)
    staged = await load("schools", *MANY[:20], accept=False)
    address = f"/imports/{staged.batch}"
    shown = await client.get(address)
    assert "Cette liste ferme 10 fiches sur 30 ouvertes (écoles et centres) : plus de 10 %." in seen(shown)
    for typed in ("", "11"):
        refused = await submit(client, shown, f"{address}/accept", confirm=typed)
        assert refused.status_code == 422 and "<title>Erreur" in refused.text
        assert "Tapez 10, le nombre de fermetures, pour confirmer." in seen(refused)
    assert await open_schools() == 30
    await submit(client, shown, f"{address}/accept", confirm=" 10 ")
    assert await open_schools() == 20


@pytest.mark.usefixtures("analyst")
async def test_a_batch_over_which_the_network_has_moved_says_so_and_applies_nothing(client: httpx.AsyncClient) -> None:
    old = await load("schools", school(), accept=False)
    shown = await client.get(f"/imports/{old.batch}")
    await load("boards", board("992000", "Autre"), board(), board("991000", "Maple"))
    stale = f"Le réseau a changé depuis la préparation du lot {old.batch}. Rien n'a été appliqué; importez la liste de nouveau."
    assert stale in seen(await client.get(f"/imports/{old.batch}"))
    pressed = await submit(client, shown, f"/imports/{old.batch}/accept")
    assert pressed.status_code == 409 and stale in seen(pressed)
    assert "périmé" in seen(pressed) and f"/imports/{old.batch}/accept" not in forms(pressed)
    assert await open_schools() == 0


@pytest.mark.usefixtures("analyst")
async def test_the_last_batch_is_taken_back_first(client: httpx.AsyncClient) -> None:
    first = await load("schools", school())
    last = await load("schools", school(), school("990002", "990102"), partial=True)
    shown = await client.get(f"/imports/{first.batch}")
    assert f"Le lot {last.batch} a changé les mêmes listes ensuite" in seen(shown)
    assert f"/imports/{first.batch}/undo" not in forms(shown)
    later = await client.get(f"/imports/{last.batch}")
    token = forms(later)[f"/imports/{last.batch}/undo"]
    refused = await client.post(f"/imports/{first.batch}/undo", data=token)
    assert refused.status_code == 409 and "annulez-le d'abord" in seen(refused)
    assert await open_schools() == 2


@pytest.mark.usefixtures("analyst")
async def test_a_part_of_the_network_and_headcounts_apply_at_once(client: httpx.AsyncClient) -> None:
    await load("schools", *MANY)
    shown = await at(
        client, await send(client, listed("schools", school("990040", "990140")), kind="schools", partial="on")
    )
    assert "La liste est appliquée." in seen(shown) and "Ce fichier n'est pas tout le réseau" in seen(shown)
    assert await open_schools() == 31
    counted = await at(client, await send(client, listed("headcounts", headcount()), kind="headcounts"))
    assert "Élèves : 105" in seen(counted)


@pytest.mark.usefixtures("analyst")
async def test_refused_lines_are_shown_and_taken_away_without_becoming_formulas(client: httpx.AsyncClient) -> None:
    lines = [
        school(),
        school("990002", "990102", board="=1+1"),
        *(school(f"9905{n:02}", board="999000") for n in range(60)),
    ]
    shown = await at(client, await send(client, listed("schools", *lines), kind="schools"))
    assert "Télécharger les 61 lignes refusées (CSV)" in seen(shown) and "Les 50 premières" in seen(shown)
    sheet = await client.get(f"/{shown.url.path.strip('/')}/refused.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    assert sheet.content.startswith(b"\xef\xbb\xbfFichier;Ligne;Colonne;Valeur;Raison\r\n")
    rows = sheet.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 62 and all(row.startswith("schools.csv;") for row in rows[1:])
    assert ";CD_CS;'=1+1;" in rows[1]


@pytest.mark.parametrize(
    ("typed", "sources", "sentence"),
    [
        ({}, [listed("boards", board())], "Choisissez ce que la liste contient."),
        ({"kind": "planets"}, [listed("boards", board())], "Choisissez ce que la liste contient."),
        ({"kind": "boards"}, [], "Choisissez au moins un fichier."),
        ({"kind": "boards", "as_of": "hier"}, [listed("boards", board())], "« hier » n'est pas une date."),
        ({"kind": "boards"}, [listed("schools", school())], "« schools.csv »"),
    ],
)
@pytest.mark.usefixtures("analyst")
async def test_what_is_wrong_is_said_at_its_field_and_the_rest_kept(
    client: httpx.AsyncClient, typed: dict[str, str], sources: list[SourceFile], sentence: str
) -> None:
    before = await fetch_value("SELECT count(*) FROM import_batch")
    refused = await send(client, *sources, **typed | {"partial": "on"})
    assert refused.status_code == 422 and sentence in seen(refused)
    kept = forms(refused)["/imports/new"]
    assert kept["partial"] == "on" and kept.get("kind", "") == (
        typed.get("kind", "") if typed.get("kind") == "boards" else ""
    )
    assert await fetch_value("SELECT count(*) FROM import_batch") == before


@pytest.mark.usefixtures("analyst")
async def test_an_older_list_is_refused(client: httpx.AsyncClient) -> None:
    await load("schools", school(day="20231205"))
    refused = await send(client, listed("schools", school()), kind="schools")
    assert refused.status_code == 409 and "Une liste du 2023-12-05 est déjà appliquée" in seen(refused)


@pytest.mark.usefixtures("analyst")
async def test_a_form_sent_twice_makes_one_batch_and_another_file_makes_another(client: httpx.AsyncClient) -> None:
    fields = {k: v for k, v in forms(await client.get("/imports/new"))["/imports/new"].items() if k != "files"}
    first, again, other = [
        await client.post(
            "/imports/new", data=fields | {"kind": "schools"}, files=[("files", ("a.csv", found.file.read()))]
        )
        for found in (listed("schools", school()), listed("schools", school()), listed("schools", school(name="Autre")))
    ]
    assert first.headers["location"] == again.headers["location"] != other.headers["location"]


@pytest.mark.usefixtures("analyst")
async def test_several_files_are_one_list_and_a_large_one_is_taken(client: httpx.AsyncClient) -> None:
    large = listed("schools", school(), *(school(f"98{n:04}", f"98{n:04}", NOM_IMM="x" * 150) for n in range(9000)))
    content = large.file.read()
    assert len(content) > 2_000_000  # what other routes take
    shown = await at(
        client,
        await send(
            client,
            SourceFile("une.csv", listed("schools", school("990003", "990103")).file),
            source(content, "deux.csv"),
            kind="schools",
        ),
    )
    assert "une.csv, deux.csv" in seen(shown) and "9 002" in seen(shown)


async def test_the_first_page_says_what_to_do_and_unknown_batches_are_not_found(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_actor("ministry"))
    assert "Aucune liste n'a encore été importée." in seen(await client.get("/imports"))
    for path in ("/imports/999", "/imports/999/refused.csv"):
        assert (await client.get(path)).status_code == 404
