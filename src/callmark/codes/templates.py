"""Templates for accounts: what one account has, to begin others with. They are the operator's.

A template holds how an account dials and counts, and its account-code settings: length, retries,
rules and call types, what is allowed at the prompt. *Allow* and *Validate* stay off in a new
account: nobody is enabled yet, and there is no code to check against.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import ACCOUNT_CHANGES, Account, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_account, change_account
from callmark.audit.actions import Action
from callmark.audit.audited import values_of
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import enable_account_codes
from callmark.codes.template_models import AccountTemplate

_NOT_OF_A_TEMPLATE = frozenset({"name"})
_AT_ONCE = ("country", "outside_prefix", "international_regions", "own_numbers")
"""What an account is added with; the rest follows."""
_OFF_IN_THE_BEGINNING = frozenset({"allowed", "validate"})


def save_template(account: Account, name: str, *, actor: User | None) -> AccountTemplate:
    """Keep what the account has as a template; one of the same name becomes this."""
    name = name.strip()
    refuse_bad_name(name)
    if len(name) > 100:
        raise Refused(gettext("Use at most 100 characters for the name."), "name")
    template = AccountTemplate.objects.filter(name__iexact=name).first()
    template = template or AccountTemplate(name=name)
    settings = AccountCodeSettings.objects.of(account).first()
    with change(None, Action.TEMPLATE_SAVED, template, actor=actor):
        template.name = name
        template.account_values = values_of(account, sorted(ACCOUNT_CHANGES - _NOT_OF_A_TEMPLATE))
        told = settings.audited() if settings else {}
        template.code_values = {
            key: value for key, value in told.items() if key not in _OFF_IN_THE_BEGINNING
        }
    return template


def delete_template(template: AccountTemplate, *, actor: User | None) -> None:
    """Delete a template; accounts that began with it stay as they are."""
    with change(None, Action.TEMPLATE_DELETED, template, actor=actor):
        template.delete()


def template_values(template: AccountTemplate) -> dict[str, object]:
    """The account's columns that it holds, of those that there are now."""
    return {
        name: value for name, value in template.account_values.items() if name in ACCOUNT_CHANGES
    }


@transaction.atomic
def add_account_from(
    template: AccountTemplate | None,
    values: Mapping[str, object],
    *,
    slug: str = "",
    name: str,
    actor: User | None,
) -> Account:
    """Add an account that begins with a template; ``values`` (its columns) count more."""
    begins = {**(template_values(template) if template else {}), **values}
    at_once: dict[str, Any] = {key: begins.pop(key) for key in _AT_ONCE if key in begins}
    account = add_account(slug=slug, name=name, actor=actor, **at_once)
    changed = {key: value for key, value in begins.items() if getattr(account, key) != value}
    if changed:
        change_account(account, changed, actor=actor)
    if template is not None and template.code_values:
        _begin_codes(account, template, actor)
    return account


def _begin_codes(account: Account, template: AccountTemplate, actor: User | None) -> None:
    told = dict(template.code_values)
    settings = enable_account_codes(
        account,
        code_length=told.pop("code_length"),
        max_retries=told.pop("max_retries"),
        actor=actor,
    )
    known = {key: value for key, value in told.items() if key in settings.audited()}
    with change(account, Action.SETTINGS_SAVED, settings, actor=actor) as begun:
        for key, value in known.items():
            setattr(settings, key, value)
        begun.after["template"] = template.name
