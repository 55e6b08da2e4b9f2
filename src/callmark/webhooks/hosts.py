"""Host names: which the operator allows, and which are a number in disguise. Nothing of Django."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*")


def parse_hosts(text: str) -> tuple[str, ...]:
    """Hosts and ``*.suffixes`` separated by commas. Raises ``ValueError`` that says what to do."""
    return tuple(_pattern(one.strip()) for one in text.split(",") if one.strip())


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether the list names this host; an empty list names them all.

    ``*.example.com`` is every name below ``example.com``, but not that one itself.
    """
    name = _plain(host)
    return not allowed or any(
        name.endswith(one[1:]) if one.startswith("*.") else name == one for one in allowed
    )


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host text stands for by itself, also as 127.1, 2130706433 or 0x7f000001."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _pattern(text: str) -> str:
    if text == "*":
        raise ValueError("leave it empty to allow every public host, instead of '*'")
    is_suffix = text.startswith("*.")
    name = _plain(text.removeprefix("*.").strip("[]"))
    if literal(name) is not None and not is_suffix:
        return name
    if not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise ValueError(
            f"'{text}' is not a host: write hooks.example.com or *.example.com, separated by "
            "commas, without https://, port and path; other alphabets as xn--"
        )
    return f"*.{name}" if is_suffix else name


def _plain(host: str) -> str:
    """The same text for everything that means the same host."""
    address = literal(host)
    return str(address) if address is not None else host.lower().rstrip(".")
