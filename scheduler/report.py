"""The compliance report of a week: a cohort by interview date, not an activity count. Pure.

A report speaks of the scorecards of the interviews that *ended* in an ISO week, Monday 00:00 to
Monday 00:00 in the company's zone, as they were known at ``asof``. An all-day interview belongs to
the week of its last day. Only the backlog and the waiting candidates look at every week.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Any

from connectors.model import require_utc, utc
from scheduler.answer_figures import (
    DEFINITION,
    AnswersGiven,
    answers_given,
    answers_in_words,
)
from scheduler.facts import ScorecardFacts, ScorecardKey, Status, Told
from scheduler.figures import (
    NO_DATA,
    Backlog,
    Figures,
    Judged,
    Nudging,
    Unreachable,
    Waiting,
    backlog,
    candidates_waiting,
    days,
    figures,
    hours,
    nudging,
    one_decimal,
    percent,
    unreachable,
)
from scheduler.phrases import clean, unread_since
from scheduler.policy import Policy
from scheduler.workdays import Week, zone

WIDTH = 78
"""Columns of the text; a plain mail that is wider gets wrapped by somebody else."""
SHOWN = 10
"""Rows of a grouping in the text; all of them are in the CSV."""
DEFINITIONS = (
    "Handed in: of the scorecards expected. On time: by the due date, of those handed in or "
    "overdue. Overdue: due before the time of this report and missing."
)
Grouping = Callable[[ScorecardFacts], tuple[str, str | None, str | None]]
GROUPINGS: dict[str, Grouping] = {
    "department": lambda facts: ("", facts.department or None, facts.department),
    "job": lambda facts: (facts.key.ats, facts.job_id, facts.job),
    "interviewer": lambda facts: (*_somebody(facts), facts.interviewer.name),
}
"""What makes two scorecards belong together (account and id), and what it is called."""


def _somebody(facts: ScorecardFacts) -> tuple[str, str]:
    """One name at one address is one person, in however many accounts."""
    address = (facts.interviewer.email or "").strip().lower()
    return ("", address) if address else (facts.key.ats, facts.interviewer.id)


@dataclass(frozen=True, slots=True)
class Group:
    """The same numbers for one department, job or interviewer, or for the folded small ones."""

    by: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Unread:
    """A connected account that did not answer after the end of the week."""

    ats: str
    since: datetime | None
    """Everything up to then is known; None: it was never read."""


@dataclass(frozen=True, slots=True)
class ComplianceReport:
    """A week as it was known at ``asof``. Equal after ``from_json(as_json())``."""

    week: Week
    timezone: str
    """The company's zone, by IANA name."""
    asof: datetime
    finished: bool
    """False: made before the week had ended, so interviews still to come are left out."""
    total: Figures
    groups: tuple[Group, ...]
    """By department, job and interviewer; in each the one with the most overdue first."""
    backlog: Backlog
    candidates_waiting: Waiting
    unreachable: tuple[Unreachable, ...]
    nudging: Nudging | None = None
    """None: not asked for."""
    unread: tuple[Unread, ...] = ()
    answers: AnswersGiven | None = None
    """None: made before anybody could answer."""

    def __post_init__(self) -> None:
        require_utc(self)

    def as_json(self) -> dict[str, Any]:
        """The documented keys and a few more; rates unrounded or null, instants with Z."""
        nudging = self.nudging
        return {
            "week": self.week.label,
            "timezone": self.timezone,
            "asof": _z(self.asof),
            "finished": self.finished,
            **self.total.as_json(),
            "backlog": asdict(self.backlog),
            "candidates_waiting": asdict(self.candidates_waiting),
            "unreachable": [asdict(each) for each in self.unreachable],
            "nudges": nudging
            and {
                **asdict(nudging),
                "conversion": nudging.conversion,
                "per_scorecard": nudging.per_scorecard,
            },
            "answers": self.answers and asdict(self.answers),
            "unread": [
                {"ats": each.ats, "since": each.since and _z(each.since)} for each in self.unread
            ],
            "groups": [
                {"by": group.by, "name": group.name, **group.figures.as_json()}
                for group in self.groups
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ComplianceReport:
        """The report that ``as_json`` was made of."""
        nudges = stored["nudges"]
        return cls(
            week=Week.parse(stored["week"]),
            timezone=stored["timezone"],
            asof=utc(stored["asof"]),
            finished=stored["finished"],
            total=Figures.from_json(stored),
            groups=tuple(
                Group(each["by"], each["name"], Figures.from_json(each))
                for each in stored["groups"]
            ),
            backlog=Backlog(**stored["backlog"]),
            candidates_waiting=Waiting(**stored["candidates_waiting"]),
            unreachable=tuple(Unreachable(**each) for each in stored["unreachable"]),
            nudging=nudges and Nudging(nudges["sent"], nudges["scorecards"], nudges["converted"]),
            unread=tuple(
                Unread(each["ats"], utc(each["since"]) if each["since"] else None)
                for each in stored.get("unread", ())  # older ones have none
            ),
            answers=AnswersGiven.from_json(stored.get("answers")),
        )

    def as_csv(self) -> str:
        """One row for the total and one per group. Rates unrounded, as in the JSON.

        Text that a spreadsheet would take for a formula gets a leading apostrophe.
        """
        rows = [("total", "all", self.total), *((g.by, g.name, g.figures) for g in self.groups)]
        table = [
            {
                "week": self.week.label,
                "timezone": _cell(self.timezone),
                "asof": _z(self.asof),
                "by": by,
                "name": _cell(name),
                **_columns(figures),
            }
            for by, name, figures in rows
        ]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return out.getvalue()

    def as_text(self) -> str:
        """For a terminal or a plain mail, at most 78 columns."""
        parts = [self._head(), self._numbers(), self._everything()]
        for by in dict.fromkeys(group.by for group in self.groups):
            parts.append(_grouping(by, [group for group in self.groups if group.by == by]))
        return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"

    def _head(self) -> list[str]:
        where = zone(self.timezone)
        start, end = self.week.start(where), self.week.end(where) - timedelta(microseconds=1)
        told = (
            f"Interviews that ended from {start.astimezone(where):%a %d %b} to "
            f"{end.astimezone(where):%a %d %b %Y} ({self.timezone}), as known on "
            f"{self.asof.astimezone(where):%a %d %b %Y at %H:%M %Z}. A cohort by interview date: "
            "a scorecard that comes in later still counts for this week."
        )
        if not self.finished:
            told += " The week is unfinished: interviews still to come are left out."
        title = f"Scorecards of week {self.week.label}"
        lines = [title, "=" * len(title), *wrap(told, WIDTH), *wrap(DEFINITIONS, WIDTH)]
        for each in self.unread:
            lines += wrap(f"NOTE: {unread_since(each.ats, each.since, where)}", WIDTH)
        return lines

    def _numbers(self) -> list[str]:
        total, counts = self.total, self.total.counts
        time = total.time_to_feedback
        missing = counts[Status.OVERDUE] + counts[Status.AWAITING]
        words = " · ".join(f"{_words(status)} {n}" for status, n in counts.items())
        excused = f"  Excused     {percent(total.excused_rate):>8}"
        if total.excused_by_reason:
            reasons = (f"{_words(why)} {n}" for why, n in total.excused_by_reason.items())
            excused += "  " + ", ".join(reasons)
        lines = [
            _rate_line("Handed in", total.submission_rate, total.handed_in, total.expected),
            _rate_line(
                "On time",
                total.on_time_rate,
                counts[Status.SUBMITTED],
                total.handed_in + counts[Status.OVERDUE],
            ),
            f"  Time taken  median {hours(time.median_hours)}, 90 % within "
            f"{hours(time.p90_hours)} (n = {time.n}, missing {missing})",
            excused,
            *wrap(f"{words} = {total.size}", WIDTH, initial_indent="  ", subsequent_indent="  "),
        ]
        if total.on_behalf:
            lines.append(f"  Filed on behalf of the interviewer: {total.on_behalf}")
        if self.nudging:
            lines.append(
                f"  Nudges: {self.nudging.sent} about {self.nudging.scorecards} scorecards; "
                f"handed in within 24 h: {percent(self.nudging.conversion)}"
            )
        if answered := answers_in_words(self.answers):
            lines += wrap(
                f"Answers: {answered}", WIDTH, initial_indent="  ", subsequent_indent="  "
            )
            lines += wrap(DEFINITION, WIDTH, initial_indent="    ", subsequent_indent="    ")
        for person in self.unreachable:
            owed = f"{clean(person.name)} owes {person.scorecards}: {person.reason}"
            lines += wrap(owed, WIDTH, initial_indent="  Unreachable: ", subsequent_indent="    ")
        return lines

    def _everything(self) -> list[str]:
        late, waiting = self.backlog, self.candidates_waiting
        most = max(late.ages.values())
        lines = [
            "Of every week",
            f"  Overdue: {late.n}, together {one_decimal(late.overdue_hours)} h late",
        ]
        if late.n:
            lines += [f"    {age:>6} days {n:>6}  {_bar(n, most)}" for age, n in late.ages.items()]
        lines.append(
            f"  Candidates waiting after an interview: {waiting.n}; median "
            f"{days(waiting.median_days)}, longest {days(waiting.max_days)}"
        )
        return lines


def compile_report(
    week: Week,
    judged: Iterable[Judged],
    *,
    asof: datetime,
    policy: Policy,
    told: Mapping[ScorecardKey, Sequence[Told]] | None = None,
    min_group: int = 1,
    unread: Iterable[Unread] = (),
) -> ComplianceReport:
    """The report of a week from all scorecards, judged at ``asof``; the cohort is picked here.

    Groups of fewer than ``min_group`` scorecards are folded into one. Raises ValueError for a week
    that has not begun at ``asof``, and for scorecards that were judged at another moment.
    """
    start, end = week.start(policy.zone), week.end(policy.zone)
    if asof < start:
        raise ValueError(f"week {week.label} has not begun yet: ask for an earlier week")
    rows = list(judged)
    cohort = [row for row in rows if _ended_between(row, start, end)]
    to_come = [row for row in cohort if row[1].status is Status.UPCOMING]
    if to_come and asof >= end:
        raise ValueError(f"week {week.label} is over, but scorecards were judged as upcoming in it")
    cohort = [row for row in cohort if row[1].status is not Status.UPCOMING]
    return ComplianceReport(
        week=week,
        timezone=str(policy.zone),
        asof=asof,
        finished=asof >= end,
        total=figures(cohort),
        groups=tuple(group for by in GROUPINGS for group in _grouped(by, cohort, min_group)),
        backlog=backlog(rows, asof),
        candidates_waiting=candidates_waiting(rows, asof),
        unreachable=unreachable(cohort),
        nudging=None if told is None else nudging(cohort, told, policy, asof),
        unread=tuple(unread),
        answers=answers_given(cohort, asof),
    )


def _ended_between(row: Judged, start: datetime, end: datetime) -> bool:
    """An all-day interview ends with its day, so the midnight after Sunday is still Sunday's."""
    ended = row[1].ended_at
    if ended is None:
        return False
    return start < ended <= end if row[0].ends_at is None else start <= ended < end


def _grouped(by: str, cohort: Sequence[Judged], min_group: int) -> list[Group]:
    """The groups, the one with the most overdue first and the folded one last."""
    members: defaultdict[tuple[str, str | None, str], list[Judged]] = defaultdict(list)
    for row in cohort:
        account, id, name = GROUPINGS[by](row[0])
        members[account, id, name or f"no {by}"].append(row)
    small = [rows for rows in members.values() if len(rows) < min_group]
    names = Counter(name for _, _, name in members)
    here = Counter((account, name) for account, _, name in members)

    def called(account: str, id: str | None, name: str) -> str:
        # Two of one name are told apart by their account where that is enough.
        known_by = account if account and here[account, name] == 1 else id
        return name if names[name] == 1 else f"{name} ({known_by})"

    large = {key: rows for key, rows in members.items() if len(rows) >= min_group}
    found = [Group(by, called(*key), figures(rows)) for key, rows in large.items()]
    found.sort(key=_worst_first)
    if small:
        folded = figures(row for rows in small for row in rows)
        found.append(Group(by, f"other ({len(small)})", folded))
    return found


def _worst_first(group: Group) -> tuple[int, float, str]:
    rate = group.figures.on_time_rate
    return -group.figures.counts[Status.OVERDUE], 2.0 if rate is None else rate, group.name


def _grouping(by: str, groups: Sequence[Group]) -> list[str]:
    lines = [f"{f'By {by}':<30}{'expected':>9}{'handed in':>22}{'on time':>9}{'overdue':>8}"]
    for group in groups[:SHOWN]:
        numbers = group.figures
        handed_in = numbers.submission_rate
        bar = "" if handed_in is None else _bar(handed_in, 1)
        lines.append(
            f"  {clean(group.name, 27):<28}{numbers.expected:>9}"
            f"  {bar:<10}{percent(handed_in):>10}"
            f"{percent(numbers.on_time_rate):>9}{numbers.counts[Status.OVERDUE]:>8}"
        )
    if len(groups) > SHOWN:
        lines.append(f"  and {len(groups) - SHOWN} more in the CSV")
    return lines


def _rate_line(label: str, value: float | None, part: int, whole: int) -> str:
    bar = "" if value is None else f"  {_bar(value, 1, 20)}"
    return f"  {label:<11} {percent(value):>8}{bar}  {part} of {whole}"


def _bar(value: float, most: float, width: int = 10) -> str:
    full = int(value / most * width) if most else 0
    return "█" * full + "░" * (width - full)


def _words(code: str) -> str:
    return code.replace("_", " ")


def _z(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _cell(text: str) -> str:
    line = clean(text, 200)
    return "'" + line if line.startswith(("=", "+", "-", "@")) else line


def _columns(numbers: Figures) -> dict[str, object]:
    time = numbers.time_to_feedback
    columns = {
        **numbers.counts,
        "expected": numbers.expected,
        "submission_rate": numbers.submission_rate,
        "on_time_rate": numbers.on_time_rate,
        "time_to_feedback_n": time.n,
        "time_to_feedback_median_hours": time.median_hours,
        "time_to_feedback_p90_hours": time.p90_hours,
        "excused_rate": numbers.excused_rate,
        "undeliverable": numbers.undeliverable,
        "on_behalf": numbers.on_behalf,
    }
    return {name: NO_DATA if value is None else value for name, value in columns.items()}
