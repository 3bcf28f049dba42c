"""What people receive: nudge, digest, escalation and report as finished messages. Pure.

How they read is decided in lessons.md, "How a message reads": about the one who waits, one
action, no blame. Text, HTML and Slack blocks of a message say the same, from the same values.
No subject and no preheader holds a candidate's name: both are shown on locked screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.notify.base import Attachment, Message, MessageKind, Recipient
from scheduler import nudge_blocks
from scheduler.letters import letter
from scheduler.owed import (
    ADVICE,
    NO_FORM,
    OPEN,
    WRITE,
    AnswerLinks,
    Owed,
    Row,
    cases_of,
    longest_first,
)
from scheduler.phrases import clean, counted, number, sentence, web_link
from scheduler.report_view import COHORT, ReportContent, ReportView, view_of

__all__ = ["Owed", "escalation", "nudge", "report", "report_html"]

MOST_ROWS = 60
"""Rows of one HTML mail; the text part has them all."""


def nudge(
    id: str,
    to: Recipient,
    owed: Sequence[Owed],
    *,
    now: datetime,
    zone: ZoneInfo,
    in_reply_to: str | None = None,
    links: AnswerLinks | None = None,
) -> Message:
    """To the interviewer: a NUDGE about one scorecard, a DIGEST about several.

    ``links``: where the answers live on the web; without them only Slack can be answered.
    """
    rows = [Row.of(each, now, zone, links) for each in longest_first(owed)]
    if len(rows) == 1:
        return _single(id, to, rows[0], in_reply_to)
    return _digest(id, to, rows, in_reply_to)


def escalation(
    id: str, to: Recipient, owed: Sequence[Owed], *, now: datetime, zone: ZoneInfo
) -> Message:
    """To the recruiter: one paragraph an interview, whoever waits longest first."""
    cases = cases_of(owed, now, zone)
    people = len({each.application for each in cases})
    lead = ""
    if len(cases) > 1:
        waiting = "A candidate is" if people == 1 else f"{sentence(number(people))} candidates are"
        lead = f"{waiting} waiting for word, {_longest(cases[0].days, people)}."
    subject = f"Waiting for word: {cases[0].title if len(cases) == 1 else _candidates(people)}"
    html = letter(
        "escalation",
        subject=subject,
        preheader=f"{_candidates(people)}, {counted(cases[0].days, 'day')}. {ADVICE}",
        lead=lead,
        cases=cases[:MOST_ROWS],
        left=max(0, len(cases) - MOST_ROWS),
        advice=ADVICE,
        action=OPEN,
    )
    paragraphs = [
        f"{each.bold}{each.rest} {each.reminded}" + (f"\n{OPEN}: {each.url}" if each.url else "")
        for each in cases
    ]
    text = "\n\n".join([*([lead] if lead else []), *paragraphs, ADVICE]) + "\n"
    return Message(
        id=id,
        kind=MessageKind.ESCALATION,
        to=to,
        subject=clean(subject, 150),
        text=text,
        html=html,
        blocks=nudge_blocks.escalation(lead, cases),
    )


def report(id: str, to: Recipient, report: ReportContent, *, page_url: str | None) -> Message:
    """The numbers of a closed week, with the whole of them as CSV. ``page_url``: where they live
    in the browser, if anywhere."""
    view = view_of(report.as_json())
    page = web_link(page_url)
    link = f"\nIn the browser: {page}\n" if page else ""
    return Message(
        id=id,
        kind=MessageKind.REPORT,
        to=to,
        subject=clean(view.subject, 150),
        text=report.as_text().rstrip("\n") + "\n" + link,
        html=_report_letter(view, page),
        blocks=view.blocks(page),
        attachments=(
            Attachment(
                f"scorecards-{view.week}.csv", "text/csv", report.as_csv().encode("utf-8-sig")
            ),
        ),
    )


def report_html(report: ReportContent) -> str:
    """The same page that the weekly mail shows, on its own."""
    return _report_letter(view_of(report.as_json()), None)


def _report_letter(view: ReportView, page: str | None) -> str:
    return letter(
        "report",
        subject=view.subject,
        preheader=view.preheader,
        view=view,
        page_url=page,
        cohort=COHORT,
    )


def _single(id: str, to: Recipient, row: Row, in_reply_to: str | None) -> Message:
    subject = f"Notes for {row.title}"
    action = f"{WRITE}: {row.url}" if row.url else NO_FORM
    return Message(
        id=id,
        kind=MessageKind.NUDGE,
        to=to,
        subject=clean(subject, 150),
        text=f"{row.bold}{row.rest}\n{row.support}\n\n{action}\n",
        html=letter(
            "nudge",
            subject=subject,
            preheader=row.support,
            row=row,
            action=WRITE,
            no_form=NO_FORM,
        ),
        blocks=nudge_blocks.single(row),
        in_reply_to=in_reply_to,
    )


def _digest(id: str, to: Recipient, rows: Sequence[Row], in_reply_to: str | None) -> Message:
    people = len({row.application for row in rows})
    still = "still " if all(row.again for row in rows) else ""
    if people == 1:
        lead = (
            f"{rows[0].candidate} is {still}waiting on your notes from "
            f"{number(len(rows))} interviews, {_longest(rows[0].days, people)}."
        )
    else:
        lead = (
            f"{sentence(number(people))} candidates are {still}waiting on your notes, "
            f"{_longest(rows[0].days, people)}."
        )
    support = "Two honest lines for each are enough."
    lines = [
        f"{row.candidate} · {row.title} · {row.since}\n" + (row.url or NO_FORM) for row in rows
    ]
    return Message(
        id=id,
        kind=MessageKind.DIGEST,
        to=to,
        subject=f"Notes for {counted(len(rows), 'interview')}",
        text=f"{lead}\n{support}\n\n" + "\n\n".join(lines) + "\n",
        html=letter(
            "digest",
            subject=f"Notes for {counted(len(rows), 'interview')}",
            preheader=f"The longest wait: {counted(rows[0].days, 'day')}. {support}",
            lead=lead,
            support=support,
            rows=rows[:MOST_ROWS],
            left=max(0, len(rows) - MOST_ROWS),
        ),
        blocks=nudge_blocks.digest(lead, support, rows),
        in_reply_to=in_reply_to,
    )


def _longest(days: int, people: int) -> str:
    span = "since today" if days == 0 else f"for {counted(days, 'day')}"
    return span if people == 1 else f"the longest {span}"


def _candidates(people: int) -> str:
    return counted(people, "candidate")
