"""The columns that the call history may have; which of them, each person chooses."""

from django.utils.translation import gettext_lazy, pgettext_lazy

COLUMNS = {
    "user": gettext_lazy("User"),
    "number": gettext_lazy("Number"),
    "type": gettext_lazy("Call type"),
    "code": pgettext_lazy("head of a column", "Account code"),
    "result": gettext_lazy("Result"),
    "length": gettext_lazy("Length"),
    "cost": gettext_lazy("Cost"),
    "ended": gettext_lazy("Ended"),
    "entered": gettext_lazy("Code entered"),
    "switch": gettext_lazy("Switch"),
}
"""In the order in which they stand; *When* is always the first."""

DEFAULT = ("user", "number", "code", "result", "length", "cost")
