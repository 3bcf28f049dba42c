"""``afterword replay``: what would have been written, as whoever decides about it reads it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from connectors.notify.base import MessageKind
from plugin import progress
from plugin.commands.replay import history_of
from plugin.settings import load
from scheduler.store import PlannedMessage, Store
from scheduler.store.values import Member
from tests.plugin.conftest import Run
from tests.scheduler.speaking import SENT

NOW = "2026-11-26T18:00:00Z"
HEADINGS = "interview id,email,interviewer,candidate,job,interview,end,submitted at"
ROWS = (
    # due on Thursday 5 at 15:00; nudges on Thursday 5 and Monday 9; nobody can be asked for help
    "1,bo@example.com,Bo Ek,Noor Vance,Engineer,Systems,2026-11-03 15:00,",
    # due on Thursday 12; handed in on Friday 13
    "2,dee@example.com,Dee Ray,Sam Ode,Engineer,Systems,2026-11-10 15:00,2026-11-13 12:00",
    # handed in on the next day
    "3,dee@example.com,Dee Ray,Ann Poe,Seller,Phone,2026-11-17 15:00,2026-11-18 15:30",
)


@pytest.fixture
def imported(afterword: Run, place: Path) -> Run:
    (place / "interviews.csv").write_text("\n".join([HEADINGS, *ROWS]))
    result = afterword("import", "interviews.csv", "--now", NOW)
    assert result.exit_code == 0, result.output
    return afterword


def told(afterword: Run, *words: str) -> str:
    """What it says to people, on one line."""
    result = afterword("replay", "--now", NOW, *words)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert max(map(len, result.stdout.splitlines())) <= 80
    return re.sub(r"\s+", " ", result.stdout)


def valued(afterword: Run, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(afterword("replay", "--json", "--now", NOW, *words).stdout)
    return found


def rules(place: Path, text: str) -> tuple[str, str]:
    (place / "new.toml").write_text(text)
    return "--policy", "new.toml"


def test_without_a_policy_todays_rules_alone_are_told(imported: Run) -> None:
    said = told(imported, "--since", "2026-11-02")
    assert "02 Nov 2026 to 26 Nov 2026, as if Afterword had been switched on" in said
    assert "2026-W45 1 1 · · 2026-W46 2 2 · · 2026-W47 · · · · 2026-W48" in said
    assert "in all 3 3 · ·" in said
    assert "people reached 2" in said
    assert "longest until a first nudge 2.0 days" in said
    assert "Worst day: Bo Ek, Thu 05 Nov 2026." in said
    assert "differently" not in said
    assert "Noor" not in said
    assert "Sam" not in said


def test_another_policy_is_told_side_by_side_with_the_differences_in_full(
    imported: Run, place: Path
) -> None:
    said = told(imported, "--since", "2026-11-02", *rules(place, "due_after_days = 1\n"))
    assert "today's rules new.toml week all nudges digests escal. all nudges digests" in said
    assert "2026-W47 · · · · 1 1 · ·" in said
    assert "messages 3 4" in said
    assert "3 scorecards spoken about differently: 1. csv interview 1, Systems (Engineer): " in said
    assert (
        "today's rules Thu 05 Nov 2026, 15:05: nudge 1 to Bo Ek (fell due on Thu 05 Nov 2026 at "
        "15:00 UTC) Mon 09 Nov 2026, 15:00: nudge 2 to Bo Ek (fell due on Mon 09 Nov 2026 at 15:00 "
        "UTC) new.toml Wed 04 Nov 2026, 15:05: nudge 1 to Bo Ek (fell due"
    ) in said
    assert (
        "3. csv interview 3, Phone (Seller): Dee Ray, ended Tue 17 Nov 2026, 15:00 today's rules "
        "Wed 18 Nov 2026, 15:05: nothing, as it is awaiting, not overdue: due on Thu 19 Nov 2026"
    ) in said
    for candidate in ("Noor", "Vance", "Sam", "Ode", "Ann", "Poe"):
        assert candidate not in said


def test_the_same_rules_make_no_difference(imported: Run, place: Path) -> None:
    words = rules(place, "due_after_days = 2\n")
    assert "No difference: both write the same messages" in told(imported, *words)
    assert valued(imported, *words)["different_scorecards"] == 0


def test_programs_get_the_same_as_json(imported: Run, place: Path) -> None:
    found = valued(imported, "--since", "2026-11-02", *rules(place, 'allow = "dee@*"\n'))
    assert (found["since"], found["until"]) == ("2026-11-02T00:00:00Z", NOW)
    assert found["today"]["weeks"]["2026-W46"] == {"nudge": 2, "digest": 0, "escalation": 0}
    assert (found["today"]["people"], found["new"]["people"]) == (2, 1)
    assert found["today"]["worst_week"] == {
        "name": "Bo Ek",
        "email": "bo@example.com",
        "day": "2026-11-02",
        "messages": 1,
        "scorecards": 1,
    }
    assert found["today"]["longest_wait"]["first_nudge_at"] == "2026-11-05T15:05:00Z"
    (only,) = found["first_differences"]
    assert (only["interview_id"], only["interviewer"], only["new"]) == ("1", "Bo Ek", [])
    assert [each["step"] for each in only["today"]] == ["nudge 1", "nudge 2"]
    assert only["today"][0]["to"] == {"name": "Bo Ek", "email": "bo@example.com"}
    assert only["new_silent_because"] == "the allow-list does not hold this person"
    alone = valued(imported, "--since", "2026-11-02")
    assert alone["today"] == found["today"]
    assert "new" not in alone


def test_it_changes_nothing_and_asks_nobody(
    imported: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket of the tests refuses to go out; an account that answers nowhere is not asked."""
    monkeypatch.setenv("LEVER_API_KEY", "a-key-that-opens-nothing")
    monkeypatch.setenv("LEVER_API_URL", "https://lever.invalid/v1")
    before = _digests(place)
    told(imported, *rules(place, "due_after_days = 1\n"))
    valued(imported, "--since", "2w")
    (place / "new.toml").unlink()
    assert _digests(place) == before


def _digests(place: Path) -> dict[str, str]:
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in place.iterdir()
        if each.stat().st_size and not each.name.endswith("-shm")  # an index that SQLite rebuilds
    }


@pytest.mark.parametrize(
    ("since", "begins"),
    [
        ("90d", "2026-08-28T18:00:00Z"),
        ("3w", "2026-11-05T18:00:00Z"),
        ("2026-11-02", "2026-11-01T23:00:00Z"),
    ],
)
def test_since_is_days_weeks_or_a_day_of_the_companys(
    imported: Run, monkeypatch: pytest.MonkeyPatch, since: str, begins: str
) -> None:
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "Europe/Berlin")
    assert valued(imported, "--since", since)["since"] == begins


@pytest.mark.parametrize("since", ["soon", "0d", "-1w", "2026-13-01", "99999d"])
def test_since_that_is_none_is_refused_with_an_example(imported: Run, since: str) -> None:
    result = imported("replay", "--since", since)
    assert result.exit_code == 2
    assert "Write 90d, 12w or 2026-09-01." in re.sub(r"\s+", " ", result.stderr)


def test_a_beginning_in_the_future_and_an_empty_time_are_said(imported: Run) -> None:
    result = imported("replay", "--since", "2026-12-01", "--now", NOW)
    assert (result.exit_code, "not before now" in result.stderr) == (2, True)
    result = imported("replay", "--since", "2d", "--now", NOW)
    assert (result.exit_code, "No interview that ended in that time" in result.stderr) == (1, True)


def test_a_wrong_policy_is_told_as_policy_check_would(imported: Run, place: Path) -> None:
    result = imported("replay", *rules(place, "due_after_days = 'two'\n"))
    assert result.exit_code == 2
    assert result.stderr.startswith("new.toml: due_after_days must be")


def test_what_was_really_sent_stands_beside_it(imported: Run) -> None:
    at = datetime(2026, 11, 5, 15, 10, tzinfo=UTC)
    with Store.open(load().database_url.get_secret_value()) as store:
        (facts,) = store.scorecards(interview_id="1")
        for number, kind in enumerate((MessageKind.NUDGE, MessageKind.ESCALATION)):
            steps = ((facts.key, f"step {number}"),)
            planned = PlannedMessage(f"m{number}", kind, "mail", "bo@example.com", steps)
            store.claim(planned, at, timedelta(hours=1))
            store.start_sending(planned.id, at, timedelta(hours=1))
            store.finish(planned.id, SENT, at)
    assert "Really sent in that time: 1 nudge and 1 escalation." in told(imported)
    assert valued(imported)["really_sent"] == {"nudge": 1, "escalation": 1}
    assert "Really sent" not in told(imported, "--since", "1w", "--now", "2026-11-22T00:00:00Z")


def test_a_zone_that_slack_shows_counts_and_who_is_away_now_was_not_always(
    imported: Run,
) -> None:
    """In Dubai it is 19:05 then: it waits for the morning of Friday."""
    away = datetime(2027, 1, 1, tzinfo=UTC)
    member = Member("bo@example.com", "U1", "Asia/Dubai", away, True, looked_at=away)
    with Store.open(load().database_url.get_secret_value()) as store:
        store.save_members([member])
        history = history_of(store, away - timedelta(days=90), away)
    shown = history.member("bo@example.com")
    assert shown is not None
    assert (shown.zone, shown.away_until) == ("Asia/Dubai", None)
    assert history.member("dee@example.com") is None
    found = valued(imported, "--since", "2026-11-02")
    assert found["today"]["longest_wait"]["first_nudge_at"] == "2026-11-06T05:00:00Z"


def test_on_a_terminal_it_shows_how_long_it_will_take() -> None:
    seconds = iter(range(100))
    console = Console(force_terminal=True, width=80, file=StringIO())
    with progress.counting(console, lambda: next(seconds)) as tell:
        for part in (0.1, 0.5, 1.0):
            tell("today's rules", part)
    with progress.counting(Console(force_terminal=False)) as tell:
        tell("today's rules", 0.5)
