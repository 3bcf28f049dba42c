"""What counts as handed in through Merge, and when nobody can tell (other-ats.md 2, 4 and 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import Unreachable
from connectors.model import Kind, Ref, Scorecard
from tests.connectors.fake_merge import (
    APPLICATION,
    CARD,
    IVO,
    MARA,
    NOW,
    TALK,
    WINDOW,
    FakeMerge,
    connected,
    fake,
    interviews,
    panel,
    pulled,
    uid,
)
from tests.connectors.loopback import thing

BEFORE, AFTER = "2026-11-17T13:59:59Z", "2026-11-17T14:00:00Z"
OTHER = uid(699)
"""A scorecard of another interview, so that the account can tell."""


@pytest.fixture
def merge() -> Iterator[FakeMerge]:
    with fake() as merge:
        merge.card(OTHER, interview=uid(199), application=uid(299))
        yield merge


def both(merge: FakeMerge, who: str = IVO) -> Scorecard:
    """The same, whether a pull or a re-read by name asks."""
    one = panel(pulled(merge))[who]
    assert panel(list(connected(merge).read([Ref(Kind.INTERVIEW, TALK)])))[who] == one
    return one


def test_a_draft_is_not_handed_in(merge: FakeMerge) -> None:
    merge.card(submitted_at=None)
    assert (both(merge).submitted_at, both(merge).can_tell) == (None, True)


def test_the_first_of_two_counts_and_the_stamp_is_of_the_younger(merge: FakeMerge) -> None:
    merge.card(submitted_at="2026-11-19T08:00:00Z", modified_at="2026-11-19T09:00:00Z")
    merge.card(uid(601), submitted_at="2026-11-18T08:00:00Z", modified_at="2026-11-18T09:00:00Z")
    card = both(merge)
    assert (card.id, card.submitted_at) == (uid(601), datetime(2026, 11, 18, 8, tzinfo=UTC))
    assert card.updated_at == datetime(2026, 11, 19, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("columns", "submitted", "can_tell"),
    [
        ({"submitted_at": AFTER}, True, True),
        ({"submitted_at": BEFORE}, False, True),
        ({"submitted_at": None}, False, True),
        ({"submitted_at": AFTER, "interviewer": MARA}, False, True),
        ({"submitted_at": AFTER, "application": uid(299)}, False, True),
        ({"submitted_at": AFTER, "interviewer": None}, False, False),
        ({"submitted_at": BEFORE, "interviewer": None}, False, True),
        ({"submitted_at": AFTER, "remote_was_deleted": True}, False, False),
        ({"submitted_at": AFTER, "application": None}, False, True),
    ],
)
def test_without_an_interview_a_scorecard_counts_by_application_person_and_time(
    merge: FakeMerge, columns: dict[str, Any], submitted: bool, can_tell: bool
) -> None:
    merge.card(interview=None, **columns)
    card = both(merge)
    assert (card.submitted_at is not None, card.can_tell) == (submitted, can_tell)


def test_without_a_start_a_scorecard_without_an_interview_tells_nothing(merge: FakeMerge) -> None:
    merge.interview(start_at=None)
    merge.card(interview=None)
    assert (both(merge).submitted_at, both(merge).can_tell) == (None, False)
    assert both(merge, MARA).can_tell


def test_one_linked_to_the_interview_counts_whenever_it_was_handed_in(merge: FakeMerge) -> None:
    merge.interview(start_at=None)
    merge.card(submitted_at=BEFORE)
    assert both(merge).submitted_at is not None


def test_one_by_nobody_in_particular_leaves_the_whole_panel_in_doubt(merge: FakeMerge) -> None:
    merge.card(interviewer=None)
    assert (both(merge).can_tell, both(merge, MARA).can_tell) == (False, False)
    merge.card(uid(601), interviewer=IVO)
    assert (both(merge).can_tell, both(merge, MARA).can_tell) == (True, False)


def test_what_was_deleted_after_it_was_handed_in_tells_nothing(merge: FakeMerge) -> None:
    merge.card(remote_was_deleted=True)
    assert (both(merge).submitted_at, both(merge).can_tell) == (None, False)
    assert both(merge, MARA).can_tell


@pytest.mark.parametrize(
    ("columns", "in_doubt"),
    [
        ({}, {TALK, uid(101)}),
        ({"application": uid(299)}, {TALK}),
        ({"interview": None}, {TALK, uid(101)}),
        ({"interview": uid(199), "application": uid(299)}, set()),
        ({"interview": None, "application": None}, {TALK, uid(101)}),
    ],
)
def test_an_unreadable_scorecard_leaves_in_doubt_what_it_may_be_about(
    merge: FakeMerge, columns: dict[str, Any], in_doubt: set[str]
) -> None:
    merge.interview(uid(101))
    merge.card(**columns)
    merge.tables["scorecards"][CARD]["submitted_at"] = "soon"
    pages = pulled(merge)
    for talk in (TALK, uid(101)):
        assert [card.can_tell for card in panel(pages, talk).values()] == [talk not in in_doubt] * 2


def test_an_unreadable_scorecard_of_another_candidate_does_no_harm(merge: FakeMerge) -> None:
    merge.card(interview=uid(199), application=uid(299), submitted_at="soon")
    assert both(merge).can_tell


@pytest.mark.parametrize(
    ("days", "can_tell"), [(59, True), (61, False)], ids=["in the last 60 days", "before"]
)
def test_an_account_without_a_scorecard_in_sixty_days_cannot_tell(
    merge: FakeMerge, days: int, can_tell: bool
) -> None:
    """Merge may have copied an old one yesterday: when it was handed in is what counts."""
    merge.card(
        OTHER,
        interview=uid(199),
        application=uid(299),
        submitted_at=(NOW - timedelta(days=days)).isoformat(),
    )
    connector = connected(merge)
    assert connector.capabilities.submission, "nobody has looked yet"
    cards = panel(list(connector.pull(WINDOW, {})))
    assert {card.can_tell for card in cards.values()} == {can_tell}
    assert connector.capabilities.submission is can_tell


def test_drafts_alone_do_not_show_that_an_account_can_tell(merge: FakeMerge) -> None:
    merge.card(OTHER, interview=uid(199), application=uid(299), submitted_at=None)
    assert not both(merge).can_tell


def test_in_an_account_that_cannot_tell_an_old_one_still_counts(merge: FakeMerge) -> None:
    merge.tables["scorecards"].clear()
    merge.interview(start_at="2026-08-01T10:00:00Z", end_at="2026-08-01T11:00:00Z")
    merge.card(submitted_at="2026-08-02T10:00:00Z")
    pages = list(connected(merge).read([Ref(Kind.INTERVIEW, TALK)]))
    assert panel(pages)[IVO].submitted_at is not None
    assert not panel(pages)[MARA].can_tell


def test_without_the_right_to_scorecards_nobody_can_tell(merge: FakeMerge) -> None:
    merge.denied.add("scorecards")
    assert {card.can_tell for card in panel(pulled(merge)).values()} == {False}


def test_a_right_that_is_taken_away_between_two_looks_is_noticed(merge: FakeMerge) -> None:
    connector = connected(merge)
    assert panel(list(connector.pull(WINDOW, {})))[IVO].can_tell
    merge.denied.add("scorecards")
    assert not panel(list(connector.pull(WINDOW, {})))[IVO].can_tell


def test_the_probe_is_asked_again_after_a_day_or_when_there_was_nothing(merge: FakeMerge) -> None:
    clock = [NOW]
    connector = connected(merge, clock=lambda: clock[0])

    def probes() -> int:
        before = len(merge.questions("scorecards"))
        list(connector.read([]))
        return len(merge.questions("scorecards")) - before

    assert [probes(), probes()] == [1, 0]
    clock[0] += timedelta(days=1)
    assert [probes(), probes()] == [1, 0]
    merge.tables["scorecards"].clear()
    clock[0] += timedelta(days=1)
    assert [probes(), probes()] == [1, 1]


# -- as of when


def test_a_pull_is_as_old_as_the_older_of_interviews_and_scorecards(merge: FakeMerge) -> None:
    merge.sync_status("Scorecard", last_sync_start="2026-11-24T06:00:00Z")
    merge.sync_status("Candidate", last_sync_start="2026-11-01T06:00:00Z")
    ages = {page.fresh_as_of for page in pulled(merge)}
    assert ages == {datetime(2026, 11, 24, 6, tzinfo=UTC)}


NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("columns", "age"),
    [
        ({"data_fresh_as_of": "2026-11-24T03:00:00Z"}, datetime(2026, 11, 24, 3, tzinfo=UTC)),
        ({"last_sync_finished": None}, NEVER),
        ({"last_sync_start": "2026-11-24T11:00:00Z"}, NEVER),
        ({"last_sync_result": "FAILED"}, NEVER),
        ({"last_sync_result": "PARTIALLY_SYNCED"}, NEVER),
        ({"last_sync_result": None}, NEVER),
        ({"model_id": "ats.Something"}, NEVER),
        ({"model_id": None}, NEVER),
        ({"last_sync_start": "today"}, NEVER),
    ],
)
def test_while_merge_does_not_say_how_old_its_copy_is_it_may_be_as_old_as_can_be(
    merge: FakeMerge, columns: dict[str, Any], age: datetime
) -> None:
    merge.sync_status("Scorecard", **columns)
    assert {page.fresh_as_of for page in pulled(merge)} == {age}


@pytest.mark.parametrize("status", [403, 404])
def test_without_a_sync_status_too(merge: FakeMerge, status: int) -> None:
    merge.script["sync-status"].append(thing({"detail": "no"}, status))
    assert {page.fresh_as_of for page in pulled(merge)} == {NEVER}


def test_a_resumed_pull_is_as_old_as_its_first_page(merge: FakeMerge) -> None:
    first = pulled(merge)[0]
    merge.sync_status("Scorecard", data_fresh_as_of="2026-11-24T11:59:00Z")
    merge.sync_status("ScheduledInterview", data_fresh_as_of="2026-11-24T11:59:00Z")
    rest = list(connected(merge).pull(WINDOW, first.state))
    assert {page.fresh_as_of for page in rest} == {datetime(2026, 11, 24, 10, tzinfo=UTC)}
    again = {page.fresh_as_of for page in pulled(merge)}
    assert again == {datetime(2026, 11, 24, 11, 59, tzinfo=UTC)}


def test_a_scorecard_handed_in_while_the_pull_runs_is_seen_by_the_pages_after_it(
    merge: FakeMerge,
) -> None:
    merge.interview(uid(1000), modified_at="2026-11-01T00:00:00Z", interviewers=[IVO])
    merge.interview(TALK, modified_at="2026-11-24T11:00:00Z")
    seen: list[str] = []
    for page in connected(merge).pull(WINDOW, {}):
        for each in interviews([page]).values():
            handed_in = panel([page], each.id)[IVO].submitted_at is not None
            assert handed_in is (each.id == TALK)
            merge.card(modified_at="2026-11-24T12:00:00Z")
            seen.append(each.id)
    assert seen == [uid(1000), TALK]


def test_scorecards_are_learnt_once_and_then_only_what_is_new(merge: FakeMerge) -> None:
    merge.interview(uid(1000), modified_at="2026-11-01T00:00:00Z")
    pulled(merge)
    asked = [q["modified_after"] for q in merge.questions("scorecards")]
    assert asked == [
        "2026-09-25T12:00:00.000Z",  # the probe: 60 days
        "2026-10-27T00:00:00.000Z",  # 14 days before the window
        "2026-11-24T11:00:00.000Z",  # what came since
    ]


def test_an_outage_in_the_middle_is_told(merge: FakeMerge) -> None:
    merge.script["scorecards"].extend([thing({"next": None, "results": []})])
    merge.script["scorecards"].extend([thing({}, 500)] * 5)
    with pytest.raises(Unreachable):
        pulled(merge)


def test_the_application_is_what_a_loose_scorecard_hangs_on(merge: FakeMerge) -> None:
    merge.card(interview=None, application=APPLICATION)
    asked = len(merge.server.asked)
    assert both(merge).submitted_at is not None
    queries = [each.query for each in merge.server.asked[asked:]]
    assert {"application_id", "interview_id"} <= {name for query in queries for name in query}
