"""``Idempotency-Key``: a POST that is sent again gets the first answer, and does nothing.

The row of a key and what the request changes are one transaction: both are there or neither. A
request that was refused changed nothing, so its key is free again.
"""

import json
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from callmark.api.models import KeptAnswer
from callmark.keys.pepper import keyed_hash, seal, unseal
from callmark.policy.values import value_class
from callmark.web.problems import Problem

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
MAX_LENGTH = 255
_CLEANED_AT_ONCE = 20
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


@value_class
class Slot:
    """Where the answer of a request with a key is kept."""

    row: KeptAnswer
    key: str
    replay: HttpResponse | None


def claim(request: HttpRequest, principal: str) -> Slot | None:
    """Look the key up, or take it; None without a key. Call inside the request's transaction.

    A second request with the same key waits here until the first one is through.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_LENGTH or not key.isprintable():
        raise Problem(
            422,
            "invalid_idempotency_key",
            f"Use 1 to {MAX_LENGTH} printable characters, such as a UUID.",
            field=HEADER,
        )
    _forget_old()
    key_hash = keyed_hash("idempotency key", key)
    fingerprint = keyed_hash("request", _what_was_asked(request))
    try:
        with transaction.atomic():
            row = KeptAnswer.objects.create(
                principal=principal, key_hash=key_hash, fingerprint=fingerprint
            )
    except IntegrityError:
        row = KeptAnswer.objects.get(principal=principal, key_hash=key_hash)
        return Slot(row, key, _replay(row, key, fingerprint))
    return Slot(row, key, None)


def keep(slot: Slot, response: HttpResponse, *, secret: bool) -> None:
    """Keep an answer. A ``secret`` one (a new token) is not kept: it is only ever shown once."""
    slot.row.status = response.status_code
    if not secret:
        headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
        plain = json.dumps({"headers": headers, "body": response.content.decode()})
        slot.row.sealed = seal("answer", slot.key, plain)
    slot.row.save(update_fields=["status", "sealed"])


def _replay(row: KeptAnswer, key: str, fingerprint: str) -> HttpResponse:
    if row.fingerprint != fingerprint:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This key was used for another request: send a new key with a new request.",
            field=HEADER,
        )
    if not row.sealed:
        raise Problem(
            409,
            "already_done",
            "This request was carried out, and its answer is shown only once: if you lost the "
            "secret in it, make another.",
        )
    kept = json.loads(unseal("answer", key, row.sealed))
    response = HttpResponse(kept["body"], status=row.status, headers=kept["headers"])
    response["Idempotency-Replayed"] = "true"
    return response


def _what_was_asked(request: HttpRequest) -> bytes:
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    if request.content_type != "multipart/form-data":
        return asked + request.body
    # The body of a form with files is gone once it has been read: what was in it counts.
    asked += json.dumps(sorted(request.POST.lists())).encode()
    for name, upload in sorted(request.FILES.items()):
        assert isinstance(upload, UploadedFile)
        upload.seek(0)
        asked += b"\n" + name.encode() + b"\n" + upload.read()
        upload.seek(0)
    return asked


def _forget_old() -> None:
    old = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    KeptAnswer.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:_CLEANED_AT_ONCE])
    ).delete()
