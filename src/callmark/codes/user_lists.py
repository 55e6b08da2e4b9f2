"""Which users of an account: by what they are called, their settings and their phones."""

from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.policy.rules import RULES
from callmark.policy.settings import deviations
from callmark.policy.values import value_class

ORDER = ("-is_active", "name", "pk")
"""Of a list of users: those who are not active any more come last. An index has it."""


class CodesOf(StrEnum):
    """Users by their account-code settings."""

    ON = "on"
    OFF = "off"
    CUSTOM = "custom"


class UserKind(StrEnum):
    """A person, or a SIP trunk: a whole PBX of the account, whose calls it pays for."""

    USER = "user"
    TRUNK = "trunk"


@value_class
class UserFilter:
    """What is asked of users; None and '' ask for nothing.

    ``text``: part of a name, an e-mail address or a number, or how an extension begins.
    ``has_phone``: whether the switch knows a phone of theirs (of a trunk: its endpoint).
    """

    text: str = ""
    codes: CodesOf | None = None
    has_phone: bool | None = None
    kind: UserKind | None = None
    active: bool | None = None


def users_found(account: Account, asked: UserFilter) -> QuerySet[User]:
    """The users of the account that the filter finds."""
    found = User.objects.of(account)
    extensions = Extension.objects.of(account)
    if asked.text:
        numbers = PhoneNumber.objects.of(account).filter(e164__contains=asked.text)
        by_extension = extensions.filter(number__startswith=asked.text)
        found = found.filter(
            Q(name__icontains=asked.text)
            | Q(email__icontains=asked.text)
            | Q(pk__in=by_extension.values("user_id"))
            | Q(pk__in=numbers.values("user_id"))
        )
    settings = UserCodeSettings.objects.of(account).filter(user=OuterRef("pk"))
    match asked.codes:
        case CodesOf.ON:
            found = found.filter(Exists(settings.filter(enabled=True)))
        case CodesOf.OFF:
            found = found.exclude(Exists(settings.filter(enabled=True)))
        case CodesOf.CUSTOM:
            found = found.filter(Exists(settings.filter(override=True)))
    if asked.has_phone is not None:
        has_one = Exists(extensions.filter(user=OuterRef("pk")))
        found = found.filter(has_one if asked.has_phone else ~has_one)
    if asked.kind is not None:
        found = found.filter(is_trunk=asked.kind is UserKind.TRUNK)
    return found if asked.active is None else found.filter(is_active=asked.active)


def own_settings(user: User) -> UserCodeSettings:
    """The user's stored settings; without a row, everything is off."""
    stored: UserCodeSettings | None = getattr(user, "code_settings", None)
    return stored or UserCodeSettings(user=user)


@value_class
class Deviation:
    """A rule that is in force for a user otherwise than for all who have no settings of their own.

    ``on``: what it is for this user; for the others it is the opposite.
    """

    name: str
    label: str
    on: bool


def deviations_of(
    account: AccountCodeSettings | None, stored: UserCodeSettings
) -> tuple[Deviation, ...]:
    """In what a user deviates from the account's settings, in the order of the pages."""
    if account is None or not stored.override:
        return ()
    names = deviations(account.value, stored.value)
    return tuple(
        Deviation(rule.name, rule.label, not getattr(account, rule.name))
        for rule in RULES
        if rule.name in names
    )
