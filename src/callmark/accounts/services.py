"""Accounts, people and extensions: adding and changing. All or nothing; raises :class:`Refused`.

``actor`` is who asks, for the audit; None: the one the origin names, such as the command line.
"""

from collections.abc import Callable, Iterable, Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction

from callmark.accounts.access import refuse_losing_the_last
from callmark.accounts.activity import note, values_of
from callmark.accounts.models import Account, Extension, PhoneNumber, Role, Switch, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import policy_changed
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action

DEFAULT_SWITCH = "main"

ACCOUNT_CHANGES = frozenset(
    {
        "name",
        "country",
        "outside_prefix",
        "star_code",
        "international_regions",
        "own_numbers",
        "answer_first",
        "calls_kept_days",
        "activity_kept_days",
    }
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
    own_numbers: Iterable[str] = (),
    actor: User | None = None,
) -> Account:
    """Add a customer organization. ``country`` is ISO 3166 alpha-2, its users' home by default.

    ``own_numbers`` are the switch's, as :class:`~callmark.policy.numbering.OwnNumbers` reads them.
    """
    refuse_bad_name(name)
    account = Account(
        slug=slug,
        name=name,
        country=country,
        outside_prefix=outside_prefix,
        international_regions=list(international_regions),
        own_numbers=_own_numbers(own_numbers),
    )
    _save_checked(account)
    policy_changed(account)
    after = values_of(account, ("slug", *ACCOUNT_CHANGES))
    note(Action.ACCOUNT_ADDED, account, account, actor=actor, after=after)
    return account


@transaction.atomic
def change_account(
    account: Account,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None = None,
) -> Account:
    """Change an account's name, home country, outside prefix, star code, billed regions, the
    switch's own numbers, whether callers are answered before they are asked, or how many days its
    records are kept.

    The slug stays: addresses and dialplans hold it. ``expected_version`` is compared with
    :func:`account_version`; None: changed in any case.
    """
    _refuse_if_changed(account, ACCOUNT_CHANGES, expected_version)
    if "own_numbers" in changes:
        changes = {**changes, "own_numbers": _own_numbers(changes["own_numbers"])}
    before = _change(account, changes, ACCOUNT_CHANGES)
    policy_changed(account)
    note(Action.ACCOUNT_CHANGED, account, account, actor=actor, before=before, after=changes)
    return account


def account_version(account: Account) -> str:
    """What changes whenever somebody changes an account's details."""
    return version_of(account, ACCOUNT_CHANGES)


@transaction.atomic
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
        raise Refused("An operator belongs to no account; everybody else needs one.", "account")
    refuse_bad_name(name)
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
    after = values_of(person, PERSON_CHANGES)
    note(Action.PERSON_ADDED, account, person, actor=actor, after=after)
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
    _save_checked(trunk)
    policy_changed(account)
    after = values_of(trunk, ("name", "home_country", "is_trunk"))
    note(Action.PERSON_ADDED, account, trunk, actor=actor, after=after)
    if endpoint:
        add_extension(trunk, number="", endpoint=endpoint, switch=switch, actor=actor)
    return trunk


@transaction.atomic
def change_person(
    person: User,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> User:
    """Change name, e-mail address, role, home country or ``is_active`` of an account's person.

    Nobody takes away their own rights: an account could be left without an administrator.
    ``expected_version`` is compared with :func:`person_version`; None: changed in any case.
    """
    account = _account_of(person)
    _refuse_if_changed(person, PERSON_CHANGES, expected_version)
    if actor == person and {"role", "is_active"} & changes.keys():
        raise Refused(
            "You cannot change your own role or deactivate yourself: ask another administrator.",
            "role" if "role" in changes else "is_active",
        )
    if "email" in changes:
        changes = {**changes, "email": User.objects.normalize_email(str(changes["email"] or ""))}
        changes["email"] = changes["email"] or None
    if _takes_rights_away(person, changes):
        refuse_losing_the_last(person, actor=actor)
    before = _change(person, changes, PERSON_CHANGES)
    policy_changed(account)
    note(Action.PERSON_CHANGED, account, person, actor=actor, before=before, after=changes)
    return person


def person_version(person: User) -> str:
    """What changes whenever somebody changes a person."""
    return version_of(person, PERSON_CHANGES)


def _takes_rights_away(person: User, changes: Mapping[str, object]) -> bool:
    """Whether the person could no longer sign in, or no longer as what they are."""
    same_role = changes.get("role", person.role) == person.role
    return not (same_role and changes.get("is_active", True) and changes.get("email", True))


@transaction.atomic
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
    account = _account_of(user)
    on, _ = Switch.objects.get_or_create(name=switch)
    extension = Extension(account=account, user=user, number=number, switch=on, endpoint=endpoint)
    _save_checked(extension)
    policy_changed(account)
    after = {"user": user.name, "number": number, "endpoint": endpoint, "switch": switch}
    note(Action.EXTENSION_ADDED, account, extension, actor=actor, after=after)
    return extension


@transaction.atomic
def forget_machine(name: str, *, actor: User | None = None) -> None:
    """Let another machine have a switch's name: the next that speaks under it does."""
    switch = Switch.objects.select_for_update().filter(name=name).first()
    if switch is None:
        known = ", ".join(Switch.objects.values_list("name", flat=True)) or "none yet"
        raise Refused(f"There is no switch {name!r}. Switches: {known}.", "name")
    note(
        Action.MACHINE_FORGOTTEN,
        None,
        switch,
        actor=actor,
        before={"entity": switch.entity},
        after={"entity": ""},
    )
    switch.entity = switch.refused_entity = ""
    switch.refused, switch.refused_at = 0, None
    switch.save()


@transaction.atomic
def add_phone_number(user: User, *, e164: str, actor: User | None = None) -> PhoneNumber:
    """Give a user an outside number such as +12125550100."""
    account = _account_of(user)
    number = PhoneNumber(account=account, user=user, e164=e164)
    _save_checked(number)
    policy_changed(account)
    after = {"user": user.name, "e164": e164}
    note(Action.PHONE_NUMBER_ADDED, account, number, actor=actor, after=after)
    return number


@transaction.atomic
def remove_number(number: Extension | PhoneNumber, *, actor: User | None = None) -> None:
    """Take an extension or an outside number away from its user."""
    account = number.account
    is_extension = isinstance(number, Extension)
    removed = Action.EXTENSION_REMOVED if is_extension else Action.PHONE_NUMBER_REMOVED
    note(removed, account, number, actor=actor, before={"user": number.user.name})
    number.delete()
    policy_changed(account)


def _own_numbers(texts: object) -> object:
    """As they are stored: without spaces around them, each once. What is wrong is said later."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        return texts
    trimmed = (one.strip() if isinstance(one, str) else one for one in texts)
    return list(dict.fromkeys(one for one in trimmed if one != ""))


def _refuse_if_changed(row: models.Model, names: frozenset[str], expected: str | None) -> None:
    if expected is not None:
        stored = type(row)._default_manager.select_for_update().filter(pk=row.pk).get()
        refuse_if_changed(expected, version_of(stored, names))


def _change(
    row: models.Model, changes: Mapping[str, object], allowed: frozenset[str]
) -> dict[str, object]:
    """Save the changes; return the values before, as the database had them."""
    if unknown := changes.keys() - allowed:
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    if "name" in changes:
        refuse_bad_name(str(changes["name"]))
    stored = type(row)._default_manager.select_for_update().filter(pk=row.pk)
    before = stored.values("pk", *changes).get()
    del before["pk"]
    for name, value in changes.items():
        setattr(row, name, value)
    _refused_if_invalid(row.full_clean, None)
    row.save(update_fields=list(changes))
    return before


def _account_of(user: User) -> Account:
    if user.account is None:
        raise Refused("An operator belongs to no account and has no extensions.")
    return user.account


def _save_checked(row: models.Model) -> None:
    _refused_if_invalid(row.full_clean, None)
    row.save(force_insert=True)


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


def _refused_if_invalid(check: Callable[[], object], field: str | None) -> None:
    try:
        check()
    except ValidationError as problem:
        if field is None and hasattr(problem, "error_dict"):
            field = next(iter(problem.error_dict))
        if field == NON_FIELD_ERRORS:
            field = next((_FIELDS[text] for text in problem.messages if text in _FIELDS), None)
        raise Refused(" ".join(problem.messages), field) from None
