"""Digest authentication of a client (RFC 2617 with MD5 and ``qop=auth``, as Asterisk asks)."""

import hashlib
import re
import secrets

from .message import Header, Message


def authorization(answer: Message, method: str, uri: bytes, user: str, password: str) -> Header:
    """The header that answers a 401 or 407."""
    proxy = answer.status == 407
    challenge = answer["proxy-authenticate" if proxy else "www-authenticate"]
    asked = {
        name.lower(): quoted or plain
        for name, quoted, plain in re.findall(rb'(\w+)=(?:"([^"]*)"|([^",\s]+))', challenge)
    }
    nonce_count, client_nonce = b"00000001", secrets.token_hex(8).encode()
    own = _md5(b":".join((user.encode(), asked[b"realm"], password.encode())))
    asking = _md5(method.encode() + b":" + uri)
    parts = [own, asked[b"nonce"]]
    fields = {
        b"username": b'"%s"' % user.encode(),
        b"realm": b'"%s"' % asked[b"realm"],
        b"nonce": b'"%s"' % asked[b"nonce"],
        b"uri": b'"%s"' % uri,
        b"algorithm": b"MD5",
    }
    if b"qop" in asked:
        parts += [nonce_count, client_nonce, b"auth"]
        fields |= {b"qop": b"auth", b"nc": nonce_count, b"cnonce": b'"%s"' % client_nonce}
    if b"opaque" in asked:
        fields[b"opaque"] = b'"%s"' % asked[b"opaque"]
    fields[b"response"] = b'"%s"' % _md5(b":".join((*parts, asking)))
    value = b"Digest " + b", ".join(b"%s=%s" % pair for pair in fields.items())
    return (b"Proxy-Authorization" if proxy else b"Authorization", value)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()
