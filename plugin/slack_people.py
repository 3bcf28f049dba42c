"""Who is who on Slack, remembered by the store: for notifications, answers and working hours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.notify.slack import Slack
from connectors.notify.slack_errors import PROBLEMS, harmless
from connectors.notify.slack_people import Found
from plugin.clock import Clock
from scheduler.store import Member, Store, StoreProblem

STALE = timedelta(hours=20)
"""People travel, leave and fall ill: everybody is looked at again once a day."""


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """The directory of the Slack notifier, kept in the store."""

    store: Store
    clock: Clock

    def user_of(self, address: str) -> str | None:
        with suppress(StoreProblem):  # then it is looked up
            known = self.store.members([address]).get(address)
            return known.user_id if known and known.active else None
        return None

    def found(self, found: Found) -> None:
        with suppress(StoreProblem):  # and again next time
            self.store.save_members([member_of(found, self.clock())])


@dataclass
class Looked:
    """What looking at everybody brought."""

    looked_at: int = 0
    unmatched: int = 0
    problems: list[str] = field(default_factory=list)
    """One sentence each, without names."""


def member_of(found: Found, now: datetime) -> Member:
    return Member(
        found.address, found.user_id, found.zone, found.away_until, found.active, looked_at=now
    )


def look_at_members(store: Store, slack: Slack, now: datetime) -> Looked:
    """Look again at everybody who was not looked at today, and forget who left the ATS.

    A person whom Slack does not know is kept as such, never guessed. Raises StoreProblem.
    """
    wanted = store.addresses_to_match()
    store.forget_members(wanted)
    known = store.members(wanted)
    stale = [
        address
        for address in wanted
        if address not in known or now - known[address].looked_at >= STALE
    ]
    looked = Looked()
    try:
        for found in slack.people.look_at(stale, now):
            store.save_members([member_of(found, now)])
            looked.looked_at += 1
    except PROBLEMS as problem:
        looked.problems.append(
            f"Not everybody could be looked up in Slack: {harmless(problem).reason}"
        )
    looked.unmatched = len(store.unmatched())
    return looked
