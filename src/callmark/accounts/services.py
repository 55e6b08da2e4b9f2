"""Accounts, people and extensions: adding and changing. All or nothing; raises :class:`Refused`.

``actor`` is who asks, for the audit; None: the one the origin names, such as the command line.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.password_validation import validate_password
from django.db import models, transaction
from django.utils.translation import gettext

from callmark.accounts.access import refuse_losing_the_last
from callmark.accounts.changes import change
from callmark.accounts.models import (
    ACCOUNT_CHANGES,
    PERSON_CHANGES,
    Account,
    Extension,
    PhoneNumber,
    Role,
    Switch,
    User,
)
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.accounts.row_checks import check_row
from callmark.accounts.short_names import RESERVED, suggested_short_name
from callmark.accounts.signals import calendar_changed
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action

DEFAULT_SWITCH = "main"


def add_account(
    *,
    slug: str = "",
    name: str,
    country: str = "US",
    outside_prefix: str = "",
    international_regions: tuple[str, ...] = (),
    own_numbers: Iterable[str] = (),
    actor: User | None = None,
) -> Account:
    """Add a customer organization. ``country`` is ISO 3166 alpha-2, its users' home by default.

    Without a ``slug`` it gets :func:`suggested_short_name`.
    ``own_numbers`` are the switch's, as :class:`~callmark.policy.numbering.OwnNumbers` reads them.
    """
    refuse_bad_name(name)
    slug = slug or suggested_short_name(name)
    if slug in RESERVED:
        raise Refused(gettext("The portal itself uses this short name: choose another."), "slug")
    account = Account(
        slug=slug,
        name=name,
        country=country,
        outside_prefix=outside_prefix,
        international_regions=list(international_regions),
        own_numbers=_own_numbers(own_numbers),
    )
    entered = ("slug", *ACCOUNT_CHANGES)
    with change(account, Action.ACCOUNT_ADDED, account, actor=actor, only=entered):
        _refuse_if_invalid(account)
    return account


def change_account(
    account: Account,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None = None,
) -> Account:
    """Change an account's name, home country, outside prefix, star code, billed regions, the
    switch's own numbers, whether callers are answered before they are asked, how many days its
    records are kept, its time zone and the day its months begin, how CSV is written, or whether
    users may correct their own calls. Totals of open months follow a change of the calendar.

    The slug stays: addresses and dialplans hold it. ``expected_version`` is compared with
    :func:`account_version`; None: changed in any case.
    """
    if "own_numbers" in changes:
        changes = {**changes, "own_numbers": _own_numbers(changes["own_numbers"])}
    with change(account, Action.ACCOUNT_CHANGED, account, actor=actor):
        refuse_if_changed(expected_version, account_version(account))
        calendar = (account.zone, account.billing_day)
        _assign(account, changes, ACCOUNT_CHANGES)
        calendar_differs = calendar != (account.zone, account.billing_day)
    if calendar_differs:
        calendar_changed.send(Account, account=account)
    return account


def account_version(account: Account) -> str:
    """What changes whenever somebody changes an account's details."""
    return version_of(account, ACCOUNT_CHANGES)


def add_person(
    account: Account | None,
    *,
    name: str,
    email: str | None = None,
    password: str | None = None,
    role: str = Role.USER,
    home_country: str = "",
    actor: User | None = None,
) -> User:
    """Add a person; with e-mail address and password they can sign in. Account codes: off."""
    if (account is None) != (role == Role.OPERATOR):
        raise Refused(
            gettext("An operator belongs to no account; everybody else needs one."), "account"
        )
    refuse_bad_name(name)
    person = User(
        account=account,
        name=name,
        email=User.objects.normalize_email(email) or None,
        role=role,
        home_country=home_country,
    )
    if password is not None:
        refuse_if_invalid(lambda: validate_password(password, person), "password")
    person.set_password(password)
    with change(account, Action.PERSON_ADDED, person, actor=actor):
        _refuse_if_invalid(person)
    return person


@transaction.atomic
def add_trunk(
    account: Account,
    *,
    name: str,
    home_country: str = "",
    endpoint: str = "",
    switch: str = DEFAULT_SWITCH,
    actor: User | None = None,
) -> User:
    """Add a SIP trunk, with a PBX of the account behind it: it pays for its calls as users do.

    Without ``endpoint`` it is not connected yet: :func:`add_extension` does that, too. A carrier's
    trunk is not entered: whom nobody knows is an outsider.
    """
    refuse_bad_name(name)
    trunk = User(account=account, name=name, home_country=home_country, is_trunk=True)
    trunk.set_unusable_password()
    entered = ("name", "home_country")
    with change(account, Action.PERSON_ADDED, trunk, actor=actor, only=entered) as added:
        _refuse_if_invalid(trunk)
        added.after["is_trunk"] = True
    if endpoint:
        add_extension(trunk, number="", endpoint=endpoint, switch=switch, actor=actor)
    return trunk


def change_person(
    person: User,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> User:
    """Change what :data:`PERSON_CHANGES` names of an account's person; of an operator, whether
    they are active, their language and their time zone.

    Nobody takes away their own rights: an account could be left without an administrator.
    ``expected_version`` is compared with :func:`person_version`; None: changed in any case.
    """
    own = changes.keys() <= {"is_active", "language", "time_zone"}
    account = person.account if own else account_of(person)
    if actor == person:
        _refuse_to_change_oneself(account, changes)
    if "email" in changes:
        changes = {**changes, "email": User.objects.normalize_email(str(changes["email"] or ""))}
        changes["email"] = changes["email"] or None
    with transaction.atomic():
        if _takes_rights_away(person, changes):
            refuse_losing_the_last(person, actor=actor)
        with change(account, Action.PERSON_CHANGED, person, actor=actor):
            refuse_if_changed(expected_version, person_version(person))
            _assign(person, changes, PERSON_CHANGES)
    return person


def person_version(person: User) -> str:
    """What changes whenever somebody changes a person."""
    return version_of(person, PERSON_CHANGES)


def _refuse_to_change_oneself(account: Account | None, changes: Mapping[str, object]) -> None:
    if account is None and "is_active" in changes:
        raise Refused(gettext("You cannot deactivate yourself: ask another operator."), "is_active")
    if {"role", "is_active"} & changes.keys():
        raise Refused(
            gettext(
                "You cannot change your own role or deactivate yourself: ask another administrator."
            ),
            "role" if "role" in changes else "is_active",
        )


def _takes_rights_away(person: User, changes: Mapping[str, object]) -> bool:
    """Whether the person could no longer sign in, or no longer as what they are."""
    same_role = changes.get("role", person.role) == person.role
    return not (same_role and changes.get("is_active", True) and changes.get("email", True))


def add_extension(
    user: User,
    *,
    number: str,
    endpoint: str,
    switch: str = DEFAULT_SWITCH,
    actor: User | None = None,
) -> Extension:
    """Give a user an extension; ``endpoint`` is its name on the switch (a PJSIP endpoint, say).

    A SIP trunk's ``number`` is ''.
    """
    account = account_of(user)
    extension = Extension(account=account, user=user, number=number, endpoint=endpoint)
    with change(account, Action.EXTENSION_ADDED, extension, actor=actor):
        extension.switch, _ = Switch.objects.get_or_create(name=switch)
        _refuse_if_invalid(extension)
    return extension


def forget_machine(name: str, *, actor: User | None = None) -> None:
    """Let another machine have a switch's name: the next that speaks under it does."""
    switch = Switch.objects.filter(name=name).first()
    if switch is None:
        known = ", ".join(Switch.objects.values_list("name", flat=True)) or "none yet"
        raise Refused(f"There is no switch {name!r}. Switches: {known}.", "name")
    with change(None, Action.MACHINE_FORGOTTEN, switch, actor=actor):
        switch.entity = switch.refused_entity = ""
        switch.refused, switch.refused_at = 0, None


def add_phone_number(user: User, *, e164: str, actor: User | None = None) -> PhoneNumber:
    """Give a user an outside number such as +12125550100."""
    account = account_of(user)
    number = PhoneNumber(account=account, user=user, e164=e164)
    with change(account, Action.PHONE_NUMBER_ADDED, number, actor=actor):
        _refuse_if_invalid(number)
    return number


def remove_number(number: Extension | PhoneNumber, *, actor: User | None = None) -> None:
    """Take an extension or an outside number away from its user."""
    is_extension = isinstance(number, Extension)
    removed = Action.EXTENSION_REMOVED if is_extension else Action.PHONE_NUMBER_REMOVED
    with change(number.account, removed, number, actor=actor, only=("user",)):
        number.delete()


def _own_numbers(texts: object) -> object:
    """As they are stored: without spaces around them, each once. What is wrong is said later."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        return texts
    trimmed = (one.strip() if isinstance(one, str) else one for one in texts)
    return list(dict.fromkeys(one for one in trimmed if one != ""))


def _assign(row: models.Model, changes: Mapping[str, object], allowed: frozenset[str]) -> None:
    if unknown := changes.keys() - allowed:
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    if "name" in changes:
        refuse_bad_name(str(changes["name"]))
    for name, value in changes.items():
        setattr(row, name, value)
    _refuse_if_invalid(row)


def account_of(user: User) -> Account:
    """The user's account. Raises :class:`Refused` for an operator."""
    if user.account is None:
        raise Refused(gettext("An operator belongs to no account and has no extensions."))
    return user.account


# Django does not say which field a constraint is about.
_FIELDS = {
    str(constraint.violation_error_message): field
    for model, fields in (
        (User, {"user_email_once_in_any_case": "email"}),
        (
            Extension,
            {"extension_once_in_an_account": "number", "endpoint_once_on_a_switch": "endpoint"},
        ),
    )
    for constraint in model._meta.constraints
    if (field := fields.get(constraint.name))
}


def _refuse_if_invalid(row: models.Model) -> None:
    refuse_if_invalid(lambda: check_row(row), constraints=_FIELDS)
