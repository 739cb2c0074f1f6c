"""Fetching a feed: bounded in time, size and redirects; tried again where the fault may pass; never inside a transaction."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import stamina

from catalog.feeds.addresses import Place, place_of
from catalog.feeds.rules import FeedFault
from kit.i18n import _

LARGEST = 10 << 20
REDIRECTS = 3
WHOLE = 60.0  # seconds for one try, redirects and body included
TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class Fetched(NamedTuple):
    """The answer of a server. `content` None: the same as last time."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


class _Again(Exception):
    """A fault that may pass: the server is busy, or the line was cut."""


async def fetch_feed(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    networks: Sequence[str] = (),
    largest: int = LARGEST,
    whole: float = WHOLE,
) -> Fetched:
    """Read a feed, unless it is what it was when `etag` and `last_modified` were given. Raises FeedFault in a sentence.

    `networks`: private ones that may be read. A redirect is followed, at most three times, each checked as the first.
    """
    headers = {"accept-encoding": "identity", "user-agent": "inventory-feed"}
    if etag:
        headers["if-none-match"] = etag
    if last_modified:
        headers["if-modified-since"] = last_modified
    try:
        async for attempt in stamina.retry_context(on=_Again, attempts=3, wait_initial=0.5, wait_max=5.0, timeout=None):
            with attempt:
                return await _try(url, headers, networks, largest, whole)
    except _Again as last:
        raise FeedFault(str(last)) from last
    raise AssertionError("a retry ends with an answer or an error")


async def _try(url: str, headers: dict[str, str], networks: Sequence[str], largest: int, whole: float) -> Fetched:
    try:
        async with asyncio.timeout(whole), httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            for _hop in range(REDIRECTS + 1):
                place = await place_of(url, networks)
                async with client.stream(
                    "GET", _address(place), headers=headers | {"host": _host(place)},
                    extensions={"sni_hostname": place.host},
                ) as answer:  # fmt: skip
                    if answer.has_redirect_location:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    return await _answer(answer, largest)
    except TimeoutError as error:
        raise _Again(_("Le serveur du fil de prix répond trop lentement.")) from error
    except httpx.TimeoutException as error:
        raise _Again(_("Le serveur du fil de prix répond trop lentement.")) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _Again(_("Le serveur du fil de prix ne répond pas bien.")) from error
    raise FeedFault(_("Le serveur du fil de prix renvoie ailleurs trop de fois."))


async def _answer(answer: httpx.Response, largest: int) -> Fetched:
    if answer.status_code == httpx.codes.NOT_MODIFIED:
        return Fetched(None)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise _Again(_("Le serveur du fil de prix répond {status}.").format(status=answer.status_code))
    if answer.status_code != httpx.codes.OK:
        raise FeedFault(_("Le serveur du fil de prix répond {status}.").format(status=answer.status_code))
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FeedFault(_("Le fil de prix est comprimé, ce qui n'a pas été demandé."))
    found = bytearray()
    async for chunk in answer.aiter_raw():
        found += chunk
        if len(found) > largest:
            raise FeedFault(_("Le fil de prix dépasse {most} Mo.").format(most=largest >> 20))
    return Fetched(bytes(found), answer.headers.get("etag", "")[:300], answer.headers.get("last-modified", "")[:60])


def _address(place: Place) -> str:
    host = f"[{place.address}]" if ":" in place.address else place.address
    return f"{place.scheme}://{host}:{place.port}{place.target}"


def _host(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    usual = {"https": 443, "http": 80}[place.scheme]
    return host if place.port == usual else f"{host}:{place.port}"
