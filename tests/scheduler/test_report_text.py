"""The report as people and spreadsheets read it."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.facts import Told
from scheduler.figures import days, hours, one_decimal, percent
from scheduler.phrases import clean
from scheduler.policy import Policy
from tests.scheduler.cards import DUE, END, card, person
from tests.scheduler.test_report import ASOF, EXAMPLE, HOUR, report_of

TEXT = """\
Scorecards of week 2026-W46
===========================
Interviews that ended from Mon 09 Nov to Sun 15 Nov 2026 (UTC), as known on
Mon 16 Nov 2026 at 08:00 UTC. A cohort by interview date: a scorecard that
comes in later still counts for this week.
"""


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_text_says_what_it_counts_and_when() -> None:
    """Case 61: the as-of time, its zone, and that it is a cohort."""
    assert report_of(EXAMPLE).as_text().startswith(TEXT)


def test_the_text_shows_the_numbers_of_the_week() -> None:
    lines = [" ".join(line.split()) for line in report_of(EXAMPLE).as_text().splitlines()]
    for line in (
        "Handed in 66.7 % █████████████░░░░░░░ 4 of 6",
        "On time 60.0 % ████████████░░░░░░░░ 3 of 5",
        "Time taken median 2.0 h, 90 % within 58.0 h (n = 4, missing 2)",
        "Excused 25.0 % declined 1, not required 1",
        "Filed on behalf of the interviewer: 1",
        "Unreachable: Person lea owes 1: the interviewer's account is deactivated",
        "Overdue: 2, together 356.0 h late",
        "3-7 days 1 ██████████",
        "Candidates waiting after an interview: 5; median 5.9 days, longest 12.9 days",
        "Sales 2 █████░░░░░ 50.0 % 0.0 % 1",
    ):
        assert line in lines


def test_a_week_without_interviews_reads_no_data() -> None:
    """Case 60: never 0 or 100 %."""
    text = report_of([]).as_text()
    assert "Handed in    no data  0 of 0" in text
    assert "%" not in text.replace("90 % within no data", "")
    assert "By department" not in text
    (total,) = rows_of(report_of([]).as_csv())
    rates = {name: cell for name, cell in total.items() if "rate" in name or "hours" in name}
    assert len(rates) == 5
    assert set(rates.values()) == {"no data"}
    assert total["submitted"] == "0"


def test_the_text_stays_narrow_and_points_to_the_csv_for_the_rest() -> None:
    many = [
        card("1", interviewer=person(f"p{n}", name="Konstantin Amadeus of Nowhere " * 3))
        for n in range(14)
    ]
    text = report_of(many).as_text()
    assert max(map(len, text.splitlines())) <= 78
    assert "  and 4 more in the CSV" in text
    assert len(
        [row for row in rows_of(report_of(many).as_csv()) if row["by"] == "interviewer"]
    ) == (14)


def test_a_name_cannot_steer_the_terminal_or_turn_the_line() -> None:
    """Case 56."""
    text = report_of([card(department="\x1b[2JSales\r\n\u202eevil")]).as_text()
    assert "Sales evil" in text
    assert not {"\x1b", "\r", "\u202e"} & set(text)


def test_the_csv_has_the_total_and_every_group_with_the_numbers_of_the_json() -> None:
    report = report_of(EXAMPLE)
    rows = rows_of(report.as_csv())
    content = report.as_json()
    listed = [{"by": "total", "name": "all", **content}, *content["groups"]]
    assert len(rows) == len(listed) == 8
    for row, figures in zip(rows, listed, strict=True):
        assert (row["week"], row["asof"]) == ("2026-W46", "2026-11-16T08:00:00Z")
        assert (row["by"], row["name"]) == (figures["by"], figures["name"])
        assert {status: int(row[status]) for status in figures["counts"]} == figures["counts"]
        for rate in ("submission_rate", "on_time_rate", "excused_rate"):
            assert row[rate] == ("no data" if figures[rate] is None else str(figures[rate]))
        assert row["time_to_feedback_n"] == str(figures["time_to_feedback"]["n"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r@", " +", "\u200b="])
def test_a_spreadsheet_takes_no_name_for_a_formula(start: str) -> None:
    """Case 56, in a spreadsheet."""
    evil = f'{start}HYPERLINK("http://x","y")'
    rows = rows_of(report_of([card(department=evil)]).as_csv())
    assert rows[1]["name"] == f'\'{start[-1]}HYPERLINK("http://x","y")'


@given(name=st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_name_is_one_cell_of_one_line(name: str) -> None:
    text = report_of([card(department=name)]).as_csv()
    assert len(text.splitlines()) == 5  # head, total, department, job, interviewer
    found = rows_of(text)[1]["name"]
    assert found.removeprefix("'") == clean(name, 200).removeprefix("'")
    assert found[:1] not in {"=", "+", "-", "@"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "no data"),
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (2 / 3, "66.7 %"),
        (0.8125, "81.3 %"),
        (1 / 2000, "0.1 %"),
        (0.0245, "2.5 %"),
        (0.99949, "99.9 %"),
    ],
)
def test_rates_are_rounded_half_up_at_the_very_end(value: float | None, shown: str) -> None:
    assert percent(value) == shown


def test_hours_and_days_are_rounded_half_up_too() -> None:
    assert (hours(0.25), hours(None), days(0.05), days(None)) == (
        "0.3 h",
        "no data",
        "0.1 days",
        "no data",
    )
    assert one_decimal(12345.65) == "12,345.7"


def test_nudges_are_told_with_what_followed() -> None:
    late = card(submitted_at=DUE + HOUR)
    text = report_of([late], told={late.key: [Told("nudge 1", "sent", DUE)]}).as_text()
    assert "Nudges: 1 about 1 scorecards; handed in within 24 h: 100.0 %" in text


def test_the_time_of_the_report_is_that_of_its_zone() -> None:
    policy = Policy(zone=ZoneInfo("Asia/Kathmandu"))
    text = report_of([card(ends_at=END)], policy=policy, asof=ASOF).as_text()
    assert "Mon 16 Nov 2026 at 13:45 +0545" in text
