"""allauth's forms in Callmark's words."""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext

from callmark.accounts.models import User
from callmark.sign_in import auditing
from callmark.sign_in.used_codes import is_used_up, use_up

CODE_INPUT = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "off",
    "spellcheck": "false",
    "placeholder": "",
}


class CodeInput(forms.TextInput):
    """Empty again after a wrong code: the next one is another."""

    def format_value(self, value: object) -> None:
        """Never what was typed."""
        del value


def _ask_for_code(form: forms.Form, *, focus: bool = True) -> None:
    field = form.fields["code"]
    field.label = gettext("Code")
    field.widget = CodeInput()
    field.widget.attrs.update(CODE_INPUT)
    if focus:
        field.widget.attrs["autofocus"] = True


class _CodeOnce:
    """Before allauth's own check: a code that was right before is neither accepted nor a guess."""

    user: User
    cleaned_data: dict[str, str]
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code, used up by this. Only wrong ones count towards the limit on guessing."""
        if is_used_up(self.user, self.cleaned_data["code"]):
            raise self._used()
        code: str = super().clean_code()  # type: ignore[misc]
        is_of_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_of_app and not use_up(self.user, code):
            raise self._used()
        return code

    def _used(self) -> forms.ValidationError:
        auditing.code_used_again(self.user)
        return forms.ValidationError(gettext("This code has been used: wait for the next one."))


class SignInCodeForm(_CodeOnce, AuthenticateForm):  # type: ignore[misc]
    """The code of the authenticator app, or a recovery code, while signing in."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        _ask_for_code(self)


class ConfirmCodeForm(_CodeOnce, ReauthenticateForm):  # type: ignore[misc]
    """The same to confirm that it is still the same person."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        _ask_for_code(self)


class AppCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        _ask_for_code(self, focus=self.is_bound)
        self.fields["code"].label = gettext("Code that the app shows now")

    def clean_code(self) -> str:
        """The code; it does not sign in as well."""
        code: str = super().clean_code()
        use_up(self.user, code)
        return code


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey; one that signs in by itself, unless the box is cleared."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        name = self.fields["name"]
        name.label, name.max_length = "Name", 50
        name.help_text = gettext("To tell it apart from others, such as “Office laptop”.")
        name.widget.attrs.update({"maxlength": "50", "autocomplete": "off"})
        passwordless = self.fields["passwordless"]
        passwordless.label = gettext("Sign in with it alone, without a password")
        passwordless.help_text = gettext(
            "Needs a device that checks your fingerprint, face or PIN. Without it, it is asked for "
            "after the password."
        )
        passwordless.initial = True


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = gettext("Name")
        self.fields["name"].max_length = 50
        self.fields["name"].widget.attrs.update({"maxlength": "50", "autocomplete": "off"})
