"""The page looks back a quarter of a year, and at all that is overdue: its cost is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.model import InterviewState
from plugin.overview import Overview, overview
from plugin.pages import LOOK_BACK
from scheduler.facts import Status
from scheduler.policy import Policy
from scheduler.store import Store
from tests.plugin.test_pages import shown
from tests.plugin.web import NOW, web
from tests.scheduler.builders import application, candidate, card, interview, job, person, save
from tests.stores import emptied, opened

DAY = timedelta(days=1)
SINCE = NOW - LOOK_BACK
OLD = SINCE - DAY
POLICY = Policy(nudge_since=NOW - timedelta(days=4000))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        people = [person(f"p{n}") for n in range(1, 4)]
        save(store, *people, candidate("c1"), job("j1"), application("a1"), at=NOW)
        yield store


def talk(
    store: Store,
    id: str,
    ended: datetime | None,
    *handed_in: bool,
    state: InterviewState = InterviewState.STANDING,
) -> None:
    seats = [
        card(f"p{n}", submitted_at=ended + DAY if ended and done else None)
        for n, done in enumerate(handed_in, 1)
    ]
    save(store, interview(id, *seats, ends_at=ended, state=state), at=NOW)


def told(store: Store) -> dict[str, int]:
    """The counts of the page, the empty ones left out."""
    found = seen(store)
    assert found.total == sum(found.counts.values())
    return {status.value: count for status, count in found.counts.items() if count}


def seen(store: Store) -> Overview:
    return overview(store.open_or_ended_since(SINCE), lambda ats: POLICY, NOW, SINCE)


def test_of_what_ended_before_only_the_overdue_is_there(store: Store) -> None:
    talk(store, "old", OLD, True, False)
    assert told(store) == {"overdue": 1}
    talk(store, "called off", OLD, False, state=InterviewState.CANCELLED)
    assert told(store) == {"overdue": 1}


def test_what_ended_since_is_there_whatever_became_of_it(store: Store) -> None:
    talk(store, "at the edge", SINCE, True, False)
    talk(store, "called off", NOW - DAY, False, state=InterviewState.CANCELLED)
    talk(store, "to come", NOW + DAY, False)
    talk(store, "no date", None, False)
    assert told(store) == {
        "overdue": 1,
        "submitted": 1,
        "upcoming": 1,
        "cancelled": 1,
        "unknown": 1,
    }


def test_what_is_overdue_is_the_same_as_if_everything_were_looked_at(store: Store) -> None:
    for number in range(30):
        talk(store, f"i{number}", NOW - number * 20 * DAY, number % 2 == 0, number % 3 == 0, False)
    whole = overview(store.scorecards(), lambda ats: POLICY, NOW)
    part = seen(store)
    assert part.counts[Status.OVERDUE] == whole.counts[Status.OVERDUE] > 30
    assert [row.facts.key for row in part.overdue] == [row.facts.key for row in whole.overdue]
    assert part.total < whole.total
    assert (part.candidates, part.undeliverable) == (whole.candidates, whole.undeliverable)


def test_the_page_says_how_far_it_looks_and_where_the_rest_is(store: Store) -> None:
    talk(store, "old", OLD, True, False)
    page = shown(web(store))
    assert "Scorecards of the last 13 weeks" in page
    assert "With what is overdue from before; afterword status counts all there ever was." in page
    assert "1 candidate waits on 1 scorecard." in page


def test_a_page_about_nothing_but_history_does_not_say_that_nothing_was_ever_read(
    store: Store,
) -> None:
    talk(store, "old", OLD, True)
    page = shown(web(store))
    assert "No interview of these weeks has been read." in page
