"""A weekly report as rows and words to show, made from ``ComplianceReport.as_json()``. Pure.

Reading the JSON form, and not the object, lets a stored report of last month be shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from scheduler import blocks as slack
from scheduler.answer_figures import AnswersGiven, answers_in_words
from scheduler.figures import days, hours, percent
from scheduler.phrases import clean, day_and_month, unread_since

MOST_GROUPS = 10
"""Rows of one table in the mail; the attached CSV has all of them."""
COHORT = "Counted by the date of the interview, not by the date of handing in."
COLUMNS = {"department": "By department", "job": "By job", "interviewer": "By interviewer"}
WORDS = {
    "submitted": "on time",
    "submitted_late": "late",
    "overdue": "overdue",
    "awaiting": "not due yet",
    "excused": "excused",
    "cancelled": "cancelled",
    "unknown": "cannot tell",
}
COLOURS = {
    "submitted": "#3f8f83",
    "submitted_late": "#bf9340",
    "overdue": "#b8655a",
    "awaiting": "#8796a5",
}
"""The expected four, in the middle of the scale so that they hold on a light and a dark ground."""


class ReportContent(Protocol):
    """What is used of a ComplianceReport."""

    def as_json(self) -> dict[str, Any]: ...

    def as_text(self) -> str: ...

    def as_csv(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar."""

    colour: str
    width: int
    """Percent of the whole bar; the pieces of a bar make 100."""


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one set of scorecards, as words."""

    name: str
    rate: str
    """Handed in, of those expected: ``84.2 %`` or ``no data``."""
    words: str
    """``16 on time, 2 late, 1 overdue``: the bar in words."""
    bar: tuple[Piece, ...]
    counts: Mapping[str, int]
    missing: int


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    column: str
    lines: tuple[Line, ...]
    left: int
    """Groups that are only in the CSV."""


@dataclass(frozen=True, slots=True)
class ReportView:
    week: str
    subject: str
    preheader: str
    span: str
    """``9 to 15 November 2026``."""
    asof: str
    total: Line
    figures: tuple[tuple[str, str, str], ...]
    """Name, value, note."""
    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()
    """One sentence for each account that is missing from the numbers in part."""

    def blocks(self, page_url: str | None) -> tuple[slack.Block, ...]:
        """For a Slack channel: the figures and the departments, no names of colleagues."""
        figures = "\n".join(
            f"*{slack.mrkdwn(value)}* {name.lower()} · {note}" for name, value, note in self.figures
        )
        rows = [
            slack.section(f"*{slack.mrkdwn(line.name)}* · {line.rate} · {line.words}")
            for table in self.tables
            if table.column == "Department"
            for line in table.lines
        ]
        link = (
            [slack.actions(slack.button("See the report", page_url, "report.open", self.subject))]
            if page_url
            else []
        )
        return slack.fitted(
            [
                slack.header(self.subject),
                *(slack.section(slack.mrkdwn(each)) for each in self.warnings),
                slack.section(figures),
                slack.section(self.total.words),
            ],
            rows,
            [slack.context(f"{self.span}. {COHORT} {self.asof}"), *link],
            "and {n} more",
        )


def view_of(content: Mapping[str, Any]) -> ReportView:
    """The JSON form of a report as a view. KeyError when it is not one."""
    week = str(content["week"])
    total = _line("All", content)
    backlog = int((content.get("backlog") or {}).get("n", 0))
    return ReportView(
        week=clean(week),
        subject=f"Scorecards of week {clean(week)}",
        preheader=f"{total.rate} handed in; {total.words}. {backlog:,} overdue in all.",
        span=_span(week),
        asof=_asof(str(content["asof"]), str(content["timezone"])),
        total=total,
        figures=_figures(content, total, backlog),
        tables=tuple(_tables(content.get("groups") or ())),
        warnings=warnings_of(content),
    )


def warnings_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What the JSON form of a report says of accounts that did not answer."""
    where = ZoneInfo(str(content["timezone"]))
    return tuple(
        unread_since(
            str(each["ats"]),
            datetime.fromisoformat(each["since"]) if each["since"] else None,
            where,
        )
        for each in content.get("unread") or ()
    )


def _figures(
    content: Mapping[str, Any], total: Line, backlog: int
) -> tuple[tuple[str, str, str], ...]:
    time = content["time_to_feedback"]
    handed_in = total.counts["submitted"] + total.counts["submitted_late"]
    figures = [
        ("Handed in", total.rate, f"{handed_in:,} of {int(content['expected']):,} expected"),
        ("On time", percent(content["on_time_rate"]), "of those handed in or overdue"),
        (
            "Median time to feedback",
            hours(time["median_hours"]),
            f"n = {time['n']:,}, 90 % within {hours(time['p90_hours'])}, {total.missing:,} missing"
            if time["n"]
            else f"n = 0, {total.missing:,} missing",
        ),
        ("Overdue in all", f"{backlog:,}", "whatever their week"),
    ]
    waiting = content.get("candidates_waiting")
    if waiting and waiting["n"]:
        note = f"median {days(waiting['median_days'])}, longest {days(waiting['max_days'])}"
        figures.append(("Candidates waiting", f"{waiting['n']:,}", note))
    answers = AnswersGiven.from_json(content.get("answers"))
    if answers and (words := answers_in_words(answers)):
        figures.append(("Excused by an answer", f"{sum(answers.excused.values()):,}", words))
    unreached = int(content.get("undeliverable") or 0)
    if unreached:
        note = "of this week, owed by people whom no message can reach"
        figures.append(("Undeliverable", f"{unreached:,}", note))
    return tuple(figures)


def _tables(groups: Sequence[Mapping[str, Any]]) -> list[Table]:
    tables = []
    for by, title in COLUMNS.items():
        mine = [each for each in groups if each["by"] == by]
        # The report comes with most overdue first, so that the cut leaves those that matter.
        lines = [_line(clean(str(each["name"]), 48), each) for each in mine[:MOST_GROUPS]]
        if lines:
            tables.append(Table(title, by.capitalize(), tuple(lines), len(mine) - len(lines)))
    return tables


def _line(name: str, figures: Mapping[str, Any]) -> Line:
    counts = {status: int(figures["counts"].get(status, 0)) for status in WORDS}
    said = [f"{n:,} {WORDS[status]}" for status, n in counts.items() if n]
    return Line(
        name=name or "(no name)",
        rate=percent(figures["submission_rate"]),
        words=", ".join(said) or "nothing to count",
        bar=_bar(counts),
        counts=counts,
        missing=counts["overdue"] + counts["awaiting"],
    )


def _bar(counts: Mapping[str, int]) -> tuple[Piece, ...]:
    """Whole percents that make 100, no piece so thin that it cannot be seen."""
    parts = [(COLOURS[status], counts[status]) for status in COLOURS if counts[status]]
    whole = sum(n for _, n in parts)
    if not whole:
        return ()
    widths = [max(2, n * 100 // whole) for _, n in parts]
    largest = widths.index(max(widths))
    widths[largest] += 100 - sum(widths)
    return tuple(Piece(colour, w) for (colour, _), w in zip(parts, widths, strict=True))


def _span(week: str) -> str:
    year, _, label = week.partition("-W")
    first = date.fromisocalendar(int(year), int(label), 1)
    last = first + timedelta(days=6)
    begin = str(first.day) if first.month == last.month else day_and_month(first, last)
    return f"{begin} to {last.day} {last:%B} {last.year}"


def _asof(asof: str, zone: str) -> str:
    at = datetime.fromisoformat(asof).astimezone(ZoneInfo(zone))
    return f"As known on {at.day} {at:%B %Y} at {at:%H:%M} ({zone})."
