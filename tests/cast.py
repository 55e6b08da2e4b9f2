"""The cast of all tests: a law firm, its people and two from outside; docs/testing.md lists them.

They enter by the same services as in real life. A scene says who is there when the curtain rises:
:func:`before_the_first_visit` or :func:`make_law_firm`; everybody else enters when first named.
"""

from functools import cached_property

from callmark.accounts.models import Account, Role, User
from callmark.accounts.services import add_account, add_extension, add_person, add_phone_number
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    enable_account_codes,
    save_account_settings,
)
from callmark.policy.rules import CodeRules
from tests.rows import every

PASSWORD = "a long enough secret"

OUTSIDE_CALLS = CodeRules(
    validate=True, international=True, directory_assistance=True, premium=True
)


class LawFirm:
    """An account and who is there. ``firm.rick``, say, enters when first named."""

    code: AccountCode
    """Its first: Harper v. Castellan, 1234. There is none :func:`before_the_first_visit`."""

    def __init__(self, slug: str = "firm") -> None:
        self.account = make_account(slug)

    @cached_property
    def olivia(self) -> User:
        """The office manager: administrator, no phone."""
        return self._signs_in("Olivia", Role.ADMINISTRATOR)

    @cached_property
    def rick(self) -> User:
        """Reads reports, no phone."""
        return self._signs_in("Rick", Role.REPORTER)

    @cached_property
    def ben(self) -> User:
        """A user without sign-in, extension 101: whose calls most tests are about."""
        return make_user(self.account, "Ben", "101")

    @cached_property
    def carla(self) -> User:
        """A user without sign-in, extension 102: Ben's colleague."""
        return make_user(self.account, "Carla", "102")

    @cached_property
    def uma(self) -> User:
        """A user who signs in, extension 201, with a number of her own."""
        uma = self._signs_in("Uma", Role.USER)
        add_extension(uma, number="201", endpoint=f"{self.account.slug}-201")
        add_phone_number(uma, e164="+12125550201")
        return uma

    @cached_property
    def otto(self) -> User:
        """The operator of Callmark: of no account."""
        return _signs_in(None, "Otto", "callmark", Role.OPERATOR)

    @cached_property
    def fay(self) -> User:
        """Administrator of another account, 'other', which must see nothing of this one."""
        return _signs_in(make_account("other"), "Fay", "other", Role.ADMINISTRATOR)

    def _signs_in(self, name: str, role: Role) -> User:
        return _signs_in(self.account, name, self.account.slug, role)


def _signs_in(account: Account | None, name: str, place: str, role: Role) -> User:
    email = f"{name.lower()}@{place}.example"
    return add_person(account, name=name, email=email, password=PASSWORD, role=role)


def make_account(slug: str = "firm", country: str = "US", prefix: str = "") -> Account:
    """An account where nobody has set anything up."""
    return add_account(
        slug=slug, name=f"{slug.title()} Ltd", country=country, outside_prefix=prefix
    )


def make_user(account: Account, name: str, extension: str | None = None) -> User:
    """A phone user, with an endpoint named after account and extension."""
    user = add_person(account, name=name)
    if extension:
        add_extension(user, number=extension, endpoint=f"{account.slug}-{extension}")
    return user


def before_the_first_visit() -> LawFirm:
    """Nobody has opened Account > Account Codes yet; all but Carla are there."""
    firm = LawFirm()
    firm.uma, firm.ben, firm.olivia, firm.rick, firm.otto, firm.fay  # noqa: B018
    return firm


def make_law_firm(
    slug: str = "firm",
    rules: CodeRules = OUTSIDE_CALLS,
    *,
    max_retries: int = 3,
    everyone: bool = True,
    digits: str = "1234",
) -> LawFirm:
    """Account codes are on for Olivia, Ben and Carla; one code, and codes of its length."""
    firm = LawFirm(slug)
    firm.olivia, firm.ben, firm.carla  # noqa: B018
    settings = first_time(firm, len(digits), max_retries)
    code(firm, digits)
    save_account_settings(
        firm.account,
        SettingsChange(max_retries=max_retries, rules=rules),
        enable_everyone=everyone,
        expected_version=settings.version,
        actor=firm.olivia,
    )
    firm.account.refresh_from_db()
    return firm


def first_time(firm: LawFirm, code_length: int = 4, max_retries: int = 3) -> AccountCodeSettings:
    """The first [Save] is done: the settings can be chosen."""
    return enable_account_codes(
        firm.account, code_length=code_length, max_retries=max_retries, actor=firm.olivia
    )


def code(firm: LawFirm, digits: str = "1234", name: str = "Harper v. Castellan") -> AccountCode:
    """Olivia adds a code."""
    added = add_code(firm.account, name=name, code=digits, actor=firm.olivia)
    vars(firm).setdefault("code", added)
    return added


def stored(firm: LawFirm) -> AccountCodeSettings:
    """The firm's settings as they are in the database now."""
    return every(AccountCodeSettings).get(account=firm.account)


def turn_on_quietly(firm: LawFirm) -> None:
    """Straight through the service: validated calls abroad, for everybody."""
    change = SettingsChange(3, CodeRules(validate=True, international=True))
    save_account_settings(
        firm.account,
        change,
        enable_everyone=True,
        expected_version=stored(firm).version,
        actor=firm.olivia,
    )
