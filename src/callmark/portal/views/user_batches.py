"""Account codes for many users at once: enabled, disabled, reset to the account's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.batches import BatchState
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_batches import AT_ONCE, Which, change_many, needing, undo_many
from callmark.codes.user_lists import ORDER, Deviation, deviations_of, own_settings, users_found
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
DONE = {
    UserBatchKind.ENABLE: "Account codes enabled for {users}.",
    UserBatchKind.DISABLE: "Account codes disabled for {users}.",
    UserBatchKind.RESET: "{users} now {follow} the account's settings.",
    UserBatchKind.IMPORT: "The list that you imported ({users}) can be undone.",
    UserBatchKind.UNDO: "Undone: {users} as before.",
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
        return f"{in_words(batch.total)} are being changed. You may leave this page meanwhile."
    follow = "follows" if batch.done == 1 else "follow"
    done = DONE[UserBatchKind(batch.kind)].format(users=in_words(batch.done), follow=follow)
    if not batch.left:
        return done
    stay = "stays" if batch.left == 1 else "stay"
    return f"{done} {in_words(batch.left)} {stay} as changed meanwhile, or cannot have it now."


def in_words(count: int) -> str:
    """'1 user', '5,000 users'."""
    return f"{count:,} user{'' if count == 1 else 's'}"


@require_safe
def progress(request: HttpRequest, here: Here) -> HttpResponse:
    """How far this person's changes are: a piece of the list's page, asked for repeatedly."""
    return here.render(request, "portal/users/undo.html", how_far(request, here))


@dataclass(frozen=True, slots=True)
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
        raise Refused("There is nothing of this kind to do with users.")
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
        raise Refused("Choose at least one user.", "users")
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
        "users": in_words(count),
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
