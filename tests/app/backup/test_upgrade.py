"""The upgrade rehearsal: the database of each landed version, restored and migrated by today's code, then used."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from allocations.envelopes.balance import unbalanced
from app.backup.archive import Reading, reading
from app.backup.restoring import RestoredOut, restore
from app.demo.people import DESKS, PASSWORD
from kit.actor import system
from kit.cluster import Logins
from kit.database import engine, fetch, transaction, use_login
from kit.migrating import known
from tests import databases
from tests.app.backup.files import told
from tests.factories import make_token
from tests.reading import seen, submit

SAMPLES = sorted((Path(__file__).parents[2] / "upgrades").glob("*.zip"))
ADDED_TO = {"event", "migration"}  # by the restore, by the migrations
Rows = dict[str, list[dict[str, str | None]]]


class Upgraded(NamedTuple):
    rows: Rows  # of each table, as the file has them
    done: RestoredOut


@pytest.fixture(scope="module", params=SAMPLES, ids=lambda path: path.stem)
async def upgraded(request: Any, postgres: databases.Place, logins: Logins, pool: None) -> AsyncIterator[Upgraded]:
    """The file, and a database that it was restored into; the pool is that database's."""
    await engine().close_connection_pool()
    try:
        name = await databases.make(postgres)
        found = postgres.logins(name)
        done = await restore(found, request.param, told, discard_old=True)
        use_login(found.web_url)
        await engine().start_connection_pool(min_size=1, max_size=4)
        with reading(request.param) as backup:
            rows = dict(_rows(backup))
        yield Upgraded(rows, done)
        await engine().close_connection_pool()
        await databases.drop(postgres, name)
    finally:
        use_login(logins.web_url)
        await engine().start_connection_pool(min_size=1, max_size=10)


ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\", "\\b": "\b", "\\f": "\f", "\\v": "\v"}


def _rows(backup: Reading) -> Iterator[tuple[str, list[dict[str, str | None]]]]:
    for table in backup.manifest.tables:
        lines = b"".join(backup.blocks(table)).decode().split("\n")[:-1]
        yield table.name, [dict(zip(table.columns, map(_value, line.split("\t")), strict=True)) for line in lines]


def _value(written: str) -> str | None:
    return None if written == "\\N" else re.sub(r"\\.", lambda found: ESCAPES[found[0]], written)


@pytest.fixture
async def browser(upgraded: Upgraded, application: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.local") as found:
        yield found


async def _as(browser: httpx.AsyncClient, desk: str) -> httpx.AsyncClient:
    browser.headers["authorization"] = f"Bearer {await make_token(DESKS[desk].email)}"
    return browser


def test_there_is_a_landed_version_to_rehearse_with() -> None:
    assert SAMPLES and all(path.stat().st_size < 1_000_000 for path in SAMPLES)


async def test_no_row_is_lost(upgraded: Upgraded) -> None:
    async with transaction(system()):
        for table, rows in upgraded.rows.items():
            ((count,),) = await fetch(f'SELECT count(*) FROM "{table}"')
            assert count >= len(rows), table
            assert count == len(rows) or table in ADDED_TO | {"role_right", "role"}, table
        ((migrations,),) = await fetch("SELECT count(*) FROM migration")
    assert migrations == len(known()) == len(upgraded.rows["migration"]) + upgraded.done.migrated


async def test_somebody_of_then_signs_in_and_reads_every_desk(upgraded: Upgraded, browser: httpx.AsyncClient) -> None:
    pages = {
        "Équipe-école": ["/", "/selections", "/assets", "/tickets"],
        "Approvisionnement": ["/", "/orders", "/envelopes", "/orders/build", "/schools/990001"],
        "Ministère": ["/", "/coverage", "/coverage/boards/990000"],
    }
    for desk, addresses in pages.items():
        browser.cookies.clear()
        shown = await browser.get("/sign-in")
        answer = await submit(browser, shown, "/sign-in", email=DESKS[desk].email, password=PASSWORD)
        assert answer.status_code == 303 and answer.headers["location"] == "/", (desk, seen(answer))
        for address in addresses:
            page = await browser.get(address, follow_redirects=True)
            assert page.status_code == 200, (desk, address, seen(page)[:300])


async def test_every_order_is_the_same_to_the_cent_and_its_document_is_made(
    upgraded: Upgraded, browser: httpx.AsyncClient
) -> None:
    buyer = await _as(browser, "Approvisionnement")
    orders = [row for row in upgraded.rows["purchase_order"] if row["board"] == "990000"]
    assert len(orders) >= 3
    for row in orders:
        file = (await buyer.get(f"/api/v1/orders/{row['number']}")).json()
        order = file["order"]
        lines = [line for line in upgraded.rows["order_line"] if line["order"] == row["id"]]
        given_up = row["state"] == "closed" and any(line["cancelled"] != "0" for line in lines)
        for figure in ("before_tax_cents", "gst_cents", "qst_cents", "total_cents", "net_cents"):
            whole = int(row[figure] or 0)  # an order of which the rest was given up comes to less than it was made for
            assert 0 <= order[figure] < whole if given_up else order[figure] == whole, (row["number"], figure)
        assert order["state"] == row["state"]
        assert len(file["lines"]) == len(lines)
    assert await unbalanced(system()) == []
    document = await buyer.get(f"/api/v1/orders/{orders[0]['number']}/pdf")
    assert document.content.startswith(b"%PDF-")


async def test_the_money_is_the_same_to_the_cent(upgraded: Upgraded, browser: httpx.AsyncClient) -> None:
    buyer = await _as(browser, "Approvisionnement")
    envelopes = [row for row in upgraded.rows["envelope"] if row["board"] == "990000"]
    assert len(envelopes) > 10
    for row in envelopes[:12]:
        figures = (await buyer.get(f"/api/v1/envelopes/{row['id']}")).json()["figures"]
        for figure in ("allocated_cents", "reserved_cents", "committed_cents", "spent_cents"):
            assert str(figures[figure]) == row[figure], row


async def test_an_asset_keeps_its_tag_its_serial_and_its_state(upgraded: Upgraded, browser: httpx.AsyncClient) -> None:
    technician = await _as(browser, "Technique")
    assets = [row for row in upgraded.rows["asset"] if row["board"] == "990000" and row["serial"]]
    assert assets
    for row in assets[:3]:
        asset = (await technician.get(f"/api/v1/assets/{row['tag']}")).json()["asset"]
        assert (asset["tag"], asset["serial"], asset["state"]) == (row["tag"], row["serial"], row["state"])
