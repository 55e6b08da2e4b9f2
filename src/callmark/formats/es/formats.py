"""Django's names for formats of dates and times, and how Spanish pages write them."""

DATE_FORMAT = "j b Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j b Y, H:i"
# In a list whose year is said once, above it.
SHORT_DATETIME_FORMAT = "j b, H:i"
MONTH_DAY_FORMAT = "j b"
YEAR_MONTH_FORMAT = "F \\d\\e Y"
