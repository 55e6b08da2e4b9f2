"""A small client of Asterisk's manager interface: actions out, events in, waiting by condition."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count, islice

Event = dict[str, str]


class Ami:
    """One connection. Events are kept in the order they came; tests search them."""

    def __init__(self, port: int, secret: str) -> None:
        self.events: list[Event] = []
        self._responses: dict[str, Event] = {}
        self._changed = threading.Condition()
        self._ids = count(1)
        self._sending = threading.Lock()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        # On a busy machine Asterisk takes connections long before it reads them.
        self.action("Login", seconds=60, Username="test", Secret=secret)

    def close(self) -> None:
        self._socket.close()

    def action(
        self,
        name: str,
        variables: dict[str, str] | None = None,
        *,
        seconds: float = 20,
        **fields: str,
    ) -> Event:
        """Send an action and return its response; raises when Asterisk refuses it."""
        action_id = self.send(name, variables, **fields)
        with self._changed:
            if not self._changed.wait_for(lambda: action_id in self._responses, seconds):
                raise AssertionError(f"waited {seconds} s for the answer to {name}")
            response = self._responses.pop(action_id)
        if response["Response"] == "Error":
            raise RuntimeError(f"{name}: {response.get('Message')}")
        return response

    def send(self, name: str, variables: dict[str, str] | None = None, **fields: str) -> str:
        """Send an action without waiting for its response; returns its id."""
        action_id = f"test-{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        lines += [f"{key}: {value}" for key, value in fields.items()]
        lines += [f"Variable: {key}={value}" for key, value in (variables or {}).items()]
        with self._sending:
            self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return action_id

    def command(self, command: str) -> str:
        """Run a console command and return what it printed."""
        return self.action("Command", Command=command).get("Output", "")

    def wait_for(
        self, matches: Callable[[Event], bool], *, what: str, timeout: float = 20, start: int = 0
    ) -> Event:
        """The first event, old or new, that matches; fails loudly after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            position = start
            while True:
                for event in islice(self.events, position, None):
                    position += 1
                    if matches(event):
                        return event
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"waited {timeout} s for {what}")
                self._changed.wait(left)

    def find(self, matches: Callable[[Event], bool], *, start: int = 0) -> list[Event]:
        """All events so far that match."""
        with self._changed:
            return [event for event in islice(self.events, start, None) if matches(event)]

    def forget(self) -> None:
        """Drop the events so far: those of thousands of calls fill the memory."""
        with self._changed:
            self.events.clear()

    def _read(self) -> None:
        buffered = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n")
        lines: list[str] = []
        try:
            buffered.readline()  # the greeting
            for line in buffered:
                if line == "\r\n":
                    self._add(_parse(lines))
                    lines = []
                else:
                    lines.append(line.removesuffix("\r\n"))
        except (OSError, ValueError):
            return

    def _add(self, event: Event) -> None:
        event["_at"] = str(time.monotonic())
        with self._changed:
            self.events.append(event)
            # An event may tell of a response, too, such as OriginateResponse.
            if "Response" in event and "Event" not in event:
                self._responses[event.get("ActionID", "")] = event
            self._changed.notify_all()


def _parse(lines: Iterable[str]) -> Event:
    event: Event = {}
    for line in lines:
        key, _, value = line.partition(": ")
        event[key] = f"{event[key]}\n{value}" if key == "Output" and key in event else value
    return event
