"""The pages of a long list, followed by their own links."""

import re
from html import unescape

from django.test import Client

_LINK = re.compile(r'href="([^"]*[?&;](before|after)=[0-9a-f-]{36}[^"]*)" rel="(?:prev|next)"')


def links(page: str) -> dict[str, str]:
    """What the page's ``before`` and ``after`` lead to; a side without a link is left out."""
    return {side: unescape(address) for address, side in _LINK.findall(page)}


def follow(client: Client, address: str, page: str, side: str) -> str:
    """The page beside this one."""
    return client.get(address + links(page)[side]).content.decode()
