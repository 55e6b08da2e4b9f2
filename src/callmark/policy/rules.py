"""The rules of account codes: what an account turns on for everyone and a user may override.

This is the one place that lists them. A row is a field of :class:`CodeRules`; columns, forms, the
API's schema, the activity and the policy are made from these rows.
"""

from dataclasses import field, fields
from typing import Any

from callmark.policy.numbering import CallType, Examples, examples
from callmark.policy.texts import Text
from callmark.policy.values import value_class


@value_class
class Rule:
    """One rule: its name in code and in the API, and what pages say of it."""

    name: str
    label: str
    help: str
    """With words in braces that differ from country to country: :meth:`help_for`."""
    gates: CallType | None
    """Calls of this type need a code while it is on; None: it says how codes are asked for."""

    def help_for(self, country: str, star_code: str) -> Text:
        """What stands beside it, with examples of the country that calls are made from."""
        return Text(self.help, star_code=star_code, **_words_of(examples(country)))

    @property
    def is_call_type(self) -> bool:
        """Whether it stands under *Calls requiring account codes*."""
        return self.gates not in (None, CallType.INTERNAL)


def _in_parentheses(example: str) -> str:
    return Text(" ({example})", example=example) if example else ""


def _words_of(here: Examples) -> dict[str, str]:
    return {
        "calling_code": str(here.calling_code),
        "who_shares": _who_shares(here),
        "directory": _in_parentheses(here.directory),
        "operator": _in_parentheses(here.operator),
        "premium": Text("{premium} numbers and other numbers", premium=here.premium)
        if here.premium
        else Text("Numbers"),
        "toll_free": Text(", such as {toll_free} numbers", toll_free=here.toll_free)
        if here.toll_free
        else "",
    }


def _who_shares(here: Examples) -> str:
    """Whose numbers are not international although they are another country's."""
    if here.calling_code == 1:
        return Text(" The US and Canada share one, so calls between them are not international.")
    if not here.shares_code_with:
        return ""
    names = ", ".join(here.shares_code_with)
    return Text(" Shared with {names}: calls there are not international.", names=names)


def _rule(label: str, help_text: str, *, gates: CallType | None = None) -> Any:  # noqa: ANN401
    return field(default=False, metadata={"label": label, "help": help_text, "gates": gates})


@value_class
class CodeRules:
    """Which rules are on. The order is that of the pages."""

    require_internal: bool = _rule(
        Text("Require account codes for internal calls"),
        Text(
            "On: users are asked for an account code on every call to another user of the account. "
            "Off: they can still tag such a call by dialing the star code ({star_code}) and an "
            "account code during the call."
        ),
        gates=CallType.INTERNAL,
    )
    validate: bool = _rule(
        Text("Validate account codes when dialed"),
        Text(
            "On: the code must be one of the codes on the account. Off: any number is accepted, as "
            "long as it has the right length."
        ),
    )
    proceed_after_max_retries: bool = _rule(
        Text("Allow call to proceed after max retries"),
        Text(
            "When codes are validated and a caller reaches the max retries: on, the call goes "
            "through without a code; off, the call ends. Users can have their own choice only "
            "while this is on."
        ),
    )
    international: bool = _rule(
        Text("International"),
        Text(
            "Calls to another country calling code than the caller's (+{calling_code}).{who_shares}"
        ),
        gates=CallType.INTERNATIONAL,
    )
    directory_assistance: bool = _rule(
        Text("Directory assistance"),
        Text("Directory assistance{directory} and operator assistance{operator}."),
        gates=CallType.DIRECTORY_ASSISTANCE,
    )
    premium: bool = _rule(
        Text("Premium toll"),
        Text("{premium} that cost the caller extra."),
        gates=CallType.PREMIUM,
    )
    other_outside: bool = _rule(
        Text("Other outside calls"),
        Text("All other outside calls, local and long distance."),
        gates=CallType.DOMESTIC,
    )
    toll_free: bool = _rule(
        Text("Toll-free"),
        Text("Calls that are free for the caller{toll_free}."),
        gates=CallType.TOLL_FREE,
    )


RULES: tuple[Rule, ...] = tuple(Rule(name=one.name, **one.metadata) for one in fields(CodeRules))
RULE_NAMES: tuple[str, ...] = tuple(rule.name for rule in RULES)

ALL_OFF = CodeRules()


@value_class
class Start:
    """A starting point: what an account wants codes for, and the rules that fit it."""

    label: str
    help: str
    rules: CodeRules
    declines: bool = False
    """A key at the prompt goes on without a code: :mod:`callmark.policy.prompt_options`."""


STARTS = {
    "track": Start(
        Text("Track"),
        Text(
            "Know which client or project a call was for. Callers are asked on outside calls, any "
            "code of the right length is taken, and # goes on without one: no call is stopped."
        ),
        CodeRules(proceed_after_max_retries=True, international=True, other_outside=True),
        declines=True,
    ),
    "authorize": Start(
        Text("Authorize"),
        Text(
            "Only people who know a code place calls that cost: international, directory "
            "assistance and premium. Codes are checked, and without one the call ends."
        ),
        CodeRules(validate=True, international=True, directory_assistance=True, premium=True),
    ),
}
"""Proposed before the settings are saved for the first time; nothing is on because of them."""
