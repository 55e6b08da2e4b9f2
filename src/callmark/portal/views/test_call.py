"""Test a call: the simulator behind a phone on the page.

The number and the keys pressed so far are kept in the session while the test call lasts, encrypted
as codes are everywhere, and nowhere else: not in an address, not in the log, not on the page. Each
request plays the call again from its start.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from callmark.accounts.models import User
from callmark.calls.models import CallOutcome, CallTypeChoice
from callmark.keys.installed import keyring
from callmark.keys.keyring import WrongKey
from callmark.portal.forms.test_call import KeysForm, PlaceCallForm
from callmark.portal.pages import Here
from callmark.portal.responses import is_htmx
from callmark.switches.simulator import Simulation, simulate

SESSION_KEY = "test_call"
PROMPTS = "callmark/prompts"


@dataclass(slots=True)
class OngoingCall:
    """A test call between two requests."""

    user_id: str
    dialed: str = field(repr=False)
    entries: list[str] = field(default_factory=list, repr=False)
    steps_shown: int = 0


@never_cache
@sensitive_post_parameters("keys")
@require_http_methods(["GET", "HEAD", "POST"])
def test_call(request: HttpRequest, here: Here) -> HttpResponse:
    """The phone. ``action`` says which of its buttons was used."""
    match request.POST.get("action", ""):
        case "dial":
            return _dial(request, here)
        case "keys" | "silence" | "hang_up" as action:
            return _press(request, here, action)
        case _:
            _forget(request)
            return _show(
                request,
                here,
                PlaceCallForm(_users(here), initial={"user": request.GET.get("user")}),
            )


def _dial(request: HttpRequest, here: Here) -> HttpResponse:
    form = PlaceCallForm(_users(here), request.POST)
    if not form.is_valid():
        return _show(request, here, form)
    user: User = form.cleaned_data["user"]
    return _go_on(request, here, OngoingCall(str(user.pk), form.cleaned_data["dialed"]))


def _press(request: HttpRequest, here: Here, action: str) -> HttpResponse:
    call = _remembered(request, here)
    if call is None:
        return _show(request, here, PlaceCallForm(_users(here)), over=True)
    if action != "hang_up":
        keys = KeysForm(request.POST)
        call.entries.append(keys.cleaned_data["keys"] if keys.is_valid() else "")
    return _go_on(request, here, call, hang_up=action == "hang_up")


def _go_on(
    request: HttpRequest, here: Here, call: OngoingCall, *, hang_up: bool = False
) -> HttpResponse:
    user = _users(here).filter(pk=call.user_id).first()
    if user is None:
        _forget(request)
        return _show(request, here, PlaceCallForm(_users(here)), over=True)
    simulation = simulate(user, call.dialed, call.entries, hang_up=hang_up)
    steps = _steps(simulation, call.steps_shown)
    if simulation.outcome is None:
        call.steps_shown = len(steps)
        _remember(request, here, call)
    else:
        _forget(request)
    # Without a code that was dialed with it: what is on a page may be in a screenshot.
    number = steps[0]["number"] if steps else call.dialed
    form = PlaceCallForm(_users(here), initial={"user": user.pk, "dialed": number})
    heard = next((step for step in reversed(steps) if "text" in step), None)
    told = {"user": user, "number": number, "simulation": simulation, "steps": steps}
    told["heard"] = heard
    if simulation.outcome is not None:
        told["ended"] = CallOutcome(simulation.outcome).label.lower()
    return _show(request, here, form, **told)


def _steps(simulation: Simulation, shown: int) -> list[dict[str, Any]]:
    """The steps with what the page needs: the sound's address, and which are new."""
    told = []
    for number, step in enumerate(simulation.steps):
        told.append({**step, "new": number >= shown})
        if "file" in step:
            told[-1]["audio"] = static(f"{PROMPTS}/{step['language']}/{step['file']}.wav")
        if step["step"] == "dialed":
            told[-1]["call_type_label"] = CallTypeChoice(step["call_type"]).label
    return told


def _show(request: HttpRequest, here: Here, form: PlaceCallForm, **call: object) -> HttpResponse:
    template = "portal/test_call/phone.html" if is_htmx(request) else "portal/test_call/page.html"
    return here.render(request, template, {"section": "test_call", "form": form, **call})


def _users(here: Here) -> QuerySet[User]:
    people = User.objects.of(here.account).filter(is_active=True)
    return people.prefetch_related("extensions").order_by("name", "pk")


def _remembered(request: HttpRequest, here: Here) -> OngoingCall | None:
    kept = request.session.get(SESSION_KEY, {}).get(str(here.account.pk))
    if not kept:
        return None
    try:
        entries = [keyring().decrypt(entry) for entry in kept["entries"]]
        dialed = keyring().decrypt(kept["dialed"])
    except WrongKey:
        # Its keys were changed, and the former ones deleted, while the call lasted.
        return None
    return OngoingCall(kept["user_id"], dialed, entries, kept["steps_shown"])


def _remember(request: HttpRequest, here: Here, call: OngoingCall) -> None:
    request.session[SESSION_KEY] = {
        str(here.account.pk): {
            "user_id": call.user_id,
            "dialed": keyring().encrypt(call.dialed),
            "entries": [keyring().encrypt(entry) for entry in call.entries],
            "steps_shown": call.steps_shown,
        }
    }


def _forget(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
