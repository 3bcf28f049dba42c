"""Real runs over a week of a small company, and the same told again: message for message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import ApplicationState, Interview
from scheduler.answers import Answer, AnswerKind
from scheduler.hours import Hours, Working
from scheduler.policy import Policy
from scheduler.rulebook import Rulebook
from scheduler.store import Store
from tests.scheduler.builders import DAY, HOUR, MONDAY, application, card, interview, key, world
from tests.scheduler.retold import Past, lived, replayed

SINCE, UNTIL, EVERY = MONDAY - 10 * HOUR, MONDAY + 11 * DAY, timedelta(hours=5)
MEETINGS: tuple[Interview, ...] = (
    interview("i1", card("p1"), card("p2", submitted_at=MONDAY + 2 * DAY + 5 * HOUR)),
    interview("i2", card("p1"), ends_at=MONDAY + 30 * HOUR),
    interview("i3", card("p1", submitted_at=MONDAY + 4 * DAY), ends_at=MONDAY + 31 * HOUR),
    interview("i4", card("p2"), application_id="a2", ends_at=MONDAY + 8 * HOUR),
    interview("i5", card("p2"), ends_at=MONDAY + 7 * HOUR),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'lived.db'}") as opened:
        yield opened


@pytest.mark.parametrize(
    "book",
    [
        Rulebook(),
        Rulebook(Policy(due_after_days=1), Working(Hours()), gaps=(1, 4)),
    ],
    ids=["out of the box", "another N and gaps"],
)
def test_what_is_told_again_is_what_real_runs_sent(store: Store, book: Rulebook) -> None:
    snooze = Answer(
        id="s",
        kind=AnswerKind.SNOOZE,
        at=MONDAY + 3 * DAY,
        by="p2@example.org",
        via="page",
        until=MONDAY + 7 * DAY,
        undone_at=MONDAY + 5 * DAY,
        undone_by="p2@example.org",
    )
    closed = application("a2", state=ApplicationState.REJECTED)
    past = Past(
        store, [*world(*MEETINGS), closed], [(key("i5", "p2"), snooze)], {"a2": MONDAY + 4 * DAY}
    )
    past.begin(SINCE)
    book = replace(book, policy=replace(book.policy, nudge_since=SINCE))
    sent = lived(past, book, UNTIL, EVERY)
    assert replayed(store, book, SINCE, UNTIL, EVERY) == sent
    assert len(sent) > 6
    assert {kind for _, kind, _, _ in sent} >= {"nudge", "escalation"}
