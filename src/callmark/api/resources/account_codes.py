"""Account-code settings of an account: the first time, saving for all, turning off."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from ninja import File, UploadedFile
from pydantic import Field, StrictBool, StrictInt

from callmark.api import etags
from callmark.api.code_rules import Switches
from callmark.api.resource import Here, Needs, Resource, Versioned
from callmark.api.schemas import Request, Shown, eg, unchanged
from callmark.codes import models, services
from callmark.codes.bulk import MAX_BYTES, as_csv, check_file_name
from callmark.codes.lengths import proposed_length
from callmark.codes.use import usable_code_count
from callmark.policy import prompt_options as policy
from callmark.policy import settings
from callmark.web.problems import Problem

account_codes = Resource(
    "/accounts/{account_id}/account-codes", "Account codes: settings", needs=Needs.ADMINISTRATION
)

MaxRetries = Annotated[
    StrictInt, Field(ge=1, le=9, description="Wrong entries a caller may make in one call.")
]


Unasked = Annotated[
    settings.Unasked,
    Field(
        description="What becomes of a call that needs a code when nobody can be asked (a transfer,"
        " a forward, a phone that no user has): `refuse_costly` refuses international, premium and "
        "directory assistance."
    ),
]


Separator = Annotated[
    Literal["", "*", "**", "#"],
    Field(
        description="Number and code may be dialed in one go, with this between them; empty: no. "
        "Counts for callers whose codes are not validated."
    ),
]


OPTIONS = {"decline": False, "same_code": True, "separator": "", "kept_minutes": 30}


class PromptOptions(Request, example=OPTIONS):
    """What callers may do at the prompt beside entering a code; all of it, each off by default."""

    decline: StrictBool = eg(
        False,
        "`#` alone goes on without a code (outcome `declined`). Counts for callers whose codes are "
        "not validated.",
    )
    same_code: StrictBool = eg(False, "`*` enters the code of the caller's last call.")
    separator: Separator
    kept_minutes: StrictInt = eg(
        0,
        "So long after a user has entered a code, their calls go on with it unasked; 0: never.",
        ge=0,
        le=480,
    )

    def value(self) -> policy.PromptOptions:
        """The policy's value."""
        return policy.PromptOptions(**self.model_dump())


class AccountCodeSettings(Shown):
    """The settings of an account."""

    code_length: int = eg(4)
    max_retries: int = eg(3)
    allowed: bool = eg(True, "Allow account codes: off, nobody is asked for one")
    switches: Switches = eg(row=lambda stored: Switches.of(stored.rules))
    unasked: Unasked = eg("refuse_costly")
    prompt_options: PromptOptions = eg(
        PromptOptions, row=lambda stored: PromptOptions(**asdict(stored.options))
    )
    active_codes: int = eg(
        57,
        "Codes that a caller could enter.",
        row=lambda stored: usable_code_count(stored.account),
    )
    lucky_guess_chance: float | None = eg(
        0.0171,
        "Chance of a lucky guess in one call, when above 1 %; else null.",
        row=lambda stored: services.guess_warning(stored.account),
    )
    updated_at: datetime


class FirstTime(Request):
    """The very first save."""

    code_length: StrictInt = eg(4, "Digits of every code; never changes.", ge=3, le=7)
    max_retries: MaxRetries = eg(3)


class SettingsToSave(Request):
    """What the settings page and its dialog send."""

    max_retries: MaxRetries = eg(3)
    switches: Switches = eg(Switches)
    unasked: Unasked = unchanged("refuse_costly")
    prompt_options: PromptOptions = unchanged(OPTIONS)
    enable_everyone: StrictBool = eg(
        True,
        "The dialog's Yes or No. True enables account codes for every existing "
        "user, also those turned off on purpose.",
    )


class TurnOff(Request):
    """The dialog of turning account codes off."""

    delete_custom_settings: StrictBool = eg(
        False, "False keeps users' own settings: they come back with the feature."
    )


class ProposedLength(Shown):
    """The length that most codes of a list have."""

    length: int | None = eg(4, "3 to 7; null: no code of the list has so many digits.")
    fitting: int = eg(1, "Codes of the list that have it.")
    codes: int = eg(1, "Codes in the list.")


class SaveCounts(Shown):
    """How many users each choice of the save dialog touches."""

    follow_defaults: int = eg(12)
    customised: int = eg(3)
    not_enabled: int = eg(5)


def stored_settings(here: Here) -> models.AccountCodeSettings:
    """The settings; a 404 of its own before the first time."""
    found = models.AccountCodeSettings.objects.of(here.account).select_related("account")
    stored = found.first()
    if stored is None:
        raise Problem(
            404, "not_set_up", "Account codes are not set up yet: POST the code length first."
        )
    return stored


def _answer(stored: models.AccountCodeSettings) -> Versioned[AccountCodeSettings]:
    return Versioned(AccountCodeSettings.of(stored), stored.version)


def _matching(here: Here) -> models.AccountCodeSettings:
    stored = stored_settings(here)
    etags.require_match(here.if_match, stored.version)
    return stored


@account_codes.get()
def get_account_code_settings(here: Here) -> Versioned[AccountCodeSettings]:
    """Read the settings; the ETag is needed to save them."""
    return _answer(stored_settings(here))


@account_codes.post(
    status=201, example={"allowed": False, "active_codes": 0, "lucky_guess_chance": None}
)
def enable_account_codes(here: Here, body: FirstTime) -> Versioned[AccountCodeSettings]:
    """Set account codes up for the first time.

    The code length never changes afterwards. *Allow account codes* stays off until you save.
    """
    stored = services.enable_account_codes(here.account, **body.model_dump(), actor=here.person)
    return _answer(stored)


@account_codes.put(if_match=True)
def save_account_code_settings(here: Here, body: SettingsToSave) -> Versioned[AccountCodeSettings]:
    """Save the settings for all users who have account codes on, and allow account codes.

    `unasked` and `prompt_options` that are left out stay as they are.
    """
    seen = _matching(here)
    options = body.prompt_options.value() if body.prompt_options else None
    rules = body.switches.value()
    change = services.SettingsChange(body.max_retries, rules, body.unasked, options)
    stored = services.save_account_settings(
        here.account,
        change,
        enable_everyone=body.enable_everyone,
        expected_version=seen.version,
        actor=here.person,
    )
    return _answer(stored)


@account_codes.post("/turn-off", if_match=True, example={"allowed": False})
def turn_off_account_codes(here: Here, body: TurnOff) -> Versioned[AccountCodeSettings]:
    """Turn *Allow account codes* off, for every user. The codes are kept."""
    seen = _matching(here)
    stored = services.turn_off(
        here.account,
        delete_custom_settings=body.delete_custom_settings,
        expected_version=seen.version,
        actor=here.person,
    )
    return _answer(stored)


@account_codes.get("/save-counts")
def get_save_counts(here: Here) -> SaveCounts:
    """Count the users that saving would touch, as the dialog shows before it asks."""
    return SaveCounts.of(services.save_counts(here.account))


@account_codes.post("/length", safe=True, form={"file": "name,code\r\nNordby Shipping,5521\r\n"})
def propose_code_length(_here: Here, file: File[UploadedFile]) -> ProposedLength:
    """Propose the code length from a list that there is, before it is fixed for good.

    A list as *Import a list of codes* takes it; nothing of it is kept.
    """
    check_file_name(file.name)
    if (file.size or 0) > MAX_BYTES:
        raise Problem(413, "body_too_large", "Send files of at most 16 MB.", field="file")
    return ProposedLength.of(proposed_length(as_csv(file.name, file.read())))
