"""For a provider that was set up anew and knows people by another subject now."""

from argparse import ArgumentParser

from allauth.socialaccount.models import SocialAccount
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.sign_in.company_links import release


class Command(BaseCommand):
    """``callmark manage forget_company_identities EMAIL``, or ``--everybody``."""

    help = "Forget who people are at the company's provider: their address decides once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("email", nargs="?")
        parser.add_argument("--everybody", action="store_true")

    def handle(self, *_: object, email: str | None = None, everybody: bool, **__: object) -> None:
        """Forget, and say for how many."""
        if everybody == bool(email):
            raise CommandError("Name one e-mail address, or --everybody.")
        found = _of_address(email) if email else _who_came()
        try:
            for person in found:
                release(person, actor=None)
        except Refused as refused:
            raise CommandError(refused.message) from None
        count = "1 person" if len(found) == 1 else f"{len(found)} people"
        self.stdout.write(
            f"Forgotten for {count}, signed out everywhere: who comes next with the verified "
            "address is taken for them."
        )


def _everybody() -> QuerySet[User]:
    return User.objects.of_every_account("the server's command line may see them all")


def _of_address(email: str) -> list[User]:
    found = list(_everybody().filter(email__iexact=email))
    if not found:
        raise CommandError(f"Nobody signs in as {email}.")
    return found


def _who_came() -> list[User]:
    came = SocialAccount.objects.values("user")
    found = list(_everybody().filter(pk__in=came))
    if not found:
        raise CommandError("Nobody has signed in with the company yet.")
    return found
