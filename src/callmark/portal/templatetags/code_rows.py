"""Rows of the list of account codes.

Made here, not by a template: of a page of 25 codes they are most of the work. So are plain strings,
in which whatever is not our own is escaped.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from html import escape
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, gettext, ngettext

from callmark.accounts.models import Account
from callmark.calls.models import CallTypeChoice
from callmark.codes.models import AccountCode
from callmark.codes.services import code_version
from callmark.codes.use import today
from callmark.portal.templatetags.callmark import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def code_rows(context: Mapping[str, Any]) -> SafeString:
    """The rows of the codes of ``page``, with the columns of ``table``."""
    page, row = context["page"], _Row(context)
    # What is not our own has been escaped.
    return mark_safe("\n".join([row.of(code) for code in page]))  # noqa: S308


_NO_ID = "\N{EN DASH}"
_SOME = UUID(int=0)
_SOME_TEXT = str(_SOME)


class _Row:
    """What all rows of a page have alike, and how one is made."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._account = context["here"].account
        self._columns = frozenset(context["table"].columns)
        self._language, self._zone = get_language() or "", get_current_timezone()
        self._inactive = (
            f' <span class="badge bg-secondary-lt">{escape(gettext("Inactive"))}</span>'
        )
        self._choose = gettext("Choose {name}")
        self._actions = None if context["page"].printed else _Actions(context)

    def of(self, code: AccountCode) -> str:
        """The row of a code."""
        pk, name = str(code.pk), escape(code.name)
        pick = after = ""
        if self._actions is not None:
            pick = (
                '<td class="col-pick"><input class="form-check-input" type="checkbox" '
                f'form="codes-many" name="code_id" value="{pk}:{code_version(code)}" '
                f'aria-label="{escape(self._choose.format(name=code.name))}"></td>'
            )
            after = self._actions.of(pk, name, active=code.active)
        head = "<tr>" if code.active else '<tr class="row-inactive">'
        what = f'<td><span class="row-name"><bdi>{name}</bdi></span>{self._beside(code)}</td>'
        return f"{head}{pick}{what}{self._digits(code)}{self._added(code)}{after}</tr>"

    def _beside(self, code: AccountCode) -> str:
        parts = [] if code.active else [self._inactive]
        if code.label and "label" in self._columns:
            label = escape(code.label)
            parts.append(f' <span class="badge bg-secondary-lt"><bdi>{label}</bdi></span>')
        for words, not_now in _limits_of_use(code, self._account):
            look = "bg-secondary-lt" if not_now else "bg-blue-lt"
            parts.append(f' <span class="badge {look}">{escape(words)}</span>')
        if "ids" in self._columns and (code.client_id or code.matter_id):
            client, matter = escape(code.client_id or _NO_ID), escape(code.matter_id or _NO_ID)
            parts.append(f' <span class="row-sub"><bdi>{client}</bdi> / <bdi>{matter}</bdi></span>')
        return "".join(parts)

    def _digits(self, code: AccountCode) -> str:
        if "code" not in self._columns:
            return ""
        return f'<td><span class="digits code-digits">{escape(code.code)}</span></td>'

    def _added(self, code: AccountCode) -> str:
        if "added" not in self._columns:
            return ""
        day = _day(code.created_at.astimezone(self._zone).date(), self._language)
        return f'<td class="wide-only text-secondary">{day}</td>'


@lru_cache(maxsize=1024)
def _day(day: date, _language: str) -> str:
    return escape(date_format(day))


def _limits_of_use(code: AccountCode, account: Account) -> Iterator[tuple[str, bool]]:
    """What the code may be used for, in a few words each, and whether it may not now."""
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


class _Actions:
    """The buttons at the end of a row."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        request, slug = context["request"], context["here"].account.slug
        back = escape(request.get_full_path()) if request.method == "GET" else ""
        # Addresses and the token are made once, not for each code.
        edit, switch, delete = (
            escape(reverse(f"portal:{name}", args=[slug, _SOME]))
            for name in ("code_rename", "code_active", "code_delete")
        )
        token = escape(str(context["csrf_token"]))
        self._edit = self._link("secondary", edit, gettext("Edit"), "pencil")
        self._delete = self._link("danger", delete, gettext("Delete"), "trash")
        self._form = (
            f'<form method="post" action="{switch}">'
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
            f'<input type="hidden" name="back" value="{back}">'
        )
        self._edit_it, self._delete_it = (
            gettext("Edit <bdi>{name}</bdi>"),
            gettext("Delete <bdi>{name}</bdi>"),
        )
        # By whether the code is active now.
        self._switch = {
            True: self._button("0", gettext("Deactivate"), "player-pause"),
            False: self._button("1", gettext("Activate"), "player-play"),
        }
        self._switch_it = {
            True: gettext("Deactivate <bdi>{name}</bdi>"),
            False: gettext("Activate <bdi>{name}</bdi>"),
        }

    def of(self, pk: str, name: str, *, active: bool) -> str:
        """Those of a code by its id and its name, escaped."""
        return (
            f'<td class="row-actions">{self._edit.replace(_SOME_TEXT, pk)}'
            f"{_hidden(self._edit_it, name)}</a>{self._form.replace(_SOME_TEXT, pk)}"
            f"{self._switch[active]}{_hidden(self._switch_it[active], name)}</button></form>"
            f"{self._delete.replace(_SOME_TEXT, pk)}{_hidden(self._delete_it, name)}</a></td>"
        )

    @staticmethod
    def _link(look: str, address: str, title: str, symbol: str) -> str:
        return (
            f'<a class="btn btn-icon btn-ghost-{look}" title="{escape(title)}" href="{address}" '
            f'hx-get="{address}" hx-target="#dialog">{icon(symbol)}'
        )

    @staticmethod
    def _button(value: str, title: str, symbol: str) -> str:
        return (
            f'<input type="hidden" name="active" value="{value}">'
            '<button class="btn btn-icon btn-ghost-secondary" type="submit" '
            f'title="{escape(title)}">{icon(symbol)}'
        )


def _hidden(words: str, name: str) -> str:
    return f'<span class="visually-hidden">{words.format(name=name)}</span>'
