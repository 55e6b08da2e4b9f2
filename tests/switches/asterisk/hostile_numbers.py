"""Strings that a phone may put where a number belongs, and what may become of each.

As data, for an account with outside-line prefix 9, country US, extensions 101-109 and 121, whose
callers need a code for international, premium and directory assistance calls. The strings are the
user part of the Request-URI before it is encoded.
"""

import random
import re
from dataclasses import dataclass

ABROAD = "9011442079460000"
ABROAD_CLEAN = "011442079460000"
LOCAL = "92125551234"
LOCAL_CLEAN = "2125551234"


@dataclass(frozen=True)
class Hostile:
    """``dials``: the numbers of which one must reach the carrier without a code; empty: none may.

    ``maybe``: refusing is as good.
    """

    text: str | bytes
    dials: frozenset[str] = frozenset()
    maybe: bool = False

    @property
    def data(self) -> bytes:
        return self.text.encode() if isinstance(self.text, str) else self.text


def _nothing(*texts: str | bytes) -> list[Hostile]:
    return [Hostile(text) for text in texts]


def _must(number: str, *texts: str | bytes) -> list[Hostile]:
    return [Hostile(text, frozenset({number})) for text in texts]


def _may(number: str, *texts: str | bytes) -> list[Hostile]:
    return [Hostile(text, frozenset({number}), maybe=True) for text in texts]


def attacks(trunk: str, slug: str) -> list[Hostile]:
    """Everything known to have got around a gate, and its relatives."""
    return [
        *_ordinary(),
        *_a_second_channel(trunk, slug),
        *_around_a_local_number(trunk, slug),
        *_the_dialplans_own_language(),
        *_hidden(),
        *_emergency(),
        # Nothing at all, and too much.
        *_may("9", "9"),
        *_nothing("#", "*", "+", "9" + "0" * 60, "9" * 300, ABROAD + "0" * 200),
    ]


def _ordinary() -> list[Hostile]:
    """Or nothing below would prove anything."""
    return [
        *_must(LOCAL_CLEAN, LOCAL, "9 212 555 1234", "9-212-555-1234", "9.212.555.1234"),
        *_must("12125551234", "912125551234"),
        *_must("18003569377", "91-800-FLOWERS", "91800flowers"),
        *_nothing(ABROAD, ABROAD_CLEAN, "9+442079460000", "+442079460000", "99005551234"),
    ]


def _a_second_channel(trunk: str, slug: str) -> list[Hostile]:
    """And options of Dial."""
    abroad = f"PJSIP/{ABROAD_CLEAN}"  # the dialplan itself puts @trunk behind what was dialed
    way_out = f"{slug}-out^{ABROAD_CLEAN}^1"
    return [
        *_nothing(
            f"12125551234&{abroad}",
            f"{LOCAL}&{abroad}",
            f"101&{abroad}",
            f"{abroad}&101",
            f"{LOCAL}&{abroad}@{trunk},30",
            f"{LOCAL}@{trunk}&{abroad}@{trunk},30",
            f"{LOCAL}&Local/{ABROAD_CLEAN}@{slug}-out,30",
            f"{LOCAL}@{trunk}&{abroad}",
            f"{LOCAL}@{trunk},30,G({way_out})",
            f"12125551234@{trunk},30,G({way_out})",
            f"{LOCAL}@{trunk},30,F({way_out})",
            f"{LOCAL}@{trunk},30,U({way_out})",
            f"{LOCAL}@{trunk},,b({way_out})",
            f"{LOCAL}&Local/{ABROAD_CLEAN}@{slug}-out",
            f"{LOCAL}@nowhere&Local/{ABROAD_CLEAN}@{slug}-out",
            f"{LOCAL}|{abroad}",
            f"{LOCAL}\\,30\\,G({way_out})",
        ),
        *_may("911", f"911@x&{abroad}", f"911;x=1&{abroad}", f"9911;x=1&{abroad}", f"911&{abroad}"),
        *_may("5551234", f"5551234;x=&{abroad}", f"95551234;x=&{abroad}"),
    ]


def _around_a_local_number(trunk: str, slug: str) -> list[Hostile]:
    way_out = f"{slug}-out^{ABROAD_CLEAN}^1"
    return [
        *_may(LOCAL_CLEAN, f"{LOCAL}!", f"{LOCAL};x=1", f"{LOCAL};x=", f"({LOCAL})", f"{LOCAL}#"),
        # Commas are pauses: they and what follows are cut.
        *_may(LOCAL_CLEAN, f"{LOCAL},,1234", f"{LOCAL},30,G({way_out})"),
        *_may(LOCAL_CLEAN, f"{LOCAL};ext=12", f"{LOCAL}p1234", f"{LOCAL}\0"),
        *_may(LOCAL_CLEAN, f"{LOCAL}@{trunk}", f"{LOCAL}/{ABROAD_CLEAN}", f"{LOCAL}^1^1"),
        *_may(LOCAL_CLEAN, f"{LOCAL}\n{ABROAD}", f"{LOCAL}\r\nX: y", f'"{LOCAL}"', f"'{LOCAL}'"),
    ]


def _the_dialplans_own_language() -> list[Hostile]:
    abroad = f"PJSIP/{ABROAD_CLEAN}"
    return [
        *_nothing(
            "${EXTEN}",
            "9${EXTEN}",
            f"9${{GLOBAL(x)}}{ABROAD_CLEAN}",
            f"${{URIDECODE({ABROAD})}}",
            f"${{EXTEN:0:0}}{ABROAD}",
            f"$[{ABROAD}+0]",
            f'9" = "" | "1" = "1{ABROAD_CLEAN}',
            f"9{{{ABROAD_CLEAN}}}",
            "9[0]11442079460000",
            "9\\0\\1\\1442079460000",
            "9%30%31%31442079460000",
            f"{LOCAL}%26{abroad}",
        ),
    ]


def _hidden() -> list[Hostile]:
    """No spelling is cheaper than the number."""
    return [
        *_nothing(
            "+1011442079460000",
            "1011525512345678",
            "91011525512345678",
            "1+442079460018",
            "91+442079460018",
            "8011442079460018",
            "9011 44 2079 460000",
            "9011-44-2079-460000",
            "9 011442079460000",
            "90 11442079460000",
            f"{ABROAD};phone-context=+1",
            f"{ABROAD};isub=1",
            f"{ABROAD}#",
            f"{ABROAD},1",
            "tel:+442079460000",
            f"sip:{ABROAD}",
            f"sip:{ABROAD}@x",
            f"*67{ABROAD}",
            f"*82{ABROAD}",
            f"9*67{ABROAD_CLEAN}",
            f"  {ABROAD}",
            f"\t{ABROAD}",
            "91-900-555-1234",
            "919005551234",
            "9005551234",
            "1900555abcd",
            "\u0669\u0660\u0661\u0661442079460000",
            "9\uff10\uff11\uff11442079460000",
            b"9011\xff442079460000",
            "9011\u200b442079460000",
            "9411",
            "411",
            "91411",
            "912125551212",
            "9 1 212 555 1212",
            "0",
            "00",
            "90",
        ),
    ]


def _emergency() -> list[Hostile]:
    """However a phone writes it."""
    return [
        *_must(
            "911", "911", "9911", "911#", "9 911", "1911", "91911", "+911", "sip:911", "tel:911"
        ),
        *_must("911", "911;phone-context=+1", "*67911", "*82911"),
        *_must("112", "+112", "112", "9112"),
        Hostile("urn:service:sos", frozenset({"911", "112"})),
        *_nothing(f"911{ABROAD_CLEAN}", f"9911{ABROAD_CLEAN}", f"112{ABROAD}"),
    ]


_BASES = (
    *(ABROAD, ABROAD_CLEAN, "+442079460000", "442079460000", LOCAL, "12125551234", "101", "107"),
    *("911", "9911", "112", "99005551234", "91900 555 1234", "9411", "411", "0", "919765551234"),
    *("91-800-FLOWERS", "*67", "*82", "*50", "1", "9", "9011", "+1", "+52 1 900", "101", "121"),
    *(LOCAL, LOCAL, "911", "18005551234"),
)
_SPECIAL = tuple("&,@;/()^%\"\\|$[]{}!'`~<>?=:#*+ -._\t\r\n\0\x7f\x1bpwx\u0669\u200b")


def fuzzed(random_: random.Random, trunk: str, slug: str) -> bytes:
    """A user part that nobody thought of."""
    abroad = f"PJSIP/{ABROAD_CLEAN}"
    phrases = (
        *(
            f"&{abroad}",
            f"&{abroad}@{trunk},",
            abroad,
            f"&Local/{ABROAD_CLEAN}@{slug}-out",
            f"@{trunk}",
            ",30,",
        ),
        *(
            f"G({slug}-out^{ABROAD_CLEAN}^1)",
            "${EXTEN}",
            "$[1]",
            ";x=1",
            ";phone-context=+1",
            "%26",
        ),
        *("sip:", "tel:", "urn:service:", "Gosub(", ",s,1(", "^1", "\\,", "\\&", '"&"'),
    )
    parts = [random_.choice(_BASES)]
    for _ in range(random_.choice((1, 1, 1, 2, 3, 4))):
        kind = random_.random()
        piece = random_.choice(_SPECIAL if kind < 0.5 else phrases if kind < 0.8 else _BASES)
        parts.insert(random_.randrange(len(parts) + 1), piece)
    text = "".join(parts)
    if random_.random() < 0.3:
        at = random_.randrange(len(text) + 1)
        text = text[:at] + random_.choice(_SPECIAL) + text[at:]
    return text.encode()


_HARMLESS = re.compile(
    r"""(?:\*\d\d\d?9?)?(?:             # a code of the switch, and then a line, or not
        (?:\+?1)?[2-9]\d\d[2-9]\d{6}     # inside +1, see below for what of it is not
      | 101\d{4}1?(?:[2-9]\d\d)?[2-9]\d{6}  # by another carrier
      | [2-9]\d{6}                      # seven digits
      | \+?(?!0{1,2}$|1?411$)\d{1,6}    # other outside calls, and emergency
      | [*#][*#+]?\d{0,3}(?:[*#]\d{0,3})?  # a code of the switch, or two, and no number
      | \+?(?:911|112|933|988)
    )""",
    re.VERBOSE,
)
_GATED_INSIDE = re.compile(
    r"""(?:\*\d\d\d?9?|101\d{4})?(?:
        (?:\+?1)?900\d{7} | (?:\+?1)?[2-9]\d\d(?:976\d{4}|5551212) | 976\d{4} | 5551212
      | 00? | 1?411
    )""",
    re.VERBOSE,
)


def is_harmless(number: str) -> bool:
    """Whether this may leave the switch without a code. By itself: not Callmark's own judgement."""
    return bool(_HARMLESS.fullmatch(number)) and not _GATED_INSIDE.fullmatch(number)


def is_clean(number: str) -> bool:
    """Whether this is a number and nothing else."""
    return bool(re.fullmatch(r"[*#0-9]{0,8}\+?[0-9]{1,32}|[*#][*#0-9]{1,32}#", number))
