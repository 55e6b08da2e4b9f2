"""Who has a second factor, and who must."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef

from callmark.accounts.models import Role, User
from callmark.keys.columns import EncryptedColumn, register

# Recovery codes alone are none: they stand in for one of these.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

_KINDS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
for _type, _name in _KINDS.items():
    register(
        EncryptedColumn("mfa.Authenticator", "data", inside=_name, where={"type": _type.value})
    )


def has_second_factor(person: User) -> bool:
    """Whether an authenticator app or a passkey is set up."""
    return bool(Authenticator.objects.filter(user=person, type__in=SECOND_FACTORS).exists())


def with_second_factor() -> Exists:
    """For annotating people in a query."""
    return Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS))


def must_have_second_factor(person: User) -> bool:
    """Whether the account, or for operators the installation, asks for one."""
    if person.role == Role.OPERATOR:
        return bool(settings.OPERATORS_NEED_SECOND_FACTOR)
    return person.account is not None and person.account.requires_second_factor


def must_set_up_second_factor(person: User) -> bool:
    """Whether one is asked for and missing."""
    return must_have_second_factor(person) and not has_second_factor(person)
