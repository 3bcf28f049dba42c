"""Lever through its Data API v1. Every vendor fact here is from lever.md.

Interviews and feedback hang below opportunities and cannot be listed by themselves (0), so an
interview is named ``<opportunity id>:<interview id>``: by that name alone it can be read again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from requests.auth import HTTPBasicAuth

from connectors.ats.base import Capabilities, Finding, Rung, Unreadable, WebhookRequest, Window
from connectors.ats.lever_config import OPTIONS, SERVICE, LeverConfig
from connectors.ats.lever_reading import SMALLEST, Reading
from connectors.ats.lever_rows import EVENTS, NOT_FOR_US, HookRow, OpportunityRow
from connectors.doorbell import LONGEST_ACTION, LONGEST_EVENT_ID
from connectors.errors import BadSignature, ConnectorError, ScopeMissing
from connectors.http import CursorRefused, Http, OnWait
from connectors.model import Kind, Page, Ref
from connectors.options import Connector, Given
from connectors.paging import Envelope, WrappedApi
from connectors.signature import prove
from connectors.slices import Slice, slices
from connectors.wire import chunks, parse_json, read_rows, storable, text_id

ENVELOPE = Envelope(
    rows="data", following="next", asks="offset", more="hasNext", usual={"limit": "100"}
)
"""100 is the most (2.1)."""
PACE = 0.2
"""Seconds between requests: half of the key's steady rate (2.3), to leave room (3.6)."""
BUNDLE = 10
"""Opportunities to a page of ours, up to four requests each."""
DAY = timedelta(days=1)
OVERLAP = timedelta(hours=1)
"""How much earlier than the window an opportunity may have changed (3.6): for unequal clocks."""
OLDEST_WEBHOOK = timedelta(days=15)
"""Lever repeats failed deliveries after unknown times, and people by hand for two weeks (4.5)."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BELOW = {"interviews": False, "feedback": False, "panels": True, "applications": True}
"""Listings below an opportunity, and whether we can do without them."""
BESIDE = {"users": False, "postings": True, "archive_reasons": True, "stages": True}
CANNOT_TELL = (
    "a reminder that was dismissed, somebody who did not come, and for which seat a form stands "
    "that was added by hand or by somebody off the panel: such scorecards are shown as unknown"
)


def _scope(path: str) -> str:
    parts = path.split("/")
    return f"{parts[2] if len(parts) > 2 else parts[0]}:read:admin"


class Lever:
    """Implements ``connectors.ats.base.Ats``. Safe to share between threads."""

    capabilities = Capabilities(
        submission=True,
        webhooks=True,
        own_reminders="Lever mails each interviewer once, daily, every six hours or not at all, as "
        "set for the panel or interview; the interviewer can dismiss it.",
    )

    def __init__(
        self,
        config: LeverConfig,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
        name: str = "lever",
    ) -> None:
        """``on_wait`` is told before every wait (seconds, why), so that somebody can be shown."""
        self.name, self._config, self._clock = name, config, clock
        # A 429 tells no time to wait (2.3), so waits double.
        http = Http(SERVICE, clock=clock, sleep=sleep, on_wait=on_wait, pace=PACE, untold_wait=None)
        http.secrets.add(config.api_key)
        login = HTTPBasicAuth(config.api_key.encode(), b"")
        self._api = WrappedApi(http, config.api_url, login, ENVELOPE, _scope)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        """Opportunities that changed since the window began, in slices of a day.

        Scheduling changes an opportunity, the passing of an interview does not (3.1). So also the
        interviews *after* the window come: when they are over, nothing may lead to them but that
        they are stored.
        """
        began, reading = self._clock(), self._reading(many=True)
        changes = Window(min(window.since, began) - OVERLAP, began)
        for part in slices(changes, state, DAY):
            seen: set[str] = set()
            try:
                yield from self._slice(reading, part, window, began, seen)
            except CursorRefused:  # expired while a page was being stored: this slice once more
                yield from self._slice(reading, part, window, began, seen)
            yield reading.page(self._clock(), part.state_after, part.fraction_after)

    def _slice(
        self, reading: Reading, part: Slice, window: Window, began: datetime, seen: set[str]
    ) -> Iterator[Page]:
        """The last slice has no end: what changes meanwhile moves into it and is not lost."""
        times = {"updated_at_start": _millis(part.since)}
        if part.until < began:
            times["updated_at_end"] = _millis(part.until)
        answers = reading.listing(**times)
        while True:
            asked_at = self._clock()
            raw = next(answers, None)
            if raw is None:
                return
            rows, _ = reading.taken(OpportunityRow, Kind.APPLICATION, raw)
            new = {row.id: row for row in rows if row.id not in seen}
            for bundle in chunks(new.values(), BUNDLE):
                for row in bundle:
                    reading.opportunity(row, since=window.since)
                    seen.add(row.id)
                yield reading.page(asked_at, part.state_before, part.fraction_before)

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        reading, asked_at = self._reading(many=False), self._clock()
        ids = {kind: sorted({ref.id for ref in refs if ref.kind is kind}) for kind in Kind}
        reading.people(ids[Kind.PERSON], asked=True)
        reading.jobs(ids[Kind.JOB], asked=True)
        for contact in ids[Kind.CANDIDATE]:
            reading.contact(contact)
        wanted: dict[str, list[str]] = {name: [] for name in ids[Kind.APPLICATION]}
        for name in ids[Kind.INTERVIEW]:
            whole, _, part = name.partition(":")
            if text_id(part) is None:  # none of ours
                reading.miss(Kind.INTERVIEW, [name])
            else:
                wanted.setdefault(whole, []).append(part)
        for bundle in list(chunks(wanted.items(), BUNDLE)) or [[]] if refs else []:
            for name, parts in bundle:
                reading.opportunity_named(name, parts, whole=name in ids[Kind.APPLICATION])
            yield reading.page(asked_at)
            asked_at = self._clock()

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        """Token and time are signed and the body is not (4.4): it is a hint, and re-read."""
        try:
            hook = json.loads(request.body.decode(), object_pairs_hook=_each_once)
        except (ValueError, RecursionError):
            raise BadSignature("The body is not readable JSON, so it holds no signature.") from None
        token, at, signature = (
            hook.get(key) if isinstance(hook, dict) else None
            for key in ("token", "triggeredAt", "signature")
        )
        if not isinstance(token, str) or not token or type(at) is not int:
            raise BadSignature("The body holds no token and triggeredAt, which Lever signs.")
        signed = f"{token}{at}".encode(errors="replace")
        header = signature if isinstance(signature, str) else None
        proof = prove(header, signed, self._config.signature_tokens, prefix="")
        if abs(int(now.timestamp() * 1000) - at) > OLDEST_WEBHOOK / timedelta(milliseconds=1):
            raise BadSignature(f"It was triggered more than {OLDEST_WEBHOOK.days} days ago.")
        return proof

    def rung(self, request: WebhookRequest) -> Rung:
        """Which opportunity to read again: the only name that is documented (4.3)."""
        try:
            good, bad = read_rows(HookRow, [parse_json(request.body)])
        except ValueError as error:
            raise Unreadable("body", str(error)) from None
        for flaw in bad:
            raise Unreadable("body" if flaw.path == "row" else flaw.path, flaw.reason)
        [hook] = good
        refs: tuple[Ref, ...] = ()
        if hook.event in EVENTS and hook.event not in NOT_FOR_US:
            name = text_id(hook.data.get("opportunityId") or hook.data.get("candidateId"))
            if name is None:
                raise Unreadable("data.opportunityId", "should be an id")
            refs = (Ref(Kind.APPLICATION, name),)
        named = hook.id and hook.token
        event_id = storable(f"{hook.id} {hook.token}")[:LONGEST_EVENT_ID] if named else None
        return Rung(storable(hook.event)[:LONGEST_ACTION], event_id, refs, hook.event in EVENTS)

    def check(self) -> Iterator[Finding]:
        """The key, each right, and what this account can and cannot tell."""
        found, opportunities = self._right("opportunities")
        if not found.ok and not found.remedy:
            yield Finding("API key", False, found.detail, f"Check {SERVICE.credential}.")
            return
        yield Finding("API key", True, "accepted")
        yield found
        named = opportunities[0].get("id") if opportunities else None
        for below, optional in BELOW.items():
            if text_id(named):
                yield self._right(f"opportunities/{named}/{below}", optional)[0]
            else:
                untried = "not tried, because no opportunity can be read"
                yield Finding(_scope(f"//{below}"), False, untried, optional=True)
        for path, optional in BESIDE.items():
            yield self._right(path, optional)[0]
        yield self._confidential()
        yield Finding("what Lever cannot tell", True, CANNOT_TELL, optional=True)
        live = any(self._config.signature_tokens)
        yield Finding(
            "webhook signature tokens",
            live,
            "set" if live else "not set; polling alone is enough",
            "To be told of changed interviews at once, set LEVER_SIGNATURE_TOKENS.",
            optional=True,
        )

    def _right(self, path: str, optional: bool = False, **params: str) -> tuple[Finding, list[Any]]:
        scope = _scope(path)
        try:
            rows = next(self._api.pages(path, **SMALLEST, **params))
        except ConnectorError as error:
            remedy = f"Grant {scope}." if isinstance(error, ScopeMissing) else ""
            return Finding(scope, False, error.message, remedy, optional=optional), []
        rows = [row for row in rows if isinstance(row, dict)]
        return Finding(scope, True, "may be read", optional=optional), rows

    def _confidential(self) -> Finding:
        """An empty list does not tell whether there are none or none for us (trap 2)."""
        found, rows = self._right("opportunities", True, confidentiality="confidential")
        detail = "are read" if rows else "none came: there are none, or this key may not see them"
        return Finding(
            "confidential opportunities",
            bool(rows),
            detail if found.ok else found.detail,
            "If there are some, make a new key with access to confidential data: it can only be "
            "given when the key is made.",
            optional=True,
        )

    def _reading(self, *, many: bool) -> Reading:
        return Reading(self._api, self._config, self._clock(), many=many)


def _millis(moment: datetime) -> str:
    return str((moment - EPOCH) // timedelta(milliseconds=1))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A doubled key would let us prove one value and somebody else read the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _build(given: Given) -> Lever:
    config = LeverConfig(
        api_key=given.one("api_key"),
        signature_tokens=given.every("signature_tokens"),
        api_url=given.one("api_url"),
        form_url=given.maybe("form_url"),
        required_without_template=given.one("required_without_template") == "true",
        count_by_hand=given.one("count_by_hand") == "true",
    )
    return Lever(
        config, name=given.name, clock=given.clock, sleep=given.sleep, on_wait=given.on_wait
    )


CONNECTOR = Connector(
    name="lever",
    title="Lever",
    options=OPTIONS,
    build=_build,
    doorbell="signature_tokens",
)
