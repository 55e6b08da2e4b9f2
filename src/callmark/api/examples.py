"""The cast of the documentation's examples: a law firm, its people, one call to London."""

from typing import Any

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
MOMENT = "2026-11-23T09:30:00Z"
LATER = "2026-11-23T09:34:10Z"

PATH_EXAMPLES = {
    "account_id": ACCOUNT_ID,
    "user_id": USER_ID,
    "code_id": CODE_ID,
    "call_id": CALL_ID,
    "extension_id": EXTENSION_ID,
    "number_id": NUMBER_ID,
    "token_id": TOKEN_ID,
    "tagging_id": TAGGING_ID,
    "webhook_id": WEBHOOK_ID,
    "delivery_id": DELIVERY_ID,
    "person_id": PERSON_ID,
    "operator_id": OPERATOR_ID,
}

ACCOUNT: dict[str, Any] = {
    "id": ACCOUNT_ID,
    "slug": "harper-law",
    "name": "Harper Law",
    "country": "US",
    "outside_prefix": "9",
    "star_code": "*50",
    "international_regions": ["JM"],
    "own_numbers": ["600", "*97", "_7XX"],
    "answer_first": False,
    "calls_kept_days": 3650,
    "activity_kept_days": None,
    "created_at": MOMENT,
}

EXTENSION = {"id": EXTENSION_ID, "number": "101", "switch": "main", "endpoint": "harper-101"}
NUMBER = {"id": NUMBER_ID, "e164": "+12125550101"}

USER: dict[str, Any] = {
    "id": USER_ID,
    "kind": "user",
    "name": "Ben Attorney",
    "email": "ben@harper-law.example",
    "role": "user",
    "home_country": "",
    "country": "US",
    "is_active": True,
    "extensions": [EXTENSION],
    "phone_numbers": [NUMBER],
    "created_at": MOMENT,
}

PERSON: dict[str, Any] = {
    "id": PERSON_ID,
    "name": "Ida Bookkeeper",
    "email": "ida@harper-law.example",
    "role": "reporter",
    "is_active": True,
    "has_second_factor": False,
    "last_signed_in_at": None,
    "invitation": {"sent_at": MOMENT, "expires_at": "2026-11-30T09:30:00Z", "expired": False},
}
OPERATOR = {
    "id": OPERATOR_ID,
    "name": "Oda",
    "email": "oda@operator.example",
    "role": "operator",
}

SWITCHES = {
    "require_internal": False,
    "validate_codes": True,
    "proceed_after_max_retries": False,
    "international": True,
    "directory_assistance": True,
    "premium": True,
    "other_outside": False,
    "toll_free": False,
}

CODE: dict[str, Any] = {
    "id": CODE_ID,
    "name": "Harper v. Castellan",
    "code": "1234",
    "active": True,
    "created_at": MOMENT,
}

WHY = [
    "international: +44 differs from +1",
    "code required because 'International' is on in the account's settings",
]

CALL: dict[str, Any] = {
    "id": CALL_ID,
    "user_id": USER_ID,
    "user_name": "Ben Attorney",
    "payer": "user",
    "direction": "outbound",
    "caller": "101",
    "dialed": "9011442079460000",
    "number": "011442079460000",
    "e164": "+442079460000",
    "call_type": "international",
    "outcome": "connected",
    "started_at": MOMENT,
    "answered_at": MOMENT,
    "ended_at": LATER,
    "seconds": 250,
    "disposition": "ANSWERED",
    "account_code": "1234",
    "account_code_name": "Harper v. Castellan",
    "code_id": CODE_ID,
    "entered_by": "prompt",
    "switch": "main",
    "leg": 1,
    "simulated": False,
}

WEBHOOK: dict[str, Any] = {
    "id": WEBHOOK_ID,
    "name": "Billing",
    "url": "https://billing.harper-law.example/hooks",
    "events": ["call.tagged", "call.refused"],
    "include_codes": False,
    "active": True,
    "off_reason": None,
    "off_at": None,
    "advice": None,
    "failing_since": None,
    "quiet_until": None,
    "last_delivery_state": "delivered",
    "last_delivery_at": MOMENT,
    "created_at": MOMENT,
}


def page(*items: Any) -> dict[str, Any]:  # noqa: ANN401
    """A list's last page."""
    return {"items": list(items), "next": None}
