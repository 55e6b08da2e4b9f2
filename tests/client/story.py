"""The main story as a program tells it with callmark-client, in an environment of its own.

Prints what it was answered, as one JSON object, for the test that started it.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TypeVar
from uuid import UUID

from callmark_client import AuthenticatedClient
from callmark_client.api.account_codes import add_code, add_codes, export_codes, import_codes
from callmark_client.api.account_codes_settings import (
    enable_account_codes,
    get_account_code_settings,
    save_account_code_settings,
)
from callmark_client.api.accounts import list_accounts
from callmark_client.api.call_control import report_end, send_digits, start_call
from callmark_client.api.calls import get_call, list_calls
from callmark_client.api.users import list_users
from callmark_client.api.who_am_i import get_me
from callmark_client.models import (
    CallEnd,
    CallOutcome,
    CallToStart,
    EntryMade,
    FirstTime,
    ImportCodesMultiPartBodyParams,
    NewAccountCode,
    NewAccountCodes,
    NewBulkCode,
    Problem,
    SettingsToSave,
    Switches,
)
from callmark_client.types import File

Wanted = TypeVar("Wanted")
LONDON = "011442079460000"
Told = dict[str, object]


def wanted(answer: Wanted | Problem | None) -> Wanted:
    """What was asked for."""
    assert answer is not None
    assert not isinstance(answer, Problem), answer
    return answer


def refused(answer: object) -> Problem:
    """The problem."""
    assert isinstance(answer, Problem), answer
    return answer


def set_up(client: AuthenticatedClient, account: UUID) -> Told:
    """Turn account codes on and add codes, one by one, many and from a file."""
    first = FirstTime(code_length=4, max_retries=3)
    settings = wanted(enable_account_codes.sync(account, client=client, body=first))
    one = NewAccountCode(name="Harper v. Castellan", code="1234")
    key = "matter-1234"
    added = [
        wanted(add_code.sync(account, client=client, body=one, idempotency_key=key))
        for _ in range(2)
    ]
    many = NewAccountCodes([NewBulkCode("Estate of Whitlock", "0417", active=False)])
    wanted(add_codes.sync(account, client=client, body=many))
    rows = b"name,code\r\nNordby Shipping,5521\r\n"
    file = ImportCodesMultiPartBodyParams(File(BytesIO(rows), "codes.csv", "text/csv"), False)
    imported = wanted(import_codes.sync(account, client=client, body=file))
    dry = ImportCodesMultiPartBodyParams(File(BytesIO(rows), "codes.csv", "text/csv"), True)
    again = wanted(import_codes.sync(account, client=client, body=dry))
    return {
        "allowed_at_first": settings.allowed,
        "same_code_twice": added[0].id == added[1].id,
        "imported": imported.added,
        "problems_of_the_same_again": [
            (one.line, one.column, one.detail) for one in again.problems
        ],
        "exported": wanted(export_codes.sync(account, client=client)).splitlines(),
    }


def save(client: AuthenticatedClient, account: UUID) -> Told:
    """Change the settings with the ETag read, and once more with the old one."""
    seen = get_account_code_settings.sync_detailed(account, client=client)
    switches = Switches(
        require_internal=False,
        validate_codes=True,
        proceed_after_max_retries=False,
        international=True,
        directory_assistance=True,
        premium=True,
        other_outside=False,
        toll_free=False,
    )
    change = SettingsToSave(max_retries=4, switches=switches, enable_everyone=True)
    etag = seen.headers["ETag"]
    saved = save_account_code_settings.sync(account, client=client, body=change, if_match=etag)
    late = save_account_code_settings.sync(account, client=client, body=change, if_match=etag)
    return {
        "max_retries": wanted(saved).max_retries,
        "allowed": wanted(saved).allowed,
        "late": (refused(late).status, refused(late).code),
    }


def place_a_call(client: AuthenticatedClient, account: UUID) -> Told:
    """A call to London from extension 101: a wrong code, then a right one."""
    start = CallToStart(call_id="b2b-4711", dialed=LONDON, extension="101")
    asked = wanted(start_call.sync(account, client=client, body=start))
    entries = []
    for sequence, digits in enumerate(("9999", "5521"), start=1):
        entry = EntryMade(sequence, digits)
        entries.append(wanted(send_digits.sync(account, asked.id, client=client, body=entry)))
    now = datetime.now(UTC)
    end = CallEnd(ended_at=now, answered_at=now - timedelta(seconds=250), disposition="ANSWERED")
    wanted(report_end.sync(account, asked.id, client=client, body=end))
    record = wanted(get_call.sync(account, asked.id, client=client))
    listed = wanted(list_calls.sync(account, client=client, outcome=CallOutcome.CONNECTED))
    return {
        "actions": [step.action for step in (asked, *entries)],
        "prompts": [one.prompt for one in (*asked.prompts, *entries[0].prompts)],
        "seconds": record.seconds,
        "tagged": (record.account_code, record.account_code_name),
        "attempts": [one.result for one in record.attempts],
        "listed": [one.id == asked.id for one in listed.items],
    }


def go_wrong(client: AuthenticatedClient, account: UUID) -> Told:
    """A bad request, somebody else's account and a token that is none."""
    bad = refused(add_code.sync(account, client=client, body=NewAccountCode("Short", "12")))
    foreign = UUID("00000000-0000-4000-8000-000000000000")
    stranger = AuthenticatedClient(client._base_url, token="cmk_none")
    return {
        "bad": (bad.status, bad.code, bad.field, bad.detail),
        "foreign": refused(list_users.sync(foreign, client=client)).status,
        "stranger": refused(get_me.sync(client=stranger)).status,
    }


def main() -> None:
    """Tell the story."""
    url, token = os.environ["CALLMARK_URL"], os.environ["CALLMARK_TOKEN"]
    with AuthenticatedClient(url, token=token, raise_on_unexpected_status=True) as client:
        me = wanted(get_me.sync(client=client))
        (account,) = wanted(list_accounts.sync(client=client)).items
        users = wanted(list_users.sync(account.id, client=client)).items
        told: Told = {
            "me": (me.name, me.role),
            "users": [
                (user.name, [extension.number for extension in user.extensions]) for user in users
            ],
        }
        for part in (set_up, save, place_a_call, go_wrong):
            told |= part(client, account.id)
    print(json.dumps(told))  # noqa: T201


main()
