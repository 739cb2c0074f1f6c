"""Whatever an address holds in place of what a route expects, the answer is a sentence, never an error of ours."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.asgi import create_app
from kit.paging import encode
from tests.factories import give_role, make_assets, make_person, make_product, make_school, make_token

WORDS = ["a\0b", "%", "'\\", "\u202e🦜", "x" * 5_000, "٣"]
PLACES = [
    "garbage", *(encode(*[key] * keys) for keys in (1, 2, 3) for key in ("\0", "a", 1, 10**30)), encode(True, False),
    encode("9999-99-99", "b"), encode("9999-12-31T23:59:59-23:59", "b"), encode("2026-01-01", "b"),
]  # fmt: skip
NUMBERS = ["0", "501", "NaN", "99999999999999999999", ""]
DAYS = ["0001-01-01", "9999-12-31", "2026-02-30", "10000-01-01", ""]
FITTING = {"after": PLACES, "limit": NUMBERS, "at": DAYS, "on_day": DAYS}


def asked() -> Iterator[tuple[str, dict[str, str]]]:
    """Each reading route of the API: each part of its path, then each of its parameters, made hostile."""
    paths: dict[str, Any] = create_app(lifespan=False).openapi_schema.to_schema()["paths"]
    for path, methods in paths.items():
        if "get" not in methods or not path.startswith("/api/"):
            continue
        names = [parameter["name"] for parameter in methods["get"].get("parameters", []) if parameter["in"] == "path"]
        known = dict.fromkeys(names, "990001")
        for name in names:
            for word in WORDS:
                yield path.format(**known | {name: quote(word, safe="")}), {}
        for parameter in methods["get"].get("parameters", []):
            if parameter["in"] == "query":
                for value in FITTING.get(parameter["name"], WORDS):
                    yield path.format(**known), {parameter["name"]: value}


@pytest.mark.parametrize("place", ["board", "province"])
async def test_no_address_breaks_a_reading_route(client: httpx.AsyncClient, place: str) -> None:
    await make_school()
    await make_product()
    await make_assets("990001", n=3)
    email, at_board = await make_person("curieuse@exemple.ca"), place == "board"
    for role in ("technician", "purchasing", "board_admin") if at_board else ("ministry",):
        await give_role(email, role, board="990000" if at_board else None)
    client.headers["authorization"] = f"Bearer {await make_token(email)}"
    closed = {path for path in {path for path, _query in asked()} if (await client.get(path)).status_code == 403}

    broken = []
    for path, query in asked():
        if path not in closed:
            answer = await client.get(path, params=query)
            if answer.status_code >= 500:
                broken.append((path[:80], query, answer.status_code))

    assert broken == []


async def test_what_is_longer_than_any_name_is_searched_for_nowhere(client: httpx.AsyncClient) -> None:
    """Each word is looked for in every row: fifteen thousand of one letter would keep the database busy for a minute."""
    await make_school()
    email = await make_person("curieuse@exemple.ca")
    for role in "technician", "purchasing", "board_admin":
        await give_role(email, role, board="990000")
    client.headers["authorization"] = f"Bearer {await make_token(email)}"
    paths = sorted({path for path, query in asked() if "q" in query})
    assert len(paths) >= 7
    for path in paths:
        assert (await client.get(path, params={"q": "é " * 100})).status_code == 200, path
        refused = await client.get(path, params={"q": "é " * 101})
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["q"]), path
