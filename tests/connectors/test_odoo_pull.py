"""Odoo: what is read and how it comes over, paging, resuming, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest

from connectors.ats.base import Window
from connectors.errors import (
    BrokenPaging,
)
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
from tests.connectors.fake_odoo import FakeOdoo, connected, odoo
from tests.connectors.loopback import rows

START = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=14))
R = TypeVar("R", bound=Record)


@pytest.fixture
def fake() -> Iterator[FakeOdoo]:
    with odoo() as fake:
        fake.hiring()
        fake.meeting(100, 500)
        yield fake


def of(kind: type[R], pages: Iterable[Page]) -> list[R]:
    return [record for page in pages for record in page.records if isinstance(record, kind)]


def pulled(fake: FakeOdoo, evidence: str = "form") -> list[Page]:
    return list(connected(fake, evidence).pull(WINDOW, {}))


def one(fake: FakeOdoo, id: str = "100") -> Interview:
    return next(each for each in of(Interview, pulled(fake)) if each.id == id)


def panel(fake: FakeOdoo) -> list[str]:
    return sorted(card.interviewer_id for card in one(fake).scorecards)


# -- what comes over


def test_a_meeting_comes_with_all_that_it_names(fake: FakeOdoo) -> None:
    pages = pulled(fake)
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    [found] = of(Interview, pages)
    assert (found.application_id, found.job_id, found.name) == ("200", "300", "Systems talk")
    assert (found.starts_at, found.ends_at, found.ends_on) == (
        datetime(2026, 11, 10, 14, tzinfo=UTC),
        datetime(2026, 11, 10, 15, tzinfo=UTC),
        None,
    )
    assert (found.state, found.panel_complete) == (InterviewState.STANDING, True)
    assert of(Application, pages) == [
        Application(
            id="200",
            candidate_id="800",
            job_id="300",
            state=ApplicationState.ACTIVE,
            ats_status="ongoing",
            stage="First Interview",
            recruiter_id="501",
            url=f"{fake.server.url}/odoo/hr.applicant/200",
            updated_at=at,
        )
    ]
    assert of(Candidate, pages) == [Candidate("800", "Noor Vance")]
    assert of(Job, pages) == [
        Job(
            "300",
            "Platform engineer",
            "Engineering",
            recruiter_ids=("501",),
            updated_at=at,
            is_open=True,
        )
    ]
    people = {each.id: each for each in of(Person, pages)}
    assert people["500"] == Person("500", "Ivo Brandt 500", "ivo500@example.org", True, at)
    assert people.keys() == {"500", "501"}


def test_an_all_day_meeting_ends_with_its_last_day_whatever_its_hours_say(fake: FakeOdoo) -> None:
    days = {"start_date": "2026-11-10", "stop_date": "2026-11-11", "allday": True}
    fake.change("calendar.event", 100, start="2026-11-10 08:00:00", **days)
    found = one(fake)
    assert (found.starts_at, found.ends_at, found.ends_on) == (None, None, date(2026, 11, 11))


def test_an_archived_meeting_is_called_off(fake: FakeOdoo) -> None:
    fake.change("calendar.event", 100, active=False)
    assert one(fake).state is InterviewState.CANCELLED


@pytest.mark.parametrize("subject", ["Noor Vance", "Talk with Noor", "VANCE: systems", False])
def test_a_subject_that_may_hold_the_candidates_name_does_not_come_over(
    fake: FakeOdoo, subject: Any
) -> None:
    """Odoo proposes the name for it; names belong where they can be withheld and erased."""
    fake.change("calendar.event", 100, name=subject)
    assert one(fake).name == "Interview"


def test_interviewers_are_the_attendees_who_are_internal_users(fake: FakeOdoo) -> None:
    fake.user(502, share=True)
    fake.user(503, active=False)
    for partner in (800, 1502, 1503, 4711):  # candidate, portal user, somebody who left, guest
        fake.seat(100, partner)
    assert panel(fake) == ["500", "503"]
    left = next(each for each in of(Person, pulled(fake)) if each.id == "503")
    assert left.active is False


def test_a_colleague_who_applies_is_no_interviewer_of_themself(fake: FakeOdoo) -> None:
    fake.user(504)
    fake.change("hr.applicant", 200, partner_id=[1504, "Ivo"])
    fake.seat(100, 1504)
    assert panel(fake) == ["500"]


def test_of_two_users_of_one_partner_the_one_who_can_log_in_counts(fake: FakeOdoo) -> None:
    fake.user(499, active=False, partner_id=[1500, "Ivo"])
    assert panel(fake) == ["500"]


def test_the_answer_to_the_invitation_comes_over_in_odoos_word(fake: FakeOdoo) -> None:
    fake.change("calendar.attendee", 900, state="declined")
    assert one(fake).scorecards[0].attendance == "declined"


def test_an_address_is_never_made_from_a_login(fake: FakeOdoo) -> None:
    fake.change("res.users", 500, email=False, login="ivo@example.org")
    assert next(each for each in of(Person, pulled(fake)) if each.id == "500").email is None


def test_a_private_meeting_is_hidden_and_never_an_empty_one(fake: FakeOdoo) -> None:
    fake.change("calendar.event", 100, privacy="private")
    pages = pulled(fake)
    assert of(Interview, pages) == []
    assert {ref for page in pages for ref in page.hidden} == {Ref(Kind.INTERVIEW, "100")}
    assert [page.parked for page in pages if page.parked] == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ongoing", ApplicationState.ACTIVE),
        ("hired", ApplicationState.HIRED),
        ("refused", ApplicationState.REJECTED),
        ("archived", ApplicationState.WITHDRAWN),
        ("on ice", ApplicationState.UNKNOWN),
        (False, ApplicationState.UNKNOWN),
    ],
)
def test_a_closed_application_is_read_though_it_is_archived(
    fake: FakeOdoo, status: Any, state: ApplicationState
) -> None:
    fake.change("hr.applicant", 200, active=False, application_status=status)
    [found] = of(Application, pulled(fake))
    assert (found.state, found.ats_status) == (state, status or "")


def test_a_candidate_without_a_contact_is_named_by_the_application(fake: FakeOdoo) -> None:
    fake.change("hr.applicant", 200, partner_id=False)
    assert of(Candidate, pulled(fake)) == [Candidate("applicant-200", "Noor Vance")]


def test_an_address_is_not_taken_for_the_candidates_name(fake: FakeOdoo) -> None:
    fake.change("hr.applicant", 200, partner_id=[800, "noor@example.net"], partner_name=False)
    assert of(Candidate, pulled(fake)) == [Candidate("800", None)]


def test_two_applications_of_one_person_give_one_candidate_with_one_name(fake: FakeOdoo) -> None:
    fake.hiring(201, partner_name="N. Vance")
    fake.meeting(101, 500, applicant_id=[201, "N. Vance"])
    assert of(Candidate, pulled(fake)) == [Candidate("800", "Noor Vance")]


def test_what_may_not_be_seen_is_hidden_and_the_rest_goes_on(fake: FakeOdoo) -> None:
    fake.drop("hr.applicant", 200)
    pages = pulled(fake)
    assert [each.id for each in of(Interview, pages)] == ["100"]
    assert {ref for page in pages for ref in page.hidden} == {Ref(Kind.APPLICATION, "200")}


# -- reading again


def read(fake: FakeOdoo, kind: Kind, *ids: str) -> list[Page]:
    return list(connected(fake).read([Ref(kind, each) for each in ids]))


@pytest.mark.parametrize(
    ("kind", "id"),
    [(Kind.INTERVIEW, "100"), (Kind.APPLICATION, "200"), (Kind.CANDIDATE, "800")],
)
def test_what_is_read_again_brings_its_meetings(fake: FakeOdoo, kind: Kind, id: str) -> None:
    assert [each.id for each in of(Interview, read(fake, kind, id))] == ["100"]


def test_a_candidate_without_a_contact_is_found_again(fake: FakeOdoo) -> None:
    fake.change("hr.applicant", 200, partner_id=False)
    pages = read(fake, Kind.CANDIDATE, "applicant-200")
    assert [each.id for each in of(Interview, pages)] == ["100"]
    assert not any(page.missing for page in pages)


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.JOB, Kind.CANDIDATE, Kind.APPLICATION])
@pytest.mark.parametrize("id", ["99", "no-id", "applicant-99"])
def test_what_is_gone_is_missing(fake: FakeOdoo, kind: Kind, id: str) -> None:
    """Case 40."""
    missing = [ref for page in read(fake, kind, id) for ref in page.missing]
    assert missing == [Ref(kind, id)]


@pytest.mark.parametrize("how", ["deleted", "of no applicant any more"])
def test_a_meeting_that_is_no_interview_any_more_is_missing(fake: FakeOdoo, how: str) -> None:
    """Case 40. Deleting an applicant leaves the meeting in the calendar."""
    if how == "deleted":
        fake.drop("calendar.event", 100)
    else:
        fake.change("calendar.event", 100, applicant_id=False)
    [page] = read(fake, Kind.INTERVIEW, "100")
    assert page.missing == (Ref(Kind.INTERVIEW, "100"),)


# -- paging and resuming


def month(fake: FakeOdoo, count: int) -> None:
    for n in range(count):
        begin = START + timedelta(minutes=n)
        stop = begin + timedelta(hours=1)
        texts = {"start": f"{begin:%Y-%m-%d %H:%M:%S}", "stop": f"{stop:%Y-%m-%d %H:%M:%S}"}
        fake.meeting(1000 + n, 500, **texts)


def test_the_pages_are_told_apart_by_id_so_that_none_is_lost_when_rows_go(fake: FakeOdoo) -> None:
    """Case 31."""
    month(fake, 450)
    ids = []
    for page in connected(fake).pull(WINDOW, {}):
        ids += [each.id for each in of(Interview, [page])]
        fake.drop("calendar.event", 1000)  # a page by number would now skip one
    assert sorted(ids) == sorted(["100", *(str(1000 + n) for n in range(450))])
    assert not any("offset" in question for question in fake.questions("calendar.event"))


def test_a_meeting_belongs_to_the_window_in_which_it_ends(fake: FakeOdoo) -> None:
    fake.meeting(101, 500, stop="2026-11-02 00:00:00")
    fake.meeting(102, 500, stop="2026-11-01 23:59:59")
    fake.meeting(103, 500, stop="2026-11-16 00:00:00")
    assert {each.id for each in of(Interview, pulled(fake))} == {"100", "101"}


def test_a_pull_that_was_cut_off_goes_on_where_it_stood(fake: FakeOdoo) -> None:
    """Case 28."""
    fake.meeting(101, 500, start="2026-11-03 14:00:00", stop="2026-11-03 15:00:00")
    whole = pulled(fake)
    for cut in range(len(whole)):
        rest = list(connected(fake).pull(WINDOW, whole[cut].state))
        found = {each.id for each in of(Interview, [*whole[: cut + 1], *rest])}
        assert found == {"100", "101"}
    state = whole[-1].state
    assert list(connected(fake).pull(WINDOW, state)) == []


def test_pages_that_go_round_in_a_circle_end_the_pull(fake: FakeOdoo) -> None:
    """Case 33."""
    month(fake, 200)
    full = rows(*[{"id": n} for n in range(1, 201)])
    fake.script["calendar.event"] += [full, full]
    with pytest.raises(BrokenPaging, match="circle"):
        pulled(fake)


def test_a_page_without_a_single_id_ends_the_pull(fake: FakeOdoo) -> None:
    fake.script["calendar.event"].append(rows(*["nonsense"] * 200))
    with pytest.raises(BrokenPaging):
        pulled(fake)


def test_an_archived_job_is_closed(fake: FakeOdoo) -> None:
    fake.change("hr.job", 300, active=False)
    [job] = of(Job, pulled(fake))
    assert job.is_open is False


def test_somebody_s_own_time_zone_comes_along(fake: FakeOdoo) -> None:
    fake.change("res.users", 500, tz="Asia/Dubai")
    people = {each.id: each.zone for each in of(Person, pulled(fake))}
    assert people == {"500": "Asia/Dubai", "501": None}
