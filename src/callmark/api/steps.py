"""What calls and taggings under control have in common: prompts, entries in order, what is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from callmark.accounts.models import User
from callmark.api.models import ControlledCall, ControlledTagging
from callmark.api.problems import Problem, not_found
from callmark.calls.queries import forgiven_until, lockout_rule, recent_guesses
from callmark.calls.recording import store_entry
from callmark.gate.lockouts import Lockouts, UserCounter
from callmark.gate.records import AttemptRecord, SpoolEntry, TagRecord, to_json
from callmark.policy.flow import Collect
from callmark.policy.prompts import Prompt, prompt_file, prompt_text
from callmark.policy.settings import CodeSwitches, EffectiveSettings

SWITCH = "api"

Step = dict[str, Any]
"""What a step is answered, as JSON."""


def one_at_a_time(user: User) -> None:
    """A user's entries are counted one after the other, or two calls could share the last try."""
    mine = User.objects.of(user.account_id).select_for_update().filter(pk=user.pk)
    if not mine.exists():
        raise not_found()


def counter_of(user: User) -> UserCounter:
    """The lockout over calls, those still at a prompt included."""
    calls = ControlledCall.objects.of(user).filter(finished=False)
    taggings = ControlledTagging.objects.of(user).filter(finished=False)
    guesses = [
        datetime.fromisoformat(attempt["at"]).timestamp()
        for rows in (calls, taggings)
        for state in rows.values_list("state", flat=True)
        for attempt in state["attempts"]
        if attempt["counts_as_guess"]
    ]
    user_id = str(user.pk)
    on_record = recent_guesses([user]).get(user_id, [])
    lockouts = Lockouts(lockout_rule(), {user_id: [*on_record, *guesses]})
    return lockouts.counter(user_id, forgiven_until([user]).get(user_id, 0.0))


def store(entry: SpoolEntry) -> None:
    """Write to the call's record, as the gate's spool does."""
    with transaction.atomic():
        store_entry(to_json(entry))


def check_order(answers: Mapping[str, Step], sequence: int) -> None:
    """Entries come one after the other."""
    expected = 1 + sum(name.isdigit() for name in answers)
    if sequence != expected:
        raise Problem(
            409,
            "out_of_sequence",
            f"Number the entries from 1: the next one is {expected}.",
            field="sequence",
        )


def prompt_step(prompt: Prompt, code_length: int, *, wait: bool, interruptible: bool) -> Step:
    """A prompt to play."""
    return {
        "prompt": prompt.value,
        "text": prompt_text(prompt, code_length),
        "file": prompt_file(prompt, code_length),
        "wait": wait,
        "interruptible": interruptible,
    }


def collect_step(request: Collect, sequence: int) -> Step:
    """An entry to collect."""
    return {
        "sequence": sequence,
        "max_digits": request.max_digits,
        "first_digit_seconds": request.first_digit_seconds,
        "between_digits_seconds": request.between_digits_seconds,
        "terminator": request.terminator,
    }


def code_step(tag: TagRecord | None) -> Step | None:
    """The code that was accepted, without its digits."""
    return {"id": tag.code_id, "name": tag.code_name} if tag else None


def kept_settings(settings: EffectiveSettings) -> Step:
    """Settings as they were at the start, to go on with."""
    return asdict(settings)


def settings_from(kept: Mapping[str, Any]) -> EffectiveSettings:
    """What :func:`kept_settings` kept."""
    values = dict(kept)
    switches = CodeSwitches(**values.pop("switches"))
    return EffectiveSettings(**values, switches=switches)


def kept_attempts(attempts: Iterable[AttemptRecord]) -> list[Step]:
    """Entries made so far; they hold no digits."""
    return [asdict(attempt) for attempt in attempts]


def attempts_from(kept: Iterable[Mapping[str, Any]]) -> list[AttemptRecord]:
    """What :func:`kept_attempts` kept."""
    return [AttemptRecord(**attempt) for attempt in kept]
