"""What happens at the door, recorded: only here sign-in events become entries."""

from contextlib import AbstractContextManager
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from callmark.accounts.activity import record
from callmark.accounts.models import User
from callmark.accounts.row_security import EVERY_ACCOUNT, seeing
from callmark.audit.actions import Action
from callmark.audit.audited import Values
from callmark.audit.recording import Target


def seeing_rows_of(person: User) -> AbstractContextManager[None]:
    """Open the rows of the person's account: nobody may be signed in yet."""
    return seeing(str(person.account_id or EVERY_ACCOUNT))


def record_about(
    person: User, action: Action, *, actor: User | None = None, after: Values | None = None
) -> None:
    """Record what a person did at the door, or somebody under their name."""
    with transaction.atomic(), seeing_rows_of(person):
        record(action, person.account, person, actor=actor, after=after)


def sign_in_failed(email: str, *, why: str = "wrong password") -> None:
    """Somebody was not let in. One query and one entry, whether or not the person exists."""
    every = User.objects.of_every_account("it is not known yet whose person this is")
    person = every.filter(email__iexact=email).select_related("account").first()
    if person is not None:
        record_about(person, Action.SIGN_IN_FAILED, after={"why": why})
        return
    # What was typed is not kept: it may be a password in the wrong field.
    unknown = Target("user", "", "unknown e-mail address")
    with transaction.atomic(), seeing(EVERY_ACCOUNT):
        record(Action.SIGN_IN_FAILED, None, unknown, actor=None, after={"why": "unknown address"})


def code_used_again(person: User) -> None:
    """A right code came a second time: somebody was too quick, or has looked on."""
    record_about(person, Action.SIGN_IN_FAILED, after={"why": "a code that had been used"})


def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    how = [
        record_.get("type") or record_["method"]
        for record_ in get_authentication_records(request, user)
    ]
    record_about(user, Action.SIGNED_IN, actor=user, after={"with": how})


def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is None:
        return
    why = getattr(request, "signed_out_because", "")
    record_about(user, Action.SIGNED_OUT, actor=user, after={"why": why} if why else None)


def _second_factor(action: Action, user: User, authenticator: Authenticator) -> None:
    record_about(user, action, actor=user, after={"kind": str(authenticator.get_type_display())})


def _added(user: User, authenticator: Authenticator, **_: object) -> None:
    is_spare = authenticator.type == Authenticator.Type.RECOVERY_CODES
    action = Action.RECOVERY_CODES_MADE if is_spare else Action.SECOND_FACTOR_ADDED
    _second_factor(action, user, authenticator)


def _removed(user: User, authenticator: Authenticator, **_: object) -> None:
    _second_factor(Action.SECOND_FACTOR_REMOVED, user, authenticator)


def _renewed(user: User, authenticator: Authenticator, **_: object) -> None:
    _second_factor(Action.RECOVERY_CODES_MADE, user, authenticator)


def _used(user: User, authenticator: Authenticator, **_: object) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _second_factor(Action.RECOVERY_CODE_USED, user, authenticator)


def _wrong_code(user: User, **_: object) -> None:
    record_about(user, Action.SIGN_IN_FAILED, after={"why": "wrong second factor"})


def _password_changed(user: User, **_: object) -> None:
    record_about(user, Action.PASSWORD_CHANGED, actor=user)


def _password_reset(user: User, **_: object) -> None:
    record_about(user, Action.PASSWORD_CHANGED, actor=user, after={"with": "link by e-mail"})


_RECEIVERS: tuple[tuple[Signal, Any], ...] = (
    (account_signals.user_logged_in, _signed_in),
    (user_logged_out, _signed_out),
    (account_signals.password_changed, _password_changed),
    (account_signals.password_set, _password_changed),
    (account_signals.password_reset, _password_reset),
    (mfa_signals.authenticator_added, _added),
    (mfa_signals.authenticator_removed, _removed),
    (mfa_signals.authenticator_reset, _renewed),
    (mfa_signals.authenticator_used, _used),
    (mfa_signals.authentication_failed, _wrong_code),
)


def connect() -> None:
    """Listen from now on; called once, when Django is ready."""
    for signal, receiver in _RECEIVERS:
        signal.connect(receiver, dispatch_uid=f"callmark.sign_in.{receiver.__name__}.{id(signal)}")
