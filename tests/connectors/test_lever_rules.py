"""Who owes feedback at Lever (lever.md 3.5) and the traps of section 8, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Person,
    Ref,
    Scorecard,
)
from tests.connectors.fake_lever import (
    NOW,
    FakeLever,
    cards,
    days,
    hidden,
    lever,
    missing,
    of,
    only,
    people,
    pulled,
    seat,
)
from tests.connectors.loopback import thing


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    """One opportunity; each test adds its interviews."""
    with lever() as fake:
        fake.opportunity()
        yield fake


def card(fake: FakeLever, user: str = "user-1", **config: Any) -> Scorecard:
    return cards(pulled(fake, **config))["int-1", user]


def test_an_interview_comes_with_its_end_panel_job_and_page(fake: FakeLever) -> None:
    """Trap 1: milliseconds; the end is start plus minutes (3.5.2)."""
    fake.interview(duration=45)
    pages = pulled(fake)
    each = only(Interview, pages)
    assert (each.id, each.application_id, each.job_id) == ("opp-1:int-1", "opp-1", "posting-1")
    assert each.starts_at == NOW - timedelta(days=5)
    assert each.ends_at == NOW - timedelta(days=5) + timedelta(minutes=45)
    assert (each.state, each.name, each.panel_complete) == (
        InterviewState.STANDING,
        "Systems talk",
        True,
    )
    assert each.scorecards == (
        Scorecard("user-1", url="https://hire.example.net/candidates/opp-1"),
    )


def test_a_cancelled_interview_is_cancelled(fake: FakeLever) -> None:
    """3.5.1."""
    fake.interview(canceledAt=days(-6))
    each = only(Interview, pulled(fake))
    assert (each.state, each.ats_status) == (InterviewState.CANCELLED, "canceled")


def test_a_completed_form_is_a_submission(fake: FakeLever) -> None:
    """3.5.4."""
    fake.interview()
    fake.form()
    found = card(fake)
    assert found.submitted_at == NOW - timedelta(days=4)
    assert (found.id, found.submitter_id, found.can_tell) == ("form-1", "user-1", True)


@pytest.mark.parametrize(
    "form",
    [
        {"completedAt": None},
        {"deletedAt": days(-1)},
        {"type": "assignment"},
        {"type": "share"},
        {"interview": "int-of-another-day"},
    ],
    ids=["draft", "deleted (trap 9)", "assignment", "share", "another interview"],
)
def test_what_is_no_submission_leaves_it_owed(fake: FakeLever, form: dict[str, Any]) -> None:
    fake.interview()
    fake.form(**form)
    found = card(fake)
    assert (found.submitted_at, found.id, found.can_tell) == (None, None, True)


def test_of_two_forms_the_earlier_one_counts(fake: FakeLever) -> None:
    fake.interview()
    fake.form("late", completedAt=days(-1))
    fake.form("early", completedAt=days(-3))
    assert card(fake).id == "early"


def test_each_member_of_a_panel_owes_for_each_interview_alone(fake: FakeLever) -> None:
    """Trap 5: the key is the interview and the person."""
    two = [seat("user-1"), seat("user-2")]
    fake.interview("int-1", interviewers=two)
    fake.interview("int-2", interviewers=two)
    fake.form(interview="int-1", user="user-2")
    fake.form("form-2", interview="int-2", user="user-1")
    done = {key for key, each in cards(pulled(fake)).items() if each.submitted_at}
    assert done == {("int-1", "user-2"), ("int-2", "user-1")}


@pytest.mark.parametrize(
    ("of_interviewer", "of_interview", "owed"),
    [
        ("template-2", "no-feedback", True),
        ("no-feedback", "template-1", False),
        (None, "no-feedback", False),
        (None, "template-1", True),
    ],
)
def test_the_interviewers_template_goes_before_the_interviews(
    fake: FakeLever, of_interviewer: str | None, of_interview: str, owed: bool
) -> None:
    """3.5.3 and trap 7: no-feedback is a word, not null."""
    people = [seat("user-1", feedbackTemplate=of_interviewer)]
    fake.interview(interviewers=people, feedbackTemplate=of_interview)
    assert card(fake, required_without_template=not owed).required is owed


@pytest.mark.parametrize("owed", [True, False])
def test_without_any_template_a_setting_decides(fake: FakeLever, owed: bool) -> None:
    """3.5.3: unknown. Older interviewers have no template of their own (3.2)."""
    old = seat("user-1")
    del old["feedbackTemplate"]
    fake.interview(interviewers=[old], feedbackTemplate=None)
    assert card(fake, required_without_template=owed).required is owed


def test_a_form_without_an_interview_makes_it_unknown_unless_it_is_to_count(
    fake: FakeLever,
) -> None:
    """3.5.5: probably submitted by hand."""
    fake.interview()
    fake.form(interview=None, panel=None)
    unknown = card(fake)
    assert (unknown.submitted_at, unknown.can_tell) == (None, False)
    counted = card(fake, count_by_hand=True)
    assert (counted.submitted_at, counted.can_tell) == (NOW - timedelta(days=4), True)


@pytest.mark.parametrize("change", [{"createdAt": days(-5.5)}, {"user": "user-2"}])
def test_a_form_made_before_or_by_another_says_nothing(
    fake: FakeLever, change: dict[str, Any]
) -> None:
    fake.interview()
    fake.form(interview=None, **change)
    assert card(fake).can_tell


def test_one_form_by_hand_stands_for_the_last_interview_before_it_only(fake: FakeLever) -> None:
    for name, at in (("int-0", -9), ("int-1", -5), ("int-2", -2)):
        fake.interview(name, date=days(at))
    fake.interview("int-off", date=days(-4.5), canceledAt=days(-4.6))
    fake.form(interview=None)
    doubtful = [key for key, each in cards(pulled(fake)).items() if not each.can_tell]
    assert doubtful == [("int-1", "user-1")]


def test_each_form_by_hand_stands_for_one_interview_that_has_none(fake: FakeLever) -> None:
    for name, at in (("int-1", -9), ("int-2", -8), ("int-3", -7), ("int-4", -6)):
        fake.interview(name, date=days(at))
    fake.form(interview="int-4")
    fake.form("by-hand-1", interview=None)
    fake.form("by-hand-2", interview=None)
    doubtful = {key for key, each in cards(pulled(fake)).items() if not each.can_tell}
    assert doubtful == {("int-2", "user-1"), ("int-3", "user-1")}


def test_a_linked_form_is_not_doubted_for_one_by_hand(fake: FakeLever) -> None:
    fake.interview()
    fake.form()
    fake.form("by-hand", interview=None, completedAt=days(-4.9))
    assert card(fake, count_by_hand=True).id == "form-1"


def test_a_form_by_somebody_off_the_panel_is_not_guessed_to_be_anybodys(fake: FakeLever) -> None:
    """Trap 11."""
    fake.interview(interviewers=[seat("user-1"), seat("user-2")])
    fake.interview("int-2")
    fake.form(user="user-2")
    fake.form("foreign", user="user-9")
    found = cards(pulled(fake))
    assert not found["int-1", "user-1"].can_tell
    assert found["int-1", "user-1"].submitted_at is None
    assert found["int-1", "user-2"].submitted_at is not None
    assert found["int-2", "user-1"].can_tell


def test_a_form_of_an_unknown_type_makes_open_scorecards_unknown(fake: FakeLever) -> None:
    fake.interview()
    fake.form(type="debrief")
    assert not card(fake).can_tell


def test_no_reminder_does_not_mean_that_nothing_is_owed(fake: FakeLever) -> None:
    """3.5.7."""
    fake.interview(feedbackReminder="none")
    assert card(fake).required


def test_somebody_who_left_comes_as_left(fake: FakeLever) -> None:
    """3.5.6, trap 8 (a role of the customer's own) and trap 10 (hidden unless asked for)."""
    fake.interview()
    fake.user("user-1", deactivatedAt=days(-1), managerId="user-boss")
    fake.user("user-boss")
    people = {each.id: each for each in of(Person, pulled(fake))}
    assert not people["user-1"].active
    assert people["user-1"].manager_id == "user-boss"
    assert people["user-boss"].email == "user-boss@example.org"
    [asked] = fake.asked("users")
    assert asked.query["includeDeactivated"] == "true"


def test_somebody_lever_does_not_know_any_more_is_hidden(fake: FakeLever) -> None:
    """What becomes of deleted interviewers is unknown (3.2)."""
    fake.interview()
    del fake.tables["users"]["user-1"]
    pages = pulled(fake)
    assert hidden(pages) == {Ref(Kind.PERSON, "user-1")}
    assert ("int-1", "user-1") in cards(pages)


def test_an_outsider_without_an_id_has_no_seat_and_is_no_fault(fake: FakeLever) -> None:
    fake.interview(interviewers=[seat(None), seat("user-1")])
    pages = pulled(fake)
    assert list(cards(pages)) == [("int-1", "user-1")]
    assert not [each for page in pages for each in page.parked]
    assert only(Interview, pages).panel_complete


def test_ids_may_be_plain_or_expanded(fake: FakeLever) -> None:
    """Trap 4."""
    fake.opportunity(owner={"id": "user-owner", "name": "Ada"}, contact={"id": "person-1"})
    fake.interview(postings=[{"id": "posting-1", "text": "x"}])
    fake.form(user={"id": "user-1"}, interview={"id": "int-1"})
    pages = pulled(fake)
    application = only(Application, pages)
    assert (application.recruiter_id, application.candidate_id) == ("user-owner", "person-1")
    assert cards(pages)["int-1", "user-1"].submitted_at


def test_an_answer_that_is_wrapped_twice_is_read(fake: FakeLever) -> None:
    """Trap 4: data.data."""
    fake.interview()
    row = fake.tables["postings"]["posting-1"]
    fake.script["postings"].append(thing({"data": {"data": row}}))
    assert only(Job, pulled(fake)).name == "Platform engineer"


def test_an_object_may_have_data_of_its_own(fake: FakeLever) -> None:
    fake.posting(data={"id": "posting-9", "text": "Another"})
    fake.interview()
    row = fake.tables["postings"]["posting-1"]
    fake.script["postings"].append(thing({"data": row}))
    assert only(Job, pulled(fake)).id == "posting-1"


def test_what_people_wrote_is_never_asked_for_nor_kept(fake: FakeLever) -> None:
    """3.4, 3.9: text of forms, contacts, notes, descriptions, reasons."""
    fake.reason("reason-1", "non-hired")
    fake.opportunity(archived={"archivedAt": days(-1), "reason": "reason-1"})
    fake.interview()
    fake.form()
    fake.answered("int-1", user_1="accepted")
    pages = pulled(fake)
    assert "SECRET" not in repr(pages)
    asked = {v for each in fake.server.asked for k, v in each.pairs if k == "include"}
    assert not asked & {
        "fields",
        "note",
        "emails",
        "phones",
        "content",
        "headline",
        "feedbackForms",
    }
    assert all(any(k == "include" for k, _ in each.pairs) for each in fake.server.asked)


def test_the_application_names_candidate_stage_recruiter_and_job(fake: FakeLever) -> None:
    fake.interview()
    pages = pulled(fake)
    application = only(Application, pages)
    assert application.candidate_id == only(Candidate, pages).id == "contact-of-opp-1"
    assert only(Candidate, pages).name == "Noor Vance"
    assert (application.stage, application.recruiter_id) == ("Stage lead-new", "user-owner")
    assert (application.job_id, application.url) == (
        "posting-1",
        "https://hire.example.net/candidates/opp-1",
    )
    assert application.updated_at == NOW - timedelta(days=3)
    job = only(Job, pages)
    assert (job.name, job.department) == ("Platform engineer", "Engineering")
    assert (job.recruiter_ids, job.hiring_manager_ids) == (("user-posting",), ("user-lead",))
    assert {"user-posting", "user-lead"} <= {each.id for each in of(Person, pages)}


def test_without_a_department_the_team_stands_for_it(fake: FakeLever) -> None:
    fake.posting(categories={"team": "Core", "department": None})
    fake.interview()
    assert only(Job, pulled(fake)).department == "Core"


def test_without_an_application_the_interview_names_the_posting(fake: FakeLever) -> None:
    """There is no posting on the opportunity (3.1)."""
    fake.opportunity(applications=[])
    fake.interview(postings=["posting-1"])
    pages = pulled(fake)
    assert only(Interview, pages).job_id == only(Application, pages).job_id == "posting-1"


@pytest.mark.parametrize(
    ("archived", "state", "word"),
    [
        (None, ApplicationState.ACTIVE, "active"),
        ("reason-yes", ApplicationState.HIRED, "hired"),
        ("reason-no", ApplicationState.REJECTED, "non-hired"),
        ("reason-new", ApplicationState.UNKNOWN, "postponed"),
        ("reason-gone", ApplicationState.UNKNOWN, "archived"),
        ({"id": "reason-no"}, ApplicationState.REJECTED, "non-hired"),
    ],
)
def test_whether_it_was_a_hire_is_told_by_the_type_of_the_reason(
    fake: FakeLever, archived: object, state: ApplicationState, word: str
) -> None:
    for name, kind in (("yes", "hired"), ("no", "non-hired"), ("new", "postponed")):
        fake.reason(f"reason-{name}", kind)
    closed = {"archivedAt": days(-1), "reason": archived}
    fake.opportunity(archived=closed if archived else None)
    fake.interview()
    application = only(Application, pulled(fake))
    assert (application.state, application.ats_status) == (state, word)


def test_without_the_right_to_reasons_a_closed_one_is_unknown(fake: FakeLever) -> None:
    fake.denied = {"archive_reasons"}
    fake.opportunity(archived={"archivedAt": days(-1), "reason": "reason-1"})
    fake.interview()
    assert only(Application, pulled(fake)).state is ApplicationState.UNKNOWN


def test_an_erased_opportunity_loses_its_name_and_its_interviews(fake: FakeLever) -> None:
    """Case 41."""
    fake.opportunity(isAnonymized=True, name="Anonymized")
    fake.interview()
    pages = pulled(fake)
    assert of(Interview, pages) == []
    assert only(Candidate, pages).name is None
    assert missing(pages) == {Ref(Kind.APPLICATION, "opp-1")}


def test_a_calendar_answer_comes_along_in_the_vendors_word(fake: FakeLever) -> None:
    """3.3: panels tell nothing else that we need; outsiders may have no id there."""
    fake.interview(interviewers=[seat("user-1"), seat("user-2")])
    fake.answered("int-1", user_1="declined", user_2="needsAction")
    fake.below["opp-1", "panels"][0]["interviews"][0]["interviewers"].insert(0, seat(None))
    found = cards(pulled(fake))
    assert found["int-1", "user-1"].attendance == "declined"
    assert found["int-1", "user-2"].attendance == "needsAction"


def test_without_the_right_to_panels_there_is_no_answer_and_no_crash(fake: FakeLever) -> None:
    fake.denied = {"panels"}
    people(fake, 3)
    assert {each.attendance for each in cards(pulled(fake)).values()} == {None}
    assert fake.count("panels") == 1, "refused once is enough"
