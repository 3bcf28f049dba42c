"""The command line on what a file brought in: every command, for people and for programs."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.conftest import Run

BEFORE = "2026-11-02T09:00:00Z"
NOW = "2026-11-20T10:00:00Z"
HEADINGS = "interview id,email,interviewer,candidate,job,department,interview,end,submitted at,url"
ROWS = (
    "1,bo@example.com,Bo,Noor V.,Engineer,Platform,Systems,2026-11-03 15:00,,https://ats.example/1",
    "1,cy@example.com,Cy,Noor V.,Engineer,Platform,Systems,2026-11-03 15:00,2026-11-04 09:00,",
    "2,bo@example.com,Bo,Sam O.,Designer,Product,Portfolio,2026-11-12 15:00,2026-11-19 15:00,",
    "3,dee@example.com,Dee,Ines B.,Designer,Product,Phone,2026-11-10 15:00,,",
    "4,dee@example.com,Dee,Kim P.,Designer,Product,Phone,2026-12-01 15:00,,",
)


@pytest.fixture
def imported(afterword: Run, place: Path) -> Run:
    (place / "interviews.csv").write_text("\n".join([HEADINGS, *ROWS]))
    result = afterword("import", "interviews.csv", "--now", BEFORE)
    assert result.exit_code == 0, result.output
    return afterword


def rows_of(database: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(database) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        found = {name: list(db.execute(f"SELECT * FROM {name}")) for name in names}
    db.close()
    return {name: rows for name, rows in found.items() if name not in ("sync_runs", "connections")}


# -- import


def test_import_says_what_it_took_the_columns_for_and_how_much_it_found(
    afterword: Run, place: Path
) -> None:
    (place / "a.csv").write_text("e-mail;Applicant;Finish;Size\nbo@example.com;Noor;2026-11-03;9\n")
    result = afterword("import", "a.csv", "--map", "Finish=end")
    assert result.exit_code == 0
    assert "Finish → end" in result.stdout
    assert "Size → not used" in result.stdout
    assert "1 interview, 1 scorecard, 0 bad rows" in result.stdout


def test_importing_twice_changes_nothing(imported: Run, place: Path) -> None:
    before = rows_of(place / "afterword.db")
    result = imported("import", "interviews.csv", "--now", BEFORE)
    assert "0 rows of the store new or changed" in result.stdout
    assert rows_of(place / "afterword.db") == before


def test_bad_rows_are_named_on_stderr_and_make_the_exit_code_1(afterword: Run, place: Path) -> None:
    (place / "a.csv").write_text(
        "email,candidate,end\nbo@example.com,Noor,2026-11-03\nnobody,Sam,2026-11-03\n"
    )
    result = afterword("import", "a.csv", "--now", BEFORE)
    assert result.exit_code == 1
    assert result.stderr == "line 3: 'interviewer email' is not a mail address\n"
    assert "1 interview, 1 scorecard, 1 bad row;" in result.stdout
    status = json.loads(afterword("status", "--json", "--now", NOW).stdout)
    assert status["last_sync"]["csv"]["outcome"] == "partial"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["interviews.csv", "--map", "end"], "is not Column=field"),
        (["interviews.csv", "--map", "nope=end"], "there is no column 'nope'"),
        (["missing.csv"], "does not exist"),
        (["interviews.csv", "--dates", "ymd"], "dmy"),
    ],
)
def test_wrong_arguments_of_import_are_exit_code_2(
    words: list[str], said: str, imported: Run
) -> None:
    result = imported("import", *words)
    assert (result.exit_code, said in result.stderr) == (2, True)


# -- overdue


def test_overdue_in_json_is_a_list_oldest_due_first(imported: Run) -> None:
    result = imported("overdue", "--json", "--now", NOW)
    first, second = json.loads(result.stdout)
    assert first == {
        "ats": "csv",
        "interview_id": "1",
        "application_id": first["application_id"],
        "interviewer": {"id": "bo@example.com", "name": "Bo", "email": "bo@example.com"},
        "candidate": "Noor V.",
        "job": "Engineer",
        "interview": "Systems",
        "ended_at": "2026-11-03T15:00:00Z",
        "due_at": "2026-11-05T15:00:00Z",
        "overdue_hours": 355.0,
        "url": "https://ats.example/1",
    }
    assert (second["interview_id"], second["url"]) == ("3", None)
    assert result.exit_code == 0


def test_overdue_for_people_fits_80_columns_and_has_no_colour_codes(imported: Run) -> None:
    out = imported("overdue", "--now", NOW).stdout
    for words in ("Bo", "Systems with Noor V. (Engineer)", "14 days", "https://ats.example/1"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_a_name_cannot_do_anything_to_the_terminal(afterword: Run, place: Path) -> None:
    """Case 56."""
    (place / "a.csv").write_text(
        "email,interviewer,candidate,end\nbo@example.com,[red]B\x1b[31mo,No\x07or\u202e,2026-11-03\n"
    )
    afterword("import", "a.csv", "--now", BEFORE)
    out = afterword("overdue", "--now", NOW).stdout
    assert "[red]B" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_a_past_moment_is_judged_as_it_was(imported: Run) -> None:
    early = json.loads(imported("overdue", "--json", "--now", "2026-11-05T15:00:00Z").stdout)
    assert early == []
    later = json.loads(imported("overdue", "--json", "--now", "2026-11-05T16:00:01+01:00").stdout)
    assert [each["interview_id"] for each in later] == ["1"]


@pytest.mark.parametrize("now", ["2026-11-20T10:00:00", "yesterday", "2026-11-20", "9999-99-99"])
@pytest.mark.parametrize("command", ["overdue", "status", "report", "nudge", "sync"])
def test_a_moment_without_a_zone_is_refused_in_a_sentence(
    command: str, now: str, afterword: Run
) -> None:
    result = afterword(command, "--now", now)
    assert result.exit_code == 2
    assert "is not a moment with a time zone. Write 2026-11-20T10:00:00Z." in result.stderr


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("command", [("policy", "show"), ("audit",), ("replay", "--since", "9w")])
def test_a_moment_at_the_end_of_all_calendars_is_refused_in_a_sentence(
    command: tuple[str, ...], now: str, afterword: Run
) -> None:
    result = afterword(*command, "--now", now)
    assert result.exit_code == 2
    assert "is not within the years 1970 to 2199." in result.stderr


def test_a_replay_since_the_first_of_all_days_is_refused_in_a_sentence(afterword: Run) -> None:
    result = afterword("replay", "--since", "0001-01-01")
    assert result.exit_code == 2
    assert "Write 90d, 12w or 2026-09-01." in result.stderr


# -- status


def test_status_in_json_counts_all_eight_statuses(imported: Run) -> None:
    result = imported("status", "--json", "--now", NOW)
    counts = json.loads(result.stdout)
    assert counts == counts | {
        "scorecards": {
            "upcoming": 1,
            "awaiting": 0,
            "overdue": 2,
            "submitted": 1,
            "submitted_late": 1,
            "excused": 0,
            "cancelled": 0,
            "unknown": 0,
        },
        "paused": False,
        "channels_down": [],
        "parked": 0,
        "parked_webhooks": 0,
        "hidden": {},
        "answers": {
            "done_elsewhere": 0,
            "snooze": 0,
            "hand_over": 0,
            "did_not_happen": 0,
            "undone": 0,
        },
        "last_sync": {
            "csv": {
                "outcome": "ok",
                "started_at": BEFORE,
                "finished_at": BEFORE,
                "records": 17,
                "parked": 0,
                "error": None,
            }
        },
    }


def test_status_for_people_says_what_to_do_next(imported: Run) -> None:
    out = imported("status", "--now", NOW).stdout
    assert "Submitted late" in out
    assert "csv: last sync 2026-11-02 09:00 UTC, ok." in out
    assert "Next: `afterword overdue` lists them" in out
    assert "AFTERWORD_LIVE" in out
    assert max(map(len, out.splitlines())) <= 80


def test_status_of_an_empty_store_says_how_to_begin(afterword: Run) -> None:
    assert "connect an ATS" in afterword("status").stdout
    assert json.loads(afterword("status", "--json").stdout)["last_sync"] == {}


# -- report


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("text", "Scorecards of week 2026-W45"),
        ("html", "<!doctype html>"),
        ("csv", "week,timezone"),
    ],
)
def test_the_report_comes_in_every_form(form: str, begin: str, imported: Run) -> None:
    result = imported("report", "--week", "2026-W45", "--format", form, "--now", NOW)
    assert result.exit_code == 0
    assert result.stdout.lower().startswith(begin.lower())


def test_the_report_in_json_has_the_documented_keys(imported: Run) -> None:
    result = imported("report", "--week", "2026-W45", "--format", "json", "--now", NOW)
    found = json.loads(result.stdout)
    wanted = ("week", "timezone", "asof", "expected", "submission_rate", "on_time_rate")
    assert {name: found[name] for name in wanted} == {
        "week": "2026-W45",
        "timezone": "UTC",
        "asof": NOW,
        "expected": 2,
        "submission_rate": 0.5,
        "on_time_rate": 0.5,
    }
    assert found["counts"]["submitted"] == 1
    assert found["time_to_feedback"] == {"n": 1, "median_hours": 18.0, "p90_hours": 18.0}
    assert {group["by"] for group in found["groups"]} >= {"department", "job", "interviewer"}


def test_without_a_week_the_last_closed_one_is_reported(imported: Run) -> None:
    result = imported("report", "--format", "json", "--now", "2026-11-16T00:00:00Z")
    assert json.loads(result.stdout)["week"] == "2026-W46"


def test_a_week_without_interviews_has_no_data_rather_than_zero(imported: Run) -> None:
    """Case 60."""
    result = imported("report", "--week", "2026-W40", "--format", "json", "--now", NOW)
    assert json.loads(result.stdout)["submission_rate"] is None


@pytest.mark.parametrize("week", ["2026-W54", "46", "2027-W20"])
def test_a_week_that_cannot_be_reported_is_refused(week: str, imported: Run) -> None:
    result = imported("report", "--week", week, "--now", NOW)
    assert (result.exit_code, "--week" in result.stderr) == (2, True)


# -- explain


def test_explain_tells_the_story_in_order_and_why(imported: Run) -> None:
    out = " ".join(imported("explain", "1", "--now", NOW).stdout.split())
    story = [
        "Systems, interview 1 in csv",
        "2026-11-02 09:00 The interview was seen for the first time",
        "Where it stands at 2026-11-20 10:00 (UTC)",
        "Bo: overdue, was due on Thu 05 Nov 2026",
        "2 business days later, without weekends",
        "Cy: submitted on Wed 04 Nov 2026",
    ]
    places = [out.find(words) for words in story]
    assert -1 not in places
    assert places == sorted(places)


def test_explain_stops_at_the_moment_that_is_asked_for(imported: Run, place: Path) -> None:
    moved = ROWS[3].replace("2026-11-10", "2026-11-11")
    (place / "moved.csv").write_text("\n".join([HEADINGS, moved]))
    imported("import", "moved.csv", "--now", "2026-11-05T09:00:00Z")
    assert "was moved" in imported("explain", "3", "--now", NOW).stdout
    assert "was moved" not in imported("explain", "3", "--now", BEFORE).stdout


def test_explain_of_an_unknown_interview_says_what_to_do(imported: Run) -> None:
    result = imported("explain", "nope\x1b[31m")
    assert result.exit_code == 1
    assert result.stderr.startswith("No interview nope")
    assert "\x1b" not in result.stderr


def test_names_are_not_stored_when_they_must_not_be(
    afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_STORE_NAMES", "false")
    (place / "interviews.csv").write_text("\n".join([HEADINGS, *ROWS]))
    afterword("import", "interviews.csv", "--now", BEFORE)
    assert "Noor" not in str(rows_of(place / "afterword.db"))
    first = json.loads(afterword("overdue", "--json", "--now", NOW).stdout)[0]
    assert first["candidate"] is None


def test_the_help_says_what_each_command_is_for_in_whole_sentences(afterword: Run) -> None:
    said = afterword("--help").stdout.partition("Commands:")[2].strip().splitlines()
    assert len(said) == 20
    assert {line[-1] for line in said} == {"."}
    assert not [line for line in said if line.endswith("...")]


def test_the_version_is_printed(afterword: Run) -> None:
    assert afterword("version").stdout.startswith("afterword ")
