"""What several commands need: Django set up, accounts and users found, clear errors."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from callmark.accounts.models import Account, User


def echo(text: str, *, err: bool = False) -> None:
    """Print a line, at once: other programs wait for it."""
    stream = sys.stderr if err else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def fail(message: str) -> NoReturn:
    """Say what is wrong and what to do next, and exit with 2."""
    echo(f"callmark: {message}", err=True)
    raise SystemExit(2)


@contextmanager
def database(*, log_progress: bool = False, pages: bool = True) -> Iterator[None]:
    """Set Django up; refusals and a database that is not there become clear messages.

    Without ``pages`` the apps that serve pages and programs stay out: only for a command that
    deletes nothing, because their rows would not be known of.
    """
    import gc
    import logging

    _set_up(pages=pages)
    from django.db import DatabaseError

    gc.freeze()
    gc.enable()
    if not log_progress:
        logging.getLogger("callmark").setLevel(logging.WARNING)
    from callmark.accounts.refused import Refused
    from callmark.audit.origin import COMMAND_LINE, acting
    from callmark.keys.keyring import KeyProblem

    try:
        with acting(COMMAND_LINE):
            yield
    except Refused as refused:
        fail(f"{refused.field}: {refused.message}" if refused.field else refused.message)
    except KeyProblem as problem:
        fail(f"{problem}.")
    except DatabaseError as problem:
        fail(
            f"the database cannot be used ({type(problem).__name__}). Check CALLMARK_DATA_DIR or "
            "CALLMARK_DATABASE_URL, and run 'callmark manage migrate' if it is new."
        )


NEVER_ASKED_FOR = (
    "asyncio",
    "bz2",
    "cryptography.hazmat.primitives.ciphers",
    "django.contrib.auth",
    "django.contrib.auth.password_validation",
    "django.core.checks",
    "django.forms",
    "email.message",
    "email.utils",
    "lzma",
    "multiprocessing",
    "phonenumbers",
    "socket",
    "sqlparse",
    "ssl",
    "statistics",
    "subprocess",
    "tempfile",
)
"""What Django's models name as they load; a command without pages asks for nothing of it."""


def _set_up(*, pages: bool) -> None:
    if pages:
        import django

        django.setup()
        return
    import os

    from callmark.cli.later import load_later
    from callmark.log_format import configure

    load_later(*NEVER_ASKED_FOR)
    from django.apps import apps
    from django.conf import settings

    # django.setup() would load what mails errors and what knows the addresses of pages.
    configure(os.environ)
    settings.INSTALLED_APPS = settings.APPS_WITHOUT_PAGES
    # Models name texts as they load, and Django would read its catalogs to compare two of them.
    settings.USE_I18N = False
    apps.populate(settings.INSTALLED_APPS)


def find_account(name: str) -> "Account":
    """The account with this short name (slug), full name or id."""
    from callmark.accounts.models import Account

    for account in Account.objects.all():
        if name.casefold() in {account.slug, account.name.casefold(), str(account.pk)}:
            return account
    known = ", ".join(Account.objects.values_list("slug", flat=True)[:20]) or "none yet"
    fail(f"there is no account {name!r}. Accounts: {known}.")


def find_user(account: "Account", name: str) -> "User":
    """The account's user with this extension, e-mail address, name, phone number or id."""
    from callmark.accounts.models import Extension, PhoneNumber, User

    numbered = {
        *Extension.objects.of(account).filter(number=name).values_list("user_id", flat=True),
        *PhoneNumber.objects.of(account).filter(e164=name).values_list("user_id", flat=True),
    }
    found = []
    for user in User.objects.of(account):
        names = {user.name.casefold(), (user.email or "").casefold(), str(user.pk)}
        if name and (name.casefold() in names or user.pk in numbered):
            found.append(user)
    if len(found) > 1:
        fail(f"several users of {account.slug!r} are called {name!r}: give an extension instead.")
    if found:
        return found[0]
    fail(f"there is no user {name!r} on {account.slug!r}: give an extension, e-mail or name.")


def find_operator(name: str) -> "User":
    """The operator with this e-mail address, name or id."""
    from callmark.accounts.models import Role, User

    found = [
        operator
        for operator in User.objects.of_no_account().filter(role=Role.OPERATOR)
        if name.casefold()
        in {operator.name.casefold(), (operator.email or "").casefold(), str(operator.pk)}
    ]
    if len(found) > 1:
        fail(f"several operators are called {name!r}: give an e-mail address instead.")
    if found:
        return found[0]
    fail(f"there is no operator {name!r}: give an e-mail address, or --account for its people.")


def ask_for_password() -> str:
    """Typed twice, without showing it."""
    from getpass import getpass

    while True:
        password = getpass("Password: ")
        if password and password == getpass("Repeat for confirmation: "):
            return password
        echo("The two do not match.", err=True)


def confirm(question: str) -> None:
    """Go on only after a yes; anything else ends the command with 1."""
    try:
        answer = input(f"{question} [y/N]: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        echo("Nothing was done.", err=True)
        raise SystemExit(1)
