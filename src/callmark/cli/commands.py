"""Commands from typed functions, on argparse: a parameter's type and default say how it is given.

======================================  =========================================
``name: str``                           an argument, in its place
``name: list[str]``                     arguments; at least one unless it has a default
``Annotated[str, Option(help=...)]``    ``--name``, required unless it has a default
``Annotated[list[str] | None, ...]``    ``--name`` once for each
``Annotated[bool, Option(...)]``        ``--name`` and ``--no-name``
``Annotated[bool, Option("--name")]``   ``--name`` alone
``Annotated[int, Option(least=1)]``     ``--name``, a whole number
======================================  =========================================

typer, which does the same, brings pydantic and rich: it takes longer to start than
``callmark classify`` takes to answer.
"""

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from callmark.cli.shared import echo, fail

Function = TypeVar("Function", bound=Callable[..., None])


class Argument:
    """What is given in its place."""

    def __init__(self, *, help: str = "") -> None:
        self.help = help


class Option:
    """What is given by its name; ``name`` where that is not the parameter's.

    A number is refused when it is smaller than ``least``.
    """

    def __init__(
        self, name: str = "", *, help: str = "", hidden: bool = False, least: int = 0
    ) -> None:
        self.name, self.help, self.hidden, self.least = name, help, hidden, least

    def number(self, text: str) -> int:
        """The number that was given. Raises ``ArgumentTypeError``."""
        if not text.isdecimal() or int(text) < self.least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {self.least}")
        return int(text)


class Group:
    """Commands and further groups below one word."""

    def __init__(self, summary: str) -> None:
        self.summary = summary
        self.commands: dict[str, Command | Group] = {}
        self._alone: Command | None = None

    def command(self, name: str = "", *, raw: bool = False) -> Callable[[Function], Function]:
        """Register a function; with ``raw`` it gets all that follows its name, unread."""

        def register(function: Function) -> Function:
            word = name or function.__name__.replace("_", "-")
            self.commands[word] = Command(function, raw=raw)
            return function

        return register

    def alone(self, function: Function) -> Function:
        """Register what the group's word does where no command follows it."""
        self._alone = Command(function)
        return function

    def add(self, name: str, group: "Group") -> "Group":
        """Register a group below this one, and return it."""
        self.commands[name] = group
        return group

    def run(self, words: list[str], called: str) -> None:
        """Carry out the command that the words name. Ends with 2 where they name none."""
        asked = words[:1] in (["--help"], ["-h"])
        if self._alone is not None and not asked and words[:1] not in [[c] for c in self.commands]:
            self._alone.run(words, called)
            return
        if asked or not words:
            echo(self._help(called))
            raise SystemExit(0 if asked else 2)
        found = self.commands.get(words[0])
        if found is None:
            fail(f"there is no command {words[0]!r}: '{called} --help' lists them.")
        found.run(words[1:], f"{called} {words[0]}")

    def _help(self, called: str) -> str:
        width = max(map(len, self.commands))
        lines = [f"  {name:{width}}  {each.summary}" for name, each in self.commands.items()]
        usage = f"usage: {called} COMMAND ...\n\n{self.summary}\n\ncommands:"
        more = ["", f"'{called} COMMAND --help' says more about one."]
        if self._alone is not None:
            more += ["", "without a command:", self._alone.parser(called).format_help()]
        return "\n".join([usage, *lines, *more])


class Command:
    """One function and how its parameters are given."""

    def __init__(self, function: Callable[..., None], *, raw: bool = False) -> None:
        self.function, self._raw = function, raw

    @property
    def summary(self) -> str:
        """The first line of what the function says about itself."""
        return (self.function.__doc__ or "").partition("\n")[0]

    def run(self, words: list[str], called: str) -> None:
        """Read the words and call the function. Ends with 2 where they cannot be read."""
        if self._raw:
            self.function(words)
            return
        self.function(**vars(self.parser(called).parse_intermixed_args(words)))

    def parser(self, called: str) -> argparse.ArgumentParser:
        """What reads the words behind the command's name."""
        parser = argparse.ArgumentParser(
            prog=called, description=inspect.getdoc(self.function), allow_abbrev=False
        )
        for parameter in inspect.signature(self.function).parameters.values():
            _add(parser, parameter)
        return parser


def _add(parser: argparse.ArgumentParser, parameter: inspect.Parameter) -> None:
    kind, given = parameter.annotation, Argument()
    if get_origin(kind) is Annotated:
        kind, given = get_args(kind)
    kind, several = _plain(kind)
    required = parameter.default is parameter.empty
    fields: dict[str, Any] = {"help": given.help.replace("%", "%%")}
    if not required:
        fields["default"] = parameter.default
    if isinstance(given, Argument):
        if several or not required:
            fields["nargs"] = ("+" if required else "*") if several else "?"
        parser.add_argument(parameter.name, type=kind, **fields)
        return
    if given.hidden:
        fields["help"] = argparse.SUPPRESS
    name = given.name or f"--{parameter.name.replace('_', '-')}"
    if kind is bool:
        fields["action"] = "store_true" if given.name else argparse.BooleanOptionalAction
    else:
        read = given.number if kind is int else kind
        fields |= {"type": read, "required": required}
        fields["action"] = "append" if several else "store"
    parser.add_argument(name, dest=parameter.name, **fields)


def _plain(kind: Any) -> tuple[type, bool]:  # noqa: ANN401
    """The type of one value, and whether there may be several."""
    kinds = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is list:
        return kinds[0], True
    if kinds:  # str | None
        return _plain(kinds[0])
    assert kind in (str, int, bool, Path), kind
    return kind, False
