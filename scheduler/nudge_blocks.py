"""Nudges, digests and escalations as Slack blocks. Pure; what they say comes from owed.py."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler import blocks as slack
from scheduler.owed import ADVICE, NO_FORM, OPEN, WRITE, Case, Row

MORE = "and {n} more; those above have waited longest."


def single(row: Row) -> tuple[slack.Block, ...]:
    """A nudge about one scorecard."""
    said = f"*{slack.mrkdwn(row.bold)}*{slack.mrkdwn(row.rest)}\n{row.support}"
    if row.url is None:
        return (slack.section(said), slack.context(NO_FORM))
    press = slack.button(WRITE, row.url, "nudge.write", _spoken(row))
    return (slack.section(said), slack.actions(press))


def digest(lead: str, support: str, rows: Sequence[Row]) -> tuple[slack.Block, ...]:
    """A nudge about several."""
    return slack.fitted(
        [slack.section(f"*{slack.mrkdwn(lead)}*\n{support}")],
        [_row(position, row) for position, row in enumerate(rows)],
        [],
        MORE,
    )


def escalation(lead: str, cases: Sequence[Case], advice: str = ADVICE) -> tuple[slack.Block, ...]:
    """To whoever may help, one paragraph an interview."""
    if len(cases) > 1:
        return slack.fitted(
            [slack.section(f"*{lead}*")],
            [_case(position, each) for position, each in enumerate(cases)],
            [slack.section(advice)],
            MORE,
        )
    said = (slack.section(f"{_said(cases[0])}\n{advice}"),)
    url = cases[0].url
    if url is None:
        return said
    spoken = f"{OPEN} {cases[0].candidate}"
    return (*said, slack.actions(slack.button(OPEN, url, "escalation.open", spoken)))


def _row(position: int, row: Row) -> slack.Block:
    text = f"*{slack.mrkdwn(row.candidate)}* · {slack.mrkdwn(row.title)} · {row.since}"
    if row.url is None:
        return slack.section(text)
    return slack.section(
        text, slack.button("Write", row.url, f"nudge.write.{position}", _spoken(row))
    )


def _case(position: int, case: Case) -> slack.Block:
    if case.url is None:
        return slack.section(_said(case))
    spoken = f"{OPEN} {case.candidate}"
    return slack.section(
        _said(case), slack.button("Open", case.url, f"escalation.open.{position}", spoken)
    )


def _said(case: Case) -> str:
    return f"*{slack.mrkdwn(case.bold)}*{slack.mrkdwn(f'{case.rest} {case.reminded}')}"


def _spoken(row: Row) -> str:
    """What the button does, for a screen reader."""
    return f"{WRITE} for {row.candidate}, {row.title}"
