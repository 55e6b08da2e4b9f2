"""``callmark add|delete ...``: the accounts, people and phones that an operator sets up."""

from typing import Annotated

from callmark.cli import app
from callmark.cli.commands import Argument, Group, Option
from callmark.cli.shared import (
    ask_for_password,
    confirm,
    database,
    echo,
    find_account,
    find_operator,
    find_user,
)

add = app.add("add", Group("Add accounts, people, extensions and numbers."))

set_ = app.add("set", Group("Change what an operator has set up."))

delete = app.add("delete", Group("Delete people who leave."))

AccountName = Annotated[str, Option("--account", help="The account's short name.")]
UserName = Annotated[str, Option("--user", help="An extension, e-mail address or name.")]


@add.command("account")
def add_account(
    slug: Annotated[str, Argument(help="Short name, used in web addresses.")],
    name: Annotated[str, Option(help="The organization's name.")],
    country: Annotated[str, Option(help="Home country of its users.")] = "US",
    prefix: Annotated[str, Option(help="Outside-line prefix, such as 9.")] = "",
    billed_as_international: Annotated[
        list[str] | None,
        Option(help="A country inside the own calling code to treat as international."),
    ] = None,
) -> None:
    """Add a customer organization."""
    with database():
        from callmark.accounts import services

        services.add_account(
            slug=slug,
            name=name,
            country=country.upper(),
            outside_prefix=prefix,
            international_regions=tuple(one.upper() for one in billed_as_international or ()),
        )
        echo(f"added account {slug}")


@add.command("person")
def add_person(
    name: str,
    account: Annotated[str, Option(help="Short name; leave out for an operator.")] = "",
    email: Annotated[str, Option(help="To sign in with.")] = "",
    role: Annotated[str, Option(help="operator, administrator, reporter or user.")] = "user",
    country: Annotated[str, Option(help="Home country, if not the account's.")] = "",
) -> None:
    """Add a person. With an e-mail address, a password is asked for."""
    with database():
        from callmark.accounts import services

        password = None
        if email:
            password = ask_for_password()
        services.add_person(
            find_account(account) if account else None,
            name=name,
            email=email or None,
            password=password,
            role=role,
            home_country=country.upper(),
        )
        echo(f"added {name}")


@add.command("extension")
def add_extension(
    number: str,
    account: AccountName,
    user: UserName,
    endpoint: Annotated[
        str, Option(help="Its name on the switch: acme-101; user@domain on FreeSWITCH.")
    ],
    switch: Annotated[str, Option(help="The switch it is on.")] = "main",
) -> None:
    """Give a user an extension."""
    with database():
        from callmark.accounts import services

        person = find_user(find_account(account), user)
        services.add_extension(person, number=number, endpoint=endpoint, switch=switch)
        echo(f"added extension {number}")


@add.command("trunk")
def add_trunk(
    name: Annotated[str, Argument(help="What call history calls it, such as 'Old PBX'.")],
    account: AccountName,
    endpoint: Annotated[str, Option(help="Its name on the switch, such as acme-pbx.")],
    switch: Annotated[str, Option(help="The switch it is on.")] = "main",
    country: Annotated[str, Option(help="Home country, if not the account's.")] = "",
) -> None:
    """Add a SIP trunk with a PBX of the account behind it; a carrier's is not entered."""
    with database():
        from callmark.accounts import services

        services.add_trunk(
            find_account(account),
            name=name,
            endpoint=endpoint,
            switch=switch,
            home_country=country.upper(),
        )
        echo(f"added trunk {name}")


@set_.command("own-numbers")
def set_own_numbers(
    account: Annotated[str, Argument(help="The account's short name.")],
    numbers: Annotated[
        list[str] | None,
        Argument(help="All of them, such as 600 '*97' _7XX; none: the list is emptied."),
    ] = None,
) -> None:
    """Say which numbers are the switch's own: groups, queues, conferences, mailboxes.

    Calls to them are internal. Make the switch's configuration anew afterwards.
    """
    with database():
        from callmark.accounts import services

        changed = services.change_account(find_account(account), {"own_numbers": numbers or []})
        echo(f"own numbers of {changed.slug}: {', '.join(changed.own_numbers) or 'none'}")


@add.command("number")
def add_number(e164: str, account: AccountName, user: UserName) -> None:
    """Give a user an outside phone number, written as +12125550100."""
    with database():
        from callmark.accounts import services

        services.add_phone_number(find_user(find_account(account), user), e164=e164)
        echo(f"added number {e164}")


@delete.command("person")
def delete_person(
    name: Annotated[str, Argument(help="An extension, e-mail address, name or id.")],
    account: Annotated[str, Option(help="Short name; leave out for an operator.")] = "",
    yes: Annotated[bool, Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a user or an operator: phones, sign-in and API tokens go, call history stays."""
    with database():
        from callmark.accounts import deletion

        person = find_user(find_account(account), name) if account else find_operator(name)
        if not yes:
            where = f"of {account}" if account else "the operator"
            confirm(f"Delete {person.name} ({where}) for good?")
        deletion.delete_person(person, actor=None)
        echo(f"deleted {person.name}")
