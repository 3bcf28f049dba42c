"""An ATS behind a middleman's copy: nobody is called late, or spoken to, on the copy's old word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.ats.base import Window
from connectors.errors import Unreachable
from connectors.model import NaiveTime, Page
from scheduler.deciding import decide
from scheduler.facts import Status, Told
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.store import Store
from scheduler.sync import sync
from scheduler.workdays import DayCount
from tests.scheduler.builders import DAY, HOUR, MONDAY, FakeAts, world
from tests.scheduler.cards import DUE, END, card

POLICY = Policy(day_count=DayCount.CALENDAR, nudge_since=END - 30 * DAY)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("fresh_as_of", "status"),
    [
        (None, Status.OVERDUE),
        (DUE - HOUR, Status.UNKNOWN),
        (DUE, Status.UNKNOWN),
        (DUE + SECOND, Status.OVERDUE),
    ],
)
def test_nothing_is_overdue_before_the_copy_is_younger_than_the_due_moment(
    fresh_as_of: datetime | None, status: Status
) -> None:
    judgement = judge(card(fresh_as_of=fresh_as_of), POLICY, DUE + DAY)
    assert judgement.status is status
    assert ("copy" in judgement.reason) is (status is Status.UNKNOWN)


def test_an_old_copy_changes_nothing_else() -> None:
    old = END - DAY
    assert judge(card(fresh_as_of=old), POLICY, DUE).status is Status.AWAITING
    assert judge(card(fresh_as_of=old), POLICY, END - HOUR).status is Status.UPCOMING
    late = card(fresh_as_of=old, submitted_at=DUE + HOUR)
    assert judge(late, POLICY, DUE + DAY).status is Status.SUBMITTED_LATE


def step(fresh_as_of: datetime | None, *told: Told, now: datetime) -> str | None:
    facts = card(fresh_as_of=fresh_as_of)
    found = decide(facts, judge(facts, POLICY, now), told, POLICY, now).step
    return found.name if found else None


def test_a_step_waits_until_the_copy_is_younger_than_its_moment() -> None:
    now, first = DUE + 3 * DAY, Told("nudge 1", "sent", DUE + HOUR)
    assert step(DUE + 2 * DAY - HOUR, first, now=now) is None
    assert step(DUE + 2 * DAY, first, now=now) == "nudge 2"


def test_what_was_handed_in_since_the_last_message_must_have_had_time_to_show() -> None:
    told = Told("nudge 1", "sent", DUE + 2 * DAY - HOUR)
    now = DUE + 4 * DAY
    assert step(DUE + 2 * DAY + 18 * HOUR, told, now=now) is None
    assert step(DUE + 2 * DAY + 20 * HOUR, told, now=now) == "nudge 2"


def test_a_copy_from_the_future_is_no_more_than_now() -> None:
    assert step(DUE + 9 * DAY, now=DUE + HOUR) == "nudge 1"


def test_a_page_refuses_a_copy_whose_age_has_no_zone() -> None:
    with pytest.raises(NaiveTime):
        Page((), MONDAY, fresh_as_of=MONDAY.replace(tzinfo=None))


@dataclass
class CopiedAts(FakeAts):
    fresh_as_of: datetime | None = field(default=MONDAY)

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        for page in super().pull(window, state):
            yield replace(page, fresh_as_of=self.fresh_as_of)


def known(store: Store) -> set[datetime | None]:
    return {facts.fresh_as_of for facts in store.scorecards()}


def run(ats: FakeAts, store: Store, now: datetime) -> str:
    return sync(
        ats.at(now), store, now=now, owner="me", store_names=True, clock=lambda: now
    ).outcome


def test_a_complete_sync_tells_how_old_the_copy_is_and_it_never_grows_older(store: Store) -> None:
    ats = CopiedAts(name="copied").with_records(*world())
    assert isinstance(ats, CopiedAts)
    assert (run(ats, store, MONDAY + HOUR), known(store)) == ("ok", {MONDAY})
    ats.fresh_as_of = MONDAY - DAY
    assert (run(ats, store, MONDAY + 2 * HOUR), known(store)) == ("ok", {MONDAY})
    ats.fresh_as_of = MONDAY + DAY
    assert (run(ats, store, MONDAY + DAY), known(store)) == ("ok", {MONDAY + DAY})


def test_half_a_sync_makes_nothing_younger(store: Store) -> None:
    ats = CopiedAts(name="copied").with_records(*world())
    assert isinstance(ats, CopiedAts)
    ats.failing_after(6, Unreachable("gone"))
    assert run(ats, store, MONDAY + HOUR) == "partial"
    (never,) = known(store)
    assert never is not None
    assert never < datetime(2000, 1, 1, tzinfo=UTC)
    assert (run(ats, store, MONDAY + HOUR), known(store)) == ("ok", {MONDAY})
    ats.fresh_as_of = MONDAY + DAY
    ats.failing_after(3, Unreachable("gone"))
    assert (run(ats, store, MONDAY + DAY), known(store)) == ("partial", {MONDAY})


def test_an_ats_that_answers_itself_has_no_age(store: Store) -> None:
    assert run(FakeAts().with_records(*world()), store, MONDAY + HOUR) == "ok"
    assert known(store) == {None}
