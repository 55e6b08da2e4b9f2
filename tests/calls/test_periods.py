"""Days and months of an account, in zones where clocks change, and ranges that are none."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.accounts.refused import Refused
from callmark.accounts.time_zones import is_time_zone, time_zone_of, zone
from callmark.calls.periods import Calendar, Month, Preset, days_of, month_period, period_of
from tests.examples import examples

# Clocks change by an hour, by half of one, at midnight, and by a whole day (Samoa, 2011).
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "America/Santiago",
        "Africa/Cairo",
        "Asia/Beirut",
        "Asia/Kathmandu",
    )
]
calendars = st.builds(Calendar, st.sampled_from(ZONES), st.integers(1, 28))
# From 2012 on no clock goes back over midnight for minutes only.
moments = st.datetimes(datetime(2012, 1, 5), datetime(2035, 1, 1), timezones=st.just(UTC))
days = st.dates(date(2012, 1, 5), date(2035, 1, 1))


@given(calendars, moments)
def test_a_moment_lies_between_the_bounds_of_its_day(calendar: Calendar, moment: datetime) -> None:
    day = calendar.day_of(moment)
    assert calendar.begins(day) <= moment < calendar.begins(day + timedelta(days=1))


@given(calendars, days)
def test_days_follow_each_other_without_a_gap(calendar: Calendar, day: date) -> None:
    begins, ends = calendar.begins(day), calendar.begins(day + timedelta(days=1))
    assert timedelta(hours=22) < ends - begins < timedelta(hours=26)
    assert calendar.day_of(begins) == day
    assert calendar.day_of(ends - timedelta(microseconds=1)) == day


@given(calendars, days)
def test_every_day_is_in_exactly_one_month(calendar: Calendar, day: date) -> None:
    month = calendar.month_of(day)
    assert month.first <= day <= month.last
    assert month.first.day == calendar.billing_day
    assert list(month.days()).count(day) == 1
    assert month.next.before == month == month.before.next
    assert calendar.month_of(month.last) == month
    assert calendar.month_of(month.next.first) == month.next
    assert 28 <= len(list(month.days())) <= 31


@given(calendars, moments, st.sampled_from([one for one in Preset if one is not Preset.CUSTOM]))
def test_a_preset_is_whole_days_in_utc(calendar: Calendar, now: datetime, preset: Preset) -> None:
    period = period_of(preset.value, calendar, now)
    assert period.first
    assert period.last
    assert period.since == calendar.begins(period.first)
    assert period.until == calendar.begins(period.last + timedelta(days=1))
    assert (period.first, period.last) == days_of(preset, calendar, calendar.day_of(now))
    assert (period.since <= now < period.until) == (
        preset in {Preset.TODAY, Preset.THIS_WEEK, Preset.THIS_MONTH}
    )


def test_a_day_that_a_zone_left_out_is_empty() -> None:
    samoa = Calendar(ZoneInfo("Pacific/Apia"))
    assert samoa.begins(date(2011, 12, 30)) == samoa.begins(date(2011, 12, 31))


@pytest.mark.parametrize(
    ("name", "day", "begins"),
    [
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ],
)
def test_a_day_whose_midnight_is_skipped_begins_at_one(
    name: str, day: date, begins: datetime
) -> None:
    calendar = Calendar(ZoneInfo(name))
    assert calendar.begins(day) == begins
    assert begins.astimezone(calendar.zone).hour == 1
    assert calendar.day_of(begins - timedelta(seconds=1)) == day - timedelta(days=1)


def test_the_hour_that_comes_twice_is_in_the_day() -> None:
    london = Calendar(ZoneInfo("Europe/London"))
    period = period_of("", london, datetime.now(UTC), since="2026-10-25", until="2026-10-25")
    assert period.since == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert period.until == datetime(2026, 10, 26, 0, tzinfo=UTC)


def test_november_of_an_office_whose_months_begin_on_the_fifteenth() -> None:
    calendar = Calendar(ZoneInfo("America/New_York"), 15)
    assert calendar.month_of(date(2026, 11, 14)) == Month(date(2026, 10, 15))
    assert calendar.month_of(date(2026, 11, 15)) == Month(date(2026, 11, 15))
    month = month_period(Month(date(2026, 10, 15)), calendar)
    assert month.since == datetime(2026, 10, 15, 4, tzinfo=UTC)
    assert month.until == datetime(2026, 11, 15, 5, tzinfo=UTC), "clocks went back meanwhile"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "2026-13-45"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-1-1"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-03-05", "until": "2026-03-01"}, "until"),
        ({"preset": "next_month"}, "period"),
        ({"preset": "today", "since": "2026-03-05"}, "period"),
    ],
)
def test_a_range_that_is_none_is_refused(asked: dict[str, str], field: str) -> None:
    asked = {"preset": "", **asked}
    with pytest.raises(Refused) as refused:
        period_of(asked.pop("preset"), Calendar(ZONES[0]), datetime.now(UTC), **asked)
    assert refused.value.field == field


@settings(max_examples=examples(150))
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_no_text_breaks_it(preset: str, since: str, until: str) -> None:
    with suppress(Refused):
        period_of(preset, Calendar(ZONES[1]), datetime.now(UTC), since=since, until=until)


def test_nothing_asked_for_is_all_time() -> None:
    period = period_of("", Calendar(ZONES[0]), datetime.now(UTC))
    assert (period.since, period.until) == (None, None)


@pytest.mark.parametrize(
    ("country", "name"),
    [
        ("US", "America/New_York"),
        ("GB", "Europe/London"),
        ("NZ", "Pacific/Auckland"),
        ("??", "UTC"),
    ],
)
def test_an_account_has_the_time_zone_of_its_country(country: str, name: str) -> None:
    assert time_zone_of(country) == name
    assert is_time_zone(name)
    assert zone(name).key == name


def test_what_is_no_time_zone() -> None:
    for name in ("", "Mars/Olympus", "posixrules", "../etc/passwd", "EST5EDT"):
        assert not is_time_zone(name)
