"""Account codes for many users at once: enabled, disabled, reset to the account's settings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.batches import BatchState
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_batches import AT_ONCE, Which, change_many, needing, undo_many
from callmark.codes.user_lists import ORDER, Deviation, deviations_of, own_settings, users_found
from callmark.local_formats import number
from callmark.policy.values import value_class
from callmark.portal.forms.calls import uuid_of
from callmark.portal.forms.user_lists import UserFilterForm
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back, page_of
from callmark.portal.views.account_codes import stored_settings

UNDO_OFFERED = timedelta(minutes=10)
_ENABLE, _DISABLE, _RESET = UserBatchKind.ENABLE, UserBatchKind.DISABLE, UserBatchKind.RESET
_JUST_DONE = "users_just_changed"
_SHOWN = 20
_COUNTED_AT_MOST = 100_000
_DONE: dict[str, Callable[[int], str]] = {
    UserBatchKind.ENABLE: lambda count: ngettext(
        "Account codes enabled for {count} user.", "Account codes enabled for {count} users.", count
    ),
    UserBatchKind.DISABLE: lambda count: ngettext(
        "Account codes disabled for {count} user.",
        "Account codes disabled for {count} users.",
        count,
    ),
    UserBatchKind.RESET: lambda count: ngettext(
        "{count} user now follows the account's settings.",
        "{count} users now follow the account's settings.",
        count,
    ),
    UserBatchKind.IMPORT: lambda count: ngettext(
        "The list that you imported ({count} user) can be undone.",
        "The list that you imported ({count} users) can be undone.",
        count,
    ),
    UserBatchKind.UNDO: lambda count: ngettext(
        "Undone: {count} user as before.", "Undone: {count} users as before.", count
    ),
}


def how_far(request: HttpRequest, here: Here) -> dict[str, Any]:
    """This person's changes of many users that are under way, and the one that can be undone."""
    mine = UserBatch.objects.of(here.account).filter(by=here.person)
    states = [BatchState.WAITING, BatchState.RUNNING]
    just_done = uuid_of(request.session.get(_JUST_DONE, ""))
    since = timezone.now() - UNDO_OFFERED
    done = mine.filter(finished_at__gt=since, state=BatchState.DONE, undone_by=None)
    done = done.exclude(kind=UserBatchKind.UNDO)
    undo = done.filter(pk=just_done).first() if just_done else None
    return {
        "under_way": list(mine.filter(state__in=states).order_by("at")),
        "undo": undo,
        "what_was_done": told(undo) if undo else "",
    }


def offer_undo(request: HttpRequest, batch: UserBatch | None) -> None:
    """The list of users, which comes next, offers to undo this."""
    request.session[_JUST_DONE] = str(batch.pk) if batch else ""


def told(batch: UserBatch) -> str:
    """What was done, in a sentence or two."""
    if batch.state != BatchState.DONE:
        return ngettext(
            "{count} user is being changed. You may leave this page meanwhile.",
            "{count} users are being changed. You may leave this page meanwhile.",
            batch.total,
        ).format(count=number(batch.total))
    done = _DONE[batch.kind](batch.done).format(count=number(batch.done))
    if not batch.left:
        return done
    left = ngettext(
        "{count} user stays as changed meanwhile, or cannot have it now.",
        "{count} users stay as changed meanwhile, or cannot have it now.",
        batch.left,
    ).format(count=number(batch.left))
    return f"{done} {left}"


@require_safe
def progress(request: HttpRequest, here: Here) -> HttpResponse:
    """How far this person's changes are: a piece of the list's page, asked for repeatedly."""
    return here.render(request, "portal/users/undo.html", how_far(request, here))


@value_class
class _Asked:
    """What is to be done to whom, as the confirmation tells and sends it."""

    kind: UserBatchKind
    which: Which
    question: UserFilterForm | None
    chosen: Sequence[str] = ()


@require_POST
def change(request: HttpRequest, here: Here) -> HttpResponse:
    """Change those chosen, or all that a question finds; a reset and *all* ask first."""
    try:
        asked = _read(request, here)
        if "confirmed" not in request.POST and (
            asked.question is not None or asked.kind == UserBatchKind.RESET
        ):
            return _confirm(request, here, asked)
        offer_undo(request, change_many(here.account, asked.kind, asked.which, actor=here.person))
    except Refused as refused:
        flash_refused(request, refused)
    return _back(request, here)


@require_safe
def changes(request: HttpRequest, here: Here) -> HttpResponse:
    """What was done to many users in the last weeks; most of it can be undone."""
    batches = UserBatch.objects.of(here.account).annotate(undoing=F("undone_by"))
    context = {"section": "users", "page": page_of(request.GET, batches)}
    return here.render(request, "portal/users/changes.html", context)


@require_POST
def undo(request: HttpRequest, here: Here) -> HttpResponse:
    """Bring back what the users had before."""
    pk = uuid_of(request.POST.get("batch", ""))
    batch = get_object_or_404(UserBatch.objects.of(here.account), pk=pk)
    try:
        done = undo_many(batch, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, told(done))
    return _back(request, here)


def _back(request: HttpRequest, here: Here) -> HttpResponse:
    return go_back(request, reverse("portal:users", args=[here.account.slug]))


def _read(request: HttpRequest, here: Here) -> _Asked:
    sent = request.POST
    kinds = {str(one): one for one in (_ENABLE, _DISABLE, _RESET)}
    kind = kinds.get(sent.get("what", ""))
    if kind is None:
        raise Refused(gettext("There is nothing of this kind to do with users."))
    if sent.get("every"):
        question = UserFilterForm(QueryDict(sent.get("question", "")))
        return _Asked(kind, users_found(here.account, question.chosen()), question)
    chosen = sent.getlist("user")
    which: dict[UUID, str | None] = {}
    for one in chosen:
        key, _, version = one.partition(":")
        if user := uuid_of(key):
            which[user] = version or None
    if not which:
        raise Refused(gettext("Choose at least one user."), "users")
    return _Asked(kind, which, None, chosen)


def _confirm(request: HttpRequest, here: Here, asked: _Asked) -> HttpResponse:
    users = (
        User.objects.of(here.account).filter(pk__in=list(asked.which))
        if isinstance(asked.which, Mapping)
        else asked.which
    )
    touched = needing(here.account, asked.kind, users)
    count = touched.order_by()[:_COUNTED_AT_MOST].count()
    if not count:
        # Says why.
        change_many(here.account, asked.kind, asked.which, actor=here.person)
    context = {
        "section": "users",
        "kind": asked.kind,
        "count": count,
        "chosen": asked.chosen,
        "question": asked.question,
        "takes_a_while": count > AT_ONCE,
        "changes": _changes(here, touched) if asked.kind == UserBatchKind.RESET else [],
        "more": max(0, count - _SHOWN),
        "back": request.POST.get("back", ""),
    }
    return here.render(request, "portal/users/confirm.html", context)


def _changes(here: Here, touched: QuerySet[User]) -> list[tuple[User, tuple[Deviation, ...]]]:
    """What a reset changes for the first of the users."""
    settings = stored_settings(here.account)
    first = touched.select_related("code_settings").order_by(*ORDER)[:_SHOWN]
    return [(user, deviations_of(settings, own_settings(user))) for user in first]
