"""What Ashby tells by webhook, and how (ashby.md 4). There is no event for feedback.

Whether handing in rings for the schedule is unknown: here it does not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.model import Kind
from plugin.sandbox.ashby_rows import Schedule, View
from plugin.sandbox.entities import Application, Interview
from plugin.sandbox.webhooks import Event, Habits, Letter

TRIES = 10
HOPELESS = (401, 403, 404, 405, 410)


def _letter(event: Event, event_id: str, secret: str) -> Letter:
    """The id stays the same across tries; the signature covers the raw body."""
    content = {"webhookActionId": event_id, "action": event.action, "data": event.payload}
    body = json.dumps(content, ensure_ascii=False).encode()
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Ashby-Signature": f"sha256={mark}"}
    return Letter(body, headers)


HABITS = Habits(
    letter=_letter,
    waits=tuple(timedelta(seconds=(2**n - 1) * 10) for n in range(1, TRIES)),
    accepts=lambda status: 200 <= status < 300,
    gives_up=lambda status: status in HOPELESS,
    ping=lambda url, now: Event(now, "ping", {"webhookActionType": "ping"}),
    ping_decides=False,
)


def events(view: View, after: datetime, until: datetime) -> list[Event]:
    """Everything told of (after, until], oldest first, as the world was at each of them."""
    told = [
        event
        for each in view.world.applications
        for event in (
            *_of_application(view, each, after, until),
            *_of_schedules(view, each, after, until),
        )
    ]
    for candidate in view.world.candidates:
        if candidate.gone_at and after < candidate.gone_at <= until:
            data = {"candidate": {"id": view.id_of(Kind.CANDIDATE, candidate)}}
            told.append(Event(candidate.gone_at, "candidateDelete", data))
    return sorted(told, key=lambda event: event.at)


def _of_application(
    view: View, each: Application, after: datetime, until: datetime
) -> Iterator[Event]:
    moments = [(each.created_at, "applicationSubmit")] if after < each.created_at <= until else []
    for at, before, now in each.stage.changes(after, until):
        if before is not now:
            moments.append((at, "candidateStageChange"))
    for at, _, status in each.status.changes(after, until):
        moments.append((at, "candidateHire" if status == "hired" else "applicationUpdate"))
    for at, action in moments:
        if each.exists(at):
            yield Event(at, action, {"application": replace(view, now=at).application(each)})


def _of_schedules(
    view: View, application: Application, after: datetime, until: datetime
) -> Iterator[Event]:
    groups: dict[int, list[Interview]] = {}
    for each in view.agenda.of(application):
        if any(s.over_at for _, _, s in each.schedule.periods(until)):
            groups.setdefault(each.slot.stage.id, []).append(each)
    for held in groups.values():
        changes = {at for each in held for at in _changes(each) if after < at <= until}
        for at in sorted(changes):
            known = tuple(each for each in held if each.created_at <= at)
            if not known or not application.exists(at):
                continue
            schedule = Schedule(application, known[0].slot.stage, known)
            data = {"interviewSchedule": replace(view, now=at).schedule(schedule)}
            if at == schedule.created_at:  # making one rings twice
                yield Event(at, "interviewScheduleCreate", data)
            yield Event(at, "interviewScheduleUpdate", data)


def _changes(each: Interview) -> Iterator[datetime]:
    """When it was made, moved, called off or deleted, or its panel changed."""
    far = datetime.max.replace(tzinfo=each.created_at.tzinfo)
    yield each.created_at
    yield from (at for at, _, _ in each.schedule.changes(each.created_at, far))
    yield from (at for at, _, now in each.fixed.changes(each.created_at, far) if now == "skipped")
    for seat in each.seats:
        yield seat.created_at
        if seat.gone_at:
            yield seat.gone_at
    if each.gone_at:
        yield each.gone_at
