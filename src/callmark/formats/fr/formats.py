"""Django's names for formats of dates and times, and how French pages write them.

Months as French shortens them (juin, juil., sept.): by three letters, June is July's beginning.
"""

DATE_FORMAT = "j N Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j N Y, H:i"
# In a list whose year is said once, above it.
SHORT_DATETIME_FORMAT = "j N, H:i"
MONTH_DAY_FORMAT = "j N"
YEAR_MONTH_FORMAT = "F Y"
