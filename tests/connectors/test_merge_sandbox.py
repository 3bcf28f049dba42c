"""Whole worlds through Merge's dialect of the practice ATS, and what its delay does to a nudge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.ats.base import WebhookRequest, Window
from connectors.ats.merge import Merge
from connectors.ats.merge_config import MergeConfig
from connectors.model import Interview, InterviewState, Kind, Page, Scorecard
from plugin.sandbox.expected import State, expected
from plugin.sandbox.generate import generate
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from scheduler.deciding import decide
from scheduler.facts import ScorecardFacts, Status
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.store import Store
from scheduler.sync import sync
from scheduler.workdays import DayCount
from tests.stores import store_at

pytestmark = pytest.mark.slow

ANCHOR = datetime(2026, 11, 24, 12, tzinfo=UTC)
AROUND = Window(ANCHOR - timedelta(days=90), ANCHOR + timedelta(days=30))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def connected(sandbox: SandboxServer) -> Merge:
    given = sandbox.environment("merge")
    config = MergeConfig(
        given["MERGE_API_KEY"],
        given["MERGE_ACCOUNT_TOKEN"],
        (given["MERGE_WEBHOOK_KEY"],),
        given["MERGE_API_URL"],
        requests_per_minute=6_000_000,
    )
    return Merge(config, clock=lambda: sandbox.now, sleep=lambda seconds: None)


def served(world: World, now: datetime, **account: Any) -> SandboxServer:
    return SandboxServer(world, now=now, dialects=("merge",), **{"limit": 1_000_000, **account})


def seats(pages: list[Page]) -> Iterator[tuple[tuple[str, str], Interview, Scorecard]]:
    for page in pages:
        for each in page.records:
            if isinstance(each, Interview):
                for card in each.scorecards:
                    yield (each.id, card.interviewer_id), each, card


@pytest.mark.parametrize("linked_cards", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_who_handed_in_is_called_open_whatever_scorecards_hang_on(
    seed: int, linked_cards: bool
) -> None:
    world = generate(seed, ANCHOR)
    with served(world, ANCHOR, linked_cards=linked_cards) as sandbox:
        said = {seat: (talk, card) for seat, talk, card in seats(pull(sandbox))}
        names = dict(_names(sandbox, world))
    met = 0
    for truth in expected(world, ANCHOR):
        seat = (names[truth.interview_id], names[truth.interviewer_id])
        if truth.state not in (State.OPEN, State.SUBMITTED) or seat not in said:
            continue
        _, card = said[seat]
        met += 1
        if truth.state is State.SUBMITTED:
            assert card.submitted_at is not None, seat
        elif linked_cards:
            assert card.submitted_at is None, seat
    assert met > 300


def pull(sandbox: SandboxServer) -> list[Page]:
    return list(connected(sandbox).pull(AROUND, {}))


def _names(sandbox: SandboxServer, world: World) -> Iterator[tuple[str, str]]:
    dialect = sandbox.dialects["merge"]
    for each in world.interviews:
        yield str(each.id), dialect.id_of(Kind.INTERVIEW, each)
    for person in world.people:
        yield str(person.id), dialect.id_of(Kind.PERSON, person)


def test_a_cancelled_interview_that_shows_its_ats_own_word_is_in_an_unknown_state() -> None:
    world, _ = told()
    world.cancel(world.interviews[0], MONDAY)
    with served(world, MONDAY + DAY, cancelled_is_deleted=False) as sandbox:
        states = {talk.ats_status: talk.state for _, talk, _ in seats(pull(sandbox))}
    assert states == {
        "skipped": InterviewState.UNKNOWN,
        "COMPLETE": InterviewState.COMPLETE,
    }


def test_an_account_linked_today_has_a_history() -> None:
    """Merge wrote all of it an hour ago, which says nothing of when it happened."""
    world = generate(1, ANCHOR)
    with served(world, ANCHOR) as old, served(world, ANCHOR, linked_at=ANCHOR - HOUR) as new:
        long_known = {seat: card.submitted_at for seat, _, card in seats(pull(old))}
        just_linked = {seat: card.submitted_at for seat, _, card in seats(pull(new))}
    assert just_linked == long_known


def told() -> tuple[World, datetime]:
    """Ivo and Mara talked to Noor until 15:00 on Monday; Mara hands in on Wednesday at 10:00."""
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org")
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    mara = world.person("Mara Field", "mara@example.org")
    noor = world.application("Noor Vance", recruiter=pia)
    end = MONDAY + 15 * HOUR
    talk = world.interview(noor, "Systems talk", end - HOUR, end, panel=[ivo, mara])
    early = world.interview(noor, "Phone screen", MONDAY - 3 * DAY, MONDAY - 3 * DAY + HOUR, [pia])
    world.submit(early, pia, MONDAY - 2 * DAY)
    world.submit(talk, mara, end + 43 * HOUR)
    return world, end


POLICY = Policy(day_count=DayCount.CALENDAR, nudge_since=MONDAY)


def statuses(store: Store, now: datetime) -> dict[str, Status]:
    return {
        facts.interviewer.name.split()[0]: judge(facts, POLICY, now).status
        for facts in store.scorecards()
        if facts.interviewer.name != "Pia Holt"
    }


def spoken_to(store: Store, now: datetime) -> list[str]:
    def step(facts: ScorecardFacts) -> object:
        return decide(facts, judge(facts, POLICY, now), [], POLICY, now).step

    return [facts.interviewer.name for facts in store.scorecards() if step(facts)]


def test_merges_daily_reading_delays_a_nudge_and_saves_who_handed_in_in_time(
    tmp_path: Path,
) -> None:
    """Due on Wednesday at 15:00. Mara handed in at 10:00, which Merge learns at midnight."""
    world, end = told()
    with (
        served(world, end + HOUR, every=DAY) as sandbox,
        Store.open(store_at(tmp_path / "x.db")) as store,
    ):

        def at(now: datetime) -> tuple[dict[str, Status], list[str]]:
            sandbox.advance(now)
            outcome = sync(
                connected(sandbox),
                store,
                now=now,
                owner="a test",
                store_names=True,
                clock=lambda: now,
            )
            assert outcome.outcome == "ok"
            return statuses(store, now), spoken_to(store, now)

        due = end + 2 * DAY
        both = {"Ivo", "Mara"}
        assert at(due - HOUR) == (dict.fromkeys(both, Status.AWAITING), [])
        assert at(due + HOUR) == (dict.fromkeys(both, Status.UNKNOWN), [])
        midnight = due + 9 * HOUR
        assert at(midnight - HOUR) == (dict.fromkeys(both, Status.UNKNOWN), [])
        assert at(midnight + HOUR) == (
            {"Ivo": Status.OVERDUE, "Mara": Status.SUBMITTED},
            ["Ivo Brandt"],
        )


def test_an_account_without_scorecards_never_calls_anybody_late(tmp_path: Path) -> None:
    world, end = told()
    now = end + 10 * DAY
    with (
        served(world, now, scorecards=False) as sandbox,
        Store.open(store_at(tmp_path / "x.db")) as store,
    ):
        account = connected(sandbox)
        for _ in range(2):
            sync(account, store, now=now, owner="a test", store_names=True, clock=lambda: now)
        assert set(statuses(store, now).values()) == {Status.UNKNOWN}
        assert spoken_to(store, now) == []
        assert not account.capabilities.submission


@pytest.mark.parametrize("padded", [True, False])
def test_every_webhook_of_a_week_proves_and_rings_for_something_that_is_there(
    padded: bool,
) -> None:
    world, _ = told()
    with served(world, MONDAY, padded=padded, every=HOUR) as sandbox:
        dialect = sandbox.dialects["merge"]
        account = connected(sandbox)
        events = dialect.events(MONDAY, MONDAY + 7 * DAY)
        sandbox.advance(MONDAY + 7 * DAY)
        assert {event.action for event in events} >= {"Scorecard.changed", "LinkedAccount.synced"}
        rung = set()
        for event in events:
            letter = dialect.habits.letter(event, "", dialect.webhook_secret)
            headers = {name.lower(): value for name, value in letter.headers.items()}
            request = WebhookRequest(headers, letter.body)
            assert account.verify(request, sandbox.now) == "secret-1"
            assert account.rung(request).known
            rung |= set(account.rung(request).refs)
        pages = list(account.read(sorted(rung)))
        assert rung
        assert not [page for page in pages if page.missing or page.parked]
