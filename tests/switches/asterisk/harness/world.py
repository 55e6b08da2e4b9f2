"""The whole: two Asterisks, gates, and phones that tests pick up."""

import csv
import re
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.access import write_secret
from callmark.switches.asterisk.dialplan import write_configuration
from callmark.switches.asterisk.sounds import install_prompts

from .accounts import ACCOUNTS, SCRIPTED
from .ami import Ami, Event
from .configuration import (
    DEMO_ACCOUNTS,
    account_of,
    configure_phones,
    configure_switch,
)
from .freepbx import FreePbxLine
from .gate import AGI_SECRET, Database, GateProcess
from .instance import Instance
from .line import lines_of
from .office import write_features

REPOSITORY = Path(__file__).resolve().parents[4]
_calls = count(1)

T = TypeVar("T")


class World:
    """Started once for all tests. ``gates`` by name: live, stopped, own."""

    def __init__(self, pbx: Instance, phones: Instance, gates: dict[str, GateProcess]) -> None:
        self.pbx = pbx
        self.phones = phones
        self.gates = gates
        self.lines = lines_of(pbx)
        self.office = FreePbxLine(pbx, gates["live"])
        self.pbx_ami: Ami
        self.phones_ami: Ami

    def start(self) -> None:
        for gate in self.gates.values():
            gate.start_relay(self.pbx.home / "spool")
        folders = [self._write_dialplan(name) for name in self.gates]
        configure_switch(self.pbx, self.phones.sip_port, folders)
        for line in self.lines.values():
            line.configure()
        write_features(self.pbx, list(self.lines))
        self.office.configure()
        configure_phones(self.phones, self.pbx.sip_port)
        install_prompts(REPOSITORY / "prompts", self.pbx.sounds)
        self.pbx_ami = self.pbx.start()
        self.phones_ami = self.phones.start()

    def stop(self) -> None:
        for gate in self.gates.values():
            gate.stop_relay()
        for instance in (self.pbx, self.phones):
            instance.stop()
            instance.remove()

    def call(
        self,
        phone: str,
        number: str,
        digits: str = "",
        *,
        after_answer: str = "",
        forged_caller_id: str = "",
        record: bool = False,
        arrives_as: str = "",
    ) -> "PhoneCall":
        """Pick up ``phone`` and dial; ``digits`` are typed as soon as early media is there.

        ``number`` is the user part of an address: what means something there is written ``%26``.
        """
        call = PhoneCall(self, phone, number, digits, after_answer, forged_caller_id, record)
        call.arrives_as = arrives_as
        return call

    def database_of(self, phone: str) -> Database:
        """Where the gate of this phone's account writes."""
        which = {account.slug: account.gate for account in (*ACCOUNTS, *SCRIPTED)}
        return self.gates[which.get(account_of(phone), "live")].database

    def hang_up_everything(self) -> None:
        """End every call that is up, on the phones and on the switch."""
        for ami in (self.phones_ami, self.pbx_ami):
            ami.command("channel request hangup all")

    def wait_until(
        self,
        condition: Callable[[], T | None],
        what: str,
        timeout: float = 20,
        instead: Callable[[], object] | None = None,
    ) -> T:
        """Poll until the condition is true; returns its value. ``instead``: what there is then."""
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            if time.monotonic() > deadline:
                had = f", had {instead()}" if instead else ""
                raise AssertionError(f"waited {timeout} s for {what}{had}")
            time.sleep(0.05)
        return value

    def _write_dialplan(self, gate: str) -> str:
        accounts = [
            AccountDialplan(
                slug=account.slug,
                country="US",
                outside_prefix=account.outside_prefix,
                extensions=tuple(person.extension for person in account.people),
                own_numbers=account.own_numbers,
                allowed=account.switches is not None,
                separator=account.options.separator,
                language=PromptLanguage(account.language) if account.language else None,
            )
            for account in (*ACCOUNTS, *SCRIPTED)
            if account.gate == gate
        ]
        if gate == "live":
            accounts += [AccountDialplan(slug, "US", outside_prefix="9") for slug in DEMO_ACCOUNTS]
        folder = f"callmark-{gate}"
        url = f"agi://127.0.0.1:{self.gates[gate].port}"
        relay = f"agi://127.0.0.1:{self.gates[gate].relay_port}"
        write_configuration(self.pbx.etc / folder, accounts, url, relay_url=relay)
        (self.pbx.etc / "callmark").mkdir(exist_ok=True)
        write_secret(self.pbx.etc / "callmark", AGI_SECRET)
        return folder


class PhoneCall:
    """One call from one phone, seen from the phone, the switch and the far end."""

    def __init__(
        self,
        world: World,
        phone: str,
        number: str,
        digits: str,
        after_answer: str,
        forged: str,
        record: bool,
    ) -> None:
        self.world = world
        self.phone = phone
        self.number = number
        self.arrives_as = ""
        self.id = f"test-call-{next(_calls)}"
        self._pbx_start = len(world.pbx_ami.events)
        self._log_start = world.pbx.log.stat().st_size
        self._phones_start = len(world.phones_ami.events)
        recordings = world.phones.home / "spool" / "monitor"
        self.recording = recordings / f"{self.id}-heard.wav"
        variables = {
            "__PHONE": phone,
            "__NUMBER": number,
            "__DIGITS": digits,
            "__AFTER_ANSWER": after_answer,
            "__FORGED": forged,
            "__RECORDING": world.phones.inside(recordings / self.id) if record else "",
        }
        world.phones_ami.action(
            "Originate",
            variables,
            Channel="Local/call@phone/n",
            Application="Wait",
            Data="300",
            ChannelId=self.id,
            OtherChannelId=f"{self.id}-dialling",
            Async="true",
            Timeout="120000",
        )

    # --- the phone

    @cached_property
    def channel(self) -> str:
        """The phone's SIP channel."""
        return self._wait_phone("Newchannel", "the phone to dial")["Channel"]

    def type(self, digits: str) -> None:
        """Type digits, 100 ms each, as RFC 4733 events, once the phone has media to type into."""
        self._wait_media()
        for digit in digits:
            self.world.phones_ami.action(
                "PlayDTMF", Channel=self.channel, Digit=digit, Duration="100"
            )
            time.sleep(0.06)

    def hang_up(self) -> None:
        self.world.phones_ami.action("Hangup", Channel=self.channel)

    def wait_over(self, timeout: float = 40) -> Event:
        """Wait until the call is over on both sides."""
        self.wait_phone_over(timeout)
        return self.world.pbx_ami.wait_for(
            lambda e: e.get("Event") == "Hangup" and e.get("Uniqueid") == self.unique_id,
            what="the switch to hang up",
            start=self._pbx_start,
        )

    def wait_phone_over(self, timeout: float = 40) -> Event:
        return self._wait_phone("Hangup", "the phone's call to end", timeout)

    def _wait_media(self) -> None:
        """The switch may say that it plays before this phone has read so: a digit would be lost."""
        start = f"PJSIP/{self.phone}-"
        self.world.phones_ami.wait_for(
            lambda e: (
                (e.get("DialStatus") == "PROGRESS" or e.get("ChannelStateDesc") == "Up")
                and e.get("DestLinkedid", e.get("Linkedid")) == self.id
                and e.get("DestChannel", e.get("Channel", "")).startswith(start)
            ),
            what="media",
            start=self._phones_start,
        )

    # --- the switch

    @property
    def first_event(self) -> int:
        """Where the switch's events of this call begin."""
        return self._pbx_start

    @property
    def unique_id(self) -> str:
        """The switch's id of the call."""
        return self._on_switch["Uniqueid"]

    @property
    def switch_channel(self) -> str:
        return self._on_switch["Channel"]

    @property
    def heard(self) -> list[str]:
        """The sounds the switch played to this phone, in order."""
        played = re.compile(rf"<{re.escape(self.switch_channel)}> Playing '([^']+)\.[a-z0-9]+'")
        text = self.world.pbx.log_since(self._log_start)
        return [name.removeprefix("callmark/") for name in played.findall(text)]

    def wait_heard(self, *sounds: str, timeout: float = 30) -> None:
        """Wait until exactly these sounds were played, the last one may still play."""
        self.world.wait_until(
            lambda: self.heard == list(sounds), str(sounds), timeout, lambda: self.heard
        )

    def applications(self) -> list[str]:
        """Every application the call ran in the switch's dialplan."""
        return [event["Application"] for event in self._steps()]

    def extensions(self) -> set[str]:
        """Every extension of the switch's dialplan that the call was in."""
        return {event["Exten"] for event in self._steps()}

    def _steps(self) -> list[Event]:
        """Of the switch's dialplan, in order."""
        return self.world.pbx_ami.find(
            lambda e: e.get("Event") == "Newexten" and e.get("Uniqueid") == self.unique_id,
            start=self._pbx_start,
        )

    def cdr(self) -> dict[str, str]:
        """The switch's own record, from its CSV file."""

        def look() -> dict[str, str] | None:
            rows = read_cdr(self.world.pbx.cdr_csv)
            return next((row for row in rows if row["uniqueid"] == self.unique_id), None)

        return self.world.wait_until(look, "a CDR")

    # --- the far end

    def wait_arrived(self, timeout: float = 20) -> Event:
        """The INVITE at the far end."""
        if self.arrives_as:
            # Another call of the same test may arrive as the same: it must be this one's.
            self.world.pbx_ami.wait_for(
                self._is_dialing, what="its dialing", timeout=timeout, start=self._pbx_start
            )
        ami = self.world.phones_ami
        return ami.wait_for(
            self._is_arrival, what="the INVITE", timeout=timeout, start=self._phones_start
        )

    def wait_answered(self, timeout: float = 40) -> None:
        """Wait until the phone is connected to the far end."""
        self._wait_phone("Newstate", "the phone to be connected", timeout, state="Up")

    def wait_talking(self) -> None:
        """Wait until both are in one bridge: before that the switch transfers nobody."""
        self.world.pbx_ami.wait_for(
            lambda e: (
                e.get("Event") == "BridgeEnter"
                and e.get("Linkedid") == self.unique_id
                and e.get("BridgeNumChannels") == "2"
            ),
            what="both to talk",
            start=self._pbx_start,
        )

    @property
    def arrived(self) -> bool:
        """Whether an INVITE came to the far end. Ask when the call is over."""
        return any(self._is_arrival(e) for e in self.world.phones_ami.events[self._phones_start :])

    def dialed_outside(self) -> set[str]:
        """Everything that any channel of this call dialed. Ask when the call is over."""
        found = self.world.pbx_ami.find(self._is_dialing, start=self._pbx_start)
        return {event["DialString"] for event in found}

    # --- the record

    def record(self, *, ended: bool = True) -> dict[str, Any]:
        """Callmark's record of the call, once it is complete (or once it is there)."""

        def look() -> dict[str, Any] | None:
            found = self.world.database_of(self.phone).call(self.unique_id)
            return found if found and (found["ended_at"] or not ended) else None

        return self.world.wait_until(look, "the record")

    def attempts(self) -> list[str]:
        return self.world.database_of(self.phone).attempts(self.record())

    def _is_dialing(self, event: Event) -> bool:
        ids = (event.get("Linkedid"), event.get("Uniqueid"))
        return event.get("Event") == "DialBegin" and self.unique_id in ids

    def _is_arrival(self, event: Event) -> bool:
        is_new = event.get("Event") == "Newchannel" and event.get("Context") == "outside"
        exten = event.get("Exten", "")
        account = account_of(self.phone)
        inside = f"{account}-{self.number}" if account else self.number.replace("*", "-")
        return is_new and exten in {self.arrives_as or self.number, inside}

    @cached_property
    def _on_switch(self) -> Event:
        """How the switch told of it. Kept: a search for each of its events takes long."""
        start = f"PJSIP/{self.phone}-"
        return self.world.pbx_ami.wait_for(
            lambda e: (
                e.get("Event") == "Newchannel"
                and e["Channel"].startswith(start)
                and e.get("Exten") == unquote(self.number)
            ),
            what="the call at the switch",
            start=self._pbx_start,
        )

    def _wait_phone(
        self, event: str, what: str, timeout: float = 40, state: str | None = None
    ) -> Event:
        start = f"PJSIP/{self.phone}-"
        return self.world.phones_ami.wait_for(
            lambda e: (
                e.get("Event") == event
                and e.get("Linkedid") == self.id
                and e["Channel"].startswith(start)
                and (state is None or e.get("ChannelStateDesc") == state)
            ),
            what=what,
            timeout=timeout,
            start=self._phones_start,
        )


CDR_COLUMNS = """
accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration
billsec disposition amaflags uniqueid userfield peeraccount linkedid sequence
"""


def read_cdr(path: Path) -> Iterable[dict[str, str]]:
    if not path.exists():
        return []
    # A hostile number may have bytes in it that are no UTF-8.
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return [dict(zip(CDR_COLUMNS.split(), row, strict=False)) for row in csv.reader(file)]
