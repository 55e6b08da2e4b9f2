"""Where a person is signed in."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest

from callmark.accounts.models import User
from callmark.audit.actions import Action
from callmark.sign_in.auditing import tell


def end_sessions(person: User) -> int:
    """Sign the person out everywhere; return how many sessions ended."""
    return _end(list(UserSession.objects.filter(user=person)))


@transaction.atomic
def end_other_sessions(actor: User, *, keep: str, only: int | None = None) -> int:
    """Sign oneself out on every other device, or on one of them; return on how many."""
    others = UserSession.objects.filter(user=actor).exclude(session_key=keep)
    ended = _end(list(others if only is None else others.filter(pk=only)))
    if ended:
        tell(Action.SIGNED_OUT_ELSEWHERE, actor, actor=actor, after={"sessions": ended})
    return ended


def renew_session(request: HttpRequest) -> None:
    """Another name for the session: who knew the one before cannot use what was proved now."""
    before = request.session.session_key
    request.session.cycle_key()
    named = UserSession.objects.filter(session_key=before)
    named.update(session_key=request.session.session_key)


def _end(sessions: list[UserSession]) -> int:
    for session in sessions:
        session.end()
    return len(sessions)
