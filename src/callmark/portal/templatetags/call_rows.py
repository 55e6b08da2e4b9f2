"""Rows of the list of calls."""

from django import template

from callmark.portal.history import cells

register = template.Library()
register.simple_tag(cells.cells_of, name="cells")
register.simple_tag(cells.when, name="when_cell")
