"""A whole generated company, served as Ashby, must come back as the story says it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from connectors.ats.ashby import Ashby
from connectors.ats.ashby_config import AshbyConfig
from connectors.ats.base import WebhookRequest, Window
from connectors.model import Interview, InterviewState, Kind, Page, Record, Ref, Scorecard
from plugin.sandbox.expected import Expected, State, expected
from plugin.sandbox.generate import generate
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.connectors.loopback import Answer, serving

pytestmark = pytest.mark.slow

ANCHOR = datetime(2026, 11, 24, 12, tzinfo=UTC)
AROUND = Window(ANCHOR - timedelta(days=90), ANCHOR + timedelta(days=30))
UNSEEN = {"deleted", "erased", "unscheduled", "off_the_panel"}
Seat = tuple[str, str]


@cache
def world(seed: int) -> World:
    return generate(seed, ANCHOR)


def serve(seed: int, now: datetime, limit: int = 1_000_000) -> SandboxServer:
    return SandboxServer(world(seed), now=now, dialects=("ashby",), limit=limit)


def connected(sandbox: SandboxServer) -> Ashby:
    set_up = sandbox.environment("ashby")
    config = AshbyConfig(
        api_key=set_up["ASHBY_API_KEY"],
        webhook_secrets=(set_up["ASHBY_WEBHOOK_SECRET"],),
        api_url=set_up["ASHBY_API_URL"],
        pace=0,
    )
    return Ashby(config, clock=lambda: sandbox.now, sleep=lambda seconds: None)


def records(pages: list[Page]) -> Iterator[Record]:
    return (record for page in pages for record in page.records)


def seats(pages: list[Page]) -> dict[Seat, tuple[Interview, Scorecard]]:
    return {
        (each.id, card.interviewer_id): (each, card)
        for each in records(pages)
        if isinstance(each, Interview)
        for card in each.scorecards
    }


def truths(sandbox: SandboxServer, seed: int, now: datetime) -> dict[Seat, Expected]:
    """By Ashby's ids: what this key may see, without debriefs and what has vanished."""
    dialect = sandbox.dialects["ashby"]
    interviews = {str(each.id): each for each in world(seed).interviews}
    people = {str(each.id): each for each in world(seed).people}
    return {
        (
            dialect.id_of(Kind.INTERVIEW, interviews[each.interview_id]),
            dialect.id_of(Kind.PERSON, people[each.interviewer_id]),
        ): each
        for each in expected(world(seed), now)
        if each.reason not in UNSEEN
        and dialect.sees(Kind.APPLICATION, interviews[each.interview_id].application)
        and not interviews[each.interview_id].slot.debrief
        and dialect.lists(interviews[each.interview_id], now)
    }


def linked(seed: int, each: Expected) -> datetime | None:
    """When it was handed in, unless beside the interview (trap 14); the wire has milliseconds."""
    [interview] = [i for i in world(seed).interviews if str(i.id) == each.interview_id]
    beside = {
        entry.at
        for card in interview.cards
        if card.extra and str(card.interviewer.id) == each.interviewer_id
        for _, _, entry in card.submission.periods(ANCHOR)
        if entry
    }
    at = each.submitted_at
    if at is None or at in beside:
        return None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@pytest.mark.parametrize("days", [-20, 0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_world_comes_back_equal(seed: int, days: int) -> None:
    now = ANCHOR + timedelta(days=days)
    with serve(seed, now) as sandbox:
        pages = list(connected(sandbox).pull(AROUND, {}))
        told = truths(sandbox, seed, now)
    found = seats(pages)
    assert told.keys() <= found.keys()
    assert len(told) > 300
    for seat, truth in told.items():
        interview, card = found[seat]
        assert card.submitted_at == linked(seed, truth), seat
        if truth.submitted_at and not card.submitted_at:
            assert not card.can_tell, "beside the interview: nobody is called late"
        if truth.state is State.OPEN:
            assert card.required
        if truth.state is State.EXCUSED and truth.reason == "not_required":
            assert not card.required
        if truth.reason == "skipped":
            assert interview.state is InterviewState.CANCELLED
    # Who sits in without a card is on the panel and owes nothing.
    assert not any(found[seat][1].required for seat in found.keys() - told.keys())
    assert not [each for page in pages for each in page.parked]


def test_reading_again_says_the_same_as_polling() -> None:
    with serve(1, ANCHOR) as sandbox:
        polled = seats(list(connected(sandbox).pull(AROUND, {})))
        some = sorted({interview_id for interview_id, _ in polled})[::5]
        again = connected(sandbox).read([Ref(Kind.INTERVIEW, each) for each in some])
        read = seats(list(again))
    assert len(read) > 50
    assert {seat: polled[seat] for seat in read} == read


def test_the_same_comes_back_through_every_kind_of_trouble() -> None:
    with serve(2, ANCHOR) as sandbox:
        calm = list(records(list(connected(sandbox).pull(AROUND, {}))))
        sandbox.faults.status("interviewSchedule.list", 503, nth=2)
        sandbox.faults.rate_limited("application.info", "20", nth=3)
        sandbox.faults.truncated("job.info", nth=2)
        sandbox.faults.cut_off("user.info", nth=1)
        sandbox.faults.html("interview.info", nth=1)
        sandbox.faults.dropped("candidate.info", nth=2)
        assert list(records(list(connected(sandbox).pull(AROUND, {})))) == calm


def test_every_webhook_of_three_weeks_proves_and_rings_for_something_readable() -> None:
    with (
        SandboxServer(
            generate(3, ANCHOR),
            now=ANCHOR - timedelta(days=21),
            dialects=("ashby",),
            limit=1_000_000,
        ) as sandbox,
        serving(lambda asked: Answer(200)) as door,
    ):
        sandbox.register_webhook(f"{door.url}/webhooks/ashby")
        sandbox.advance(ANCHOR)
        posted = [WebhookRequest(asked.headers, asked.body) for asked in door.asked]
        account = connected(sandbox)
        assert {account.verify(each, ANCHOR) for each in posted} == {"secret-1"}
        rungs = [account.rung(each) for each in posted]
        refs: set[Ref] = {ref for rung in rungs for ref in rung.refs}
        pages = list(account.read(sorted(refs)))
    assert all(rung.known and rung.event_id for rung in rungs)
    assert {"ping", "interviewScheduleUpdate", "interviewScheduleCreate"} <= {
        rung.action for rung in rungs
    }
    answered = {record.id for record in records(pages)}
    answered |= {ref.id for page in pages for ref in page.missing}
    assert {ref.id for ref in refs} <= answered
