"""Template tags of account codes: what stands beside a code in the list."""

from collections.abc import Iterator

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from callmark.accounts.models import Account
from callmark.calls.models import CallTypeChoice
from callmark.codes.models import AccountCode
from callmark.codes.services import code_version
from callmark.codes.use import today

register = template.Library()


register.filter("version", code_version)


@register.filter
def limits_of_use(code: AccountCode, account: Account) -> list[dict[str, object]]:
    """What the code may be used for, in a few words each; nothing for most."""
    return [{"words": words, "ended": ended} for words, ended in _said(code, account)]


def _said(code: AccountCode, account: Account) -> Iterator[tuple[str, bool]]:
    if code.starts_on and code.starts_on > today(account):
        yield gettext("From {day}").format(day=date_format(code.starts_on)), True
    if code.ends_on:
        over = code.ends_on < today(account)
        said = gettext("Ended {day}") if over else gettext("Until {day}")
        yield said.format(day=date_format(code.ends_on)), over
    if code.user_ids:
        count = len(code.user_ids)
        yield (
            ngettext("Only for {count} user", "Only for {count} users", count).format(count=count),
            False,
        )
    if code.call_types:
        labels = [str(CallTypeChoice(one).label) for one in code.call_types]
        yield gettext("Only {types}").format(types=", ".join(labels)), False
