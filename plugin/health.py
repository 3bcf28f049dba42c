"""``/healthz`` and ``/readyz``: whether the process answers, and whether it can do its work.

Both are open to everybody, so they hold counts and account names only, nothing personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint

from scheduler.audit import Difference, found_in
from scheduler.phrases import counted
from scheduler.store import Pause, StoredAudit, StoreProblem

MOST_SHOWN = 100
"""Differences in one answer."""


@dataclass(frozen=True, slots=True)
class Account:
    """How the sync of one connected account is doing."""

    name: str
    synced_at: datetime | None
    """When the last sync that read everything ended; None: none yet."""
    problem: str = ""
    """One sentence when it needs attention: too old, refused, scope missing."""


class SyncStore(Protocol):
    def ping(self) -> None: ...
    def last_sync(self, ats: str) -> Mapping[str, Any] | None: ...
    def last_complete_sync(self, ats: str) -> datetime | None: ...


class HealthStore(SyncStore, Protocol):
    def paused(self, now: datetime) -> Pause | None: ...
    def channel_pauses(self) -> Mapping[str, Pause]: ...
    def audit(self) -> StoredAudit | None: ...


def accounts_at(
    store: SyncStore, names: Iterable[str], now: datetime, too_old: timedelta
) -> list[Account]:
    """Each account with what is wrong about its sync, if anything is. Raises StoreProblem."""
    found = []
    for name in names:
        complete = store.last_complete_sync(name)
        last = store.last_sync(name) or {}
        problem = ""
        if last.get("outcome") in ("failed", "partial"):
            problem = str(last.get("error") or f"The last sync of {name} did not end well.")
        elif complete is None:
            problem = "The first sync is under way." if last else "No sync has been made yet."
        elif now - complete > too_old:
            hours = int((now - complete).total_seconds() // 3600)
            problem = f"The last whole sync is {hours} hours old: see the log of this service."
        found.append(Account(name, complete, problem))
    return found


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str
    vital: bool = True
    """Without it the service cannot do its work (503); else it is degraded, and goes on (200)."""
    differences: tuple[Difference, ...] = ()


def health(
    *,
    store: HealthStore,
    accounts: Callable[[datetime], Sequence[Account]],
    heartbeat: Callable[[], datetime | None],
    clock: Callable[[], datetime],
    too_old: timedelta,
    pulse: timedelta,
) -> Blueprint:
    """``heartbeat``: when the jobs last ticked; older than ``pulse`` means that they have stopped.

    A sync that failed once does not take the service out of rotation, one that is ``too_old`` does.
    A pause, a channel that is down or a difference found by the auditor makes it ``degraded``, with
    200: to restart it or to send its webhooks and pages elsewhere would mend none of them.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> dict[str, Any]:
        return {"status": "ok", "detail": "The process answers."}

    @blueprint.get("/readyz")
    def ready() -> tuple[dict[str, Any], int]:
        now = clock()
        checks = [_jobs(heartbeat(), now, pulse)]
        try:
            store.ping()
            checks.append(Check("store", True, "The store answers."))
            checks += [_sync(each, now, too_old) for each in accounts(now)]
            checks += [_pause(store.paused(now)), _channels(store.channel_pauses())]
            checks.append(_audit(store.audit()))
        except StoreProblem as problem:
            checks.append(Check("store", False, str(problem)))
        able = all(check.ok for check in checks if check.vital)
        well = all(check.ok for check in checks)
        body = {
            "status": "ok" if well else "degraded" if able else "not ready",
            "checks": [_shown(each) for each in checks],
        }
        return body, 200 if able else 503

    return blueprint


def _jobs(beat: datetime | None, now: datetime, pulse: timedelta) -> Check:
    if beat is None:
        return Check("jobs", False, "The jobs have not begun yet.")
    if now - beat > pulse:
        minutes = int((now - beat).total_seconds() // 60)
        return Check("jobs", False, f"The jobs have not ticked for {minutes} minutes: restart.")
    return Check("jobs", True, "The jobs tick.")


def _sync(account: Account, now: datetime, too_old: timedelta) -> Check:
    recent = account.synced_at is not None and now - account.synced_at <= too_old
    return Check(f"sync {account.name}", recent, account.problem or "Recent enough.")


def _pause(pause: Pause | None) -> Check:
    if pause is None:
        return Check("pause", True, "Messages are not paused.", vital=False)
    until = f", until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    detail = f"All messages are paused since {pause.since:%Y-%m-%d %H:%M} UTC{until}."
    return Check("pause", False, detail, vital=False)


def _channels(pauses: Mapping[str, Pause]) -> Check:
    if not pauses:
        return Check("channels", True, "No channel is known to be broken.", vital=False)
    detail = " ".join(
        f"{each.scope} is down since {each.since:%Y-%m-%d %H:%M} UTC: the page says why."
        for each in pauses.values()
    )
    return Check("channels", False, detail, vital=False)


def _audit(audit: StoredAudit | None) -> Check:
    found = found_in(audit)
    if not found:
        detail = "What was said is what should have been said." if audit else "No audit yet."
        return Check("audit", True, detail, vital=False)
    detail = f"{counted(len(found), 'difference')}: `afterword audit` explains them."
    return Check("audit", False, detail, vital=False, differences=found)


def _shown(check: Check) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": check.name, "ok": check.ok, "detail": check.detail}
    if check.differences:
        wanted = ("kind", "ats", "interview", "interviewer", "step", "message")
        rows = [each.as_row() for each in check.differences[:MOST_SHOWN]]
        shown["differences"] = [{name: row.get(name) for name in wanted} for row in rows]
    return shown
