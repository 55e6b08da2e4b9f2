"""The OpenAPI document as a person reads it: groups of operations, their fields in words.

Made of the document alone, so that nothing is said twice. A schema that has another within it
becomes one list of fields: ``switches.international``, ``items[].name``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.utils.text import slugify

Schema = Mapping[str, Any]

_DEEPEST = 5
_NEEDS = {
    "sign_in": "Anybody who is signed in; each sees what they may.",
    "operator": "Operators.",
    "membership": "Everybody of the account; each sees what is their own.",
    "administration": "Administrators of the account, and operators.",
}
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
}
_FORMATS = {
    "uuid": "UUID",
    "date-time": "moment, ISO 8601 with a zone",
    "date": "date",
    "binary": "file",
}
_RULES = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "pattern": "matches {}",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field or parameter; ``place`` is ``path``, ``query`` or ``header``, or '' in a body."""

    name: str
    kind: str
    required: bool
    words: str
    rules: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered: its fields, and an example as it goes over the wire."""

    content_type: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that an operation can answer."""

    status: int
    phrase: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    who: str
    scope: str
    not_by_token: bool
    parameters: tuple[Field, ...]
    sent: Body | None
    status: int
    phrase: str
    answered: Body | None
    problems: tuple[Problem, ...]
    example_path: str
    headers: tuple[tuple[str, str], ...]
    form: Mapping[str, Any] | None

    def curl(self, base: str) -> str:
        """A call of it to copy; ``base`` is the address of this installation."""
        lines = [f'curl "{base}{self.example_path}"', '-H "Authorization: Bearer $CALLMARK_TOKEN"']
        if self.method != "GET":
            lines.insert(1, f"-X {self.method}")
        lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in self.headers]
        if self.form is not None:
            lines += [f"-F {_quoted(_form_part(*part))}" for part in self.form.items()]
        elif self.sent is not None:
            lines += ['-H "Content-Type: application/json"', f"-d {_quoted(self.sent.example)}"]
        return " \\\n  ".join(lines)

    @property
    def searched(self) -> str:
        """Everything that a search looks at, in small letters."""
        bodies = [body for body in (self.sent, self.answered) if body]
        names = [field.name for body in bodies for field in body.fields]
        words = [self.method, self.path, self.summary, self.words, self.id, *names]
        return " ".join(words).lower()


@dataclass(frozen=True, slots=True)
class Group:
    """The operations on one kind of thing."""

    name: str
    slug: str
    operations: tuple[Described, ...]

    @property
    def problems(self) -> list[Problem]:
        """Every error that any of them can answer, once."""
        by_status = {one.status: one for each in self.operations for one in each.problems}
        return [by_status[status] for status in sorted(by_status)]

    def found(self, text: str) -> "Group":
        """Those in which every word of the text occurs."""
        words = text.lower().split()
        rest = tuple(one for one in self.operations if all(word in one.searched for word in words))
        return Group(self.name, self.slug, rest)


class Reference:
    """Every operation of an OpenAPI document, in the document's order."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """By tag."""
        by_tag: dict[str, list[Described]] = {}
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                described = self._described(method.upper(), path, operation)
                by_tag.setdefault(operation["tags"][0], []).append(described)
        return tuple(Group(tag, slugify(tag), tuple(found)) for tag, found in by_tag.items())

    def _described(self, method: str, path: str, operation: Schema) -> Described:
        parameters = operation["parameters"]
        answers = {
            int(status): self._resolved(one) for status, one in operation["responses"].items()
        }
        status = min(answers)
        sent = operation.get("requestBody", {}).get("content", {})
        is_form = "multipart/form-data" in sent
        return Described(
            id=operation["operationId"],
            method=method,
            path=path,
            summary=operation["summary"],
            words=operation.get("description", ""),
            who=_NEEDS[operation["x-callmark-needs"]],
            scope=operation["x-callmark-scope"],
            not_by_token=operation["x-callmark-not-by-token"],
            parameters=tuple(self._parameter(one) for one in parameters),
            sent=self._body(sent),
            status=status,
            phrase=HTTPStatus(status).phrase,
            answered=self._body(answers[status].get("content", {})),
            problems=tuple(_problem(*one) for one in answers.items() if one[0] >= 400),
            example_path=_filled(path, parameters),
            headers=tuple(
                (one["name"], one["example"]) for one in parameters if one["in"] == "header"
            ),
            form=sent["multipart/form-data"]["example"] if is_form else None,
        )

    def _resolved(self, schema: Schema) -> Schema:
        """What a reference means, with what is said beside it."""
        found = dict(schema)
        while "$ref" in found or len(found.get("allOf", ())) == 1:
            inner = found.pop("$ref", None)
            target = self._at(inner) if inner else found.pop("allOf")[0]
            found = {**target, **found}
        return found

    def _at(self, pointer: str) -> Schema:
        at: Any = self._document
        for part in pointer.removeprefix("#/").split("/"):
            at = at[part]
        found: Schema = at
        return found

    def _parameter(self, parameter: Schema) -> Field:
        schema = self._resolved(parameter["schema"])
        words = parameter.get("description") or schema.get("description", "")
        kind, rules = self._kind(schema), self._rules(schema)
        return Field(parameter["name"], kind, parameter["required"], words, rules, parameter["in"])

    def _body(self, content: Schema) -> Body | None:
        for content_type, told in content.items():
            example = told.get("example", "")
            text = example if isinstance(example, str) else _json(example)
            fields = tuple(self._fields(told.get("schema", {})))
            return Body(content_type, fields, text)
        return None

    def _fields(self, schema: Schema, prefix: str = "", deep: int = 0) -> Iterator[Field]:
        schema = self._without_null(self._resolved(schema))[0]
        if schema.get("type") == "array":
            yield from self._fields(schema.get("items", {}), f"{prefix}[]", deep)
        if deep == _DEEPEST:
            return
        needed = schema.get("required", ())
        for name, told in schema.get("properties", {}).items():
            full = f"{prefix}.{name}" if prefix else name
            inner = self._resolved(told)
            words = inner.get("description", "")
            yield Field(full, self._kind(inner), name in needed, words, self._rules(inner))
            yield from self._fields(inner, full, deep + 1)

    def _without_null(self, schema: Schema) -> tuple[Schema, bool]:
        """One schema of ``anyOf`` with null, and whether null was among them."""
        choices = [self._resolved(one) for one in schema.get("anyOf", ())]
        real = [one for one in choices if one.get("type") != "null"]
        if len(real) != 1:
            return schema, False
        return {**real[0], **{k: v for k, v in schema.items() if k != "anyOf"}}, len(choices) > 1

    def _kind(self, schema: Schema) -> str:
        plain, may_be_null = self._without_null(schema)
        kind = _KINDS.get(plain.get("type", ""), "any value")
        kind = _FORMATS.get(plain.get("format", ""), kind)
        if plain.get("type") == "array":
            kind = f"list of {self._kind(self._resolved(plain.get('items', {})))}"
        return f"{kind}, or null" if may_be_null else kind

    def _rules(self, schema: Schema) -> tuple[str, ...]:
        plain, _ = self._without_null(schema)
        items = self._resolved(plain.get("items", {}))
        rules = [words.format(plain[key]) for key, words in _RULES.items() if key in plain]
        if one_of := plain.get("enum") or items.get("enum"):
            rules.append("one of " + ", ".join(f"`{value}`" for value in one_of))
        if plain.get("default") not in (None, ""):
            rules.append(f"`{json.dumps(plain['default'])}` if left out")
        return tuple(rules)


def _problem(status: int, response: Schema) -> Problem:
    (content,) = response["content"].values()
    example = content["example"]
    return Problem(status, response["description"], example["code"], example["detail"])


def _filled(path: str, parameters: list[Schema]) -> str:
    examples = {one["name"]: str(one.get("example", "")) for one in parameters}
    return re.sub(r"{(\w+)}", lambda found: examples[found[1]], path)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _form_part(name: str, value: object) -> str:
    return f"{name}=@codes.csv" if name == "file" else f"{name}={json.dumps(value)}"


def _quoted(text: str) -> str:
    """As a shell takes it whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"
