"""Keeping reports under a name: one's own, or shared on the account."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.kept import (
    name_to_keep,
    refuse_one_too_many,
    refuse_to_delete,
    refuse_to_share,
    seen_by,
)
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.reports.definitions import definition_from
from callmark.reports.models import SavedReport


def reports_of(account: Account, person: User) -> QuerySet[SavedReport]:
    """The kept reports that this person sees: their own, and those shared on the account."""
    return seen_by(SavedReport.objects.of(account), person)


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
    name = name_to_keep(name)
    refuse_to_share(account, "reports", shared=shared, actor=actor)
    kept = definition_from(asked).asked()
    mine = SavedReport.objects.of(account).filter(owner=actor)
    stored = mine.filter(name=name).first() or SavedReport(account=account, owner=actor, name=name)
    with change(account, Action.REPORT_SAVED, stored, actor=actor):
        if stored._state.adding:
            refuse_one_too_many(mine, "reports")
        if not shared and not stored._state.adding and stored.schedules.exists():
            raise Refused(gettext("A report that is sent by a schedule stays shared."), "shared")
        stored.asked, stored.shared = kept, shared
    return stored


def delete_report(saved: SavedReport, *, actor: User) -> None:
    """Delete one's own report; a shared one also as an administrator. One that is sent is kept."""
    refuse_to_delete(saved, "report", actor=actor)
    with change(saved.account, Action.REPORT_DELETED, saved, actor=actor):
        if saved.schedules.exists():
            raise Refused(gettext("A schedule sends this report: delete the schedule first."))
        saved.delete()
