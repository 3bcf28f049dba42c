"""Greenhouse Recruiting through Harvest v3. Every vendor fact here is from greenhouse.md.

The panel is ``interviewers``, the only link between an interview and a scorecard (2.3); whether
it was handed in is ``scorecards`` (2.4); the rules for putting the two together are in 2.11.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.ats.greenhouse_config import OPTIONS, SERVICE, GreenhouseConfig
from connectors.ats.greenhouse_rows import (
    EVENTS,
    MANDATORY,
    OPEN_JOBS,
    OPTIONAL,
    TAKE_HOME,
    ApplicationRow,
    CandidateRow,
    DepartmentRow,
    HiringManagerRow,
    InterviewerRow,
    InterviewRow,
    JobOwnerRow,
    JobRow,
    ScorecardRow,
    SlotRow,
    UserRow,
    application,
    candidate,
    has_ended,
    interview,
    person,
    slot_key,
    start_of,
    submitted_at_of,
    user_ids,
)
from connectors.doorbell import ring
from connectors.errors import ConnectorError
from connectors.gathering import Gathering
from connectors.http import Api, CursorRefused, Http, OnWait
from connectors.model import Candidate, Job, Kind, Page, Ref, Scorecard
from connectors.oauth import ClientCredentials
from connectors.options import Connector, Given
from connectors.rows import Rows
from connectors.signature import prove
from connectors.slices import Slice, slices
from connectors.wire import chunks, number_id

SCOPE = "harvest:{}:list"
BATCH = 50
"""Most values of an array parameter (2.1)."""
PER_PAGE = 500
BUNDLE = 100
"""Interviews to a page of ours: two full batches."""
DAY = timedelta(days=1)
READ_ORDER = (
    Kind.PERSON,
    Kind.JOB,
    Kind.CANDIDATE,
    Kind.APPLICATION,
    Kind.SCORECARD,
    Kind.INTERVIEW,
)
"""What was asked for by name comes before what names it: so "gone" is told from "hidden"."""


class _Reading(Gathering):
    """One pull or one re-read: wire rows in, records out."""

    def __init__(self, api: Api, web_url: str, now: datetime) -> None:
        super().__init__()
        self.rows = Rows(api, scope=SCOPE, batch=BATCH, per_page=PER_PAGE, parked=self.parked)
        self._web, self._now = web_url.rstrip("/"), now
        self._unread_slots: set[str] = set()
        """Which may or may not ask for a scorecard."""

    def ask(self, kind: Kind, ids: Iterable[str]) -> list[InterviewRow]:
        """Gather the named records; the interviews that hang on them are returned."""
        wanted = {each for each in ids if number_id(each)}
        gone = set(ids) - wanted  # an id that Greenhouse cannot have made
        applications: Iterable[str] = ()
        interviews: dict[str, InterviewRow] = {}
        if kind is Kind.PERSON:
            gone |= self.people(wanted)
        elif kind is Kind.JOB:
            gone |= self.jobs(wanted)
        elif kind is Kind.CANDIDATE:
            gone |= self.candidates(wanted)
            rows, _ = self.rows.where(ApplicationRow, "candidate_ids", wanted)
            self._take(self.rows.remember(ApplicationRow, rows))
            applications = [row.id for row in rows]
        elif kind is Kind.APPLICATION:
            gone |= self.applications(wanted)
            applications = wanted
        elif kind is Kind.SCORECARD:
            seats, _ = self.rows.where(InterviewerRow, "scorecard_ids", wanted)
            gone |= wanted - {seat.scorecard_id for seat in seats}
            interviews = self.rows.by_id(InterviewRow, (seat.interview_id for seat in seats)).rows
        elif kind is Kind.INTERVIEW:
            found = self.rows.by_id(InterviewRow, wanted)
            gone, interviews = gone | found.gone, found.rows
        more, _ = self.rows.where(InterviewRow, "application_ids", applications)
        self.miss(kind, gone)
        return list({row.id: row for row in (*interviews.values(), *more)}.values())

    def people(self, ids: Iterable[str | None]) -> set[str]:
        # Service accounts are left out unless asked for, and one may have filed a scorecard.
        found = self.rows.fresh(UserRow, ids, show_service_accounts="true")
        self.records += map(person, found.rows.values())
        self.hide(Kind.PERSON, found.absent)
        return found.gone

    def candidates(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(CandidateRow, ids)
        self.records += map(candidate, found.rows.values())
        if CandidateRow.path in self.rows.denied:  # chosen for the whole account: no names
            self.records += [Candidate(each, None) for each in sorted(found.absent)]
        else:
            self.hide(Kind.CANDIDATE, found.absent)
        return found.gone

    def jobs(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(JobRow, ids)
        self.rows.fresh(DepartmentRow, (row.department_id for row in found.rows.values()))
        owners, _ = self.rows.where(JobOwnerRow, "job_ids", found.rows)
        leads, _ = self.rows.where(HiringManagerRow, "job_ids", found.rows)
        owners.sort(key=lambda owner: not owner.responsible)
        self.people((*user_ids(owners), *user_ids(leads)))
        for row in found.rows.values():
            department = self.rows.known(DepartmentRow, row.department_id)
            mine = [owner for owner in owners if owner.job_id == row.id]
            self.records.append(
                Job(
                    id=row.id,
                    name=row.name or f"Job {row.id}",
                    department=department.name if department else None,
                    recruiter_ids=user_ids(o for o in mine if o.type == "recruiter"),
                    coordinator_ids=user_ids(o for o in mine if o.type == "coordinator"),
                    hiring_manager_ids=user_ids(lead for lead in leads if lead.job_id == row.id),
                    updated_at=row.updated_at,
                    is_open=OPEN_JOBS.get(row.status or ""),
                )
            )
        self.hide(Kind.JOB, found.absent)
        return found.gone

    def applications(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(ApplicationRow, ids)
        self._take(list(found.rows.values()))
        self.hide(Kind.APPLICATION, found.absent)
        return found.gone

    def _take(self, rows: Sequence[ApplicationRow]) -> None:
        self.candidates(row.candidate_id for row in rows)
        self.jobs(row.job_id for row in rows)
        self.people(each for row in rows for each in (row.recruiter_id, row.coordinator_id))
        self.records += [application(row, self._web) for row in rows]

    def interviews(self, rows: Sequence[InterviewRow]) -> None:
        """Gather these interviews, each with its whole panel (2.11), and all they name."""
        self.applications(row.application_id for row in rows)
        self.jobs(row.job_id for row in rows)
        slots = self.rows.fresh(SlotRow, (row.job_interview_id for row in rows))
        if SlotRow.path not in self.rows.denied:  # else chosen for the whole account
            self._unread_slots |= slots.unread
        seats, bad = self.rows.where(InterviewerRow, "interview_ids", (row.id for row in rows))
        seats = [seat for seat in seats if seat.user_id and seat.scorecard_id]
        broken = {each.id("interview_id") for each in bad}
        cards = self.rows.by_id(ScorecardRow, (seat.scorecard_id for seat in seats))
        extras = self._extras(rows, seats, cards.rows)
        self.people(seat.user_id for seat in seats)
        for row in rows:
            mine = [seat for seat in seats if seat.interview_id == row.id]
            panel: dict[str, Scorecard] = {}
            for seat in mine:
                card = cards.rows.get(seat.scorecard_id or "")
                if card is None:  # deleted: not owed (rule 4, trap 17); or unreadable, see below
                    continue
                scorecard = self._scorecard(row, seat, card, extras)
                if scorecard.submitted_at or scorecard.interviewer_id not in panel:
                    panel[scorecard.interviewer_id] = scorecard
            whole = not broken & {row.id, None} and not any(
                seat.scorecard_id in cards.unread for seat in mine
            )
            self.people(card.submitter_id for card in panel.values())
            slot = self.rows.known(SlotRow, row.job_interview_id)
            self.records.append(interview(row, slot, tuple(panel.values()), whole))

    def _extras(
        self,
        rows: Sequence[InterviewRow],
        seats: Sequence[InterviewerRow],
        cards: Mapping[str, ScorecardRow],
    ) -> list[ScorecardRow]:
        """Cards that people filled instead of their placeholder (2.11 rule 6), earliest first.

        Looked for only where an interview is over and its placeholder still open. A card that
        belongs to a seat of its own (the same slot, held twice) stands for that seat alone.
        """
        over = {row.id: row for row in rows if has_ended(row, self._now)}
        wanted = {
            (over[seat.interview_id].application_id, seat.user_id, card.interview_kit_id)
            for seat in seats
            if seat.interview_id in over
            and (card := cards.get(seat.scorecard_id or ""))
            and not submitted_at_of(card)
        }
        filed, _ = self.rows.where(
            ScorecardRow, "application_ids", (key[0] for key in wanted), status="complete"
        )
        extras = {card.id: card for card in filed if card.submitted_at and slot_key(card) in wanted}
        taken, _ = self.rows.where(InterviewerRow, "scorecard_ids", extras)
        for seat in taken:
            extras.pop(seat.scorecard_id or "", None)
        return sorted(extras.values(), key=lambda card: submitted_at_of(card) or self._now)

    def _scorecard(
        self,
        row: InterviewRow,
        seat: InterviewerRow,
        card: ScorecardRow,
        extras: Sequence[ScorecardRow],
    ) -> Scorecard:
        filed, start = card, start_of(row)
        key = (row.application_id, seat.user_id, card.interview_kit_id)
        if not submitted_at_of(card) and card.interview_kit_id and start:
            after = (
                e for e in extras if slot_key(e) == key and (submitted_at_of(e) or start) > start
            )
            filed = next(after, card)
        slot = self.rows.known(SlotRow, row.job_interview_id)
        application_row = self.rows.known(ApplicationRow, row.application_id)
        url = None
        if application_row and card.interview_kit_id:
            url = (
                f"{self._web}/guides/{card.interview_kit_id}/people/{application_row.candidate_id}"
                f"?application_id={row.application_id}"
            )
        return Scorecard(
            interviewer_id=seat.user_id or "",
            id=card.id,
            required=slot is None or slot.require_scorecard is not False,
            submitted_at=submitted_at_of(filed),
            submitter_id=filed.submitter_id,
            can_tell=bool(submitted_at_of(filed))
            or (filed.status == "draft" and row.job_interview_id not in self._unread_slots),
            attendance=seat.response_status,
            url=url,
            updated_at=filed.updated_at,
        )


class Greenhouse:
    """Implements ``connectors.ats.base.Ats``. Safe to share between threads."""

    capabilities = Capabilities(
        submission=True,
        webhooks=True,
        own_reminders="Greenhouse mails each interviewer an hour after the interview and then once "
        "a day for up to ten business days; this can be changed per job, not switched off.",
    )

    def __init__(
        self,
        config: GreenhouseConfig,
        *,
        name: str = "greenhouse",
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
    ) -> None:
        """``on_wait`` is told before every wait (seconds, why), so that somebody can be shown."""
        self.name, self._config, self._clock = name, config, clock
        # Token requests have a rate window of their own (1), so they are sent by themselves.
        login = Http(SERVICE, clock=clock, sleep=sleep, on_wait=on_wait)
        self._http = Http(SERVICE, clock=clock, sleep=sleep, on_wait=on_wait)
        self._token = ClientCredentials(
            login,
            config.token_url,
            config.client_id,
            config.client_secret,
            subject=config.user_id,
            clock=clock,
        )
        # One set, so that neither way can tell what the other knows.
        self._http.secrets = login.secrets
        self._api = Api(self._http, config.api_url, self._token)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        reading = self._reading()
        for part in slices(window, state):
            try:
                yield from self._slice(reading, part)
            except CursorRefused:  # expired while a page was being stored: this slice once more
                yield from self._slice(reading, part)
            yield reading.page(self._clock(), part.state_after, part.fraction_after)

    def _slice(self, reading: _Reading, part: Slice) -> Iterator[Page]:
        """Interviews that end in the slice. A date filter drops undated scaffolding (trap 1)."""
        days = f"gte|{part.since.date() - DAY}|lte|{part.until.date() + DAY}"
        seen: set[str] = set()
        for dates in (
            {"ends_at": f"gte|{_instant(part.since)}|lt|{_instant(part.until)}"},
            {"all_day_end_on": days},  # a day of margin: these days have no zone
        ):
            for asked_at, rows in reading.rows.stamped(self._clock, InterviewRow, **dates):
                reading.rows.forget(ApplicationRow, CandidateRow)  # there are too many to keep
                new = [row for row in rows if row.id not in seen and row.status not in TAKE_HOME]
                seen.update(row.id for row in new)
                for bundle in chunks(new, BUNDLE):
                    reading.interviews(bundle)
                    yield reading.page(asked_at, part.state_before, part.fraction_before)

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        reading = self._reading()
        for kind in READ_ORDER:
            for ids in chunks(sorted({ref.id for ref in refs if ref.kind is kind}), BATCH):
                asked_at = self._clock()
                for bundle in list(chunks(reading.ask(kind, ids), BUNDLE)) or [[]]:
                    reading.interviews(bundle)
                    yield reading.page(asked_at)

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        header = request.headers.get("signature")
        return prove(header, request.body, self._config.webhook_secrets, prefix="sha256 ")

    def rung(self, request: WebhookRequest) -> Rung:
        return ring(request.body, request.headers.get("greenhouse-event-id"), EVENTS)

    def check(self) -> Iterator[Finding]:
        try:
            self._token.token()
        except ConnectorError as error:
            yield Finding("token", False, error.message, f"Check {SERVICE.credential}.")
            return
        yield Finding("token", True, "issued")
        yield from self._reading().rows.rights((*MANDATORY, *OPTIONAL))
        limit = self._http.limit
        seen = f"{limit} requests in 30 seconds" if limit else "not told by any answer"
        yield Finding("rate limit", limit is not None, seen, optional=True)
        yield Finding(
            "webhook secret",
            any(self._config.webhook_secrets),
            "set" if any(self._config.webhook_secrets) else "not set; polling alone is enough",
            "To be told of changes at once, set GREENHOUSE_WEBHOOK_SECRET.",
            optional=True,
        )

    def _reading(self) -> _Reading:
        return _Reading(self._api, self._config.web_url, self._clock())


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _build(given: Given) -> Greenhouse:
    config = GreenhouseConfig(
        client_id=given.one("client_id"),
        client_secret=given.one("client_secret"),
        user_id=given.maybe("user_id"),
        webhook_secrets=given.every("webhook_secret"),
        api_url=given.one("api_url"),
        token_url=given.one("token_url"),
        web_url=given.one("web_url"),
    )
    return Greenhouse(
        config, name=given.name, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait
    )


CONNECTOR = Connector(
    name="greenhouse",
    title="Greenhouse",
    options=OPTIONS,
    build=_build,
    doorbell="webhook_secret",
    address="token_url",
)
