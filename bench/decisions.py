"""One decision and one durable record against what any solution must pay at least."""

import asyncio
import itertools
import os
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers

from bench.timing import compare, seconds_per_call
from callmark.calls.records import LegEnded
from callmark.gate.spool import Spool
from callmark.keys import key_file
from callmark.keys.keyring import Keyring
from callmark.keys.lookup import ByHash
from callmark.policy.code_entry import Digits, EntryTerms
from callmark.policy.code_use import KnownCode
from callmark.policy.numbering import NumberingPlan, classify
from callmark.policy.outbound import LegContext, OutboundFlow
from callmark.policy.rules import CodeRules
from callmark.policy.settings import EffectiveSettings

LONDON = "9011442079460000"
PLAN = NumberingPlan("US", outside_prefix="9")


def bench_classification() -> None:
    """Against parsing and typing the same number with the metadata library alone."""

    def peer() -> object:
        return phonenumbers.number_type(phonenumbers.parse("+442079460000", None))

    compare("classify", lambda: classify(LONDON, PLAN), "phonenumbers parse+type", peer, 2000)
    # What has been dialed before is remembered. These have not.
    ours, theirs = itertools.count(2_000_000), itertools.count(2_000_000)

    def unheard() -> object:
        return classify(f"91{next(ours) * 7919 % 8_000_000_000 + 2_000_000_000}", PLAN)

    def unheard_peer() -> object:
        number = next(theirs) * 7919 % 8_000_000_000 + 2_000_000_000
        return phonenumbers.number_type(phonenumbers.parse(f"+1{number}", None))

    compare("classify, never dialed before", unheard, "parse+type", unheard_peer, 2000)


def bench_flow() -> None:
    """A whole flow with the right code among 100,000 hashed ones, against a plain dict lookup."""
    with tempfile.TemporaryDirectory() as folder:
        key_file.create(Path(folder) / "code-keys")
        keys = Keyring(key_file.read(Path(folder) / "code-keys"))
    lookups = {keys.lookup("acct", f"{number:06}"): number for number in range(100_000)}
    hashed: ByHash[KnownCode] = ByHash(
        keys, "acct", {bytes.fromhex(key): KnownCode(str(n), "x") for key, n in lookups.items()}
    )
    plain = {f"{number:06}": number for number in range(100_000)}
    settings = EffectiveSettings(
        active=True,
        code_length=6,
        max_retries=3,
        rules=CodeRules(validate=True, international=True),
    )
    classification = classify(LONDON, PLAN)

    def ours() -> object:
        flow = OutboundFlow(LegContext(EntryTerms(settings, hashed), classification))
        flow.start()
        return flow.receive(Digits("045678"))

    compare("flow with 100k codes", ours, "dict lookup", lambda: plain["045678"], 2000)
    each = sorted(seconds_per_call(ours, 1) * 1e6 for _ in range(50_000))
    print(
        f"  one by one: p50 {each[25_000]:.1f} µs, p99 {each[49_500]:.1f} µs; "
        f"{50_000 / sum(each) * 1e6:,.0f} a second on one core"
    )


def bench_spool() -> None:
    """A durable append against a durable SQLite commit of the same line."""
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "spool")
        loop = asyncio.new_event_loop()
        entry = LegEnded(
            id="x" * 36,
            switch="x" * 100,
            call_id="x" * 150,
            ended_at=datetime.now(UTC),
            answered_at=None,
            seconds=1,
            disposition="ANSWERED",
        )
        database = sqlite3.connect(Path(folder) / "peer.sqlite3", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE record (line TEXT)")
        line = "x" * 640
        compare(
            "spool append",
            lambda: loop.run_until_complete(spool.append(entry)),
            "SQLite WAL FULL commit",
            lambda: database.execute("INSERT INTO record VALUES (?)", (line,)),
            200,
        )
        spool.close()
        loop.close()
        database.close()


def main() -> None:
    """Run all three."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callmark.settings")
    bench_classification()
    bench_flow()
    bench_spool()


if __name__ == "__main__":
    main()
