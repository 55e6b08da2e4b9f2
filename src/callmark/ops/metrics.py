"""Metrics in the form of Prometheus, made when they are asked for from what each part counts.

Nothing that decides a call knows this module or its library. A label's values are words of ours
(call types, outcomes, names of checks): never a code, a number, a name or an id.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from callmark import __version__
from callmark.gate import timings
from callmark.gate.counters import Counters
from callmark.gate.set_aside import count_set_aside
from callmark.gate.spools import waits_for
from callmark.ops.health import Health
from callmark.policy.numbering import CallType
from callmark.policy.outbound import Outcome

Source = Callable[[], Iterable[Metric]]
"""Makes metrics at the moment they are asked for."""


class Metrics:
    """What one process tells: its ``sources``, and what the system knows about any process."""

    def __init__(self, health: Health, *sources: Source) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        for source in (lambda: about(health), *sources):
            self.registry.register(_Collector(source))

    def __call__(self) -> tuple[bytes, str]:
        """The text of all of them, and its content type."""
        return exposition(self.registry)


class _Collector:
    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        return self._source()

    def describe(self) -> Iterable[Metric]:
        """Nothing is known before it is asked."""
        return ()


def exposition(registry: CollectorRegistry) -> tuple[bytes, str]:
    """A registry's text, and its content type."""
    encode, kind = choose_encoder("text/plain")
    return encode(registry), kind


def about(health: Health) -> Iterator[Metric]:
    """Which process of which version this is, and whether each thing it needs is well."""
    info = InfoMetricFamily("callmark", "The process and its version.")
    info.add_metric([], {"process": health.process, "version": __version__})
    yield info
    wells = GaugeMetricFamily(
        "callmark_check_ok", "1 where /readyz says ok, by check.", labels=["check"]
    )
    problems = health.problems()
    for name, problem in problems.items():
        wells.add_metric([name.replace(" ", "_")], 0 if problem else 1)
    yield wells
    yield GaugeMetricFamily(
        "callmark_ready", "1 where /readyz answers 200.", value=health.is_ready(problems)
    )


def of_gate(counts: Counters) -> Iterator[Metric]:
    """What a gate counts of its calls."""
    calls = CounterMetricFamily(
        "callmark_calls", "Legs decided, by outcome and call type.", labels=["outcome", "type"]
    )
    # From the first on: a rate is only seen where there was a 0 before.
    for outcome, call_type in product(Outcome, CallType):
        count = counts.legs[outcome.value, call_type.value]
        calls.add_metric([outcome.value, call_type.value], count)
    yield calls
    shed = CounterMetricFamily(
        "callmark_calls_shed", "Calls given back at once, by why.", labels=["why"]
    )
    for why in sorted({"calls", "full", "lag", *counts.shed}):
        shed.add_metric([why], counts.shed[why])
    yield shed
    yield CounterMetricFamily(
        "callmark_unknown_endpoints", "Calls of which nobody knows the account.", counts.unknown
    )
    yield CounterMetricFamily(
        "callmark_fail_policy_calls",
        "Calls that the switch's fail policy decided although the gate was there.",
        counts.unknown + counts.failed + sum(counts.shed.values()),
    )
    yield CounterMetricFamily(
        "callmark_doubtful_entries", "Entries that may have lost digits.", counts.doubtful_entries
    )
    yield CounterMetricFamily(
        "callmark_calls_passed_on",
        "Calls passed on to the gate process that has their account.",
        counts.passed_on,
    )
    yield CounterMetricFamily(
        "callmark_calls_taken_back", "Of those, calls that it did not take.", counts.taken_back
    )
    yield GaugeMetricFamily("callmark_calls_now", "Connections served now.", counts.calls_now)
    yield GaugeMetricFamily(
        "callmark_loop_lag_seconds", "How late the event loop is.", counts.loop_lag_seconds
    )
    yield GaugeMetricFamily(
        "callmark_loop_lag_most_seconds", "The most it was since its start.", counts.loop_lag_most
    )
    yield histogram(
        "callmark_decision", "From a call's question to its record on disk.", timings.decisions
    )
    yield histogram("callmark_prompt", "How long callers were at the prompt.", timings.prompts)
    yield from _snapshot(counts)


def _snapshot(counts: Counters) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "callmark_snapshot_age_seconds",
        "Since the policy in memory was last known to be the database's.",
        max(0.0, time.time() - counts.snapshot_at) if counts.snapshot_at else float("inf"),
    )
    yield GaugeMetricFamily(
        "callmark_snapshot_accounts", "Accounts in memory.", counts.snapshot_accounts
    )


def of_drain(counts: Counters) -> Iterator[Metric]:
    """What a process counts that takes records from a spool to the database."""
    yield CounterMetricFamily("callmark_drained_records", "Records stored.", counts.drained)
    yield CounterMetricFamily(
        "callmark_drain_batches", "Transactions of them.", counts.drain_batches
    )
    yield CounterMetricFamily(
        "callmark_drain_seconds", "Time spent on storing.", counts.drain_seconds
    )
    yield GaugeMetricFamily(
        "callmark_drained_timestamp_seconds",
        "When the drain last found the spool empty or stored something.",
        counts.drained_at,
    )


def of_spool(folder: Path, process: int = 1) -> Source:
    """What waits for the database in a gate process's spool; the first also tells what others left.

    And what was set aside, by the first one.
    """

    def read() -> Iterator[Metric]:
        waiting = waits_for(folder, process)
        yield GaugeMetricFamily(
            "callmark_spool_records", "Records that wait for the database.", waiting.records
        )
        yield GaugeMetricFamily(
            "callmark_spool_oldest_seconds", "How old the first of them is.", waiting.seconds
        )
        yield GaugeMetricFamily(
            "callmark_records_set_aside",
            "Records that the database refuses.",
            count_set_aside(folder) if process == 1 else 0,
        )

    return read


def histogram(name: str, what: str, kept: timings.Timings) -> HistogramMetricFamily:
    """A histogram of seconds."""
    family = HistogramMetricFamily(f"{name}_seconds", what)
    total, buckets = 0, []
    for bound, count in zip(kept.bounds, kept.counts, strict=False):
        total += count
        buckets.append((f"{bound:g}", total))
    buckets.append(("+Inf", total + kept.counts[-1]))
    family.add_metric([], buckets, kept.seconds)
    return family
