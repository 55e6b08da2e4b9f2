"""Keeping reports under a name: one's own, or shared on the account."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from callmark.accounts.access import may_administer
from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.reports.definitions import definition_from
from callmark.reports.models import NAME_LENGTH, SavedReport

MOST_OF_A_PERSON = 50


def reports_of(account: Account, person: User) -> QuerySet[SavedReport]:
    """The kept reports that this person sees: their own, and those shared on the account."""
    return SavedReport.objects.of(account).filter(Q(owner=person) | Q(shared=True))


def save_report(
    account: Account,
    *,
    name: str,
    asked: Mapping[str, str],
    shared: bool = False,
    actor: User,
) -> SavedReport:
    """Keep a report under a name; one of the same person and name is replaced.

    ``asked`` are the words of :func:`callmark.reports.definitions.definition_from`. Raises
    :class:`Refused` for what cannot be asked, and for sharing without the right to.
    """
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Refused(f"Enter a name of at most {NAME_LENGTH} characters.", "name")
    refuse_bad_name(name)
    if shared and not may_administer(actor, account):
        raise Refused("Only an administrator shares reports.", "shared", code="forbidden")
    kept = definition_from(asked).asked()
    mine = SavedReport.objects.of(account).filter(owner=actor)
    stored = mine.filter(name=name).first() or SavedReport(account=account, owner=actor, name=name)
    with change(account, Action.REPORT_SAVED, stored, actor=actor):
        if stored._state.adding and mine.count() >= MOST_OF_A_PERSON:
            raise Refused(f"You have {MOST_OF_A_PERSON} saved reports: delete one first.", "name")
        if not shared and not stored._state.adding and stored.schedules.exists():
            raise Refused("A report that is sent by a schedule stays shared.", "shared")
        stored.asked, stored.shared = kept, shared
    return stored


def delete_report(saved: SavedReport, *, actor: User) -> None:
    """Delete one's own report; a shared one also as an administrator. One that is sent is kept."""
    own = saved.owner_id == actor.pk
    if not own and not (saved.shared and may_administer(actor, saved.account)):
        raise Refused("This report belongs to somebody else.", code="forbidden")
    with change(saved.account, Action.REPORT_DELETED, saved, actor=actor):
        if saved.schedules.exists():
            raise Refused("A schedule sends this report: delete the schedule first.")
        saved.delete()
