"""Emergency calls: recognized in every form a phone may send, before anything is asked.

Nothing here can wait: no AGI, no database, no network. What is dialed is encoded first; every
function after that sees letters, digits and ``%``, on which it cannot fail.
"""

from collections.abc import Iterator

from callmark.policy.numbering.special_numbers import HABITUAL_LINE_DIGITS
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.emergency import emergency_forms, service_number
from callmark.switches.asterisk.dialplan.marks import EMERGENCY, mark_lines, told_as


def emergency_lines(account: AccountDialplan) -> Iterator[str]:
    """The context in which a number is looked up that has a ``d`` in front.

    With it a number that is empty is an extension like others. What is not an emergency goes on.
    """
    name = account.context
    yield f"[{name}.emergency]"
    yield "; First of all, and without the gate."
    for form, number in sorted(emergency_forms(account).items()):
        yield f"exten => d{form},1,Goto(p{number},1)"
    yield (
        "exten => _p!,1,MSet(CALLMARK_NUMBER=${EXTEN:1},CALLMARK_DIALED=,CALLMARK_DIAL_OPTIONS=)"
    )
    yield from mark_lines(account, EMERGENCY)
    yield " same => n,Return()"
    yield "; Digits alone have one form, and that was looked up."
    yield (
        'exten => _d!,1,GotoIf($["${core}" != "" | ${REGEX("^[0-9]{1,40}$" ${number})}]'
        f"?{name},gate,1:{name},form,1)"
    )


def form_lines(account: AccountDialplan) -> Iterator[str]:
    """From what was dialed to ``clean``, the number if it is one, and ``core``, tried for help.

    The encoded text has letters, digits and ``%-_.~!*'()``. Parentheses go first: functions count
    them.
    """
    name = account.context
    lines = _lines(account)
    said = f"${{TOLOWER(${{{told_as(account)}}})}}"
    yield f"exten => form,1,MSet(LOCAL(formed)=1,LOCAL(text)=${{FILTER(0-9a-z%*_~!,{said})}})"
    for scheme in ("sip", "sips", "tel"):
        behind = len(scheme) + 3
        yield (
            f' same => n,Set(LOCAL(text)=${{IF(${{REGEX("^{scheme}%3a" ${{text}})}}?'
            f"${{text:{behind}}}:${{text}})}})"
        )
    yield ' same => n,GotoIf(${REGEX("^urn%3aservice%3asos[a-z]*$" ${text})}?service,1)'
    for code, character in _DECODED.items():
        yield f" same => n,Set(LOCAL(text)=${{STRREPLACE(text,{code},{character})}})"
    yield (
        f' same => n,Set(LOCAL(clean)=${{IF(${{REGEX("{_A_NUMBER}" ${{text}})}}?'
        "${CUT(text,%,1)})})"
    )
    yield " same => n,Set(LOCAL(core)=${text})"
    for character in _ENDS_A_NUMBER:
        yield f" same => n,Set(LOCAL(core)=${{STRREPLACE(core,{character},%)}})"
    yield " same => n,Set(LOCAL(core)=${CUT(core,%,1)})"
    yield (' same => n,Set(LOCAL(core)=${IF($["${core:-1}" = "#"]?${core:0:-1}:${core})})')
    for hidden_by, number in _HIDES_THE_CALLER.items():
        yield (
            f' same => n,Set(LOCAL(core)=${{IF(${{REGEX("^({lines})?{hidden_by}" ${{core}})}}?'
            f"{number}:${{core}})}})"
        )
    if account.separator:
        yield "; Whatever is dialed behind an emergency number, it is one."
        for key in "*#":
            yield (
                f' same => n,Set(LOCAL(core)=${{IF(${{REGEX("^[0-9+]" ${{core}})}}?'
                f"${{CUT(core,{key},1)}}:${{core}})}})"
            )
    yield ' same => n,GotoIf($["${core}" = ""]?gate,1)'
    yield f" same => n,Goto({name}.emergency,d${{core}},1)"
    yield f"exten => service,1,Goto({name}.emergency,p{service_number(account)},1)"


def without_code_lines(account: AccountDialplan) -> Iterator[str]:
    """``told``: what was dialed without a code behind it. The gate alone is told all of it.

    A star that begins a star code (*67 before a number) separates nothing, nor does one behind a
    single digit for a line.
    """
    if not account.separator:
        return
    key = account.separator[0]
    yield " same => n,Set(LOCAL(told)=${number})"
    # Only the pound key is encoded.
    yield f" same => n,Set(LOCAL(keys)={'${number}' if key == '*' else _POUND_KEYS})"
    address = "((sips?|tel)%3[aA])?"
    star_code = f"^{address}({_lines(account)})?[*](67|82|31#|31%23)"
    yield f' same => n,Set(LOCAL(star)=${{REGEX("{star_code}" ${{keys}})}})'
    yield (
        f' same => n,ExecIf($["${{star}}" = "0" & '
        f'${{REGEX("^[^*#]*[0-9][0-9][{key}]" ${{keys}})}}]'
        f"?Set(LOCAL(told)=${{CUT(keys,{key},1)}}))"
    )
    if key == "*":
        yield (
            ' same => n,ExecIf(${REGEX("^[*][^*]{4,}[*]" ${keys})}'
            "?Set(LOCAL(told)=${CUT(keys,*,1-2)}))"
        )


def _lines(account: AccountDialplan) -> str:
    """Digits for a line, as alternatives of an expression."""
    return "|".join(dict.fromkeys((*HABITUAL_LINE_DIGITS, account.outside_prefix)))


_POUND_KEYS = "${STRREPLACE(number,%23,#)}"

_DECODED = {"%20": "", "%09": "", "%2b": "+", "%23": "#", "%2a": "*"}
"""Separators that people write (those that need no encoding are filtered), and what is dialed."""

_A_NUMBER = "^[0-9*#+]{1,40}(%3b[a-z0-9]+(%3d[a-z0-9+]*)?)*$"
"""A number, and well-formed parameters behind it, which are left off."""

_HIDES_THE_CALLER = {
    "[*](67|82)": "${CUT(core,*,2):2}",
    "[*]31#": "${CUT(core,#,2)}",
    "#31#": "${CUT(core,#,3)}",
}
"""Star codes before a number (or that show the caller again), and the number behind."""

_ENDS_A_NUMBER = "!~_pwx"
"""Not encoded, and no part of a number; p, w and x are pauses. They end it as ``%`` does."""
