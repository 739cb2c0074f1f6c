"""The accountability pack: its figures are the envelope's, its sums are right, and each holds no more than its reader may read."""

import asyncio
import csv
import hashlib
import io
import tracemalloc
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader

from allocations.accounts import operations as accounts
from allocations.accounts import queries as account_queries
from allocations.envelopes import queries as envelopes
from allocations.invoices import papers
from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders import replies
from allocations.packs import operations
from allocations.packs.cli import write
from allocations.packs.rules import SUMS
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import baskets
from allocations.years import operations as years
from directory.people.queries import actor_of_person
from kit.actor import Actor, system
from kit.attachments import LARGEST, attach
from kit.clock import now
from kit.database import execute, fetch_one, transaction
from kit.errors import Forbidden, NotFound
from kit.i18n import use_language
from tests.allocations.invoices.desk import Desk
from tests.factories import give_role, make_actor, make_approved, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"
SIBLING = "Ecole-voisine"


class World:
    """One order for two schools; the first's part has come, is invoiced, and its year is attested."""

    desk: Desk
    envelope: UUID
    sibling: UUID
    invoice: str
    order: str
    basket: str


@pytest.fixture
async def world(db: None) -> World:
    found = World()
    await make_school()
    await make_school("990002", name=SIBLING)
    await make_school("991001", board="991000")
    await make_product("tablette", 393_00, supplier="alpha")
    await make_product("secret-voisin", 10_00, supplier="alpha")
    found.envelope, found.sibling = await make_envelope(cents=10_000_00), await make_envelope("990002", cents=10_000_00)
    buyer, second = [await make_actor("purchasing", board="990000") for _ in range(2)]
    technician = await make_actor("technician", board="990000")
    found.desk = Desk(buyer, second, technician, found.envelope)
    found.basket = await make_approved(("tablette", 3), envelope=found.envelope)
    other = await make_approved(("secret-voisin", 2), school="990002", envelope=found.sibling)
    (order,) = await orders.build(buyer, selections=[found.basket, other])
    await orders.send(buyer, order.number)
    found.order = found.desk.order = order.number
    file = await order_queries.one(buyer, order.number)
    (mine,) = [line for line in file.lines if line.school == "990001"]
    (theirs,) = [line for line in file.lines if line.school == "990002"]
    both = [ReceivedLine(position=mine.position, quantity=2), ReceivedLine(position=theirs.position, quantity=2)]
    await receipts.receive(technician, order.number, Receive(lines=both))
    made = await found.desk.invoice((mine.position, 2, 400_00), (theirs.position, 2, 10_00))
    found.invoice = made.invoice.number
    await found.desk.decide(found.invoice)
    await papers.attach_paper(buyer, found.invoice, "../../Facture d'été.txt", b"Deux tablettes")
    await replies.attach(buyer, order.number, "confirmation.txt", b"Confirme")
    await baskets.attach(buyer, found.basket, "=soumission.csv", b"a;b\r\n1;2\r\n")
    async with transaction(system()):  # the report that a direction joins to its accounts, and a neighbour's
        for school in ("990001", "990002"):
            await attach(
                system(), kind="account", subject=f"{YEAR} {school}", board="990000", school=school, name="Rapport.txt",
                content=f"Rapport de {school}".encode(),
            )  # fmt: skip
    await years.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    principal = await make_actor("principal", school="990001")
    await accounts.sign(buyer, YEAR, "990000", digest=(await account_queries.accounts(buyer, YEAR)).digest)
    await accounts.attest(principal, YEAR, "990001", digest=(await account_queries.accounts(principal, YEAR)).digest)
    return found


async def taken(who: Actor, envelope: UUID) -> bytes:
    pack = await operations.take(who, envelope)
    with pack.file:
        content = pack.file.read()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (pack.size, pack.sha256)
    return content


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def rows(found: zipfile.ZipFile, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.read(path).decode("utf-8-sig"), newline=""), delimiter=";"))


def added(table: list[dict[str, str]], column: str) -> int:
    return int(sum(Decimal(row[column].replace(",", ".")) for row in table) * 100)


def everything(found: zipfile.ZipFile) -> str:
    """All the text of a pack, its PDFs read."""
    said = []
    for name in found.namelist():
        content = found.read(name)
        if name.endswith(".pdf"):
            said += [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        else:
            said.append(content.decode("utf-8-sig"))
    return "\n".join(said)


async def test_every_sum_is_right_and_every_figure_is_the_envelope_s(world: World) -> None:
    found = opened(await taken(world.desk.buyer, world.envelope))
    lines = [line for line in found.read(SUMS).decode().splitlines() if not line.startswith("#")]
    told = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert told == {
        name: hashlib.sha256(found.read(name)).hexdigest() for name in found.namelist() if name != SUMS
    }  # fmt: skip
    figures = (await envelopes.one(system(), world.envelope)).figures
    ledger = rows(found, "08-grand-livre/ecritures.csv")
    for name, column in (
        ("allocated", "Alloué"),
        ("reserved", "Réservé"),
        ("committed", "Engagé"),
        ("spent", "Dépensé"),
    ):
        assert added(ledger, column) == getattr(figures, name)
    said = {row["Chiffre"]: added([row], "Montant") for row in rows(found, "09-comptes/comptes.csv")}
    assert (said["Alloué"], said["Dépensé"], said["Libre"]) == (figures.allocated, figures.spent, figures.free)
    order_lines = rows(found, "03-commandes/lignes.csv")
    spent = added(order_lines, "Dépensé") + added(order_lines, "Corrigé par les factures")
    assert spent == figures.spent
    assert added(rows(found, "01-choix/prix-geles.csv"), "Imputé à l'enveloppe") == figures.committed + 2 * 420_06


async def test_a_board_s_pack_holds_each_paper_under_a_safe_name(world: World) -> None:
    found = opened(await taken(world.desk.buyer, world.envelope))
    names = set(found.namelist())
    assert {name for name in names if name.startswith("10-pieces/")} == {
        f"10-pieces/0001-comptes-{YEAR}-990001-Rapport.txt",
        f"10-pieces/0002-facture-{world.invoice}-Facture-d-ete.txt",
        f"10-pieces/0003-bon-{world.order}-confirmation.txt",
        f"10-pieces/0004-panier-{world.basket}-soumission.csv",
    }
    async with transaction(system()):
        row = await fetch_one('SELECT r.pdf FROM order_revision r JOIN purchase_order o ON o.id = r."order"')
    assert row is not None
    assert found.read(f"03-commandes/{world.order}.pdf") == bytes(row["pdf"])
    assert len(rows(found, "07-biens/biens.csv")) == 2
    assert [row["Personne"] for row in rows(found, "02-approbations/decisions.csv")] == ["Direction"]
    (mark,) = rows(found, "09-comptes/signatures.csv")
    assert mark["Étape"] == "Attesté par la direction"
    (mark,) = rows(found, "09-comptes/signatures-de-l-organisme.csv")
    assert (mark["Étape"], mark["Alloué"]) == ("Signé par l'organisme", "20000,00")
    summary = "".join(page.extract_text() for page in PdfReader(io.BytesIO(found.read("00-sommaire.pdf"))).pages)
    assert "Dossier de reddition de comptes 2026-2027" in summary
    assert "Imprimé le" not in summary


async def test_a_school_s_pack_holds_only_its_own_part_of_a_joint_order(world: World) -> None:
    principal = await make_actor("principal", school="990001")
    found = opened(await taken(principal, world.envelope))
    said = everything(found)
    for theirs in (SIBLING, "990002", "secret-voisin", "Confirme", "Deux tablettes"):
        assert theirs not in said
    assert "Extrait" in "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(found.read(f"03-commandes/{world.order}.pdf"))).pages
    )
    assert "03-commandes/envois.csv" not in found.namelist()
    assert "20000,00" not in said  # what the board signed for all its schools
    assert "Votre accès ne comprend pas" in said
    board = opened(await taken(world.desk.buyer, world.envelope))
    for same in (
        "03-commandes/lignes.csv",
        "06-factures/factures.csv",
        "08-grand-livre/ecritures.csv",
        "01-choix/paniers.csv",
    ):
        assert found.read(same) == board.read(same)


async def test_who_has_two_schools_gets_one_of_them_at_a_time(world: World) -> None:
    email = (await make_actor("principal", school="990001")).email
    await give_role(email, "principal", school="990002")
    found = opened(await taken(await actor_of_person(email), world.envelope))
    assert SIBLING not in everything(found)


async def test_nobody_takes_a_neighbour_s(world: World) -> None:
    for stranger in (
        await make_actor("principal", school="990002"),
        await make_actor("purchasing", board="991000"),
        await make_actor("principal", school="991001"),
    ):
        with pytest.raises(NotFound):
            await operations.take(stranger, world.envelope)
    nobody = Actor(scope=world.desk.buyer.scope, name="Sans droit", board="990000")
    with pytest.raises(Forbidden):
        await operations.take(nobody, world.envelope)


async def test_a_right_that_is_held_in_another_school_is_none_here(world: World) -> None:
    here, there = frozenset({"account.read", "envelope.read", "order.read"}), frozenset({"asset.read", "invoice.read"})
    who = Actor(
        scope=world.desk.buyer.scope, name="Deux rôles", board="990000", person=world.desk.buyer.person, rights=here,
        school_rights={"990002": there},
    )  # fmt: skip
    names = opened(await taken(who, world.envelope)).namelist()
    assert "03-commandes/lignes.csv" in names
    assert not [
        name for name in names if name.startswith(("01-", "06-", "07-")) or "facture" in name or "panier" in name
    ]


async def test_the_ministry_gets_the_money_and_no_basket_order_or_invoice(world: World) -> None:
    found = opened(await taken(await make_actor("ministry"), world.envelope))
    folders = {name.split("/")[0] for name in found.namelist()}
    assert folders == {"00-sommaire.pdf", "08-grand-livre", "09-comptes", "10-pieces", "sommes.pdf", SUMS}
    assert [name for name in found.namelist() if name.startswith("10-pieces/")] == [
        f"10-pieces/0001-comptes-{YEAR}-990001-Rapport.txt"
    ]
    assert "08-grand-livre/compte-de-l-organisme.csv" not in found.namelist()


async def test_the_same_data_gives_the_same_bytes_whenever_and_in_whatever_language(
    world: World, time_machine: Any
) -> None:
    for who in (world.desk.buyer, await make_actor("principal", school="990001")):
        first = await taken(who, world.envelope)
        time_machine.move_to(now() + timedelta(days=40))
        with use_language("en"):
            assert await taken(who, world.envelope) == first
    assert await taken(world.desk.buyer, world.sibling) != first


async def test_who_took_it_is_in_the_trail(world: World) -> None:
    content = await taken(world.desk.buyer, world.envelope)
    async with transaction(system()):
        row = await fetch_one(
            "SELECT actor_name, board, school, after->>'sha256' AS sha256 FROM event WHERE what = 'account.packed'"
        )
    assert row is not None
    assert tuple(row.values()) == (world.desk.buyer.name, "990000", "990001", hashlib.sha256(content).hexdigest())


async def test_an_envelope_of_nothing_has_its_pack_too() -> None:
    await make_school()
    found = opened(await taken(await make_actor("purchasing", board="990000"), await make_envelope(cents=0)))
    assert rows(found, "01-choix/paniers.csv") == []
    assert added(rows(found, "09-comptes/comptes.csv"), "Montant") == 0


async def test_large_papers_are_never_all_in_memory(world: World) -> None:
    """Six papers of 10 MiB: what is held at once is less than four of them (one, and the driver's own copies of it)."""
    async with transaction(system()):
        await execute(
            "INSERT INTO attachment (about_kind, about, board, name, media_type, size, sha256, content, at, actor, actor_name)"
            " SELECT 'invoice', $1, '990000', 'grand-' || n || '.pdf', 'application/pdf', $2, lpad(n::text, 64, '0'),"
            " decode(repeat(lpad(n::text, 2, '0'), $2), 'hex'), now(), 'system', 'système' FROM generate_series(1, 6) n",
            world.invoice, LARGEST,
        )  # fmt: skip
    tracemalloc.start()
    try:
        pack = await operations.take(world.desk.buyer, world.envelope)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    with pack.file:
        assert pack.size > 6 * LARGEST
    assert held < 4 * LARGEST, held


async def test_over_http_it_comes_in_chunks_under_its_name_and_to_its_reader_alone(
    world: World, client: httpx.AsyncClient
) -> None:
    path = f"/api/v1/accounts/pack/{world.envelope}"
    assert (await client.get(path)).status_code == 401
    stranger = await make_actor("purchasing", board="991000")
    answers = {}
    for who in (stranger, world.desk.buyer):
        token = await make_token(who.email)
        answers[who.email] = await client.get(path, headers={"authorization": f"Bearer {token}"})
    assert answers[stranger.email].status_code == 404
    mine = answers[world.desk.buyer.email]
    assert mine.status_code == 200
    assert mine.headers["content-type"] == "application/zip"
    assert mine.headers["content-disposition"] == 'attachment; filename="dossier-2026-2027-EX-COMBOS-990001.zip"'
    assert int(mine.headers["content-length"]) == len(mine.content)
    assert opened(mine.content).testzip() is None


async def test_written_to_a_folder_there_is_never_half_a_pack(world: World, tmp_path: Path) -> None:
    done = await write(world.desk.buyer, world.envelope, tmp_path / "dossiers")
    (file,) = await asyncio.to_thread(lambda: list((tmp_path / "dossiers").iterdir()))
    assert str(file) == done.file
    assert hashlib.sha256(file.read_bytes()).hexdigest() == done.sha256
