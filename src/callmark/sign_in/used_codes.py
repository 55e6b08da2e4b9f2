"""A code of an authenticator app is accepted once, for as long as it would be right.

With one step either way (``MFA_TOTP_TOLERANCE``) a code is right for three periods; allauth
remembers a used one for a single period only. RFC 6238, 5.2: "The verifier MUST NOT accept the
second attempt of the OTP".
"""

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from callmark.accounts.models import User
from callmark.sign_in.allauth_internals import normalize_user_code

# Three periods, and one second more: the cache cuts a moment of expiry to whole seconds.
REMEMBERED_SECONDS = 3 * 30 + 1


def use_up(person: User, code: str) -> bool:
    """Remember the code; False when it has been used already, a moment ago perhaps."""
    return bool(cache.add(_key(person, code), True, timeout=REMEMBERED_SECONDS))


def is_used_up(person: User, code: str) -> bool:
    """Whether this person has signed in or confirmed something with this code just now."""
    return cache.get(_key(person, code)) is not None


def _key(person: User, code: str) -> str:
    digest = salted_hmac("callmark.used_codes", f"{person.pk}:{normalize_user_code(code)}")
    return f"totp-used:{digest.hexdigest()}"
