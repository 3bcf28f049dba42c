"""``/healthz`` and ``/readyz``: whether the process answers, and whether it can do its work.

Both are open to everybody, so they hold counts and account names only, nothing personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint

from scheduler.store import StoreProblem


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


def health(
    *,
    store: SyncStore,
    accounts: Callable[[datetime], Sequence[Account]],
    heartbeat: Callable[[], datetime | None],
    clock: Callable[[], datetime],
    too_old: timedelta,
    pulse: timedelta,
) -> Blueprint:
    """``heartbeat``: when the jobs last ticked; older than ``pulse`` means that they have stopped.

    A sync that failed once does not take the service out of rotation, one that is ``too_old`` does.
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
        except StoreProblem as problem:
            checks.append(Check("store", False, str(problem)))
        good = all(check.ok for check in checks)
        body = {
            "status": "ok" if good else "not ready",
            "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks],
        }
        return body, 200 if good else 503

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
