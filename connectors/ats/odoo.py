"""Odoo Recruitment 19. Every vendor fact here is from other-ats.md 8.3.

Odoo links no feedback to a meeting, so what counts as handed in is chosen: a filled interview
form, the meeting's to-do marked done, or a note on the applicant. No text of any is ever asked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.ats.odoo_evidence import (
    OF_APPLICANTS,
    RECENT,
    SCOPE,
    Evidence,
    Judge,
    linked_to,
)
from connectors.ats.odoo_json2 import OPTIONS, SERVICE, Json2, OdooConfig, written
from connectors.ats.odoo_rows import (
    EVIDENCE_ROWS,
    WITHOUT_CONTACT,
    ApplicantRow,
    AttendeeRow,
    JobRow,
    MeetingRow,
    UserRow,
    application,
    candidate,
    candidate_id,
    interview,
    job,
    page_of,
    person,
    rung,
)
from connectors.errors import ConnectorError
from connectors.gathering import Gathering
from connectors.http import Http, OnWait
from connectors.model import Kind, Page, Ref, Scorecard
from connectors.options import Connector, Given
from connectors.rows import Rows
from connectors.signature import prove_path
from connectors.slices import Slice, slices
from connectors.wire import chunks, number_id

BATCH = 200
BUNDLE = 100
"""Meetings to a page of ours."""
DAY = timedelta(days=1)
KEY_ENDS_SOON = timedelta(days=14)
MANDATORY = (MeetingRow, AttendeeRow, UserRow, ApplicantRow, JobRow)
READ_ORDER = (Kind.PERSON, Kind.JOB, Kind.CANDIDATE, Kind.APPLICATION, Kind.INTERVIEW)


class _Reading(Gathering):
    """One pull or one re-read: wire rows in, records out."""

    def __init__(self, api: Json2, config: OdooConfig, now: datetime) -> None:
        super().__init__()
        self.rows = Rows(api, scope=SCOPE, batch=BATCH, per_page=BATCH, parked=self.parked)
        self._web = config.url.rstrip("/")
        self._by_partner: dict[str, UserRow | None] = {}
        self.evidence = Evidence(config.evidence, self.rows, api, now)
        self._linked = config.evidence != "form"
        """Whether the applicant's page is where an interviewer hands in."""

    def ask(self, kind: Kind, ids: set[str]) -> list[MeetingRow]:
        """Gather the named records; the meetings that hang on them are returned."""
        wanted = {each for each in ids if number_id(each)}
        gone = ids - wanted
        applicants: Iterable[str] = ()
        meetings: list[MeetingRow] = []
        if kind is Kind.PERSON:
            gone |= self.people(wanted)
        elif kind is Kind.JOB:
            gone |= self.jobs(wanted)
        elif kind is Kind.CANDIDATE:
            alone = {each for each in gone if number_id(each.removeprefix(WITHOUT_CONTACT))}
            rows, bad = self.rows.where(ApplicantRow, "partner_id", wanted)
            found = self.rows.by_id(
                ApplicantRow, (each.removeprefix(WITHOUT_CONTACT) for each in alone)
            )
            rows += [row for row in found.rows.values() if row.partner_id is None]
            self._take(self.rows.remember(ApplicantRow, rows))
            unread = {linked_to(each, "partner_id") for each in bad}
            unread |= {WITHOUT_CONTACT + each for each in found.unread}
            there = {candidate_id(row) for row in rows} | unread
            gone = set() if None in unread else {each for each in ids if each not in there}
            applicants = [row.id for row in rows]
        elif kind is Kind.APPLICATION:
            gone |= self.applications(wanted)
            applicants = wanted
        elif kind is Kind.INTERVIEW:
            # A meeting whose applicant was deleted stays in the calendar, and is none of ours.
            here = self.rows.by_id(MeetingRow, wanted, domain=json.dumps([OF_APPLICANTS]))
            gone, meetings = gone | here.gone, list(here.rows.values())
        more, _ = self.rows.where(MeetingRow, "applicant_id", applicants)
        self.miss(kind, gone)
        return list({row.id: row for row in (*meetings, *more)}.values())

    def people(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(UserRow, ids)
        self.records += map(person, found.rows.values())
        self.hide(Kind.PERSON, found.absent)
        return found.gone

    def jobs(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(JobRow, ids)
        self.people(row.user_id for row in found.rows.values())
        self.records += map(job, found.rows.values())
        self.hide(Kind.JOB, found.absent)
        return found.gone

    def applications(self, ids: Iterable[str | None]) -> set[str]:
        found = self.rows.fresh(ApplicantRow, ids)
        self._take(list(found.rows.values()))
        self.hide(Kind.APPLICATION, found.absent)
        return found.gone

    def _take(self, rows: Sequence[ApplicantRow]) -> None:
        self.jobs(row.job_id for row in rows)
        self.people(row.user_id for row in rows)
        # Two applications of one person share the contact, and with it the name.
        self.records += {candidate_id(row): candidate(row) for row in rows}.values()
        self.records += [application(row, self._web) for row in rows]

    def meetings(self, rows: Sequence[MeetingRow]) -> None:
        """Gather these meetings, each with its whole panel, and all they name."""
        # Found as an applicant's, but it does not say whose: private to others. Cannot be told.
        self.hide(Kind.INTERVIEW, (row.id for row in rows if row.applicant_id is None))
        rows = [row for row in rows if row.applicant_id is not None]
        self.applications(row.applicant_id for row in rows)
        seats, bad = self.rows.where(AttendeeRow, "event_id", (row.id for row in rows))
        unsure = {linked_to(each, "event_id") for each in bad}
        unsure |= self._colleagues({seat.partner_id for seat in seats}, seats)
        judge = self.evidence.judge(rows)
        for row in rows:
            applicant = self.rows.known(ApplicantRow, row.applicant_id)
            own = applicant.partner_id[0] if applicant and applicant.partner_id else None
            panel: dict[str, Scorecard] = {}
            for seat in seats:
                user = self._by_partner.get(seat.partner_id or "")
                if seat.event_id == row.id and user and seat.partner_id != own:
                    panel[user.id] = self._scorecard(row, seat, user, judge)
            whole = not unsure & {row.id, None}
            self.records.append(interview(row, applicant, tuple(panel.values()), whole))

    def _colleagues(
        self, partners: set[str | None], seats: Sequence[AttendeeRow]
    ) -> set[str | None]:
        """Remember which attendees are internal users, gone or not: only they are interviewers.

        Returned are the meetings where that could not be read.
        """
        new = {each for each in partners if each and each not in self._by_partner}
        rows, bad = self.rows.where(
            UserRow, "partner_id", new, domain=json.dumps([["share", "=", False]])
        )
        self._by_partner |= dict.fromkeys(new)
        for row in sorted(rows, key=lambda row: (row.active, -int(row.id))):
            self._by_partner[row.partner_id or ""] = row
        self.people(row.id for row in map(self._by_partner.get, new) if row)
        unread = {linked_to(each, "partner_id") for each in bad}
        if None in unread:  # it may be any of those not found
            unread |= {each for each in new if self._by_partner[each] is None}
        for each in unread:  # to be asked for again, with the next meetings
            self._by_partner.pop(each or "", None)
        if None in unread:
            return {None}
        return {seat.event_id for seat in seats if seat.partner_id in unread}

    def _scorecard(
        self, row: MeetingRow, seat: AttendeeRow, user: UserRow, judge: Judge
    ) -> Scorecard:
        submitted_at, can_tell = judge(row, user)
        return Scorecard(
            interviewer_id=user.id,
            submitted_at=submitted_at,
            submitter_id=user.id if submitted_at else None,
            can_tell=can_tell,
            attendance=seat.state,
            url=page_of(row.applicant_id or "", self._web) if self._linked else None,
        )


class Odoo:
    """Implements ``connectors.ats.base.Ats``. Safe to share between threads."""

    capabilities = Capabilities(
        submission=True,
        webhooks=True,
        own_reminders="Odoo puts the meeting on the organiser's list of to-dos and shows it there "
        "as late; it was not seen to ask interviewers for feedback.",
        secret_path=True,
    )

    def __init__(
        self,
        config: OdooConfig,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
        name: str = "odoo",
    ) -> None:
        """``on_wait`` is told before every wait (seconds, why), so that somebody can be shown."""
        self.name, self._config, self._clock = name, config, clock
        http = Http(SERVICE, clock=clock, sleep=sleep, on_wait=on_wait)
        http.secrets.add(config.api_key)
        self._api = Json2(http, config)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        reading = self._reading()
        for part in slices(window, state):
            yield from self._slice(reading, part)
            yield reading.page(self._clock(), part.state_after, part.fraction_after)

    def _slice(self, reading: _Reading, part: Slice) -> Iterator[Page]:
        """Meetings that end in the slice. Their write_date would not show what hangs on them."""
        since, until = part.since.date() - DAY, part.until.date() + DAY
        timed = [["stop", ">=", written(part.since)], ["stop", "<", written(part.until)]]
        # A day of margin: these days have no zone, and the stop beside them is a disguise.
        days = [["stop_date", ">=", since.isoformat()], ["stop_date", "<=", until.isoformat()]]
        for domain in (
            [OF_APPLICANTS, ["allday", "=", False], *timed],
            [OF_APPLICANTS, ["allday", "=", True], *days],
        ):
            for asked_at, rows in reading.rows.stamped(
                self._clock, MeetingRow, domain=json.dumps(domain)
            ):
                reading.rows.forget(ApplicantRow)  # there are too many to keep
                for bundle in chunks(rows, BUNDLE):
                    reading.meetings(bundle)
                    yield reading.page(asked_at, part.state_before, part.fraction_before)

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        reading = self._reading()
        for kind in READ_ORDER:
            for ids in chunks(sorted({ref.id for ref in refs if ref.kind is kind}), BATCH):
                asked_at = self._clock()
                for bundle in list(chunks(reading.ask(kind, set(ids)), BUNDLE)) or [[]]:
                    reading.meetings(bundle)
                    yield reading.page(asked_at)

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        return prove_path(request.path, self._config.webhook_secrets)

    def rung(self, request: WebhookRequest) -> Rung:
        return rung(request.body)

    def check(self) -> Iterator[Finding]:
        try:
            self._api.call("res.users", "context_get")
        except ConnectorError as error:
            yield Finding("key", False, error.message, f"Check {SERVICE.credential}.")
            return
        yield Finding("key", True, "is taken")
        reading = self._reading()
        rights = list(reading.rows.rights((*MANDATORY, EVIDENCE_ROWS[self._config.evidence])))
        yield from rights
        if all(each.ok for each in rights):
            try:
                yield reading.evidence.finding()
                yield self._private()
                yield self._end_of_key()
            except ConnectorError as error:
                yield Finding("what can be told", False, error.message, optional=True)
        secret = any(self._config.webhook_secrets)
        yield Finding(
            "webhook secret",
            secret,
            "set" if secret else "not set; polling alone is enough",
            "To be told of changes at once, set ODOO_WEBHOOK_SECRET.",
            optional=True,
        )

    def _private(self) -> Finding:
        since, now = written(self._clock() - RECENT), written(self._clock())
        domain = [OF_APPLICANTS, ["stop", ">=", since], ["stop", "<", now]]
        params = {"fields": "applicant_id", "per_page": "500", "domain": json.dumps(domain)}
        rows = [row for page in self._api.pages(MeetingRow.path, params) for row in page]
        private = sum(isinstance(row, dict) and row.get("applicant_id") is False for row in rows)
        return Finding(
            "private meetings",
            not private,
            f"{private} of {len(rows)} meetings in {RECENT.days} days are private: of those "
            "nothing can be told",
            "Make them public, or invite the key's user.",
            optional=True,
        )

    def _end_of_key(self) -> Finding:
        """A user's keys are listed to that user; which of them is ours is not told."""
        params = {"fields": "expiration_date", "per_page": "100"}
        keys = self._api.rows("res.users.apikeys", params)
        days = [key.get("expiration_date") for key in keys if isinstance(key, dict)]
        end = min((each for each in days if isinstance(each, str)), default="")
        return Finding(
            "end of the key",
            not end or end >= written(self._clock() + KEY_ENDS_SOON),
            f"a key of this user ends on {end[:10]}" if end else "no key of this user ends",
            "Make a new key before that day.",
            optional=True,
        )

    def _reading(self) -> _Reading:
        return _Reading(self._api, self._config, self._clock())


def _build(given: Given) -> Odoo:
    config = OdooConfig(
        url=given.one("url"),
        database=given.one("database"),
        api_key=given.one("api_key"),
        evidence=given.one("evidence"),
        webhook_secrets=given.every("webhook_secret"),
    )
    return Odoo(
        config, name=given.name, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait
    )


CONNECTOR = Connector(
    name="odoo",
    title="Odoo Recruitment",
    options=OPTIONS,
    build=_build,
    doorbell="webhook_secret",
    address="url",
)
