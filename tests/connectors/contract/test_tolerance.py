"""What a vendor may change without asking, and what it may not (case 39)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest

from connectors.ats.base import Window
from connectors.model import Application, Interview, InterviewState, Kind, Page, Record, Scorecard
from plugin.sandbox.faults import MISSING
from scheduler.facts import Status
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.sync import AROUND
from tests.connectors.contract.bench import Bench, Practice, Spot, row_id
from tests.connectors.contract.everything import everything
from tests.connectors.contract.storing import EmptyShelf
from tests.connectors.contract.worlds import DAY, HISTORY_DAYS, NOW, turns

EVERYTHING = Window(NOW - HISTORY_DAYS * DAY, NOW + AROUND)
NEW_WORD = "a-brand-new-word"


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(turns(), NOW) as practice:
        yield practice


def pages(practice: Practice) -> list[Page]:
    return list(practice.account().pull(EVERYTHING, {}))


def records(found: list[Page]) -> list[Record]:
    return [record for page in found for record in page.records]


@pytest.mark.parametrize("value", [None, 5, "text", [1], {"deep": {"er": None}}])
def test_a_field_that_nobody_documented_is_ignored(practice: Practice, value: object) -> None:
    """Case 14, for records."""
    calm = records(pages(practice))
    practice.server.faults.mangle("*", "a_field_of_tomorrow", value)
    assert records(pages(practice)) == calm


def test_a_word_that_nobody_documented_is_kept_as_text_and_nobody_is_late_by_it(
    practice: Practice, shelf: EmptyShelf
) -> None:
    for spot in practice.bench.words:
        practice.server.faults.clear()
        practice.server.faults.mangle(spot.path, spot.column, NEW_WORD)
        brought = pages(practice)
        assert not [flaw for page in brought for flaw in page.parked]
        found = records(brought)
        words = [r.ats_status for r in found if isinstance(r, Application | Interview)]
        assert NEW_WORD in words or not any(NEW_WORD in repr(each) for each in found)
        with shelf() as here:
            for page in brought:
                here.store.save_page(practice.bench.name, page, store_names=True)
            facts = here.store.scorecards()
        assert facts
        struck = [
            each
            for each in facts
            if each.interview_state is InterviewState.UNKNOWN
            or each.application_state.value == "unknown"
            or not each.can_tell
        ]
        later = NOW + timedelta(days=60)
        assert struck, f"{spot} is no word that decides anything"
        assert {judge(each, Policy(), later).status for each in struck}.isdisjoint({Status.OVERDUE})


@pytest.mark.parametrize(
    "value", [None, [], {"no": "text"}, MISSING], ids=["null", "list", "object", "missing"]
)
def test_a_record_without_what_it_needs_is_parked_by_path_and_the_rest_goes_on(
    practice: Practice, value: object
) -> None:
    """Case 39."""
    calm = pages(practice)
    meetings = [each for each in records(calm) if isinstance(each, Interview)]
    for spot in practice.bench.vital:
        victim = meetings[1]
        practice.server.faults.clear()
        practice.server.faults.mangle(spot.path, spot.column, value, row_id=row_id(victim.id))
        found = pages(practice)
        [parked] = {(flaw.ref, flaw.path) for page in found for flaw in page.parked}
        assert parked[0].kind is Kind.INTERVIEW
        assert parked[0].id == victim.id
        assert spot.column in parked[1]
        assert {each.id for each in records(found) if isinstance(each, Interview)} == {
            each.id for each in meetings if each.id != victim.id
        }
        assert not [ref for page in found for ref in page.missing], "unreadable is not deleted"


def test_when_most_cannot_be_read_the_run_fails_and_says_so(
    practice: Practice, shelf: EmptyShelf
) -> None:
    """Case 39: a vendor that changed its format is no vendor whose interviews are gone."""
    with shelf() as here:
        here.sync(practice.account(), NOW)
        before = [each.key for each in here.store.scorecards()]
        spot: Spot = practice.bench.whole or practice.bench.vital[0]
        practice.server.faults.mangle(spot.path, spot.column, {"another": "form"})
        outcome = here.sync(practice.account(), NOW + timedelta(minutes=15))
        assert outcome.outcome == "failed"
        assert outcome.error is not None
        assert "changed its format" in outcome.error
        facts = here.store.scorecards()
        assert [each.key for each in facts] == before
        assert not [each for each in facts if each.removed_at and each.removed_at > NOW]


def test_evidence_that_cannot_be_read_makes_nobody_late(practice: Practice) -> None:
    """Case 39: it is parked by its path, and whoever it may have been about is unknown."""
    before = pages(practice)
    calm = cards(before)
    handed_in = {key for key, card in calm.items() if card.submitted_at}
    assert len(handed_in) > 1
    spot = practice.bench.evidence
    practice.server.faults.mangle(spot.path, spot.column, {"another": "form"})
    found = pages(practice)
    spoiled = cards(found)
    late = {key for key, card in spoiled.items() if card.can_tell and not card.submitted_at}
    assert not late & handed_in
    whole = {
        each.id for each in records(found) if isinstance(each, Interview) if each.panel_complete
    }
    assert {key for key in calm if key[0] in whole} <= spoiled.keys()
    assert {each.id for each in records(found)} == {each.id for each in records(before)}
    flaws = [flaw for page in found for flaw in page.parked]
    assert {flaw.ref.kind for flaw in flaws} == {Kind.SCORECARD}
    assert all(flaw.path.endswith(f".{spot.column}") and flaw.reason for flaw in flaws)


def cards(found: list[Page]) -> dict[tuple[str, str], Scorecard]:
    return {
        (each.id, card.interviewer_id): card
        for each in records(found)
        if isinstance(each, Interview)
        for card in each.scorecards
    }


@pytest.fixture
def of_all_kinds(bench: Bench) -> Iterator[Practice]:
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        yield practice


def test_a_seat_that_cannot_be_read_takes_nobody_off_the_panel(of_all_kinds: Practice) -> None:
    """Case 39: an incomplete panel says so, for whoever is missing from it is not excused."""
    practice = of_all_kinds
    calm = {each.id: each for each in records(pages(practice)) if isinstance(each, Interview)}
    assert all(each.panel_complete for each in calm.values())
    spots = (practice.bench.seats, *practice.bench.people)
    for spot, value in product(spots, ({"id": {"no": "id"}}, [{"id": {"no": "id"}}])):
        practice.server.faults.clear()
        practice.server.faults.mangle(spot.path, spot.column, value)
        found = pages(practice)
        flaws = [flaw for page in found for flaw in page.parked]
        assert flaws
        kinds = {flaw.ref.kind for flaw in flaws}
        assert kinds <= ({Kind.INTERVIEW, Kind.SCORECARD} if spot is spots[0] else {Kind.PERSON})
        assert all(spot.column in flaw.path or flaw.ref.kind is Kind.SCORECARD for flaw in flaws)
        held = {each.id: each for each in records(found) if isinstance(each, Interview)}
        for name in held:
            whole = held[name].panel_complete
            assert not whole or held[name].scorecards == calm[name].scorecards
        assert calm.keys() - held.keys() <= {flaw.ref.id for flaw in flaws}
