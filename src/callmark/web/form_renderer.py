"""How form fields become HTML: the two widgets that pages are full of without a template.

Django runs a template for each option of a list, and the list of calls has fifty of them.
"""

from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe


class PlainWidgets(DjangoTemplates):
    """Django's renderer, whose output this is to the letter, with lists and inputs made here."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        """The HTML of a widget, a field or a form."""
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        if template_name in _INPUTS:
            return _input(context["widget"])
        return super().render(template_name, context, request)


_INPUTS = {
    f"django/forms/widgets/{kind}.html"
    for kind in ("input", "text", "number", "email", "date", "search", "tel", "hidden")
}


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    head = f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"'
    return mark_safe(f"{head}{value}{_attributes(widget)}>")  # noqa: S308 (escaped)


def _select(widget: dict[str, Any]) -> SafeString:
    parts = [f'<select name="{_text(widget["name"])}"{_attributes(widget)}>']
    for group, options, _ in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{_text(group)}">')
        for one in options:
            told = f'value="{_text(one["value"])}"{_attributes(one)}'
            parts.append(f"\n  <option {told}>{_text(one['label'])}</option>")
            # Where Django's template of an option ends, there is a new line.
            parts.append("\n")
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return mark_safe("".join(parts))  # noqa: S308 (escaped)


def _attributes(widget: dict[str, Any]) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: object) -> str:
    """As a template writes it: escaped, unless it is HTML already."""
    return str(value) if hasattr(value, "__html__") else escape(str(value))
