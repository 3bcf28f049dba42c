"""The dialect over HTTP, rule by rule of greenhouse.md 2 and 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
import requests

from plugin.sandbox.resources import RESOURCES
from plugin.sandbox.server import SandboxServer
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Client, Story, story


@pytest.fixture
def told() -> Story:
    told = story()
    for day in range(6):
        told.world.interview(
            told.noor, f"Talk {day}", told.starts_at + day * DAY, told.ends_at + day * DAY, ["o@x"]
        )
    slot = told.world.slot(told.noor.job, "Systems talk")
    told.world.scaffolding(told.noor, slot, "collect_feedback", created_at=MONDAY - DAY)
    return told


@pytest.fixture
def server(told: Story) -> Iterator[SandboxServer]:
    with SandboxServer(told.world, now=MONDAY + DAY) as server:
        yield server


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    with Client(server) as client:
        yield client


def refusal(client: Client, path: str, **parameters: str) -> str:
    """The one sentence of a 422."""
    answer = client.ask(path, parameters)
    assert answer.status_code == 422, answer.text
    (sentence,) = answer.json()["errors"]
    assert set(answer.json()) == {"errors"}
    assert isinstance(sentence, str)
    return sentence


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_every_list_is_a_bare_array_of_stamped_records_newest_id_first(
    client: Client, name: str
) -> None:
    rows = client.rows(name)
    ids = [row["id"] for row in rows]
    assert ids == sorted(ids, reverse=True)
    for row in rows:
        assert 10**10 < row["id"] < 10**12  # trap 11
        for stamp in ("created_at", "updated_at"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row[stamp])
        assert not [column for column in row if column.startswith("_")]


def test_an_interview_carries_neither_panel_nor_name_nor_card_and_a_card_no_interview(
    client: Client,
) -> None:
    """Trap 3."""
    interview = client.rows("interviews")[0]
    assert not [c for c in interview if "interviewer" in c or "scorecard" in c or c == "name"]
    assert "interview_id" not in client.rows("scorecards")[0]


def test_fields_limits_the_columns(client: Client) -> None:
    """Trap 18: text and rating can be left where they are."""
    rows = client.rows("scorecards", fields="id,status,submitted_at")
    assert {tuple(sorted(row)) for row in rows} == {("id", "status", "submitted_at")}
    assert "notes" in refusal(client, "users", fields="id,notes")


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("scorecards", {"job_ids": "31000001004"}),  # trap 4
        ("rejection_details", {"job_ids": "31000001004"}),
        ("interviewers", {"starts_at": "gte|2026-11-01T00:00:00Z"}),
        ("interviews", {"page": "2"}),
        ("interviews", {"starts_at[gte]": "2026-11-01T00:00:00Z"}),
        ("applications", {"status": "in_process"}),  # trap 6
        ("interviews", {"status": "scheduled,complete"}),
        ("interviews", {"ids": ",".join(str(n) for n in range(51))}),  # trap 5
        ("interviews", {"ids": "abc"}),
        ("interviews", {"per_page": "0"}),
        ("interviews", {"per_page": "501"}),
        ("interviews", {"per_page": "many"}),
        ("interviews", {"starts_at": "2026-11-01T00:00:00Z"}),
        ("interviews", {"starts_at": "from|2026-11-01T00:00:00Z"}),
        ("interviews", {"starts_at": "gte|2026-11-01T00:00:00"}),
        ("interviews", {"all_day_end_on": "gte|2026-11-01T00:00:00Z"}),
        (
            "users",
            {
                "created_at": "gte|2026-11-01T00:00:00Z",
                "updated_at": "gte|2026-11-01T00:00:00Z",
            },
        ),  # trap 8
        ("users", {"deactivated": "perhaps"}),
        ("users", {"cursor": "abc", "per_page": "2"}),  # trap 7
        ("users", {"cursor": "no-cursor-of-ours"}),
    ],
)
def test_what_the_documentation_does_not_offer_is_refused(
    client: Client, path: str, parameters: dict[str, str]
) -> None:
    assert refusal(client, path, **parameters)


def test_fifty_ids_are_accepted_and_missing_ones_are_simply_absent(
    client: Client, told: Story
) -> None:
    ids = [str(told.talk.id), *(str(n) for n in range(49))]
    assert [row["id"] for row in client.rows("interviews", ids=",".join(ids))] == [told.talk.id]


def test_one_tenant_takes_only_one_job_at_a_time_for_stages(told: Story) -> None:
    """Trap 5, second half."""
    with (
        SandboxServer(told.world, now=MONDAY, stages_one_job_at_a_time=True) as server,
        Client(server) as client,
    ):
        job = str(told.noor.job.id)
        assert refusal(client, "job_interview_stages", job_ids=f"{job},1")
        assert len(client.rows("job_interview_stages", job_ids=job)) == 5


@pytest.mark.parametrize(
    ("bounds", "days"),
    [
        ("gte|2026-11-17T15:00:00Z|lte|2026-11-19T15:00:00Z", [17, 18, 19]),
        ("gt|2026-11-17T15:00:00.000Z|lt|2026-11-19T16:00:00+01:00", [18]),
        ("gte|2026-11-21T14:59:59.999Z", [21]),
    ],
)
def test_ranges_have_the_pipe_form_and_drop_rows_without_a_date(
    client: Client, bounds: str, days: list[int]
) -> None:
    """Trap 1: scaffolding has no date."""
    rows = client.rows("interviews", ends_at=bounds)
    assert sorted(datetime.fromisoformat(row["ends_at"]).day for row in rows) == days


def test_scaffolding_interviews_are_listed_unless_a_window_is_given(client: Client) -> None:
    statuses = [row["status"] for row in client.rows("interviews")]
    assert statuses.count("collect_feedback") == 1
    assert client.one("interviews", status="collect_feedback")["starts_at"] is None


def test_the_filter_says_active_and_the_answer_says_in_process(client: Client) -> None:
    """Trap 6."""
    assert client.one("applications", status="active")["status"] == "in_process"


def test_the_panel_leads_to_the_cards_and_back(client: Client, told: Story) -> None:
    panel = client.rows("interviewers", interview_ids=str(told.talk.id))
    cards = ",".join(str(row["scorecard_id"]) for row in panel)
    assert {row["interviewer_id"] for row in client.rows("scorecards", ids=cards)} == {
        told.ivo.id,
        told.mara.id,
    }
    assert client.rows("interviewers", scorecard_ids=cards) == panel


def test_stage_ids_want_the_stay_and_not_the_stage(client: Client) -> None:
    """Trap 20."""
    row = client.one("applications")
    assert client.rows("applications", stage_ids=str(row["stage_id"])) == [row]
    assert client.rows("applications", stage_ids=str(row["job_interview_stage_id"])) == []


def test_service_accounts_are_hidden_unless_asked_for_and_have_an_empty_address(
    told: Story, client: Client
) -> None:
    """Trap 14."""
    robot = told.world.person("Robot", "", service=True)
    assert robot.id not in [row["id"] for row in client.rows("users")]
    shown = client.rows("users", show_service_accounts="true")
    (row,) = [row for row in shown if row["id"] == robot.id]
    assert (row["primary_email"], row["emails"]) == ("", None)


@pytest.mark.parametrize("sees", [True, False])
def test_private_candidates_and_confidential_jobs_are_missing(sees: bool) -> None:
    """Trap 21."""
    told = story(private=True, confidential=True)
    with SandboxServer(told.world, now=MONDAY, sees_private=sees) as server, Client(server) as it:
        hidden = ("candidates", "applications", "jobs", "job_owners")
        counts = [len(it.rows(name)) for name in hidden]
        assert len(it.rows("interviews")) == 1
    assert counts == [int(sees)] * 4
    assert {each.quiet for each in told.world.expected(MONDAY)} == {("application_hidden",)}


def test_a_kit_leads_from_the_card_to_the_slot_and_its_name(client: Client, told: Story) -> None:
    panel = client.rows("interviewers", interview_ids=str(told.talk.id))
    card = client.one("scorecards", ids=str(panel[0]["scorecard_id"]))
    kit = client.one("interview_kits", ids=str(card["interview_kit_id"]))
    slot = client.one("job_interviews", ids=str(kit["job_interview_id"]))
    assert (slot["name"], slot["require_scorecard"]) == ("Systems talk", True)
    assert slot["id"] == client.one("interviews", ids=str(told.talk.id))["job_interview_id"]


def test_the_hiring_team_is_listed_by_job(client: Client, told: Story) -> None:
    owner = client.one("job_owners", job_ids=str(told.noor.job.id), type="recruiter")
    assert (owner["user_id"], owner["responsible"]) == (told.pia.id, True)
    assert client.one("applications")["recruiter_id"] == told.pia.id


# -- paging


def test_pages_follow_the_next_link_until_there_is_none(client: Client) -> None:
    first = client.ask("interviews", {"per_page": "3", "fields": "id"})
    assert len(first.json()) == 3
    assert list(first.links) == ["next"]
    cursor = first.links["next"]["url"].partition("?cursor=")[2]
    assert re.fullmatch(r"[\w-]+", cursor)
    paged = client.everything("interviews", per_page="3", fields="id")
    assert paged == client.rows("interviews", fields="id")
    assert len(paged) == 8


def test_the_cursor_remembers_filters_columns_and_page_size(client: Client) -> None:
    window = {"ends_at": "gte|2026-11-17T00:00:00Z", "per_page": "2", "fields": "id,ends_at"}
    first = client.ask("interviews", window)
    second = client.ask(first.links["next"]["url"])
    assert [len(page.json()) for page in (first, second)] == [2, 2]
    assert set(second.json()[0]) == {"id", "ends_at"}
    assert len(client.everything("interviews", **window)) == 5


def test_a_full_last_page_has_no_link(client: Client) -> None:
    assert client.ask("interviews", {"per_page": "8"}).links == {}


def test_rows_that_appear_while_paging_do_not_disturb_the_older_ones(
    client: Client, told: Story
) -> None:
    first = client.ask("interviews", {"per_page": "4"})
    told.world.interview(told.noor, "Late talk", told.starts_at, told.ends_at, [told.zoe])
    second = client.ask(first.links["next"]["url"])
    ids = [row["id"] for row in first.json() + second.json()]
    assert len(ids) == len(set(ids)) == 8


# -- web pages and the log


def test_links_in_messages_open_a_page(server: SandboxServer, told: Story) -> None:
    candidate = told.noor.candidate.id
    guide = f"{server.url}/guides/{told.talk.slot.kit_id}/people/{candidate}"
    form = requests.get(guide, {"application_id": told.noor.id}, timeout=5)
    person = requests.get(f"{server.url}/people/{candidate}", timeout=5)
    lost = requests.get(f"{server.url}/people/1", timeout=5)
    index = requests.get(server.url, timeout=5)
    assert [a.status_code for a in (form, person, lost, index)] == [200, 200, 404, 200]
    assert "Systems talk" in form.text
    assert "here the scorecard would open" in form.text
    assert "Noor Vance" in person.text
    assert "Tuesday, 17 November 2026" in index.text


def test_requests_are_remembered_for_tests_to_read(server: SandboxServer, client: Client) -> None:
    client.rows("users", fields="id")
    assert [each.method for each in server.requests] == ["POST", "GET"]
    assert (server.requests[-1].path, server.requests[-1].query) == ("/v3/users", {"fields": "id"})


def test_time_does_not_run_backwards(server: SandboxServer) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        server.advance(server.now - HOUR)
