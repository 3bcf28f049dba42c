"""Reading again by name: just before somebody is spoken to, and after a doorbell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import ScopeMissing, Unreachable
from connectors.model import Application, Candidate, Interview, Job, Kind, Page, Person, Ref
from tests.connectors.fake_ashby import FakeAshby, ashby, connected, uid
from tests.connectors.loopback import Answer, thing
from tests.connectors.test_ashby_rules import FILED, of

FEEDBACK = "applicationFeedback.list"


@pytest.fixture
def fake() -> Iterator[FakeAshby]:
    with ashby() as fake:
        fake.hiring()
        yield fake


def read(fake: FakeAshby, *refs: tuple[Kind, str]) -> list[Page]:
    """By kind and word; a word is the name of a row of the fake."""
    return list(connected(fake).read([Ref(kind, uid(word)) for kind, word in refs]))


def missing(pages: list[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.missing}


@pytest.mark.parametrize("over", [False, True])
def test_an_interview_is_read_with_its_briefing_and_forms_only_where_somebody_is_waited_for(
    fake: FakeAshby, over: bool
) -> None:
    """3.9 rule 7; no text is asked for without need."""
    end = "2026-11-10T15:00:00Z" if over else "2026-12-10T15:00:00Z"
    fake.schedule("schedule", fake.event(endTime=end))
    [interview] = of(Interview, read(fake, (Kind.INTERVIEW, "event")))
    assert interview.scorecards[0].submitted_at is None
    assert interview.scorecards[0].can_tell
    assert fake.questions("interviewBriefing.info") == [{"interviewEventId": uid("event")}]
    assert fake.questions("interviewSchedule.list") == [{"applicationId": uid("application")}]
    assert fake.questions(FEEDBACK) == [{"applicationId": uid("application")}] * over


def test_who_has_handed_in_a_minute_ago_is_seen(fake: FakeAshby) -> None:
    """Although the list of schedules may not say so yet."""
    seats = fake.seat("Ivo Brandt"), fake.seat("Mara Field")
    fake.schedule("schedule", fake.event("event", *seats, hasSubmittedFeedback=False))
    fake.briefing("event", *seats, done=("Ivo Brandt",))
    fake.feedback("form", "Ivo Brandt")
    [interview] = of(Interview, read(fake, (Kind.INTERVIEW, "event")))
    moments = {c.interviewer_id: (c.submitted_at, c.can_tell) for c in interview.scorecards}
    assert moments == {uid("Ivo Brandt"): (FILED, True), uid("Mara Field"): (None, True)}
    assert fake.questions(FEEDBACK) == [{"applicationId": uid("application")}]


def test_who_has_handed_in_by_the_briefing_alone_is_not_called_late(fake: FakeAshby) -> None:
    """Trap 2, the other way round: a form that this key cannot see."""
    fake.schedule()
    fake.briefing("event", fake.seat("Ivo Brandt"), done=("Ivo Brandt",))
    [interview] = of(Interview, read(fake, (Kind.INTERVIEW, "event")))
    [card] = interview.scorecards
    assert (card.submitted_at, card.can_tell) == (None, False)


def test_a_form_counts_even_if_the_briefing_has_not_heard_of_it(fake: FakeAshby) -> None:
    fake.schedule("schedule", fake.event(hasSubmittedFeedback=True))
    fake.feedback("form", "Ivo Brandt")
    [interview] = of(Interview, read(fake, (Kind.INTERVIEW, "event")))
    assert interview.scorecards[0].submitted_at == FILED


def test_several_interviews_of_one_application_are_read_together(fake: FakeAshby) -> None:
    events = [fake.event(word, hasSubmittedFeedback=True) for word in ("one", "two", "three")]
    fake.schedule("schedule", *events[:1])
    fake.schedule("second", *events[1:])
    found = of(Interview, read(fake, (Kind.INTERVIEW, "one"), (Kind.INTERVIEW, "two")))
    assert {each.id for each in found} == {uid("one"), uid("two")}
    for method in ("interviewSchedule.list", FEEDBACK, "application.info"):
        assert len(fake.questions(method)) == 1


def test_each_application_is_asked_for_its_own_forms(fake: FakeAshby) -> None:
    seat = fake.seat("Ivo Brandt")
    for word in ("one", "two"):
        fake.hiring(f"application {word}")
        event = fake.event(word, seat, hasSubmittedFeedback=True)
        fake.schedule(word, event, applicationId=uid(f"application {word}"))
        fake.tables["interviewBriefing"][uid(word)]["applicationId"] = uid(f"application {word}")
        fake.feedback(word, "Ivo Brandt", word, applicationId=uid(f"application {word}"))
    found = of(Interview, read(fake, (Kind.INTERVIEW, "one"), (Kind.INTERVIEW, "two")))
    assert {each.scorecards[0].id for each in found} == {uid("one"), uid("two")}


def test_the_application_is_read_as_it_is_now(fake: FakeAshby) -> None:
    account = connected(fake)
    fake.schedule()
    refs = [Ref(Kind.INTERVIEW, uid("event"))]
    list(account.read(refs))
    fake.hiring(status="Archived", archiveReason={"id": uid("r"), "reasonType": "RejectedByOrg"})
    [application] = of(Application, list(account.read(refs)))
    assert application.ats_status == "Archived"


@pytest.mark.parametrize("how", ["no briefing", "no event", "no schedule", "a debrief"])
def test_an_interview_that_is_gone_is_missing(fake: FakeAshby, how: str) -> None:
    """Case 40. What becomes of a cancelled event is not known (10): each way will do."""
    fake.schedule()
    if how == "no briefing":
        fake.drop("interviewBriefing", "event")
    elif how == "no event":
        fake.schedule("schedule", fake.event("another"))
    elif how == "no schedule":
        fake.drop("interviewSchedule", "schedule")
    else:
        fake.kind(isDebrief=True)
    pages = read(fake, (Kind.INTERVIEW, "event"))
    assert missing(pages) == {Ref(Kind.INTERVIEW, uid("event"))}
    assert not of(Interview, pages)


@pytest.mark.parametrize("flaw", ["event", "schedule"])
def test_an_interview_that_cannot_be_read_is_not_missing(fake: FakeAshby, flaw: str) -> None:
    """Case 39: it may be in what is unreadable, so it is parked and nothing is deleted."""
    row = fake.schedule("schedule", fake.event(), fake.event("bad", endTime="soon"))
    if flaw == "event":
        row["interviewEvents"][0]["endTime"] = None
    else:
        row["applicationId"] = uid("application")
        row["interviewEvents"] = "none"
    pages = read(fake, (Kind.INTERVIEW, "event"))
    assert missing(pages) == set()
    assert Ref(Kind.INTERVIEW, uid("event")) in {f.ref for page in pages for f in page.parked}


def test_a_question_refused_for_one_interview_parks_that_one(fake: FakeAshby) -> None:
    """Which code a briefing of something gone has is not known: it is not taken for gone."""
    fake.schedule("schedule", fake.event("one"), fake.event("two"))
    first, _ = sorted((uid("one"), uid("two")))
    fake.script["interviewBriefing.info"].append(fake.failure("interview_event_is_odd"))
    pages = read(fake, (Kind.INTERVIEW, "one"), (Kind.INTERVIEW, "two"))
    [flaw] = [flaw for page in pages for flaw in page.parked]
    assert (flaw.ref, flaw.path) == (Ref(Kind.INTERVIEW, first), "interviewBriefing.info")
    assert len(of(Interview, pages)) == 1
    assert missing(pages) == set()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(404, b"<html>"),
        Answer(410, b"{}"),
        thing({"success": False, "errors": ["endpoint_not_found"]}, 404),
        thing({"success": False, "errorInfo": {"code": "endpoint_not_found"}}),
        thing({"success": True, "results": {}}, 404),
    ],
)
def test_an_address_that_is_wrong_deletes_nothing(fake: FakeAshby, answer: Answer) -> None:
    """A bare 404 says nothing about a record."""
    fake.schedule()
    fake.script["interviewBriefing.info"].append(answer)
    pages = read(fake, (Kind.INTERVIEW, "event"))
    assert missing(pages) == set()
    assert [flaw.ref for page in pages for flaw in page.parked] == [
        Ref(Kind.INTERVIEW, uid("event"))
    ]


def test_an_application_brings_all_its_interviews(fake: FakeAshby) -> None:
    fake.schedule("schedule", fake.event("one"))
    fake.schedule("second", fake.event("two", endTime="2026-12-24T10:00:00Z"))
    fake.schedule("foreign", fake.event("three"), applicationId=uid("another"))
    pages = read(fake, (Kind.APPLICATION, "application"))
    assert {each.id for each in of(Interview, pages)} == {uid("one"), uid("two")}
    assert [each.id for each in of(Application, pages)] == [uid("application")]


def test_an_application_without_interviews_is_still_read(fake: FakeAshby) -> None:
    assert of(Application, read(fake, (Kind.APPLICATION, "application")))


def test_a_candidate_brings_their_applications(fake: FakeAshby) -> None:
    fake.schedule()
    pages = read(fake, (Kind.CANDIDATE, "Noor Vance"))
    assert of(Candidate, pages)
    assert of(Application, pages)
    assert of(Interview, pages)


def test_trap_13_after_a_merge_the_old_candidate_is_missed_last(fake: FakeAshby) -> None:
    """Whose applications live on under another name: they are read before that."""
    fake.schedule()
    pages = read(fake, (Kind.CANDIDATE, "a merged one"), (Kind.CANDIDATE, "Noor Vance"))
    assert missing(pages) == {Ref(Kind.CANDIDATE, uid("a merged one"))}
    assert pages[-1].missing
    assert not any(page.missing for page in pages[:-1])


def test_people_and_jobs_are_read_by_name(fake: FakeAshby) -> None:
    pages = read(fake, (Kind.PERSON, "Pia Holt"), (Kind.JOB, "job"))
    assert uid("Pia Holt") in {each.id for each in of(Person, pages)}
    assert [each.id for each in of(Job, pages)] == [uid("job")]


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.JOB, Kind.CANDIDATE, Kind.APPLICATION])
def test_what_is_gone_is_missing(fake: FakeAshby, kind: Kind) -> None:
    """Case 40."""
    assert missing(read(fake, (kind, "nobody"))) == {Ref(kind, uid("nobody"))}


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.JOB, Kind.APPLICATION, Kind.INTERVIEW])
def test_an_id_that_ashby_cannot_have_made_is_missing_without_a_question(
    fake: FakeAshby, kind: Kind
) -> None:
    ref = Ref(kind, "../../etc/passwd")
    assert missing(list(connected(fake).read([ref]))) == {ref}
    assert fake.server.asked == []


def test_what_may_not_be_read_is_neither_missing_nor_wrong(fake: FakeAshby) -> None:
    fake.denied = {"organization", "jobs"}
    pages = read(fake, (Kind.PERSON, "Pia Holt"), (Kind.JOB, "job"))
    assert missing(pages) == set()


def test_without_the_right_to_read_interviews_it_says_so(fake: FakeAshby) -> None:
    fake.denied = {"interviews"}
    with pytest.raises(ScopeMissing, match="interviews:read"):
        read(fake, (Kind.INTERVIEW, "event"))


def test_an_outage_is_an_outage(fake: FakeAshby) -> None:
    """Case 28: nobody is nudged on the strength of no answer."""
    fake.script["interviewBriefing.info"] += [Answer(503)] * 5
    with pytest.raises(Unreachable):
        read(fake, (Kind.INTERVIEW, "event"))
