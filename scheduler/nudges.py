"""One person, one digest, one send.

For a few messages at a time: read their interviews again from the ATS, judge again, claim, send,
finish. A dry run stops after the plan and leaves no trace, so that going live later loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from scheduler.carriers import TROUBLE
from scheduler.channels import in_order
from scheduler.drafting import Entry, Nudging, Outcome, afresh, entry_of, look_up, without, worded
from scheduler.plan import Draft, Plan, StepOf, plan
from scheduler.sender import BATCH, LEASE, UNREAD, Sender, batch_of
from scheduler.store import Store

__all__ = [
    "BATCH",
    "LEASE",
    "TROUBLE",
    "UNREAD",
    "Entry",
    "Nudging",
    "Outcome",
    "dry_run",
    "in_doubt",
    "make_plan",
    "run",
]


def make_plan(nudging: Nudging, now: datetime) -> Plan:
    """Who is spoken to at ``now``. Reads the store and changes nothing."""
    rows = nudging.store.scorecards(open_only=True)
    known = look_up(nudging, [row.key for row in rows])
    return plan(rows, known, now, most=nudging.most_messages)


def dry_run(nudging: Nudging, now: datetime) -> Outcome:
    """What a live run would send now, if the store is up to date. Claims and asks nothing."""
    taken_up: list[tuple[Draft, str]] = []
    void: set[StepOf] = set()
    for outgoing in nudging.store.resumable(now):
        fresh, _ = afresh(nudging, outgoing.address, outgoing.steps, now)
        void |= set(outgoing.steps) - set(fresh.steps if fresh else ())
        if fresh is not None and fresh.hours.open_at(now):
            taken_up.append((fresh, outgoing.channel))
    rows = nudging.store.scorecards(open_only=True)
    known = without(look_up(nudging, [row.key for row in rows]), void, {"planned"})
    spoken = {draft.to.address for draft, _ in taken_up}
    known = replace(
        known, last_written=lambda to: now if to in spoken else nudging.store.last_message_at(to)
    )
    planned = plan(rows, known, now, most=nudging.most_messages)
    outcome = Outcome(plan=planned, set_aside=list(planned.set_aside))
    outcome.paused = nudging.store.paused(now)
    drafts = [*taken_up, *((draft, _first(nudging, draft)) for draft in planned.drafts)]
    for number, (draft, through) in enumerate(drafts, start=1):
        message = worded(nudging, draft, now, f"dry-run-{number}", outcome)
        if message is not None:
            outcome.entries.append(entry_of(draft, message, through))
    return outcome


def _first(nudging: Nudging, draft: Draft) -> str:
    """The channel that a live run would try first, ``console`` when none is set up."""
    order = in_order(nudging.notifiers, draft)
    return order[0].name if order else "console"


def run(
    nudging: Nudging,
    now: datetime,
    *,
    on_message: Callable[[int, int], None] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Take up what an earlier run left unsent, then send what is due at ``now``.

    ``on_message`` is told how many of how many were dealt with; once ``stopping`` says so, the
    message at hand is the last. Raises StoreProblem.
    """
    outcome = Outcome()
    if not nudging.notifiers:
        outcome.problems.append(
            "Nothing can be sent: set SLACK_BOT_TOKEN or SMTP_URL (with MAIL_FROM), then try again."
        )
        return outcome
    outcome.problems += in_doubt(nudging.store, now)
    outcome.paused = nudging.store.paused(now)
    if outcome.paused is not None:
        return outcome
    sender = Sender(nudging, now, outcome, stopping)
    sender.begin()
    sender.settle_doubts()
    sender.take_up_left_over()
    planned = make_plan(nudging, now)
    outcome.set_aside += planned.set_aside
    waiting = [*planned.drafts, *planned.later]
    held: list[Draft] = []
    spoken = done = 0
    while waiting and spoken < nudging.most_messages and sender.may_begin():
        batch = batch_of(waiting[: nudging.most_messages - spoken])
        del waiting[: len(batch)]
        ready = [draft for draft in batch if sender.carriers.is_open(draft)]
        held += [draft for draft in batch if draft not in ready]
        unread = sender.refresh(key for draft in ready for key, _ in draft.steps)
        for draft in ready:
            if sender.may_speak(draft):
                spoken += sender.speak(draft, unread)
            else:
                held.append(draft)
        done += len(batch)
        if on_message is not None:
            on_message(min(done, len(planned.drafts)), len(planned.drafts))
    outcome.plan = replace(planned, later=(*held, *waiting))
    sender.end()
    return outcome


def in_doubt(store: Store, now: datetime) -> list[str]:
    """Give up the messages whose sender died while sending; one sentence for each (case 45)."""
    return [
        f"Message {message_id} may or may not have arrived: shown as unknown, not sent again."
        for message_id in store.expired(now)
    ]
