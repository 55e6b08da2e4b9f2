"""The columns that the call history may have; which of them, each person chooses."""

COLUMNS = {
    "user": "User",
    "number": "Number",
    "type": "Call type",
    "code": "Account code",
    "result": "Result",
    "length": "Length",
    "cost": "Cost",
    "ended": "Ended",
    "entered": "Code entered",
    "switch": "Switch",
}
"""In the order in which they stand; *When* is always the first."""

DEFAULT = ("user", "number", "code", "result", "length", "cost")
