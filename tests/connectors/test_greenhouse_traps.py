"""The 22 traps of greenhouse.md 3.4, one by one, against a Harvest as strict as the real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from connectors.ats.base import Window
from connectors.ats.greenhouse_rows import MANDATORY, OPTIONAL
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Page,
    Person,
    Record,
    Ref,
)
from connectors.slices import slices
from tests.connectors.fake_harvest import FakeHarvest, connected, harvest
from tests.connectors.loopback import thing

WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
R = TypeVar("R", bound=Record)


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    """One interview with one seat, and everything around it."""
    with harvest() as fake:
        fake.hiring()
        fake.interview()
        fake.seat()
        yield fake


def pulled(fake: FakeHarvest) -> list[Page]:
    return list(connected(fake).pull(WEEK, {}))


def of(kind: type[R], pages: list[Page]) -> list[R]:
    return [record for page in pages for record in page.records if isinstance(record, kind)]


def only(kind: type[R], fake: FakeHarvest) -> R:
    [found] = of(kind, pulled(fake))
    return found


def hidden(pages: list[Page]) -> list[Ref]:
    return [ref for page in pages for ref in page.hidden]


def test_trap_1_undated_scaffolding_never_comes_out_of_a_pull(fake: FakeHarvest) -> None:
    undated = {"starts_at": None, "ends_at": None}
    fake.interview(101, status="to_be_scheduled", **undated)
    fake.interview(102, status="collect_feedback", **undated)
    fake.interview(103, status="collect_feedback")  # one of the two in 116 760 with a date
    states = {each.id: each.state for each in of(Interview, pulled(fake))}
    assert states == {"100": InterviewState.STANDING, "103": InterviewState.UNSCHEDULED}


def test_trap_1_what_lost_its_date_is_unscheduled_when_read_again(fake: FakeHarvest) -> None:
    fake.interview(100, starts_at=None, ends_at=None, status="scheduled")
    [page] = connected(fake).read([Ref(Kind.INTERVIEW, "100")])
    [interview] = of(Interview, [page])
    assert interview.state is InterviewState.UNSCHEDULED
    assert interview.ats_status == "scheduled"


def test_trap_2_a_draft_for_a_future_interview_is_a_seat_and_not_a_submission(
    fake: FakeHarvest,
) -> None:
    fake.interview(
        101, starts_at="2026-11-15T09:00:00Z", ends_at="2026-11-15T10:00:00Z", status="scheduled"
    )
    fake.seat(101, 510, 610)
    future = {each.id: each for each in of(Interview, pulled(fake))}["101"]
    assert future.ends_at == datetime(2026, 11, 15, 10, tzinfo=UTC)
    [card] = future.scorecards
    assert (card.interviewer_id, card.submitted_at, card.can_tell) == ("510", None, True)


def test_trap_3_a_scorecard_finds_its_interview_through_interviewers(fake: FakeHarvest) -> None:
    fake.interview(101, ends_at="2026-11-11T15:00:00Z")
    fake.seat(101, 510, 610)
    panels = {
        each.id: [card.id for card in each.scorecards] for each in of(Interview, pulled(fake))
    }
    assert panels == {"100": ["600"], "101": ["610"]}
    assert all("interview_ids" not in query for query in fake.questions("scorecards"))


def test_trap_4_scorecards_are_never_asked_for_by_job(fake: FakeHarvest) -> None:
    pulled(fake)
    assert fake.questions("scorecards")
    assert all("job_ids" not in query for query in fake.questions("scorecards"))


def test_trap_5_no_question_names_more_than_fifty_ids_and_stages_are_not_asked_for(
    fake: FakeHarvest,
) -> None:
    for n in range(120):
        fake.interview(1000 + n)
        fake.seat(1000 + n, 2000 + n, 3000 + n)
    found = of(Interview, pulled(fake))
    assert len(found) == 121
    assert all(len(each.scorecards) == 1 for each in found)
    named = [
        len(text.split(","))
        for asked in fake.server.asked
        for name, text in asked.query.items()
        if name.endswith("ids")
    ]
    assert max(named) == 50
    assert not fake.questions("job_interview_stages")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("in_process", ApplicationState.ACTIVE),
        ("active", ApplicationState.ACTIVE),
        ("rejected", ApplicationState.REJECTED),
        ("hired", ApplicationState.HIRED),
        ("converted", ApplicationState.CONVERTED),
        ("paused", ApplicationState.UNKNOWN),
        (None, ApplicationState.UNKNOWN),
    ],
)
def test_trap_6_in_process_is_the_answer_where_active_is_the_question(
    fake: FakeHarvest, word: str | None, state: ApplicationState
) -> None:
    fake.hiring(status=word)
    application = only(Application, fake)
    assert (application.state, application.ats_status) == (state, word or "")
    assert all("status" not in query for query in fake.questions("applications"))


def test_trap_7_a_cursor_goes_alone(fake: FakeHarvest) -> None:
    for n in range(5):
        fake.interview(1000 + n)
    fake.most_per_page = 2
    assert len(of(Interview, pulled(fake))) == 6
    with_cursor = [query for query in fake.questions("interviews") if "cursor" in query]
    assert len(with_cursor) == 2
    assert all(set(query) == {"cursor"} for query in with_cursor)
    first = fake.questions("interviews")[0]
    assert first["per_page"] == "500"


def test_trap_8_created_at_is_never_a_filter_and_so_never_beside_updated_at(
    fake: FakeHarvest,
) -> None:
    pulled(fake)
    assert all(not {"created_at", "updated_at"} & set(asked.query) for asked in fake.server.asked)


def test_trap_9_the_tokens_end_is_expires_at(fake: FakeHarvest) -> None:
    fake.script["token"].append(thing({"access_token": "x", "expires_in": 1, "expires_at": "?"}))
    fake.good_tokens = {"x"}
    pulled(fake)
    assert len([asked for asked in fake.server.asked if asked.name == "token"]) == 1


def test_trap_10_a_token_revoked_by_a_newer_one_is_replaced_once(fake: FakeHarvest) -> None:
    connector = connected(fake)
    list(connector.pull(WEEK, {}))
    fake.good_tokens = {"somebody else's"}
    assert of(Interview, list(connector.pull(WEEK, {})))
    assert fake.tokens == 2


def test_trap_11_ids_beyond_32_and_53_bits_come_through_exactly(fake: FakeHarvest) -> None:
    big = 2**53 + 1
    fake.interview(90000000123, application_id=big)
    fake.hiring(big)
    fake.seat(90000000123, 2**63 - 1, 61234500456)
    interview = {each.id: each for each in of(Interview, pulled(fake))}["90000000123"]
    assert interview.application_id == "9007199254740993"
    assert interview.scorecards[0].interviewer_id == "9223372036854775807"


@pytest.mark.parametrize("odd", [1.5, 1e20, 2**63, -1, True, "12a", "", [1], {}])
def test_trap_11_an_id_that_is_no_64_bit_integer_is_not_believed(
    fake: FakeHarvest, odd: object
) -> None:
    fake.interview(100, application_id=odd)
    pages = pulled(fake)
    assert not of(Interview, pages)
    [parked] = [each for page in pages for each in page.parked]
    assert parked.ref == Ref(Kind.INTERVIEW, "100")
    assert parked.path == "interviews.application_id"


def test_trap_12_words_that_nobody_listed_are_kept_and_never_crash(fake: FakeHarvest) -> None:
    fake.interview(status="on_the_moon")
    fake.tables["interviewers"][0]["response_status"] = "maybe_later"
    fake.card(status="archived")
    fake.put("job_owners", 9, job_id=300, user_id=501, type="godparent", responsible=None)
    interview = only(Interview, fake)
    assert (interview.state, interview.ats_status) == (InterviewState.UNKNOWN, "on_the_moon")
    [card] = interview.scorecards
    assert card.attendance == "maybe_later"
    assert (card.can_tell, card.submitted_at) == (False, None)


NULLABLE: list[tuple[str, dict[str, Any]]] = [
    ("interviews", {"job_id": None, "job_interview_id": None, "updated_at": None}),
    ("interviewers", {"response_status": None}),
    ("scorecards", {"submitter_id": None, "updated_at": None, "candidate_rating": None}),
    ("applications", {"job_id": None, "stage_name": None, "recruiter_id": None}),
    ("candidates", {"first_name": None, "last_name": None, "updated_at": None}),
    ("users", {"emails": None, "name": None, "deactivated": None, "primary_email": None}),
    ("jobs", {"department_id": None, "name": None}),
    ("job_interviews", {"name": None, "require_scorecard": None}),
    ("job_owners", {"type": None, "responsible": None}),
]


@pytest.mark.parametrize(("table", "nulls"), NULLABLE, ids=[table for table, _ in NULLABLE])
def test_trap_13_null_is_taken_where_the_specification_says_otherwise(
    fake: FakeHarvest, table: str, nulls: dict[str, Any]
) -> None:
    for row in fake.tables[table]:
        row.update(nulls)
    pages = pulled(fake)
    [interview] = of(Interview, pages)
    assert interview.panel_complete
    assert len(interview.scorecards) == 1
    assert not [each for page in pages for each in page.parked]


@pytest.mark.parametrize("empty", ["", None])
def test_trap_14_an_empty_address_is_no_address(fake: FakeHarvest, empty: str | None) -> None:
    fake.user(500, primary_email=empty, name=None, first_name=None, last_name="Robot")
    person = {each.id: each for each in of(Person, pulled(fake))}["500"]
    assert (person.email, person.name) == (None, "Robot")
    assert {query["show_service_accounts"] for query in fake.questions("users")} == {"true"}


def test_trap_15_the_organizer_is_not_asked_for(fake: FakeHarvest) -> None:
    pulled(fake)
    assert all("organizer_id" not in query["fields"] for query in fake.questions("interviews"))


def test_trap_16_an_outsider_without_a_user_id_has_no_seat(fake: FakeHarvest) -> None:
    fake.seat(100, None, None, email="guest@example.com")
    fake.seat(100, None, 699)
    fake.seat(100, 520, None)  # a coordinator, who owes nothing
    interview = only(Interview, fake)
    assert [card.interviewer_id for card in interview.scorecards] == ["500"]
    assert interview.panel_complete


def test_trap_17_a_scorecard_that_is_no_longer_returned_leaves_the_panel(
    fake: FakeHarvest,
) -> None:
    fake.seat(100, 510, 610)
    fake.drop("scorecards", 600)
    interview = only(Interview, fake)
    assert [card.interviewer_id for card in interview.scorecards] == ["510"]
    assert interview.panel_complete, "it is gone, not unreadable"


def test_trap_17_what_is_asked_for_by_id_and_not_returned_is_missing(fake: FakeHarvest) -> None:
    """Case 40."""
    fake.drop("interviews", 100)
    [page] = connected(fake).read([Ref(Kind.INTERVIEW, "100")])
    assert page.missing == (Ref(Kind.INTERVIEW, "100"),)
    assert page.records == ()


def test_trap_18_no_text_no_rating_and_no_contact_is_ever_asked_for(fake: FakeHarvest) -> None:
    """Every listing is asked for named fields, and none of them can hold any of these."""
    pulled(fake)
    asked = [each.query for each in fake.server.asked if each.method == "GET"]
    assert all("fields" in query or "cursor" in query for query in asked)
    fields = {name for query in asked for name in query.get("fields", "").split(",")}
    fields |= {name for model in (*MANDATORY, *OPTIONAL) for name in model.model_fields}
    for word in ("note", "rating", "answer", "attribute", "address", "phone", "location", "emails"):
        assert not [name for name in fields if word in name]
    assert {name for name in fields if "email" in name} == {"primary_email"}


def test_trap_18_nothing_of_it_is_in_a_record_or_a_reason(fake: FakeHarvest) -> None:
    fake.card(status=17)
    assert "SECRET" not in repr(pulled(fake))


def test_trap_19_new_fields_are_ignored(fake: FakeHarvest) -> None:
    for table in fake.tables.values():
        for row in table:
            row["brand_new"] = {"deep": [1]}
    row = {**fake.tables["interviews"][0], "extra": 1}
    fake.script["interviews"].append(thing([row]))  # even one that nobody asked for
    pages = pulled(fake)
    assert of(Interview, pages)
    assert not [each for page in pages for each in page.parked]


def test_trap_20_applications_are_never_asked_for_by_stage(fake: FakeHarvest) -> None:
    pulled(fake)
    assert all("stage_ids" not in query for query in fake.questions("applications"))


@pytest.mark.parametrize(
    ("table", "id", "kind", "record"),
    [
        ("applications", 200, Kind.APPLICATION, Application),
        ("candidates", 800, Kind.CANDIDATE, Candidate),
        ("jobs", 300, Kind.JOB, Job),
        ("users", 500, Kind.PERSON, Person),
    ],
)
def test_trap_21_what_an_interview_names_and_cannot_be_read_is_hidden_but_the_interview_stays(
    fake: FakeHarvest, table: str, id: int, kind: Kind, record: type[Record]
) -> None:
    fake.drop(table, id)
    pages = pulled(fake)
    assert hidden(pages) == [Ref(kind, str(id))]
    assert str(id) not in [each.id for each in of(record, pages)]
    [interview] = of(Interview, pages)
    assert len(interview.scorecards) == 1


def test_trap_21_without_the_application_there_is_no_link_to_guess(fake: FakeHarvest) -> None:
    fake.drop("applications", 200)
    assert only(Interview, fake).scorecards[0].url is None


def test_trap_22_no_question_carries_a_body(fake: FakeHarvest) -> None:
    pulled(fake)
    gets = [asked for asked in fake.server.asked if asked.method == "GET"]
    assert gets
    assert all(asked.body == b"" and "content-type" not in asked.headers for asked in gets)


def test_a_week_is_one_slice() -> None:
    """The tests above count requests; this is what they count on."""
    assert len(list(slices(WEEK, {}))) == 1
