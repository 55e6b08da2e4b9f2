"""Template filter for texts that were written elsewhere: ``{{ text|in_language }}``."""

from django import template

from callmark.languages import in_language

register = template.Library()
register.filter("in_language", in_language)
