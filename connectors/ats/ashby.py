"""Ashby through its public API. Every vendor fact here is from ashby.md.

Interviews come from ``interviewSchedule.list`` with their panels (3.1, 3.2). Who handed in comes
from ``applicationFeedback.list`` (3.4) and, before somebody is spoken to, from
``interviewBriefing.info`` (3.3); an event's own ``hasSubmittedFeedback`` is only ever taken to say
that nobody did (trap 2).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.ashby_api import TIMEOUT, AshbyApi
from connectors.ats.ashby_config import OPTIONS, SERVICE, AshbyConfig
from connectors.ats.ashby_feedback import FEEDBACK, KeptFeedback, millis
from connectors.ats.ashby_reading import SCHEDULES, Reading
from connectors.ats.ashby_rows import (
    CANDIDATE,
    CANDIDATES,
    EVENTS,
    INTERVIEWS,
    JOBS,
    KEYS,
    LOOSELY,
    ORGANIZATION,
    USER,
    EventRow,
    ids_in,
    person,
)
from connectors.ats.base import Capabilities, Finding, Rung, Unreadable, WebhookRequest, Window
from connectors.doorbell import LONGEST_EVENT_ID, ring
from connectors.errors import ConnectorError, ScopeMissing
from connectors.http import Http, OnWait
from connectors.model import Candidate, Kind, Page, Ref, utc
from connectors.options import Connector, Given
from connectors.remembered import Remembered
from connectors.signature import prove
from connectors.wire import parse_json, storable, text_id

MOST_REMEMBERED = 5_000
SHARES = (1 / 16, 1 / 4, 1.0)
"""A pull walks the youngest schedules first, then those of a longer time, then all. Nothing else
bounds or orders that list, so only at such a border can a pull be taken up again."""
PROBES = (
    (SCHEDULES, INTERVIEWS, False, "interviews, their panels and briefings"),
    ("application.list", CANDIDATES, False, "applications"),
    (FEEDBACK, CANDIDATES, True, "who handed in, for the whole organization at once"),
    ("job.list", JOBS, True, "jobs and their hiring teams"),
    ("user.list", ORGANIZATION, True, "whether a recruiter has left; departments"),
)
"""Lists that are asked for one row at most: the method, its right, whether we can do without it,
and what it is for. Those that could name a candidate are asked for nothing at all."""


class Ashby:
    """Implements ``connectors.ats.base.Ats``. Safe to share between threads."""

    capabilities = Capabilities(
        submission=True,
        webhooks=True,
        own_reminders="Ashby reminds interviewers by mail or Slack, as each of them has set it, "
        "and lists overdue feedback among their tasks; when and how often is not published.",
    )

    def __init__(
        self,
        config: AshbyConfig,
        *,
        name: str = "ashby",
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
    ) -> None:
        """``on_wait`` is told before every wait (seconds, why), so that somebody can be shown."""
        self.name, self._config, self._clock = name, config, clock
        http = Http(
            SERVICE,
            clock=clock,
            sleep=sleep,
            on_wait=on_wait,
            timeout=TIMEOUT,
            pace=config.pace,
            untold_wait=None,
        )
        self._api = AshbyApi(http, config.api_url, config.api_key)
        self._feedback = KeptFeedback(self._api)
        self._remembered = Remembered(MOST_REMEMBERED)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        """``state`` is {} or {"created_since": an ISO instant}: younger schedules are done."""
        if window.since >= window.until:
            return
        reading = self._reading()
        now = reading.began
        oldest = window.since - timedelta(days=self._config.schedule_days)
        reading.whole = self._feedback.update(window.since, now, reading.parked)
        before, done = _created_since(state), 0.0
        for share in SHARES:
            after = oldest if share == 1 else now - (now - oldest) * share
            if before is None or after < before:
                yield from self._schedules(reading, window, after, before, done)
                before, done = after, share
                yield from reading.pages(_state(before), done)

    def _schedules(
        self,
        reading: Reading,
        window: Window,
        after: datetime,
        before: datetime | None,
        done: float,
    ) -> Iterator[Page]:
        """Schedules made in [after, before), whenever their interviews take place (trap 3)."""
        for raw in self._api.walk(SCHEDULES, {"createdAfter": millis(after) - 1}, INTERVIEWS):
            for row in reading.schedules(raw):
                if before is None or row.created_at is None or row.created_at < before:
                    reading.schedule(row, lambda event: _ends_in(window, event), fresh=False)
            if reading.records or reading.parked:
                yield from reading.pages(_state(before), done)

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        names: dict[Kind, set[str]] = defaultdict(set)
        for ref in refs:
            names[ref.kind].add(ref.id)
        reading = self._reading()
        for name in sorted(names[Kind.PERSON]):
            user = reading.one(USER, name, fresh=True)
            reading.records += [person(user.row)] if user.row else []
            reading.miss(Kind.PERSON, [name] if user.gone else [])
        reading.miss(Kind.JOB, filter(reading.job, sorted(names[Kind.JOB])))
        gone = []
        for name in sorted(names[Kind.CANDIDATE]):
            found = reading.one(CANDIDATE, name, fresh=True)
            gone += [name] if found.gone else []
            if found.row:
                reading.add(Candidate(found.row.id, found.row.name))
                names[Kind.APPLICATION].update(found.row.application_ids or ())
        for name in sorted(names[Kind.APPLICATION]):
            yield from reading.application_and_interviews(name)
        yield from reading.interviews(sorted(names[Kind.INTERVIEW]))
        # Last: what a merge carried over to another candidate has been read by now (trap 13).
        reading.miss(Kind.CANDIDATE, gone)
        yield from reading.pages()

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        header = request.headers.get("ashby-signature")
        return prove(header, request.body, self._config.webhook_secrets, prefix="sha256=")

    def rung(self, request: WebhookRequest) -> Rung:
        rung = ring(
            request.body, None, EVENTS, content="data", read_id=text_id, should_be="should be an id"
        )
        body = parse_json(request.body)
        refs, kind = rung.refs, LOOSELY.get(rung.action)
        if kind is not None:
            refs = tuple(Ref(kind, each) for each in dict.fromkeys(ids_in(body["data"], kind)))
            if kind is Kind.CANDIDATE and not refs:
                raise Unreadable("data", "names no candidate")
        name = body.get("webhookActionId")  # the same for every repetition (4)
        event_id = storable(name)[:LONGEST_EVENT_ID] if isinstance(name, str) and name else None
        return replace(rung, event_id=event_id, refs=refs)

    def check(self) -> Iterator[Finding]:
        try:
            self._api.one("apiKey.info", {}, KEYS)
        except ScopeMissing as error:
            yield Finding("key", True, "accepted")
            yield Finding(KEYS, False, error.message, f"Grant {KEYS}.", optional=True)
        except ConnectorError as error:
            yield Finding("key", False, error.message, f"Check {SERVICE.credential}.")
            return
        else:
            yield Finding("key", True, "accepted")
        for method, scope, optional, what in PROBES:
            yield self._probe(method, scope, optional, what)
        yield Finding(
            "confidential jobs",
            False,
            "cannot be told: Ashby hides them without notice from a key that was not given them",
            "If interviews are missing, give the key confidential jobs and private fields.",
            optional=True,
        )
        told = any(self._config.webhook_secrets)
        yield Finding(
            "webhook secret",
            told,
            "set" if told else "not set; polling alone is enough",
            "To be told of changes at once, set ASHBY_WEBHOOK_SECRET.",
            optional=True,
        )

    def _probe(self, method: str, scope: str, optional: bool, what: str) -> Finding:
        subject = f"{scope} ({method})"
        body: dict[str, Any] = {"limit": 1}
        if method != "user.list":
            body["createdAfter"] = millis(self._clock())  # nothing is younger
        try:
            self._api.first(method, body, scope)
        except ConnectorError as error:
            remedy = f"Grant {scope}." if isinstance(error, ScopeMissing) else ""
            return Finding(subject, False, error.message, remedy, optional=optional)
        return Finding(subject, True, f"may be read: {what}", optional=optional)

    def _reading(self) -> Reading:
        return Reading(self._api, self._config, self._remembered, self._clock)


def _ends_in(window: Window, event: EventRow) -> bool:
    return window.since <= event.end_time < window.until


def _state(before: datetime | None) -> dict[str, str]:
    return {"created_since": before.isoformat()} if before else {}


def _created_since(state: Mapping[str, Any]) -> datetime | None:
    try:
        return utc(state["created_since"])
    except (KeyError, TypeError, ValueError):
        return None


def _build(given: Given) -> Ashby:
    config = AshbyConfig(
        api_key=given.one("api_key"),
        webhook_secrets=given.every("webhook_secret"),
        api_url=given.one("api_url"),
        web_url=given.one("web_url"),
        schedule_days=int(given.one("schedule_days")),
        shadows_owe=given.one("shadows_owe") == "true",
        recruiter_roles=given.every("recruiter_roles"),
        coordinator_roles=given.every("coordinator_roles"),
        hiring_manager_roles=given.every("hiring_manager_roles"),
    )
    return Ashby(
        config, name=given.name, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait
    )


CONNECTOR = Connector(
    name="ashby", title="Ashby", options=OPTIONS, build=_build, doorbell="webhook_secret"
)
