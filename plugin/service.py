"""What the service repeats, as one step each. ``afterword run`` ticks them; stories call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.notify.base import MessageKind, Rewriting
from connectors.notify.slack import Slack
from plugin.slack_people import look_at_members
from plugin.watching import Watch
from plugin.wiring import Afterword
from scheduler import faces, nudges, weekly
from scheduler.doubt import clear_up
from scheduler.jobs import Job
from scheduler.store import StoreProblem
from scheduler.sync import answer_doorbells, stamp_due, sync

SYNC_EVERY = timedelta(minutes=15)
DOORBELLS_EVERY = timedelta(minutes=1)
SPEAK_EVERY = timedelta(minutes=5)
AUDIT_EVERY = timedelta(minutes=30)
FACES_EVERY = timedelta(minutes=1)
MEMBERS_EVERY = timedelta(hours=1)
TIDY_EVERY = timedelta(hours=6)
KEEP_BODIES = timedelta(days=14)
"""Bodies of webhooks hold candidates' data; so long they may be needed to understand a fault."""

log = structlog.get_logger("afterword.service")


@dataclass(frozen=True)
class Service:
    """The steps. None of them raises for what the outside or the database can cause."""

    afterword: Afterword
    owner: str
    """Who this process is, for leases."""
    stopping: Callable[[], bool] = lambda: False
    """Whether long work should end at its next safe point."""
    said: dict[str, list[str]] = field(default_factory=dict)
    """The problems of each job's last run: what stays wrong is not said at every tick."""
    steady: Callable[[datetime, str], bool] = lambda now, job: True
    """Whether the wall clock can be believed now (plugin/steady.py)."""
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "watch", Watch(self.afterword, since=self.afterword.clock()))

    def jobs(self) -> list[Job]:
        """The table: what runs, and how often it looks for work."""
        return [
            Job("sync", SYNC_EVERY, _guarded(self.sync)),
            Job("doorbells", DOORBELLS_EVERY, _guarded(self.doorbells)),
            Job("nudges", SPEAK_EVERY, _guarded(self.nudges)),
            Job("report", SPEAK_EVERY, _guarded(self.report)),
            Job("audit", AUDIT_EVERY, _guarded(self.watch.audit)),
            Job("alarms", SPEAK_EVERY, _guarded(self.watch.alarms)),
            Job("faces", FACES_EVERY, _guarded(self.faces)),
            Job("members", MEMBERS_EVERY, _guarded(self.members)),
            Job("tidy", TIDY_EVERY, _guarded(self.tidy)),
        ]

    def sync(self) -> bool:
        """Pull from every account, and stamp what is due. One account stops no other."""
        parts = self.afterword
        for ats in parts.accounts.values():
            now = parts.clock()
            outcome = sync(
                ats,
                parts.store,
                now=now,
                owner=self.owner,
                store_names=parts.settings.store_names,
                clock=parts.clock,
                history_days=parts.settings.history_days,
            )
            log.info(
                "synced",
                account=ats.name,
                outcome=outcome.outcome,
                records=outcome.records,
                written=outcome.written,
                parked=outcome.parked,
                problem=outcome.error,
            )
        for name, policy in parts.policies().items():  # imported ones too
            stamp_due(parts.store, policy, parts.clock(), ats=name)
        return False

    def doorbells(self) -> bool:
        """Read again what webhooks rang about. Before the first sync there is nothing to renew."""
        parts = self.afterword
        for ats in parts.accounts.values():
            if parts.store.connection(ats.name) is None:
                continue
            answered = answer_doorbells(
                ats, parts.store, parts.clock(), store_names=parts.settings.store_names
            )
            if answered.settled or answered.error:
                log.info(
                    "answered doorbells",
                    account=ats.name,
                    settled=answered.settled,
                    problem=answered.error,
                )
        return False

    def nudges(self) -> bool:
        """Send what is due, to everybody in their own working hours, when live."""
        parts = self.afterword
        now = parts.clock()
        if not parts.settings.live:
            return False
        if not self.steady(now, "nudges"):
            log.warning("the clock on the wall jumped; nothing is sent before the next tick")
            return False
        outcome = nudges.run(parts.nudging(), now, stopping=self.stopping)
        aside = [
            f"Set aside: {each.key.ats} interview {each.key.interview_id}: {each.reason}."
            for each in outcome.set_aside
        ]
        problems = self._new("nudges", [*outcome.problems, *aside])
        if outcome.entries or problems:
            log.info(
                "nudged",
                **Counter(each.delivery.state.value for each in outcome.entries if each.delivery),
                held_back=outcome.plan.held_back,
                withdrawn=len(outcome.withdrawn),
                undeliverable=len(outcome.plan.undeliverable),
                problems=problems,
            )
        return False

    def report(self) -> bool:
        """Send last week's report once its Monday morning has come, when live."""
        parts = self.afterword
        now = parts.clock()
        if not parts.settings.live or not parts.settings.report_to or parts.store.paused(now):
            return False
        if not self.steady(now, "report"):
            return False
        clear_up(
            parts.store,
            tuple(parts.notifiers.values()),
            (MessageKind.REPORT,),
            parts.settings.on_ambiguous,
            now,
        )
        sent = weekly.send_weekly(parts.weekly(), now, refresh=self.sync)
        problems = self._new("report", sent.problems)
        if sent.deliveries or problems:
            log.info("reported", messages=len(sent.deliveries), problems=problems)
        return False

    def faces(self) -> bool:
        """Bring the messages that were sent up to date, where the channel can change them."""
        parts = self.afterword
        for notifier in parts.notifiers.values():
            if not isinstance(notifier, Rewriting):
                continue
            showing = faces.Showing(
                parts.store,
                parts.policies(),
                notifier,
                parts.hours_of,
                parts.settings.timezone,
                notifier.name,
            )
            done = faces.bring_up_to_date(showing, parts.clock(), self.stopping)
            problems = self._new(f"faces {notifier.name}", done.problems)
            if done.changed or done.closed or problems:
                log.info("rewrote", changed=done.changed, closed=done.closed, problems=problems)
        return False

    def members(self) -> bool:
        """Look once a day at who is who in Slack, in which zone, and who is away."""
        parts = self.afterword
        slack = parts.notifiers.get("slack")
        if isinstance(slack, Slack):
            looked = look_at_members(parts.store, slack, parts.clock())
            problems = self._new("members", looked.problems)
            if looked.looked_at or problems:
                log.info(
                    "looked people up in Slack",
                    people=looked.looked_at,
                    unmatched=looked.unmatched,
                    problems=problems,
                )
        return False

    def tidy(self) -> bool:
        """Forget what is no longer needed."""
        parts = self.afterword
        forgotten = parts.store.forget_bodies(parts.clock() - KEEP_BODIES)
        if forgotten:
            log.info("forgot webhook bodies", count=forgotten)
        return False

    def _new(self, job: str, problems: list[str]) -> list[str]:
        """Those that were not said at the job's last run."""
        before = self.said.get(job, [])
        self.said[job] = problems
        return [each for each in problems if each not in before]


def _guarded(step: Callable[[], bool]) -> Callable[[], bool]:
    """A database that is away for a while is said, and tried again at the next tick."""

    def guarded() -> bool:
        try:
            return step()
        except StoreProblem as problem:
            log.warning("the store did not answer", problem=str(problem))
            return False

    return guarded
