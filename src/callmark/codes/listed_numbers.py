"""An account's list of numbers that never or always need a code. All or nothing."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.codes.models import ListedNumber
from callmark.codes.names import checked_name
from callmark.codes.stored_settings import settings_of
from callmark.policy import number_list as policy
from callmark.policy.number_list import MOST_ENTRIES, CodeNeed, NumberList, read_pattern
from callmark.policy.numbering import NumberingPlan


def number_list(account: Account) -> NumberList:
    """The list as the policy's value."""
    rows = ListedNumber.objects.of(account).order_by()
    return NumberList.of(
        policy.ListedNumber(pattern, CodeNeed(need), name)
        for pattern, need, name in rows.values_list("pattern", "need", "name")
    )


def search_listed_numbers(account: Account, text: str) -> QuerySet[ListedNumber]:
    """Entries whose name or number has the text in it."""
    entries = ListedNumber.objects.of(account)
    digits = "".join(one for one in text if one.isdigit())
    by_number = Q(pattern__contains=digits) if digits else Q()
    return entries.filter(Q(name__icontains=text) | by_number) if text.strip() else entries


def add_listed_number(
    account: Account, *, number: str, need: CodeNeed, name: str, actor: User | None
) -> ListedNumber:
    """List a number as it is dialed or in E.164, or a prefix such as ``+4420*``."""
    try:
        pattern = read_pattern(number, NumberingPlan(account.country, account.outside_prefix))
    except ValueError as problem:
        raise Refused(str(problem), "number") from None
    entry = ListedNumber(account=account, pattern=pattern)
    with change(account, Action.LISTED_NUMBER_ADDED, entry, actor=actor):
        # One at a time, or two could both be the last that there is room for.
        code_length = settings_of(account, lock=True).code_length
        entries = ListedNumber.objects.of(account)
        if entries.count() >= MOST_ENTRIES:
            raise Refused(
                gettext("The list can have {most_entries} entries: remove one first.").format(
                    most_entries=MOST_ENTRIES
                ),
                "number",
            )
        if found := entries.filter(pattern=pattern).first():
            raise Refused(
                gettext("{pattern} is on the list already, as “{name}”.").format(
                    pattern=pattern, name=found.name
                ),
                "number",
            )
        entry.need, entry.name = need.value, checked_name(name, code_length)
    return entry


def change_listed_number(
    entry: ListedNumber,
    *,
    need: CodeNeed,
    name: str,
    expected_version: str | None = None,
    actor: User | None,
) -> ListedNumber:
    """Change what an entry says and its name; for another number, add one and remove this.

    ``expected_version`` is compared with :func:`listed_number_version`; None: changed in any case.
    """
    with change(entry.account, Action.LISTED_NUMBER_CHANGED, entry, actor=actor):
        refuse_if_changed(expected_version, listed_number_version(entry))
        code_length = settings_of(entry.account).code_length
        entry.need, entry.name = need.value, checked_name(name, code_length)
    return entry


def listed_number_version(entry: ListedNumber) -> str:
    """What changes whenever somebody changes an entry."""
    return version_of(entry, ("need", "name"))


def remove_listed_number(entry: ListedNumber, *, actor: User | None) -> None:
    """Take an entry off the list: from the next call on, the types of calls decide again."""
    with change(entry.account, Action.LISTED_NUMBER_REMOVED, entry, actor=actor):
        entry.delete()
