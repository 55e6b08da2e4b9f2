"""Who has a second factor, and who must."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from callmark.accounts.models import Account, Role, User

# Recovery codes alone are none: they stand in for one of these.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


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
    accounts = Account.objects.filter(requires_second_factor=True)
    return person.account_id is not None and accounts.filter(pk=person.account_id).exists()


def must_set_up_second_factor(person: User) -> bool:
    """Whether one is asked for and missing."""
    return must_have_second_factor(person) and not has_second_factor(person)


def renew_secrets() -> int:
    """Encrypt every stored secret with the newest key; return how many. May be repeated."""
    secrets = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    return sum(_renew(pk) for pk in list(secrets.values_list("pk", flat=True)))


@transaction.atomic
def _renew(pk: int) -> int:
    # Locked: a recovery code that is used meanwhile is marked in the same column.
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    name = "secret" if row.type == Authenticator.Type.TOTP else "seed"
    adapter = get_adapter()
    row.data[name] = adapter.encrypt(adapter.decrypt(row.data[name]))
    row.save(update_fields=["data"])
    return 1
