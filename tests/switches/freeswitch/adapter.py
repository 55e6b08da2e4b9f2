"""FreeSWITCH in the contract: its sockets, by what was measured, without a phone."""

import asyncio
from itertools import count
from typing import ClassVar

from callmark.accounts.models import Extension, User
from callmark.gate.gate import Gate
from callmark.policy.prompts import Prompt, PromptLanguage, Wording
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.server import SocketServer
from callmark.switches.freeswitch.sounds import sounds_of
from callmark.switches.freeswitch.watcher import EventSocketAddress, Watcher
from tests.switches.contract import Adapter, Heard, Scene
from tests.switches.freeswitch.scripted import (
    Call,
    Channel,
    EventSocketOfTheSwitch,
    phone_call,
)
from tests.switches.gates import gate_of

LENGTH = 4
_PROMPTS = {
    sounds_of(prompt, Wording(LENGTH, language))[0]: (prompt.value, language.value)
    for prompt in Prompt
    for language in PromptLanguage
}
_numbers = count(1)


class FreeSwitch(Adapter):
    """A scripted FreeSWITCH hands the call over, and fires the star code's event."""

    cannot: ClassVar = {}

    def place(self, scene: Scene) -> Heard:
        _connect_phones(scene.caller)
        with gate_of(scene) as gate:
            return asyncio.run(self._play(gate, scene))

    async def _play(self, gate: Gate, scene: Scene) -> Heard:
        legs = Legs()
        channel = _channel(scene)
        server = SocketServer(gate, legs, port=0)
        await server.start()
        call = await Call.place(channel, server.port)
        await server.close(1)
        if scene.star_code:
            return await self._press(gate, legs, channel, scene)
        heard = Heard(_heard(channel), call.result, languages=_languages(channel))
        if heard.went == "connect":
            heard.number = channel.variables["callmark_number"]
        return heard

    async def _press(self, gate: Gate, legs: Legs, channel: Channel, scene: Scene) -> Heard:
        switch = EventSocketOfTheSwitch()
        address = EventSocketAddress("127.0.0.1", await switch.start(), switch.password)
        watcher = Watcher(gate, legs, "main", address)
        watcher.start()
        await watcher.listening.wait()
        channel.answer_state, channel.keys = "answered", iter(scene.keys)
        await switch.tell("CUSTOM", channel, **{"Event-Subclass": "callmark::star"})
        while not (channel.hung_up or "sched_del" in switch.did):
            await asyncio.wait_for(switch.changed.wait(), 10)
            switch.changed.clear()
        await watcher.close(2)
        switch.close()
        went = "hung up" if channel.hung_up else "resume"
        return Heard(_heard(channel), went, languages=_languages(channel))


def _channel(scene: Scene) -> Channel:
    keys = () if scene.star_code else scene.keys
    call = phone_call(scene.number, realm="firm.test", keys=keys)
    call.variables["callmark_account"] = "firm"
    if scene.alone:
        # Ben's own leg is gone: he has transferred the outsider here (transcript F).
        bens = f"ben-{next(_numbers)}"
        for name in ("sip_authorized", "sip_auth_username", "sip_auth_realm"):
            del call.variables[name]
        call.headers["Call-Direction"], call.answer_state = "outbound", "answered"
        call.variables |= {
            "originating_leg_uuid": bens,
            "last_bridge_to": bens,
            "transfer_source": f"1764142000:x:bl_xfer:{scene.number}/firm.test/XML",
            "callmark_of": f"{bens}/1/{bens}/101@firm.test",
        }
    return call


def _connect_phones(caller: User) -> None:
    """The firm's phones are those of this switch: user and domain."""
    phones = Extension.objects.of_every_account("the firm of this test is the only one")
    for extension in phones.filter(account=caller.account):
        extension.endpoint = f"{extension.number}@firm.test"
        extension.save()


def _heard(channel: Channel) -> list[str]:
    return [_PROMPTS[one][0] for one in channel.heard if one in _PROMPTS]


def _languages(channel: Channel) -> set[str]:
    return {_PROMPTS[one][1] for one in channel.heard if one in _PROMPTS}
