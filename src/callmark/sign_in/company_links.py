"""Which of the provider's identities is which person.

The first time, a person is found by the e-mail address that an administrator entered and the
provider has verified. From then on issuer and subject count: they are never given to somebody
else, as an address may be.
"""

from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db.models import QuerySet
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.sign_in.auditing import seeing_rows_of
from callmark.sign_in.people import refuse_unless_manager
from callmark.sign_in.sessions import end_sessions


def links_of(person: User) -> QuerySet[SocialAccount]:
    """The identities that sign this person in."""
    found: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=person)
    return found


def is_somebody_elses(person: User, came: SocialLogin) -> bool:
    """Whether the issuer already knows this person, by another subject than the one who came."""
    of_issuer = links_of(person).filter(extra_data__iss=came.account.extra_data["iss"])
    return bool(of_issuer.exclude(uid=came.account.uid).exists())


def remember(person: User, came: SocialLogin) -> None:
    """Who came is this person from now on. Only after the second factor, where there is one."""
    account = came.account
    changed = change(person.account, Action.COMPANY_LINKED, person, actor=person)
    with seeing_rows_of(person), changed as linked:
        _, linked.is_needed = SocialAccount.objects.get_or_create(
            provider=account.provider,
            uid=account.uid,
            defaults={"user": person, "extra_data": account.extra_data},
        )


def release(person: User, *, actor: User | None) -> None:
    """Forget who the person is at the company: the next one with the address is taken for it.

    For somebody whose identity there was made anew. Ends the person's sessions: one of them may be
    of the former identity.
    """
    refuse_unless_manager(actor, person.account)
    with change(person.account, Action.COMPANY_RELEASED, person, actor=actor):
        if not links_of(person).delete()[0]:
            raise Refused(
                gettext("{name} has not signed in with the company yet.").format(name=person.name)
            )
        end_sessions(person)
