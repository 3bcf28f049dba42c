"""Messages to somebody who was asked to help stay true as those to interviewers do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.blocks import fitted, section
from scheduler.faces import LIVE_FOR
from tests.connectors.fake_slack import Post
from tests.connectors.slack_limits import problems
from tests.plugin.slack_office import (
    SlackOffice,
    an_interview,
    button,
    changed,
    handed_in,
    slack_office,
    words,
)
from tests.scheduler.builders import DAY, HOUR, candidate, card, interview, person
from tests.scheduler.sample_owed import escalation, owed


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    with slack_office(tmp_path) as office:
        yield office.holds(an_interview())


def escalated(office: SlackOffice) -> Post:
    """Ali was asked to help: Bo's and Rae's notes are missing."""
    for _ in range(8):
        office.service.nudges()
        office.service.faces()
        office.pass_time(DAY)
    [post] = office.slack.said("U2")
    return post


def to_ali(office: SlackOffice) -> Post:
    office.service.faces()
    [post] = office.slack.said("U2")
    return post


def test_an_escalation_ticks_off_what_came_in_and_says_when_nothing_is_missing_any_more(
    office: SlackOffice,
) -> None:
    first = words(escalated(office))
    asked, reminded = "Bo Ek's and Rae's are missing", "Bo Ek was reminded"
    assert (asked in first, reminded in first) == (True, True)
    handed_in(office, "p1")
    post = to_ali(office)
    assert "of two scorecards, Rae's is missing" in words(post)
    assert "✓ *Noor V.* · Systems talk (Platform engineer) · Bo Ek: handed in" in words(post)
    assert reminded not in words(post)
    assert "You may want to ask in person" in words(post)
    assert problems(post.blocks) == []
    assert to_ali(office).edits == post.edits
    handed_in(office, "p1", "p3")
    assert "Nothing of this is missing any more." in words(to_ali(office))
    assert words(to_ali(office)).count("Noor V.") == 1


def test_an_escalation_forgets_a_name_that_was_erased_and_says_the_rest_as_before(
    office: SlackOffice,
) -> None:
    before = words(escalated(office))
    changed(office, candidate(name=None, updated_at=office.clock.now + HOUR))
    post = to_ali(office)
    assert words(post) == before.replace("Noor V.", "A candidate")
    assert "Noor" not in post.text + str(post.blocks)


def test_in_an_escalation_what_is_put_off_or_asked_of_somebody_who_left_still_waits(
    office: SlackOffice,
) -> None:
    before = words(escalated(office))
    values = {"when": {"any": {"selected_option": {"value": "2026-12-01"}}}}
    office.press(button(office.slack.said("U1")[-1], "nudge.snooze"))
    office.submit(office.slack.opened[0], values)
    changed(office, person("p3", "Rae", active=False))
    assert (words(to_ali(office)), to_ali(office).edits) == (before, 0)


def test_an_escalation_says_of_whom_nothing_is_asked_any_more(office: SlackOffice) -> None:
    escalated(office)
    changed(office, interview("i1", card("p3")))
    said = words(to_ali(office))
    assert "Rae's scorecard is missing" in said
    assert "Systems talk (Platform engineer) · Bo Ek: not on the panel any more" in said


def test_whoever_something_was_handed_to_sees_when_it_is_taken_back(office: SlackOffice) -> None:
    office.press(button(office.nudged(), "nudge.hand_over"))
    [view] = office.slack.opened
    option = view["blocks"][1]["element"]["options"][0]
    office.submit(view, {"to": {"any": {"selected_option": option}}})
    office.rewritten()
    for _ in range(3):
        office.pass_time(DAY)
        office.service.nudges()
    [handed] = [post for post in office.slack.posts if "handed this to you" in words(post)]
    office.service.faces()
    assert handed.edits == 0
    office.press(button(office.slack.said("U1")[0], "answer.undo"))
    office.service.faces()
    assert "taken back" in words(handed)
    assert "Nothing is asked of you here any more." in words(handed)


def test_an_escalation_of_long_ago_leads_to_the_ats(office: SlackOffice) -> None:
    escalated(office)
    office.pass_time(LIVE_FOR)
    post = to_ali(office)
    assert words(post).startswith("This message is an old one. What is still missing stands in")
    assert words(post).count("Noor V.") == 1
    assert "Noor V." in post.text


def test_a_message_that_is_full_takes_no_more_lines() -> None:
    """Slack takes 50 blocks; short cases reach them before their characters do."""
    cases = [
        owed(
            3,
            "escalation 1",
            interview_id=f"i{n}",
            application_id=f"a{n}",
            candidate="N",
            candidate_url=None,
        )
        for n in range(60)
    ]
    full = escalation(*cases).blocks
    assert len(full) == 50
    blocks = fitted(full, [section("✓ handed in")], [], "and {n} more")
    assert problems([dict(each) for each in blocks]) == []
