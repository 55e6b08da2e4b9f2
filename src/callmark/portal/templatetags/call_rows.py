"""Rows of the list of calls."""

from django import template

from callmark.portal.history import cells

register = template.Library()
register.simple_tag(cells.rows_of, name="call_rows")
