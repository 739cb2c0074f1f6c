"""The catalogue by HTTP: nobody, a reader, the ministry."""

import httpx
import pytest
import time_machine

from kit.database import fetch_value
from kit.events import timeline
from tests.factories import give_role, make_bundle, make_person, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

READS = [
    "/api/v1/categories",
    "/api/v1/suppliers",
    "/api/v1/suppliers/fournisseur",
    "/api/v1/contracts",
    "/api/v1/eco-fees",
    "/api/v1/taxes",
    "/api/v1/price-feeds",
    "/api/v1/catalogue/prices/export.csv",
    "/api/v1/products",
    "/api/v1/products/tablette",
    "/api/v1/bundles",
    "/api/v1/bundles/ilot",
    "/api/v1/trainings",
]
PRICE = {
    "supplier": "fournisseur",
    "before_tax_cents": 400_00,
    "from_day": "2027-01-01",
    "seen_on": "2026-11-01",
    "source": "soumission 14",
}


@pytest.fixture(autouse=True)
async def catalogue(db: None) -> None:
    await make_product("tablette", 393_00)
    await make_bundle("ilot", ("tablette", 6))


async def _signed(role: str) -> dict[str, str]:
    email = await make_person()
    if role == "ministry":
        await give_role(email, role)
        token = await make_token(email)
    else:
        await make_school("990001")
        await give_role(email, role, school="990001")
        token = await make_token(email, board="990000")
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", READS)
async def test_nobody_reads_nothing_and_a_school_team_reads_all(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=await _signed("school_team"))).status_code == 200


async def test_a_bundle_says_its_cost_to_the_cent(client: httpx.AsyncClient) -> None:
    bundle = (await client.get("/api/v1/bundles/ilot", headers=await _signed("school_team"))).json()

    assert (bundle["before_tax_cents"], bundle["net_cents"]) == (2_358_00, 2_520_39)
    assert bundle["lines"][0]["quantity"] == 6


async def test_products_are_found_by_any_words_without_accents(client: httpx.AsyncClient) -> None:
    headers = await _signed("school_team")
    await make_product("robot-ecole", 10_00, category="robotique")

    async def codes(**query: str) -> list[str]:
        answer = await client.get("/api/v1/products", params=query, headers=headers)
        return [product["code"] for product in answer.json()["items"]]

    assert await codes() == ["robot-ecole", "tablette"]
    assert await codes(q="ÉCOLE robot") == ["robot-ecole"]
    assert await codes(category="flotte-appareils") == ["tablette"]
    assert await codes(q="%") == []
    assert (await client.get("/api/v1/products?limit=501", headers=headers)).status_code == 422


async def test_unknown_things_are_404(client: httpx.AsyncClient) -> None:
    headers = await _signed("ministry")
    for path in ("/api/v1/products/absent", "/api/v1/bundles/absent"):
        assert (await client.get(path, headers=headers)).status_code == 404
    answer = await client.post("/api/v1/products/absent/prices", json=PRICE, headers=headers)
    assert answer.status_code == 404


async def test_a_school_team_changes_no_price(client: httpx.AsyncClient) -> None:
    headers = await _signed("school_team")
    assert (await client.post("/api/v1/products/tablette/prices", json=PRICE)).status_code == 401
    assert (await client.post("/api/v1/products/tablette/prices", json=PRICE, headers=headers)).status_code == 403
    closing = {"closed_on": "2027-06-30", "reason": "Retiré du marché"}
    assert (await client.post("/api/v1/products/tablette/close", json=closing, headers=headers)).status_code == 403
    assert await fetch_value("SELECT count(*) FROM price") == 1


async def test_the_ministry_adds_a_price_once_for_a_repeated_request(client: httpx.AsyncClient) -> None:
    headers = await _signed("ministry") | {"Idempotency-Key": "prix-1"}
    first = await client.post("/api/v1/products/tablette/prices", json=PRICE, headers=headers)
    second = await client.post("/api/v1/products/tablette/prices", json=PRICE, headers=headers)

    assert first.status_code == 201, first.text
    assert second.json() == first.json()
    history = first.json()["price_history"]
    assert [(price["before_tax_cents"], price["until_day"]) for price in history] == [
        (400_00, None),
        (393_00, "2026-12-31"),
    ]
    whats = [event.what for event in await timeline("product", "tablette")]
    assert sorted(whats) == ["product.price_added", "product.price_ended"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"supplier": "inconnu"}, 422),
        ({"before_tax_cents": 0}, 400),
        ({"until_day": "2026-01-01"}, 422),
        ({"from_day": "2020-07-01"}, 422),
        ({"couleur": "bleu"}, 400),
    ],
)
async def test_a_wrong_price_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, change: dict[str, object], status: int
) -> None:
    answer = await client.post(
        "/api/v1/products/tablette/prices", json=PRICE | change, headers=await _signed("ministry")
    )
    assert answer.status_code == status, answer.text
    assert await fetch_value("SELECT count(*) FROM price") == 1


@time_machine.travel("2026-11-24T17:00:00Z")
async def test_a_product_is_closed_by_its_version_and_leaves_the_lists(client: httpx.AsyncClient) -> None:
    headers = await _signed("ministry")
    closing = {"closed_on": "2026-11-24", "reason": "Retiré du marché"}
    stale = await client.post("/api/v1/products/tablette/close", json=closing, headers=headers | {"If-Match": '"7"'})
    read = await client.get("/api/v1/products/tablette", headers=headers)
    done = await client.post(
        "/api/v1/products/tablette/close", json=closing, headers=headers | {"If-Match": read.headers["ETag"]}
    )
    again = await client.post("/api/v1/products/tablette/close", json=closing, headers=headers)

    assert (stale.status_code, done.status_code, again.status_code) == (412, 200, 409)
    assert done.headers["ETag"] == '"2"'
    assert (await client.get("/api/v1/products", headers=headers)).json()["items"] == []
    assert len((await client.get("/api/v1/products?closed=true", headers=headers)).json()["items"]) == 1
    assert (await client.get("/api/v1/bundles/ilot", headers=headers)).json()["available"] is False
    assert (await timeline("product", "tablette"))[0].why == "Retiré du marché"


async def test_a_supplier_is_kept_by_http_once_for_a_repeated_request_and_by_its_version(
    client: httpx.AsyncClient,
) -> None:
    headers = await _signed("ministry")
    new = {"code": "techno", "name": "Techno", "gst_number": "123456789 RT0001"}
    keyed = headers | {"Idempotency-Key": "fournisseur-1"}
    first = await client.post("/api/v1/suppliers", json=new, headers=keyed)
    assert first.status_code == 201, first.text
    assert (await client.post("/api/v1/suppliers", json=new, headers=keyed)).json() == first.json()
    assert (await client.post("/api/v1/suppliers", json=new, headers=headers)).status_code == 409
    wrong = await client.post("/api/v1/suppliers", json=new | {"code": "x", "gst_number": "1"}, headers=headers)
    assert wrong.status_code == 422 and "gst_number" in wrong.text

    at = "/api/v1/suppliers/techno"
    change = {"phone": "418 555-0101"}
    assert (await client.patch(at, json=change, headers=headers | {"If-Match": '"7"'})).status_code == 412
    changed = await client.patch(at, json=change, headers=headers | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await client.patch(at, json=change, headers=await _signed("school_team"))).status_code == 403


async def test_a_table_is_tried_then_loaded_by_http(client: httpx.AsyncClient) -> None:
    headers = await _signed("ministry")
    files = {"file": ("fournisseurs.csv", "Code;Nom\ntechno;Techno\nÉ;x\n".encode())}
    for query, there in (("?dry_run=true", 0), ("", 1)):
        answer = await client.post(f"/api/v1/catalogue/suppliers/import{query}", files=files, headers=headers)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["created"], answer.json()["refused"][0]["line"]) == (1, 3)
        assert await fetch_value("SELECT count(*) FROM supplier WHERE code = 'techno'") == there
    assert (await client.get("/api/v1/catalogue/autres/export.csv", headers=headers)).status_code == 422
