"""Every name that the generated dialplan and the gate share: said once, for both.

Each says who sets it and who reads it. *Dialplan* is the generated XML, *port* the gate's session
of one call (outbound socket), *watcher* the gate's connection for all calls (inbound socket), *CDR*
the importer of the switch's own files.
"""

PREFIX = "callmark"
"""Of all names of ours: an operator's own variables never begin with it."""

# Where calls go

GATE_EXTENSION = "callmark-gate"
"""Dialplan: the one extension that opens the socket, run by ``execute_extension``."""

AFTER_EXTENSION = "callmark-after-"
"""Dialplan: followed by the result; ``callmark-after-`` alone is the fail policy."""

HUNG_EXTENSION = "callmark-hung"
"""Dialplan: the fail policy of a gate that hangs. Port: the target of each renewed watchdog, in the
context of the phones, so every context that gates calls has it."""

SOCKET_PATH = "gate"
"""Dialplan: ``socket HOST:PORT/gate?switch=NAME async full``. Port: refuses any other path."""

SWITCH_QUERY = "switch"
"""Dialplan: behind the path, the switch's name. Port: which switch asks (``main`` if left out)."""

WATCH_SECONDS = 8
"""Dialplan: how long until the first watchdog takes the call from a gate that says nothing. Port:
does what is not waiting for the caller in less, and renews the watchdog before it waits."""

DEFAULT_PORT = 4585
"""Port: listens there (``CALLMARK_FREESWITCH_PORT``). Dialplan: opens the socket there."""

# Variables of the asking channel, before the socket

DIALED = "callmark_dialed"
"""Dialplan: the number as dialed, before ``execute_extension``. Port: judges it. CDR: what was
dialed, where ``destination_number`` has become something else."""

CONTEXT = "callmark_context"
"""Dialplan: the context of the phones, where :data:`HUNG_EXTENSION` is. Port: each renewed watchdog
goes back there (``Caller-Context`` if left out)."""

ACCOUNT = "callmark_account"
"""Dialplan: short name of the account whose context this is, '' if none. Port: the account where
the phone tells nobody."""

WATCH = "callmark_watch"
"""Dialplan: ``${last_sched_id}`` of its own watchdog; cancels by it directly behind the socket.
Port: reads it, and takes that watchdog away when it sets its own."""

WATCH_GROUP = "callmark-"
"""Port: followed by the channel's UUID, the scheduler's group of the watchdogs it sets itself (an
API command to set one tells no id). Dialplan: directly behind the socket ``sched_cancel
callmark-${uuid}``, too, or the watchdog ends the conversation."""

ANSWER_FIRST = "callmark_answer_first"
"""Dialplan: ``true`` where phones send digits only in an answered call. Port: answers to ask."""

PHONE = "callmark_phone"
"""Dialplan, optional: ``user@domain`` of a phone that the operator vouches for, where the switch
authenticates none (a profile that admits phones by address). Port: counts it where nothing that the
switch has authenticated tells."""

FORWARDER = "callmark_forwarder"
"""Dialplan, optional: ``user@domain`` whose forward in the switch has sent the call here (not a
302, which is seen). Port: they pay."""

SOUNDS = "callmark_sounds"
"""Dialplan: folder of the prompts, without a slash at its end. Port: plays from there (relative
``callmark`` if left out)."""

SENSITIVE = "sensitive_dtmf"
"""FreeSWITCH's own. Dialplan: ``true`` before the socket, unset in the fail policies and in
``callmark-after-end``. Port: on *connect* unsets it itself, at once or on answer, so that digits
typed while it rings never arrive: ``callmark-after-connect`` must leave it alone. Watcher: around a
star code's ``read``."""

RESUME = "socket_resume"
"""FreeSWITCH's own. Dialplan: ``true`` before the socket, unset directly behind it."""

# Variables of the asking channel, set by the gate

RESULT = "callmark_result"
"""Dialplan: '' before the socket; branches by it. Port: ``connect`` or ``end``, last of all. CDR:
'' means that the fail policy decided."""

CONNECT, END = "connect", "end"
"""The two results; without one, the gate is not well."""

NUMBER = "callmark_number"
"""Dialplan: '' before the socket. Port: the clean number, of ``[+0-9*#]`` only. Dialplan: dials it
in place of what was dialed."""

LINE = "callmark_line"
"""Dialplan: '' before the socket. Port: the outside-line prefix taken off the number, of
``[+0-9*#]``, or ''. Dialplan: before the number where the operator's routes want it."""

CODE = "callmark_code"
"""Port: the code's *name*, or unset; never its digits. CDR: reads it. Never put into
``accountcode``, which names a file."""

CALL = "callmark_call"
"""Port: which question this channel has asked, as :mod:`.origin` writes it. Dialplan: hands it to
the called legs in ``callmark-after-connect``, ``export nolocal:callmark_of=${callmark_call}``. CDR:
which leg of ours the row is about. It stays when the channel asks again, and is counted on."""

OF = "callmark_of"
"""Dialplan: on called legs, the ``callmark_call`` of the channel that dialed them; also listed in
``loopback_export``. The fail policies export :data:`OF_NOTHING` in its place, or a later call of
the channel would end the leg before it. Watcher: whose leg has ended. Port: who transferred a leg,
and from which conversation, where the watcher has not seen it."""

OF_NOTHING = "none"

ENTRY = "callmark_entry"
"""Port, watcher: where ``read`` puts digits; unset at once. Nobody else ever reads it."""

ON_ANSWER_UNSET = "execute_on_answer_81"
ON_ANSWER_FLUSH = "execute_on_answer_82"
"""Port: on the asking channel, ``unset sensitive_dtmf`` and ``flush_dtmf``: what was typed before
the answer is lost, what is typed after it arrives. High numbers, beside an operator's own."""

ON_ANSWER_BIND = "execute_on_answer_83"
ON_ANSWER_REALM = "execute_on_answer_84"
"""Dialplan: with ``export nolocal:``, binds the star code on a called leg that may tag."""

# Calls that come in

INBOUND = "callmark_inbound"
"""Dialplan: on a call from a trunk, the account's short name, in the entry that also sets
``force_transfer_context``; not exported. Watcher: records the call as one that came in."""

# The star code

REALM = "callmark"
"""Dialplan: realm of ``bind_digit_action`` and ``digit_action_set_realm``; in FusionPBX
``local``."""

STAR_EVENT = "callmark::star"
"""Dialplan: ``Event-Subclass`` of the ``CUSTOM`` event that the digit binding fires. Watcher:
subscribes to it and asks on that leg."""


def star_binding(star_code: str, realm: str = REALM) -> str:
    """The argument of ``bind_digit_action`` that fires :data:`STAR_EVENT` on the leg itself."""
    action = f"exec[i]:event;Event-Subclass={STAR_EVENT},Event-Name=CUSTOM"
    return f"^^;{realm};{star_code};{action};self;self"


def socket_path(switch: str) -> str:
    """What stands behind the port in the ``socket`` application's address."""
    return f"{SOCKET_PATH}?{SWITCH_QUERY}={switch}"
