"""What ``callmark asterisk check`` and ``callmark freeswitch check`` find."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what it means, and what to do. ``leak``: digits get out."""

    where: str
    what: str
    do: str
    leak: bool = False

    def __str__(self) -> str:
        kind = "LEAK" if self.leak else "PROBLEM"
        return f"{kind}: {self.where}: {self.what}. {self.do}."
