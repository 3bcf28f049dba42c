"""Who handed in feedback for which interview event (ashby.md 3.4), and nothing of what it says."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from connectors.ats.ashby_api import AshbyApi, TokenRefused
from connectors.ats.ashby_rows import CANDIDATES, EventRow, FeedbackRow, UserRow
from connectors.errors import BadRequest, ScopeMissing
from connectors.model import Kind, Parked, Ref
from connectors.wire import read_rows

FEEDBACK = "applicationFeedback.list"
FULL_WALK = timedelta(days=7)
"""How often what a sync token would not tell, a deletion, is looked for (2.3)."""
EARLY = timedelta(days=7)
"""How long before an interview feedback on it may have been begun."""
MOST = 50_000
"""Submissions kept in memory; where there are more, each application is asked about."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Filed(NamedTuple):
    """One submission: its id, of whom, when, and who pressed the button."""

    id: str
    user_id: str
    at: datetime | None
    by: UserRow | None
    credited: bool
    """Whether Ashby says whose it is; else we go by who pressed the button (trap 11)."""


class Beside(NamedTuple):
    """A submission that names no event: for which it is meant, nobody says (trap 14)."""

    user_id: str
    interview_id: str | None
    """The kind of interview, if it names that."""
    at: datetime | None


class Feedback:
    """Submissions by interview event, and those of an application that name none."""

    def __init__(self) -> None:
        self.doubtful: set[str] = set()
        """Events with a submission that could not be read, or that names nobody."""
        self.count = 0
        self._by_event: dict[str, dict[str, Filed]] = defaultdict(dict)
        self._beside: dict[str, dict[str, Beside]] = defaultdict(dict)
        self._unread: set[str | None] = set()
        """Applications with a submission that could not be read and names no event; None: any."""

    def add(self, raw: Iterable[object]) -> list[Parked]:
        """Keep what can be read, and tell what cannot."""
        rows, bad = read_rows(FeedbackRow, raw)
        for row in rows:
            event, whose = row.interview_event_id, row.credited_to_user or row.submitted_by_user
            if event is None:
                if whose and row.application_id:
                    near = self._beside[row.application_id]
                    self.count += row.id not in near
                    near[row.id] = Beside(whose.id, row.interview_id, row.submitted_at)
                continue
            if whose is None:
                self.doubtful.add(event)
                continue
            mine = self._by_event[event]
            self.count += row.id not in mine
            credited = row.credited_to_user is not None
            mine[row.id] = Filed(
                row.id, whose.id, row.submitted_at, row.submitted_by_user, credited
            )
        for each in bad:
            if named := each.text_id("interviewEventId"):
                self.doubtful.add(named)
            else:
                self._unread.add(each.text_id("applicationId"))
        return [
            Parked(
                Ref(Kind.SCORECARD, each.text_id() or f"{FEEDBACK}/without an id"),
                f"{FEEDBACK}.{each.path}",
                each.reason,
            )
            for each in bad
        ]

    def of(self, event_id: str) -> dict[str, Filed]:
        """The first submission of each person."""
        found: dict[str, Filed] = {}
        for filed in list(self._by_event.get(event_id, {}).values()):
            other = found.get(filed.user_id)
            if other is None or (filed.at and (other.at is None or filed.at < other.at)):
                found[filed.user_id] = filed
        return found

    def beside(self, application_id: str, event: EventRow) -> set[str]:
        """Who has submitted something since the event began that may be meant for it."""
        if self._unread & {application_id, None}:
            return {seat.id for seat in event.interviewers}
        began = event.start_time or event.end_time
        return {
            each.user_id
            for each in list(self._beside.get(application_id, {}).values())
            if each.interview_id in (None, event.interview_id)
            and (each.at is None or each.at >= began)
        }


class KeptFeedback:
    """The whole organization's feedback, kept from pull to pull by a sync token (2.3, 3.10).

    A token lives in this process only: it stands for what was read before, which is kept here and
    nowhere else. Safe to share between threads.
    """

    def __init__(self, api: AshbyApi, *, most: int = MOST) -> None:
        self._api, self._most, self._lock = api, most, threading.Lock()
        self._feedback: Feedback | None = None
        self._token: str | None = None
        self._body: dict[str, Any] = {}
        """The parameters of the full walk: a token goes with the same ones."""
        self._since = self._walked_at = EPOCH

    def update(self, since: datetime, now: datetime, parked: list[Parked]) -> Feedback | None:
        """All that was handed in since about ``since``, as of ``now``. Raises ConnectorError.

        None: it has to be asked for by application, because there is too much of it, or because
        not every key may read it whole (10).
        """
        with self._lock:
            young = timedelta(0) <= now - self._walked_at < FULL_WALK and since >= self._since
            if young and self._feedback is None:
                return None
            if young and self._feedback and self._token:
                body = {**self._body, "syncToken": self._token}
                with suppress(TokenRefused):
                    if self._walk(self._feedback, body, parked):
                        return self._feedback
            return self._walk_in_full(since, now, parked)

    def _walk_in_full(
        self, since: datetime, now: datetime, parked: list[Parked]
    ) -> Feedback | None:
        self._walked_at, self._token, feedback = EPOCH, None, Feedback()
        self._body = {"createdAfter": millis(since - EARLY)}
        whole = False
        with suppress(BadRequest, ScopeMissing):  # perhaps answered by application only
            whole = self._walk(feedback, self._body, parked)
        self._feedback = feedback if whole else None
        self._since, self._walked_at = since, now
        return self._feedback

    def _walk(self, feedback: Feedback, body: dict[str, Any], parked: list[Parked]) -> bool:
        """Whether it fitted into memory. The token is kept once everything has been read."""
        tokens: list[str] = []
        for raw in self._api.walk(FEEDBACK, body, CANDIDATES, tokens.append):
            parked += feedback.add(raw)
            if feedback.count > self._most:
                return False
        self._token = tokens[-1] if tokens else self._token  # none: the old one stays good
        return True


def millis(moment: datetime) -> int:
    """Filters take whole milliseconds since 1970 (trap 4)."""
    return max((moment - EPOCH) // timedelta(milliseconds=1), 0)
