"""What the switch of an office does beside plain calls: groups, parking, pick-up, ways in.

All of it in the words of an operator who knows nothing of Callmark but its one Gosub before Dial.
"""

from collections.abc import Iterable, Iterator

from .instance import Instance

GROUP = "600"
"""Rings 104 and 105 at once, by Dial alone."""
GROUP_WITH_OUTSIDE = "601"
"""Rings 104 and somebody outside, as a member that is a number."""
GROUP_ABROAD = "602"
QUEUE = "603"
"""Rings 104 and 105 at once, by Queue."""
OUTSIDE_MEMBER, MEMBER_ABROAD = "92125550601", "9011442079460602"

PARK, PARKED = "700", "701"
PICK_UP = "*8"
DISA, DISA_DID = "604", "2125550604"
GROUP_DID, QUEUE_DID = "2125550600", "2125550603"

TRANSFER_KEY = "*2"
"""FreePBX's; ``freepbx.py`` sets it."""


def dialplan(slug: str, called: str) -> Iterator[str]:
    """Lines of ``from-SLUG`` that need no Callmark, and of the contexts behind it."""
    both = f"PJSIP/{slug}-104&PJSIP/{slug}-105"
    yield f"[from-{slug}]"
    yield f"exten => {PARK},1,Park()"
    yield "exten => _70[1-9],1,ParkedCall(default,${EXTEN})"
    yield f"exten => _*8XXX,1,PickupChan(PJSIP/{slug}-${{EXTEN:2}})"
    # Where numbers are typed digit by digit: a pattern that one digit matches would end them there.
    yield f"[{slug}-keys]"
    yield f"exten => _[*+0-9].,1,Goto(from-{slug},${{EXTEN}},1)"
    yield f"[{slug}-inside]"
    yield f"exten => {GROUP},1,Dial({both},30,tT{called})"
    for group, member in (
        (GROUP_WITH_OUTSIDE, OUTSIDE_MEMBER),
        (GROUP_ABROAD, MEMBER_ABROAD),
    ):
        members = f"PJSIP/{slug}-104&Local/{member}@from-{slug}"
        yield f"exten => {group},1,Dial({members},30,tT{called})"
    yield f"exten => {QUEUE},1,Answer()"
    yield f" same => n,Queue({slug},tTc{called},,,20)"
    yield f"exten => {DISA},1,Answer()"
    yield f" same => n,DISA(no-password,{slug}-keys)"
    yield f"[{slug}-did]"
    for did, number in ((GROUP_DID, GROUP), (QUEUE_DID, QUEUE), (DISA_DID, DISA)):
        yield f"exten => {did},1,Goto({slug}-inside,{number},1)"
    # With the line that the documentation asks for.
    yield f"exten => _9X.,1,Gosub(callmark-{slug}.inbound,s,1(${{EXTEN:1}}))"
    yield f" same => n,Goto({slug}-did,${{EXTEN:1}},1)"


def write_features(switch: Instance, slugs: Iterable[str]) -> None:
    """A car park, and a queue for each account."""
    switch.write(
        "res_parking.conf",
        "[general]\n[default]\nparkpos => 701-709\ncontext => parkedcalls\nfindslot => first\n"
        "parkingtime => 60\n",
    )
    queues = [
        f"[{slug}]\nstrategy=ringall\ntimeout=20\n"
        + "".join(f"member => PJSIP/{slug}-{one}\n" for one in (104, 105))
        for slug in slugs
    ]
    switch.write("queues.conf", "\n".join(["[general]", *queues]))
