"""Handing a month's calls over to billing systems: LEDES 1998B, Clio, Juris, or a CSV of one's own.

The writers (``ledes``, ``csv_forms`` and what they need) are pure: values in, lines out.
"""
