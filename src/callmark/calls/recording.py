"""Writing what the gate tells into the database: each entry any number of times, once in effect."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from callmark.accounts.models import User
from callmark.audit.origin import GATE, acting
from callmark.calls.lockouts import note_lockout
from callmark.calls.models import Call, CallAttempt, CallOutcome, Direction
from callmark.calls.signals import call_refused, call_tagged
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring

Entry = Mapping[str, Any]


@acting(GATE)
@transaction.atomic
def store_entry(entry: Entry) -> None:
    """Store one spooled entry, a JSON object of :mod:`callmark.gate.records`.

    An *ended* whose call is not there (a call that never reached the gate) is dropped: the import
    of the switch's own CDR brings such calls.
    """
    match entry["kind"]:
        case "decided":
            _store_decided(entry)
        case "tagged":
            _store_tagged(entry)
        case "ended":
            calls = Call.objects.of_every_account("a switch ends its own calls, of any account")
            calls.filter(pk=entry["id"]).update(**{name: entry[name] for name in _END_FIELDS})
        case kind:
            raise ValueError(f"unknown spool entry kind {kind!r}")


_END_FIELDS = ("ended_at", "answered_at", "seconds", "disposition")
_REFUSED = (CallOutcome.ENDED, CallOutcome.REFUSED_WHILE_DOWN)
_COPIED = (
    "account_id",
    "direction",
    "caller",
    "dialed",
    "call_type",
    "started_at",
    "outcome",
    "linked_id",
    "simulated",
    "switch",
)


def _store_decided(entry: Entry) -> None:
    user = User.objects.of(entry["account_id"]).filter(pk=entry["user_id"]).first()
    values = {name: entry[name] for name in _COPIED}
    values |= {
        "switch_call_id": entry["call_id"],
        "user": user,
        "user_name": _user_name(entry, user),
        "e164": entry["e164"] or "",
        "why": list(entry["why"]),
    }
    if entry["tag"]:
        values |= _tag_values(entry["account_id"], entry["tag"])
    account_id = values.pop("account_id")
    call, created = Call.objects.of(account_id).get_or_create(
        pk=entry["id"], account_id=account_id, defaults=values
    )
    if created:
        _add_attempts(call, entry["attempts"], first=1)
        if entry["tag"]:
            call_tagged.send(Call, call=call)
        if call.outcome in _REFUSED:
            call_refused.send(Call, call=call)


def _user_name(entry: Entry, user: User | None) -> str:
    """As the gate knew it: the user may be renamed or deleted since."""
    name: str = entry.get("user_name") or (user.name if user else "")
    return name


def _store_tagged(entry: Entry) -> None:
    call = _call_under_way(entry) or _new_inbound_call(entry)
    known = set(call.attempts.values_list("at", flat=True))
    fresh = [one for one in entry["attempts"] if _moment(one["at"]) not in known]
    _add_attempts(call, fresh, first=call.attempts.count() + 1)
    if entry["tag"] and fresh:
        for name, value in _tag_values(entry["account_id"], entry["tag"]).items():
            setattr(call, name, value)
        call.save()
        call_tagged.send(Call, call=call)


def _call_under_way(entry: Entry) -> Call | None:
    """The call that was tagged: by its own id, or a colleague's call by what links its legs."""
    calls = Call.objects.of(entry["account_id"]).select_for_update()
    linked = calls.filter(switch=entry["switch"], linked_id=entry["linked_id"])
    return calls.filter(pk=entry["id"]).first() or linked.order_by("started_at").first()


def _new_inbound_call(entry: Entry) -> Call:
    """A call the gate was never asked about: it came in, and its start is not known here."""
    user = User.objects.of(entry["account_id"]).filter(pk=entry["user_id"]).first()
    return Call.objects.create(
        pk=entry["id"],
        account_id=entry["account_id"],
        user=user,
        user_name=_user_name(entry, user),
        switch=entry["switch"],
        switch_call_id=entry["call_id"],
        linked_id=entry["linked_id"],
        direction=Direction.INBOUND,
        dialed=entry["extension"],
        outcome=CallOutcome.NOT_GATED,
        why=["inbound calls are never asked for a code; the user tagged this one by star code"],
        started_at=entry["tagged_at"],
    )


def _tag_values(account_id: str, tag: Mapping[str, Any]) -> dict[str, Any]:
    # The code may have been deleted since: the copied digits and name are what counts.
    codes = AccountCode.objects.of(account_id).filter(pk=tag["code_id"])
    code = codes.first() if tag["code_id"] else None
    return {
        "account_code": keyring().decrypt(tag["code"]),
        "account_code_name": tag["code_name"],
        "code": code,
        "entered_by": tag["entered_by"],
    }


def _add_attempts(call: Call, attempts: list[Mapping[str, Any]], first: int) -> None:
    CallAttempt.objects.bulk_create(
        CallAttempt(call=call, position=position, **attempt)
        for position, attempt in enumerate(attempts, start=first)
    )
    note_lockout(call, {_moment(one["at"]) for one in attempts if one["counts_as_guess"]})


def _moment(text: str) -> datetime:

    return datetime.fromisoformat(text)
