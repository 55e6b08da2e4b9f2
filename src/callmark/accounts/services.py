"""Accounts, people and extensions: adding and changing. All or nothing; raises :class:`Refused`."""

from collections.abc import Callable, Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models, transaction

from callmark.accounts.models import Account, Extension, PhoneNumber, Role, Switch, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import policy_changed

DEFAULT_SWITCH = "main"

ACCOUNT_CHANGES = frozenset(
    {"name", "country", "outside_prefix", "star_code", "international_regions"}
)
PERSON_CHANGES = frozenset({"name", "email", "role", "home_country", "is_active"})


@transaction.atomic
def add_account(
    *,
    slug: str,
    name: str,
    country: str = "US",
    outside_prefix: str = "",
    international_regions: tuple[str, ...] = (),
) -> Account:
    """Add a customer organisation. ``country`` is ISO 3166 alpha-2, its users' home by default."""
    account = Account(
        slug=slug,
        name=name,
        country=country,
        outside_prefix=outside_prefix,
        international_regions=list(international_regions),
    )
    _save_checked(account)
    policy_changed(account)
    return account


@transaction.atomic
def change_account(account: Account, changes: Mapping[str, object]) -> Account:
    """Change an account's name, home country, outside prefix, star code or billed regions.

    The slug stays: addresses and dialplans hold it.
    """
    _change(account, changes, ACCOUNT_CHANGES)
    policy_changed(account)
    return account


@transaction.atomic
def add_person(
    account: Account | None,
    *,
    name: str,
    email: str | None = None,
    password: str | None = None,
    role: str = Role.USER,
    home_country: str = "",
) -> User:
    """Add a person; with e-mail address and password he or she can sign in. Account codes: off."""
    if (account is None) != (role == Role.OPERATOR):
        raise Refused("An operator belongs to no account; everybody else needs one.", "account")
    person = User(
        account=account,
        name=name,
        email=User.objects.normalize_email(email) or None,
        role=role,
        home_country=home_country,
    )
    if password is not None:
        _refused_if_invalid(lambda: validate_password(password, person), "password")
    person.set_password(password)
    _save_checked(person)
    if account is not None:
        policy_changed(account)
    return person


@transaction.atomic
def change_person(person: User, changes: Mapping[str, object], *, actor: User | None) -> User:
    """Change name, e-mail address, role, home country or ``is_active`` of an account's person.

    Nobody takes away his own rights: an account could be left without an administrator.
    """
    account = _account_of(person)
    if actor == person and {"role", "is_active"} & changes.keys():
        raise Refused(
            "You cannot change your own role or deactivate yourself: ask another administrator.",
            "role" if "role" in changes else "is_active",
        )
    _change(person, changes, PERSON_CHANGES)
    policy_changed(account)
    return person


@transaction.atomic
def add_extension(
    user: User, *, number: str, endpoint: str, switch: str = DEFAULT_SWITCH
) -> Extension:
    """Give a user an extension; ``endpoint`` is its name on the switch (a PJSIP endpoint, say)."""
    account = _account_of(user)
    on, _ = Switch.objects.get_or_create(name=switch)
    extension = Extension(account=account, user=user, number=number, switch=on, endpoint=endpoint)
    _save_checked(extension)
    policy_changed(account)
    return extension


@transaction.atomic
def add_phone_number(user: User, *, e164: str) -> PhoneNumber:
    """Give a user an outside number such as +12125550100."""
    account = _account_of(user)
    number = PhoneNumber(account=account, user=user, e164=e164)
    _save_checked(number)
    policy_changed(account)
    return number


@transaction.atomic
def remove_number(number: Extension | PhoneNumber) -> None:
    """Take an extension or an outside number away from its user."""
    account = number.account
    number.delete()
    policy_changed(account)


def _change(row: models.Model, changes: Mapping[str, object], allowed: frozenset[str]) -> None:
    if unknown := changes.keys() - allowed:
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    for name, value in changes.items():
        setattr(row, name, value)
    _refused_if_invalid(row.full_clean, None)
    row.save(update_fields=list(changes))


def _account_of(user: User) -> Account:
    if user.account is None:
        raise Refused("An operator belongs to no account and has no extensions.")
    return user.account


def _save_checked(row: models.Model) -> None:
    _refused_if_invalid(row.full_clean, None)
    row.save(force_insert=True)


def _refused_if_invalid(check: Callable[[], object], field: str | None) -> None:
    try:
        check()
    except ValidationError as problem:
        if field is None and hasattr(problem, "error_dict"):
            field = next(iter(problem.error_dict))
        raise Refused(" ".join(problem.messages), field) from None
