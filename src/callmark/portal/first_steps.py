"""The way to the first call, in the order of work: what is done, and what is next."""

from dataclasses import dataclass

from django.urls import reverse

from callmark.accounts.access import is_operator
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, AccountCodeSettings, UserCodeSettings
from callmark.portal.pages import Here


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``url`` '' where somebody else does it."""

    title: str
    why: str
    url: str
    button: str
    done: bool


def steps(here: Here) -> list[Step]:
    """From nothing to the first call."""
    account = here.account
    settings = AccountCodeSettings.objects.of(account).first()
    rules = bool(settings and settings.allowed)

    def url(name: str) -> str:
        """Of a page that is there once the length of codes is chosen."""
        return reverse(f"portal:{name}", args=[account.slug]) if settings else ""

    return [
        Step(
            "Choose how long codes are",
            "Three to seven digits. This cannot be changed afterwards.",
            reverse("portal:account_codes", args=[account.slug]),
            "Choose the length",
            settings is not None,
        ),
        Step(
            "Add account codes",
            "One for each client, project or department, and one for everything else.",
            url("codes"),
            "Add codes",
            AccountCode.objects.of(account).filter(active=True).exists(),
        ),
        Step(
            "Choose which calls need a code",
            "International and premium calls to begin with; the rest when people are used to it.",
            url("account_codes"),
            "Choose",
            rules,
        ),
        Step(
            "Turn it on for users",
            "For everybody at once when you save the settings, or one by one.",
            url("users"),
            "Users",
            rules and UserCodeSettings.objects.of(account).filter(enabled=True).exists(),
        ),
        *_with_a_phone(here, url("test_call")),
    ]


def _with_a_phone(here: Here, test_call: str) -> list[Step]:
    calls = Call.objects.of(here.account)
    connect = (
        "Asterisk: docs/asterisk.md; FreeSWITCH: docs/freeswitch.md. Calls appear here as soon as "
        "the switch asks Callmark about them."
    )
    if not is_operator(here.person):
        connect = "Your operator does this. Calls appear here as soon as it is done."
    return [
        Step(
            "Hear it",
            "Place a test call from this page: nobody's phone rings.",
            test_call,
            "Test a call",
            calls.filter(simulated=True).exists(),
        ),
        Step("Connect the switch", connect, "", "", calls.filter(simulated=False).exists()),
    ]
