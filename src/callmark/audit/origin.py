"""Where the change under way comes from: set once at the edge, read when an entry is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from uuid import UUID

from django.db.models import TextChoices

from callmark.policy.values import value_class


class Source(TextChoices):
    """Which door a change came through."""

    PORTAL = "portal", "Portal"
    API = "api", "API"
    COMMAND_LINE = "command_line", "Command line"
    GATE = "gate", "Gate"
    SYSTEM = "system", "Callmark itself"


@value_class
class Who:
    """A person or a process; ``id`` is None for a process."""

    id: UUID | None
    name: str
    is_operator: bool = False


@value_class
class Origin:
    """The door, the address behind it, and who stands there when a service is not told.

    ``token_name`` is that of the API token a program came with.
    """

    source: Source
    who: Callable[[], Who]
    address: str | None = None
    token_name: str = ""
    token_id: str = ""


def _process(source: Source, name: str) -> Origin:
    return Origin(source, lambda: Who(None, name))


COMMAND_LINE = _process(Source.COMMAND_LINE, "command line")
GATE = _process(Source.GATE, "gate")
WEBHOOK_WORKER = _process(Source.SYSTEM, "webhook worker")
HOUSEKEEPING = _process(Source.SYSTEM, "housekeeping")

# Whatever is neither a request nor the gate was started from a command line.
_origin: ContextVar[Origin] = ContextVar("origin", default=COMMAND_LINE)


def current() -> Origin:
    """Where the change under way comes from."""
    return _origin.get()


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Whatever changes inside comes from there."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def identify(who: Who, *, token_name: str = "", token_id: str = "") -> None:
    """Say who is behind the request under way, once a token has told."""
    known = replace(_origin.get(), who=lambda: who, token_name=token_name, token_id=token_id)
    _origin.set(known)
