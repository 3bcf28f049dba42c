"""A told story is served as it stands at the sandbox's instant; the oracle agrees with it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from plugin.sandbox.expected import State
from plugin.sandbox.server import SandboxServer
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Client, Story, story


def truths(told: Story, now: datetime) -> dict[str, tuple[str, str]]:
    """Who -> (state, reason), by the first part of the address."""
    return {
        each.email.partition("@")[0]: (each.state.value, each.reason)
        for each in told.world.expected(now)
    }


def test_an_interview_is_scheduled_then_awaits_feedback_then_is_complete() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR)
    told.world.submit(told.talk, told.mara, told.ends_at + DAY)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        seen = [client.one("interviews")["status"]]
        for now in (told.ends_at, told.ends_at + HOUR, told.ends_at + DAY):
            server.advance(now)
            seen.append(client.one("interviews")["status"])
    assert seen == ["scheduled", "awaiting_feedback", "awaiting_feedback", "complete"]


def test_a_placeholder_card_exists_from_scheduling_on_and_is_a_draft_until_submitted() -> None:
    """Trap 2: drafts of future interviews."""
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR, by=told.pia, rating="strong_no")
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        before = client.rows("scorecards")
        server.advance(told.ends_at + HOUR)
        after = client.one("scorecards", interviewer_ids=str(told.ivo.id))
    assert [(row["status"], row["submitted_at"]) for row in before] == [("draft", None)] * 2
    assert {row["interviewed_at"] for row in before} == {"2026-11-16T14:00:00.000Z"}
    assert {row["submitter_id"] for row in before} == {None}
    assert after["status"] == "complete"
    assert after["submitted_at"] == after["updated_at"] == "2026-11-16T16:00:00.000Z"
    assert after["submitter_id"] == told.pia.id
    assert after["candidate_rating"] == "strong_no"
    assert "Private remark" in after["notes"]


def test_an_interview_is_not_there_before_it_was_put_on_the_calendar() -> None:
    told = story()
    with SandboxServer(told.world, now=told.starts_at - 8 * DAY) as server, Client(server) as it:
        assert it.rows("interviews") == it.rows("scorecards") == it.rows("interviewers") == []
        server.advance(told.starts_at - 7 * DAY)
        assert len(it.rows("interviews")) == 1
    assert truths(told, told.starts_at - 8 * DAY) == {}


def test_a_move_keeps_the_ids_and_stamps_the_interview_and_its_open_cards() -> None:
    told = story()
    told.world.move(told.talk, MONDAY, told.starts_at + DAY, told.ends_at + DAY)
    with SandboxServer(told.world, now=MONDAY - HOUR) as server, Client(server) as client:
        before = client.one("interviews")
        server.advance(MONDAY)
        after, card = client.one("interviews"), client.rows("scorecards")[0]
    assert before["id"] == after["id"]
    assert before["updated_at"] < after["updated_at"] == "2026-11-16T09:00:00.000Z"
    assert after["ends_at"] == "2026-11-17T15:00:00.000Z"
    assert card["interviewed_at"] == "2026-11-17T14:00:00.000Z"
    assert card["updated_at"] == "2026-11-16T09:00:00.000Z"
    assert told.world.expected(MONDAY)[0].ends_at == told.ends_at + DAY


def test_a_swap_takes_one_row_and_draft_away_and_brings_another() -> None:
    told = story()
    told.world.swap(told.talk, told.starts_at, out=told.ivo, into=told.zoe)
    with SandboxServer(told.world, now=told.ends_at) as server, Client(server) as client:
        panel = {row["user_id"] for row in client.rows("interviewers")}
        cards = {row["interviewer_id"] for row in client.rows("scorecards")}
    assert panel == cards == {told.mara.id, told.zoe.id}
    assert truths(told, told.ends_at) == {
        "ivo": ("excused", "off_the_panel"),
        "mara": ("open", ""),
        "zoe": ("open", ""),
    }
    assert truths(told, MONDAY)["ivo"] == ("upcoming", "")


@pytest.mark.parametrize("gone", [True, False])
def test_a_cancelled_interview_is_skipped_or_gone_from_then_on(gone: bool) -> None:
    told = story()
    told.world.cancel(told.talk, MONDAY, gone=gone)
    with SandboxServer(told.world, now=MONDAY - HOUR) as server, Client(server) as client:
        assert client.one("interviews")["status"] == "scheduled"
        server.advance(MONDAY)
        statuses = [row["status"] for row in client.rows("interviews")]
        seats = len(client.rows("interviewers"))
    assert (statuses, seats) == (([], 0) if gone else (["skipped"], 2))
    reason = "deleted" if gone else "skipped"
    assert truths(told, told.ends_at)["ivo"] == ("cancelled", reason)


def test_an_unscheduled_interview_loses_its_date() -> None:
    told = story()
    told.world.unschedule(told.talk, MONDAY)
    with SandboxServer(told.world, now=told.ends_at) as server, Client(server) as client:
        row = client.one("interviews")
    assert (row["status"], row["ends_at"]) == ("to_be_scheduled", None)
    assert truths(told, told.ends_at)["mara"] == ("cancelled", "unscheduled")


def test_somebody_who_left_is_deactivated_from_then_on() -> None:
    told = story()
    told.world.leave(told.ivo, told.ends_at)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        before = client.one("users", ids=str(told.ivo.id))
        server.advance(told.ends_at)
        after = client.one("users", ids=str(told.ivo.id))
    assert (before["deactivated"], after["deactivated"]) == (False, True)
    assert after["updated_at"] == "2026-11-16T15:00:00.000Z"
    (ivo,) = [t for t in told.world.expected(told.ends_at) if t.email == "ivo@example.org"]
    assert (ivo.state, ivo.quiet) == (State.OPEN, ("person_left",))


@pytest.mark.parametrize("ending", ["rejected", "hired", "converted"])
def test_a_closed_application_says_so_and_its_cards_stay_open(ending: str) -> None:
    told = story()
    world = told.world
    close = {"rejected": world.reject, "hired": world.hire, "converted": world.convert}
    close[ending](told.noor, told.ends_at)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        before = client.one("applications")
        server.advance(told.ends_at)
        after = client.one("applications")
        reasons = [row["rejection_reason_id"] for row in client.rows("rejection_details")]
        drafts = client.rows("scorecards", status="draft")
    assert (before["status"], before["stage_name"]) == ("in_process", "Team interviews")
    assert (after["status"], after["stage_name"], len(drafts)) == (ending, None, 2)
    assert (after["rejected_at"] is not None) == (ending == "rejected")
    assert reasons == ([after["rejection_reason_id"]] if ending == "rejected" else [])
    quiet = {each.quiet for each in told.world.expected(told.ends_at)}
    assert quiet == {(f"application_{ending}",)}


def test_a_rejection_taken_back_opens_the_application_at_its_stage() -> None:
    told = story()
    told.world.reject(told.noor, MONDAY)
    told.world.unreject(told.noor, MONDAY + HOUR)
    with SandboxServer(told.world, now=MONDAY + HOUR) as server, Client(server) as client:
        row = client.one("applications")
        stays = client.rows("application_stages")
    assert (row["status"], row["stage_name"]) == ("in_process", "Team interviews")
    assert row["rejected_at"] is row["rejection_reason_id"] is None
    assert [stay["current"] for stay in stays] == [True, False]
    assert row["stage_id"] == stays[0]["id"] != row["job_interview_stage_id"]


def test_outsiders_and_people_without_a_card_sit_on_the_panel_and_owe_nothing() -> None:
    """Trap 16, and coordinators on panels (greenhouse.md 2.3)."""
    told = story()
    told.world.interview(
        told.noor,
        "Working session",
        told.starts_at,
        told.ends_at,
        panel=[told.zoe, "guest@example.net"],
        without_card=[told.pia],
    )
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        newest = str(told.world.interviews[-1].id)
        panel = client.rows("interviewers", interview_ids=newest)
    guest, pia, zoe = sorted(panel, key=lambda row: str(row["email"]))
    assert (guest["email"], guest["user_id"], guest["scorecard_id"]) == (
        "guest@example.net",
        None,
        None,
    )
    assert (pia["user_id"], pia["scorecard_id"]) == (told.pia.id, None)
    assert zoe["scorecard_id"] is not None
    assert len(told.world.expected(MONDAY)) == 3


def test_an_extra_card_counts_as_submitted_while_the_placeholder_stays_a_draft() -> None:
    told = story()
    told.world.submit_extra(told.talk, told.ivo, told.ends_at + HOUR)
    now = told.ends_at + HOUR
    with SandboxServer(told.world, now=now) as server, Client(server) as client:
        cards = client.rows("scorecards", interviewer_ids=str(told.ivo.id))
        linked = {row["scorecard_id"] for row in client.rows("interviewers")}
        status = client.one("interviews")["status"]
    assert [card["status"] for card in cards] == ["complete", "draft"]
    assert cards[0]["interview_kit_id"] == cards[1]["interview_kit_id"]
    assert cards[0]["id"] not in linked
    assert status == "awaiting_feedback"
    assert truths(told, now)["ivo"] == ("submitted", "")


def test_a_deleted_card_vanishes_while_the_panel_still_points_at_it() -> None:
    told = story()
    told.world.delete_scorecard(told.talk, told.ivo, MONDAY)
    with SandboxServer(told.world, now=told.ends_at) as server, Client(server) as client:
        linked = {row["scorecard_id"] for row in client.rows("interviewers")}
        cards = {row["id"] for row in client.rows("scorecards")}
    assert cards < linked
    assert truths(told, told.ends_at)["ivo"] == ("excused", "card_deleted")


def test_a_saved_draft_moves_its_stamp_and_is_still_owed() -> None:
    told = story()
    told.world.save_draft(told.talk, told.ivo, told.ends_at + HOUR)
    now = told.ends_at + HOUR
    with SandboxServer(told.world, now=now) as server, Client(server) as client:
        card = client.one("scorecards", interviewer_ids=str(told.ivo.id))
    assert (card["status"], card["updated_at"]) == ("draft", "2026-11-16T16:00:00.000Z")
    assert truths(told, now)["ivo"] == ("open", "")


def test_an_all_day_interview_has_days_and_no_instants() -> None:
    told = story()
    days = (date(2026, 11, 17), date(2026, 11, 18))
    told.world.all_day_interview(told.noor, "On-site day", *days, [told.zoe], created_at=MONDAY)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        row = client.one("interviews", all_day_end_on="gte|2026-11-18")
        server.advance(datetime(2026, 11, 19, tzinfo=UTC))
        later = client.one("interviews", all_day_end_on="gte|2026-11-18")
    assert (row["starts_at"], row["ends_at"]) == (None, None)
    assert (row["all_day_start_on"], row["all_day_end_on"]) == ("2026-11-17", "2026-11-18")
    assert (row["status"], later["status"]) == ("scheduled", "awaiting_feedback")
    assert told.world.expected(MONDAY)[-1].ends_on == date(2026, 11, 18)


def test_erasing_a_candidate_takes_the_name_and_if_asked_the_interviews() -> None:
    told = story()
    told.world.anonymize(told.noor.candidate, MONDAY)
    told.world.anonymize(told.noor.candidate, MONDAY + DAY, with_interviews=True)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        person = client.one("candidates")
        interviews = client.rows("interviews")
        server.advance(MONDAY + DAY)
        left = client.rows("interviews") + client.rows("scorecards")
    assert "Noor" not in str(person)
    assert person["email_addresses"] == []
    assert (len(interviews), left) == (1, [])
    assert truths(told, MONDAY + DAY)["ivo"] == ("cancelled", "erased")


def test_a_deleted_application_takes_its_interviews_and_leaves_its_cards() -> None:
    told = story()
    told.world.delete_application(told.noor, MONDAY)
    with SandboxServer(told.world, now=MONDAY) as server, Client(server) as client:
        gone = client.rows("applications") + client.rows("interviews")
        cards = client.rows("scorecards")
    assert (gone, len(cards)) == ([], 2)


def test_an_undocumented_status_is_nobodys_to_judge() -> None:
    """Trap 12."""
    told = story()
    told.world.mark(told.talk, MONDAY, "under_review")
    assert {state for state, _ in truths(told, told.ends_at).values()} == {"unknown"}


def test_a_slot_that_requires_no_scorecard_excuses_its_panel() -> None:
    told = story()
    lunch = told.world.interview(
        told.noor, "Lunch", told.starts_at, told.ends_at, [told.zoe], require_scorecard=False
    )
    with SandboxServer(told.world, now=told.ends_at) as server, Client(server) as client:
        slot = client.one("job_interviews", ids=str(lunch.slot.id))
    assert slot["require_scorecard"] is False
    assert truths(told, told.ends_at)["zoe"] == ("excused", "not_required")
