"""Where messages may go: public addresses over HTTPS, and what the operator allows besides.

An account's administrator chooses the address, so it must not reach what only this machine can:
the local network, loopback, a cloud's metadata service. A name is resolved once, every address
it has is checked, and the connection goes to a checked one: a name server that answers something
else a moment later changes nothing. The operator may narrow the hosts to a list.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from callmark.policy.values import value_class
from callmark.webhooks.hosts import is_allowed, literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PORTS = {"https": 443, "http": 80}
# What Python's own table of special networks lacks, or has only in newer versions.
_NEVER_IPV4 = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    # Public by its number, but inside one cloud it is the machine's own control service.
    IPv4Network("168.63.129.16/32"),
)
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NEVER_IPV6 = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
_IPV4_IN_IPV6 = (
    # network, and how far right of the last bit the IPv4 address stands
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)


class Forbidden(Exception):
    """A request to this address is not made; the text says why."""


@value_class
class Place:
    """A URL taken apart by the only parser that is ever asked."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def from_url(cls, url: str) -> "Place":
        """Raises :class:`Forbidden` for what is not a plain web address."""
        if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
            raise Forbidden(gettext("use plain ASCII without spaces or backslashes"))
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Forbidden(gettext("this is not a web address")) from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Forbidden(gettext("begin it with https:// and a host name"))
        if "@" in parts.netloc or parts.fragment:
            raise Forbidden(gettext("leave out user name, password and #fragment"))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


def check(url: str) -> Place:
    """Refuse at once what can be told without asking a name server: for the form."""
    place = Place.from_url(url)
    _require_allowed(place.host)
    networks = allowed_networks()
    address = literal(place.host)
    if address is not None:
        _require(address, place.scheme, networks)
    elif place.host.rstrip(".").endswith("localhost") and not networks:
        raise Forbidden(gettext("this machine itself is not allowed"))
    elif place.scheme != "https" and not networks:
        raise Forbidden(gettext("use https://"))
    return place


def resolve(place: Place, seconds: float) -> list[str]:
    """The addresses to connect to, in the resolver's order; raises if any is not allowed."""
    _require_allowed(place.host)
    try:
        found = _resolvers.submit(_look_up, place.host, place.port).result(seconds)
    except FutureTimeout:
        raise Forbidden(gettext("the name server did not answer in time")) from None
    except (OSError, UnicodeError):
        raise Forbidden(gettext("there is no such host")) from None
    networks = allowed_networks()
    for text in found:
        _require(ip_address(text), place.scheme, networks)
    return found


# The system's resolver cannot be interrupted: a slow one is left behind here.
_resolvers = ThreadPoolExecutor(8, "resolver")


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _require_allowed(host: str) -> None:
    if not is_allowed(host, settings.WEBHOOKS_ALLOWED_HOSTS):
        raise Forbidden(
            gettext("your operator does not allow {host}; ask for it to be allowed").format(
                host=host[:120]
            )
        )


def _require(address: Address, scheme: str, allowed: tuple[Network, ...]) -> None:
    if any(address in network for network in allowed):
        return
    if not is_public(address):
        raise Forbidden(gettext("addresses inside a private network are not allowed"))
    if scheme != "https":
        raise Forbidden(gettext("use https://"))


def is_public(address: Address) -> bool:
    """Whether the whole internet means the same machine by it, seen also through IPv6."""
    if isinstance(address, IPv6Address):
        inner = _inner_ipv4(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_IPV6:
            return False
    never: tuple[Network, ...] = _NEVER_IPV4 if address.version == 4 else _NEVER_IPV6
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not odd and not any(address in one for one in never)


def _inner_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _IPV4_IN_IPV6:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None


def allowed_networks() -> tuple[Network, ...]:
    """The operator's exceptions."""
    return parse_networks(settings.WEBHOOKS_ALLOW_PRIVATE)


@cache
def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks separated by commas. Raises ``ValueError``."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
