"""Days, weeks and office hours, against tables and against a watched clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.workdays import (
    DayCount,
    Week,
    WorkCalendar,
    add_days,
    end_of_day,
    within_hours,
    zone,
)
from tests.scheduler import oracle

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Africa/Casablanca",
)
COUNTRIES = ("", "US", "DE-BY", "GB-ENG")
WEEKENDS_ONLY = WorkCalendar()

zones = st.sampled_from(ZONES).map(ZoneInfo)
quarters = st.integers(0, 96 * 365 * 25).map(
    lambda n: datetime(2011, 12, 1, tzinfo=UTC) + n * oracle.QUARTER
)
"""Twenty-five years of quarters of an hour; the first month has Samoa's missing day."""


def local(text: str, where: str = "Europe/Berlin", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(where), fold=fold).astimezone(UTC)


B, C = DayCount.BUSINESS, DayCount.CALENDAR


@pytest.mark.parametrize(
    ("sentence", "start", "days", "count", "expected"),
    [
        ("Friday evening plus 1 is Monday evening", "2026-11-13T18:00", 1, B, "2026-11-16T18:00"),
        ("Friday evening plus 2 is Tuesday", "2026-11-13T18:00", 2, B, "2026-11-17T18:00"),
        ("Thursday plus 1 is Friday, inclusive", "2026-11-12T18:00", 1, B, "2026-11-13T18:00"),
        ("Saturday plus 1 is Monday", "2026-11-14T15:00", 1, B, "2026-11-16T15:00"),
        ("Sunday plus 1 is Monday", "2026-11-15T23:59:59", 1, B, "2026-11-16T23:59:59"),
        ("nothing after Saturday is Saturday", "2026-11-14T15:00", 0, B, "2026-11-14T15:00"),
        ("calendar days count Sundays", "2026-11-13T18:00", 2, C, "2026-11-15T18:00"),
        ("a month ends in between", "2026-01-30T09:00", 1, B, "2026-02-02T09:00"),
        ("a leap day counts", "2028-02-28T09:00", 1, C, "2028-02-29T09:00"),
        ("a year ends in between", "2026-12-31T09:00", 1, C, "2027-01-01T09:00"),
        ("17:00 stays 17:00 when clocks go back", "2026-10-23T17:00", 1, B, "2026-10-26T17:00"),
        ("17:00 stays 17:00 when they go forward", "2026-03-27T17:00", 1, B, "2026-03-30T17:00"),
    ],
)
def test_days_are_counted_at_the_same_time_of_day(
    sentence: str, start: str, days: int, count: DayCount, expected: str
) -> None:
    """Case 54: a deadline at the edge of a weekend."""
    found = add_days(local(start), days, count, BERLIN, WEEKENDS_ONLY)
    assert found == local(expected), sentence
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("country", "start", "expected"),
    [
        ("DE-BY", "2026-05-13T10:00", "2026-05-15T10:00"),  # Ascension Day
        ("DE-BY", "2026-04-02T10:00", "2026-04-07T10:00"),  # Good Friday to Easter Monday
        ("DE-BY", "2026-01-05T10:00", "2026-01-07T10:00"),  # Epiphany, in Bavaria
        ("DE-BE", "2026-01-05T10:00", "2026-01-06T10:00"),  # and not in Berlin
        ("US", "2026-11-25T10:00", "2026-11-27T10:00"),  # Thanksgiving
        ("US", "2021-12-30T10:00", "2022-01-03T10:00"),  # New Year's Day observed a year early
        ("", "2026-12-24T10:00", "2026-12-25T10:00"),
    ],
)
def test_a_public_holiday_is_not_counted(country: str, start: str, expected: str) -> None:
    """Case 54."""
    found = add_days(local(start), 1, B, BERLIN, WorkCalendar.of(country))
    assert found == local(expected)


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("IL", "2026-11-13", False),  # a Friday
        ("IL", "2026-11-15", True),  # a Sunday
        ("AE", "2021-11-12", False),  # a Friday before the reform of 2022
        ("AE", "2021-11-14", True),
        ("AE", "2026-11-13", True),
        ("AE", "2026-11-15", False),
        ("CN", "2024-02-04", True),  # a Sunday worked for the Spring Festival
        ("", "2026-11-14", False),
        ("", "2026-11-13", True),
    ],
)
def test_weekends_are_those_of_the_country(country: str, day: str, works: bool) -> None:
    assert WorkCalendar.of(country).is_workday(date.fromisoformat(day)) is works


def test_a_country_may_be_written_in_any_case() -> None:
    assert WorkCalendar.of(" de-by ") == WorkCalendar.of("DE-BY")
    assert WorkCalendar.of("DE-AUGSBURG") == WorkCalendar.of("DE-Augsburg")


@pytest.mark.parametrize("country", ["XX", "Atlantis", "DE-ZZ", "DE-", "-", "US,DE"])
def test_an_unknown_country_is_one_sentence_that_names_it(country: str) -> None:
    with pytest.raises(ValueError, match=f"^'{country}' has no known .* such as DE-BY"):
        WorkCalendar.of(country)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "CEST", "UTC\0"])
def test_an_unknown_zone_is_one_sentence_that_names_it(name: str) -> None:
    """Case 53."""
    with pytest.raises(ValueError) as caught:
        zone(name)
    assert str(caught.value).startswith(f"{name!r} is not a known time zone")
    assert caught.value.__cause__ is None


def test_a_known_zone_is_found() -> None:
    assert zone("Asia/Kathmandu") == ZoneInfo("Asia/Kathmandu")


def test_a_skipped_time_moves_forward_by_the_gap() -> None:
    """Case 53: 29 March 2026 has no 02:30 in Berlin, but it has 03:30."""
    found = add_days(local("2026-03-28T02:30"), 1, C, BERLIN, WEEKENDS_ONLY)
    assert found == local("2026-03-29T03:30")
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # goes forward by half an hour
    start = local("2026-10-03T02:15", "Australia/Lord_Howe")
    found = add_days(start, 1, C, lord_howe, WEEKENDS_ONLY)
    assert found == local("2026-10-04T02:45", "Australia/Lord_Howe")


def test_a_doubled_time_is_the_first() -> None:
    """Case 53: 25 October 2026 has two 02:30 in Berlin."""
    found = add_days(local("2026-10-24T02:30"), 1, C, BERLIN, WEEKENDS_ONLY)
    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert add_days(second, 0, C, BERLIN, WEEKENDS_ONLY) == second
    assert add_days(second, 371, C, BERLIN, WEEKENDS_ONLY) == local("2027-10-31T02:30")


def test_a_day_that_the_zone_skipped_is_not_worked() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    found = add_days(local("2011-12-29T10:00", "Pacific/Apia"), 1, B, apia, WEEKENDS_ONLY)
    assert found == local("2012-01-02T10:00", "Pacific/Apia")


def test_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards, not -1"):
        add_days(local("2026-11-13T18:00"), -1, B, BERLIN, WEEKENDS_ONLY)


@given(start=quarters, days=st.integers(0, 12), where=zones, country=st.sampled_from(COUNTRIES))
def test_business_days_are_what_somebody_watching_the_clock_counts(
    start: datetime, days: int, where: ZoneInfo, country: str
) -> None:
    """Cases 53 and 54, over clock changes, weekends, holidays, month ends and zones."""
    expected = oracle.days_later(start, days, where, oracle.worked(country))
    assert add_days(start, days, B, where, WorkCalendar.of(country)) == expected


@given(start=quarters, days=st.integers(0, 12), where=zones)
@example(local("2011-12-29T10:00", "Pacific/Apia"), 1, ZoneInfo("Pacific/Apia"))
@example(local("2026-10-02T02:15", "Australia/Lord_Howe"), 2, ZoneInfo("Australia/Lord_Howe"))
@example(local("2018-11-03T00:15", "America/Sao_Paulo"), 1, ZoneInfo("America/Sao_Paulo"))
def test_calendar_days_are_what_somebody_watching_the_clock_counts(
    start: datetime, days: int, where: ZoneInfo
) -> None:
    expected = oracle.days_later(start, days, where, None)
    assert add_days(start, days, C, where, WEEKENDS_ONLY) == expected


@given(start=quarters, days=st.integers(0, 12), where=zones, count=st.sampled_from(DayCount))
def test_one_more_day_is_never_earlier(
    start: datetime, days: int, where: ZoneInfo, count: DayCount
) -> None:
    calendar = WorkCalendar.of("US")
    fewer, more = (add_days(start, n, count, where, calendar) for n in (days, days + 1))
    assert start <= fewer <= more


def test_a_day_ends_at_the_next_midnight_of_the_zone() -> None:
    assert end_of_day(date(2026, 11, 13), BERLIN) == datetime(2026, 11, 13, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 10, 25), BERLIN) - end_of_day(date(2026, 10, 24), BERLIN) == (
        timedelta(hours=25)
    )


def test_a_day_before_a_midnight_that_does_not_exist_ends_with_the_change() -> None:
    """Brazil's clocks went from 00:00 to 01:00 on 4 November 2018 (case 53)."""
    found = end_of_day(date(2018, 11, 3), ZoneInfo("America/Sao_Paulo"))
    assert found == datetime(2018, 11, 4, 3, tzinfo=UTC)


@given(day=st.dates(date(2012, 1, 1), date(2037, 12, 31)), where=zones)
@example(date(2018, 11, 3), ZoneInfo("America/Sao_Paulo"))
@example(date(2026, 3, 28), ZoneInfo("Asia/Beirut"))
def test_a_day_ends_when_the_clock_first_shows_a_later_one(day: date, where: ZoneInfo) -> None:
    assert end_of_day(day, where) == oracle.day_ends(day, where)


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        ("2026-11-13T09:00", True),
        ("2026-11-13T08:59:59", False),
        ("2026-11-13T17:29", True),
        ("2026-11-13T17:30", False),
        ("2026-11-14T12:00", False),  # Saturday
        ("2026-11-26T12:00", False),  # Thanksgiving
    ],
)
def test_people_are_written_to_in_office_hours_only(now: str, inside: bool) -> None:
    where, calendar = ZoneInfo("America/New_York"), WorkCalendar.of("US")
    at = local(now, "America/New_York")
    assert within_hours(at, where, calendar, time(9), time(17, 30)) is inside


def test_office_hours_must_open_before_they_close() -> None:
    with pytest.raises(ValueError, match="must open before they close"):
        within_hours(local("2026-11-13T09:00"), BERLIN, WEEKENDS_ONLY, time(18), time(9))


def test_a_week_begins_on_monday_in_the_zone() -> None:
    week = Week.parse("2026-W46")
    assert week.start(BERLIN) == datetime(2026, 11, 8, 23, tzinfo=UTC)
    assert week.end(BERLIN) == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert week.monday == date(2026, 11, 9)


def test_weeks_follow_each_other_over_the_years() -> None:
    """2026 has 53 weeks, 2025 has 52, and 1 January 2027 lies in a week of 2026."""
    assert Week.parse("2026-W53").next() == Week.parse("2027-W01")
    assert Week.parse("2026-W01").previous() == Week.parse("2025-W52")
    assert Week.containing(local("2027-01-01T12:00"), BERLIN).label == "2026-W53"
    assert Week.parse("2026-W09") < Week.parse("2026-W10") < Week.parse("2027-W01")


@given(instant=quarters, where=zones)
def test_an_instant_lies_in_exactly_the_week_that_contains_it(
    instant: datetime, where: ZoneInfo
) -> None:
    week = Week.containing(instant, where)
    assert week.start(where) <= instant < week.end(where)
    assert week.end(where) == week.next().start(where)
    assert week.next().previous() == week == Week.parse(week.label)


@pytest.mark.parametrize("label", ["2025-W53", "2026-W00", "2026-W54", "0000-W01", "9999-W52"])
def test_a_week_that_does_not_exist_is_one_sentence(label: str) -> None:
    with pytest.raises(ValueError, match=f"^there is no week {label}: use an ISO week"):
        Week.parse(label)


@pytest.mark.parametrize(
    "label", ["", "46", "2026-46", "2026-W6", "2026-w46", " 2026-W46", "٢٠٢٦-W46"]
)
def test_what_is_not_a_week_is_one_sentence(label: str) -> None:
    with pytest.raises(ValueError, match="is not a week: write an ISO week such as 2026-W46"):
        Week.parse(label)
