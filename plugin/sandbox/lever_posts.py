"""What Lever tells by webhook, and how (lever.md 4). There is no event for feedback.

Names of the fields beside opportunityId are unknown for interview events: here there are none.
The waits between tries are unknown, too: five growing ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.model import Kind
from plugin.sandbox.entities import Application, Interview
from plugin.sandbox.lever_rows import Row, View, ms, stage_id
from plugin.sandbox.webhooks import Event, Habits, Letter

ACTIONS = (
    "applicationCreated",
    "candidateHired",
    "candidateStageChange",
    "candidateArchiveChange",
    "candidateDeleted",
    "interviewCreated",
    "interviewUpdated",
    "interviewDeleted",
)
WAIT_MINUTES = (1, 5, 30, 120, 480)


def token_of(secret: str, action: str) -> str:
    """Every webhook has a signature token of its own, and there is one webhook for each event."""
    return hashlib.sha256(f"{secret}/{action}".encode()).hexdigest()


def _letter(event: Event, event_id: str, secret: str) -> Letter:
    """The signature covers the token and the time, not the data (lever.md 4.4)."""
    token = hashlib.sha256(event_id.encode()).hexdigest()[:48]
    triggered_at = ms(event.at)
    key = token_of(secret, event.action).encode()
    mark = hmac.new(key, f"{token}{triggered_at}".encode(), hashlib.sha256).hexdigest()
    content = {
        "id": event_id,
        "event": event.action,
        "triggeredAt": triggered_at,
        "token": token,
        "signature": mark,
        "data": event.payload,
    }
    headers = {"Content-Type": "application/json", "User-Agent": "Lever-Webhooks/1.0"}
    return Letter(json.dumps(content).encode(), headers)


HABITS = Habits(
    letter=_letter,
    waits=tuple(timedelta(minutes=each) for each in WAIT_MINUTES),
    accepts=lambda status: 200 <= status < 300,
)


def events(view: View, after: datetime, until: datetime) -> list[Event]:
    """Everything told of (after, until], oldest first; confidential opportunities ring as well."""
    told = [
        event
        for each in view.world.applications
        for event in (
            *_of_application(view, each, after, until),
            *(
                event
                for interview in view.agenda.of(each)
                for event in _of_interview(view, interview, after, until)
            ),
        )
    ]
    return sorted(told, key=lambda event: event.at)


def _of_application(
    view: View, each: Application, after: datetime, until: datetime
) -> Iterator[Event]:
    opportunity = view.id_of(Kind.APPLICATION, each)
    data = {
        "opportunityId": opportunity,
        "candidateId": opportunity,
        "contactId": view.id_of(Kind.CANDIDATE, each.candidate),
    }
    if after < each.created_at <= until:
        yield Event(each.created_at, "applicationCreated", data)
    for at, before, now in each.stage.changes(after, until):
        if before is not None and now is not None and each.exists(at):
            stages = {"toStageId": stage_id(now.name), "fromStageId": stage_id(before.name)}
            yield Event(at, "candidateStageChange", {**data, **stages})
    for at, old, new in each.status.changes(after, until):
        if each.exists(at):
            if new == "hired":
                yield Event(at, "candidateHired", data)
            if "in_process" in (old, new):
                yield Event(at, "candidateArchiveChange", data)
    if each.gone_at and after < each.gone_at <= until:
        yield Event(each.gone_at, "candidateDeleted", data)


def _of_interview(view: View, each: Interview, after: datetime, until: datetime) -> Iterator[Event]:
    """Of dated interviews only: made, changed in time or panel or called off, deleted."""
    if each.schedule.last.over_at is None and not each.schedule.changes(after, until):
        return
    data: Row = {"opportunityId": view.id_of(Kind.APPLICATION, each.application)}
    if after < each.created_at <= until:
        yield Event(each.created_at, "interviewCreated", data)
    changes = {at for at, _, _ in each.schedule.changes(after, until)}
    changes |= {at for at, _, now in each.fixed.changes(after, until) if now == "skipped"}
    for seat in each.seats:
        changes |= {at for at in (seat.created_at, seat.gone_at) if at and after < at <= until}
    for at in sorted(changes):
        if each.created_at < at and each.exists(at):
            yield Event(at, "interviewUpdated", data)
    if each.gone_at and after < each.gone_at <= until and each.application.exists(each.gone_at):
        yield Event(each.gone_at, "interviewDeleted", data)
