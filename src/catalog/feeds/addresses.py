"""Where a feed may be read: over https, from public addresses only, unless a setting names the network."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from catalog.feeds.rules import FeedFault
from kit.i18n import _

Address = IPv4Address | IPv6Address

# Addresses of IPv6 that stand for one of IPv4, which may be private: NAT64 (RFC 6052, 8215), 6to4, Teredo, mapped, compatible.
_TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96"))
)


class Place(NamedTuple):
    """Where to connect: the address that the host's name came to, checked, so that it is not resolved a second time."""

    scheme: str
    host: str
    port: int
    address: str
    target: str


def public(address: Address) -> bool:
    """Whether everybody can reach an address: not private, link-local, reserved, multicast, nor a translation of IPv4."""
    if isinstance(address, IPv6Address) and (
        address.is_site_local or any(address in network for network in _TRANSLATED)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def permitted(address: Address, networks: Sequence[str]) -> bool:
    """Whether the setting names a network that holds the address."""
    return any(address in network for network in map(ip_network, networks) if network.version == address.version)


def checked_url(url: str) -> str:
    """An address as it may be written in a feed. Raises FeedFault."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FeedFault(_("L'adresse du fil de prix n'est pas lisible.")) from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password or port == 0:
        raise FeedFault(_("L'adresse d'un fil de prix est de la forme « https://serveur/fichier.csv »."))
    if any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise FeedFault(_("L'adresse du fil de prix n'est pas lisible."))
    return url


async def place_of(url: str, networks: Sequence[str]) -> Place:
    """Resolve the host of an address and check all that it comes to. Raises FeedFault."""
    parts = urlsplit(checked_url(url))
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FeedFault(_("Le serveur « {host} » est introuvable.").format(host=host)) from error
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    inside = bool(addresses) and all(permitted(address, networks) for address in addresses)
    if not inside and not all(map(public, addresses)):
        raise FeedFault(
            _("« {host} » est à une adresse privée : l'exploitant peut la permettre par un réglage.").format(host=host)
        )
    if parts.scheme != "https" and not inside:
        raise FeedFault(_("Un fil de prix se lit par https : « {host} » ne l'est pas.").format(host=host))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, str(addresses[0]), target)
