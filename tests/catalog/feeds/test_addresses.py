"""From where a feed may be read."""

from ipaddress import ip_address

import pytest

from catalog.feeds.addresses import checked_url, place_of, public
from catalog.feeds.rules import FeedFault


@pytest.mark.parametrize("address", ["1.1.1.1", "198.41.0.4", "2606:4700::1111"])
def test_public_addresses_may_be_read(address: str) -> None:
    assert public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1",
        "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "2001:0:4136:e378::1", "::ffff:10.0.0.1", "::ffff:1.1.1.1",
        "::10.0.0.1", "fec0::1",
    ],
)  # fmt: skip
def test_private_reserved_and_translated_addresses_may_not(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x", "https:///x", "https://nom:mot@a.example/x", "file:///etc/passwd", "https://a.example:0/",
        "https://a.example:99999/", "https://a.example/a b", "https://[::1", "", "//a.example/x", "https://a.example/\n",
    ],
)  # fmt: skip
def test_other_addresses_than_plain_ones_are_refused(url: str) -> None:
    with pytest.raises(FeedFault):
        checked_url(url)


async def test_a_private_address_is_refused_unless_a_setting_names_its_network() -> None:
    for url in ("http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost:9/", "https://[::1]:9/"):
        with pytest.raises(FeedFault):
            await place_of(url, ())
    with pytest.raises(FeedFault):
        await place_of("http://127.0.0.2:9/", ("127.0.0.1/32",))
    found = await place_of("http://127.0.0.1:9/a?b=1", ("127.0.0.1/32",))
    assert (found.address, found.port, found.target) == ("127.0.0.1", 9, "/a?b=1")


async def test_plain_http_is_refused_even_at_a_public_address() -> None:
    with pytest.raises(FeedFault) as refused:
        await place_of("http://1.1.1.1/", ())
    assert "https" in refused.value.detail
