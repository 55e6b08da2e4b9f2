"""Who is calling: the endpoint behind a channel's name.

Asterisk makes a channel's name itself, from the endpoint that it authenticated; nothing that a
phone sends is in it. Caller ID is what the phone says about itself and plays no part here.
"""

import re

_TECHNOLOGIES = {
    # chan_pjsip and chan_sip: endpoint or peer, then a counter in hexadecimal.
    "PJSIP": re.compile(r"(?P<endpoint>.+)-[0-9a-f]{8}"),
    "SIP": re.compile(r"(?P<endpoint>.+)-[0-9a-f]{8}"),
    # chan_iax2: peer, then the call's number.
    "IAX2": re.compile(r"(?P<endpoint>.+)-[0-9]{1,5}"),
}


def endpoint_of_channel(channel: str) -> str | None:
    """The endpoint's name: ``PJSIP/acme-101-0000001a`` is ``acme-101``.

    None for a channel that no device stands behind, such as ``Local/...``: anything may have
    started it.
    """
    technology, _, rest = channel.partition("/")
    pattern = _TECHNOLOGIES.get(technology)
    match = pattern.fullmatch(rest) if pattern else None
    return match["endpoint"] if match else None
