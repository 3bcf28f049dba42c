"""``explain`` says of every silence why, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.notify.base import Delivery, DeliveryState
from scheduler.answers import Answer, AnswerKind
from scheduler.nudges import LEASE
from scheduler.store import PlannedMessage, Store
from tests.plugin.conftest import Run
from tests.scheduler.builders import DAY, MONDAY, person, save, world
from tests.scheduler.phantoms import NOW, PHANTOMS, haunted
from tests.stores import store_at

HEADINGS = (
    "interview id,interviewer id,email,interviewer,candidate,job,interview,end,recruiter email"
)
ROWS = (
    "1,bo,bo@example.com,Bo,Noor V.,Engineer,Systems,2026-11-03 15:00,rita@example.com",
    "2,bo,bo@example.com,Bo,Sam O.,Engineer,Systems,2026-11-03 16:00,rita@example.com",
    "2,cy,cy@example.com,Cy,Sam O.,Engineer,Systems,2026-11-03 16:00,rita@example.com",
)
BEFORE = "2026-11-02T09:00:00Z"


@pytest.fixture
def opened(afterword: Run, place: Path) -> Run:
    (place / "a.csv").write_text("\n".join([HEADINGS, *ROWS]))
    imported = afterword("import", "a.csv", "--now", BEFORE)
    assert imported.exit_code == 0, imported.output
    return afterword


def said(afterword: Run, interview: str, now: str) -> str:
    result = afterword("explain", interview, "--now", f"2026-11-{now}:00Z")
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def store_in(place: Path) -> Store:
    return Store.open(store_at(place / "afterword.db"))


def sent(
    place: Path, interview: str, step: str, at: datetime, by: str = "slack", *, failed: str = ""
) -> None:
    """``failed``: why it was not delivered."""
    became = Delivery(DeliveryState.FAILED, failed) if failed else Delivery(DeliveryState.SENT)
    with store_in(place) as store:
        key = store.scorecards(interview_id=interview)[0].key
        message = f"{interview} {step} {by}"
        planned = PlannedMessage(message, "nudge", by, "bo@example.com", ((key, step),))
        store.claim(planned, at, LEASE)
        store.start_sending(message, at, LEASE)
        store.finish(message, became, at)


@pytest.fixture
def greenhouse(afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """An account that is connected, and was first read long ago; nobody asks it anything."""
    monkeypatch.setenv("GREENHOUSE_CLIENT_ID", "id")
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "secret")
    with store_in(place) as store:
        store.begin_sync("greenhouse", "test", MONDAY - DAY)
    return afterword


@pytest.mark.parametrize("name", PHANTOMS)
def test_a_phantom_is_explained(name: str, greenhouse: Run, place: Path) -> None:
    with store_in(place) as store:
        haunted(store, PHANTOMS[name])
    assert PHANTOMS[name].says in said(greenhouse, "i1", f"{NOW:%dT%H:%M}")


def test_who_is_written_to_and_what_it_warns_of(opened: Run, place: Path) -> None:
    assert "Next: nudge 1 to Bo; fell due Thu 05 Nov 2026 at 15:00 UTC." in said(
        opened, "1", "05T15:30"
    )
    sent(place, "1", "nudge 1", datetime(2026, 11, 5, 16, tzinfo=UTC))
    assert (
        "Next: nudge 2 to Bo; fell due Mon 09 Nov 2026 at 15:00 UTC, and says that "
        "rita@example.com is asked on Wed 11 Nov."
    ) in said(opened, "1", "09T16:00")
    assert (
        "Nobody is written to now: nudge 1 was already decided. "
        "Nudge 2 falls due on Mon 09 Nov 2026 at 15:00 UTC."
    ) in said(opened, "1", "06T16:00")


def test_the_channels_are_named_where_one_could_not_and_moments_are_in_one_zone(
    opened: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "Europe/Berlin")
    at = datetime(2026, 11, 5, 16, tzinfo=UTC)
    sent(place, "1", "nudge 1", at, failed="Slack knows nobody here (users_not_found).")
    sent(place, "1", "nudge 1", at, "mail")
    told = said(opened, "1", "05T16:30")
    assert "first time: ends 2026-11-03 16:00; panel of 1" in told
    assert "delivered: nudge 1 by Slack: Slack knows nobody here (users_not_found). 2026-" in told
    assert (
        "Already decided: nudge 1 by mail (sent, 2026-11-05 17:00) and nudge 1 by Slack (not "
        "delivered, 2026-11-05 17:00)."
    ) in told


def test_outside_of_working_hours_it_says_when_they_begin(opened: Run) -> None:
    assert (
        "Nobody is written to now: waits for Bo's working hours, from Fri 06 Nov 2026 at 09:00 UTC."
    ) in said(opened, "1", "05T20:00")


def test_who_was_written_to_today_or_ignored_too_much_is_spared(opened: Run, place: Path) -> None:
    sent(place, "1", "nudge 1", datetime(2026, 11, 5, 15, 30, tzinfo=UTC))
    assert "this person was already written to today" in said(opened, "2", "05T16:30")
    sent(place, "1", "nudge 2", datetime(2026, 11, 6, 15, 30, tzinfo=UTC))
    assert (
        "Nobody is written to now: 2 messages in a row brought nothing: the next one waits until "
        "Tue 10 Nov 2026."
    ) in said(opened, "2", "09T10:00")


def test_the_allow_list_is_named(opened: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "policy.toml").write_text('allow = ["cy@example.com"]\n')
    monkeypatch.setenv("AFTERWORD_POLICY", str(place / "policy.toml"))
    told = said(opened, "2", "05T16:30")
    assert "Nobody is written to now: the allow-list does not hold this person." in told
    assert "Next: nudge 1 to Cy" in told


def test_a_hand_over_is_told_to_the_colleague(opened: Run, place: Path) -> None:
    with store_in(place) as store:
        bo, cy = (each.key for each in store.scorecards(interview_id="2"))
        at = datetime(2026, 11, 5, 16, 10, tzinfo=UTC)
        given = Answer(
            "a", AnswerKind.HAND_OVER, at, "bo@example.com", "slack", to_id=cy.interviewer_id
        )
        store.give_answer(bo, given, None)
    assert "Next: Cy hears that it was handed over." in said(opened, "2", "05T16:30")


def test_who_cannot_be_asked_is_said_to_somebody_else(greenhouse: Run, place: Path) -> None:
    """Case 55."""
    with store_in(place) as store:
        save(store, *world(), person(active=False))
    assert "Next: escalation 1 to Ali; the interviewer's account is deactivated." in said(
        greenhouse, "i1", f"{NOW:%dT%H:%M}"
    )
