"""A whole generated company, served as Harvest v3, must come back as the story says it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from connectors.ats.base import WebhookRequest, Window
from connectors.ats.greenhouse import Greenhouse
from connectors.ats.greenhouse_config import GreenhouseConfig
from connectors.model import Interview, InterviewState, Page, Record, Ref, Scorecard
from plugin.sandbox.expected import Expected, State, expected
from plugin.sandbox.generate import generate
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.connectors.loopback import Answer, serving

pytestmark = pytest.mark.slow

ANCHOR = datetime(2026, 11, 24, 12, tzinfo=UTC)
AROUND = Window(ANCHOR - timedelta(days=90), ANCHOR + timedelta(days=30))
VANISHED = {"deleted", "erased", "unscheduled", "off_the_panel", "card_deleted"}
Seat = tuple[str, str]


@cache
def world(seed: int) -> World:
    return generate(seed, ANCHOR)


def config(sandbox: SandboxServer) -> GreenhouseConfig:
    set_up = sandbox.environment()
    return GreenhouseConfig(
        client_id=set_up["GREENHOUSE_CLIENT_ID"],
        client_secret=set_up["GREENHOUSE_CLIENT_SECRET"],
        webhook_secrets=(set_up["GREENHOUSE_WEBHOOK_SECRET"],),
        api_url=set_up["GREENHOUSE_API_URL"],
        token_url=set_up["GREENHOUSE_TOKEN_URL"],
        web_url=set_up["GREENHOUSE_WEB_URL"],
    )


def connected(sandbox: SandboxServer) -> Greenhouse:
    return Greenhouse(config(sandbox), clock=lambda: sandbox.now, sleep=lambda seconds: None)


def pulled(sandbox: SandboxServer) -> list[Page]:
    return list(connected(sandbox).pull(AROUND, {}))


def records(pages: list[Page]) -> Iterator[Record]:
    return (record for page in pages for record in page.records)


def seats(pages: list[Page]) -> dict[Seat, tuple[Interview, Scorecard]]:
    return {
        (each.id, card.interviewer_id): (each, card)
        for each in records(pages)
        if isinstance(each, Interview)
        for card in each.scorecards
    }


def told(truth: Expected) -> tuple[object, ...]:
    """What the connector must say of a seat; the wire is precise to the millisecond."""
    instant = truth.submitted_at
    if instant is not None:
        instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    return truth.ends_at, truth.ends_on, instant


def said(interview: Interview, card: Scorecard) -> tuple[object, ...]:
    return interview.ends_at, interview.ends_on, card.submitted_at


@pytest.mark.parametrize("days", [-20, 0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_world_comes_back_equal(seed: int, days: int) -> None:
    now = ANCHOR + timedelta(days=days)
    with SandboxServer(world(seed), now=now) as sandbox:
        pages = pulled(sandbox)
    found = seats(pages)
    truths = {(each.interview_id, each.interviewer_id): each for each in expected(world(seed), now)}
    standing = {seat for seat, each in truths.items() if each.reason not in VANISHED}
    assert set(found) == standing
    assert len(standing) > 300
    for seat in standing:
        truth, (interview, card) = truths[seat], found[seat]
        assert said(interview, card) == told(truth), seat
        if truth.state not in (State.CANCELLED, State.UNKNOWN):
            assert card.required is (truth.reason != "not_required")
        if truth.state is State.UNKNOWN:
            assert interview.state is InterviewState.UNKNOWN
        if truth.reason == "skipped":
            assert interview.state is InterviewState.CANCELLED
    assert not [each for page in pages for each in page.parked]


def test_what_an_interview_names_has_come_before_it_or_is_hidden() -> None:
    known: set[str] = set()
    with SandboxServer(world(1), now=ANCHOR) as sandbox:
        for page in pulled(sandbox):
            known |= {record.id for record in page.records} | {ref.id for ref in page.hidden}
            for each in page.records:
                if isinstance(each, Interview):
                    people = {card.interviewer_id for card in each.scorecards}
                    people |= {card.submitter_id or each.id for card in each.scorecards}
                    assert people | {each.application_id, each.job_id or each.id} <= known


def test_the_same_comes_back_through_every_kind_of_trouble() -> None:
    with SandboxServer(world(2), now=ANCHOR) as sandbox:
        calm = list(records(pulled(sandbox)))
        calm_requests = len(sandbox.requests)
        sandbox.faults.status("interviewers", 503, nth=2)
        sandbox.faults.rate_limited("scorecards", "20", nth=3)
        sandbox.faults.truncated("applications", nth=2)
        sandbox.faults.cut_off("users", nth=1)
        sandbox.faults.html("jobs", nth=1)
        sandbox.faults.dropped("candidates", nth=2)
        sandbox.faults.revoke_token("scorecards", nth=6)
        assert list(records(pulled(sandbox))) == calm
        assert len(sandbox.requests) == 2 * calm_requests + 7 + 1, "and one more token"


def test_a_small_budget_is_kept_within_by_waiting() -> None:
    waits: list[float] = []
    clock = [ANCHOR]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += timedelta(seconds=seconds)

    with SandboxServer(world(2), now=ANCHOR, limit=40, clock=lambda: clock[0]) as sandbox:
        patient = Greenhouse(config(sandbox), clock=lambda: clock[0], sleep=sleep)
        pages = list(patient.pull(AROUND, {}))
    assert seats(pages)
    assert waits
    assert max(waits) <= 31


def test_every_webhook_of_three_weeks_proves_and_rings_for_something_readable() -> None:
    posted: list[WebhookRequest] = []
    with (
        SandboxServer(generate(3, ANCHOR), now=ANCHOR - timedelta(days=21)) as sandbox,
        serving(lambda asked: Answer(200)) as door,
    ):
        sandbox.register_webhook(f"{door.url}/webhooks/greenhouse")
        sandbox.advance(ANCHOR)
        posted = [WebhookRequest(asked.headers, asked.body) for asked in door.asked]
        connector = connected(sandbox)
        assert {connector.verify(each, ANCHOR) for each in posted} == {"secret-1"}
        rungs = [connector.rung(each) for each in posted]
        refs: set[Ref] = {ref for rung in rungs for ref in rung.refs}
        pages = list(connector.read(sorted(refs)))
    assert all(rung.known and rung.event_id for rung in rungs)
    assert {"ping", "interview_deleted", "reject_candidate"} <= {rung.action for rung in rungs}
    answered = {record.id for record in records(pages)}
    answered |= {ref.id for page in pages for ref in page.missing}
    assert {ref.id for ref in refs} <= answered
