"""The accounts of the tests, and the script that creates them through the real services.

Not the cast of ``tests/cast.py``: a switch knows phones by their numbers, and here are a hundred
of them in accounts of every kind. Users are called by these numbers; nobody looks at a page.

Run as a script with the gate's environment: ``python accounts.py``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callmark.policy.prompt_options import NO_OPTIONS, PromptOptions

if TYPE_CHECKING:
    from callmark.accounts.models import Account

CODES = {"1234": "General office", "0042": "Harper v. Castellan"}


@dataclass(frozen=True)
class Person:
    """One user with one phone. ``override`` names the switches that are on for this user only."""

    extension: str
    override: frozenset[str] | None = None
    enabled: bool = True
    language: str = ""


@dataclass(frozen=True)
class TestAccount:
    """One account. ``switches`` names the switches that are on; None: never set up."""

    __test__ = False

    slug: str
    switches: frozenset[str] | None
    people: tuple[Person, ...]
    max_retries: int = 3
    outside_prefix: str = ""
    own_numbers: tuple[str, ...] = ()
    gate: str = "live"
    """Which gate its dialplan asks: the one that runs, or one that tests start and stop."""
    options: PromptOptions = NO_OPTIONS
    """What callers may do at the prompt."""
    language: str = ""
    """What its callers are spoken to in."""
    named_by_extension: bool = False
    """As FreePBX names its endpoints, which has one account only."""

    def phone(self, extension: str) -> str:
        return extension if self.named_by_extension else f"{self.slug}-{extension}"


def _people(*extensions: int) -> tuple[Person, ...]:
    return tuple(Person(str(extension)) for extension in extensions)


_USUAL = frozenset({"validate", "international", "directory_assistance", "premium"})

ACME = TestAccount(
    "acme-law",
    _USUAL,
    (
        # 112 is an emergency number, as a careful operator knows.
        *_people(*range(101, 112), *range(113, 125)),
        Person("140", override=frozenset({"validate", "other_outside"})),
        Person("141", enabled=False),
    ),
)
LENIENT = TestAccount(
    "lenient", _USUAL | {"proceed_after_max_retries"}, _people(201, 202), max_retries=2
)
OPEN = TestAccount("open", _USUAL - {"validate"}, _people(301, 302, 303))
INSIDE = TestAccount("inside", frozenset({"validate", "require_internal"}), _people(401, 402, 403))
NEVER = TestAccount("never", None, _people(501))
LIMITED = TestAccount("limited", _USUAL, _people(901, 902))
"""It lists numbers, and one call abroad a day is all it allows."""
BRIEF = TestAccount(
    "brief",
    _USUAL - {"validate"},
    _people(*range(151, 156)),
    options=PromptOptions(decline=True, same_code=True, separator="*"),
)
BRIEF_DOWN = TestAccount(
    "brief-down", _USUAL, _people(161, 162), options=PromptOptions(separator="*"), gate="stopped"
)
KEEPING = TestAccount("keeping", _USUAL, _people(171), options=PromptOptions(kept_minutes=30))
SPANISH = TestAccount(
    "spanish", _USUAL, (Person("181"), Person("182", language="fr")), language="es"
)
SPANISH_DOWN = TestAccount("spanish-down", _USUAL, _people(191), language="es", gate="stopped")
DOWN = TestAccount("down", _USUAL, _people(*range(601, 625)), gate="stopped")
DOWN_OFF = TestAccount("down-off", None, _people(701, 702), gate="stopped")
FRAGILE = TestAccount("fragile", _USUAL, _people(801, 802, 803), gate="own")

OFFICE_NUMBERS = ("_60X", "_70X", "_*8XXX")
"""Groups, parking and pick-up, see ``office.py``."""

_SCRIPTED_PHONES = (
    *_people(*range(101, 110)),
    Person("121", enabled=False),
    # Local calls need a code, too: where nobody can be asked they go on, to be assigned later.
    Person("131", override=frozenset({"validate", "international", "other_outside"})),
)
HARBOR = TestAccount(
    "harbor", _USUAL, _SCRIPTED_PHONES, outside_prefix="9", own_numbers=OFFICE_NUMBERS
)
HARBOR_DOWN = TestAccount(
    "harbor-down", _USUAL, _SCRIPTED_PHONES, outside_prefix="9", gate="stopped"
)
HARBOR_STORM = TestAccount(
    "harbor-storm",
    _USUAL,
    _SCRIPTED_PHONES,
    outside_prefix="9",
    own_numbers=OFFICE_NUMBERS,
    gate="own",
)
SCRIPTED = (HARBOR, HARBOR_DOWN, HARBOR_STORM)
"""Accounts whose phones and trunks are scripted, see ``line.py``; user 121 needs no codes."""

OFFICE = TestAccount(
    "office",
    _USUAL,
    (
        *_people(201, 202, 203, 204),
        Person("205", override=frozenset({"validate", "require_internal"})),
    ),
    outside_prefix="9",
    named_by_extension=True,
)
"""The account of a FreePBX, see ``freepbx.py``; user 205 needs codes for calls to colleagues."""

ACCOUNTS = (
    ACME,
    LENIENT,
    OPEN,
    INSIDE,
    NEVER,
    LIMITED,
    BRIEF,
    BRIEF_DOWN,
    KEEPING,
    SPANISH,
    SPANISH_DOWN,
    DOWN,
    DOWN_OFF,
    FRAGILE,
)


def create() -> None:
    """Create all accounts, and the demo of a first ``make run``, in the environment's database."""
    from django.core.management import call_command

    from callmark.ops.demo import create_demo

    call_command("migrate", verbosity=0, interactive=False)
    create_demo("not used here")
    for account in (*ACCOUNTS, *SCRIPTED, OFFICE):
        _create(account)


def _create(spec: TestAccount) -> None:
    from callmark.accounts.services import (
        add_account,
        add_extension,
        add_person,
        change_account,
        change_person,
    )
    from callmark.codes.services import (
        SettingsChange,
        add_code,
        enable_account_codes,
        save_account_settings,
        save_user_settings,
    )
    from callmark.policy.rules import CodeRules

    name = f"Account {spec.slug}"
    account = add_account(
        slug=spec.slug, name=name, outside_prefix=spec.outside_prefix, own_numbers=spec.own_numbers
    )
    if spec.language:
        change_account(account, {"language": spec.language}, actor=None)
    users = {}
    for person in spec.people:
        user = add_person(account, name=f"User {person.extension}")
        if person.language:
            change_person(user, {"language": person.language}, actor=None)
        add_extension(user, number=person.extension, endpoint=spec.phone(person.extension))
        users[person] = user
    if spec.switches is None:
        return
    settings = enable_account_codes(
        account, code_length=4, max_retries=spec.max_retries, actor=None
    )
    for code, name in CODES.items():
        add_code(account, name=name, code=code, actor=None)
    rules = CodeRules(**dict.fromkeys(spec.switches, True))
    change = SettingsChange(spec.max_retries, rules, options=spec.options)
    save_account_settings(
        account, change, enable_everyone=True, expected_version=settings.version, actor=None
    )
    for person, user in users.items():
        if person.override is None and person.enabled:
            continue
        own = person.override
        switches = None if own is None else CodeRules(**dict.fromkeys(own, True))
        save_user_settings(user, enabled=person.enabled, override=switches, actor=None)
    if spec is LIMITED:
        _limit(account)


def _limit(account: "Account") -> None:
    from callmark.calls.limits import add_limit
    from callmark.codes.listed_numbers import add_listed_number
    from callmark.policy.number_list import CodeNeed

    for number, need in (("+442079460901", CodeNeed.NEVER), ("+12125550902", CodeNeed.ALWAYS)):
        add_listed_number(account, number=number, need=need, name="Court", actor=None)
    what = {"name": "Abroad", "scope": "account", "call_type": "international", "then": "refuse"}
    add_limit(account, {**what, "amount": 1, "unit": "calls", "per": "day"}, actor=None)


if __name__ == "__main__":
    import os

    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
    django.setup()
    # Nobody signs in: to hash the demo's passwords as they are in life takes a second.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    create()
