"""A whole generated company, served as Lever, must come back as the story says it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from connectors.ats.base import WebhookRequest, Window
from connectors.ats.lever import Lever
from connectors.ats.lever_config import LeverConfig
from connectors.model import Interview, InterviewState, Kind, Page, Person, Record, Ref
from plugin.sandbox.expected import Expected, State, expected
from plugin.sandbox.generate import generate
from plugin.sandbox.lever import Lever as Dialect
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.connectors.fake_lever import cards
from tests.connectors.loopback import Answer, serving

pytestmark = pytest.mark.slow

ANCHOR = datetime(2026, 11, 24, 12, tzinfo=UTC)
AROUND = Window(ANCHOR - timedelta(days=90), ANCHOR + timedelta(days=30))
VANISHED = {"deleted", "erased", "unscheduled", "off_the_panel"}


@cache
def world(seed: int) -> World:
    return generate(seed, ANCHOR)


@contextmanager
def served(seed: int, now: datetime = ANCHOR, **account: Any) -> Iterator[SandboxServer]:
    """The whole of one world, with a budget that nobody uses up."""
    dialect = Dialect(**{"sees_private": True, "limit": 100_000, **account})
    with SandboxServer(world(seed), now=now, dialects=[dialect]) as sandbox:
        yield sandbox


def connected(sandbox: SandboxServer, sleeps: list[float] | None = None) -> Lever:
    set_up = sandbox.environment()
    config = LeverConfig(
        set_up["LEVER_API_KEY"],
        tuple(set_up["LEVER_SIGNATURE_TOKENS"].split(",")),
        set_up["LEVER_API_URL"],
    )
    waited = [] if sleeps is None else sleeps
    return Lever(config, clock=lambda: sandbox.now, sleep=waited.append)


def pulled(sandbox: SandboxServer) -> list[Page]:
    return list(connected(sandbox).pull(AROUND, {}))


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def truths(seed: int, now: datetime) -> dict[tuple[str, str], Expected]:
    """By Lever's ids, which the world itself does not know."""
    dialect, company = Dialect(), world(seed)
    interviews = {str(each.id): each for each in company.interviews}
    people = {str(each.id): each for each in company.people}
    return {
        (
            dialect.id_of(Kind.INTERVIEW, interviews[each.interview_id]),
            dialect.id_of(Kind.PERSON, people[each.interviewer_id]),
        ): each
        for each in expected(company, now)
    }


def to_the_millisecond(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize("days", [-20, 0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_world_comes_back_equal(seed: int, days: int) -> None:
    now = ANCHOR + timedelta(days=days)
    with served(seed, now) as sandbox:
        pages = pulled(sandbox)
    found, true = cards(pages), truths(seed, now)
    standing = {seat for seat, each in true.items() if each.reason not in VANISHED}
    assert standing <= set(found)
    assert len(standing) > 250
    # Whom the world gave no card is at Lever somebody with the template no-feedback.
    assert not any(found[seat].required for seat in set(found) - standing)
    meetings = {e.id.partition(":")[2]: e for e in records(pages) if isinstance(e, Interview)}
    for seat in standing:
        truth, card, interview = true[seat], found[seat], meetings[seat[0]]
        if truth.ends_at:  # an all-day event is one with two instants here
            assert interview.ends_at == truth.ends_at
        if card.can_tell:
            assert card.submitted_at == to_the_millisecond(truth.submitted_at), seat
        else:
            assert card.submitted_at is None
        assert (interview.state is InterviewState.CANCELLED) is (truth.state is State.CANCELLED)
        if truth.state is not State.CANCELLED:
            assert card.required is (truth.reason != "not_required")
    unknown = [seat for seat in standing if not found[seat].can_tell]
    assert len(unknown) < len(standing) / 20
    assert not [each for page in pages for each in page.parked]


def test_pulling_again_and_reading_by_name_say_the_same() -> None:
    with served(1) as sandbox:
        first = pulled(sandbox)
        meetings = [each for each in records(first) if isinstance(each, Interview)]
        assert records(pulled(sandbox)) == records(first)
        refs = [Ref(Kind.INTERVIEW, each.id) for each in meetings]
        by_name = records(list(connected(sandbox).read(refs)))
    assert {e.id: e for e in by_name if isinstance(e, Interview)} == {e.id: e for e in meetings}


def test_whom_people_report_to_comes_along() -> None:
    with served(1) as sandbox:
        people = {each.id: each for each in records(pulled(sandbox)) if isinstance(each, Person)}
    superiors = {each.manager_id for each in people.values() if each.manager_id}
    assert superiors & people.keys()


def test_the_same_comes_back_through_every_kind_of_trouble() -> None:
    with served(2) as sandbox:
        calm = records(pulled(sandbox))
        one = next(seen.path for seen in sandbox.requests if seen.path.endswith("/feedback"))
        below = one.removeprefix("/lever/v1/").removesuffix("/feedback")
        sandbox.faults.status(f"{below}/interviews", 503, nth=1)
        sandbox.faults.rate_limited(f"{below}/feedback", None, nth=1)
        sandbox.faults.truncated("opportunities", nth=2)
        sandbox.faults.cut_off("users", nth=1)
        sandbox.faults.html("opportunities", nth=5)
        sandbox.faults.dropped("archive_reasons", nth=1)
        assert records(pulled(sandbox)) == calm


def test_a_key_without_the_right_gets_nothing_confidential_and_is_told_so() -> None:
    with served(3) as sandbox, served(3, sees_private=False) as narrow:
        whole, part = cards(pulled(sandbox)), cards(pulled(narrow))
        findings = {each.subject: each for each in connected(narrow).check()}
    assert part.keys() < whole.keys()
    assert not findings["confidential opportunities"].ok


def test_every_webhook_of_two_weeks_proves_and_rings_for_something_readable() -> None:
    start = ANCHOR - timedelta(days=14)
    with (
        served(3, start) as sandbox,
        serving(lambda asked: Answer(200)) as door,
    ):
        sandbox.register_webhook(f"{door.url}/webhooks/lever")
        sandbox.advance(ANCHOR)
        posted = [WebhookRequest(asked.headers, asked.body) for asked in door.asked]
        connector = connected(sandbox)
        proofs = {connector.verify(each, ANCHOR) for each in posted}
        rungs = [connector.rung(each) for each in posted]
        refs = sorted({ref for rung in rungs for ref in rung.refs})
        pages = list(connector.read(refs))
    assert len(proofs) > 3, "every webhook has a token of its own (4.2)"
    assert all(rung.known and rung.event_id for rung in rungs)
    assert {"interviewCreated", "candidateStageChange"} <= {rung.action for rung in rungs}
    answered = {record.id for record in records(pages)}
    answered |= {ref.id for page in pages for ref in page.missing}
    assert {ref.id for ref in refs} <= answered
