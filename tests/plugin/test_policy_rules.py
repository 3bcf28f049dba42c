"""Everything that policy.toml can say reaches the rulebook; what it leaves out is the default."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin import wiring
from plugin.settings import SettingsProblem, load
from plugin.wiring import load_rulebook, rulebook
from scheduler.facts import Audience, PersonFacts
from scheduler.hours import Own
from scheduler.policy import LADDER, ClosedApplication, Place, Policy, Rule
from scheduler.rulebook import Rulebook
from scheduler.workdays import DayCount, WorkCalendar
from tests.plugin.policy_kit import read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
NINE_TO_FIVE = (time(9), time(17))
ALLOWED = ("*@example.org", "#hiring")
DE = WorkCalendar("DE", "BY")


@pytest.fixture
def file(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFTERWORD_POLICY", str(place / "policy.toml"))
    return place / "policy.toml"


def test_without_a_file_the_environment_and_the_defaults_hold(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AFTERWORD_DUE_AFTER_DAYS": "4",
        "AFTERWORD_DAY_COUNT": "calendar",
        "AFTERWORD_TIMEZONE": "Europe/Berlin",
        "AFTERWORD_COUNTRY": "DE-BY",
        "AFTERWORD_DECLINED": "ask",
        "AFTERWORD_SEND_HOURS": "08:00-16:00",
        "AFTERWORD_MAX_MESSAGES": "7",
        "AFTERWORD_NUDGE_SINCE": "2026-11-01",
    }.items():
        monkeypatch.setenv(name, value)
    book = rulebook(load())
    assert book.policy == Policy(
        due_after_days=4,
        day_count=DayCount.CALENDAR,
        zone=ZoneInfo("Europe/Berlin"),
        calendar=DE,
        declined_is_excused=False,
        nudge_since=datetime(2026, 11, 1, tzinfo=UTC),
    )
    usual = book.working.usual
    assert (usual.zone.key, usual.calendar) == ("Europe/Berlin", DE)
    assert (usual.work, usual.quiet) == ((time(8), time(16)), ())
    assert (book.most_messages, book.gaps, book.allowed) == (7, Rulebook().gaps, ())
    assert (book.policy.ladder, dict(book.slack_ids), dict(book.working.people)) == (LADDER, {}, {})


def test_the_example_of_the_page_is_read_whole(file: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    secret = file.parent / "a-secret"
    secret.write_text("0123456789abcdef")
    settings = read(file, example.replace("/run/secrets/greenhouse-emea", str(secret)))
    book = rulebook(settings)
    policy, working = book.policy, book.working
    assert list(settings.accounts) == ["greenhouse-emea"]
    assert policy.ladder == (
        Place("nudge 1", Audience.INTERVIEWER, 0),
        Place("nudge 2", Audience.INTERVIEWER, 2, channel="mail"),
        Place("escalation 1", Audience.RECRUITER, 2),
        Place("escalation 2", Audience.FIXED, 3, "#hiring", "slack"),
    )
    assert policy.rules == (
        Rule(final_round=True, due_after_days=1),
        Rule(
            departments=("Sales", "Customer*"),
            stages=("Phone*",),
            due_after_days=3,
            day_count=DayCount.CALENDAR,
            ladder=(
                Place("nudge 1", Audience.INTERVIEWER, 0),
                Place("escalation 1", Audience.HIRING_MANAGER, 3),
            ),
        ),
        Rule(jobs=("Talent pool*",), closed_application=ClosedApplication.STOP),
    )
    assert policy.final_rounds == ("*final*", "*onsite*")
    assert (policy.due_after_days, policy.day_count) == (2, DayCount.BUSINESS)
    assert policy.closed_application is ClosedApplication.ONLY_REPORT
    assert policy.declined_is_excused
    assert (working.usual.work, working.usual.quiet) == (NINE_TO_FIVE, ((time(12), time(13)),))
    assert working.people == {
        "bo@example.org": Own(ZoneInfo("Asia/Dubai"), work=(time(10), time(18)), quiet=()),
        "cy@example.org": Own(calendar=DE),
    }
    assert book.slack_ids == {"cy@example.org": "U0123ABCD"}
    assert working.calendars["America/Toronto"] == WorkCalendar("CA", "ON")
    assert (book.gaps, book.allowed, book.most_messages) == ((1, 1, 2, 5), ALLOWED, 100)


def test_the_file_wins_over_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_DUE_AFTER_DAYS", "4")
    monkeypatch.setenv("AFTERWORD_SEND_HOURS", "08:00-16:00")
    monkeypatch.setenv("AFTERWORD_MAX_MESSAGES", "7")
    text = """
        due_after_days = 0
        day_count = "calendar"
        declined = "ask"
        closed_application = "nudge"
        working_hours = "10:00-18:00"
        most_messages = 9
        final_rounds = []
        gaps = [3]
    """
    book = rulebook(read(file, text))
    assert (book.policy.due_after_days, book.policy.day_count) == (0, DayCount.CALENDAR)
    assert book.policy.declined_is_excused is False
    assert book.policy.closed_application is ClosedApplication.NUDGE
    assert book.policy.final_rounds == ()
    assert book.working.usual.work == (time(10), time(18))
    assert (book.most_messages, book.gaps) == (9, (3,))


def test_a_run_works_by_the_file(file: Path) -> None:
    text = 'most_messages = 3\n[[rule]]\nstage = "x"\ndue_after_days = 1\n'
    settings = read(file, text)
    with wiring.opened(settings) as afterword:
        now = datetime(2026, 11, 20, tzinfo=UTC)
        afterword.store.begin_sync("csv", "a test", now)
        assert afterword.policy_of("csv").rules == (Rule(stages=("x",), due_after_days=1),)
        assert afterword.policy_of("csv").nudge_since == now
        assert afterword.policies()["csv"] == afterword.policy_of("csv")
        assert afterword.company_policy().rules == afterword.rulebook.policy.rules != ()
        assert afterword.nudging().most_messages == 3


@pytest.mark.parametrize(
    ("to", "there"),
    [
        ("coordinator", Place("escalation 1", Audience.COORDINATOR, 1)),
        ("manager", Place("escalation 1", Audience.MANAGER, 1)),
        ("Talent@Example.org", Place("escalation 1", Audience.FIXED, 1, "talent@example.org")),
        ("teams", Place("escalation 1", Audience.FIXED, 1, "teams", "teams")),
    ],
)
def test_a_step_may_go_to_a_role_an_address_or_a_room(file: Path, to: str, there: Place) -> None:
    text = f'[[ladder]]\nto = "interviewer"\n[[ladder]]\nto = "{to}"\nafter_days = 1\n'
    assert rulebook(read(file, text)).policy.ladder[1] == there


def test_steps_are_called_by_their_place_among_their_kind(file: Path) -> None:
    steps = ("interviewer", "recruiter", "interviewer", "manager")
    text = "".join(f'[[ladder]]\nafter_days = 1\nto = "{to}"\n' for to in steps)
    names = [place.name for place in rulebook(read(file, text)).policy.ladder]
    assert names == ["nudge 1", "escalation 1", "nudge 2", "escalation 2"]


def test_people_are_known_by_their_address_however_it_is_written(file: Path) -> None:
    book = rulebook(read(file, '[people."Bo@Example.ORG"]\nzone = "Asia/Dubai"\nslack = "W012"\n'))
    bo = PersonFacts("1", "Bo", "bo@example.org", True)
    assert book.working.of(bo).zone.key == "Asia/Dubai"
    assert book.slack_ids == {"bo@example.org": "W012"}


def test_another_file_can_be_tried_over_the_same_settings(file: Path) -> None:
    settings = read(file, "due_after_days = 3\n")
    other = file.parent / "new.toml"
    other.write_text('allow = "*@EXAMPLE.org"\n')
    book = load_rulebook(other, settings)
    assert (book.policy.due_after_days, book.allowed) == (2, ("*@example.org",))
    assert rulebook(settings).policy.due_after_days == 3
    other.write_text('due_after_days = "x"\n[connections.a]\nats = "lver"\n')
    with pytest.raises(SettingsProblem, match="due_after_days") as caught:
        load_rulebook(other, settings)
    assert len(caught.value.problems) == 2
