"""For an operator who lost phone and recovery codes: nobody else may be left to help."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.sign_in.people import remove_second_factors


class Command(BaseCommand):
    """``callmark manage reset_second_factor EMAIL``."""

    help = "Remove a person's authenticator app, passkeys and recovery codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("email")

    def handle(self, *_: object, **options: str) -> None:
        """Remove them, and say so."""
        people = User.objects.of_every_account("the server's command line may see them all")
        person = people.filter(email__iexact=options["email"]).first()
        if person is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        try:
            remove_second_factors(person, actor=None)
        except Refused as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(f"{person.name} signs in with the password alone now.")
