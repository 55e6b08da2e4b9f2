"""Who plays in the portal's tests, and what their browsers send."""

from dataclasses import asdict, dataclass

from django.test import Client

from callmark.accounts.models import Account, Role, User
from callmark.accounts.services import add_extension, add_person, add_phone_number
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    enable_account_codes,
    save_account_settings,
)
from callmark.policy.rules import CodeRules
from tests.factories import make_account
from tests.rows import every

PASSWORD = "a long enough secret"


@dataclass(frozen=True, slots=True)
class Cast:
    """A law firm before its first visit to Account > Account Codes, and two outsiders."""

    firm: Account
    olivia: User  # the office manager: administrator
    rick: User  # reads reports
    uma: User  # a user, extension 201
    ben: User  # a user without sign-in, extension 202
    otto: User  # the operator
    fay: User  # administrator of another account


def invite_cast() -> Cast:
    """Everybody, by the same services as in real life."""
    firm, other = make_account("firm"), make_account("other")

    def signs_in(account: Account | None, name: str, role: Role) -> User:
        email = f"{name.lower()}@callmark.example"
        return add_person(account, name=name, email=email, password=PASSWORD, role=role)

    uma = signs_in(firm, "Uma", Role.USER)
    add_extension(uma, number="201", endpoint="firm-201")
    add_phone_number(uma, e164="+12125550201")
    ben = add_person(firm, name="Ben")
    add_extension(ben, number="202", endpoint="firm-202")
    return Cast(
        firm,
        signs_in(firm, "Olivia", Role.ADMINISTRATOR),
        signs_in(firm, "Rick", Role.REPORTER),
        uma,
        ben,
        signs_in(None, "Otto", Role.OPERATOR),
        signs_in(other, "Fay", Role.ADMINISTRATOR),
    )


def first_time(cast: Cast, code_length: int = 4) -> AccountCodeSettings:
    """The first [Save] is done: the settings can be chosen."""
    return enable_account_codes(
        cast.firm, code_length=code_length, max_retries=3, actor=cast.olivia
    )


def code(cast: Cast, digits: str = "1234", name: str = "Harper v. Castellan") -> AccountCode:
    """Olivia adds a code."""
    return add_code(cast.firm, name=name, code=digits, actor=cast.olivia)


def stored(cast: Cast) -> AccountCodeSettings:
    """The firm's settings as they are in the database now."""
    return every(AccountCodeSettings).get(account=cast.firm)


def sent_rules(rules: CodeRules) -> dict[str, str]:
    """What a browser sends for rules that are not greyed out."""
    return {name: "on" if on else "false" for name, on in asdict(rules).items()}


def settings_sent(cast: Cast, rules: CodeRules, **more: str) -> dict[str, str]:
    """What the browser sends from Account Codes Settings, with *Allow account codes* on."""
    now = stored(cast)
    base = {"allowed": "on", "max_retries": str(now.max_retries), "version": str(now.version)}
    return {**base, **sent_rules(rules), **more}


def url(cast: Cast, page: str) -> str:
    """A page of the firm."""
    return f"/accounts/{cast.firm.slug}/{page}"


def turn_on_quietly(cast: Cast) -> None:
    """As :func:`turn_on`, straight through the service: validated calls abroad, for everybody."""
    change = SettingsChange(3, CodeRules(validate=True, international=True))
    save_account_settings(
        cast.firm,
        change,
        enable_everyone=True,
        expected_version=stored(cast).version,
        actor=cast.olivia,
    )


def turn_on(
    client: Client, cast: Cast, rules: CodeRules, everyone: str = "yes", **more: str
) -> None:
    """Olivia saves the settings, and what else is named, and answers the dialog."""
    client.force_login(cast.olivia)
    data = settings_sent(cast, rules, enable_everyone=everyone, **more)
    answer = client.post(url(cast, "account-codes/save/"), data)
    assert answer.status_code == 302
