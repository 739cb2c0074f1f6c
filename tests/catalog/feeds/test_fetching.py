"""Fetching from a real server that is busy, slow, endless, mute or sends elsewhere."""

import asyncio

import pytest

from catalog.feeds.fetching import fetch_feed
from catalog.feeds.rules import FeedFault
from tests.catalog.feeds.conftest import Supplier, answer

LOCAL = ("127.0.0.1/32",)


async def test_a_file_is_read_and_the_second_time_it_is_the_same(supplier: Supplier) -> None:
    supplier.answers = [answer(b"SKU;Prix\n", etag='"v1"', last_modified="Tue, 24 Nov 2026 12:00:00 GMT")]
    first = await fetch_feed(supplier.url, networks=LOCAL)
    assert (first.content, first.etag) == (b"SKU;Prix\n", '"v1"')
    supplier.answers = [answer(status="304 Not Modified")]
    second = await fetch_feed(supplier.url, etag=first.etag, last_modified=first.last_modified, networks=LOCAL)
    assert second.content is None
    assert 'if-none-match: "v1"' in supplier.requests[-1]
    assert "if-modified-since: tue, 24 nov 2026 12:00:00 gmt" in supplier.requests[-1]
    assert f"host: {supplier.url.split('/')[2]}\r\n" in supplier.requests[-1]


async def test_a_busy_server_is_asked_again_and_one_that_stays_so_is_said(supplier: Supplier) -> None:
    supplier.answers = [answer(status="500 Oops"), answer(status="429 Later"), answer(b"ok")]
    assert (await fetch_feed(supplier.url, networks=LOCAL)).content == b"ok"
    assert len(supplier.requests) == 3
    supplier.answers = [answer(status="503 Busy")]
    with pytest.raises(FeedFault) as refused:
        await fetch_feed(supplier.url, networks=LOCAL)
    assert "503" in refused.value.detail
    assert len(supplier.requests) == 6


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "206 Partial Content"])
async def test_another_answer_is_not_asked_for_again(supplier: Supplier, status: str) -> None:
    supplier.answers = [answer(status=status)]
    with pytest.raises(FeedFault):
        await fetch_feed(supplier.url, networks=LOCAL)
    assert len(supplier.requests) == 1


async def test_a_slow_server_is_given_up(supplier: Supplier) -> None:
    async def drips(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    supplier.answers = [drips]
    with pytest.raises(FeedFault) as refused:
        await fetch_feed(supplier.url, networks=LOCAL, whole=0.15)
    assert "lentement" in refused.value.detail
    assert len(supplier.requests) == 3


async def test_an_endless_file_is_cut_at_the_bound(supplier: Supplier) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    supplier.answers = [endless]
    with pytest.raises(FeedFault) as refused:
        await fetch_feed(supplier.url, networks=LOCAL, largest=1 << 20)
    assert "1 Mo" in refused.value.detail.replace("\u00a0", " ")
    assert sent < 20 << 20
    assert len(supplier.requests) == 1


async def test_a_compressed_answer_is_not_unpacked(supplier: Supplier) -> None:
    supplier.answers = [answer(b"\x1f\x8b", content_encoding="gzip")]
    with pytest.raises(FeedFault):
        await fetch_feed(supplier.url, networks=LOCAL)
    assert "accept-encoding: identity" in supplier.requests[-1]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/x",
        "http://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[64:ff9b::a00:1]/",
        "ftp://x/",
        "//[::1]/",
    ],
)
async def test_a_redirect_to_a_private_address_is_refused(supplier: Supplier, target: str) -> None:
    supplier.answers = [answer(status="302 Found", location=target)]
    with pytest.raises(FeedFault):
        await fetch_feed(supplier.url, networks=LOCAL)
    assert len(supplier.requests) == 1


async def test_a_redirect_to_a_permitted_place_is_followed_and_a_circle_is_not(supplier: Supplier) -> None:
    supplier.answers = [answer(status="301 Moved", location="/autre.csv"), answer(b"ok")]
    assert (await fetch_feed(supplier.url, networks=LOCAL)).content == b"ok"
    assert supplier.requests[-1].startswith("get /autre.csv ")
    supplier.answers = [answer(status="302 Found", location="/prix.csv")]
    with pytest.raises(FeedFault):
        await fetch_feed(supplier.url, networks=LOCAL)
    assert len(supplier.requests) == 2 + 4


@pytest.mark.parametrize("mess", [b"", b"bonjour\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"])
async def test_a_line_that_is_cut_or_no_http_is_said_after_three_tries(supplier: Supplier, mess: bytes) -> None:
    supplier.answers = [mess]
    with pytest.raises(FeedFault):
        await fetch_feed(supplier.url, networks=LOCAL)
    assert len(supplier.requests) == 3


async def test_nobody_at_the_address_is_said(supplier: Supplier) -> None:
    with pytest.raises(FeedFault):
        await fetch_feed("http://127.0.0.1:9/", networks=LOCAL)
    with pytest.raises(FeedFault):
        await fetch_feed("https://rien.invalid/", networks=LOCAL)
