"""The page: who owes what, how the service is doing, and the week's report. It never sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, render_template, request

from plugin.auth import Gate
from plugin.connected import Connected, ConnectedStore
from plugin.health import Account
from plugin.overview import (
    ORDERS,
    Overview,
    PolicyOf,
    counted_statuses,
    grouped,
    in_words,
    overview,
    speech,
)
from plugin.webhooks import Counters
from scheduler.answer_figures import DEFINITION, AnswersGiven, answers_in_words
from scheduler.facts import ScorecardFacts, ScorecardKey, Status, Told
from scheduler.judging import judge
from scheduler.phrases import clean, counted
from scheduler.report import ComplianceReport, compile_report
from scheduler.store import OutboxMessage, StoredReport
from scheduler.workdays import Week

PER_PAGE = 50
"""Rows of the overdue list on one page."""
LOOK_BACK = timedelta(weeks=13)
"""What ended before is on the page only while it is overdue, so that a page costs what a quarter
costs and not what all the years cost."""
TROUBLED = 50
"""Messages shown that failed or may not have arrived, the newest ones."""


class PageStore(ConnectedStore, Protocol):
    def open_or_ended_since(self, since: datetime) -> list[ScorecardFacts]: ...
    def told(self, keys: Sequence[ScorecardKey]) -> Mapping[ScorecardKey, Sequence[Told]]: ...
    def count_parked(self) -> int: ...
    def count_hidden(self) -> int: ...
    def undelivered(self, limit: int) -> list[OutboxMessage]: ...
    def unmatched(self) -> list[str]: ...
    def report(self, week: str) -> StoredReport | None: ...
    def latest_report(self) -> StoredReport | None: ...


@dataclass(frozen=True, slots=True)
class Sign:
    """One field of the health strip."""

    label: str
    value: str
    meaning: str
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything the pages are made from."""

    store: PageStore
    accounts: Callable[[datetime], Sequence[Account]]
    policy_of: PolicyOf
    zone: ZoneInfo
    clock: Callable[[], datetime]
    live: bool
    counters: Counters
    connected: Callable[[datetime], Sequence[Connected]] = lambda now: ()
    public_url: str | None = None

    def front(self) -> str:
        now = self.clock()
        since = now - LOOK_BACK
        rows = self.store.open_or_ended_since(since)
        policy_of = cache(self.policy_of)  # one answer an account for the whole page
        view = overview(rows, policy_of, now, since)
        by = request.args.get("by", "oldest")
        by = by if by in ORDERS else "oldest"
        ordered = [row for group in grouped(view.overdue, by) for row in group.rows]
        start = request.args.get("from", 0, type=int)
        start = start if 0 <= start < len(ordered) else 0
        shown = ordered[start : start + PER_PAGE]
        closed = view.closed[:PER_PAGE]
        told = self.store.told([row.facts.key for row in (*shown, *closed)])
        report, stored = self._latest(rows, policy_of, now)
        return render_template(
            "page.html",
            view=view,
            live=self.live,
            health=self._health(view, now),
            connected=self.connected(now),
            has_address=bool(self.public_url),
            weeks=LOOK_BACK.days // 7,
            orders=ORDERS,
            by=by,
            groups=grouped(shown, by),
            closed=closed,
            speeches={
                key: speech(row, told.get(key, ()), policy_of(key.ats), now, live=self.live)
                for row in (*shown, *closed)
                for key in [row.facts.key]
            },
            earlier=max(0, start - PER_PAGE) if start else None,
            further=start + PER_PAGE if start + PER_PAGE < len(ordered) else None,
            shown_from=start + 1,
            shown_to=start + len(shown),
            unmatched=[clean(each, 120) for each in self.store.unmatched()],
            troubled=[_Trouble.of(each) for each in self.store.undelivered(TROUBLED)],
            report=report,
            stored=stored,
            last_week=Week.containing(now, self.zone).previous().label,
            now=now,
            zone=self.zone,
            counters=self.counters,
        )

    def _latest(
        self, rows: Sequence[ScorecardFacts], policy_of: PolicyOf, now: datetime
    ) -> tuple[Mapping[str, Any] | None, bool]:
        """The newest stored report, else last week as it would be reported now; and which."""
        latest = self.store.latest_report()
        if latest is not None:
            return latest.content, True
        week = Week.containing(now, self.zone).previous()
        if not rows:
            return None, False
        judged = [(row, judge(row, policy_of(row.key.ats), now)) for row in rows]
        report = compile_report(week, judged, asof=now, policy=policy_of(rows[0].key.ats))
        if not report.total.size:
            return None, False
        return {**report.as_json(), "preview": True}, False

    def _health(self, view: Overview, now: datetime) -> list[Sign]:
        signs = [_sync_sign(account, now) for account in self.accounts(now)]
        if not signs:
            signs = [
                Sign(
                    "Connection",
                    "none",
                    "No ATS is connected: set its credentials, e.g. GREENHOUSE_CLIENT_ID.",
                    fine=False,
                )
            ]
        parked, hidden = self.store.count_parked(), self.store.count_hidden()
        refused = self.counters.refused
        signs += [
            Sign(
                "Parked",
                f"{parked:,}",
                "Records that could not be read; left out until they can be."
                if parked
                else "Every record could be read.",
                fine=not parked,
            ),
            Sign(
                "Hidden",
                f"{hidden:,}",
                "Private or confidential: our account may not read them, so nobody is nudged."
                if hidden
                else "Nothing is kept from our account.",
            ),
            Sign(
                "Undeliverable",
                f"{view.undeliverable:,}",
                "Overdue, but the interviewer left or has no address: ask in person."
                if view.undeliverable
                else "Everybody who owes something can be reached.",
                fine=not view.undeliverable,
            ),
        ]
        if refused:
            meaning = "The signature did not fit since the start: see the log for what to check."
            signs.append(Sign("Webhooks refused", f"{refused:,}", meaning, fine=False))
        if self.counters.unknown:
            meaning = "Events of a type the vendor does not document; kept, and not needed."
            signs.append(Sign("Unknown events", f"{self.counters.unknown:,}", meaning))
        return signs

    def stored(self, label: str) -> StoredReport:
        """A stored report, or the request ends with 404."""
        try:
            week = Week.parse(label)
        except ValueError:
            abort(404)
        found = self.store.report(week.label)
        if found is None:
            sentence = (
                f"No report was kept for {week.label}. To print one from what is known now: "
                f"afterword report --week {week.label}"
            )
            page = render_template("error.html", title="No such report", sentence=sentence)
            abort(make_response(page, 404))
        return found

    def report(self, label: str) -> str:
        content = self.stored(label).content
        counts = {Status(name): count for name, count in content["counts"].items()}
        return render_template(
            "report.html",
            report=content,
            statuses=counted_statuses(counts),
            total=sum(counts.values()),
            kinds=list(dict.fromkeys(group["by"] for group in content["groups"])),
            answered=answers_in_words(AnswersGiven.from_json(content.get("answers"))),
            definition=DEFINITION,
        )


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A message that did not surely arrive, cleaned for the page."""

    address: str
    kind: str
    channel: str
    state: str
    at: datetime
    reason: str

    @classmethod
    def of(cls, message: OutboxMessage) -> _Trouble:
        return cls(
            address=clean(message.address, 120),
            kind=message.kind.capitalize(),
            channel=message.channel,
            state=message.state,
            at=message.finished_at or message.created_at,
            reason=clean(message.reason or "", 300),
        )


def _sync_sign(account: Account, now: datetime) -> Sign:
    label = f"Last sync, {account.name}"
    if account.synced_at is None:
        return Sign(label, "never", account.problem or "The first one has not ended.", fine=False)
    ago = in_words(now - account.synced_at)
    value = "just now" if ago == counted(0, "minute") else f"{ago} ago"
    return Sign(label, value, account.problem or "The ATS answers.", fine=not account.problem)


def pages(gate: Gate, view: Pages) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    blueprint.before_request(gate.require)

    @blueprint.get("/")
    def front() -> str:
        return view.front()

    @blueprint.get("/report/<week>")
    def report(week: str) -> str:
        return view.report(week)

    @blueprint.get("/report/<week>.csv")
    def report_csv(week: str) -> Response:
        text = ComplianceReport.from_json(view.stored(week).content).as_csv()
        return _file(text, f"afterword-{week}.csv", "text/csv")

    @blueprint.get("/report/<week>.json")
    def report_json(week: str) -> dict[str, Any]:
        return dict(view.stored(week).content)

    return blueprint


def _file(text: str, name: str, media_type: str) -> Response:
    answer = Response(text, mimetype=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
