"""How the reference shows words and methods."""

import re

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_LOOKS = {"GET": "azure", "POST": "green", "PATCH": "yellow", "PUT": "orange", "DELETE": "red"}


@register.filter
def in_code(text: str) -> SafeString:
    """Words with what stands in `backticks` as code; everything else as it is."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped


@register.filter
def paragraphs(text: str) -> SafeString:
    """A description: an empty line begins a new paragraph."""
    return format_html_join("", "<p>{}</p>", ((in_code(one),) for one in text.split("\n\n")))


@register.simple_tag
def method(name: str) -> SafeString:
    """The method of a request, by its word and its color."""
    return format_html('<span class="badge bg-{}-lt api-method">{}</span>', _LOOKS[name], name)
