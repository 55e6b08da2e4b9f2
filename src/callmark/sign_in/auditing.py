"""What happens at the door, told to the audit: only here sign-in events become entries."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from callmark.accounts.activity import note
from callmark.accounts.models import User
from callmark.accounts.row_security import EVERY_ACCOUNT, seeing
from callmark.audit.actions import Action
from callmark.audit.recording import Target, Values, record


def tell(
    action: Action, person: User, *, actor: User | None = None, after: Values | None = None
) -> None:
    """Add an entry about a person. Nobody may be signed in yet, so the rows are opened for it."""
    with transaction.atomic(), seeing(str(person.account_id or EVERY_ACCOUNT)):
        note(action, person.account, person, actor=actor, after=after)


def sign_in_failed(email: str, *, why: str = "wrong password") -> None:
    """Somebody was not let in. One query and one entry, whether or not the person exists."""
    every = User.objects.of_every_account("it is not known yet whose person this is")
    person = every.filter(email__iexact=email).select_related("account").first()
    if person is not None:
        tell(Action.SIGN_IN_FAILED, person, after={"why": why})
        return
    # What was typed is not kept: it may be a password in the wrong field.
    unknown = Target("user", "", "unknown e-mail address")
    with transaction.atomic(), seeing(EVERY_ACCOUNT):
        record(Action.SIGN_IN_FAILED, unknown, account=None, after={"why": "unknown address"})


def code_used_again(person: User) -> None:
    """A right code came a second time: somebody was too quick, or has looked on."""
    tell(Action.SIGN_IN_FAILED, person, after={"why": "a code that had been used"})


def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    how = [
        record_.get("type") or record_["method"]
        for record_ in get_authentication_records(request, user)
    ]
    tell(Action.SIGNED_IN, user, actor=user, after={"with": how})


def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is None:
        return
    why = getattr(request, "signed_out_because", "")
    tell(Action.SIGNED_OUT, user, actor=user, after={"why": why} if why else None)


def _second_factor(action: Action, user: User, authenticator: Authenticator) -> None:
    tell(action, user, actor=user, after={"kind": str(authenticator.get_type_display())})


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
    tell(Action.SIGN_IN_FAILED, user, after={"why": "wrong second factor"})


def _password_changed(user: User, **_: object) -> None:
    tell(Action.PASSWORD_CHANGED, user, actor=user)


def _password_reset(user: User, **_: object) -> None:
    tell(Action.PASSWORD_CHANGED, user, actor=user, after={"with": "link by e-mail"})


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
