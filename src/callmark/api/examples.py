"""The cast of the documentation's examples: a law firm, its people, one call to London.

The examples themselves are with the models (``schemas.eg``).
"""

ACCOUNT_ID = "0b9d6d0c-2f5e-4c55-8d53-1f6f3f8f2a01"
USER_ID = "5c1f0a52-6f0c-4a0b-9d0c-7d8f0f4e2b02"
CODE_ID = "e1c9a7d4-3b2a-4f6e-8c5d-9a0b1c2d3e03"
CALL_ID = "7a64c4e8-90ab-5cde-8f01-23456789ab04"
EXTENSION_ID = "c0ffee00-1111-4222-8333-444455556605"
NUMBER_ID = "deadbeef-1111-4222-8333-444455556606"
TOKEN_ID = "0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c07"  # noqa: S105
TAGGING_ID = "7a99a9e5-90ab-5cde-8f01-23456789ab09"
SWITCH_ID = "f00dfeed-1111-4222-8333-444455556608"
PERSON_ID = "1da00000-1111-4222-8333-444455556609"
OPERATOR_ID = "0da00000-1111-4222-8333-444455556610"
WEBHOOK_ID = "3e3e3e3e-1111-4222-8333-44445555660c"
DELIVERY_ID = "4f4f4f4f-1111-4222-8333-44445555660d"
CORRECTION_ID = "c0ec7000-1111-4222-8333-444455556611"
SAVED_FILTER_ID = "5afe0000-1111-4222-8333-444455556612"
KNOWN_NUMBER_ID = "a0a0a0a0-1111-4222-8333-444455556613"
LISTED_NUMBER_ID = "115fed00-1111-4222-8333-444455556614"
FORMAT_ID = "f0a3a700-1111-4222-8333-444455556615"
LIMIT_ID = "11311700-1111-4222-8333-444455556616"
TARIFF_ID = "7a41ff00-1111-4222-8333-444455556617"
MOMENT = "2026-11-23T09:30:00Z"
LATER = "2026-11-23T09:34:10Z"

# What the document shows for {account_id} and the like in a path.
PATH_EXAMPLES = {name.lower(): value for name, value in vars().items() if name.endswith("_ID")}

WHY = [
    "international: +44 differs from +1",
    "code required because 'International' is on in the account's settings",
]
