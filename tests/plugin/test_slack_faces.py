"""Messages in Slack stay true after they were sent, and no live button stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.model import ApplicationState, InterviewState
from scheduler.faces import LIVE_FOR
from tests.connectors.fake_slack import Post
from tests.connectors.slack_limits import problems
from tests.plugin.slack_office import (
    SlackOffice,
    an_interview,
    button,
    buttons,
    changed,
    choice,
    handed_in,
    slack_office,
    words,
)
from tests.scheduler.builders import (
    DAY,
    HOUR,
    MONDAY,
    application,
    candidate,
    card,
    interview,
    moved,
    person,
    save,
    world,
)

SLOW = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    with slack_office(tmp_path) as office:
        yield office.holds(an_interview())


def live(post: Post) -> set[str]:
    return {each["action_id"] for each in buttons(post)}


def test_a_message_of_which_nothing_has_changed_is_left_alone(office: SlackOffice) -> None:
    office.nudged()
    for _ in range(5):
        assert office.rewritten().edits == 0
        office.pass_time(DAY)


@pytest.mark.parametrize("name", [None, "(anonymized)"])
def test_a_name_that_was_erased_in_the_ats_goes_from_the_message_too(
    office: SlackOffice, name: str | None
) -> None:
    office.nudged()
    office.service.faces()
    changed(office, candidate(name=name, updated_at=office.clock.now + HOUR))
    post = office.rewritten()
    assert "Noor" not in words(post) + post.text + str(buttons(post))
    assert "nudge.snooze" in live(post), "the scorecard is still asked for"
    assert office.rewritten().edits == 1


def test_a_second_nudge_says_still_waiting_and_goes_on_saying_so(office: SlackOffice) -> None:
    office.nudged()
    office.pass_time(6 * DAY)
    office.service.nudges()
    assert "Noor V. is still waiting" in words(office.rewritten())
    changed(office, candidate(name=None, updated_at=office.clock.now + HOUR))
    post = office.rewritten()
    assert "A candidate is still waiting" in words(post)
    assert "Tomorrow Ali will be asked to help." in words(post)


def test_a_scorecard_that_came_in_is_ticked_off_and_no_button_stays(office: SlackOffice) -> None:
    office.nudged()
    handed_in(office, "p1")
    post = office.rewritten()
    assert "✓ *Noor V.* · Systems talk" in words(post)
    assert "Thank you. Nothing is waiting on you." in words(post)
    assert buttons(post) == []
    assert "Thank you. Nothing is waiting on you." in post.text
    assert office.rewritten().edits == 1


def test_the_last_of_a_panel_hears_that_it_is_complete(office: SlackOffice) -> None:
    office.nudged()
    handed_in(office, "p1", "p3")
    assert "Thank you. Noor V.'s panel is complete." in words(office.rewritten())


def test_an_answer_shows_in_place_with_a_way_back(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.done"))
    post = office.rewritten()
    assert "done elsewhere" in words(post)
    assert live(post) == {"answer.undo"}
    office.press(button(post, "answer.undo"))
    post = office.rewritten()
    assert "nudge.done" in live(post)
    assert "has been waiting" in words(post)
    assert post.edits == 2


def test_a_snooze_shows_until_when_and_after_it_the_buttons_are_back(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.snooze"))
    values = {"when": {"any": {"selected_option": {"value": "2026-11-19"}}}}
    office.submit(office.slack.opened[0], values)
    post = office.rewritten()
    assert "snoozed until Thu 19 Nov" in words(post)
    assert "Nothing is waiting on you until then." in words(post)
    assert live(post) == {"answer.undo"}
    office.pass_time(DAY)
    assert "nudge.snooze" in live(office.rewritten())


def test_a_hand_over_names_to_whom(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.hand_over"))
    [view] = office.slack.opened
    option = view["blocks"][1]["element"]["options"][0]
    office.submit(view, {"to": {"any": {"selected_option": option}}})
    assert "handed over to Rae" in words(office.rewritten())


def test_an_interview_that_was_called_off_says_so_and_closes(office: SlackOffice) -> None:
    office.nudged()
    changed(office, an_interview(state=InterviewState.CANCELLED))
    post = office.rewritten()
    assert "called off" in words(post)
    assert buttons(post) == []


def test_an_interview_that_was_moved_asks_for_nothing_and_is_asked_about_anew(
    office: SlackOffice,
) -> None:
    office.nudged()
    changed(office, moved(an_interview(), office.clock.now + 3 * DAY))
    post = office.rewritten()
    assert "moved to a later day. Nothing is waiting on you." in words(post)
    assert buttons(post) == []
    for _ in range(10):
        office.pass_time(DAY)
        office.service.nudges()
        office.service.faces()
    first, *later = office.slack.said("U1")
    assert (first.edits, bool(later)) == (1, True)


def test_a_closed_application_asks_for_nothing_until_it_is_opened_again(
    office: SlackOffice,
) -> None:
    office.nudged()
    changed(office, application(state=ApplicationState.REJECTED, ats_status="rejected"))
    post = office.rewritten()
    assert "closed: nothing is asked for any more" in words(post)
    assert buttons(post) == []
    changed(office, application())
    assert "nudge.snooze" in live(office.rewritten())


def test_the_message_of_somebody_who_left_holds_no_button(office: SlackOffice) -> None:
    office.nudged()
    changed(office, person(active=False))
    post = office.rewritten()
    assert buttons(post) == []
    assert "Noor" in words(post)


def test_in_a_digest_each_row_stands_for_itself(office: SlackOffice) -> None:
    office.holds(an_interview(), an_interview("i2", name="Portfolio"), an_interview("i3"))
    post = office.nudged()
    assert len(buttons(post)) == 3
    handed_in(office, "p1", id="i3")
    post = office.rewritten()
    assert words(post).count("✓") == 1
    assert len(buttons(post)) == 2
    office.press(choice(buttons(post)[0], "done_elsewhere"))
    post = office.rewritten()
    assert "answer.undo" in live(post)
    assert "nudge.write" in live(post)  # one is left: it reads like a message about one


def test_a_digest_warns_as_before_of_what_is_left_of_it(office: SlackOffice) -> None:
    office.holds(*(an_interview(id) for id in ("i1", "i2", "i3")))
    office.nudged()
    office.pass_time(6 * DAY)
    office.service.nudges()
    assert "Tomorrow Ali will be asked to help." in words(office.rewritten())
    handed_in(office, "p1", id="i2")
    assert "Tomorrow Ali will be asked to help." in words(office.rewritten())


def test_rows_keep_their_order_when_one_is_answered(office: SlackOffice) -> None:
    """All of one day, and the ids of the ATS say nothing about who waited longest."""
    office.holds(
        an_interview("i1", name="Third"),
        an_interview("i2", name="First", ends_at=MONDAY - 2 * HOUR),
        an_interview("i3", name="Second", ends_at=MONDAY - HOUR),
    )
    post = office.nudged()
    order = ["First", "Second", "Third"]
    assert sorted(order, key=words(post).index) == order
    office.press(choice(buttons(post)[1], "done_elsewhere"))
    post = office.rewritten()
    assert sorted(order, key=words(post).index) == ["First", "Third", "Second"]  # still open first


def test_after_two_weeks_no_button_is_left(office: SlackOffice) -> None:
    office.nudged()
    office.pass_time(LIVE_FOR + timedelta(minutes=1))
    post = office.rewritten()
    assert buttons(post) == []
    assert "old one" in words(post)
    edits = post.edits
    handed_in(office, "p1")
    assert office.rewritten().edits == edits


def test_a_message_that_somebody_deleted_is_let_go(office: SlackOffice) -> None:
    post = office.nudged()
    office.slack.delete(post.reference)
    handed_in(office, "p1")
    office.service.faces()
    office.service.faces()
    assert office.slack.calls.count("chat.update") == 1


def test_a_crash_after_the_rewriting_rewrites_the_same_once_more(
    office: SlackOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.nudged()
    handed_in(office, "p1")
    note = office.store.message_shown

    def crash(id: str, shown: str, closed_at: datetime | None) -> None:
        if "chat.update" in office.slack.calls:  # the other message may have its turn first
            raise KeyboardInterrupt
        note(id, shown, closed_at)

    monkeypatch.setattr(office.store, "message_shown", crash)
    with pytest.raises(KeyboardInterrupt):
        office.service.faces()
    before = office.slack.said("U1")[0].blocks
    monkeypatch.undo()
    post = office.rewritten()
    assert (post.blocks, post.edits) == (before, 2)
    assert office.rewritten().edits == 2


def test_case_46_where_slack_asks_to_wait_all_the_rest_waits_and_nothing_is_lost(
    office: SlackOffice,
) -> None:
    office.nudged()
    handed_in(office, "p1")
    office.slack.limit("chat.update", 0, retry_after="60")
    for _ in range(3):
        office.service.faces()
    assert office.slack.calls.count("chat.update") == 1
    office.slack.lift("chat.update")
    office.pass_time(timedelta(minutes=2))
    assert buttons(office.rewritten()) == []


def test_case_48_a_revoked_token_stops_the_run_and_a_later_one_goes_on(
    office: SlackOffice,
) -> None:
    office.nudged()
    handed_in(office, "p1")
    office.slack.fail_next("chat.update", error="token_revoked")
    office.service.faces()
    assert office.slack.said("U1")[0].edits == 0
    assert office.rewritten().edits == 1


HOSTILE = ("Noor V.", "<!channel>", "A\nB", "\u202eevil", "x" * 300, "*_~`<@U1>|&")


@pytest.mark.parametrize(
    ("n", "name"),
    [
        pytest.param(n, name, id=f"{place}-{n}", marks=[] if n == 6 or place == 0 else SLOW)
        for place, name in enumerate(HOSTILE)
        for n in (1, 6, 60)
    ],
)
def test_case_56_slack_takes_every_face_of_any_number_and_name(
    tmp_path: Path, n: int, name: str
) -> None:
    with slack_office(tmp_path) as office:
        records: list[Any] = [*world(interview("i0", card("p2"))), person("p1", name)]
        for i in range(n):
            records += [candidate(f"k{i}", name), application(f"b{i}", candidate_id=f"k{i}")]
            records += [an_interview(f"n{i}", "p1", application_id=f"b{i}", name=name)]
        office.ats.with_records(*records)
        save(office.store, *records)
        post = office.nudged()
        for half in (buttons(post)[: n // 2 or 1], buttons(post)[n // 2 or 1 :]):
            for each in half:
                if each["action_id"] == "nudge.answers":
                    office.press(choice(each, "done_elsewhere"))
                elif each["action_id"] == "nudge.done":
                    office.press(each)
            post = office.rewritten()
            assert problems(post.blocks) == []
            assert len(str(post.blocks)) < 13_000
            assert "<!" not in words(post) + post.text
        assert post.edits >= 1
