"""What a pull through Merge brings, and which question brings it (other-ats.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from connectors.ats.merge_config import MergeConfig
from connectors.errors import AccessRefused, BrokenPaging, ScopeMissing
from connectors.http import CursorRefused
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
)
from tests.connectors.fake_merge import (
    APPLICATION,
    CARD,
    IVO,
    JOB,
    MARA,
    NOOR,
    PIA,
    TALK,
    WINDOW,
    FakeMerge,
    connected,
    fake,
    interviews,
    panel,
    pulled,
    records,
    uid,
)
from tests.connectors.loopback import Answer, thing


@pytest.fixture
def merge() -> Iterator[FakeMerge]:
    with fake() as merge:
        merge.card()
        yield merge


def test_an_interview_comes_with_its_panel_and_all_it_names(merge: FakeMerge) -> None:
    written = datetime(2026, 11, 18, 9, tzinfo=UTC)
    found = {(type(each), each.id): each for each in records(pulled(merge))}
    assert found[Person, IVO] == Person(IVO, "Ivo Brandt", "ivo@example.org", True, written)
    assert found[Candidate, NOOR] == Candidate(NOOR, "Noor Vance", written)
    assert found[Job, JOB] == Job(
        JOB, "Platform engineer", "Engineering", (PIA,), (), (MARA,), written
    )
    assert found[Application, APPLICATION] == Application(
        APPLICATION,
        NOOR,
        JOB,
        ApplicationState.ACTIVE,
        "",
        stage="Team interviews",
        updated_at=written,
    )
    talk = found[Interview, TALK]
    assert isinstance(talk, Interview)
    assert (talk.application_id, talk.job_id, talk.name) == (APPLICATION, JOB, "Team interviews")
    assert (talk.state, talk.ats_status) == (InterviewState.STANDING, "AWAITING_FEEDBACK")
    assert talk.ends_at == datetime(2026, 11, 17, 15, tzinfo=UTC)
    assert talk.panel_complete
    ivo, mara = talk.scorecards
    assert (ivo.interviewer_id, ivo.id, ivo.submitter_id) == (IVO, CARD, IVO)
    assert ivo.submitted_at == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert (mara.interviewer_id, mara.submitted_at, mara.can_tell) == (MARA, None, True)
    assert (mara.id, mara.submitter_id) == (None, None)


def test_the_same_comes_when_nothing_is_expanded(merge: FakeMerge) -> None:
    calm = records(pulled(merge))
    merge.expanding = False
    again = records(pulled(merge))
    assert {type(each) for each in again} == {type(each) for each in calm}
    assert panel(pulled(merge)) == {
        card.interviewer_id: card
        for each in calm
        if isinstance(each, Interview)
        for card in each.scorecards
    }


def test_nothing_that_somebody_wrote_or_no_one_needs_is_kept_or_asked_for(
    merge: FakeMerge,
) -> None:
    assert "SECRET" not in repr(pulled(merge))
    asked = [each.query for each in merge.server.asked]
    assert not [q for q in asked if "include_remote_data" in q]


def test_a_second_pull_of_an_unchanged_account_is_equal(merge: FakeMerge) -> None:
    assert pulled(merge) == pulled(merge)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"end_at": "2026-11-10T00:00:00Z"}, True),
        ({"end_at": "2026-11-09T23:59:59Z"}, False),
        ({"end_at": "2026-12-08T00:00:00Z"}, False),
        ({"end_at": None}, True),
        ({"start_at": None, "end_at": None}, False),
        ({"remote_was_deleted": True}, False),
        ({"modified_at": "2026-06-01T00:00:00Z"}, True),
    ],
)
def test_the_window_is_kept_here_because_merge_has_no_filter_for_it(
    merge: FakeMerge, changes: dict[str, Any], told: bool
) -> None:
    merge.interview(**changes)
    assert (TALK in interviews(pulled(merge))) is told


def test_only_what_merge_wrote_lately_is_walked_and_in_parts(merge: FakeMerge) -> None:
    pulled(merge)
    asked = [(q["modified_after"], q.get("modified_before")) for q in merge.questions("interviews")]
    assert len(asked) == 7
    assert asked[0][0] == "2026-05-13T23:00:00.000Z", "180 days and an hour before the window"
    assert [before for _, before in asked].count(None) == 1, "the last part has no end"
    for (_, before), (after, _) in pairwise(asked):
        assert before is not None
        assert before > after, "nothing is lost in between"


def test_many_pages_are_walked_by_their_cursor(merge: FakeMerge) -> None:
    for number in range(7):
        merge.interview(uid(1000 + number))
    merge.most_per_page = 3
    assert len(interviews(pulled(merge))) == 8
    asked = merge.questions("interviews")
    assert [len(q.get("cursor", "")) for q in asked[-3:]] == [0, 12, 12]
    assert {q["page_size"] for q in asked} == {"100"}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SCHEDULED", InterviewState.STANDING),
        ("AWAITING_FEEDBACK", InterviewState.STANDING),
        ("COMPLETE", InterviewState.COMPLETE),
        ("cancelled by candidate", InterviewState.UNKNOWN),
        ("complete", InterviewState.UNKNOWN),
        (None, InterviewState.UNKNOWN),
    ],
)
def test_only_the_three_words_of_merge_are_trusted(
    merge: FakeMerge, word: str | None, state: InterviewState
) -> None:
    merge.interview(status=word)
    talk = interviews(pulled(merge))[TALK]
    assert (talk.state, talk.ats_status) == (state, word or "")


def test_a_rejected_application_is_rejected(merge: FakeMerge) -> None:
    merge.tables["applications"][APPLICATION]["rejected_at"] = "2026-11-19T09:00:00Z"
    [told] = [r for r in records(pulled(merge)) if isinstance(r, Application)]
    assert (told.state, told.ats_status) == (ApplicationState.REJECTED, "rejected")


@pytest.mark.parametrize("column", ["disabled", "remote_was_deleted"])
def test_who_is_disabled_or_deleted_has_left(merge: FakeMerge, column: str) -> None:
    merge.tables["users"][IVO] |= {column: True, "email": ""}
    [ivo] = [r for r in records(pulled(merge)) if isinstance(r, Person) and r.id == IVO]
    assert (ivo.active, ivo.email) == (False, None)


@pytest.mark.parametrize(
    ("interviewers", "seats", "whole"),
    [([IVO, None], [IVO], False), (None, [], False), ([IVO, IVO], [IVO], True), ([], [], True)],
)
def test_a_seat_that_cannot_be_read_makes_the_panel_incomplete(
    merge: FakeMerge, interviewers: Any, seats: list[str], whole: bool
) -> None:
    merge.interview(interviewers=interviewers)
    talk = interviews(pulled(merge))[TALK]
    assert [card.interviewer_id for card in talk.scorecards] == seats
    assert talk.panel_complete is whole


def test_who_is_named_and_not_there_is_hidden(merge: FakeMerge) -> None:
    del merge.tables["users"][MARA]
    del merge.tables["candidates"][NOOR]
    hidden = {ref for page in pulled(merge) for ref in page.hidden}
    assert hidden == {Ref(Kind.PERSON, MARA), Ref(Kind.CANDIDATE, NOOR)}


@pytest.mark.parametrize("expanding", [True, False])
def test_a_candidate_that_was_deleted_has_no_name_any_more(
    merge: FakeMerge, expanding: bool
) -> None:
    merge.expanding = expanding
    merge.tables["candidates"][NOOR]["remote_was_deleted"] = True
    pages = pulled(merge)
    assert {ref for page in pages for ref in page.hidden} == {Ref(Kind.CANDIDATE, NOOR)}
    assert "Vance" not in repr(pages)


@pytest.mark.parametrize("how", ["gone", "marked"])
def test_an_application_that_is_not_there_is_hidden(merge: FakeMerge, how: str) -> None:
    if how == "gone":
        merge.tables["applications"].clear()
    else:
        merge.tables["applications"][APPLICATION]["remote_was_deleted"] = True
    pages = pulled(merge)
    assert not [each for each in records(pages) if isinstance(each, Application)]
    assert {ref for page in pages for ref in page.hidden} == {Ref(Kind.APPLICATION, APPLICATION)}
    assert interviews(pages)[TALK].job_id is None


@pytest.mark.parametrize("table", ["jobs", "candidates"])
def test_without_the_right_to_names_the_rest_goes_on(merge: FakeMerge, table: str) -> None:
    merge.expanding = False
    merge.denied.add(table)
    pages = pulled(merge)
    assert TALK in interviews(pages)
    assert {ref.kind.value for page in pages for ref in page.hidden} == {table.removesuffix("s")}


@pytest.mark.parametrize("table", ["interviews", "applications", "users"])
def test_without_a_right_that_is_needed_the_right_is_named(merge: FakeMerge, table: str) -> None:
    merge.expanding = False
    merge.denied.add(table)
    with pytest.raises(ScopeMissing, match=table) as caught:
        pulled(merge)
    assert caught.value.scope == table


@pytest.mark.parametrize(
    ("table", "id", "column", "value"),
    [
        ("interviews", TALK, "application", None),
        ("interviews", TALK, "end_at", "yesterday"),
        ("interviews", TALK, "interviewers", "Ivo"),
        ("applications", APPLICATION, "candidate", None),
        ("jobs", JOB, "recruiters", 5),
        ("scorecards", CARD, "submitted_at", 1763452800),
    ],
)
def test_a_record_that_cannot_be_read_is_parked_by_path_and_the_run_goes_on(
    merge: FakeMerge, table: str, id: str, column: str, value: object
) -> None:
    merge.interview(uid(101), application=uid(201))
    merge.put("applications", uid(201), candidate=NOOR, job=None)
    merge.tables[table][id][column] = value
    pages = pulled(merge)
    parked = {(flaw.ref.id, flaw.path) for page in pages for flaw in page.parked}
    assert parked == {(id, f"{table}.{column}")}
    assert uid(101) in interviews(pages)
    assert not [page for page in pages if page.missing]


def test_killed_after_any_page_it_goes_on_where_it_stood(merge: FakeMerge) -> None:
    for number in range(6):
        written = f"2026-{6 + number:02}-20T00:00:00Z"
        merge.interview(uid(1000 + number), modified_at=written)
    merge.most_per_page = 2
    whole = pulled(merge)
    for cut in range(1, len(whole) + 1):
        rest = list(connected(merge).pull(WINDOW, whole[cut - 1].state))
        assert interviews(whole[:cut] + rest) == interviews(whole)
        assert rest or cut == len(whole)


def test_a_refused_cursor_starts_its_part_again_once(merge: FakeMerge) -> None:
    for number in range(3):
        merge.interview(uid(1000 + number))
    merge.most_per_page = 2
    empty = thing({"next": None, "results": []})
    refused = thing({"detail": "bad cursor"}, 400)
    first = thing({"next": "AAAA", "results": []})
    merge.script["interviews"].extend([empty] * 6 + [first, refused])
    assert len(interviews(pulled(merge))) == 4
    merge.script["interviews"].extend([empty] * 6 + [first, refused] * 2)
    with pytest.raises(CursorRefused):
        pulled(merge)


def test_a_cursor_that_goes_round_is_found_out(merge: FakeMerge) -> None:
    loop = thing({"next": "AAAA", "results": [{"id": "x"}]})
    merge.script["interviews"].extend([loop] * 3)
    with pytest.raises(BrokenPaging):
        pulled(merge)


@pytest.mark.parametrize(
    "trouble",
    [
        thing({"detail": "slow down"}, 429),
        thing({}, 503),
        Answer(200, b"<html>maintenance</html>"),
        Answer(200, b'{"next": null, "resu'),
        Answer(200, b'{"next": null}'),
        Answer(200, b"[]"),
        Answer(drop=True),
        Answer(200, b'{"next": null, "results": []}', short_by=9),
    ],
)
def test_passing_trouble_is_waited_out(merge: FakeMerge, trouble: Answer) -> None:
    calm = records(pulled(merge))
    merge.script["interviews"].extend([trouble, trouble])
    merge.script["scorecards"].append(trouble)
    waits: list[float] = []
    again = list(connected(merge, waits=waits).pull(WINDOW, {}))
    assert records(again) == calm
    assert len([w for w in waits if w > 0.5]) == 3


def test_requests_keep_the_pace_of_the_plan(merge: FakeMerge) -> None:
    """Nothing that Merge answers tells what is left of 100 a minute."""
    waits: list[float] = []
    list(connected(merge, waits=waits, requests_per_minute=100).pull(WINDOW, {}))
    assert len(waits) == len(merge.server.asked) - 1
    assert all(0.3 < wait <= 0.6 for wait in waits)


@pytest.mark.parametrize("secret", ["api_key", "account_token"])
def test_a_refused_credential_is_told_without_itself(merge: FakeMerge, secret: str) -> None:
    given: dict[str, Any] = {secret: "wrong-and-secret"}
    merge.script["sync-status"].append(thing({"message": "wrong-and-secret is bad"}, 401))
    with pytest.raises(AccessRefused) as caught:
        list(connected(merge, **given).pull(WINDOW, {}))
    assert "MERGE_API_KEY and MERGE_ACCOUNT_TOKEN" in caught.value.message
    assert "[secret] is bad" in caught.value.message
    assert "wrong-and-secret" not in caught.value.message
    assert "wrong-and-secret" not in repr(MergeConfig("wrong-and-secret", "wrong-and-secret"))


def test_one_answer_that_is_no_record_is_parked_under_the_name_that_was_asked_for(
    merge: FakeMerge,
) -> None:
    merge.script[f"applications/{APPLICATION}"].append(thing({"detail": "soon"}))
    pages = pulled(merge)
    assert {(flaw.ref, flaw.path) for page in pages for flaw in page.parked} == {
        (Ref(Kind.APPLICATION, APPLICATION), "applications.id")
    }
    assert TALK in interviews(pages)
