"""Whose holidays and weekend count for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from plugin import zones
from plugin.settings import load
from plugin.wiring import rulebook
from scheduler.facts import PersonFacts
from scheduler.hours import Hours
from scheduler.workdays import WorkCalendar
from tests.plugin.policy_kit import read

BERLIN = ZoneInfo("Europe/Berlin")
BAVARIA = WorkCalendar("DE", "BY")
DAYS = [datetime(2026, 11, day, 8, tzinfo=UTC) for day in (20, 21, 22, 23)]
"""Friday to Monday."""


@pytest.fixture
def file(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFTERWORD_POLICY", str(place / "policy.toml"))
    return place / "policy.toml"


def hours_in(zone: str | None, address: str = "bo@example.org") -> Hours:
    return rulebook(load()).working.of(PersonFacts("1", "Bo", address, True, zone=zone))


@pytest.mark.parametrize(
    ("zone", "works"),
    [
        ("Asia/Dubai", [True, False, False, True]),
        ("Asia/Riyadh", [False, False, True, True]),
        ("Asia/Jerusalem", [False, False, True, True]),
        ("Asia/Tel_Aviv", [False, False, True, True]),
        ("Africa/Cairo", [False, False, True, True]),
        ("Asia/Brunei", [False, True, False, True]),
        ("Europe/Berlin", [True, False, False, True]),
        (None, [True, False, False, True]),
        ("not/a zone", [True, False, False, True]),
    ],
)
def test_people_have_the_weekend_of_the_country_they_are_in(
    place: Path, monkeypatch: pytest.MonkeyPatch, zone: str | None, works: list[bool]
) -> None:
    """Case 53 where the zone is none."""
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "Europe/Berlin")
    hours = hours_in(zone)
    assert [hours.open_at(day) for day in DAYS] == works


def test_a_company_in_riyadh_has_the_weekend_that_its_country_says(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "Asia/Riyadh")
    assert hours_in("Asia/Riyadh").calendar == WorkCalendar()  # as set: Saturday and Sunday
    monkeypatch.setenv("AFTERWORD_COUNTRY", "SA")
    hours = hours_in(None)
    assert [hours.open_at(day) for day in DAYS] == [False, False, True, True]
    assert hours_in("Asia/Kuwait").calendar == WorkCalendar("KW")


def test_the_companys_country_keeps_its_calendar_in_all_its_zones() -> None:
    company = WorkCalendar("US", "CA")
    found = zones.calendars(ZoneInfo("America/Los_Angeles"), company)
    assert found["America/New_York"] == found["US/Eastern"] == company
    assert found["America/Toronto"] == WorkCalendar("CA")
    weekends = zones.calendars(ZoneInfo("America/Chicago"), WorkCalendar())
    assert weekends["America/New_York"] == WorkCalendar()
    assert weekends["Europe/Berlin"] == WorkCalendar("DE")


def test_the_companys_zone_keeps_its_calendar_also_where_it_is_another_countrys() -> None:
    found = zones.calendars(ZoneInfo("Asia/Calcutta"), BAVARIA)
    assert found["Asia/Kolkata"] == found["Asia/Calcutta"] == found["Europe/Berlin"] == BAVARIA


def test_a_zone_of_no_country_or_of_several_is_left_to_the_company() -> None:
    found = zones.calendars(BERLIN, BAVARIA)
    assert not {"UTC", "Etc/GMT+3", "Iceland", "Africa/Asmera", "Pacific/Truk"} & found.keys()
    assert found["Atlantic/Reykjavik"] == WorkCalendar("IS")
    assert found["Europe/Stockholm"] == WorkCalendar("SE")  # though its clock is Berlin's


def test_every_zone_that_has_a_country_has_a_calendar() -> None:
    found = zones.calendars(BERLIN, BAVARIA)
    assert found.keys() == zones.countries().keys()
    assert len(found) > 450
    assert found.keys() <= available_timezones()


def test_the_file_names_the_country_of_a_zone_under_any_of_its_names(file: Path) -> None:
    read(file, '[zones."Asia/Kolkata"]\ncountry = "IN-KA"\n[zones."Asia/Dubai"]\ncountry = ""\n')
    assert hours_in("Asia/Calcutta").calendar == WorkCalendar("IN", "KA")
    assert hours_in("Asia/Dubai").calendar == WorkCalendar()
    assert hours_in("Asia/Muscat").calendar == WorkCalendar("OM")


def test_the_country_of_a_person_wins_over_that_of_the_zone(file: Path) -> None:
    text = '[people."bo@example.org"]\nzone = "Asia/Dubai"\n[people."cy@example.org"]\n'
    read(file, f'{text}country = "IL"\n[zones."Asia/Dubai"]\ncountry = "SA"\n')
    assert hours_in("Europe/Berlin").zone.key == "Asia/Dubai"
    assert hours_in("Europe/Berlin").calendar == WorkCalendar("SA")
    assert hours_in("Asia/Dubai", "cy@example.org").calendar == WorkCalendar("IL")
