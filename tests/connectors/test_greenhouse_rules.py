"""The nine rules of greenhouse.md 2.11 for who owes a scorecard, and where each person writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from connectors.ats.base import Window
from connectors.model import Application, Interview, InterviewState, Job, Person, Scorecard
from tests.connectors.fake_harvest import FakeHarvest, connected, harvest
from tests.connectors.test_greenhouse_traps import WEEK, of, only, pulled

SUBMITTED = "2026-11-11T09:30:00.000Z"
WHEN = datetime(2026, 11, 11, 9, 30, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    with harvest() as fake:
        fake.hiring()
        fake.interview()
        fake.seat()
        yield fake


def card_of(fake: FakeHarvest) -> Scorecard:
    [card] = only(Interview, fake).scorecards
    return card


def test_rule_1_interviews_are_chosen_by_their_end_timed_and_all_day(fake: FakeHarvest) -> None:
    pulled(fake)
    timed, all_day = fake.questions("interviews")
    assert timed["ends_at"] == "gte|2026-11-09T00:00:00.000Z|lt|2026-11-16T00:00:00.000Z"
    assert all_day["all_day_end_on"] == "gte|2026-11-08|lte|2026-11-17"
    assert "status" not in timed


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("scheduled", InterviewState.STANDING),
        ("awaiting_feedback", InterviewState.STANDING),
        ("complete", InterviewState.COMPLETE),
        ("skipped", InterviewState.CANCELLED),
        ("to_be_scheduled", InterviewState.UNSCHEDULED),
        ("collect_feedback", InterviewState.UNSCHEDULED),
        (None, InterviewState.UNKNOWN),
    ],
)
def test_rule_1_the_states_of_a_dated_interview(
    fake: FakeHarvest, word: str | None, state: InterviewState
) -> None:
    fake.interview(status=word)
    assert only(Interview, fake).state is state


@pytest.mark.parametrize("word", ["to_be_sent", "sent", "received"])
def test_rule_1_a_take_home_test_is_no_interview(fake: FakeHarvest, word: str) -> None:
    fake.interview(status=word)
    assert not of(Interview, pulled(fake))


def test_rule_1_an_all_day_interview_has_a_last_day_instead_of_an_end(fake: FakeHarvest) -> None:
    fake.interview(
        starts_at=None, ends_at=None, all_day_start_on="2026-11-10", all_day_end_on="2026-11-11"
    )
    interview = only(Interview, fake)
    assert (interview.ends_at, interview.ends_on) == (None, date(2026, 11, 11))
    assert interview.state is InterviewState.STANDING


def test_rule_2_a_seat_is_a_row_with_a_user_and_a_scorecard(fake: FakeHarvest) -> None:
    fake.seat(100, None, 601)
    fake.seat(100, 501, None)
    assert card_of(fake).interviewer_id == "500"


def test_rule_3_scorecards_are_read_by_id_with_few_fields(fake: FakeHarvest) -> None:
    pulled(fake)
    first = fake.questions("scorecards")[0]
    assert first["ids"] == "600"
    assert set(first["fields"].split(",")) == {
        "id",
        "application_id",
        "interview_kit_id",
        "interviewer_id",
        "submitter_id",
        "status",
        "submitted_at",
        "updated_at",
    }


def test_rule_4_complete_is_submitted_at_its_moment_by_its_submitter(fake: FakeHarvest) -> None:
    fake.card(status="complete", submitted_at=SUBMITTED, submitter_id=503)
    card = card_of(fake)
    assert (card.submitted_at, card.submitter_id, card.can_tell) == (WHEN, "503", True)


def test_rule_4_a_submitter_from_outside_the_panel_comes_along_as_a_person(
    fake: FakeHarvest,
) -> None:
    fake.user(590)
    fake.card(status="complete", submitted_at=SUBMITTED, submitter_id=590)
    assert "590" in {person.id for person in of(Person, pulled(fake))}


def test_rule_4_complete_without_a_moment_takes_the_last_change(fake: FakeHarvest) -> None:
    fake.card(status="complete", submitted_at=None, updated_at=SUBMITTED)
    assert card_of(fake).submitted_at == WHEN


def test_rule_4_complete_without_any_moment_cannot_be_told(fake: FakeHarvest) -> None:
    fake.card(status="complete", submitted_at=None, updated_at=None)
    assert (card_of(fake).submitted_at, card_of(fake).can_tell) == (None, False)


def test_rule_4_a_draft_that_was_submitted_once_is_not_owed(fake: FakeHarvest) -> None:
    fake.card(status="draft", submitted_at=SUBMITTED)
    assert card_of(fake).submitted_at == WHEN


def test_rule_4_a_draft_is_owed(fake: FakeHarvest) -> None:
    assert (card_of(fake).submitted_at, card_of(fake).can_tell) == (None, True)


def test_rule_4_two_cards_of_one_person_for_one_interview_are_one_and_submitted_wins(
    fake: FakeHarvest,
) -> None:
    fake.seat(100, 500, 601)
    fake.seat(100, 500, 602)
    fake.card(601, status="complete", submitted_at=SUBMITTED)
    assert (card_of(fake).id, card_of(fake).submitted_at) == ("601", WHEN)


@pytest.mark.parametrize(("said", "required"), [(False, False), (True, True), (None, True)])
def test_rule_5_a_slot_that_wants_no_scorecard_says_so(
    fake: FakeHarvest, said: bool | None, required: bool
) -> None:
    fake.put("job_interviews", 400, name="Chat", require_scorecard=said)
    assert card_of(fake).required is required


def test_rule_5_what_else_excuses_comes_along_as_facts(fake: FakeHarvest) -> None:
    fake.user(500, deactivated=True)
    fake.hiring(status="rejected")
    fake.tables["interviewers"][0]["response_status"] = "declined"
    pages = pulled(fake)
    assert {person.id: person.active for person in of(Person, pages)}["500"] is False
    [application], [interview] = of(Application, pages), of(Interview, pages)
    assert application.ats_status == "rejected"
    assert interview.scorecards[0].attendance == "declined"


def test_rule_6_an_extra_card_counts_where_the_placeholder_stayed_open(fake: FakeHarvest) -> None:
    fake.card(650, status="complete", submitted_at=SUBMITTED, submitter_id=500)
    card = card_of(fake)
    assert (card.id, card.submitted_at, card.submitter_id) == ("600", WHEN, "500")


@pytest.mark.parametrize(
    "other",
    [
        {"interviewer_id": 501},
        {"interview_kit_id": 701},
        {"application_id": 201},
        {"submitted_at": "2026-11-10T13:59:59Z"},
        {"status": "draft"},
    ],
    ids=["another person", "another slot", "another candidate", "before the start", "a draft"],
)
def test_rule_6_only_the_same_person_slot_and_candidate_after_the_start(
    fake: FakeHarvest, other: dict[str, object]
) -> None:
    fake.card(650, **({"status": "complete", "submitted_at": SUBMITTED} | other))
    assert card_of(fake).submitted_at is None


def test_rule_6_a_card_with_a_seat_of_its_own_stands_for_that_seat_alone(
    fake: FakeHarvest,
) -> None:
    """The same slot held twice with the same person: the second card is no extra of the first."""
    fake.interview(101, starts_at="2026-11-11T08:00:00Z", ends_at="2026-11-11T09:00:00Z")
    fake.seat(101, 500, 650)
    fake.card(650, status="complete", submitted_at=SUBMITTED)
    moments = {i.id: i.scorecards[0].submitted_at for i in of(Interview, pulled(fake))}
    assert moments == {"100": None, "101": WHEN}


def test_rule_6_is_asked_only_for_what_is_over_and_open(fake: FakeHarvest) -> None:
    fake.card(status="complete", submitted_at=SUBMITTED)
    fake.interview(101, ends_at="2026-11-30T10:00:00Z", starts_at="2026-11-30T09:00:00Z")
    fake.seat(101, 510, 610)
    window = Window(WEEK.since, datetime(2026, 12, 7, tzinfo=UTC))
    found = of(Interview, list(connected(fake).pull(window, {})))
    assert len(found) == 2
    assert all("application_ids" not in query for query in fake.questions("scorecards"))


def test_rule_7_the_cheap_first_pass_is_not_needed_and_not_used(fake: FakeHarvest) -> None:
    """It would list drafts of the future and cards without a panel."""
    pulled(fake)
    assert all("interviewed_at" not in query for query in fake.questions("scorecards"))


def test_rule_8_the_clock_starts_at_the_interviews_own_end(fake: FakeHarvest) -> None:
    fake.card(interviewed_at="2026-11-01T00:00:00Z")
    interview = only(Interview, fake)
    assert interview.ends_at == datetime(2026, 11, 10, 15, tzinfo=UTC)


def test_rule_9_a_card_made_long_before_the_window_is_found(fake: FakeHarvest) -> None:
    fake.card(created_at="2025-01-01T00:00:00Z")
    fake.interview(created_at="2025-01-01T00:00:00Z")
    assert card_of(fake).id == "600"


def test_the_interviewer_writes_on_the_guides_page(fake: FakeHarvest) -> None:
    """greenhouse.md 5: a Basic user can open that one."""
    assert card_of(fake).url == "https://acme.example.net/guides/700/people/800?application_id=200"


def test_the_recruiter_reads_on_the_people_page(fake: FakeHarvest) -> None:
    application = only(Application, fake)
    assert application.url == "https://acme.example.net/people/800?application_id=200"
    assert (application.recruiter_id, application.coordinator_id) == ("501", None)
    assert application.stage == "Team interviews"


def test_without_a_kit_there_is_no_link_to_guess(fake: FakeHarvest) -> None:
    fake.card(interview_kit_id=None)
    assert card_of(fake).url is None


def test_a_job_brings_its_department_and_its_team_the_responsible_first(
    fake: FakeHarvest,
) -> None:
    job = only(Job, fake)
    assert (job.name, job.department) == ("Platform engineer", "Engineering")
    assert job.recruiter_ids == ("501", "502")
    assert job.coordinator_ids == ("503",)
    assert job.hiring_manager_ids == ("505",)


def test_the_interview_is_called_what_its_slot_is_called(fake: FakeHarvest) -> None:
    assert only(Interview, fake).name == "Systems talk"
    fake.interview(job_interview_id=404)
    assert only(Interview, fake).name == "Interview"
