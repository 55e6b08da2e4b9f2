"""The rules of account codes as the API names them, made from :mod:`callmark.policy.rules`."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field, StrictBool, create_model

from callmark.api.schemas import Request
from callmark.policy.rules import RULE_NAMES, RULES, CodeRules

# A model of pydantic has a "validate" of its own.
NAMES = {name: name for name in RULE_NAMES} | {"validate": "validate_codes"}
"""Each rule's name in the API, by its own."""

EXAMPLE = dict.fromkeys(NAMES.values(), False) | {
    "validate_codes": True,
    "international": True,
    "directory_assistance": True,
    "premium": True,
}

_Rules: type[Request] = create_model(
    "_Rules",
    __base__=Request,
    **{NAMES[rule.name]: Annotated[StrictBool, Field(description=rule.label)] for rule in RULES},  # type: ignore[call-overload]
)


# Programs know the schema, and the field that holds it, by this name.
class Switches(_Rules, example=EXAMPLE):  # type: ignore[valid-type, misc, call-arg]
    """The rules of the settings page; all of them, so that none is changed by omission."""

    @classmethod
    def of(cls, rules: CodeRules) -> "Switches":
        """The policy's value as the API names it."""
        return cls(**{NAMES[name]: on for name, on in asdict(rules).items()})

    def value(self) -> CodeRules:
        """The policy's value."""
        return CodeRules(**{name: getattr(self, NAMES[name]) for name in RULE_NAMES})
