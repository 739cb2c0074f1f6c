"""Behind a proxy: tries to sign in are counted by who is behind it, and nobody else is believed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.proxies import behind_proxies
from kit.database import fetch_value
from kit.settings import settings
from tests.reading import forms

pytestmark = pytest.mark.usefixtures("db")

TRUSTED = "127.0.0.1, 10.1.0.0/16, 2001:db8:ffff::/48"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("peer", "said", "counted"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.1.2.3", ["203.0.113.7"], "203.0.113.7"),
        ("2001:db8:ffff::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["198.51.100.66, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.66", "203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.66, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.66, 10.1.9.9, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", ["10.1.2.3, 10.1.2.4"], "10.1.2.3"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("198.51.100.66", ["203.0.113.7"], "198.51.100.66"),
        ("198.51.100.66", ["127.0.0.1"], "198.51.100.66"),
        ("::ffff:198.51.100.66", ["203.0.113.7"], "198.51.100.66"),
    ],
    ids=[
        "one proxy", "of a trusted network", "over IPv6, by the network of one customer", "an address that the client invented",
        "the same, in a header of its own", "two proxies", "two proxies, and an invented one", "a client among the proxies",
        "a proxy that says nothing", "not a proxy", "not a proxy, pretending", "not a proxy, IPv4 in IPv6",
    ],
)  # fmt: skip
async def test_a_try_is_counted_for_whoever_stands_before_the_trusted_proxies(
    application: Any, monkeypatch: pytest.MonkeyPatch, peer: str, said: list[str], counted: str
) -> None:
    monkeypatch.setenv("INVENTORY_TRUSTED_PROXIES", TRUSTED)
    assert await _counted(behind_proxies(application), peer, said) == counted


async def test_without_the_setting_nobody_is_believed(application: Any) -> None:
    assert await _counted(behind_proxies(application), "127.0.0.1", ["203.0.113.7"]) == "127.0.0.1"


async def _counted(application: Any, peer: str, said: list[str]) -> Any:
    transport = httpx.ASGITransport(app=application, client=(peer, 40_000))
    headers = [("x-forwarded-for", value) for value in said] + [("x-forwarded-proto", "https")]
    async with httpx.AsyncClient(transport=transport, base_url="http://test.local", headers=headers) as client:
        fields = forms(await client.get("/sign-in"))["/sign-in"]
        refused = await client.post("/sign-in", data=fields | {"email": "personne@exemple.ca", "password": "mauvais"})
        assert refused.status_code == 422
    return await fetch_value("SELECT address FROM sign_in_attempt ORDER BY at DESC LIMIT 1")
