"""Django's names for formats of dates and times, and how English pages write them.

The hours are those of a telephone system's records, 00 to 23.
"""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "M j, Y, H:i"
