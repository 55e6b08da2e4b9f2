"""Django's names for formats of dates and times, and how English pages write them.

The hours are those of a telephone system's records, 00 to 23.
"""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "M j, Y, H:i"
# In a list whose year is said once, above it.
SHORT_DATETIME_FORMAT = "M j, H:i"
MONTH_DAY_FORMAT = "M j"
YEAR_MONTH_FORMAT = "F Y"
