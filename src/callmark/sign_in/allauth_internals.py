"""All that we use of allauth's insides: the one place to look when allauth is updated.

allauth promises nothing about ``allauth.*.internal``. Each name says why there is no public way.
A test sees to it that nobody else imports from there.
"""

# A sign-in that is ours (a password chosen by a link, the company's) must be known to allauth as a
# proof: it asks again by the age of the last one. The public module can only read them.
from allauth.account.internal.flows.login import record_authentication

# Limits of sign-in pages that are ours, counted together with allauth's own of the same name.
from allauth.core.internal import ratelimit

# Two ways to type one recovery code are one code: spaces and capitals as allauth reads them.
from allauth.core.internal.cryptokit import normalize_user_code

# An ID token counts once: allauth keeps the ids that were seen.
from allauth.socialaccount.internal.jwtkit import verify_jti

__all__ = ["normalize_user_code", "ratelimit", "record_authentication", "verify_jti"]
