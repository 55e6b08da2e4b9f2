"""Asking a process how it is, by its ``/readyz``. Needs no Django: the relay's machine has none."""

import urllib.error
import urllib.request
from collections.abc import Iterator

from callmark.switches.alone.findings import Finding

_ANSWER_SECONDS = 5.0
_MOST_BYTES = 20_000


def asked(where: tuple[str, int], command: str, without: str) -> Iterator[Finding]:
    """Whether a process is there, alive, and ready; the lines of ``/readyz`` say what it lacks."""
    place = f"{where[0]} port {where[1]}"
    alive, word = _answer(*where, "healthz")
    if alive is None:
        do = "Start it (callmark.target, or 'callmark run'), and see its log"
        yield Finding(place, f"'{command}' does not answer ({word}): {without}", do)
        return
    if alive != 200:
        yield Finding(place, f"'{command}' hangs: {without}", "Start it again, and see its log")
        return
    ready, text = _answer(*where, "readyz")
    lines = [line for line in text.splitlines()[1:] if not line.endswith(": ok")]
    if ready != 200 or lines:
        how = "ready" if ready == 200 else "not ready"
        yield Finding(
            place,
            f"'{command}' is {how}: {'; '.join(lines) or 'it does not say why'}",
            "Mend what it names; a process that is alive need not be started again",
        )


def _answer(host: str, port: int, page: str) -> tuple[int | None, str]:
    """A page's status and text; None, and the kind of problem, without an answer."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/{page}"
    # A proxy of the environment is no way to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=_ANSWER_SECONDS) as answer:
            return answer.status, answer.read(_MOST_BYTES).decode(errors="replace")
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read(_MOST_BYTES).decode(errors="replace")
    except (OSError, ValueError) as problem:
        return None, type(getattr(problem, "reason", problem)).__name__
