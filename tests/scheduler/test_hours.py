"""When a person may be written to: a table, a clock on the wall that is watched, and whose zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.hours import Hours, Own, Working
from scheduler.workdays import WorkCalendar
from tests.scheduler import oracle
from tests.scheduler.cards import person

BERLIN, TOKYO, NEW_YORK = (
    ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Tokyo", "America/New_York")
)
GERMANY, AMERICA = WorkCalendar.of("DE-BE"), WorkCalendar.of("US")
OFFICE = Hours(BERLIN, GERMANY, (time(9), time(17)))


@dataclass
class Shown:
    """What Slack shows."""

    zone: str | None = None
    away_until: datetime | None = None


def at(text: str, where: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=where).astimezone(UTC)


@pytest.mark.parametrize(
    ("sentence", "now", "opens"),
    [
        ("at the first minute", "2026-11-12T09:00", "2026-11-12T09:00"),
        ("in the last minute", "2026-11-12T16:59", "2026-11-12T16:59"),
        ("a minute early", "2026-11-12T08:59", "2026-11-12T09:00"),
        ("at closing time it is tomorrow", "2026-11-12T17:00", "2026-11-13T09:00"),
        ("on Friday evening it is Monday (case 54)", "2026-11-13T18:00", "2026-11-16T09:00"),
        ("on Sunday night", "2026-11-15T23:59", "2026-11-16T09:00"),
        ("over Christmas, which begins on a Friday", "2026-12-24T17:30", "2026-12-28T09:00"),
        ("the clocks went back on Sunday (case 53)", "2026-10-23T17:00", "2026-10-26T09:00"),
        ("the clocks went forward on Sunday (case 53)", "2026-03-27T17:00", "2026-03-30T09:00"),
    ],
)
def test_a_person_is_written_to_in_working_hours(sentence: str, now: str, opens: str) -> None:
    assert OFFICE.next_open(at(now)) == at(opens)
    assert OFFICE.open_at(at(now)) is (now == opens)


def test_quiet_hours_are_a_part_of_the_day_in_which_nobody_writes() -> None:
    hours = Hours(BERLIN, GERMANY, quiet=((time(12), time(13)), (time(9), time(9, 30))))
    assert hours.next_open(at("2026-11-12T08:00")) == at("2026-11-12T09:30")
    assert hours.next_open(at("2026-11-12T12:00")) == at("2026-11-12T13:00")
    assert hours.open_at(at("2026-11-12T11:59"))
    assert not hours.open_at(at("2026-11-12T12:59"))


def test_who_is_away_is_written_to_in_the_first_working_hour_after_it() -> None:
    back = at("2026-11-14T12:00")  # a Saturday
    hours = Hours(BERLIN, GERMANY, away_until=back)
    assert not hours.open_at(at("2026-11-12T10:00"))
    assert hours.next_open(at("2026-11-12T10:00")) == at("2026-11-16T09:00")
    midday = Hours(BERLIN, GERMANY, away_until=at("2026-11-12T12:00"))
    assert midday.next_open(at("2026-11-12T10:00")) == at("2026-11-12T12:00")


def test_quiet_all_day_there_is_no_next_hour_and_that_is_said() -> None:
    assert Hours(quiet=((time(0), time(23)),)).next_open(at("2026-11-12T10:00")) is None


def test_a_holiday_of_one_country_keeps_only_its_own_people_from_being_written_to() -> None:
    """Case 54: Thanksgiving is a Thursday like others in Berlin."""
    thanksgiving = at("2026-11-26T10:00", NEW_YORK)
    working = Working(OFFICE, calendars={"America/New_York": AMERICA})
    bo = working.of(person("bo", zone="America/New_York"))
    ivo = working.of(person("ivo", zone="Europe/Berlin"))
    assert not bo.open_at(thanksgiving)
    assert bo.next_open(thanksgiving) == at("2026-11-27T09:00", NEW_YORK)
    assert ivo.open_at(thanksgiving)
    assert working.of(person("cy")).open_at(thanksgiving)


@pytest.mark.parametrize(
    ("sentence", "own", "slack", "ats", "zone"),
    [
        ("the policy speaks first", Own(zone=TOKYO), "Europe/Paris", "America/Lima", "Asia/Tokyo"),
        ("then Slack", Own(), "Europe/Paris", "America/Lima", "Europe/Paris"),
        ("then the ATS", Own(), None, "America/Lima", "America/Lima"),
        ("then the company", Own(), None, None, "Europe/Berlin"),
        ("nonsense in Slack is nothing", Own(), "Mars/Base", "America/Lima", "America/Lima"),
        ("nonsense in both", Own(), "", "  ", "Europe/Berlin"),
        ("a path is no zone", Own(), "../../etc/passwd", "/etc/passwd", "Europe/Berlin"),
        ("a folder of zones is none", Own(), "Europe", "a\0b", "Europe/Berlin"),
        ("an offset is no zone", Own(), "+02:00", "x" * 999, "Europe/Berlin"),
        ("blanks around it do not matter", Own(), " Asia/Tokyo\n", None, "Asia/Tokyo"),
    ],
)
def test_whose_zone_counts(
    sentence: str, own: Own, slack: str | None, ats: str | None, zone: str
) -> None:
    """Case 53."""
    working = Working(OFFICE, people={"bo@example.com": own})
    bo = person("bo", email=" Bo@Example.com", zone=ats)
    assert working.of(bo, Shown(slack)).zone.key == zone


def test_what_the_policy_says_of_a_person_goes_before_what_it_says_of_everybody() -> None:
    lunch = ((time(12), time(13)),)
    usual = Hours(BERLIN, GERMANY, (time(9), time(17)), quiet=lunch)
    own = Own(calendar=AMERICA, work=(time(6), time(10)), quiet=())
    working = Working(usual, {"bo@example.com": own}, {"Asia/Tokyo": WorkCalendar.of("JP")})
    away = at("2026-11-20T09:00")
    assert working.of(person("bo", zone="Asia/Tokyo"), Shown(away_until=away)) == Hours(
        TOKYO, AMERICA, (time(6), time(10)), (), away
    )
    assert working.of(person("ivo")) == usual
    assert working.of(person("cy", zone="Asia/Tokyo")).calendar == WorkCalendar.of("JP")


def test_a_room_keeps_the_hours_of_the_company() -> None:
    assert Working(OFFICE).of(person("#hiring", email="#hiring")) == OFFICE


def test_working_days_are_counted_on_the_persons_own_calendar() -> None:
    """Wednesday evening in New York is Thursday in Tokyo; Thanksgiving is skipped in one."""
    evening = at("2026-11-25T20:00", NEW_YORK)
    assert Hours(NEW_YORK, AMERICA).workdays_after(evening, 1) == at("2026-11-27T09:00").date()
    assert Hours(TOKYO, WorkCalendar.of("JP")).workdays_after(evening, 1).day == 27
    assert Hours(NEW_YORK, AMERICA).today(evening).day == 25
    assert Hours(TOKYO).today(evening).day == 26


quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
spans = st.tuples(quarters, quarters).filter(lambda span: span[0] < span[1])
daytime = st.tuples(st.integers(4, 12), st.integers(13, 22)).map(
    lambda span: (time(span[0]), time(span[1]))
)
"""Clocks change at night; what happens twice then is not promised to be found at once."""
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@given(
    now=st.integers(0, 96 * 330).map(lambda n: at("2026-02-01T00:00") + n * oracle.QUARTER),
    work=daytime,
    quiet=st.lists(spans, max_size=2).map(tuple),
    away=st.none() | st.integers(-96, 96 * 4),
    where=st.sampled_from(ZONES),
    country=st.sampled_from(["", "US", "DE-BY"]),
)
def test_the_next_hour_is_what_watching_the_wall_finds(
    now: datetime,
    work: tuple[time, time],
    quiet: tuple[tuple[time, time], ...],
    away: int | None,
    where: str,
    country: str,
) -> None:
    """Over clock changes, weekends and holidays of each zone and country (cases 53, 54)."""
    back = None if away is None else now + away * oracle.QUARTER
    hours = Hours(ZoneInfo(where), WorkCalendar.of(country), work, quiet, back)
    counts = oracle.worked(country)

    def may(instant: datetime, wall: datetime) -> bool:
        quiet_now = any(start <= wall.time() < end for start, end in quiet)
        present = back is None or instant >= back
        return (
            work[0] <= wall.time() < work[1] and counts(wall.date()) and present and not quiet_now
        )

    first = None
    for instant, wall in oracle.watch(now, hours.zone):
        if may(instant, wall):
            first = instant
            break
        if instant - now > timedelta(days=12):
            break
    assert hours.open_at(now) is (first == now)
    if first is not None:
        assert hours.next_open(now) == first
    else:
        assert hours.next_open(now) is None
