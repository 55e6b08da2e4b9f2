"""Webhooks: where an account's own programs are told what happens. The log: ``deliveries``."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.portal.forms.webhooks import DeliveryFilterForm, WebhookForm
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, is_htmx, named, page_of, render_dialog
from callmark.webhooks import services
from callmark.webhooks.health import advice, dead_at, is_failing
from callmark.webhooks.models import Delivery, WebhookEndpoint
from callmark.webhooks.queries import (
    deliveries_of,
    endpoints_of,
    endpoints_with_news,
    failed_deliveries,
)

SECTION = {"section": "webhooks"}
WATCHED_FOR = timedelta(minutes=1)
"""So long a page looks for news of a delivery; after that, people who want to know reload it."""


@require_safe
def webhooks(request: HttpRequest, here: Here) -> HttpResponse:
    """The account's webhooks, with how the newest message to each fared."""
    endpoints = endpoints_with_news(here.account)
    context = {**SECTION, "endpoints": endpoints, "most": services.MAX_ENDPOINTS}
    return here.render(request, "portal/webhooks/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, here: Here) -> HttpResponse:
    """Add a webhook; its secret is on the answer to that, and never again."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            new = services.add_endpoint(here.account, **form.cleaned_data, actor=here.person)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _secret_page(request, here, new, added=True)
    return here.render(request, "portal/webhooks/form.html", {**SECTION, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Change name, address and events."""
    endpoint = _endpoint(here, endpoint_id)
    data = request.POST if request.method == "POST" else None
    form = WebhookForm(data, endpoint)
    if form.is_bound and form.is_valid():
        try:
            services.change_endpoint(
                endpoint,
                form.changes,
                expected_version=form.expected_version,
                actor=here.person,
            )
        except Refused as refused:
            form.show_refused(refused, WebhookForm(None, _endpoint(here, endpoint_id)))
        else:
            messages.success(request, gettext("Webhook saved."))
            return redirect("portal:webhook", here.account.slug, endpoint.pk)
    context = {**SECTION, "form": form, "endpoint": endpoint}
    return here.render(request, "portal/webhooks/form.html", context)


@require_safe
def webhook(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """One webhook and the log of its deliveries."""
    endpoint = _endpoint(here, endpoint_id)
    form = DeliveryFilterForm(request.GET)
    form.is_valid()
    log = deliveries_of(here.account, endpoint_id=endpoint.pk)
    context = {
        **SECTION,
        "endpoint": endpoint,
        "form": form,
        "page": page_of(request.GET, _matching(log, form)),
        "any_deliveries": log.exists(),
        "failed": failed_deliveries(endpoint).exists(),
        **_health(endpoint),
    }
    name = "deliveries" if is_htmx(request) else "endpoint"
    return here.render(request, f"portal/webhooks/{name}.html", context)


def _health(endpoint: WebhookEndpoint) -> dict[str, object]:
    """What is to be said of how messages fare there."""
    since, quiet_until = endpoint.failing_since, endpoint.quiet_until
    return {
        "advice": advice(endpoint),
        "failing": is_failing(endpoint),
        "dead_at": dead_at(since) if since else None,
        "resting": endpoint.active and quiet_until is not None and quiet_until > timezone.now(),
    }


def _matching(log: QuerySet[Delivery], form: DeliveryFilterForm) -> QuerySet[Delivery]:
    if state := form.cleaned_data.get("state"):
        log = log.filter(state=state)
    if event := form.cleaned_data.get("event"):
        log = log.filter(message__event=event)
    return log


@require_POST
def set_active(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Pause a webhook, or let it go on."""
    endpoint = _endpoint(here, endpoint_id)
    active = request.POST.get("active") == "1"
    try:
        services.change_endpoint(endpoint, {"active": active}, actor=here.person)
    except Refused as refused:
        return _gone(request, here, refused)
    said = (
        gettext("Webhook “{name}” is on again.")
        if active
        else gettext("Webhook “{name}” is paused: nothing is sent until you resume it.")
    )
    messages.success(request, named(said, name=endpoint))
    return redirect("portal:webhook", here.account.slug, endpoint.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Delete a webhook and its log, after asking."""
    endpoint = _endpoint(here, endpoint_id)
    if request.method != "POST":
        context = {**SECTION, "endpoint": endpoint, "cancel_url": _url(here, endpoint)}
        return render_dialog(request, here, "portal/webhooks/dialog_delete.html", context)
    name = str(endpoint)
    services.delete_endpoint(endpoint, actor=here.person)
    messages.success(request, named(gettext("Webhook “{name}” deleted."), name=name))
    return redirect("portal:webhooks", here.account.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew_secret(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret after asking; it is on the answer to that, and never again."""
    endpoint = _endpoint(here, endpoint_id)
    if request.method != "POST":
        context = {**SECTION, "endpoint": endpoint, "cancel_url": _url(here, endpoint)}
        return render_dialog(request, here, "portal/webhooks/dialog_secret.html", context)
    try:
        new = services.renew_secret(endpoint, actor=here.person)
    except Refused as refused:
        return _gone(request, here, refused)
    return _secret_page(request, here, new, added=False)


@require_POST
def send_test(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Send a message that means nothing, and show how it fares."""
    endpoint = _endpoint(here, endpoint_id)
    try:
        delivery = services.send_test(endpoint, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:webhook", here.account.slug, endpoint.pk)
    messages.success(request, gettext("A test message is on its way."))
    return redirect("portal:delivery", here.account.slug, endpoint.pk, delivery.pk)


@require_safe
def delivery(
    request: HttpRequest, here: Here, endpoint_id: UUID, delivery_id: UUID
) -> HttpResponse:
    """One delivery: the message and every attempt."""
    endpoint = _endpoint(here, endpoint_id)
    found = get_object_or_404(deliveries_of(here.account, endpoint_id=endpoint.pk), pk=delivery_id)
    context = {
        **SECTION,
        "endpoint": endpoint,
        "delivery": found,
        "attempts": found.attempts.all(),
        "replays": found.replays.order_by("created_at"),
        "fresh": found.created_at > timezone.now() - WATCHED_FOR,
    }
    name = "delivery_state" if is_htmx(request) else "delivery"
    return here.render(request, f"portal/webhooks/{name}.html", context)


@require_POST
def replay(request: HttpRequest, here: Here, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message again, as a new delivery."""
    log = deliveries_of(here.account, endpoint_id=_endpoint(here, endpoint_id).pk)
    found = get_object_or_404(log, pk=delivery_id)
    try:
        found = services.replay(found, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, gettext("The message is sent again. This is the new delivery."))
    return redirect("portal:delivery", here.account.slug, endpoint_id, found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def replay_failed(request: HttpRequest, here: Here, endpoint_id: UUID) -> HttpResponse:
    """Send everything again that was given up, after asking."""
    endpoint = _endpoint(here, endpoint_id)
    if request.method != "POST":
        context = {
            **SECTION,
            "endpoint": endpoint,
            "failed": failed_deliveries(endpoint).count(),
            "at_once": services.REPLAYED_AT_ONCE,
            "cancel_url": _url(here, endpoint),
        }
        return render_dialog(request, here, "portal/webhooks/dialog_replay_failed.html", context)
    try:
        replayed = services.replay_failed(endpoint, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, _told(replayed))
    return redirect("portal:webhook", here.account.slug, endpoint.pk)


def _told(replayed: services.Replayed) -> str:
    if not replayed.count:
        return gettext("No message had to be sent again.")
    told = ngettext(
        "One message is sent again.", "{count} messages are sent again.", replayed.count
    ).format(count=replayed.count)
    if not replayed.left:
        return told
    left = ngettext(
        "{count} are left: send again for the next ones.",
        "{count} are left: send again for the next ones.",
        replayed.left,
    ).format(count=replayed.left)
    return f"{told} {left}"


def _endpoint(here: Here, endpoint_id: UUID) -> WebhookEndpoint:
    return get_object_or_404(endpoints_of(here.account), pk=endpoint_id)


def _gone(request: HttpRequest, here: Here, refused: Refused) -> HttpResponse:
    flash_refused(request, refused)
    return redirect("portal:webhooks", here.account.slug)


def _url(here: Here, endpoint: WebhookEndpoint) -> str:
    return reverse("portal:webhook", args=[here.account.slug, endpoint.pk])


def _secret_page(
    request: HttpRequest, here: Here, new: services.NewEndpoint, *, added: bool
) -> HttpResponse:
    context = {**SECTION, "endpoint": new.endpoint, "secret": new.secret, "added": added}
    return here.render(request, "portal/webhooks/secret.html", context)
