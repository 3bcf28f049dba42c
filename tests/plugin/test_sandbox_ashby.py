"""Ashby's rules over HTTP, as ashby.md states them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from connectors.model import Kind
from plugin.sandbox.ashby import Ashby, Shape
from plugin.sandbox.server import SandboxServer
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story

Row = dict[str, Any]
MANY = 10**6


class Reader:
    """One key on one server; every answer comes back as it is."""

    def __init__(self, server: SandboxServer, key: str | None = None) -> None:
        environment = server.environment("ashby")
        self.api = environment["ASHBY_API_URL"]
        self.key = environment["ASHBY_API_KEY"] if key is None else key
        self.dialect = server.dialects["ashby"]

    def post(self, method: str, body: Any = None, **headers: str) -> requests.Response:
        accept = {"Accept": "application/json; version=1"}
        return requests.post(
            f"{self.api}/{method}",
            json={} if body is None else body,
            headers={**accept, **headers},
            auth=(self.key, ""),
            timeout=5,
        )

    def page(self, method: str, **body: Any) -> Row:
        answer: Row = self.post(method, body).json()
        assert answer["success"], answer
        return answer

    def results(self, method: str, **body: Any) -> Any:
        return self.page(method, **body)["results"]

    def walk(self, method: str, **body: Any) -> tuple[list[Row], str | None]:
        page = self.page(method, **body)
        rows = page["results"]
        while page["moreDataAvailable"]:
            assert "syncToken" not in page
            page = self.page(method, **body, cursor=page["nextCursor"])
            rows += page["results"]
        return rows, page.get("syncToken")

    def failure(self, method: str, **body: Any) -> Any:
        answer = self.post(method, body)
        content = answer.json()
        assert (answer.status_code, content["success"]) == (200, False), content
        return content["errorInfo"]["code"] if content["errorInfo"] else content["errors"][0]


@pytest.fixture
def told() -> Story:
    return story()


@pytest.fixture
def ashby(told: Story) -> Iterator[Reader]:
    with reading(told) as server:
        yield Reader(server)


def reading(told: Story, now: Any = MONDAY + DAY, **options: Any) -> SandboxServer:
    return SandboxServer(told.world, now=now, dialects=["ashby"], **{"limit": MANY, **options})


def event_of(reader: Reader) -> Row:
    (schedule,) = reader.results("interviewSchedule.list")
    (event,) = schedule["interviewEvents"]
    assert isinstance(event, dict)
    return event


# -- access and errors


def test_no_key_is_401_and_a_wrong_one_403_with_objects_for_errors(ashby: Reader) -> None:
    none = requests.post(f"{ashby.api}/user.list", json={}, timeout=5)
    ashby.key = "wrong"
    wrong = ashby.post("user.list")
    assert (none.status_code, wrong.status_code) == (401, 403)
    assert set(wrong.json()["errors"][0]) == {"message", "parameter"}


def test_a_module_the_key_may_not_read_is_named_by_a_code(told: Story) -> None:
    with reading(told, permissions={"apiKeys", "jobs"}) as server:
        it = Reader(server)
        refused = it.post("user.list")
        assert it.results("apiKey.info")["scopes"] == ["apiKeys:read", "jobs:read"]
    assert refused.status_code == 403
    assert refused.json()["errorInfo"]["code"] == "missing_endpoint_permission"


def test_reads_are_posts(ashby: Reader) -> None:
    got = requests.get(f"{ashby.api}/user.list", auth=(ashby.key, ""), timeout=5)
    assert got.status_code == 405


@pytest.mark.parametrize(
    "body",
    [{"limit": 0}, {"limit": 101}, {"limit": "5"}, {"limit": True}, {"createdAfter": "2026-11-01"},
     {"since": 1}, [1]],
)  # fmt: skip
def test_bad_input_is_a_failure_with_status_200(ashby: Reader, body: Any) -> None:
    """Traps 1 and 4: and filters are epoch milliseconds."""
    answer = ashby.post("interviewSchedule.list", body)
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert "invalid_input" in str(answer.json()["errors"])


def test_the_version_must_be_asked_for(ashby: Reader) -> None:
    assert ashby.post("user.list", Accept="application/json").json()["success"] is False


@pytest.mark.parametrize("shape", list(Shape))
def test_failures_come_in_three_shapes(told: Story, shape: Shape) -> None:
    """Trap 8."""
    dialect = Ashby(limit=MANY, shape=shape)
    with SandboxServer(told.world, now=MONDAY, dialects=[dialect]) as server:
        content = Reader(server).post("application.info", {"applicationId": "x"}).json()
    code = "application_not_found"
    assert (content["errorInfo"] or {}).get("code") == (code if shape is Shape.BOTH else None)
    told_as = {"message": code, "parameter": None} if shape is Shape.OBJECTS else code
    assert content["errors"] == [told_as]


def test_every_answer_has_a_number_of_its_own(ashby: Reader) -> None:
    numbers = {ashby.post("user.list").headers["x-ashby-request-id"] for _ in range(3)}
    assert len(numbers) == 3


def test_too_many_requests_are_refused_now_with_and_now_without_a_wait(told: Story) -> None:
    with reading(told, limit=2, clock=lambda: MONDAY) as server:
        answers = [Reader(server).post("user.list") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 429, 429]
    assert ["Retry-After" in each.headers for each in answers[2:]] == [True, False]


# -- paging and sync tokens


def test_a_walk_has_its_token_on_the_last_page_and_brings_only_changes(told: Story) -> None:
    """Trap 7."""
    with reading(told, now=MONDAY) as server:
        it = Reader(server)
        everybody, token = it.walk("user.list", limit=3)
        server.advance(MONDAY + HOUR)
        nothing = it.page("user.list", limit=3, syncToken=token)
        told.world.leave(told.zoe, MONDAY + 2 * HOUR)
        server.advance(MONDAY + 3 * HOUR)
        assert it.results("user.list", limit=3, syncToken=token) == []
    assert len(everybody) == 4
    assert token
    assert nothing["results"] == []
    assert "syncToken" not in nothing, "a run without changes may bring none"


def test_somebody_who_left_comes_with_the_token_of_a_list_that_holds_them(told: Story) -> None:
    with reading(told, now=MONDAY) as server:
        it = Reader(server)
        _, token = it.walk("user.list", includeDeactivated=True)
        told.world.leave(told.zoe, MONDAY + HOUR)
        server.advance(MONDAY + DAY)
        changed, newer = it.walk("user.list", includeDeactivated=True, syncToken=token)
        assert it.failure("user.list", syncToken=token) == "sync_token_invalid"
    assert [(row["email"], row["isEnabled"]) for row in changed] == [("zoe@example.org", False)]
    assert newer not in (None, token)


def test_a_token_dies_when_it_is_not_used_for_a_month(told: Story) -> None:
    clock = [MONDAY]
    with reading(told, clock=lambda: clock[0]) as server:
        it = Reader(server)
        _, token = it.walk("user.list")
        for _ in range(3):
            clock[0] += 29 * DAY
            assert it.results("user.list", syncToken=token) == []
        clock[0] += 31 * DAY
        assert it.failure("user.list", syncToken=token) == "sync_token_expired"
        assert it.failure("user.list", syncToken="nonsense") == "sync_token_invalid"


def test_a_walk_by_token_is_cut_off_when_it_grows_too_long(told: Story) -> None:
    with reading(told, now=MONDAY, most_pages=2) as server:
        it = Reader(server)
        _, token = it.walk("user.list", includeDeactivated=True, limit=1)
        for person in told.world.people:
            told.world.leave(person, MONDAY + HOUR)
        server.advance(MONDAY + DAY)
        body: Row = {"includeDeactivated": True, "limit": 1, "syncToken": token}
        for _ in range(2):
            body["cursor"] = it.page("user.list", **body)["nextCursor"]
        assert it.failure("user.list", **body) == "incremental_sync_too_large"
        assert len(it.walk("user.list", includeDeactivated=True, limit=1)[0]) == 4


def test_a_cursor_belongs_to_its_list_and_parameters(ashby: Reader) -> None:
    cursor = ashby.page("user.list", limit=1)["nextCursor"]
    assert ashby.failure("job.list", cursor=cursor) == "invalid_next_cursor"
    assert ashby.failure("user.list", cursor="x") == "invalid_next_cursor"
    other = {"includeDeactivated": True, "cursor": cursor}
    assert ashby.failure("user.list", **other) == "invalid_next_cursor"


def test_feedback_moves_no_schedule_and_a_deletion_comes_with_no_token(told: Story) -> None:
    world = told.world
    with reading(told, now=MONDAY) as server:
        it = Reader(server)
        _, token = it.walk("interviewSchedule.list")
        _, forms = it.walk("applicationFeedback.list")
        world.submit(told.talk, told.ivo, told.ends_at)
        server.advance(MONDAY + DAY)
        assert it.walk("interviewSchedule.list", syncToken=token)[0] == []
        assert len(it.walk("applicationFeedback.list", syncToken=forms)[0]) == 1
        world.delete_application(told.noor, MONDAY + DAY + HOUR)
        server.advance(MONDAY + 2 * DAY)
        assert it.walk("interviewSchedule.list", syncToken=token)[0] == []
        assert it.walk("interviewSchedule.list")[0] == []


# -- schedules and feedback


def test_times_are_iso_strings_and_the_schedule_holds_its_events(
    told: Story, ashby: Reader
) -> None:
    event = event_of(ashby)
    assert event["startTime"] == "2026-11-16T14:00:00.000Z"
    assert event["endTime"] == "2026-11-16T15:00:00.000Z"
    assert [each["email"] for each in event["interviewers"]] == [
        "ivo@example.org",
        "mara@example.org",
    ]
    link = f"https://app.ashbyhq.com/interview-briefings/{event['id']}/feedback"
    assert event["feedbackLink"] == link


def test_created_after_is_about_the_schedule_and_not_the_interview(
    told: Story, ashby: Reader
) -> None:
    """Trap 3."""
    made = int(told.talk.created_at.timestamp() * 1000)
    assert len(ashby.results("interviewSchedule.list", createdAfter=made - 1)) == 1
    assert ashby.results("interviewSchedule.list", createdAfter=made) == []


def test_one_form_marks_the_whole_event_and_only_the_briefing_tells_whose(told: Story) -> None:
    """Trap 2."""
    told.world.submit(told.talk, told.ivo, told.ends_at)
    with reading(told) as server:
        it = Reader(server)
        event = event_of(it)
        (schedule,) = it.results("interviewSchedule.list")
        briefing = it.results("interviewBriefing.info", interviewEventId=event["id"])
        people = {it.dialect.id_of(Kind.PERSON, p): p.email for p in told.world.people}
    assert event["hasSubmittedFeedback"]
    assert schedule["status"] == "Complete"
    assert {people[e["userId"]]: e["hasSubmittedFeedback"] for e in briefing["interviewers"]} == {
        "ivo@example.org": True,
        "mara@example.org": False,
    }


def test_feedback_names_who_filed_it_and_whose_it_is_since_that_is_told(told: Story) -> None:
    """Trap 11."""
    world, old = told.world, MONDAY - 200 * DAY
    talk = world.interview(told.noor, "Old", old, old + HOUR, [told.ivo])
    world.submit(talk, told.ivo, old + 2 * HOUR, by=told.pia)
    world.submit(told.talk, told.ivo, told.ends_at, by=told.pia)
    with reading(told) as server:
        first, second = Reader(server).results("applicationFeedback.list")
    assert first["creditedToUser"] is None
    assert second["creditedToUser"]["email"] == "ivo@example.org"
    assert {each["submittedByUser"]["email"] for each in (first, second)} == {"pia@example.org"}
    assert "Private remark" in second["submittedValues"]["notes"]


def test_feedback_beside_an_interview_names_no_event(told: Story) -> None:
    """Trap 14."""
    told.world.submit_extra(told.talk, told.ivo, told.ends_at)
    with reading(told) as server:
        it = Reader(server)
        (form,) = it.results("applicationFeedback.list")
        event = event_of(it)
    assert form["interviewEventId"] is None
    assert form["interviewId"] == event["interviewId"]
    assert event["hasSubmittedFeedback"] is False


def test_drafts_and_deleted_forms_are_not_in_the_list(told: Story) -> None:
    told.world.save_draft(told.talk, told.ivo, told.ends_at)
    told.world.submit(told.talk, told.mara, told.ends_at)
    told.world.delete_scorecard(told.talk, told.mara, told.ends_at + HOUR)
    with reading(told) as server:
        assert Reader(server).results("applicationFeedback.list") == []


def test_shadows_and_debriefs_owe_nothing(told: Story) -> None:
    """Trap 10."""
    world, at = told.world, told.starts_at
    world.slot(told.noor.job, "Debrief", stage="Final round", debrief=True)
    world.interview(told.noor, "Debrief", at, at + HOUR, [told.ivo])
    world.interview(told.noor, "Talk", at, at + HOUR, [told.ivo], without_card=[told.mara])
    with reading(told) as server:
        it = Reader(server)
        found = it.results("interview.list", includeNonSharedInterviews=True)
        kinds = {each["id"]: each for each in found}
        events = {
            kinds[event["interviewId"]]["title"]: event
            for schedule in it.results("interviewSchedule.list")
            for event in schedule["interviewEvents"]
        }
    asked = {
        title: [(e["trainingRole"], e["isFeedbackRequired"]) for e in event["interviewers"]]
        for title, event in events.items()
    }
    assert asked["Debrief"] == [(None, False)]
    assert asked["Talk"] == [(None, True), ("Shadow", False)]
    assert kinds[events["Debrief"]["interviewId"]]["isDebrief"] is True
    assert kinds[events["Talk"]["interviewId"]]["isDebrief"] is False


def test_old_accounts_do_not_say_whether_feedback_is_required(told: Story) -> None:
    """Trap 12."""
    with reading(told, tells_required=False) as server:
        (ivo, _) = event_of(Reader(server))["interviewers"]
    assert "isFeedbackRequired" not in ivo


def test_interviews_of_one_job_are_missing_unless_asked_for(told: Story, ashby: Reader) -> None:
    """Trap 6."""
    assert ashby.results("interview.list") == []
    everything = ashby.results("interview.list", includeNonSharedInterviews=True)
    assert [each["title"] for each in everything] == ["Systems talk"]


def test_a_single_event_that_is_called_off_vanishes_from_its_schedule(told: Story) -> None:
    world, at = told.world, told.starts_at + DAY
    world.interview(told.noor, "Second", at, at + HOUR, [told.zoe], created_at=MONDAY)
    world.cancel(told.talk, MONDAY + HOUR)
    with reading(told) as server:
        event = event_of(Reader(server))
    assert event["interviewers"][0]["email"] == "zoe@example.org"


def test_a_schedule_that_is_called_off_as_a_whole_says_so(told: Story) -> None:
    told.world.cancel(told.talk, MONDAY + HOUR)
    with reading(told) as server:
        (schedule,) = Reader(server).results("interviewSchedule.list")
    assert schedule["status"] == "Cancelled"
    assert len(schedule["interviewEvents"]) == 1


@pytest.mark.parametrize("hidden", [{"private": True}, {"confidential": True}])
def test_confidential_things_are_hidden_without_notice(hidden: Row) -> None:
    """Trap 9."""
    told = story(**hidden)
    told.world.submit(told.talk, told.ivo, told.ends_at)
    lists = ("interviewSchedule.list", "application.list", "applicationFeedback.list")
    for sees in (True, False):
        with reading(told, sees_private=sees) as server:
            it = Reader(server)
            assert [len(it.results(each)) for each in lists] == [int(sees)] * 3
            info = {"applicationId": it.dialect.id_of(Kind.APPLICATION, told.noor)}
            assert it.post("application.info", info).json()["success"] is sees


def test_an_application_tells_its_team_its_stage_and_why_it_was_archived(told: Story) -> None:
    told.world.reject(told.noor, MONDAY + timedelta(minutes=1), "Took another offer")
    with reading(told) as server:
        it = Reader(server)
        (row,) = it.results("application.list", status="Archived")
        assert it.results("application.list", status="Active") == []
        wanted = it.dialect.id_of(Kind.CANDIDATE, told.noor.candidate)
        candidate = it.results("candidate.info", id=wanted)
    assert row["archiveReason"]["reasonType"] == "RejectedByCandidate"
    assert row["currentInterviewStage"]["type"] == "Archived"
    assert [(each["email"], each["role"]) for each in row["hiringTeam"]] == [
        ("pia@example.org", "Recruiter")
    ]
    assert candidate["profileUrl"].startswith("https://app.ashbyhq.com/")
