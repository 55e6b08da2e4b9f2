"""Forms of webhooks. What an address may be is the service's to judge."""

from django import forms
from django.utils.translation import gettext_lazy

from callmark.portal.forms.stored import Checks, Data, StoredForm
from callmark.webhooks.models import NAME_LENGTH, TEST_EVENT, Delivery, Event, WebhookEndpoint
from callmark.webhooks.services import endpoint_version

EVENTS = [("", gettext_lazy("Any")), *Event.choices, (TEST_EVENT, gettext_lazy("Test message"))]


class WebhookForm(StoredForm):
    """An address and what is sent there."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("For your own reference, such as “Billing”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        error_messages={"required": gettext_lazy("Enter the address to send messages to.")},
        help_text=gettext_lazy("Where your program listens. It must begin with https://."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "inputmode": "url",
                "spellcheck": "false",
                # Some receivers put a password there.
                "data-secret": True,
            }
        ),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Send a message when"),
        choices=Event.choices,
        error_messages={"required": gettext_lazy("Choose at least one event.")},
        widget=Checks(attrs={"class": "form-check-input"}),
    )
    include_codes = forms.BooleanField(
        label=gettext_lazy("Include the digits of account codes"),
        required=False,
        help_text=gettext_lazy(
            "Off: messages name a code, but do not hold its digits. On: the people who "
            "run the program can read them."
        ),
    )

    def __init__(self, data: Data = None, endpoint: WebhookEndpoint | None = None) -> None:
        shown = ("name", "url", "events", "include_codes")
        stored = {name: getattr(endpoint, name) for name in shown} if endpoint else {}
        super().__init__(data, stored, version=endpoint_version(endpoint) if endpoint else None)


class DeliveryFilterForm(forms.Form):
    """Which deliveries of the log to show."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Any")), *Delivery.State.choices],
    )
    event = forms.ChoiceField(label=gettext_lazy("Event"), required=False, choices=EVENTS)
