"""The OpenAPI document as a person reads it: groups of operations, their fields in words.

Made of the document alone, so that nothing is said twice. A schema that has another within it
becomes one list of fields: ``switches.international``, ``items[].name``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from http import HTTPStatus
from operator import getitem
from typing import Any

from django.utils.text import slugify

from callmark.policy.values import value_class

Schema = Mapping[str, Any]

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


@value_class
class Field:
    """One field or parameter; ``place`` is ``path``, ``query`` or ``header``, or '' in a body."""

    name: str
    kind: str
    required: bool
    words: str
    rules: str
    place: str = ""


@value_class
class Body:
    """What is sent or answered: its fields, and an example as it goes over the wire."""

    content_type: str
    fields: tuple[Field, ...]
    example: str


class Described:
    """One operation: what the document tells of it, and what follows from that."""

    def __init__(self, method: str, path: str, told: Schema) -> None:
        self.method, self.path = method, path
        self.id, self.summary = told["operationId"], told["summary"]
        self.words = told.get("description", "")
        self.who, self.scope = _NEEDS[told["x-callmark-needs"]], told["x-callmark-scope"]
        self.not_by_token = told["x-callmark-not-by-token"]
        self._sent_with = told["parameters"]
        self.parameters = [_parameter(one) for one in self._sent_with]
        self.sent = _body(told.get("requestBody", {}))
        answers = told["responses"]
        self.status = min(answers)
        self.phrase = HTTPStatus(int(self.status)).phrase
        self.answered = _body(answers[self.status])
        self.problems = [_told(one)[1]["example"] for at, one in answers.items() if at >= "400"]

    def curl(self, base: str) -> str:
        """A call of it to copy; ``base`` is the address of this installation."""
        examples = {one["name"]: str(one.get("example", "")) for one in self._sent_with}
        path = re.sub(r"{(\w+)}", lambda found: examples[found[1]], self.path)
        lines = [f'curl "{base}{path}"', '-H "Authorization: Bearer $CALLMARK_TOKEN"']
        if self.method != "GET":
            lines.insert(1, f"-X {self.method}")
        headers = [one.name for one in self.parameters if one.place == "header"]
        lines += [f"-H {_quoted(f'{name}: {examples[name]}')}" for name in headers]
        if self.sent is not None and self.sent.content_type == "multipart/form-data":
            parts = json.loads(self.sent.example).items()
            lines += [f"-F {_quoted(_form_part(*part))}" for part in parts]
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


@value_class
class Group:
    """The operations on one kind of thing."""

    name: str
    slug: str
    operations: tuple[Described, ...]

    @property
    def problems(self) -> list[Schema]:
        """Every error that any of them can answer, once."""
        by_status = {one["status"]: one for each in self.operations for one in each.problems}
        return [by_status[status] for status in sorted(by_status)]

    def found(self, text: str) -> "Group":
        """Those in which every word of the text occurs."""
        words = text.lower().split()
        rest = tuple(one for one in self.operations if all(word in one.searched for word in words))
        return Group(self.name, self.slug, rest)


def groups_of(document: Schema) -> tuple[Group, ...]:
    """Every operation of an OpenAPI document by tag, in the document's order."""
    by_tag: dict[str, list[Described]] = {}
    for path, methods in _whole(document["paths"], document).items():
        for method, told in methods.items():
            described = Described(method.upper(), path, told)
            by_tag.setdefault(told["tags"][0], []).append(described)
    return tuple(Group(tag, slugify(tag), tuple(found)) for tag, found in by_tag.items())


def _whole(told: Any, document: Schema) -> Any:  # noqa: ANN401
    """With what is referred to in the place of each reference, and what is said beside it."""
    if isinstance(told, list):
        return [_whole(one, document) for one in told]
    if not isinstance(told, dict):
        return told
    whole = {name: _whole(one, document) for name, one in told.items()}
    meant = {}
    if "$ref" in whole:
        names = whole.pop("$ref").removeprefix("#/").split("/")
        meant = _whole(reduce(getitem, names, document), document)
    (only,) = whole.pop("allOf") if len(whole.get("allOf", ())) == 1 else [{}]
    return meant | only | whole


def _parameter(told: Schema) -> Field:
    schema = told["schema"]
    words = told.get("description") or schema.get("description", "")
    kind, rules = _kind(schema), _rules(schema)
    return Field(told["name"], kind, told["required"], words, rules, told["in"])


def _told(holder: Schema) -> tuple[str, Schema]:
    """The type of content of a request or an answer, and what is told of it."""
    content: dict[str, Schema] = holder.get("content", {"": {}})
    return next(iter(content.items()))


def _body(holder: Schema) -> Body | None:
    content_type, told = _told(holder)
    if not content_type:
        return None
    example = told.get("example", "")
    text = example if isinstance(example, str) else _json(example)
    return Body(content_type, tuple(_fields(told.get("schema", {}))), text)


def _fields(schema: Schema, prefix: str = "") -> Iterator[Field]:
    schema = _without_null(schema)[0]
    if schema.get("type") == "array":
        yield from _fields(schema.get("items", {}), f"{prefix}[]")
    for name, told in schema.get("properties", {}).items():
        full, required = f"{prefix}.{name}" if prefix else name, name in schema.get("required", ())
        yield Field(full, _kind(told), required, told.get("description", ""), _rules(told))
        yield from _fields(told, full)


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    """One schema of ``anyOf`` with null, and whether null was among them."""
    choices = schema.get("anyOf", ())
    real = [one for one in choices if one.get("type") != "null"]
    if len(real) != 1:
        return schema, False
    return {**real[0], **{k: v for k, v in schema.items() if k != "anyOf"}}, len(choices) > 1


def _kind(schema: Schema) -> str:
    plain, may_be_null = _without_null(schema)
    kind = _KINDS.get(plain.get("type", ""), "any value")
    kind = _FORMATS.get(plain.get("format", ""), kind)
    if plain.get("type") == "array":
        kind = f"list of {_kind(plain.get('items', {}))}"
    return f"{kind}, or null" if may_be_null else kind


def _rules(schema: Schema) -> str:
    plain, _ = _without_null(schema)
    rules = [words.format(plain[key]) for key, words in _RULES.items() if key in plain]
    if one_of := plain.get("enum") or plain.get("items", {}).get("enum"):
        rules.append("one of " + ", ".join(f"`{value}`" for value in one_of))
    if plain.get("default") not in (None, ""):
        rules.append(f"`{json.dumps(plain['default'])}` if left out")
    return "; ".join(rules)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _form_part(name: str, value: object) -> str:
    return f"{name}=@codes.csv" if name == "file" else f"{name}={json.dumps(value)}"


def _quoted(text: str) -> str:
    """As a shell takes it whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"
