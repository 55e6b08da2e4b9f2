"""What language a person reads, and in which time zone."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import User
from callmark.accounts.services import person_version
from callmark.accounts.time_zones import time_zones
from callmark.languages import LANGUAGES, language_of
from callmark.portal.forms.stored import Data, StoredForm


class LanguageForm(StoredForm):
    """One's own language and time zone; nothing chosen is what the account has."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Of pages and mails, and of the prompts you hear on the phone."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "In which times of calls and of activity are told. Days and months are counted in the "
            "account's."
        ),
    )

    def __init__(self, person: User, data: Data = None) -> None:
        stored = {"language": person.language, "time_zone": person.time_zone}
        super().__init__(data, stored, version=person_version(person))
        above = LANGUAGES.get(language_of(person.account), "")
        own = gettext("The account's ({language})") if person.account else "{language}"
        languages = language_choices(own.format(language=above))
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        zones = zone_choices(gettext("The account's"), time_zones())
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]


def language_choices(inherited: str) -> list[tuple[str, str]]:
    """Every language, after what holds where none is chosen."""
    return [("", inherited), *LANGUAGES.items()]


def zone_choices(inherited: str, zones: Iterable[str]) -> list[tuple[str, str]]:
    """These time zones (IANA), after what holds where none is chosen."""
    return [("", inherited), *((one, one.replace("_", " ")) for one in zones)]
