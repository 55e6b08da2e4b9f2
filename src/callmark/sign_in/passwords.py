"""Words that everybody would try first on an installation of Callmark."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from callmark.accounts.models import User

# docs/security/people.md lists them: "Words that are not passwords".
CONTEXT_WORDS = frozenset(
    {
        "callmark",
        "account",
        "accounts",
        "code",
        "codes",
        "accountcode",
        "accountcodes",
        "telephone",
        "phone",
        "voice",
        "operator",
        "administrator",
        "admin",
        "reporter",
        "asterisk",
        "password",
        "passwort",
        "welcome",
    }
)


class ContextWordsValidator:
    """Refuses a password of nothing but such words, the account's name, digits and signs."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ``ValidationError`` for one that says only where it is used."""
        rest = password.casefold()
        for word in sorted(CONTEXT_WORDS | _words_of(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        if not re.search(r"[^\W\d_]", rest) and re.search(r"[^\W\d_]", password):
            raise ValidationError(self.get_help_text(), code="password_context_words")

    def get_help_text(self) -> str:
        """What to do instead."""
        return gettext("Choose more than the product's or the account's name with digits.")


def _words_of(user: User | None) -> set[str]:
    account = user.account if user is not None else None
    if account is None:
        return set()
    text = f"{account.name} {account.slug}".casefold()
    return {word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 2}
