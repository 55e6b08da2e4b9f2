"""The operator's list of accounts: which need a look, found, filtered and sorted."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from callmark.accounts.access import visible_accounts
from callmark.accounts.models import Account, Switch, User
from callmark.calls.overview import AccountHealth, health_of
from callmark.gate.beats import unheard_elsewhere
from callmark.gate.set_aside import what_is_set_aside
from callmark.gate.spool import has_stopped
from callmark.policy.values import value_class
from callmark.portal.pages import person_of
from callmark.portal.responses import is_htmx

COLUMNS = {
    "name": gettext_lazy("Account"),
    "users": gettext_lazy("Users"),
    "codes": gettext_lazy("Codes"),
    "last": gettext_lazy("Last call"),
    "to_assign": gettext_lazy("To assign"),
}
_WIDE_ONLY = {"users", "last", "to_assign"}
_STATES = {
    "on": gettext_lazy("On"),
    "off": gettext_lazy("Off"),
    "new": gettext_lazy("Not set up"),
    "trouble": gettext_lazy("In trouble"),
}


class AccountsForm(forms.Form):
    """What is looked for, and in which order. What is unknown is as if it were not sent."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Account codes"),
        choices=[("", gettext_lazy("All accounts")), *_STATES.items()],
    )
    sort = forms.ChoiceField(
        required=False,
        choices=[(sign + name, name) for name in COLUMNS for sign in ("", "-")],
    )

    @property
    def asked(self) -> dict[str, str]:
        """The values that can be used, '' for the others."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


@value_class
class Head:
    """A column's head. ``direction`` '' where the list is not in its order."""

    title: str
    link: str
    direction: str
    wide_only: bool


def choose_account(request: HttpRequest) -> HttpResponse:
    """The accounts, those that should be looked at first and apart."""
    form = AccountsForm(request.GET)
    asked = form.asked
    found = visible_accounts(person_of(request))
    health = health_of()
    columns = ("pk", "name", "slug", "code_settings__allowed")
    chosen = _filtered([_Row(*row) for row in found.values_list(*columns)], asked, health)
    _sort(chosen, asked["sort"] or "name", health)
    page = Paginator([one.pk for one in chosen], 25).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    accounts = found.select_related("code_settings").in_bulk(shown)
    context = {
        "section": "accounts",
        "page": page,
        "accounts": [accounts[pk] for pk in shown if pk in accounts],
        "people": _people(shown),
        "health": health,
        "form": form,
        "heads": _heads(request.GET, asked["sort"] or "name"),
        **asked,
    }
    if is_htmx(request):
        return render(request, "portal/accounts_table.html", context)
    return render(request, "portal/accounts.html", context | _what_is_wrong(health))


@value_class
class _Row:
    pk: UUID
    name: str
    slug: str
    allowed: bool | None


_ALLOWED = {"on": True, "off": False, "new": None}
_NOTHING = AccountHealth(None, 0, 0.0)


def _filtered(
    rows: list[_Row], asked: dict[str, str], health: dict[UUID, AccountHealth]
) -> list[_Row]:
    text, state = asked["q"].casefold(), asked["state"]
    if text:
        rows = [one for one in rows if text in one.name.casefold() or text in one.slug]
    if state in _ALLOWED:
        rows = [one for one in rows if one.allowed is _ALLOWED[state]]
    if state == "trouble":
        rows = [one for one in rows if one.allowed and health.get(one.pk, _NOTHING).in_trouble]
    return rows


def _sort(rows: list[_Row], sort: str, health: dict[UUID, AccountHealth]) -> None:
    """In place; alike ones by name, without a call last where the newest call is first."""
    column, backwards = sort.removeprefix("-"), sort.startswith("-")
    people = _people([one.pk for one in rows]) if column == "users" else {}
    keys: dict[str, Callable[[_Row], Any]] = {
        "name": lambda one: (one.name.casefold(), one.slug),
        "users": lambda one: people.get(one.pk, 0),
        "codes": lambda one: (True, False, None).index(one.allowed),
        "last": lambda one: health.get(one.pk, _NOTHING).last_day or date.min,
        "to_assign": lambda one: health.get(one.pk, _NOTHING).to_assign,
    }
    rows.sort(key=keys["name"])
    rows.sort(key=keys[column], reverse=backwards)


def _people(accounts: list[UUID]) -> dict[UUID, int]:
    """How many active users these accounts have."""
    users = User.objects.of_every_account("an operator sees how large accounts are")
    counted = users.filter(account__in=accounts, is_active=True).values_list("account")
    return dict(counted.order_by().annotate(Count("pk")))


def _heads(query: QueryDict, sort: str) -> list[Head]:
    heads = []
    for name, title in COLUMNS.items():
        asked = query.copy()
        asked.pop("page", None)
        asked["sort"] = f"-{name}" if sort == name else name
        direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
        heads.append(Head(str(title), asked.urlencode(), direction, name in _WIDE_ONLY))
    return heads


def _what_is_wrong(health: dict[UUID, AccountHealth]) -> dict[str, object]:
    """What an operator has to do something about, at the gates and their switches."""
    return {
        "gate_has_stopped": has_stopped(settings.SPOOL_DIR),
        "gates_unheard": unheard_elsewhere(settings.SPOOL_DIR),
        "set_aside": what_is_set_aside(settings.SPOOL_DIR),
        "in_trouble": _in_trouble(health),
        "switches_of_two": Switch.objects.filter(refused__gt=0),
    }


def _in_trouble(health: dict[UUID, AccountHealth]) -> list[tuple[Account, AccountHealth]]:
    """The accounts that should be looked at, those that are quiet first."""
    troubled = [pk for pk, one in health.items() if one.in_trouble]
    accounts = Account.objects.filter(code_settings__allowed=True, pk__in=troubled)
    found = [(account, health[account.pk]) for account in accounts]
    return sorted(found, key=lambda one: (not one[1].is_quiet, one[0].name))[:20]
