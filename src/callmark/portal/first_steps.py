"""The way to the first call, in the order of work: what is done, and what is next."""

from dataclasses import field
from functools import partial

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.access import is_operator
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, AccountCodeSettings, UserCodeSettings
from callmark.languages import in_language
from callmark.policy.rules import STARTS
from callmark.policy.values import value_class
from callmark.portal.choices_kept import keep_for, kept_for
from callmark.portal.pages import Here
from callmark.switches.alone.reports import SwitchStatus, switches_of


@value_class
class Step:
    """One thing to do. ``url`` '' where somebody else does it.

    ``status`` says how it stands; ``links`` are titles and addresses of what helps.
    """

    title: str
    why: str
    url: str
    button: str
    done: bool
    status: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = field(default=())


def start_of(here: Here) -> str:
    """The starting point that this person has chosen for the account; '' while none is."""
    start = kept_for(here.person, _page(here)).get("start", "")
    return start if start in STARTS else ""


def choose_start(here: Here, start: str) -> None:
    """Remember it, so that the guide can be left and gone on with."""
    if start in STARTS:
        keep_for(here.person, _page(here), {"start": start})


def _page(here: Here) -> str:
    return f"guide of {here.account.pk}"


_TO_BEGIN_WITH = gettext_lazy(
    "International and premium calls to begin with; the rest when people are used to it."
)


def steps(here: Here) -> list[Step]:
    """From nothing to the first call."""
    settings = AccountCodeSettings.objects.of(here.account).first()
    return [*_with_settings(here, settings), *_with_a_phone(here, settings)]


def settings_left(here: Here) -> int:
    """How many steps are left undone but those with a phone, which calls make needless."""
    settings = AccountCodeSettings.objects.of(here.account).first()
    return sum(not one.done for one in _with_settings(here, settings))


def _page_of(here: Here, settings: AccountCodeSettings | None, name: str) -> str:
    """The address of a page that is there once the length of codes is chosen; '' before."""
    return reverse(f"portal:{name}", args=[here.account.slug]) if settings else ""


def _with_settings(here: Here, settings: AccountCodeSettings | None) -> list[Step]:
    account, start = here.account, start_of(here)
    rules = bool(settings and settings.allowed)
    url = partial(_page_of, here, settings)
    defaults = url("account_codes")
    return [
        Step(
            gettext("Choose how long codes are"),
            gettext("Three to seven digits. This cannot be changed afterwards."),
            reverse("portal:account_codes", args=[account.slug]),
            gettext("Choose the length"),
            settings is not None,
            (gettext("{count} digits").format(count=settings.code_length),) if settings else (),
            ()
            if settings
            else (
                (
                    gettext("From a list that you have"),
                    reverse("portal:length", args=[account.slug]),
                ),
            ),
        ),
        Step(
            gettext("Add account codes"),
            gettext("One for each client, project or department, and one for everything else."),
            url("codes"),
            gettext("Add codes"),
            AccountCode.objects.of(account).filter(active=True).exists(),
            links=((gettext("Import a list"), url("codes_import")),) if settings else (),
        ),
        Step(
            gettext("Choose which calls need a code"),
            in_language(STARTS[start].help) if start else str(_TO_BEGIN_WITH),
            f"{defaults}?start={start}" if defaults and start else defaults,
            gettext("Choose"),
            rules,
        ),
        Step(
            gettext("Turn it on for users"),
            gettext("For everybody at once when you save the settings, or one by one."),
            url("users"),
            gettext("Users"),
            rules and UserCodeSettings.objects.of(account).filter(enabled=True).exists(),
        ),
    ]


def _with_a_phone(here: Here, settings: AccountCodeSettings | None) -> list[Step]:
    calls = Call.objects.of(here.account)
    connect = gettext("Your operator does this. Calls appear here as soon as it is done.")
    links: tuple[tuple[str, str], ...] = ()
    if is_operator(here.person):
        connect = gettext(
            "Write its dialplan, include it, and run the check on its machine. Calls "
            "appear here as soon as the switch asks Callmark about them."
        )
        links = tuple(
            (str(title), reverse("portal:switch_guide", args=[kind]))
            for kind, title in _KINDS.items()
        )
    found = switches_of(here.account)
    return [
        Step(
            gettext("Hear it"),
            gettext("Place a test call from this page: nobody's phone rings."),
            _page_of(here, settings, "test_call"),
            gettext("Test a call"),
            calls.filter(simulated=True).exists(),
        ),
        Step(
            gettext("Connect the switch"),
            connect,
            "",
            "",
            any(one.last_call for one in found),
            tuple(line for one in found for line in _told(one)),
            links,
        ),
    ]


_KINDS = {
    "asterisk": gettext_lazy("How to connect an Asterisk"),
    "freeswitch": gettext_lazy("How to connect a FreeSWITCH"),
}


def _told(status: SwitchStatus) -> list[str]:
    """How a switch stands, in a line for each thing."""
    switch = status.switch
    last = _moment(status.last_call) if status.last_call else gettext("none yet")
    lines = [gettext("{name}: last call seen: {last}").format(name=switch.name, last=last)]
    if switch.dialplan_written_at:
        said = (
            gettext(
                "{name}: {kind} dialplan written {at}, version {version}: settings have changed "
                "since, write it again"
            )
            if status.is_current is False
            else gettext("{name}: {kind} dialplan written {at}, version {version}")
        )
        lines.append(
            said.format(
                name=switch.name,
                kind=switch.kind or gettext("its"),
                at=_moment(switch.dialplan_written_at),
                version=switch.dialplan_version,
            )
        )
    if switch.checked_at:
        found = gettext("nothing to report")
        if switch.findings:
            found = gettext("{count} to put right").format(count=switch.findings)
        lines.append(
            gettext("{name}: checked {at}: {found}").format(
                name=switch.name, at=_moment(switch.checked_at), found=found
            )
        )
    return lines


def _moment(moment: object) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")  # type: ignore[arg-type]
