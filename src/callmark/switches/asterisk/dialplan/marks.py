"""What the dialplan leaves in the userfield of the switch's CDR, to complete history from.

``callmark:OUTCOME:ACCOUNT:NUMBER:ENDPOINT``. The number is as dialed, encoded as in a URL.
"""

from callmark.switches.asterisk.dialplan.account import AccountDialplan

USER_FIELD = "callmark"
CONNECTED_WHILE_DOWN = "connected_while_down"
REFUSED_WHILE_DOWN = "refused_while_down"
EMERGENCY = "emergency"


def set_mark(account: AccountDialplan, outcome: str) -> str:
    """The application that leaves the mark."""
    values = (USER_FIELD, outcome, account.slug, "${number}", "${CALLMARK_ENDPOINT}")
    return f"Set(CDR(userfield)={':'.join(values)})"
