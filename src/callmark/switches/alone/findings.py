"""What ``callmark asterisk check``, ``callmark freeswitch check`` and ``callmark doctor`` find."""

from callmark.policy.values import value_class


@value_class
class Finding:
    """One thing that is wrong: where, what it means, and what to do.

    ``leak``: digits get out. ``advice``: it works, and could be safer.
    """

    where: str
    what: str
    do: str
    leak: bool = False
    advice: bool = False

    @property
    def kind(self) -> str:
        """One word for it."""
        return "LEAK" if self.leak else "ADVICE" if self.advice else "PROBLEM"

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.what}. {self.do}."


@value_class
class Examined:
    """One thing that was looked at, or why it was not."""

    what: str
    findings: tuple[Finding, ...] = ()
    not_looked_at: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be put right."""
        return all(finding.advice for finding in self.findings)
