"""A scripted SIP phone for tests, on nothing but Python's own asyncio.

::

    async with Carrier("trunk", switch, port) as carrier, Phone("101", "secret", switch) as phone:
        call = await phone.call("9011442079460000")      # the user part, byte for byte
        await call.early_media()                         # keys can be heard from now on
        await call.dial("1234", tone_ms=40, gap_ms=40)   # RFC 4733; dial_by_info() for SIP INFO
        await call.answered()                            # talking(): sound from the other end, too
        arrived = await carrier.next_call()              # carrier.dialed == [b"011442079460000"]
        transfer = await call.refer(phone.uri("102"))    # or refer_to_call(other): with Replaces
        assert await transfer.reported() == 200
        await arrived.hang_up()

``phone.behaviour`` says what becomes of calls that come in: ``ring`` (the test goes on with
``call.answer()``, ``reject(486)``, ``redirect(contact)``), ``answer_after``, ``reject_with``,
``forward_to``. ``call.audio.recording`` knows what was heard (``level``, ``tones``), with times of
arrival; ``call.audio.digits`` the keys. A failure shows the phone's SIP messages; keys pressed are
not in them.

Why not ``baresip-python`` (0.5.2a3 was looked at): it refuses calls with 486 only, cannot forward
with 302, presses every key for 100 ms, takes no Request-URI that its own parser does not, and is an
alpha of native code inside the tests' process. What must be tried here are exactly the strings and
moments that a well-behaved phone does not send.
"""

from .call import Call, CallEnded, Transfer
from .message import escape, unescape
from .phone import Behaviour, Carrier, Phone, answer_after, forward_to, reject_with, ring
from .sound import SPLASH

__all__ = [
    "SPLASH",
    "Behaviour",
    "Call",
    "CallEnded",
    "Carrier",
    "Phone",
    "Transfer",
    "answer_after",
    "escape",
    "forward_to",
    "reject_with",
    "ring",
    "unescape",
]
