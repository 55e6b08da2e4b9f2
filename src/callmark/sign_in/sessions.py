"""Where a person is signed in."""

from allauth.usersessions.models import UserSession

from callmark.accounts.models import User


def end_sessions(person: User) -> int:
    """Sign the person out everywhere; return how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        session.end()
    return len(sessions)
