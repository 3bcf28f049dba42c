"""What people receive: nudge, digest, escalation, report and alarm as finished messages. Pure.

How they read is decided in lessons.md, "How a message reads": about the one who waits, one
action, no blame. Text, HTML, Slack blocks and card of a message say the same, from the same values.
No subject and no preheader holds a candidate's name: both are shown on locked screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.notify.base import Attachment, Message, MessageKind, Recipient
from scheduler import blocks as slack
from scheduler import cards, nudge_blocks
from scheduler.letters import fitted, letter
from scheduler.owed import (
    ADVICE,
    HANDED,
    NO_FORM,
    OPEN,
    WRITE,
    AnswerLinks,
    Case,
    Owed,
    Row,
    cases_of,
    helped,
    longest_first,
)
from scheduler.phrases import clean, counted, number, sentence, web_link
from scheduler.report_view import COHORT, ReportContent, ReportView, view_of

__all__ = ["Owed", "alarm", "escalation", "nudge", "report", "report_html"]

MOST_ROWS = 60
"""Rows of one HTML mail; the text part has them all."""
MOST_PROBLEMS = 20
UNFIT = "If that does not fit"
"""What stands before the answers."""
REPLY = "If that does not fit, reply to this mail."


def nudge(
    id: str,
    to: Recipient,
    owed: Sequence[Owed],
    *,
    now: datetime,
    zone: ZoneInfo,
    in_reply_to: str | None = None,
    links: AnswerLinks | None = None,
    replies: bool = False,
) -> Message:
    """To the interviewer: a NUDGE about one scorecard, a DIGEST about several.

    ``links``: where the answers live on the web; without them only Slack can be answered, and a
    mail when somebody reads the ``replies``.
    """
    rows = [Row.of(each, now, zone, links) for each in longest_first(owed)]
    reply = REPLY if replies and not links else ""
    if len(rows) == 1:
        return _single(id, to, rows[0], in_reply_to, reply)
    return _digest(id, to, rows, in_reply_to, reply)


def escalation(
    id: str, to: Recipient, owed: Sequence[Owed], *, now: datetime, zone: ZoneInfo
) -> Message:
    """To whoever may help: one paragraph an interview, whoever waits longest first."""
    cases = cases_of(owed, now, zone)
    people = len({each.application for each in cases})
    lead = ""
    if len(cases) > 1:
        waiting = "A candidate is" if people == 1 else f"{sentence(number(people))} candidates are"
        lead = f"{waiting} waiting for word, {_longest(cases[0].days, people)}."
    handed = all(each.handed for each in cases)
    advice = HANDED if handed else ADVICE
    what = "Handed to you" if handed else "Waiting for word"
    subject = f"{what}: {cases[0].title if len(cases) == 1 else _candidates(people)}"
    paragraphs = [
        f"{each.bold}{each.rest} {each.reminded}" + (f"\n{OPEN}: {each.url}" if each.url else "")
        for each in cases
    ]
    text = "\n\n".join([*([lead] if lead else []), *paragraphs, advice]) + "\n"
    return Message(
        id=id,
        kind=MessageKind.ESCALATION,
        to=to,
        subject=clean(subject, 150),
        text=text,
        html=_escalation_letter(subject, lead, cases, advice, people),
        blocks=nudge_blocks.escalation(lead, cases, advice),
        card=cards.escalation(lead, cases, advice),
    )


def _escalation_letter(
    subject: str, lead: str, cases: Sequence[Case], advice: str, people: int
) -> str:
    return fitted(
        lambda shown, _: letter(
            "escalation",
            subject=subject,
            preheader=f"{_candidates(people)}, {counted(cases[0].days, 'day')}. {advice}",
            lead=lead,
            cases=cases[:shown],
            left=max(0, len(cases) - shown),
            advice=advice,
            action=OPEN,
        ),
        min(len(cases), MOST_ROWS),
    )


def report(
    id: str,
    to: Recipient,
    report: ReportContent,
    *,
    page_url: str | None,
    unsubscribe_url: str | None = None,
) -> Message:
    """The numbers of a closed week, with the whole of them as CSV. ``page_url``: where they live
    in the browser, if anywhere; ``unsubscribe_url``: where this address leaves the list."""
    view = view_of(report.as_json())
    page, off = web_link(page_url), web_link(unsubscribe_url)
    link = f"\nIn the browser: {page}\n" if page else ""
    leave = f"\nNo more of these reports to this address: {off}\n" if off else ""
    return Message(
        id=id,
        kind=MessageKind.REPORT,
        to=to,
        subject=clean(view.subject, 150),
        text=report.as_text().rstrip("\n") + "\n" + link + leave,
        html=_report_letter(view, page, off),
        blocks=view.blocks(page),
        attachments=(
            Attachment(
                f"scorecards-{view.week}.csv", "text/csv", report.as_csv().encode("utf-8-sig")
            ),
        ),
        card=cards.report(view, page),
        unsubscribe_url=off,
    )


def report_html(report: ReportContent) -> str:
    """The same page that the weekly mail shows, on its own."""
    return _report_letter(view_of(report.as_json()), None, None)


def _report_letter(view: ReportView, page: str | None, leave: str | None) -> str:
    return letter(
        "report",
        subject=view.subject,
        preheader=view.preheader,
        view=view,
        page_url=page,
        leave_url=leave,
        cohort=COHORT,
    )


def alarm(
    id: str, to: Recipient, problems: Sequence[str], *, page_url: str | None, over: bool = False
) -> Message:
    """To whoever runs Afterword: what does not work and what to do, a sentence or two each.

    ``page_url``: where the state can be seen in the browser, if anywhere. ``over``: it says that
    problems are over.
    """
    said = [clean(each, 400) for each in problems]
    shown, left = said[:MOST_PROBLEMS], max(0, len(said) - MOST_PROBLEMS)
    more = f"and {left} more" if left else ""
    page = web_link(page_url)
    lead = "Afterword cannot do all of its work and needs a hand."
    subject = f"Afterword needs a hand: {counted(len(said), 'problem')}"
    if over:
        lead = "A problem that Afterword told you of is over."
        subject = f"Afterword: {counted(len(said), 'problem')} over"
    lines = [*(f"- {each}" for each in shown), *([more] if more else [])]
    link = f"\nSee how it stands: {page}\n" if page else ""
    return Message(
        id=id,
        kind=MessageKind.ALARM,
        to=to,
        subject=subject,
        text=f"{lead}\n\n" + "\n".join(lines) + "\n" + link,
        html=letter(
            "alarm",
            subject=subject,
            preheader=shown[0] if shown else lead,
            lead=lead,
            problems=shown,
            more=more,
            page_url=page,
        ),
        blocks=_alarm_blocks(lead, shown, more, page),
        card=cards.alarm(lead, shown, more, page),
    )


def _alarm_blocks(
    lead: str, problems: Sequence[str], more: str, page: str | None
) -> tuple[slack.Block, ...]:
    press = slack.button("See how it stands", page or "", "alarm.open", lead)
    return slack.fitted(
        [slack.section(f"*{lead}*")],
        [slack.section(slack.mrkdwn(each)) for each in problems],
        [*([slack.context(more)] if more else []), *([slack.actions(press)] if page else [])],
        "and {n} more",
    )


def _single(id: str, to: Recipient, row: Row, in_reply_to: str | None, reply: str) -> Message:
    subject = f"Notes for {row.title}"
    action = f"{WRITE}: {row.url}" if row.url else NO_FORM
    below = "".join(f"\n{label}: {url}" for label, url in row.answers)
    ways = f"\n{UNFIT}:{below}\n" if below else f"\n{reply}\n" if reply else ""
    return Message(
        id=id,
        kind=MessageKind.NUDGE,
        to=to,
        subject=clean(subject, 150),
        text=f"{row.bold}{row.rest}\n{row.support}\n\n{action}\n{ways}",
        html=letter(
            "nudge",
            subject=subject,
            preheader=row.support,
            row=row,
            action=WRITE,
            no_form=NO_FORM,
            unfit=UNFIT,
            reply=reply,
        ),
        blocks=nudge_blocks.single(row),
        in_reply_to=in_reply_to,
        card=cards.nudge(row),
    )


def _digest(
    id: str, to: Recipient, rows: Sequence[Row], in_reply_to: str | None, reply: str
) -> Message:
    lead, support = lead_of(rows), f"Two honest lines for each are enough.{helped(rows)}"
    subject = f"Notes for {counted(len(rows), 'interview')}"
    ways = [reply] if reply else []
    return Message(
        id=id,
        kind=MessageKind.DIGEST,
        to=to,
        subject=subject,
        text="\n\n".join([f"{lead}\n{support}", *map(_lines, rows), *ways]) + "\n",
        html=fitted(
            lambda shown, whole: letter(
                "digest",
                subject=subject,
                preheader=f"The longest wait: {counted(rows[0].days, 'day')}. {support}",
                lead=lead,
                support=support,
                rows=rows[:shown],
                whole=whole,
                left=max(0, len(rows) - shown),
                reply=reply,
            ),
            min(len(rows), MOST_ROWS),
        ),
        blocks=nudge_blocks.digest(lead, support, rows),
        in_reply_to=in_reply_to,
        card=cards.digest(lead, support, rows),
    )


def lead_of(rows: Sequence[Row]) -> str:
    """Who waits on several scorecards: the first sentence of a digest. Who waits longest first."""
    people = len({row.application for row in rows})
    still = "still " if all(row.again for row in rows) else ""
    if people == 1:
        return (
            f"{rows[0].candidate} is {still}waiting on your notes from "
            f"{number(len(rows))} interviews, {_longest(rows[0].days, people)}."
        )
    return (
        f"{sentence(number(people))} candidates are {still}waiting on your notes, "
        f"{_longest(rows[0].days, people)}."
    )


def _lines(row: Row) -> str:
    """A scorecard of a digest in plain text."""
    links = [("Write", row.url), *row.answers] if row.url else row.answers
    ways = [f"{label}: {url}" for label, url in links] if row.answers else [row.url or NO_FORM]
    form = [] if row.url or not row.answers else [NO_FORM]
    return "\n".join([f"{row.candidate} · {row.title} · {row.waited}", *form, *ways])


def _longest(days: int, people: int) -> str:
    span = "since today" if days == 0 else f"for {counted(days, 'day')}"
    return span if people == 1 else f"the longest {span}"


def _candidates(people: int) -> str:
    return counted(people, "candidate")
