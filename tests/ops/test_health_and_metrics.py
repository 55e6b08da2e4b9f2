"""Who watches an installation sees whether each process is alive and ready, and its figures."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from callmark.gate import timings
from callmark.gate.counters import Counters
from callmark.ops.health import Check, Health
from callmark.ops.metrics import Metrics, of_drain, of_gate
from callmark.ops.portal_probes import PortalProbes
from callmark.ops.probe_places import probe_place
from callmark.ops.probes import Asker, Pages, ProbeServer, Pulse, serve_probes

TOKEN = "a-token-of-the-tests-01"
HERE, ELSEWHERE = Asker("127.0.0.1"), Asker("192.0.2.7")


def well() -> str:
    return ""


def pages(*checks: Check, alive: bool = True, token: str = TOKEN) -> Pages:
    health = Health("gate", checks, is_alive=lambda: alive)
    return Pages(health, lambda: (b"callmark_ready 1\n", "text/plain"), token)


def test_alive_asks_nothing_but_the_process() -> None:
    def never() -> str:
        raise AssertionError("asked")

    shown = pages(Check("database", never))
    assert (shown.answer("/healthz", ELSEWHERE).status) == 200
    assert pages(alive=False).answer("/healthz", ELSEWHERE).status == 503


def test_ready_says_to_this_machine_what_is_wrong_and_to_others_a_word() -> None:
    shown = pages(Check("database", lambda: "it is away"), Check("keys", well))
    assert shown.answer("/readyz", ELSEWHERE).text == b"not ready\n"
    here = shown.answer("/readyz", HERE)
    assert (here.status, here.text) == (503, b"not ready\ndatabase: it is away\nkeys: ok\n")


def test_what_is_not_needed_leaves_a_process_ready() -> None:
    shown = pages(Check("database", lambda: "it is away", needed=False))
    assert shown.answer("/readyz", HERE).status == 200
    assert b"it is away" in shown.answer("/readyz", HERE).text


def test_a_check_that_fails_tells_its_kind_and_not_its_message() -> None:
    def fails() -> str:
        raise OSError("postgresql://callmark:secret@db.example.com")

    text = pages(Check("database", fails)).answer("/readyz", HERE).text
    assert b"OSError" in text
    assert b"secret" not in text


def test_a_check_that_hangs_is_asked_once_and_nobody_waits_for_it() -> None:
    begun, release = [], threading.Event()

    def hangs() -> str:
        begun.append(1)
        release.wait(60)
        return ""

    health = Health("gate", (Check("keys", well), Check("database", hangs)), longest=0.05)
    try:
        for _ in range(3):
            assert health.problems() == {"keys": "", "database": "no answer within 0.05 s"}
        assert len(begun) == 1
    finally:
        release.set()


def test_however_often_it_is_asked_the_checks_are_looked_at_every_two_seconds() -> None:
    now, looks = [100.0], []

    def look() -> str:
        looks.append(now[0])
        return ""

    health = Health("portal", (Check("database", look),), clock=lambda: now[0])
    for moment in (100.0, 101.0, 101.9, 102.1):
        now[0] = moment
        health.problems()
    assert looks == [100.0, 102.1]


@pytest.mark.parametrize(
    ("asker", "may"),
    [
        (HERE, True),
        (Asker("::1"), True),
        (ELSEWHERE, False),
        (Asker("127.0.0.1", is_forwarded=True), False),
        (Asker("192.0.2.7", authorization=f"Bearer {TOKEN}"), True),
        (Asker("127.0.0.1", is_forwarded=True, authorization=f"Bearer {TOKEN}"), True),
        (Asker("192.0.2.7", authorization="Bearer another-token-000"), False),
        (Asker("192.0.2.7", authorization="Bearer "), False),
        (Asker(""), False),
    ],
)
def test_metrics_are_read_from_this_machine_or_with_the_token(asker: Asker, may: bool) -> None:
    assert (pages().answer("/metrics", asker).status == 200) is may


def test_without_a_token_nobody_elsewhere_reads_them_whatever_they_show() -> None:
    for shown in ("", "Bearer", "Bearer "):
        asker = Asker("192.0.2.7", authorization=shown)
        assert pages(token="").answer("/metrics", asker).status == 403


def ask(port: int, path: str, *, method: str = "GET", **headers: str) -> tuple[int, str]:
    """A page of a process on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def server() -> Iterator[ProbeServer]:
    served = ProbeServer("127.0.0.1", 0, pages(Check("database", well)))
    served.start()
    yield served
    served.stop()


def test_the_small_port_answers_its_three_pages_and_nothing_else(server: ProbeServer) -> None:
    assert ask(server.port, "/healthz") == (200, "alive\n")
    assert ask(server.port, "/readyz") == (200, "ready\ndatabase: ok\n")
    assert ask(server.port, "/metrics?x=1") == (200, "callmark_ready 1\n")
    assert ask(server.port, "/metrics", **{"X-Forwarded-For": "192.0.2.7"})[0] == 403
    assert ask(server.port, "/healthz", method="HEAD") == (200, "")
    assert ask(server.port, "/")[0] == 404
    assert ask(server.port, "/healthz", method="POST")[0] == 501


def test_a_port_that_is_taken_stops_nothing(server: ProbeServer) -> None:
    assert serve_probes(("127.0.0.1", server.port), pages()) is None
    assert serve_probes(None, pages()) is None


def test_a_loop_that_does_not_come_round_is_not_alive() -> None:
    pulse = Pulse(hung_after=-1.0)
    assert not pulse.is_alive()
    assert Pulse(hung_after=60.0).is_alive()


def test_each_process_has_a_port_beside_the_gates_own() -> None:
    assert probe_place("gate", {}) == ("127.0.0.1", 4593)
    assert probe_place("jobs", {"CALLMARK_AGI_PORT": "5000"}) == ("127.0.0.1", 5012)
    own = {"CALLMARK_HEALTH_PORT": "9100", "CALLMARK_HEALTH_HOST": "10.0.0.5"}
    assert probe_place("relay", own) == ("10.0.0.5", 9103)
    assert probe_place("gate", {"CALLMARK_HEALTH_PORT": "0"}) is None


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of a text in Prometheus's form."""
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_what_a_gate_has_counted_is_what_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counters(unknown=2, failed=1, drained=7)
    counts.legs["connected", "international"] = 3
    counts.shed["lag"] = 4
    kept = timings.Timings((0.01, 0.1))
    for seconds in (0.005, 0.05, 0.05, 7.0):
        kept.add(seconds)
    monkeypatch.setattr(timings, "decisions", kept)
    told = Metrics(Health("gate"), lambda: of_gate(counts), lambda: of_drain(counts))()
    found = values(told[0].decode())
    call = (("outcome", "connected"), ("type", "international"))
    assert found["callmark_calls_total", call] == 3
    assert found["callmark_calls_shed_total", (("why", "lag"),)] == 4
    assert found["callmark_calls_shed_total", (("why", "full"),)] == 0
    assert found["callmark_fail_policy_calls_total", ()] == 7
    assert found["callmark_drained_records_total", ()] == 7
    bucket = "callmark_decision_seconds_bucket"
    assert [found[bucket, (("le", bound),)] for bound in ("0.01", "0.1", "+Inf")] == [1, 3, 4]
    assert found["callmark_decision_seconds_sum", ()] == pytest.approx(7.105)


class Answered:
    """A web application around which the portal's pages are."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        self.asked.append(environ["PATH_INFO"])
        start("404 Not Found", [])
        return [b"no"]


def test_the_portal_answers_before_django_and_counts_what_it_passes_on() -> None:
    behind, statuses = Answered(), []
    portal = PortalProbes(behind, Health("portal", (Check("database", well),)), TOKEN)

    def get(path: str, **environ: str) -> str:
        asked = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "127.0.0.1", **environ}
        return b"".join(portal(asked, lambda status, *_: statuses.append(status))).decode()

    assert get("/healthz") == "alive\n"
    assert get("/readyz") == "ready\ndatabase: ok\n"
    get("/some-firm/4711/calls")
    get("/api/v1/me")
    assert behind.asked == ["/some-firm/4711/calls", "/api/v1/me"]
    text = get("/metrics")
    assert "4711" not in text
    assert values(text)["callmark_requests_total", (("area", "api"), ("status", "4xx"))] == 1
    get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7")
    get("/healthz", REQUEST_METHOD="POST")
    assert [status[:3] for status in statuses] == ["200", "200", "404", "404", "200", "403", "405"]


def test_port_numbers_that_are_none_are_said_at_the_start(tmp_path: Path) -> None:
    from tests.security.test_settings_from_the_environment import run

    assert "CALLMARK_HEALTH_PORT" in run(tmp_path, CALLMARK_HEALTH_PORT="x").stderr
    assert "16 random characters" in run(tmp_path, CALLMARK_METRICS_TOKEN="short").stderr
