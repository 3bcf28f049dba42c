"""Workable through its API v3. Every vendor fact here is from other-ats.md 5 unless marked.

No evaluation can be read. What shows that somebody gave feedback is a rating on the candidate by
that member after the event began; which event it is about is said nowhere, so it counts for the
latest one. A candidate belongs to one job (the vendor's page on relocating candidates: copying to
another job makes another candidate), so a candidate is an application, too.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.ats.workable_api import SCOPES, Api
from connectors.ats.workable_config import OPTIONS, SERVICE, WorkableConfig
from connectors.ats.workable_rows import (
    ActivityRow,
    AttendeeRow,
    CandidateRow,
    EventRow,
    JobRow,
    MemberRow,
    NamedRow,
    application,
    interview,
    ratings_of,
    ring,
    submitted_at,
)
from connectors.errors import ConnectorError, NotFound, ScopeMissing
from connectors.gathering import Gathering
from connectors.http import CursorRefused, Http, OnWait
from connectors.model import Candidate, Job, Kind, Page, Parked, Person, Ref, Scorecard
from connectors.options import Connector, Given
from connectors.signature import prove
from connectors.slices import Slice, slices
from connectors.wire import Wire, chunks, read_rows, text_id

BUNDLE = 20
"""Events to a page of ours: up to three requests for each of their candidates."""
DAY = timedelta(days=1)
LONGEST = timedelta(days=3)  # an event: those that end in a slice may have begun before it
PROBED = timedelta(days=60)
MOST_PROBED = 30
"""Candidates whose activities are looked through for any rating at all."""
_BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)


W = TypeVar("W", bound=Wire)


class _Reading(Gathering):
    """One pull or one re-read: events in, records out."""

    def __init__(
        self, api: Api, config: WorkableConfig, clock: Callable[[], datetime], trusted: bool
    ) -> None:
        """``trusted``: evidence was seen in this account not long ago."""
        super().__init__()
        self._api, self._config, self._clock, self._now = api, config, clock, clock()
        self._members: dict[str, MemberRow] | None = None
        self._unread_members = False
        self._told: set[tuple[Kind, str]] = set()
        self._candidates: dict[str, CandidateRow | None] = {}
        self._gone: set[str] = set()
        self.sees_evidence: bool | None = trusted or None
        """None: not found out yet."""

    def forget(self) -> None:
        """Keep memory flat: there are too many candidates to keep."""
        self._candidates.clear()

    def _taken(self, model: type[W], kind: Kind, raw: Iterable[object], of: str = "") -> list[W]:
        """The readable rows; the others are parked, under the id ``of`` if they have none."""
        rows, bad = read_rows(model, raw)
        what = model.__name__.removesuffix("Row").lower()
        for each in bad:
            ref = Ref(kind, each.text_id() or of or "without an id")
            self.parked.append(Parked(ref, f"{what}.{each.path}", each.reason))
        self.parked[:] = dict.fromkeys(self.parked)  # a row may be listed more than once
        return rows

    def events(self, **filters: str) -> Iterator[tuple[datetime, list[EventRow]]]:
        """Those about a candidate, one answer at a time with the moment before it was asked for."""
        for kind in self._config.event_types:
            asked = {"type": kind, "include_cancelled": "true", **filters}
            answers, asked_at = self._api.pages("events", **asked), self._clock()
            while (answer := next(answers, None)) is not None:
                rows = self._taken(EventRow, Kind.INTERVIEW, answer)
                yield asked_at, [row for row in rows if row.candidate]
                asked_at = self._clock()

    def events_of(self, candidate_id: str) -> list[EventRow]:
        try:
            found = [row for _, rows in self.events(candidate_id=candidate_id) for row in rows]
        except NotFound:
            return []
        rows = {row.id: row for row in found if row.candidate and row.candidate.id == candidate_id}
        return list(rows.values())

    def ask(self, kind: Kind, wanted: str) -> list[EventRow]:
        """Gather the named record; the events that hang on it are returned."""
        if text_id(wanted) is None or kind is Kind.SCORECARD:  # none that Workable can have made
            self.miss(kind, [wanted])
        elif kind is Kind.PERSON:
            if wanted in self.members():
                self.people([NamedRow(id=wanted)])
            else:
                (self.hide if self._unread_members else self.miss)(kind, [wanted])
        elif kind is Kind.JOB:  # no record of a job is known; an event tells its title
            rows = [row for _, some in self.events(shortcode=wanted, limit="1") for row in some]
            self.job(rows[0].job if rows else None)
        elif kind is Kind.INTERVIEW:
            return self._event(wanted)
        elif self.candidate(wanted):
            return self.events_of(wanted)
        elif wanted in self._gone:
            self.miss(Kind.CANDIDATE, [wanted])
            self.miss(Kind.APPLICATION, [wanted])
        return []

    def _event(self, wanted: str) -> list[EventRow]:
        try:
            raw = self._api.one(f"events/{wanted}", "event")
        except NotFound:
            self.miss(Kind.INTERVIEW, [wanted])
            return []
        rows = self._taken(EventRow, Kind.INTERVIEW, [raw], wanted)
        if [row for row in rows if row.candidate is None]:  # about nobody (any more)
            self.miss(Kind.INTERVIEW, [wanted])
        return [row for row in rows if row.candidate]

    def members(self) -> Mapping[str, MemberRow]:
        """Everybody in the account, also those who left."""
        if self._members is None:
            pages, flaws = self._api.pages("members", status="all"), len(self.parked)
            rows = [row for page in pages for row in self._taken(MemberRow, Kind.PERSON, page)]
            self._members = {row.id: row for row in rows}
            self._unread_members = len(self.parked) > flaws
        return self._members

    def people(self, named: Iterable[NamedRow]) -> None:
        """An external recruiter is no member, so there is no address."""
        for each in named:
            if (Kind.PERSON, each.id) not in self._told:
                self._told.add((Kind.PERSON, each.id))
                member = self.members().get(each.id) or MemberRow(id=each.id, name=each.name)
                name = member.name or each.name or f"Member {each.id}"
                active = member.active is not False
                self.records.append(Person(each.id, name, member.email or None, active))

    def job(self, row: JobRow | None) -> str | None:
        if row and (Kind.JOB, row.shortcode) not in self._told:
            self._told.add((Kind.JOB, row.shortcode))
            self.records.append(Job(row.shortcode, row.title or f"Job {row.shortcode}"))
        return row.shortcode if row else None

    def candidate(self, wanted: str) -> CandidateRow | None:
        """Gather the candidate and application. None: gone (deleted) or unreadable, so hidden."""
        if wanted not in self._candidates:
            row = self._candidates[wanted] = self._details(wanted)
            if row is None:
                self.hide(Kind.CANDIDATE, [wanted])
                self.hide(Kind.APPLICATION, [wanted])
            else:
                self.records.append(Candidate(wanted, row.name))
                self.records.append(application(row, self.job(row.job)))
        return self._candidates[wanted]

    def _details(self, wanted: str) -> CandidateRow | None:
        try:
            raw = self._api.one(f"candidates/{wanted}", "candidate")
        except NotFound:
            self._gone.add(wanted)
            return None
        rows = self._taken(CandidateRow, Kind.CANDIDATE, [raw], wanted)
        return rows[0] if rows else None

    def interviews(self, rows: Sequence[EventRow]) -> None:
        """Gather these events, each with its whole panel, and all they name."""
        mine: dict[str, list[EventRow]] = {}
        for row in rows:
            if row.candidate:
                mine.setdefault(row.candidate.id, []).append(row)
        for candidate_id, events in mine.items():
            self._interviews_of(candidate_id, events)

    def _interviews_of(self, candidate_id: str, rows: Sequence[EventRow]) -> None:
        details = self.candidate(candidate_id)
        began = [each.starts_at for each in rows if self._has_begun(each)]
        asks = details is not None and bool(began)
        given, told = self._evidence(candidate_id, min(began)) if asks else ([], False)
        seats = {each.id: self._seats(each) for each in rows}
        authors = {each.member.id for each in given if each.member}
        sitting = {seat.id for panel, _ in seats.values() for seat in panel}
        others = self.events_of(candidate_id) if authors & sitting else []
        for row in rows:
            panel, whole = seats[row.id]
            self.people(panel)
            cards = []
            for seat in panel:
                ratings = ratings_of(seat.id, row, given) if self._has_begun(row) else []
                filed_at = submitted_at(row, seat.id, ratings, others)
                # A rating that a later event has taken may have been about this one.
                tells = bool(filed_at) or (told and not ratings and self._sees())
                cards.append(
                    Scorecard(
                        interviewer_id=seat.id,
                        submitted_at=filed_at,
                        submitter_id=seat.id if filed_at else None,
                        can_tell=tells or not self._has_begun(row),
                        attendance=seat.status,
                        url=details.url if details else None,
                    )
                )
            job_id = self.job(row.job)
            self.records.append(interview(row, candidate_id, job_id, tuple(cards), whole))

    def _has_begun(self, row: EventRow) -> bool:
        return not row.cancelled and row.starts_at <= self._now

    def _seats(self, row: EventRow) -> tuple[list[AttendeeRow], bool]:
        """The panel, each person once, and whether it is all of it."""
        seats = self._taken(AttendeeRow, Kind.SCORECARD, row.members or [], row.id)
        whole = row.members is not None and len(seats) == len(row.members)
        seats.sort(key=lambda seat: seat.status != "declined")  # of two seats the other one wins
        return list({seat.id: seat for seat in seats}.values()), whole

    def _evidence(self, candidate_id: str, since: datetime) -> tuple[list[ActivityRow], bool]:
        """What members did to the candidate that counts as feedback, and whether it is all."""
        wanted = self._config.evidence
        after = _iso(since - timedelta(seconds=1))
        asked = {"actions": ",".join(wanted), "updated_after": after}
        try:
            pages = self._api.pages(f"candidates/{candidate_id}/activities", **asked)
            raw = [each for page in pages for each in page]
        except NotFound:
            return [], False
        rows = self._taken(ActivityRow, Kind.SCORECARD, raw)
        found = [row for row in rows if row.action in wanted]
        if found:
            self.sees_evidence = True
        return found, len(rows) == len(raw)

    def _sees(self) -> bool:
        """Whether evidence was seen in this account at all: if not, it may be hidden from us."""
        if self.sees_evidence is None:
            self.sees_evidence = self.probe()
        return self.sees_evidence

    def probe(self) -> bool:
        """Look for any evidence about those who were interviewed in the last 60 days."""
        since = self._now - PROBED
        tried: set[str] = set()
        for _, rows in self.events(start_date=_iso(since), end_date=_iso(self._now)):
            for row in sorted(rows, key=lambda each: each.starts_at, reverse=True):
                name = row.candidate.id if row.candidate else ""
                if name in tried:
                    continue
                if len(tried) == MOST_PROBED:
                    return False
                tried.add(name)
                if self._evidence(name, since)[0]:
                    return True
        return False


class Workable:
    """Implements ``connectors.ats.base.Ats``. Safe to share between threads."""

    capabilities = Capabilities(
        submission=True,
        webhooks=True,
        own_reminders="Whether Workable itself reminds interviewers is not known to us.",
    )

    def __init__(
        self,
        config: WorkableConfig,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
        name: str = "workable",
    ) -> None:
        self.name, self._config, self._clock, pace = name, config, clock, 10 / config.requests
        self._http = Http(
            SERVICE, clock=clock, sleep=sleep, on_wait=on_wait, pace=pace, untold_wait=10.0
        )
        self._http.secrets = {config.token, *config.webhook_secrets}
        self._api = Api(self._http, config.api_url, config.token)
        self._seen_at: datetime | None = None

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        reading = self._reading()
        for part in slices(window, state):
            try:
                yield from self._slice(reading, part)
            except CursorRefused:  # its since_id is gone: this slice once more
                yield from self._slice(reading, part)
            yield reading.page(self._clock(), part.state_after, part.fraction_after)
        self._remember(reading)

    def _slice(self, reading: _Reading, part: Slice) -> Iterator[Page]:
        """Events that end in the slice; the filter is on the scheduled time."""
        reading.forget()
        margin = {"start_date": _iso(part.since - LONGEST), "end_date": _iso(part.until + DAY)}
        seen: set[str] = set()
        for asked_at, rows in reading.events(**margin):
            new = {row.id: row for row in rows if part.since <= row.ends_at < part.until}
            fresh = [row for name, row in new.items() if name not in seen]
            seen.update(new)
            for bundle in chunks(fresh, BUNDLE):
                reading.interviews(bundle)
                yield reading.page(asked_at, part.state_before, part.fraction_before)

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        reading = self._reading()
        for some in chunks(sorted(set(refs)), BUNDLE):
            asked_at = self._clock()
            found = [row for ref in some for row in reading.ask(ref.kind, ref.id)]
            reading.interviews(list({row.id: row for row in found}.values()))
            yield reading.page(asked_at)
        self._remember(reading)

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        """Hex, or base64 as a fallback: which of the two Workable sends is documented nowhere."""
        header = request.headers.get("x-workable-signature", "")
        if _BASE64_DIGEST.fullmatch(header):
            digest = base64.b64decode(header)
            header = digest.hex() if base64.b64encode(digest).decode() == header else ""
        return prove(header, request.body, self._config.webhook_secrets, prefix="")

    def rung(self, request: WebhookRequest) -> Rung:
        return ring(request.body)

    def check(self) -> Iterator[Finding]:
        for path, what in (("events", "r_jobs"), ("members", "members")):
            try:
                next(self._api.pages(path, limit="1"))
            except ConnectorError as error:
                scope = isinstance(error, ScopeMissing)
                remedy = f"Grant {SCOPES[path]}." if scope else f"Check {SERVICE.credential}."
                yield Finding(what, False, error.message, remedy)
                if not scope:
                    return
            else:
                yield Finding(what, True, "may be read")
        yield self._check_evidence()
        secret = any(self._config.webhook_secrets)
        told = "set" if secret else "not set; polling alone is enough"
        remedy = "To be told of candidates at once, set WORKABLE_WEBHOOK_SECRET."
        yield Finding("webhook secret", secret, told, remedy, optional=True)

    def _check_evidence(self) -> Finding:
        try:
            seen = self._reading().probe()
        except ConnectorError as error:
            return Finding("r_candidates", False, error.message, "Grant r_candidates.")
        told = "seen" if seen else "none seen in 60 days, so what is missing cannot be told"
        remedy = "Use the token of an admin, and let interviewers rate candidates in Workable."
        return Finding("ratings", seen, told, remedy, optional=True)

    def _reading(self) -> _Reading:
        recently = self._seen_at is not None and self._clock() - self._seen_at < DAY
        return _Reading(self._api, self._config, self._clock, recently)

    def _remember(self, reading: _Reading) -> None:
        if reading.sees_evidence:
            self._seen_at = self._clock()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _build(given: Given) -> Workable:
    config = WorkableConfig(
        token=given.one("token"),
        api_url=given.one("api_url"),
        webhook_secrets=given.every("webhook_secret"),
        event_types=given.every("event_types"),
        evidence=given.every("evidence"),
        requests=int(given.one("requests")),
    )
    return Workable(
        config, name=given.name, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait
    )


CONNECTOR = Connector(
    name="workable", title="Workable", options=OPTIONS, build=_build, doorbell="webhook_secret"
)
