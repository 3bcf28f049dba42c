"""What hangs on an interview of Ashby, and the traps of ashby.md 8 that are not rules of 3.9."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    Job,
    Kind,
    Person,
    Ref,
)
from tests.connectors.fake_ashby import FakeAshby, ashby, uid
from tests.connectors.test_ashby_rules import of, only, panel, pulled, two


@pytest.fixture
def fake() -> Iterator[FakeAshby]:
    with ashby() as fake:
        fake.hiring()
        yield fake


# -- applications, jobs, links


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        ("Active", None, ApplicationState.ACTIVE),
        ("Lead", None, ApplicationState.ACTIVE),
        ("Hired", None, ApplicationState.HIRED),
        ("Archived", None, ApplicationState.REJECTED),
        ("Archived", "RejectedByOrg", ApplicationState.REJECTED),
        ("Archived", "RejectedByCandidate", ApplicationState.WITHDRAWN),
        ("Archived", "Other", ApplicationState.REJECTED),
        ("Vaporized", None, ApplicationState.UNKNOWN),
        (None, None, ApplicationState.UNKNOWN),
    ],
)
def test_an_application_is_open_or_closed(
    fake: FakeAshby, status: str | None, reason: str | None, state: ApplicationState
) -> None:
    fake.hiring(status=status, archiveReason={"id": uid("r"), "reasonType": reason})
    fake.schedule()
    application = only(Application, fake)
    assert (application.state, application.ats_status) == (state, status or "")
    asked = bool(fake.questions("candidate.info"))
    assert asked is (state is ApplicationState.ACTIVE), "a closed one needs no link"


def test_an_application_has_its_team_its_stage_and_the_candidates_page(fake: FakeAshby) -> None:
    fake.schedule()
    application = only(Application, fake)
    assert application.recruiter_id == uid("Pia Holt")
    assert application.coordinator_id == uid("Bo Lind")
    assert application.stage == "Team interviews"
    assert application.url == f"https://app.ashbyhq.com/candidate-searches/new/{uid('Noor Vance')}"
    assert only(Candidate, fake) == Candidate(uid("Noor Vance"), "Noor Vance")


def test_a_job_has_its_department_and_its_team(fake: FakeAshby) -> None:
    fake.schedule()
    pages = pulled(fake)
    [job] = of(Job, pages)
    assert (job.name, job.department) == ("Platform engineer", "Engineering")
    assert job.recruiter_ids == (uid("Pia Holt"),)
    assert job.coordinator_ids == (uid("Bo Lind"),)
    assert job.hiring_manager_ids == (uid("Zoe Dahl"),)
    people = {each.id for each in of(Person, pages)}
    assert {*job.recruiter_ids, *job.coordinator_ids, *job.hiring_manager_ids} <= people
    assert uid("Sol Sourcer") not in people


def test_the_names_of_roles_are_settings(fake: FakeAshby) -> None:
    fake.schedule()
    job = only(Job, fake, recruiter_roles=("SOURCER", "recruiter"), hiring_manager_roles=())
    assert job.recruiter_ids == (uid("Pia Holt"), uid("Sol Sourcer"))
    assert job.hiring_manager_ids == ()


@pytest.mark.parametrize("right", ["jobs", "organization"])
def test_without_an_optional_right_the_application_tells(fake: FakeAshby, right: str) -> None:
    fake.denied = {right}
    fake.schedule()
    pages = pulled(fake)
    [job] = of(Job, pages)
    assert job.name == "Platform engineer"
    assert job.recruiter_ids == (uid("Pia Holt"),)
    assert job.department == ("Engineering" if right == "jobs" else None)
    assert uid("Pia Holt") in {each.id for each in of(Person, pages)}
    denied = {"jobs": "job.info", "organization": "user.info"}[right]
    assert len(fake.questions(denied)) == 1, "it is tried once"


def test_trap_9_a_job_that_is_hidden_is_told_by_its_application(fake: FakeAshby) -> None:
    fake.drop("job", "job")
    fake.schedule()
    assert only(Job, fake).name == "Platform engineer"


def test_trap_9_an_application_that_is_hidden_is_named_so(fake: FakeAshby) -> None:
    fake.drop("application", "application")
    fake.schedule()
    pages = pulled(fake)
    assert Ref(Kind.APPLICATION, uid("application")) in [ref for p in pages for ref in p.hidden]
    [interview] = of(Interview, pages)
    assert (interview.application_id, interview.job_id) == (uid("application"), None)


def test_somebody_of_the_team_who_is_gone_or_has_left_is_not_active(fake: FakeAshby) -> None:
    fake.user("Pia Holt", isEnabled=False)
    fake.drop("user", "Bo Lind")
    fake.schedule()
    active = {each.id: each.active for each in of(Person, pulled(fake))}
    assert (active[uid("Pia Holt")], active[uid("Bo Lind")], active[uid("Zoe Dahl")]) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://app.ashbyhq.com/interview-briefings/1/feedback", True),
        ("https://acme.example.net/interview-briefings/1", True),
        ("http://app.ashbyhq.com/x", False),
        ("https://app.ashbyhq.com.evil.example/x", False),
        ("https://evilashbyhq.com/x", False),
        ("https://evil.example\\.ashbyhq.com/x", False),
        ("https://app.ashbyhq.com@evil.example/x", False),
        ("https://acme.example.net.evil.example/x", False),
        ("javascript:alert(1)//.ashbyhq.com/", False),
        ("https://[::1/x", False),
        ("", False),
        (None, False),
    ],
)
def test_a_link_is_passed_on_as_given_if_it_leads_to_ashby(
    fake: FakeAshby, link: str | None, kept: bool
) -> None:
    """ashby.md 5: never built."""
    fake.schedule("schedule", fake.event(feedbackLink=link))
    [card] = panel(fake, web_url="https://acme.example.net").values()
    assert card.url == (link if kept else None)


# -- the other traps


def test_trap_3_a_schedule_made_long_before_its_interview_is_found(fake: FakeAshby) -> None:
    fake.schedule(createdAt="2026-06-20T08:00:00Z")
    assert only(Interview, fake).id == uid("event")


def test_feedback_begun_some_days_before_the_window_is_found(fake: FakeAshby) -> None:
    fake.schedule("schedule", fake.event(endTime="2026-11-09T01:00:00Z"))
    fake.feedback("form", "Ivo Brandt", createdAt="2026-11-06T09:00:00Z")
    assert panel(fake)[uid("Ivo Brandt")].submitted_at


def test_trap_3_how_long_before_is_a_setting(fake: FakeAshby) -> None:
    fake.schedule(createdAt="2026-06-20T08:00:00Z")
    assert not of(Interview, pulled(fake, schedule_days=60))


def test_trap_4_filters_are_milliseconds(fake: FakeAshby) -> None:
    fake.schedule()
    pulled(fake)
    walks = fake.questions("interviewSchedule.list")
    assert walks[-1]["createdAfter"] == 1778630399999  # 180 days before the window, 2026-05-13
    assert all(type(each["createdAfter"]) is int for each in walks)


@pytest.mark.parametrize(
    ("schedule", "event", "newest"),
    [
        ("2026-11-03T00:00:00Z", "2026-11-02T00:00:00Z", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", datetime(2026, 11, 3, tzinfo=UTC)),
        (None, "2026-11-02T00:00:00Z", datetime(2026, 11, 2, tzinfo=UTC)),
        (None, None, None),
    ],
)
def test_an_interview_is_as_young_as_the_younger_of_schedule_and_event(
    fake: FakeAshby, schedule: str | None, event: str | None, newest: datetime | None
) -> None:
    """Its state is the schedule's, its time and panel are the event's."""
    fake.schedule("schedule", fake.event(updatedAt=event), updatedAt=schedule)
    assert only(Interview, fake).updated_at == newest


def test_trap_5_deprecated_ids_are_not_looked_at(fake: FakeAshby) -> None:
    fake.schedule("schedule", fake.event(interviewerUserIds=[uid("Mara Field")]))
    assert set(panel(fake)) == {uid("Ivo Brandt")}


def test_trap_6_kinds_are_asked_for_by_id_so_that_none_is_missing(fake: FakeAshby) -> None:
    fake.schedule()
    pulled(fake)
    assert fake.questions("interview.info") == [{"id": uid("talk")}]
    assert fake.questions("interview.list") == []


def test_a_kind_that_is_not_found_is_an_interview_all_the_same(fake: FakeAshby) -> None:
    fake.drop("interview", "talk")
    fake.schedule()
    assert only(Interview, fake).name == "Interview"


def test_trap_15_extra_fields_are_ignored_and_no_text_is_kept(fake: FakeAshby) -> None:
    two(fake)
    fake.feedback("form", "Ivo Brandt", brandNew={"a": [1]})
    pages = pulled(fake)
    assert of(Interview, pages)
    assert "SECRET" not in repr(pages)


@pytest.mark.parametrize(
    ("columns", "path"),
    [
        ({"id": None}, "interviewEvents.id"),
        ({"endTime": None}, "interviewEvents.endTime"),
        ({"endTime": "2026-11-10T15:00:00"}, "interviewEvents.endTime"),
        ({"interviewId": 5}, "interviewEvents.interviewId"),
        ({"interviewers": None}, "interviewEvents.interviewers"),
        ({"interviewers": [{"id": 5}]}, "interviewEvents.interviewers.0.id"),
        ({"hasSubmittedFeedback": "yes"}, "interviewEvents.hasSubmittedFeedback"),
    ],
)
def test_an_event_that_is_not_as_promised_is_parked_and_the_others_go_on(
    fake: FakeAshby, columns: dict[str, object], path: str
) -> None:
    """Case 39."""
    fake.schedule("schedule", fake.event("bad", **columns), fake.event("good"))
    pages = pulled(fake)
    assert [each.id for each in of(Interview, pages)] == [uid("good")]
    flaws = {flaw.path: flaw for page in pages for flaw in page.parked}
    assert set(flaws) == {path}
    expected = uid("bad") if "id" not in columns else f"interviewSchedule.list/{uid('schedule')}"
    assert flaws[path].ref == Ref(Kind.INTERVIEW, expected)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("interviewSchedule", "applicationId", None),
        ("interviewSchedule", "interviewEvents", {}),
        ("application", "candidate", None),
        ("candidate", "profileUrl", 5),
        ("job", "title", []),
        ("interview", "isDebrief", "no"),
        ("applicationFeedback", "submittedAt", 5),
    ],
)
def test_a_record_of_any_kind_that_is_not_as_promised_is_parked(
    fake: FakeAshby, table: str, column: str, value: object
) -> None:
    """Case 39: with its path, and nothing raises."""
    fake.schedule()
    fake.feedback("form", "Ivo Brandt")
    for row in fake.tables[table].values():
        row[column] = value
    [path] = {flaw.path for page in pulled(fake) for flaw in page.parked}
    assert path.startswith(f"{table}.")
    assert path.endswith(f".{column}")
