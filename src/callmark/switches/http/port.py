"""A switch that is told what to do in an answer: what the gate wants becomes the answer."""

from collections.abc import Callable
from typing import Any

from callmark.gate.call import Suspended
from callmark.policy.code_entry import Collect
from callmark.policy.prompts import Prompt, Wording, prompt_file, prompt_text
from callmark.switches.port import Entry, Going

Step = dict[str, Any]
"""What a step is answered, as JSON."""


class HttpPort:
    """:class:`callmark.switches.port.SwitchPort` for one request.

    ``sequence`` tells the number of the entry that is asked for next.
    """

    def __init__(self, sequence: Callable[[], int]) -> None:
        self._sequence = sequence
        self.prompts: list[Step] = []
        self.to_collect: Step | None = None
        self.action = "collect"
        self.number: str | None = None

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:
        """Add a prompt to the answer."""
        self._add(prompt, wording, wait=wait, interruptible=False)

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Ask for an entry; it comes with a later request."""
        if request.prompt is not None:
            self._add(request.prompt, wording, wait=False, interruptible=True)
        self.to_collect = {
            "sequence": self._sequence(),
            "max_digits": request.max_digits,
            "first_digit_seconds": request.first_digit_seconds,
            "between_digits_seconds": request.between_digits_seconds,
            "terminator": request.terminator,
            "alone": request.alone,
        }
        raise Suspended

    async def connect(self, going: Going) -> None:
        """Let the call go on, to the number that was judged."""
        self.action, self.number = "connect", going.number

    async def end(self) -> None:
        """Have the call ended."""
        self.action = "end"

    async def resume(self) -> None:
        """Give the user back to the conversation."""
        self.action = "resume"

    def _add(self, prompt: Prompt, wording: Wording, *, wait: bool, interruptible: bool) -> None:
        self.prompts.append(
            {
                "prompt": prompt.value,
                "text": prompt_text(prompt, wording),
                "file": prompt_file(prompt, wording),
                "language": wording.spoken.value,
                "wait": wait,
                "interruptible": interruptible,
            }
        )
