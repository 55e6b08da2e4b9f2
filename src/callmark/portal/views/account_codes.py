"""Account > Account Codes: the first time, the settings, and the dialogs that save them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.versions import refuse_if_changed
from callmark.codes.lengths import proposed_length
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import (
    enable_account_codes,
    guess_warning,
    save_account_settings,
    save_counts,
    turn_off,
)
from callmark.codes.use import usable_code_count
from callmark.local_formats import number
from callmark.policy.values import value_class
from callmark.portal.forms.account_codes import (
    AccountSettingsForm,
    FirstTimeForm,
    SaveChoiceForm,
    TurnOffForm,
)
from callmark.portal.forms.code_lists import CodeListForm
from callmark.portal.kept_lists import keep
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, is_htmx, render_dialog

SAVE_DIALOG = "portal/account_codes/dialog_save.html"
TURN_OFF_DIALOG = "portal/account_codes/dialog_turn_off.html"


def stored_settings(account: Account) -> AccountCodeSettings | None:
    """The account's settings, or None before the first time."""
    return AccountCodeSettings.objects.of(account).first()


@require_http_methods(["GET", "HEAD", "POST"])
def account_codes(request: HttpRequest, here: Here) -> HttpResponse:
    """The page; its [Save] posts here and gets the dialog that fits."""
    settings = stored_settings(here.account)
    data = request.POST if request.method == "POST" else None
    if settings is None or (data and "code_length" in data):
        return _first_time(request, here, FirstTimeForm(data, initial={"max_retries": 3}))
    start = request.GET.get("start", "")
    form = AccountSettingsForm(settings, data, start=start)
    if form.is_bound and form.is_valid():
        try:
            refuse_if_changed(form.cleaned_data["version"], settings.version)
        except Refused as refused:
            form.show_refused(refused, AccountSettingsForm(settings))
        else:
            return _settings_dialog(request, here, form)
    return _settings_page(request, here, settings, form)


def _refused_page(
    request: HttpRequest, here: Here, form: AccountSettingsForm, refused: Refused
) -> HttpResponse:
    """The page with what was entered, and why it was not saved."""
    settings = stored_settings(here.account)
    if settings is None:
        return redirect("portal:account_codes", here.account.slug)
    form.show_refused(refused, AccountSettingsForm(settings))
    return _settings_page(request, here, settings, form)


def _first_time(request: HttpRequest, here: Here, form: FirstTimeForm) -> HttpResponse:
    """The very first [Save] fixes the code length, and the page is refreshed to the settings."""
    if not form.is_bound or not form.is_valid():
        kept = request.POST.get("kept", "")
        return _form_page(request, here, "first_time", {"form": form, "kept": kept})
    try:
        settings = enable_account_codes(here.account, **form.cleaned_data, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(
            request,
            gettext(
                "Account codes on this account have {code_length} digits. Now choose the "
                "settings below, then save them."
            ).format(code_length=settings.code_length),
        )
        if kept := request.POST.get("kept", ""):
            return _form_page(request, here, "list_next", {"kept": kept, "settings": settings})
    return redirect("portal:account_codes", here.account.slug)


@sensitive_post_parameters("text", "kept")
@require_http_methods(["GET", "HEAD", "POST"])
def propose_length(request: HttpRequest, here: Here) -> HttpResponse:
    """Before the length is chosen: the one that most codes of a list have."""
    if stored_settings(here.account) is not None:
        return redirect("portal:codes_import", here.account.slug)
    form = CodeListForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_bound and form.is_valid():
        try:
            data = form.content()
            proposed = proposed_length(data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            first = FirstTimeForm(initial={"max_retries": 3, "code_length": proposed.length})
            context = {"form": first, "proposed": proposed, "kept": keep(here, data)}
            return _form_page(request, here, "first_time", context)
    return _form_page(request, here, "first_list", {"form": form})


def _settings_page(
    request: HttpRequest, here: Here, settings: AccountCodeSettings, form: AccountSettingsForm
) -> HttpResponse:
    chosen = form["max_retries"].value() if not form.is_bound else None
    codes = usable_code_count(here.account)
    context = {
        "form": form,
        "settings": settings,
        "counts": save_counts(here.account),
        "active_codes": codes,
        "guess": _guess(here.account, chosen or settings.max_retries, codes),
        "tab": "settings",
        "start": form.start,
    }
    return _form_page(request, here, "settings", context)


def _form_page(
    request: HttpRequest, here: Here, name: str, context: dict[str, object]
) -> HttpResponse:
    context["section"] = "account_codes"
    if not is_htmx(request):
        return here.render(request, f"portal/account_codes/{name}.html", context)
    # The dialog was asked for, but the form has errors: put the form back in its place with them.
    response = here.render(request, f"portal/account_codes/{name}_form.html", context)
    response["HX-Retarget"] = "#settings-form"
    response["HX-Reswap"] = "outerHTML"
    return response


def _settings_dialog(
    request: HttpRequest,
    here: Here,
    form: AccountSettingsForm,
    choice: SaveChoiceForm | None = None,
) -> HttpResponse:
    counts = save_counts(here.account)
    was_allowed = form.initial["allowed"]
    context = {"form": form, "counts": counts, "choice": choice, "already_off": not was_allowed}
    template = SAVE_DIALOG if form.cleaned_data["allowed"] else TURN_OFF_DIALOG
    return render_dialog(request, here, template, context)


@require_POST
def save(request: HttpRequest, here: Here) -> HttpResponse:
    """[Save] in the dialog *Save Account Codes*."""
    submitted = _submitted(request, here)
    choice = SaveChoiceForm(request.POST)
    if isinstance(submitted, HttpResponse):
        return submitted
    if not choice.is_valid():
        return _settings_dialog(request, here, submitted.form, choice)
    everyone: bool = choice.cleaned_data["enable_everyone"]
    before = save_counts(here.account)
    try:
        save_account_settings(
            here.account,
            submitted.form.change(),
            enable_everyone=everyone,
            expected_version=submitted.version,
            actor=here.person,
        )
    except Refused as refused:
        return _refused_page(request, here, submitted.form, refused)
    else:
        messages.success(request, _saved_words(everyone, before.not_enabled))
    return redirect("portal:account_codes", here.account.slug)


def _saved_words(everyone: bool, newly_enabled: int) -> str:
    if not everyone or not newly_enabled:
        return gettext("Account Codes Settings saved.")
    return ngettext(
        "Account Codes Settings saved, and account codes turned on for {count} user.",
        "Account Codes Settings saved, and account codes turned on for {count} users.",
        newly_enabled,
    ).format(count=newly_enabled)


@require_POST
def turn_off_codes(request: HttpRequest, here: Here) -> HttpResponse:
    """[Save] in the dialog that turns account codes off."""
    submitted = _submitted(request, here)
    if isinstance(submitted, HttpResponse):
        return submitted
    dialog = TurnOffForm(request.POST)
    dialog.is_valid()
    try:
        turn_off(
            here.account,
            delete_custom_settings=dialog.cleaned_data["delete_custom_settings"],
            expected_version=submitted.version,
            actor=here.person,
        )
    except Refused as refused:
        return _refused_page(request, here, submitted.form, refused)
    else:
        messages.success(request, gettext("Account codes are off for every user of this account."))
    return redirect("portal:account_codes", here.account.slug)


@value_class
class _Submitted:
    form: AccountSettingsForm
    version: int


def _submitted(request: HttpRequest, here: Here) -> _Submitted | HttpResponse:
    """The settings that the dialog carries along, or the page to show instead."""
    settings = stored_settings(here.account)
    if settings is None:
        return redirect("portal:account_codes", here.account.slug)
    form = AccountSettingsForm(settings, request.POST)
    if not form.is_valid():
        return _settings_page(request, here, settings, form)
    return _Submitted(form, form.cleaned_data["version"])


@require_safe
def guessability(request: HttpRequest, here: Here) -> HttpResponse:
    """The warning for the number of retries being typed."""
    settings = stored_settings(here.account)
    text = request.GET.get("max_retries", "")
    retries = int(text) if text.isascii() and text.isdigit() and len(text) == 1 else 0
    guess = _guess(here.account, retries) if settings and retries else None
    return here.render(request, "portal/account_codes/guess_warning.html", {"guess": guess})


def _guess(account: Account, retries: object, codes: int | None = None) -> str | None:
    """The chance of a lucky guess as people say it, if it is worth a warning."""
    chance = guess_warning(account, int(str(retries)), codes)
    if chance is None:
        return None
    return gettext("{percent}%").format(percent=number(chance * 100, 0 if chance >= 0.1 else 1))
