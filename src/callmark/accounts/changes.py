"""A change is a structure, not a ritual: one block, with nothing to forget.

::

    with change(account, Action.CODE_RENAMED, code, actor=actor) as changed:
        code.name = name

What the block holds is one transaction. The row is locked and read anew at its beginning; at its
end what the block has set is saved, an entry tells what was different before, and running gates
load the account again. What raises inside leaves nothing behind: neither in the database nor in
the row in hand.
"""

import copy
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.activity import named, record
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import About, policy_changed
from callmark.audit.actions import Action
from callmark.audit.audited import Audited, Values
from callmark.audit.recording import Target, only_changed
from callmark.managers import AccountManager

_NOT_OF_POLICY = frozenset(
    {"api_token", "call", "calls", "code_batch", "export", "firm_details", "handover", "month"}
    | {"report", "saved_filter", "sign_in", "switch", "tariff", "timekeeper", "webhook"}
)
"""What an action may be about without a gate having to know of it; it must know of all else."""

_NEVER_OF_CODES = frozenset({"person", "extension", "phone_number", "user", "limit"})
"""What an action may be about without a gate having to read the account's codes again."""

_under_way: ContextVar[int] = ContextVar("changes_under_way", default=0)


@dataclass(slots=True)
class Change:
    """A change under way. What is put in is told besides the row's own values.

    ``is_needed`` is set to False by a block that finds, in the row as it is stored, that there is
    nothing to do: then nothing is recorded.
    """

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    is_needed: bool = True


@contextmanager
def change(
    account: Account | None,
    action: Action,
    row: Audited,
    *,
    actor: User | None,
    about: models.Model | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Change]:
    """Change a row of an account, or of none. See the module; the row is changed in the block.

    A new row is stored at the end of the block. To delete it, call its ``delete`` there. Other rows
    that change with it are saved by the block itself, and told by what it puts into the
    :class:`Change`.

    ``actor``: who asks; None: the one the origin names, such as the command line. ``about``: what
    the entry is about, if not the row. ``only``: which of its values may be told, if not all.
    Raises :class:`Refused` if the row was deleted meanwhile.
    """
    with transaction.atomic(), _being_changed():
        loaded = None if row._state.adding else _lock(account, action, row)
        told = Change()
        before = _audited(row, only) if loaded is not None else {}
        target = named(about or row)
        try:
            yield told
            if not told.is_needed:
                return
            _save(row, loaded)
            if (about or row).pk is not None:
                target = named(about or row)
            before, after = only_changed(before, _audited(row, only))
            before, after = {**before, **told.before}, {**after, **told.after}
            _bump(account, action, target)
            record(action, account, target, actor=actor, before=before, after=after)
        except BaseException:
            _put_back(row, loaded)
            raise


def is_under_way() -> bool:
    """Whether the code that asks runs inside the block of a change."""
    return _under_way.get() > 0


@contextmanager
def _being_changed() -> Iterator[None]:
    token = _under_way.set(_under_way.get() + 1)
    try:
        yield
    finally:
        _under_way.reset(token)


_DELETED = (
    gettext_noop("account"),
    gettext_noop("account code"),
    gettext_noop("api token"),
    gettext_noop("export"),
    gettext_noop("extension"),
    gettext_noop("limit"),
    gettext_noop("person"),
    gettext_noop("phone number"),
    gettext_noop("report"),
    gettext_noop("saved filter"),
    gettext_noop("tariff"),
    gettext_noop("template"),
    gettext_noop("timekeeper"),
    gettext_noop("user"),
    gettext_noop("webhook"),
)
"""What can be deleted while somebody changes it, as the catalogs have it."""


def _lock(account: Account | None, action: Action, row: Audited) -> dict[str, Any]:
    """Make the row in hand the one that is stored, for this transaction alone; its values.

    Two changes at once would each write back what the other changed.
    """
    # A request's user is wrapped: its type is not the model.
    manager: Any = getattr(row._meta.concrete_model, "objects")  # noqa: B009
    rows = manager.of_account_or_none(account) if isinstance(manager, AccountManager) else manager
    stored = rows.select_for_update(no_key=True, of=("self",)).filter(pk=row.pk).first()
    if stored is None:
        thing = action.value.partition(".")[0].replace("sign_in", "person")
        raise Refused(
            gettext("Somebody has deleted this {thing} meanwhile.").format(
                thing=_in_language(thing.replace("_", " "))
            ),
            code=f"{thing}_deleted",
        )
    loaded = _columns(stored)
    _put_back(row, loaded)
    return loaded


def _columns(row: models.Model) -> dict[str, Any]:
    names = [column.attname for column in row._meta.concrete_fields]
    return {name: copy.deepcopy(getattr(row, name)) for name in names}


def _put_back(row: models.Model, loaded: dict[str, Any] | None) -> None:
    for name, value in (loaded or {}).items():
        setattr(row, name, copy.deepcopy(value))


def _save(row: models.Model, loaded: dict[str, Any] | None) -> None:
    if row._state.adding:
        row.save(force_insert=True)
    elif loaded is not None and row.pk is not None:
        changed = [
            column.name
            for column in row._meta.concrete_fields
            if getattr(row, column.attname) != loaded[column.attname]
        ]
        if changed:
            # Django leaves out the moment of a save unless it is named.
            moments = [one.name for one in row._meta.concrete_fields if _is_set_by_saving(one)]
            row.save(update_fields=[*changed, *moments])


def _is_set_by_saving(column: "models.Field[Any, Any]") -> bool:
    return isinstance(column, models.DateTimeField) and column.auto_now


def _audited(row: Audited, only: Collection[str] | None) -> Values:
    if row.pk is None:
        return {}
    values = row.audited()
    return values if only is None else {name: values[name] for name in only}


def _bump(account: Account | None, action: Action, target: Target) -> None:
    kind = action.value.partition(".")[0]
    if account is None or kind in _NOT_OF_POLICY:
        return
    if target.type == "account_code":
        policy_changed(account, About.CODE, UUID(target.id))
    else:
        policy_changed(account, About.NO_CODE if kind in _NEVER_OF_CODES else None)


def _in_language(thing: str) -> str:
    return gettext(thing) if thing in _DELETED else thing
