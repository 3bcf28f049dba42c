"""Answers that are given in Slack, with the real Bolt and slack_sdk against a fake Slack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugin.slack_answers import NOT_KNOWN, NOT_YOURS
from scheduler.answers import Answer, AnswerKind, in_force
from scheduler.store import StoreProblem
from tests.connectors.slack_limits import view_problems
from tests.plugin.slack_office import (
    SlackOffice,
    about,
    an_interview,
    button,
    choice,
    pressed,
    slack_office,
)
from tests.scheduler.builders import DAY, KEY, card, interview, key

ACTIONS = {"nudge.done", "nudge.snooze", "nudge.hand_over", "nudge.not_happened"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    with slack_office(tmp_path) as office:
        yield office.holds(an_interview())


def given(office: SlackOffice) -> Answer | None:
    [facts] = office.store.scorecards(keys=[KEY])
    return in_force(facts.answers, office.clock.now)


def picked(block: str, value: str) -> dict[str, Any]:
    return {block: {"any": {"selected_option": {"value": value}}}}


def test_done_elsewhere_is_kept_before_it_is_acknowledged_and_the_message_is_rung_for(
    office: SlackOffice,
) -> None:
    answer = office.press(button(office.nudged(), "nudge.done"))
    assert (answer.status_code, answer.data) == (200, b"")
    kept = given(office)
    assert kept is not None
    assert (kept.kind, kept.by, kept.via) == (
        AnswerKind.DONE_ELSEWHERE,
        "p1@example.org",
        "slack",
    )
    assert office.rung == ["faces"]
    assert office.slack.opened == []


def test_pressed_twice_it_is_one_answer(office: SlackOffice) -> None:
    press = button(office.nudged(), "nudge.done")
    office.press(press)
    office.press(press)
    [facts] = office.store.scorecards(keys=[KEY])
    assert len(facts.answers) == 1


def test_an_answer_is_acknowledged_though_slack_itself_does_not_answer(
    office: SlackOffice,
) -> None:
    post = office.nudged()
    office.slack.fail_next("views.open", hang=True)
    began = time.monotonic()
    office.executor.idle = lambda: None  # type: ignore[method-assign]
    answer = office.press(button(post, "nudge.snooze"))
    assert answer.status_code == 200
    assert time.monotonic() - began < 2  # so long slack_sdk waits for Slack here


@pytest.mark.parametrize("action", sorted(ACTIONS - {"nudge.done"}))
def test_what_asks_more_opens_a_window_at_once_that_slack_takes(
    office: SlackOffice, action: str
) -> None:
    office.press(button(office.nudged(), action))
    [view] = office.slack.opened
    assert view_problems(view) == []
    assert view["private_metadata"] == about()
    assert given(office) is None


def snoozing(office: SlackOffice) -> dict[str, Any]:
    office.press(button(office.nudged(), "nudge.snooze"))
    return office.slack.opened[0]


def test_snoozed_until_tomorrow_it_ends_when_that_person_begins_to_work(
    office: SlackOffice,
) -> None:
    office.service.members()
    answer = office.submit(snoozing(office), picked("when", "2026-11-19"))
    assert (answer.status_code, answer.data) == (200, b"")
    kept = given(office)
    assert kept is not None
    assert str(kept.until) == "2026-11-19 08:00:00+00:00"  # nine in Berlin
    assert office.rung == ["faces"]


def test_snoozed_until_another_day_the_day_is_the_picked_one(office: SlackOffice) -> None:
    values = picked("when", "another") | {"day": {"any": {"selected_date": "2026-11-24"}}}
    office.submit(snoozing(office), values)
    kept = given(office)
    assert kept is not None
    assert kept.until is not None
    assert kept.until.date().isoformat() == "2026-11-24"


@pytest.mark.parametrize("day", ["2027-03-01", "2026-11-01", None, "soon", "9999-12-31"])
def test_a_day_that_cannot_be_is_refused_in_the_window_and_nothing_is_kept(
    office: SlackOffice, day: str | None
) -> None:
    values = picked("when", "another") | {"day": {"any": {"selected_date": day}}}
    answer = office.submit(snoozing(office), values)
    assert answer.json is not None
    assert answer.json["response_action"] == "errors"
    assert "lease choose" in answer.json["errors"]["day"]
    assert given(office) is None
    assert office.rung == []


@pytest.mark.parametrize("part", [None, [1], "text", {"any": "text"}, {"any": None}, {}])
def test_a_window_that_makes_no_sense_is_refused_and_nothing_is_kept(
    office: SlackOffice, part: object
) -> None:
    answer = office.submit(snoozing(office), {"when": part})
    assert answer.json is not None
    assert answer.json["errors"] == {"when": "Please choose a day."}
    assert given(office) is None


def test_handed_over_it_goes_to_somebody_of_the_list(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.hand_over"))
    [view] = office.slack.opened
    options = view["blocks"][1]["element"]["options"]
    assert [each["text"]["text"] for each in options] == ["Rae, on the panel", "Ali, recruiter"]
    office.submit(view, picked("to", options[0]["value"]))
    kept = given(office)
    assert kept is not None
    assert (kept.kind, kept.to_id) == (AnswerKind.HAND_OVER, "p3")


def test_handed_to_somebody_who_was_not_offered_it_is_refused(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.hand_over"))
    answer = office.submit(office.slack.opened[0], picked("to", "p9"))
    assert answer.json is not None
    assert "somebody from the list" in answer.json["errors"]["to"]
    assert given(office) is None


def test_it_did_not_happen_is_kept_with_its_reason(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.not_happened"))
    [view] = office.slack.opened
    values = [each["value"] for each in view["blocks"][1]["element"]["options"]]
    assert values == ["cancelled", "no_show", "moved", "not_me", "other"]
    office.submit(view, picked("why", "no_show"))
    kept = given(office)
    assert kept is not None
    assert (kept.kind, kept.reason) == (AnswerKind.DID_NOT_HAPPEN, "no_show")


def test_a_reason_that_was_not_offered_is_refused(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.not_happened"))
    answer = office.submit(office.slack.opened[0], picked("why", "lazy"))
    assert answer.json is not None
    assert answer.json["errors"] == {"why": "Please choose one of the reasons."}


@pytest.mark.parametrize(("user", "why"), [("U3", NOT_YOURS), ("U7", NOT_KNOWN), ("", NOT_KNOWN)])
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_somebody_else_is_told_so_and_nothing_is_kept(
    office: SlackOffice, user: str, why: str, action: str
) -> None:
    post = office.nudged()
    office.service.members()
    assert office.press(button(post, action), user).status_code == 200
    [view] = office.slack.opened
    assert view["callback_id"] == "notice"
    assert view["blocks"][0]["text"]["text"] == why
    assert given(office) is None
    assert office.rung == []


def test_somebody_elses_window_is_refused_too(office: SlackOffice) -> None:
    view = snoozing(office)
    office.service.members()
    answer = office.submit(view, picked("when", "2026-11-19"), "U3")
    assert answer.json is not None
    assert "not asked of you" in answer.json["errors"]["when"]
    assert given(office) is None


def test_what_a_window_says_it_is_about_is_not_believed(office: SlackOffice) -> None:
    view = snoozing(office) | {"private_metadata": about(key("i1", "p3"))}
    office.submit(view, picked("when", "2026-11-19"))
    assert all(not facts.answers for facts in office.store.scorecards())


def test_undo_takes_back_only_the_own_answer(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.done"))
    kept = given(office)
    assert kept is not None
    undo = {"action_id": "answer.undo", "value": kept.id}
    office.service.members()
    office.press(undo, "U3")
    assert given(office) == kept
    office.press(undo)
    assert given(office) is None
    assert office.rung == ["faces", "faces"]


def test_in_a_digest_the_menu_of_a_row_answers_for_that_row(office: SlackOffice) -> None:
    office.holds(an_interview(), an_interview("i2"))
    post = office.nudged()
    menus = [block["accessory"] for block in post.blocks if "accessory" in block]
    office.press(choice(menus[1], "done_elsewhere"))
    answered = [f.key for f in office.store.scorecards() if f.answers]
    assert answered == [key("i2")]


def test_after_the_scorecard_came_in_there_is_nothing_to_answer(office: SlackOffice) -> None:
    post = office.nudged()
    office.pass_time(DAY)
    handed_in = (card("p1", submitted_at=office.clock.now), card("p3"))
    office.ats.with_records(interview("i1", *handed_in)).at(office.clock.now)
    office.service.sync()
    for action in sorted(ACTIONS):
        office.press(button(post, action))
    assert len(office.slack.opened) == 4
    assert all(
        "Your scorecard is in" in v["blocks"][0]["text"]["text"] for v in office.slack.opened
    )


def test_a_store_that_is_away_is_said_and_the_answer_can_be_pressed_again(
    office: SlackOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = button(office.nudged(), "nudge.done")

    def away(*_: object, **__: object) -> None:
        raise StoreProblem("The database file is locked.")

    monkeypatch.setattr(office.store, "give_answer", away)
    assert office.press(press).status_code == 200
    [view] = office.slack.opened
    assert "press again" in view["blocks"][0]["text"]["text"]
    monkeypatch.undo()
    office.press(press)
    assert given(office) is not None


@pytest.mark.parametrize(
    "action_id", ["nudge.write", "nudge.write.7", "escalation.open", "of.another.version", ""]
)
def test_links_and_buttons_of_other_versions_are_acknowledged(
    office: SlackOffice, action_id: str
) -> None:
    answer = office.press({"action_id": action_id})
    assert (answer.status_code, answer.data) == (200, b"")
    assert office.slack.opened == []


def test_a_trigger_that_is_too_old_opens_nothing_and_breaks_nothing(office: SlackOffice) -> None:
    post, trigger = office.nudged(), office.slack.trigger()
    office.time.now += 3.5
    answer = office.interact(pressed(button(post, "nudge.snooze"), "U1", trigger))
    assert answer.status_code == 200
    assert office.slack.opened == []
