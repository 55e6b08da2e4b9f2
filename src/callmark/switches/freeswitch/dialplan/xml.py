"""FreeSWITCH's dialplan as values: contexts, extensions, conditions and actions, and their XML.

What the switch does with them, by the source of mod_dialplan_xml (1.10): the conditions of an
extension are all asked before any action runs, but for actions that are *inline*. A condition
without a match ends its extension. An extension that matched ends the search, unless it continues:
then the actions of all that matched run one after the other. The search is by expression (PCRE),
which is not anchored by itself.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from xml.etree import ElementTree

from callmark.policy.values import value_class

END = r"\z"
"""The end of the text; ``$`` would let a line break pass."""


@value_class
class Action:
    """One application; ``inline`` runs while conditions are asked, so that later ones see it."""

    application: str
    data: str = ""
    inline: bool = False


@value_class
class Condition:
    """Actions when ``field`` (a name, or text with variables) matches ``expression``.

    Without a field it always holds. ``on_true``: a match ends the extension, and its actions are
    all of it; ``never``: the next condition is asked in any case.
    """

    field: str = ""
    expression: str = ""
    actions: tuple[Action, ...] = ()
    on_break: str = ""


@value_class
class Extension:
    """An extension. Its actions run behind the last condition."""

    name: str
    conditions: tuple[Condition, ...]
    goes_on: bool = False


def extension(
    name: str, *conditions: Condition, actions: Iterable[Action] = (), goes_on: bool = False
) -> Extension:
    """An extension whose conditions must all hold for ``actions`` to run."""
    last = conditions[-1] if conditions else Condition()
    with_actions = Condition(last.field, last.expression, (*last.actions, *actions), last.on_break)
    return Extension(name, (*conditions[:-1], with_actions), goes_on)


def reached_as(name: str) -> Condition:
    """The extension is run under this name, by another one of ours."""
    return Condition("destination_number", f"^{literal(name)}{END}")


def is_empty(variable: str) -> Condition:
    """A variable has no value."""
    return Condition(f"${{{variable}}}", f"^{END}")


def is_set(variable: str) -> Condition:
    """A variable has one."""
    return Condition(f"${{{variable}}}", ".")


def set_to(variable: str, value: str, *, inline: bool = False) -> Action:
    """Give a variable a value; with '' it has none."""
    return Action("set", f"{variable}={value}", inline)


def unset(variable: str) -> Action:
    """Take a variable away."""
    return Action("unset", variable)


def literal(text: str) -> str:
    """A text as an expression: what is neither letter, digit nor hyphen stands in brackets.

    A backslash would mean something to the switch before it means something to the expression.
    """
    return "".join(one if re.fullmatch("[A-Za-z0-9-]", one) else f"[{one}]" for one in text)


def one_of(numbers: Iterable[str]) -> str:
    """An expression for any of these strings, written short: they are read at every call."""
    return _branches(sorted(set(numbers)))


def _branches(strings: Sequence[str]) -> str:
    """Sorted strings as a tree: 101, 102 and 103 are ``10(?:1|2|3)``."""
    if not strings:
        return "(?!)"
    # Of sorted strings the first and the last are the most different.
    pairs = zip(strings[0], strings[-1], strict=False)
    start = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    rests = [one[len(start) :] for one in strings]
    if rests == [""]:
        return literal(start)
    groups: dict[str, list[str]] = {}
    for rest in rests:
        groups.setdefault(rest[:1], []).append(rest)
    tails = "|".join(_branches(group) for first, group in groups.items() if first)
    return f"{literal(start)}(?:{tails}){'?' if '' in groups else ''}"


def fragment(extensions: Iterable[Extension], comment: str) -> str:
    """A file to be included in a context of the operator's."""
    root = _root(comment)
    for one in extensions:
        _add(root, one)
    return _text(root)


def contexts(named: Iterable[tuple[str, Iterable[Extension]]], comment: str) -> str:
    """A file of contexts of our own."""
    root = _root(comment)
    for name, extensions in named:
        context = ElementTree.SubElement(root, "context", name=name)
        for one in extensions:
            _add(context, one)
    return _text(root)


def _root(comment: str) -> ElementTree.Element:
    root = ElementTree.Element("include")
    root.append(ElementTree.Comment(f" {comment} "))
    return root


def _add(parent: ElementTree.Element, one: Extension) -> None:
    element = ElementTree.SubElement(parent, "extension", name=one.name)
    if one.goes_on:
        element.set("continue", "true")
    for condition in one.conditions:
        child = ElementTree.SubElement(element, "condition")
        if condition.field:
            child.set("field", condition.field)
            child.set("expression", condition.expression)
        if condition.on_break:
            child.set("break", condition.on_break)
        for action in condition.actions:
            done = ElementTree.SubElement(child, "action", application=action.application)
            if action.data:
                done.set("data", action.data)
            if action.inline:
                done.set("inline", "true")


def _text(root: ElementTree.Element) -> str:
    # FreeSWITCH drops every line that has <include> in it: it must stand alone.
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"
