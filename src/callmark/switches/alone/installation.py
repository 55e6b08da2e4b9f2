"""What the dialplan of one switch needs, read from the database."""

from collections.abc import Sequence

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.languages import prompt_language
from callmark.switches.alone.account import AccountDialplan


def load_dialplans(switch: str = "main", slugs: Sequence[str] = ()) -> list[AccountDialplan]:
    """The accounts with an extension on this switch (only ``slugs``, if any are given)."""
    # every account of the switch: the operator writes one dialplan for all of them
    accounts = Account.objects.filter(extensions__switch__name=switch).distinct()
    if slugs:
        accounts = accounts.filter(slug__in=slugs)
    return [account_dialplan(account, switch) for account in accounts.order_by("slug")]


def account_dialplan(account: Account, switch: str = "main") -> AccountDialplan:
    """One account on one switch, as it is now."""
    settings = AccountCodeSettings.objects.of(account).first()
    people = User.objects.of(account).filter(is_active=True)
    homes = people.exclude(home_country="").values_list("home_country", flat=True)
    extensions = Extension.objects.of(account).exclude(number="").order_by("number")
    numbers = PhoneNumber.objects.of(account).order_by("e164")
    return AccountDialplan(
        slug=account.slug,
        country=account.country,
        home_countries=frozenset(homes),
        outside_prefix=account.outside_prefix,
        international_regions=frozenset(account.international_regions),
        extensions=tuple(extensions.values_list("number", flat=True)),
        phone_numbers=tuple(numbers.values_list("e164", flat=True)),
        own_numbers=tuple(account.own_numbers),
        answer_first=account.answer_first,
        star_code=account.star_code,
        allowed=settings is not None and settings.allowed,
        separator=settings.separator if settings else "",
        language=prompt_language(account),
        domain=_domain(phones(account, switch)),
    )


def asks_inside(account: Account) -> bool:
    """Whether anybody's calls to colleagues need a code: *Require for internal calls*."""
    everyone = AccountCodeSettings.objects.of(account).filter(allowed=True)
    somebody = UserCodeSettings.objects.of(account).filter(
        enabled=True, override=True, require_internal=True
    )
    return everyone.exists() and (
        everyone.filter(require_internal=True).exists() or somebody.exists()
    )


def phones(account: Account, switch: str) -> list[str]:
    """The endpoints of the account's users on this switch; SIP trunks are none."""
    extensions = Extension.objects.of(account).filter(switch__name=switch).exclude(number="")
    return list(extensions.order_by("endpoint").values_list("endpoint", flat=True))


def _domain(endpoints: Sequence[str]) -> str:
    found = {endpoint.partition("@")[2] for endpoint in endpoints}
    return found.pop() if len(found) == 1 else ""
