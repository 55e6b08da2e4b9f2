"""Calls that come in: what stands first in the context that a trunk's calls are in."""

import phonenumbers

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.freeswitch.dialplan.settings import Settings
from callmark.switches.freeswitch.dialplan.xml import (
    END,
    Condition,
    Extension,
    extension,
    is_empty,
    one_of,
    set_to,
)
from callmark.switches.freeswitch.variables import INBOUND

NO_CONTEXT = "default"


def inbound(account: AccountDialplan, settings: Settings) -> tuple[Extension, ...]:
    """A call to one of the account's phone numbers: whose it is, and where it may be transferred.

    Nobody is asked. Without the transfer context, a phone that transfers such a call would send it
    where calls from outside go.
    """
    if not account.phone_numbers:
        return ()
    called = one_of(form for number in account.phone_numbers for form in _as_a_trunk_writes(number))
    context = settings.context or account.domain or NO_CONTEXT
    return (
        extension(
            f"callmark-inbound-{account.slug}",
            Condition("destination_number", f"^(?:{called}){END}"),
            # A phone of ours that is in this context does not come from outside.
            Condition("${sip_authorized}", f"^(?!true{END})"),
            is_empty(INBOUND),
            actions=(
                set_to(INBOUND, account.slug),
                set_to("force_transfer_context", context),
            ),
            goes_on=True,
        ),
    )


def _as_a_trunk_writes(number: str) -> tuple[str, ...]:
    """E.164 with and without its plus, and the national number with and without its prefix."""
    parsed = phonenumbers.parse(number)
    national = phonenumbers.national_significant_number(parsed)
    region = phonenumbers.region_code_for_number(parsed)
    prefix = phonenumbers.ndd_prefix_for_region(region, True) if region else None
    forms = (number, number[1:], national, (prefix or "") + national)
    return tuple(dict.fromkeys(forms))
