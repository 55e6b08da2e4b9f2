"""The shape of one row of the emergency table.

A source names the regulator's plan or the law in which the numbers are laid down: where to check
them, not a proof that the original was read (docs/number-classification.md says which were). The
numbers were compared with four lists, named in short:

- "Microsoft": Emergency numbers for countries, Microsoft Teams documentation, 2024: what a
  provider must connect as an emergency call, by country.
- "Android": the emergency number database of the Android Open Source Project (eccdata.txt).
- "Wikipedia": List of emergency telephone numbers, read as copied in public data sets, 2024.
- "libphonenumber": ShortNumberMetadata, emergency and expandedEmergency.
"""

from callmark.policy.values import value_class


@value_class
class EmergencyRow:
    """The emergency numbers of a country, or of territories that share one plan."""

    countries: str
    """Two-letter codes (ISO 3166), separated by spaces."""
    numbers: str
    """Each number and what answers it, separated by commas: "15 ambulance, 17 police"."""
    source: str
    doubt: str = ""
    """What is not certain about the row, for the next person who reads the plan."""

    @property
    def services(self) -> dict[str, str]:
        """Number to what answers it."""
        pairs = (each.strip().partition(" ") for each in self.numbers.split(","))
        return {number: service for number, _, service in pairs}
