"""How the account counts its days, how its files are written, and who may correct calls."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.csv_forms import CsvChoice, choice_of
from callmark.accounts.models import Account
from callmark.accounts.services import account_version
from callmark.accounts.time_zones import time_zone_of, time_zones
from callmark.languages import LANGUAGES, language_of
from callmark.portal.forms.language import language_choices, zone_choices
from callmark.portal.forms.stored import Data, StoredForm

_FIELDS = ("language", "time_zone", "billing_day", "csv_choice", "users_may_correct")


class CalendarForm(StoredForm):
    """Time zone, billing day, CSV files, and whether users correct their own calls."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy(
            "Of prompts, reports and bills, and of the pages and mails of people who have not "
            "chosen their own."
        ),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "Days and months of calls are counted in it, and pages tell their times in it."
        ),
    )
    billing_day = forms.IntegerField(
        label=gettext_lazy("Day on which a month begins"),
        min_value=1,
        max_value=28,
        help_text=gettext_lazy("1 for calendar months; another one if your bills begin on it."),
        error_messages={
            "min_value": gettext_lazy("Use a day from 1 to 28."),
            "max_value": gettext_lazy("Use a day from 1 to 28."),
        },
    )
    csv_choice = forms.ChoiceField(
        label=gettext_lazy("CSV files"),
        required=False,
        help_text=gettext_lazy(
            "For people with a spreadsheet. Files for billing systems and programs stay "
            "as those read them."
        ),
    )
    users_may_correct = forms.BooleanField(
        label=gettext_lazy("Users may correct their own calls"),
        required=False,
        help_text=gettext_lazy(
            "On: users who sign in assign and change the codes of their calls in My calls."
        ),
    )

    def __init__(self, account: Account, data: Data = None) -> None:
        stored = {name: getattr(account, name) for name in _FIELDS}
        super().__init__(data, stored, version=account_version(account))
        nothing = gettext("The installation's ({language})").format(
            language=LANGUAGES.get(language_of(), "")
        )
        self.fields["language"].choices = language_choices(nothing)  # type: ignore[attr-defined]
        default = time_zone_of(account.country).replace("_", " ")
        own = gettext("That of the account's country ({zone})").format(zone=default)
        places = (one for one in time_zones() if "/" in one)
        self.fields["time_zone"].choices = zone_choices(own, places)  # type: ignore[attr-defined]
        by_country = str(choice_of(account.country).label)
        here = gettext("As in the account's country: {form}").format(
            form=f"{by_country[0].lower()}{by_country[1:]}"
        )
        self.fields["csv_choice"].choices = [  # type: ignore[attr-defined]
            (one.value, one.label if one.value else here) for one in CsvChoice
        ]
