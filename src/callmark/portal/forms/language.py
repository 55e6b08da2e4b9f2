"""What language a person reads, and in which time zone."""

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
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", own.format(language=above)),
            *LANGUAGES.items(),
        ]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", gettext("The account's")),
            *((one, one.replace("_", " ")) for one in time_zones()),
        ]
