"""Runs a generated dialplan as FreeSWITCH would: its preprocessor, its conditions, its actions.

After the source of 1.10.12 (``switch_xml.c``, ``mod_dialplan_xml.c``, ``switch_regex.c``,
``switch_channel_expand_variables``) and what was measured on it. It is strict where the switch is
lenient: an application, a variable function or a watchdog that nobody expects fails the test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from xml.etree import ElementTree

MOST_STEPS = 500

_ONE_NUMBER = r"[a-z0-9_.-]+(?:/[a-z0-9_.-]+)*/[+]?[0-9*#]{1,40}(?:@[a-z.]+)?"


class Over(Exception):
    """The call is hung up; ``args[0]`` is the cause."""


class Elsewhere(Exception):
    """The call has been transferred: what stood behind is not carried out any more."""


class HeldWithoutLimit(AssertionError):
    """A gate that hangs keeps the call, and nothing takes it back."""


Gate = Callable[["Run"], None]


def dead(_run: "Run") -> None:
    """Nobody listens: the socket application ends at once."""


def hung(run: "Run") -> None:
    """Says ``connect`` and then nothing: only what was scheduled before can take the call back."""
    run.wait_for_a_watchdog()


@dataclass
class Run:
    """One channel's way. ``bridged`` is the dial string it was connected by, '' if by none."""

    contexts: dict[str, ElementTree.Element]
    gate: Gate
    variables: dict[str, str]
    destination: str = ""
    context: str = ""
    bridged: str = ""
    cause: str = ""
    sockets: list[str] = field(default_factory=list)
    played: list[str] = field(default_factory=list)
    applications: list[tuple[str, str]] = field(default_factory=list)
    scheduled: dict[str, tuple[str, str]] = field(default_factory=dict)
    _hunt: list[tuple[str, str]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(7))

    def dial(self, number: str, context: str) -> "Run":
        """What becomes of a call to ``number`` in ``context``."""
        # As the switch's expressions see it: bytes, not letters.
        self.destination, self.context = number.encode().decode("latin-1"), context
        for _ in range(MOST_STEPS):
            try:
                for application, data in self.hunt(self.destination, self.context):
                    self.execute(application, data)
                self.cause = self.cause or "NORMAL_CLEARING"
            except Elsewhere:
                continue
            except Over as over:
                self.cause = str(over)
            return self
        raise AssertionError("the dialplan goes round in circles")

    # --- conditions -------------------------------------------------------------------------

    def hunt(self, destination: str, context: str) -> list[tuple[str, str]]:
        """The actions of all extensions that match, in order."""
        self._hunt.append((destination, context))
        actions: list[tuple[str, str]] = []
        try:
            for extension in self.contexts[context].findall("extension"):
                matched = self._parse(extension, actions)
                if matched and extension.get("continue") != "true":
                    break
        finally:
            self._hunt.pop()
        return actions

    def _parse(self, parent: ElementTree.Element, actions: list[tuple[str, str]]) -> bool:
        proceed = False
        for condition in parent.findall("condition"):
            proceed, ended = self._ask(condition, actions)
            if ended:
                break
            if proceed and condition.find("condition") is not None:
                proceed = self._parse(condition, actions)
                if not proceed:
                    if condition.get("break") == "never":
                        continue
                    break
        return proceed or parent.get("require-nested") == "false"

    def _ask(
        self, condition: ElementTree.Element, actions: list[tuple[str, str]]
    ) -> tuple[bool, bool]:
        """Whether it holds (or had anti-actions), and whether its extension ends here."""
        match, holds = self._matches(condition)
        proceed = holds
        for element in condition.findall("action" if holds else "anti-action"):
            data = element.text or element.get("data") or ""
            if match is not None and "(" in condition.get("expression", ""):
                data = _substituted(data, match)
            self._take(element, data, actions)
            proceed = True
        way = condition.get("break", "on-false")
        return proceed, way in {"always", "on-true" if holds else "on-false"}

    def _matches(self, condition: ElementTree.Element) -> tuple[re.Match[str] | None, bool]:
        name = condition.get("field")
        if name is None:
            return None, True
        text = self.expand(name) if "$" in name else self._profile().get(name, "")
        expression = self.expand(condition.get("expression", ""))
        match = _compiled(expression).search(text)
        return match, match is not None

    def _take(
        self, element: ElementTree.Element, data: str, actions: list[tuple[str, str]]
    ) -> None:
        application = element.get("application", "")
        if element.get("inline") == "true":
            assert application in {"set", "unset", "export"}, f"{application} cannot be inline"
            self.execute(application, data)
        else:
            actions.append((application, data))

    # --- variables --------------------------------------------------------------------------

    def _profile(self) -> dict[str, str]:
        destination, context = self._hunt[-1] if self._hunt else (self.destination, self.context)
        return {
            "destination_number": destination,
            "context": context,
            "uuid": self.variables.get("uuid", "a-leg"),
            "profile_created_time": "1700000000123456",
        }

    def value(self, name: str) -> str:
        """A variable's value, or the caller profile's field of that name."""
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_:]*", name), f"{name!r} calls a function"
        return self.variables.get(name) or self._profile().get(name, "")

    def expand(self, text: str) -> str:
        """Replace every ``${name}``; what a variable holds is expanded, too."""
        if "${" not in text:
            return text
        return re.sub(r"\$\{([^{}]*)\}", lambda found: self.expand(self.value(found[1])), text)

    def exported_to_called_legs(self) -> dict[str, str]:
        """The variables that called legs get and this one has not."""
        start = "nolocal:"
        return {
            name.removeprefix(start): value
            for name, value in self.variables.items()
            if name.startswith(start)
        }

    # --- applications -----------------------------------------------------------------------

    def execute(self, application: str, data: str) -> None:
        """Carry out one application."""
        data = self.expand(data)
        self.applications.append((application, data))
        assert len(self.applications) < MOST_STEPS, "the dialplan goes round in circles"
        known = getattr(self, f"_do_{application}", None)
        assert known, f"nobody knows the application {application}"
        known(data)

    def _do_set(self, data: str) -> None:
        name, _, value = data.partition("=")
        self.variables.pop(name, None)
        if value:
            self.variables[name] = value

    def _do_unset(self, data: str) -> None:
        self.variables.pop(data, None)

    def _do_export(self, data: str) -> None:
        self._do_set(data)

    def _do_bind_digit_action(self, data: str) -> None:
        pass

    def _do_digit_action_set_realm(self, data: str) -> None:
        pass

    def _do_playback(self, data: str) -> None:
        self.played.append(data)

    def _do_hangup(self, data: str) -> None:
        raise Over(data or "NORMAL_CLEARING")

    def _do_execute_extension(self, data: str) -> None:
        destination, dialplan, context = data.split(" ")
        assert dialplan == "XML"
        actions = self.hunt(destination, context)
        self._hunt.append((destination, context))
        try:
            for application, argument in actions:
                self.execute(application, argument)
        finally:
            self._hunt.pop()

    def _do_transfer(self, data: str) -> None:
        destination, dialplan, context = data.split(" ")
        assert dialplan == "XML"
        self._move(destination, context)

    def _move(self, destination: str, context: str) -> None:
        self.destination, self.context = destination, context
        raise Elsewhere

    def _do_sched_transfer(self, data: str) -> None:
        after, destination, dialplan, context = data.split(" ")
        assert re.fullmatch(r"\+[1-9][0-9]?", after)
        assert dialplan == "XML"
        task = str(next(self._ids))
        self.scheduled[task] = (destination, context)
        self.variables["last_sched_id"] = task

    def _do_sched_cancel(self, data: str) -> None:
        assert data, "without a name every task of the channel is canceled, the operator's too"
        self.scheduled.pop(data, None)

    def _do_socket(self, data: str) -> None:
        self.sockets.append(data)
        assert data.endswith(" async full")
        self.gate(self)

    def wait_for_a_watchdog(self) -> None:
        """Nothing comes back by itself."""
        if not self.scheduled:
            raise HeldWithoutLimit
        self._move(*self.scheduled.pop(min(self.scheduled)))

    def _do_bridge(self, data: str) -> None:
        assert not self.scheduled, "a watchdog is left: it ends the conversation"
        assert "socket_resume" not in self.variables
        assert re.fullmatch(_ONE_NUMBER, data), f"dials {data!r}"
        self.bridged = data
        raise Over("NORMAL_CLEARING")


def load(files: dict[str, str]) -> dict[str, ElementTree.Element]:
    """The contexts of ``dialplan/*.xml``, after the preprocessor."""
    text = "".join(_preprocessed(name, files) for name in files if name.startswith("dialplan/"))
    return {one.get("name", ""): one for one in ElementTree.fromstring(f"<x>{text}</x>")}


def _preprocessed(name: str, files: dict[str, str]) -> str:
    lines = []
    for line in files[name].splitlines(keepends=True):
        if "<include>" in line or "</include>" in line or "<?" in line:
            continue  # the whole line
        assert "$${" not in line
        if "x-pre-process" in line.lower():
            found = re.search(r'<X-PRE-PROCESS cmd="include" data="([^"]+)"/>', line)
            assert found, line
            lines.append(_preprocessed(found[1], files))
        else:
            lines.append(line)
    return "".join(lines)


def _substituted(data: str, match: re.Match[str]) -> str:
    def group(found: re.Match[str]) -> str:
        number = int(found[1])
        return (match[number] or "") if number <= (match.re.groups) else ""

    return re.sub(r"\$([0-9]+)", group, data)


_KNOWN: dict[str, re.Pattern[str]] = {}


def _compiled(expression: str) -> re.Pattern[str]:
    if expression not in _KNOWN:
        assert not re.search(r"\\[\\nst'$]", expression), (
            "the switch changes it before PCRE sees it"
        )
        assert "${" not in expression
        assert not expression.startswith(("_", "/"))
        _KNOWN[expression] = re.compile(expression.replace(r"\z", r"\Z"), re.ASCII)
    return _KNOWN[expression]
