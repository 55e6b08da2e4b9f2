"""Whom the demo's law firm talks to: only numbers that nobody can ever have.

North America keeps 555-0100 to 555-0199 for fiction in every area code (ATIS-0300115). Ofcom's,
ACMA's, the Bundesnetzagentur's, ARCEP's and PTS's numbers for drama are these: London 020 7946 0xxx
and Edinburgh 0131 496 0xxx, Sydney 02 5550 xxxx, Hamburg 040 66969 xxx, Paris 01 99 00 xx xx,
Stockholm 08 465 004 xx.
"""

from callmark.policy.values import value_class


@value_class
class Matter:
    """A code of the firm's: who works on it, and the numbers it is about.

    ``dialed`` are as from a desk with the outside-line prefix 9, ``callers`` in E.164; ``share`` is
    its part of all calls that are about a matter.
    """

    code: str
    people: tuple[str, ...]
    dialed: tuple[str, ...]
    callers: tuple[str, ...]
    share: int


BEN, CARLA, OLIVIA, FRONT_DESK = "101", "102", "100", "103"
PEOPLE = (BEN, CARLA, OLIVIA, FRONT_DESK)

MATTERS = (
    Matter(
        "0417",
        (BEN, BEN, CARLA),
        ("9011442079460138", "9011442079460142", "901133199004716", "92125550147"),
        ("+442079460138", "+12125550147"),
        35,
    ),
    Matter(
        "5521",
        (BEN, CARLA),
        ("901146846500417", "901146846500432", "9011494066969117"),
        ("+46846500417", "+494066969117"),
        30,
    ),
    Matter(
        "2086",
        (CARLA, CARLA, OLIVIA),
        ("9011441314960231", "901161255501964", "99175550116"),
        ("+441314960231", "+19175550116"),
        20,
    ),
    Matter("1234", (OLIVIA, FRONT_DESK), ("9411", "92125550188", "92125550111"), (), 9),
    Matter("7730", (FRONT_DESK, BEN, CARLA), ("92125550163", "99175550190"), (), 6),
)

OTHER_NUMBERS = (
    "92125550118", "92125550126", "92125550131", "92125550155", "92125550172", "99175550104",
    "99175550133", "97185550141", "92015550109", "96465550167", "918005550153", "918005550121",
)  # fmt: skip
"""Local, long distance and toll-free, about nothing in particular."""

OTHER_CALLERS = (
    "+12125550118", "+12125550126", "+19175550104", "+17185550141", "+16465550167",
    "+12015550109", "+13125550175", "+16175550180", "+442079460777", "",
)  # fmt: skip
"""Who calls in; '' hides their number."""
