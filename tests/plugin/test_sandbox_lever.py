"""Lever's rules over HTTP, as lever.md states them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from connectors.model import Kind
from plugin.sandbox.lever import Lever
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story

Row = dict[str, Any]
MANY = 10**6


class Reader:
    """One key on one server; every answer comes back as it is."""

    def __init__(self, server: SandboxServer, key: str | None = None) -> None:
        environment = server.environment("lever")
        self.api = environment["LEVER_API_URL"]
        self.key = environment["LEVER_API_KEY"] if key is None else key
        self.dialect = server.dialects["lever"]

    def ask(self, path: str, query: Any = None) -> requests.Response:
        url = f"{self.api}/{path}"
        return requests.get(url, params=query, auth=(self.key, ""), timeout=5)

    def data(self, path: str, query: Any = None) -> Any:
        answer = self.ask(path, query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def of(self, told: Story, what: str, query: Any = None) -> Any:
        opportunity = self.dialect.id_of(Kind.APPLICATION, told.noor)
        return self.data(f"opportunities/{opportunity}/{what}", query)


@pytest.fixture
def told() -> Story:
    return story()


@pytest.fixture
def lever(told: Story) -> Iterator[Reader]:
    with SandboxServer(told.world, now=MONDAY + DAY, dialects=["lever"], limit=MANY) as server:
        yield Reader(server)


def reading(told: Story, now: Any = MONDAY + DAY, **options: Any) -> SandboxServer:
    return SandboxServer(told.world, now=now, dialects=["lever"], **{"limit": MANY, **options})


@pytest.mark.parametrize("key", ["wrong", ""])
def test_a_wrong_key_is_refused_in_the_documented_shape(lever: Reader, key: str) -> None:
    lever.key = key
    answer = lever.ask("users")
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message"}


def test_the_key_is_the_user_name_and_the_password_is_empty(lever: Reader) -> None:
    auth = ("somebody", lever.key)
    assert requests.get(f"{lever.api}/users", auth=auth, timeout=5).status_code == 401


def test_a_right_that_the_key_lacks_is_a_403_for_that_resource_only(told: Story) -> None:
    with reading(told, permissions={"users"}) as server:
        assert Reader(server).ask("users").status_code == 200
        assert Reader(server).ask("postings").status_code == 403


def test_beyond_the_burst_comes_429_without_a_word_about_when(told: Story) -> None:
    clock = [MONDAY]
    with reading(told, limit=None, clock=lambda: clock[0]) as server:
        it = Reader(server)
        statuses = [it.ask("stages").status_code for _ in range(21)]
        refused = it.ask("stages")
        clock[0] += timedelta(seconds=0.5)
        later = [it.ask("stages").status_code for _ in range(6)]
    assert statuses == [200] * 20 + [429]
    assert not [name for name in refused.headers if "retry" in name.lower() or "rate" in name]
    assert later == [200] * 5 + [429]


def test_instants_are_milliseconds_and_an_interview_has_a_start_and_a_duration(
    told: Story, lever: Reader
) -> None:
    (interview,) = lever.of(told, "interviews")
    assert interview["date"] == told.starts_at.timestamp() * 1000
    assert interview["duration"] == 60
    assert interview["canceledAt"] is None
    assert [each["email"] for each in interview["interviewers"]] == [
        "ivo@example.org",
        "mara@example.org",
    ]
    assert {each["feedbackTemplate"] for each in interview["interviewers"]} == {
        interview["feedbackTemplate"]
    }


def many_applications(count: int) -> World:
    world = World.empty()
    for place in range(count):
        world.application(f"Candidate {place}", created_at=MONDAY - place * HOUR)
    return world


def test_pages_follow_the_token_decoded_once_and_no_other_way() -> None:
    """Trap 3: handed out percent-encoded, it must reach the server encoded exactly once."""
    world = many_applications(7)
    with SandboxServer(world, now=MONDAY, dialects=["lever"], limit=MANY) as server:
        it = Reader(server)
        first = it.ask("opportunities", {"limit": 3}).json()
        assert first["hasNext"]
        assert "%" in first["next"]
        twice = it.ask("opportunities", {"limit": 3, "offset": first["next"]})
        raw = it.ask(f"opportunities?limit=3&offset={first['next']}").json()
        second = it.ask("opportunities", {"limit": 3, "offset": unquote(first["next"])}).json()
        last = it.ask("opportunities", {"limit": 3, "offset": unquote(second["next"])}).json()
    assert twice.status_code == 400
    assert raw == second
    assert not last["hasNext"]
    assert "next" not in last
    ids = [row["id"] for page in (first, second, last) for row in page["data"]]
    assert len(ids) == len(set(ids)) == 7


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": "x"}, {"since": 1},
     {"updated_at_start": "yesterday"}, {"archived": "perhaps"}, {"confidentiality": "some"}],
)  # fmt: skip
def test_what_the_documentation_does_not_know_is_refused(lever: Reader, query: Row) -> None:
    assert lever.ask("opportunities", query).status_code == 400


@pytest.mark.parametrize("name", ["created_at", "updated_at", "advanced_at"])
def test_a_span_of_time_includes_both_of_its_ends(told: Story, lever: Reader, name: str) -> None:
    (row,) = lever.data("opportunities")
    columns = {"created_at": "createdAt", "updated_at": "updatedAt"}
    at = row[columns.get(name, "lastAdvancedAt")]
    for start, end, count in ((at, at, 1), (at + 1, at + 2, 0), (at - 2, at - 1, 0)):
        query = {f"{name}_start": start, f"{name}_end": end}
        assert len(lever.data("opportunities", query)) == count


def test_interviews_cannot_be_filtered_by_date(told: Story, lever: Reader) -> None:
    opportunity = lever.dialect.id_of(Kind.APPLICATION, told.noor)
    answer = lever.ask(f"opportunities/{opportunity}/interviews", {"date_start": 1})
    assert answer.status_code == 400


def test_include_keeps_fields_and_expand_wins_over_it(told: Story, lever: Reader) -> None:
    (row,) = lever.data("opportunities", [("include", "id"), ("include", "name")])
    assert set(row) == {"id", "name"}
    (row,) = lever.data("opportunities", [("include", "id"), ("expand", "owner")])
    assert set(row) == {"id", "owner"}
    assert row["owner"]["email"] == "pia@example.org"
    (row,) = lever.data("opportunities", {"expand": "applications"})
    assert row["applications"][0]["posting"] == lever.data("postings")[0]["id"]
    assert "posting" not in row


def test_feedback_can_be_read_without_what_was_written(told: Story) -> None:
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR)
    with reading(told) as server:
        it = Reader(server)
        whole = it.of(told, "feedback")
        asked = [("include", "id"), ("include", "user"), ("include", "completedAt")]
        (slim,) = it.of(told, "feedback", asked)
    assert "Private remark" in str(whole)
    assert set(slim) == {"id", "user", "completedAt"}


def test_only_what_was_written_is_a_form_and_a_draft_has_no_end(told: Story) -> None:
    told.world.save_draft(told.talk, told.mara, told.ends_at)
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR)
    with reading(told) as server:
        it = Reader(server)
        forms = {row["user"]: row for row in it.of(told, "feedback")}
        (interview,) = it.of(told, "interviews", {"expand": "feedbackForms"})
        ivo, mara = (it.dialect.id_of(Kind.PERSON, each) for each in (told.ivo, told.mara))
    assert forms[ivo]["completedAt"] == (told.ends_at + HOUR).timestamp() * 1000
    assert forms[ivo]["interview"] == interview["id"]
    assert forms[mara]["completedAt"] is None
    assert {form["id"] for form in interview["feedbackForms"]} == {
        form["id"] for form in forms.values()
    }


def test_a_deleted_form_stays_readable_with_the_time_of_its_end(told: Story) -> None:
    """Trap 9."""
    told.world.submit(told.talk, told.ivo, told.ends_at)
    told.world.delete_scorecard(told.talk, told.ivo, told.ends_at + HOUR)
    with reading(told) as server:
        (form,) = Reader(server).of(told, "feedback")
        (interview,) = Reader(server).of(told, "interviews")
    assert form["deletedAt"] == (told.ends_at + HOUR).timestamp() * 1000
    assert interview["feedbackForms"] == []


def test_filed_for_somebody_else_it_bears_the_filers_name(told: Story) -> None:
    """Trap 11."""
    told.world.submit(told.talk, told.ivo, told.ends_at, by=told.pia)
    with reading(told) as server:
        (form,) = Reader(server).of(told, "feedback", {"expand": "user"})
    assert form["user"]["email"] == "pia@example.org"


def test_written_by_hand_it_names_neither_interview_nor_panel(told: Story) -> None:
    told.world.submit_extra(told.talk, told.ivo, told.ends_at + HOUR)
    with reading(told) as server:
        (form,) = Reader(server).of(told, "feedback")
    assert (form["interview"], form["panel"]) == (None, None)
    assert form["createdAt"] >= told.starts_at.timestamp() * 1000


def test_a_called_off_interview_stays_and_says_since_when(told: Story) -> None:
    told.world.cancel(told.talk, MONDAY + HOUR)
    with reading(told) as server:
        (interview,) = Reader(server).of(told, "interviews")
    assert interview["canceledAt"] == (MONDAY + HOUR).timestamp() * 1000


def test_a_deleted_interview_is_not_there_and_its_opportunity_is(told: Story) -> None:
    told.world.cancel(told.talk, MONDAY + HOUR, gone=True)
    with reading(told) as server:
        it = Reader(server)
        known = it.dialect.id_of(Kind.INTERVIEW, told.talk)
        opportunity = it.dialect.id_of(Kind.APPLICATION, told.noor)
        assert it.of(told, "interviews") == []
        gone = it.ask(f"opportunities/{opportunity}/interviews/{known}")
    assert (gone.status_code, gone.json()["code"]) == (404, "ResourceNotFound")


def test_a_deleted_opportunity_is_a_404_and_listed_as_deleted(told: Story) -> None:
    told.world.delete_application(told.noor, MONDAY + HOUR)
    bound = int((MONDAY + HOUR).timestamp() * 1000)
    with reading(told) as server:
        it = Reader(server)
        known = it.dialect.id_of(Kind.APPLICATION, told.noor)
        assert it.ask(f"opportunities/{known}/interviews").status_code == 404
        (row,) = it.data("opportunities/deleted", {"deleted_at_start": bound})
        assert it.data("opportunities/deleted", {"deleted_at_start": bound + 1}) == []
    assert (row["id"], row["deletedAt"]) == (known, bound)


def test_a_moved_and_swapped_interview_keeps_its_id(told: Story, lever: Reader) -> None:
    (before,) = lever.of(told, "interviews")
    later = told.starts_at + DAY
    told.world.move(told.talk, MONDAY + HOUR, later, later + HOUR)
    told.world.swap(told.talk, MONDAY + HOUR, out=told.mara, into=told.zoe)
    (after,) = lever.of(told, "interviews")
    assert after["id"] == before["id"]
    assert after["date"] == later.timestamp() * 1000
    assert [each["email"] for each in after["interviewers"]] == [
        "ivo@example.org",
        "zoe@example.org",
    ]


def test_who_owes_nothing_has_a_template_that_is_not_null(told: Story) -> None:
    """Trap 7."""
    world, at = told.world, told.starts_at
    world.interview(told.noor, "Lunch", at, at + HOUR, [told.ivo], require_scorecard=False)
    world.interview(told.noor, "Talk", at, at + HOUR, [told.ivo], without_card=[told.mara])
    with reading(told) as server:
        found = {row["subject"]: row for row in Reader(server).of(told, "interviews")}
    assert found["Lunch"]["feedbackTemplate"] == "no-feedback"
    ivo, mara = found["Talk"]["interviewers"]
    assert mara["feedbackTemplate"] == "no-feedback" != ivo["feedbackTemplate"]


def test_scaffolding_is_not_an_interview_here(told: Story) -> None:
    world = told.world
    slot = world.slot(told.noor.job, "Later")
    world.scaffolding(told.noor, slot, "to_be_scheduled", created_at=MONDAY)
    with reading(told) as server:
        assert len(Reader(server).of(told, "interviews")) == 1


@pytest.mark.parametrize("hidden", [{"private": True}, {"confidential": True}])
@pytest.mark.parametrize("sees", [True, False])
def test_confidential_opportunities_need_the_right_and_the_filter(hidden: Row, sees: bool) -> None:
    """Trap 2: they are missing by default, without a word."""
    told = story(**hidden)
    with reading(told, sees_private=sees) as server:
        it = Reader(server)
        known = it.dialect.id_of(Kind.APPLICATION, told.noor)
        assert it.data("opportunities") == []
        found = it.data("opportunities", {"confidentiality": "all"})
        single = it.ask(f"opportunities/{known}/interviews").status_code
    assert [row["confidentiality"] for row in found] == ["confidential"] * sees
    assert single == (200 if sees else 404)


def test_deactivated_users_are_listed_only_when_asked_for(told: Story) -> None:
    """Trap 10."""
    told.world.leave(told.zoe, MONDAY)
    with reading(told) as server:
        it = Reader(server)
        active = {row["email"] for row in it.data("users")}
        everybody = {row["email"]: row for row in it.data("users", {"includeDeactivated": "true"})}
        known = it.dialect.id_of(Kind.PERSON, told.zoe)
        assert it.data(f"users/{known}")["deactivatedAt"] == MONDAY.timestamp() * 1000
    assert set(everybody) - active == {"zoe@example.org"}


def test_an_archived_opportunity_keeps_its_stage_and_names_a_reason(told: Story) -> None:
    told.world.reject(told.noor, MONDAY + HOUR)
    with reading(told) as server:
        it = Reader(server)
        (row,) = it.data("opportunities", {"archived": "true"})
        reasons = {each["id"]: each for each in it.data("archive_reasons")}
        stages = {each["id"]: each["text"] for each in it.data("stages")}
    assert row["archived"]["archivedAt"] == (MONDAY + HOUR).timestamp() * 1000
    assert reasons[row["archived"]["reason"]]["type"] == "non-hired"
    assert stages[row["stage"]] == "Team interviews"


@pytest.mark.parametrize("bumps", [True, False])
def test_feedback_moves_the_opportunity_by_a_millisecond_more(told: Story, bumps: bool) -> None:
    dialect = Lever(limit=MANY, scheduling_bumps=bumps)
    booked = told.talk.created_at
    with SandboxServer(told.world, now=MONDAY + DAY, dialects=[dialect]) as server:
        (before,) = Reader(server).data("opportunities")
        told.world.submit(told.talk, told.ivo, told.ends_at)
        (after,) = Reader(server).data("opportunities")
    handed_in = told.ends_at.timestamp() * 1000
    assert before["lastInteractionAt"] == (booked.timestamp() * 1000 if bumps else None)
    assert (after["lastInteractionAt"], after["updatedAt"]) == (handed_in, handed_in + 1)


def test_panels_tell_the_calendar_answer_and_no_forms(told: Story) -> None:
    told.world.respond(told.talk, told.ivo, MONDAY, "declined")
    with reading(told) as server:
        (panel,) = Reader(server).of(told, "panels")
    (inner,) = panel["interviews"]
    assert [each["responseStatus"] for each in inner["interviewers"]] == [
        "declined",
        "needsAction",
    ]
    assert "feedbackForms" not in inner


def test_the_page_after_next_stands_still_while_records_come_in() -> None:
    world = many_applications(4)
    with SandboxServer(world, now=MONDAY, dialects=["lever"], limit=MANY) as server:
        it = Reader(server)
        first = it.ask("opportunities", {"limit": 2}).json()
        world.application("Somebody new", created_at=MONDAY)
        rest = it.data("opportunities", {"offset": unquote(first["next"])})
    assert len({row["id"] for row in first["data"] + rest}) == 4
