"""How Odoo posts (other-ats.md 8.3): automation rules with a webhook action, unsigned.

The proof is a secret at the end of the address. The body has ``_action``, ``_id``, ``_model``,
``id`` and the fields that the administrator chose, a link as a plain id, keys in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.sandbox.entities import Interview
from plugin.sandbox.meetings import meeting
from plugin.sandbox.odoo_rows import DUTY, View, number
from plugin.sandbox.webhooks import Event, Habits, Letter

RULES = {
    "survey.user_input": 41,
    "calendar.event": 42,
    "calendar.attendee": 43,
    "hr.applicant": 44,
    "res.users": 45,
    "hr.job": 46,
    "mail.activity": 47,
}
"""The rules of this account, and the number of the action of each. Nothing tells of a deletion."""


def events(view: View, after: datetime, until: datetime) -> list[Event]:
    """Everything in (after, until], oldest first."""
    view = replace(view, now=until)
    told = [*_people(view, after), *_applicants(view, after), *_meetings(view, after)]
    told += [*_jobs(view, after), *_forms(view, after), *_todos(view)]
    return sorted((each for each in told if after < each.at <= until), key=lambda each: each.at)


def _event(model: str, own: int, at: datetime, **chosen: int) -> Event:
    action = f"Send Webhook Notification(#{RULES[model]})"
    body: dict[str, Any] = {"_action": action, "_id": own, "_model": model, "id": own, **chosen}
    return Event(at, model, body)


def _people(view: View, after: datetime) -> Iterator[Event]:
    for each in view.world.people:
        for at, _, _ in each.active.changes(after, view.now):
            yield _event("res.users", number(each), at)


def _jobs(view: View, after: datetime) -> Iterator[Event]:
    for each in view.world.jobs:
        for at, _, _ in each.is_open.changes(after, view.now):
            yield _event("hr.job", number(each), at)


def _applicants(view: View, after: datetime) -> Iterator[Event]:
    for each in view.world.applications:
        changed = {at for fact in each.facts() for at, _, _ in fact.changes(after, view.now)}
        for at in {each.created_at, *changed}:
            if each.exists(at):
                yield _event("hr.applicant", number(each), at)


def _meetings(view: View, after: datetime) -> Iterator[Event]:
    for each in view.world.interviews:
        for at in _changes(each, after, view.now):
            if meeting(each, at):
                yield _event("calendar.event", number(each), at)
        for seat in each.seats:
            for at, _, _ in seat.response.changes(after, view.now):
                if seat.exists(at) and meeting(each, at):
                    yield _event("calendar.attendee", number(seat), at, event_id=number(each))


def _changes(each: Interview, after: datetime, until: datetime) -> set[datetime]:
    """Of its time, its being held and its panel, and its making."""
    facts = {at for fact in each.facts() for at, _, _ in fact.changes(after, until)}
    seats = {at for seat in each.seats for at in (seat.created_at, seat.gone_at) if at}
    return {each.created_at, *facts, *seats}


def _forms(view: View, after: datetime) -> Iterator[Event]:
    """With the condition "Status is Completed"."""
    for card in view.world.cards:
        about = number(card.interview.application)
        for at, _, submission in card.submission.changes(after, view.now):
            if submission and card.exists(at):
                yield _event("survey.user_input", number(card), at, applicant_id=about)


def _todos(view: View) -> Iterator[Event]:
    """Marked done, and so archived."""
    for each in view.world.interviews:
        at = view.todo_done_at(each)
        if at and meeting(each, at):
            own = number(each)
            yield _event("mail.activity", DUTY + own, at, calendar_event_id=own)


def _letter(event: Event, event_id: str, secret: str) -> Letter:
    del event_id, secret  # neither is anywhere in it
    body = json.dumps(event.payload, sort_keys=True).encode()
    return Letter(body, {"Content-Type": "application/json"})


HABITS = Habits(
    letter=_letter,
    waits=(),
    accepts=lambda status: status < 400,
    address=lambda url, secret: f"{url}/{secret}",
)
