"""Some sixty ATSs through Merge's unified ATS API. Every vendor fact here is from other-ats.md 4.

Merge reads the ATS every so often and answers from its own copy: what was handed in since shows
hours later. So every page says as of when the copy is complete (``fresh_as_of``), and an account
whose ATS gives no scorecards to Merge cannot tell, rather than calling everybody late.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import requests
from requests.auth import AuthBase

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.ats.merge_config import OPTIONS, SERVICE, MergeConfig
from connectors.ats.merge_evidence import NEVER
from connectors.ats.merge_reading import PER_PAGE, R, Reading
from connectors.ats.merge_rows import (
    ApplicationRow,
    CandidateRow,
    InterviewRow,
    JobRow,
    ScorecardRow,
    SyncRow,
    UserRow,
    falls_into,
    ring,
)
from connectors.errors import ConnectorError, NotFound, ScopeMissing
from connectors.http import CursorRefused, Http, OnWait
from connectors.model import Kind, Page, Ref, utc
from connectors.options import Connector, Given
from connectors.paging import Envelope, WrappedApi
from connectors.signature import prove_base64url
from connectors.slices import slices
from connectors.wire import chunks, read_rows, text_id

BUNDLE = 25
"""Things to a page of ours when read by name."""
LEAD = timedelta(days=180)
"""How long before the window an interview in it may have been changed last. There is no filter on
its time, and one that was put on the calendar earlier than this is not seen before it changes."""
EARLY = timedelta(days=14)
"""How long before the window a scorecard for an interview in it may have been handed in."""
PART = timedelta(days=30)
OVERLAP = timedelta(hours=1)
"""For unequal clocks, and because nobody says whether the filters take their very instant."""
PROBED = timedelta(days=60)
"""An account that gave no scorecard for this long cannot tell (issue and other-ats.md 2)."""
REPROBE = timedelta(days=1)
READ_ORDER = (
    Kind.PERSON,
    Kind.JOB,
    Kind.CANDIDATE,
    Kind.APPLICATION,
    Kind.SCORECARD,
    Kind.INTERVIEW,
)
LISTINGS = (InterviewRow, ScorecardRow, UserRow, ApplicationRow, JobRow, CandidateRow)


class _Account(AuthBase):
    def __init__(self, config: MergeConfig) -> None:
        self._key, self._token = config.api_key, config.account_token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        request.headers["X-Account-Token"] = self._token
        return request


class Merge:
    """Implements ``connectors.ats.base.Ats`` for one linked account. Safe to share by threads."""

    def __init__(
        self,
        config: MergeConfig,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
        name: str = "merge",
    ) -> None:
        """``on_wait`` is told before every wait (seconds, why), so that somebody can be shown."""
        self.name, self._config, self._clock = name, config, clock
        pace = 60 / config.requests_per_minute  # no answer tells what is left
        http = Http(SERVICE, clock=clock, sleep=sleep, on_wait=on_wait, pace=pace)
        http.secrets |= {config.api_key, config.account_token}
        envelope = Envelope("results", "next", "cursor", wraps_one=False)
        self._api = WrappedApi(http, config.api_url, _Account(config), envelope, _right)
        self._probed: tuple[datetime, bool] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """``submission`` is False once a pull, a re-read or ``check`` has found no scorecards."""
        return Capabilities(
            submission=self._probed is None or self._probed[1],
            webhooks=True,
            own_reminders="Merge reminds nobody; the ATS behind it may have reminders of its own.",
        )

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        """All of it is as old as Merge's copy was at the start, of a resumed pull at its first."""
        now = self._clock()
        fresh_as_of = _stored(state) or self._fresh_as_of() or NEVER
        reading = Reading(self._api, self._tells(now))
        reading.cards_from = window.since - EARLY

        def told(asked_at: datetime, stands: Mapping[str, Any], fraction: float) -> Page:
            stands = {**stands, "fresh_as_of": fresh_as_of.isoformat()}
            return replace(reading.page(asked_at, stands, fraction), fresh_as_of=fresh_as_of)

        for part in slices(Window(window.since - LEAD, now), state, PART):
            changed = {"modified_after": _stamp(part.since - OVERLAP)}
            if part.until < now:
                changed["modified_before"] = _stamp(part.until + OVERLAP)
            for again in (True, False):
                try:
                    for asked_at in self._part(reading, window, changed):
                        yield told(asked_at, part.state_before, part.fraction_before)
                    break
                except CursorRefused:  # expired while a page was being stored: this part once more
                    if not again:
                        raise
            yield told(self._clock(), part.state_after, part.fraction_after)

    def _part(
        self, reading: Reading, window: Window, changed: Mapping[str, str]
    ) -> Iterator[datetime]:
        """Gather one answer at a time what of it the window takes in; yields when it was asked.

        What is deleted is left out by Merge; whoever misses it asks for it by name.
        """
        answers = reading.pages(InterviewRow, **changed)
        while True:
            asked_at = self._clock()
            answer = next(answers, None)
            if answer is None:
                return
            rows = [row for row in answer[0] if falls_into(row, window)]
            if rows:
                reading.cards(modified_after=_stamp(reading.cards_from))
                reading.cards_from = asked_at - OVERLAP
            reading.interviews(reading.take(rows))
            yield asked_at

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        reading = Reading(self._api, self._tells(self._clock()))
        wanted = sorted(set(refs), key=lambda ref: (READ_ORDER.index(ref.kind), ref.id))
        for some in chunks((ref for ref in wanted if ref.kind in READ_ORDER), BUNDLE):
            asked_at = self._clock()
            found: dict[str, InterviewRow] = {}
            for ref in some:
                if text_id(ref.id) is None:  # Merge cannot have made it
                    reading.miss(ref.kind, [ref.id])
                else:
                    found |= {row.id: row for row in reading.ask(ref.kind, ref.id)}
            for each in found.values():
                reading.cards(interview_id=each.id)
            for name in sorted({each.application for each in found.values()}):
                reading.cards(application_id=name)
            reading.interviews(found.values())
            yield reading.page(asked_at)

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        header = request.headers.get("x-merge-webhook-signature")
        return prove_base64url(header, request.body, self._config.webhook_keys)

    def rung(self, request: WebhookRequest) -> Rung:
        return ring(request.body, request.headers.get("x-merge-webhook-signature"))

    def check(self) -> Iterator[Finding]:
        now = self._clock()
        try:
            fresh_as_of = self._fresh_as_of()
        except ConnectorError as error:
            yield Finding("account", False, error.message, f"Check {SERVICE.credential}.")
            return
        yield Finding("account", True, "answers")
        yield from self._rights()
        yield Finding(
            "freshness",
            fresh_as_of is not None,
            f"Merge's copy of the ATS is as of {fresh_as_of:%Y-%m-%d %H:%M} UTC"
            if fresh_as_of
            else "Merge does not say how old its interviews and scorecards are",
            "Nobody is nudged until it does: see the linked account's sync status in Merge.",
            optional=True,
        )
        yield from self._probe_findings(now)
        yield Finding(
            "webhook key",
            any(self._config.webhook_keys),
            "set" if any(self._config.webhook_keys) else "not set; polling alone is enough",
            "To be told of changes at once, set MERGE_WEBHOOK_KEY.",
            optional=True,
        )

    def _rights(self) -> Iterator[Finding]:
        for model in LISTINGS:
            optional = model in (CandidateRow, JobRow)
            try:
                next(self._api.pages(model.path, page_size=1))
            except ConnectorError as error:
                remedy = f"Grant it {SERVICE.granting}." if isinstance(error, ScopeMissing) else ""
                yield Finding(model.path, False, error.message, remedy, optional=optional)
            else:
                yield Finding(model.path, True, "may be read", optional=optional)

    def _probe_findings(self, now: datetime) -> Iterator[Finding]:
        """What this very account can tell, which depends on the ATS behind it."""
        days = f"in the last {PROBED.days} days"
        try:
            recent = self._recent(InterviewRow, now, lambda row: row.end_at or row.start_at)
            self._probed = None  # look again
            tells = self._tells(now)
        except ConnectorError:
            return  # told above
        yield Finding(
            "interviews seen",
            recent,
            f"there are some {days}" if recent else f"this account gives none {days}",
            "See in Merge's documentation whether it reads interviews from your ATS.",
            optional=True,
        )
        yield Finding(
            "submissions seen",
            tells,
            f"there are some {days}"
            if tells
            else f"no scorecard was handed in {days}, so this account cannot tell who owes one: "
            "every status is unknown and nobody is nudged",
            "See in Merge's documentation whether it reads scorecards from your ATS.",
            optional=True,
        )

    def _tells(self, now: datetime) -> bool:
        """Whether scorecards come from this account at all. Raises ConnectorError."""
        known = self._probed
        if known is None or not known[1] or not now - REPROBE < known[0] <= now:
            known = (now, self._recent(ScorecardRow, now, lambda row: row.submitted_at))
            self._probed = known
        return known[1]

    def _recent(self, model: type[R], now: datetime, at: Callable[[R], datetime | None]) -> bool:
        """Whether a listing has one of the last days; a record is written after it happens."""
        since = now - PROBED
        params = {"modified_after": _stamp(since)}
        try:
            pages = Reading(self._api, True).pages(model, **params)
            return any((at(row) or NEVER) >= since for rows, _ in pages for row in rows)
        except ScopeMissing:
            return False

    def _fresh_as_of(self) -> datetime | None:
        """As of when both interviews and scorecards are known; None: Merge does not say."""
        found: dict[str, datetime | None] = {}
        try:
            for raw in self._api.pages("sync-status", page_size=PER_PAGE):
                for row in read_rows(SyncRow, raw)[0]:
                    kind = next(
                        (k for k in ("interview", "scorecard") if row.model.endswith(k)), ""
                    )
                    found[kind] = row.fresh_as_of
        except (NotFound, ScopeMissing):
            return None
        ages = [found.get("interview"), found.get("scorecard")]
        return min((age for age in ages if age), default=None) if all(ages) else None


def _stored(state: Mapping[str, Any]) -> datetime | None:
    try:
        return utc(state["fresh_as_of"])
    except (KeyError, TypeError, ValueError):
        return None


def _right(path: str) -> str:
    return path.partition("/")[0]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _build(given: Given) -> Merge:
    config = MergeConfig(
        api_key=given.one("api_key"),
        account_token=given.one("account_token"),
        webhook_keys=given.every("webhook_key"),
        api_url=given.one("api_url"),
        requests_per_minute=int(given.one("requests_per_minute")),
    )
    return Merge(
        config, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait, name=given.name
    )


CONNECTOR = Connector(
    name="merge", title="Merge", options=OPTIONS, build=_build, doorbell="webhook_key"
)
