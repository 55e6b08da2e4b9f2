"""Where a person is signed in."""

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from callmark.accounts.changes import change
from callmark.accounts.models import User
from callmark.audit.actions import Action


def end_sessions(person: User) -> int:
    """Sign the person out everywhere; return how many sessions ended."""
    return _end(list(UserSession.objects.filter(user=person)))


def end_other_sessions(actor: User, *, keep: str, only: int | None = None) -> int:
    """Sign oneself out on every other device, or on one of them; return on how many."""
    others = UserSession.objects.filter(user=actor).exclude(session_key=keep)
    with change(actor.account, Action.SIGNED_OUT_ELSEWHERE, actor, actor=actor) as signed_out:
        ended = _end(list(others if only is None else others.filter(pk=only)))
        signed_out.is_needed = ended > 0
        signed_out.after["sessions"] = ended
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
