"""One step of a tagging by star code: taken up, carried out, and put aside again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from callmark.api.models import ControlledTagging
from callmark.api.policies import policy_of
from callmark.api.steps import (
    SWITCH,
    Step,
    attempts_from,
    code_step,
    collect_step,
    counter_of,
    kept_attempts,
    kept_settings,
    prompt_step,
    settings_from,
    store,
)
from callmark.gate.building import CallIdentity, tagged_record
from callmark.gate.driver import Entries
from callmark.policy.flow import Attempted, Collect, HungUp, Play, Tag
from callmark.policy.settings import EffectiveSettings
from callmark.policy.tagging import MidCallTagging, Resume, TaggingAction, TaggingContext


@dataclass(slots=True)
class TaggingSession:
    """One step of one press of the star code."""

    row: ControlledTagging
    settings: EffectiveSettings
    tagging: MidCallTagging
    entries: Entries
    _prompts: list[Step] = field(default_factory=list)
    _collect: Step | None = None

    @classmethod
    def begun(cls, row: ControlledTagging, settings: EffectiveSettings) -> "TaggingSession":
        """The star code was dialled."""
        counter = counter_of(row.user)
        context = TaggingContext(settings, policy_of(row.account).codes, counter.left())
        return cls(row, settings, MidCallTagging(context), Entries(counter, "star_code"))

    @classmethod
    def resumed(cls, row: ControlledTagging) -> "TaggingSession":
        """Take up a tagging that waits for an entry."""
        settings = settings_from(row.state["settings"])
        context = TaggingContext(settings, policy_of(row.account).codes)
        entries = Entries(counter_of(row.user), "star_code")
        entries.attempts = attempts_from(row.state["attempts"])
        tagging = MidCallTagging.resume(context, row.state["wrong_entries"])
        return cls(row, settings, tagging, entries)

    def step(self, name: str, actions: Iterable[TaggingAction]) -> Step:
        """Carry the actions out as far as we can, and tell the switch the rest."""
        length = self.settings.code_length
        for action in actions:
            match action:
                case Attempted():
                    self.entries.add_attempt(action)
                case Tag():
                    self.entries.set_tag(action)
                case Play(prompt, wait):
                    played = prompt_step(prompt, length, wait=wait, interruptible=False)
                    self._prompts.append(played)
                case Collect(prompt):
                    if prompt is not None:
                        played = prompt_step(prompt, length, wait=False, interruptible=True)
                        self._prompts.append(played)
                    self._collect = collect_step(action, 1 + len(self.entries.attempts))
                case Resume():
                    self._record()
        self._keep()
        answer = self._answer()
        self.row.answers |= {name: answer, "latest": name}
        return answer

    def hang_up(self) -> None:
        """The user hung up, or nobody asked for long: what was entered so far is on record."""
        self.step("hang_up", self.tagging.receive(HungUp()))
        self.row.save()

    def _record(self) -> None:
        if not self.entries.attempts:
            return
        row = self.row
        identity = CallIdentity(
            id=str(row.record_id),
            switch=SWITCH,
            call_id=row.request["call_id"],
            linked_id=row.request["linked_id"] or row.request["call_id"],
            account_id=str(row.account_id),
            user_id=str(row.user_id),
        )
        store(tagged_record(identity, row.request["extension"], self.entries))

    def _keep(self) -> None:
        self.row.finished = self.tagging.finished
        self.row.state = {}
        if not self.tagging.finished:
            self.row.state = {
                "settings": kept_settings(self.settings),
                "wrong_entries": self.tagging.wrong_entries,
                "attempts": kept_attempts(self.entries.attempts),
            }

    def _answer(self) -> Step:
        return {
            "id": str(self.row.pk),
            "tagging_id": self.row.tagging_id,
            "record_id": str(self.row.record_id),
            "action": "resume" if self.tagging.finished else "collect",
            "prompts": self._prompts,
            "collect": self._collect,
            "account_code": code_step(self.entries.tag),
        }
