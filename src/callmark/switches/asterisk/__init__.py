"""Asterisk: the FastAGI server that gates calls and the generator of its configuration.

Does not belong here: anything another switch could use too (``gate``).
"""
