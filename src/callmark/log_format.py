"""How log lines look: one event a line whatever is in it, the time in UTC, no address.

As text, or as JSON (``CALLMARK_LOG_FORMAT=json``) with a field for each thing an event is about:
``at``, ``level``, ``part``, ``event``, ``call``, ``account``, ``switch``, ``error``. Loads nothing
of Django: the relay writes its log so, too.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

ABOUT = ("call", "account", "switch")
"""The ids that an event may be about: never a code, a number that was dialed, or a name."""

_LONGEST_ID = 150
_PLAIN_ID = re.compile(r"[\w.:@+-]+", re.ASCII)
_FIELDS = re.compile(r"(?:[a-z_]+=(?:\"[^\"]*\"|\S+)(?: |$))+")
_FIELD = re.compile(r"([a-z_]+)=(\"[^\"]*\"|\S+)")

_about: ContextVar[Mapping[str, str]] = ContextVar("callmark_log_about", default={})  # noqa: B039


def bind(**ids: str) -> None:
    """Say what the events of this task (or thread) are about from now on; '' is left out.

    Names are those of :data:`ABOUT`. What has other characters than ids have is left out.
    """
    wanted = {name: ids[name][:_LONGEST_ID] for name in ABOUT if ids.get(name)}
    _about.set({name: text for name, text in wanted.items() if _PLAIN_ID.fullmatch(text)})


# Also what ends a line for some readers, and what turns text around on a screen.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class OneLineFormatter(logging.Formatter):
    """Escapes control characters in messages: a number somebody dialed cannot forge a line.

    Tracebacks, which follow the message, keep their lines; each is indented, so that none looks
    like the beginning of an event.
    """

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002
        """ISO 8601 in UTC, whatever the machine's zone is."""
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of the event, with what it is about at its end."""
        ids = "".join(f" {name}={text}" for name, text in _about.get().items())
        return _CONTROLS.sub(_escaped, super().formatMessage(record)) + ids

    def formatException(self, ei: object) -> str:
        """The traceback, indented."""
        return _indented(super().formatException(ei))  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:
        """The stack, indented."""
        return _indented(stack_info)


class JsonFormatter(OneLineFormatter):
    """One JSON object a line; a traceback is its last field, so that it stays with its event."""

    def format(self, record: logging.LogRecord) -> str:
        """The object. A message that is fields already, as of a refusal, becomes fields."""
        event = record.getMessage()
        told: dict[str, object] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "part": record.name,
        }
        if _FIELDS.fullmatch(event):
            told |= {name: text.strip('"') for name, text in _FIELD.findall(event)}
        else:
            told["event"] = event
        told |= _about.get()
        if record.exc_info:
            told["error"] = logging.Formatter.formatException(self, record.exc_info)
        return json.dumps(told)


FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FORMATTERS = {"text": OneLineFormatter, "json": JsonFormatter}


_NEVER_AT_DEBUG = ("django.template", "django.db.backends")
"""They would write page contexts and SQL parameters, with codes in them."""


def chosen(environment: Mapping[str, str]) -> str:
    """The name of the form that is chosen. Ends the process where there is none of that name."""
    name = environment.get("CALLMARK_LOG_FORMAT") or "text"
    if name not in FORMATTERS:
        sys.exit(f"CALLMARK_LOG_FORMAT must be text or json, not {name!r}.")
    return name


def configure(environment: Mapping[str, str]) -> None:
    """Log to standard error, for a process that does not set Django up as a whole."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATTERS[chosen(environment)](FORMAT))
    level = environment.get("CALLMARK_LOG_LEVEL", "INFO")
    logging.basicConfig(level=level, handlers=[handler])
    for name in _NEVER_AT_DEBUG:
        logging.getLogger(name).setLevel(logging.INFO)


def logging_for_django(environment: Mapping[str, str]) -> dict[str, object]:
    """Django's ``LOGGING``: everything to standard error, in the form that is chosen."""
    form = FORMATTERS[chosen(environment)]
    level = environment.get("CALLMARK_LOG_LEVEL")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": f"{__name__}.{form.__name__}", "format": FORMAT}},
        "filters": {"names": {"()": f"{__name__}.NameInsteadOfAddress"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "plain"},
            "refused": {"class": "callmark.web.refusal_log.NoteReason", "formatter": "plain"},
        },
        "root": {"handlers": ["console"], "level": level or "WARNING"},
        "loggers": {
            "callmark": {"level": level or "INFO", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["names"]},
            "django.security": {"handlers": ["refused"], "propagate": False},
            **{name: {"level": "INFO"} for name in _NEVER_AT_DEBUG},
        },
    }


class NameInsteadOfAddress(logging.Filter):
    """Names the page in Django's line about a failure: its address may hold a link's token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, its second argument (the path) replaced."""
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple) and len(record.args) == 2:
            match = getattr(request, "resolver_match", None)
            record.args = (record.args[0], match.view_name if match else "an unknown address")
        return True


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _indented(text: str) -> str:
    return "\n".join(f"    {_CONTROLS.sub(_escaped, line)}" for line in text.split("\n"))
