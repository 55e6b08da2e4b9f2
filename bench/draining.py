"""``python -m bench.draining``: records a second from a spool to the database.

An account with CODES (2,000) codes, USERS (200) users, rates, a limit and two webhooks; calls as an
office has them: most with a code, some refused after wrong ones, some not asked; each with the ends
of both its sides. On SQLite, or on the database of CALLMARK_DATABASE_URL (``scripts/with-postgres``
gives one; ``CALLMARK_POSTGRES_OPTIONS="-c fsync=on"`` as in earnest). With KEEP=FOLDER the database
(and keys) stay there: ``python -m bench.draining build`` makes it, and each drain adds to it.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from callmark.accounts.models import Account, User
    from callmark.calls.records import Record
    from callmark.codes.models import AccountCode

RECORDS = int(os.environ.get("RECORDS", "12000"))
CODES = int(os.environ.get("CODES", "2000"))
USERS = int(os.environ.get("USERS", "200"))


def main() -> None:
    """Set Django up on a database of its own, or on the kept one, and drain."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(os.environ.get("KEEP") or folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
        os.environ |= {"CALLMARK_DATA_DIR": str(data), "CALLMARK_LOG_LEVEL": "WARNING"}
        import django  # noqa: PLC0415 (not before the folder is named)
        from django.core.management import call_command  # noqa: PLC0415

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        office = _built_before() or _office()
        if "build" in sys.argv:
            return
        records = made(*office, RECORDS, first=int(time.time()))
        with tempfile.TemporaryDirectory(dir=data) as spool:
            spooled(Path(spool), records)
            _drain(Path(spool))


def _drain(directory: Path) -> None:
    from callmark.gate.counters import counters  # noqa: PLC0415
    from callmark.gate.drain import Drain  # noqa: PLC0415

    before = _rows()
    drain = Drain(directory)
    assert drain.hold()
    started, worked = time.perf_counter(), time.process_time()
    stored = drain.work()
    clock, cpu = time.perf_counter() - started, time.process_time() - worked
    drain.let_go()
    assert counters.set_aside == 0
    sys.stdout.write(
        f"{connection.vendor}: {stored:,} records, {stored / clock:,.0f} a second by the clock, "
        f"{stored / cpu:,.0f} by our CPU, {stored / counters.drain_batches:.0f} at once\n"
    )
    sys.stdout.write(f"rows: { {kind: count - before[kind] for kind, count in _rows().items()} }\n")


def _rows() -> dict[str, int]:
    from callmark.calls.models import Call, Charge, DayTotal  # noqa: PLC0415
    from callmark.webhooks.models import Delivery  # noqa: PLC0415

    return {
        model.__name__: model.objects.of_every_account("they are counted").count()
        for model in (Call, Charge, DayTotal, Delivery)
    }


def _built_before() -> "tuple[Account, list[User], list[AccountCode]] | None":
    """The office of a kept database."""
    from callmark.accounts.models import Account, User  # noqa: PLC0415
    from callmark.codes.models import AccountCode  # noqa: PLC0415

    account = Account.objects.filter(slug="office").first()
    if account is None:
        return None
    users = User.objects.of(account).exclude(name="Olivia")
    return account, list(users), list(AccountCode.objects.of(account))


def _office() -> "tuple[Account, list[User], list[AccountCode]]":
    from callmark.accounts.models import Role, User  # noqa: PLC0415
    from callmark.accounts.services import add_account, add_person  # noqa: PLC0415
    from callmark.calls.limits import add_limit  # noqa: PLC0415
    from callmark.calls.reratings import set_currency  # noqa: PLC0415
    from callmark.codes.bulk import NewCode, add_codes  # noqa: PLC0415
    from callmark.codes.models import AccountCode  # noqa: PLC0415
    from callmark.codes.services import enable_account_codes  # noqa: PLC0415
    from callmark.policy.rating import Rate  # noqa: PLC0415
    from callmark.tariffs.services import NewVersion, make_version  # noqa: PLC0415
    from callmark.webhooks.models import Event  # noqa: PLC0415
    from callmark.webhooks.services import add_endpoint  # noqa: PLC0415

    account = add_account(slug="office", name="Office")
    olivia = add_person(account, name="Olivia", email="o@office.example", role=Role.ADMINISTRATOR)
    enable_account_codes(account, code_length=7, max_retries=3, actor=olivia)
    rows = [NewCode(n, f"Matter {n}", f"{n + 1_000_000}") for n in range(CODES)]
    add_codes(account, rows, actor=olivia)
    users = [User(account=account, name=f"User {n}") for n in range(USERS)]
    User.objects.bulk_create(users)
    set_currency(account, "USD", actor=None)
    rate = Rate("abroad", prefix="+44", price=Decimal("0.02"), block_seconds=6)
    make_version(account, NewVersion("Rates", "USD", [rate]), actor=olivia)
    limit = {"name": "Abroad", "scope": "account", "amount": 1_000_000, "unit": "minutes"}
    add_limit(account, {**limit, "per": "month", "then": "warn"}, actor=olivia)
    for event in (Event.CALL_TAGGED, Event.CALL_REFUSED):
        add_endpoint(account, url=f"https://example.com/{event}", events=[event], actor=olivia)
    return account, users, list(AccountCode.objects.of(account))


def made(
    account: "Account",
    users: "list[User]",
    codes: "list[AccountCode]",
    wanted: int,
    *,
    first: int = 1_700_000_000,
) -> "list[Record]":
    """So many records, a call's three after one another; the switch counts calls from ``first``."""
    from callmark.calls.ids import leg_id  # noqa: PLC0415
    from callmark.calls.records import Attempt, CodeTag, LegDecided, LegEnded  # noqa: PLC0415
    from callmark.policy.code_entry import EntryResult  # noqa: PLC0415

    chance = random.Random(7)
    records: list[Record] = []
    begin = datetime.now(UTC) - timedelta(hours=2)
    for number in range(wanted // 3):
        at, call_id = begin + timedelta(seconds=number % 7200), f"{first + number}.{number}"
        user, code, kind = chance.choice(users), chance.choice(codes), chance.random()
        outcome = (
            "connected" if kind < 0.6 else "ended_after_max_retries" if kind < 0.62 else "not_gated"
        )
        right = Attempt(result=EntryResult.ACCEPTED, at=at, account_code_name=code.name)
        wrong = Attempt(result=EntryResult.UNKNOWN_CODE, at=at, counts_as_guess=True)
        entries = {"connected": (right,), "ended_after_max_retries": (wrong, wrong, wrong)}
        tag = CodeTag(code=code.code_encrypted, code_id=str(code.pk), code_name=code.name)
        pk = str(leg_id("main", "", call_id))
        decided = LegDecided(
            id=pk,
            switch="main",
            call_id=call_id,
            linked_id=call_id,
            account_id=str(account.pk),
            user_id=str(user.pk),
            user_name=user.name,
            direction="outbound",
            caller="101",
            dialed="011442079460000",
            number="011442079460000",
            e164="+442079460000",
            call_type="international",
            started_at=at,
            outcome=outcome,
            attempts=entries.get(outcome, ()),
            tag=tag if outcome == "connected" else None,
            why=("international calls need a code",),
        )
        talk: dict[str, Any] = {
            "answered_at": at,
            "seconds": number % 600,
            "disposition": "ANSWERED",
        }
        over: dict[str, Any] = {
            "id": pk,
            "switch": "main",
            "call_id": call_id,
            "ended_at": at + timedelta(seconds=600),
        }
        ends = [LegEnded(**{**over, **talk, "by": by}) for by in ("caller", "outside")]
        records.append(decided)
        records += ends
    return records


def spooled(directory: Path, records: "list[Record]") -> None:
    """Write them down as a gate does, and end."""
    from callmark.gate.spool import Spool  # noqa: PLC0415

    async def work() -> None:
        spool = Spool(directory)
        for start in range(0, len(records), 1000):
            await asyncio.gather(*(spool.append(one) for one in records[start : start + 1000]))
        spool.close()

    asyncio.run(work())


if __name__ == "__main__":
    main()
