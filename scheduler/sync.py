"""Bring the store up to date with an ATS: walk a window, ask after what vanished, answer doorbells.

Every page is stored together with the place to go on from, so a sync may die at any moment. No
network call happens inside a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.base import Ats, Window
from connectors.errors import BadRequest, BrokenPaging, ConnectorError
from connectors.model import Interview, Kind, Page, Parked, Ref, utc
from scheduler.facts import ScorecardFacts
from scheduler.policy import Policy, due_of, ended_at
from scheduler.store import LeaseLost, Store, StoreProblem, SyncRun, Waiting

Clock = Callable[[], datetime]
OnPage = Callable[[str, Page], None]
"""Called with the account's name after each stored page of the walk."""

AROUND = timedelta(days=14)
"""How far the window of an everyday sync reaches into the past and the future."""
OVERLAP = timedelta(days=1)
REREAD_EVERY = timedelta(days=1)
MOST_PARKED = 0.2
"""Beyond this share of unreadable records the vendor has changed something (case 39)."""
REFS_AT_ONCE = 200
STAMPED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What one sync of one account came to."""

    ats: str
    outcome: str
    """``ok``, ``partial`` (the next run goes on), ``failed`` (somebody has to act), ``busy``."""
    records: int = 0
    written: int = 0
    """Rows that were new or differed."""
    parked: int = 0
    error: str | None = None
    """One sentence; None when ok."""


def sync_all(
    accounts: Iterable[Ats],
    store: Store,
    *,
    now: datetime,
    owner: str,
    store_names: bool,
    clock: Clock,
    since: datetime | None = None,
    history_days: int = 90,
    on_page: OnPage | None = None,
) -> list[SyncOutcome]:
    """Sync each account; what happens to one does not stop the others (case 29)."""
    return [
        sync(
            ats,
            store,
            now=now,
            owner=owner,
            store_names=store_names,
            clock=clock,
            since=since,
            history_days=history_days,
            on_page=on_page,
        )
        for ats in accounts
    ]


def sync(
    ats: Ats,
    store: Store,
    *,
    now: datetime,
    owner: str,
    store_names: bool,
    clock: Clock,
    since: datetime | None = None,
    history_days: int = 90,
    on_page: OnPage | None = None,
) -> SyncOutcome:
    """Sync one account. What the ATS does wrong is an outcome; only StoreProblem is raised.

    ``since``: walk from there instead; ``history_days``: how far back the first sync reaches;
    ``owner``: who this process is, for the lease.
    """
    run = store.begin_sync(ats.name, owner, now)
    if run is None:
        return SyncOutcome(ats.name, "busy", error=f"Another sync of {ats.name} is under way.")
    walk = _Walk.resumed_or_new(run.state, now, since, history_days)
    work = _Work(ats, store, run, store_names, on_page)
    outcome, error, state = "ok", None, walk.done()
    try:
        work.walk(walk)
        work.ask_after_vanished(walk)
        state |= _fresh(work.fresh_as_of or walk.fresh_as_of, run.state.get("fresh_as_of"))
        if _reread_is_due(run.state, now):
            work.reread_open(walk.window)
            state["reread_at"] = now.isoformat()
        answered = answer_doorbells(ats, store, now, store_names=store_names)
        if answered.error is not None:
            outcome, error = "partial", answered.error
        flaw = work.too_many_parked()
        if flaw:
            outcome, error, state = "failed", flaw, {"pull": None}
    except LeaseLost as problem:
        return work.outcome("partial", str(problem))
    except ConnectorError as problem:
        outcome, error = ("failed" if problem.permanent else "partial"), problem.message
        # A place from which the ATS does not let us go on is none.
        state = {"pull": None} if isinstance(problem, BadRequest | BrokenPaging) else {}
    except BaseException:
        with suppress(StoreProblem):
            store.finish_sync(run, "partial", "It was stopped before its end.", clock())
        raise
    store.finish_sync(run, outcome, error, clock(), state=state)
    return work.outcome(outcome, error)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A pass over a window, possibly begun by an earlier run."""

    window: Window
    began: datetime
    state: Mapping[str, Any]
    fresh_as_of: datetime | None = None
    """As the pages before an interruption said."""

    @classmethod
    def resumed_or_new(
        cls, stored: Mapping[str, Any], now: datetime, since: datetime | None, history_days: int
    ) -> _Walk:
        pull = stored.get("pull")
        if pull and (since is None or utc(pull["since"]) == since):
            window = Window(utc(pull["since"]), utc(pull["until"]))
            fresh = pull.get("fresh_as_of")
            return cls(window, utc(pull["began"]), pull["state"], utc(fresh) if fresh else None)
        if since is None:
            complete = stored.get("complete_at")
            since = now - timedelta(days=history_days)
            if complete:
                # A mark in the future would leave a gap (case 36).
                since = min(now - AROUND, min(utc(complete), now) - OVERLAP)
        return cls(Window(since, now + AROUND), now, {})

    def checkpoint(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "began": self.began.isoformat(),
            "state": dict(state),
        }

    def done(self) -> dict[str, Any]:
        """The state to leave behind: everything up to the beginning of the walk is known."""
        return {"pull": None, "complete_at": self.began.isoformat()}


@dataclass
class _Work:
    """One run: what it has seen and counted."""

    ats: Ats
    store: Store
    run: SyncRun
    store_names: bool
    on_page: OnPage | None
    fresh_as_of: datetime | None = None
    """Of the whole walk, once it is complete."""
    seen: set[str] = field(default_factory=set)
    """Ids of interviews that the ATS spoke of."""
    read: Counter[Kind] = field(default_factory=Counter)
    parked: Counter[Kind] = field(default_factory=Counter)
    records: int = 0
    written: int = 0

    def walk(self, walk: _Walk) -> None:
        for page in self.ats.pull(walk.window, walk.state):
            self._save(page, walk.checkpoint(page.state) | _fresh(page.fresh_as_of))
            self.fresh_as_of = page.fresh_as_of
            if self.on_page is not None:
                self.on_page(self.ats.name, page)

    def ask_after_vanished(self, walk: _Walk) -> None:
        """What is stored and was not seen is asked for by name (trap 17: deleted rows just vanish).

        What was stored first since the walk began was seen in it, if by an earlier run.
        """
        stored = self.store.interview_ids(self.ats.name, walk.window, known_before=walk.began)
        self._read_again(stored - self.seen)

    def reread_open(self, window: Window) -> None:
        """Open scorecards beyond the window: handed in late, deleted, or moved back into it."""
        self._read_again(self.store.open_interview_ids(self.ats.name, window) - self.seen)

    def too_many_parked(self) -> str | None:
        """The sentence that fails the run: of everything, or of the interviews alone."""
        for kinds, what in ((tuple(Kind), "records"), ((Kind.INTERVIEW,), "interviews")):
            parked = sum(self.parked[kind] for kind in kinds)
            total = parked + sum(self.read[kind] for kind in kinds)
            if parked > MOST_PARKED * total:
                return (
                    f"{parked} of {total} {what} of {self.ats.name} could not be read: the ATS has "
                    "probably changed its format. See the parked records, and upgrade Afterword."
                )
        return None

    def outcome(self, outcome: str, error: str | None) -> SyncOutcome:
        parked = self.parked.total()
        return SyncOutcome(self.ats.name, outcome, self.records, self.written, parked, error)

    def _read_again(self, interview_ids: set[str]) -> None:
        refs = [Ref(Kind.INTERVIEW, each) for each in sorted(interview_ids)]
        for start in range(0, len(refs), REFS_AT_ONCE):
            for page in self.ats.read(refs[start : start + REFS_AT_ONCE]):
                self._ask_after_candidates(page)
                self._save(page, None)

    def _ask_after_candidates(self, page: Page) -> None:
        """Whether an interview is gone alone or with its candidate, whose name then goes too.

        Asked before it is known to be gone, so that a run that dies here asks again.
        """
        gone = [ref.id for ref in page.missing if ref.kind is Kind.INTERVIEW]
        names = self.store.candidate_ids(self.ats.name, gone)
        refs = [Ref(Kind.CANDIDATE, each) for each in sorted(names)]
        for more in self.ats.read(refs) if refs else ():
            self._save(more, None)

    def _save(self, page: Page, checkpoint: Mapping[str, Any] | None) -> None:
        saved = self.store.save_page(
            self.ats.name,
            page,
            store_names=self.store_names,
            sync_run=self.run,
            checkpoint=checkpoint,
        )
        self.records += len(page.records)
        self.written += saved.written
        spoken_of = [*(flaw.ref for flaw in page.parked), *page.missing]
        self.seen.update(ref.id for ref in spoken_of if ref.kind is Kind.INTERVIEW)
        self.seen.update(each.id for each in page.records if isinstance(each, Interview))
        self.parked.update(flaw.ref.kind for flaw in page.parked)
        self.read.update(
            Kind.INTERVIEW if isinstance(each, Interview) else Kind.PERSON for each in page.records
        )


def known_until(store: Store, ats: str) -> datetime | None:
    """Everything up to then was read: when the last whole walk began. None: there was none."""
    connection = store.connection(ats)
    complete = connection.state.get("complete_at") if connection else None
    return utc(complete) if complete else None


def _fresh(fresh_as_of: datetime | None, stored: str | None = None) -> dict[str, str]:
    """A copy does not grow older; while it is being made anew its keeper may not know its age."""
    if fresh_as_of is None:
        return {}
    return {"fresh_as_of": max(fresh_as_of, utc(stored) if stored else fresh_as_of).isoformat()}


def _reread_is_due(stored: Mapping[str, Any], now: datetime) -> bool:
    last = stored.get("reread_at")
    return last is None or not now - REREAD_EVERY < utc(last) <= now


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of the doorbells."""

    settled: int
    error: str | None = None
    """Why the rest still waits."""


def answer_doorbells(ats: Ats, store: Store, now: datetime, *, store_names: bool) -> Answered:
    """Read again what waiting webhooks are about. What could not be read stays waiting.

    A single delivery that the ATS refuses to talk about is parked, so that the others go on.
    """
    settled = 0
    while waiting := store.waiting(ats.name, REFS_AT_ONCE):
        try:
            try:
                _read_refs(ats, store, waiting, store_names)
            except BadRequest:
                settled += _answer_each(ats, store, waiting, now, store_names)
                continue
        except ConnectorError as problem:
            return Answered(settled, problem.message)
        store.settle([each.id for each in waiting], "done", None, now)
        settled += len(waiting)
    return Answered(settled)


def _answer_each(
    ats: Ats, store: Store, waiting: Iterable[Waiting], now: datetime, store_names: bool
) -> int:
    settled = 0
    for each in waiting:
        try:
            _read_refs(ats, store, [each], store_names)
        except BadRequest as problem:
            store.settle([each.id], "parked", problem.message, now)
        else:
            store.settle([each.id], "done", None, now)
            settled += 1
    return settled


def _read_refs(ats: Ats, store: Store, waiting: Iterable[Waiting], store_names: bool) -> None:
    refs = sorted({ref for each in waiting for ref in each.refs})
    if refs:
        for page in ats.read(refs):
            store.save_page(ats.name, page, store_names=store_names)


def stamp_due(store: Store, policy: Policy, now: datetime, *, ats: str | None = None) -> int:
    """Stamp ``due_at`` on the scorecards of interviews that have ended; returns how many.

    A row that cannot be judged is parked and does not stop the others (case 57). In parts, since
    after a long backfill there is more to stamp than memory should hold.
    """
    stamped, last = 0, None
    beyond = now + timedelta(seconds=1)  # what ends right now has ended
    while rows := store.scorecards(
        ats=ats, ended_until=beyond, unstamped=True, after=last, limit=STAMPED_AT_ONCE
    ):
        stamped += _stamp(store, rows, policy, now)
        last = rows[-1].key
    return stamped


def _stamp(store: Store, rows: Iterable[ScorecardFacts], policy: Policy, now: datetime) -> int:
    stamps = []
    bad: dict[tuple[str, str], str] = {}
    for facts in rows:
        try:
            ended = ended_at(facts, policy)
            if ended is not None and ended <= now and ended != facts.due_for:
                stamps.append((facts.key, due_of(facts, ended, policy), ended))
        except Exception as problem:  # whatever it is, the other rows must go on
            bad[facts.key.ats, facts.key.interview_id] = type(problem).__name__
    for (name, interview_id), problem_name in bad.items():
        flaw = Parked(
            Ref(Kind.INTERVIEW, interview_id), "due_at", f"cannot be worked out ({problem_name})"
        )
        store.park(name, [flaw], now)
    return store.stamp_due(stamps, now)
