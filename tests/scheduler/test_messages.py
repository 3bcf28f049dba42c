"""How a nudge, a digest and an escalation read."""

from __future__ import annotations

import json
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connectors.notify.base import Message, MessageKind
from scheduler.facts import Told
from scheduler.messages import MOST_ROWS
from tests.connectors.fake_slack import problems
from tests.scheduler.sample_owed import (
    FORM,
    NOW,
    PAGE,
    escalation,
    many,
    nudge,
    owed,
    told,
)


def test_a_first_nudge_says_who_waits_since_when_and_what_to_do() -> None:
    message = nudge(owed(5))
    assert message.kind is MessageKind.NUDGE
    assert message.subject == "Notes for Systems talk (Platform engineer)"
    assert message.text == (
        "Noor V. has been waiting 5 days to hear about Thursday's Systems talk "
        "(Platform engineer).\n"
        "Your notes are the last ones missing. Two honest lines are enough.\n"
        "\n"
        f"Write the scorecard: {FORM}\n"
    )


def test_a_second_nudge_reads_differently_under_the_same_subject() -> None:
    first, second = nudge(owed(5)), nudge(owed(7, "nudge 2"), in_reply_to="m0")
    assert second.subject == first.subject
    assert second.in_reply_to == "m0"
    assert second.text == (
        "Noor V. is still waiting to hear about the Systems talk of 10 November "
        "(Platform engineer), 7 days now.\n"
        "Your notes are still the only ones missing. What you remember is enough; say where you "
        "are unsure.\n"
        "\n"
        f"Write the scorecard: {FORM}\n"
    )
    assert not set(first.text.splitlines()[:2]) & set(second.text.splitlines()[:2])


@pytest.mark.parametrize("told", [[], [Told("nudge 1", "failed", NOW - timedelta(days=1))]])
def test_who_was_never_reached_before_is_not_told_that_somebody_is_still_waiting(
    told: list[Told],
) -> None:
    """Case 51: after an outage the ladder begins higher up."""
    said = nudge(owed(7, "nudge 2", told=told)).text
    assert said.startswith("Noor V. has been waiting 7 days to hear about")
    both = [owed(days, "nudge 2", told=told, application_id=f"a{days}") for days in (4, 5)]
    assert nudge(*both).text.startswith("Two candidates are waiting on your notes")


@pytest.mark.parametrize(
    ("size", "missing", "said"), [(3, 1, True), (2, 1, True), (3, 2, False), (1, 1, False)]
)
@pytest.mark.parametrize("step", ["nudge 1", "nudge 2"])
def test_the_last_ones_missing_are_named_so_only_when_that_is_true(
    step: str, size: int, missing: int, said: bool
) -> None:
    message = nudge(owed(5, step, size=size, missing=missing))
    for body in (message.text, str(message.html), json.dumps(message.blocks)):
        assert ("ones missing" in body) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "Noor V. is waiting to hear about today's Systems talk (Platform"),
        (1, "has been waiting 1 day to hear about yesterday's Systems talk (Platform"),
        (2, "has been waiting 2 days to hear about Sunday's Systems talk (Platform"),
        (6, "has been waiting 6 days to hear about Wednesday's Systems talk (Platform"),
        (7, "7 days to hear about the Systems talk of 10 November (Platform"),
        (330, "330 days to hear about the Systems talk of 22 December 2025 (Platform"),
    ],
)
def test_the_day_of_the_interview_is_said_as_people_say_it(days: int, said: str) -> None:
    assert said in nudge(owed(days)).text


def test_the_weekday_is_that_of_the_companys_zone() -> None:
    late = datetime(2026, 11, 12, 23, 30, tzinfo=UTC_ZONE)  # Friday 00:30 in Berlin
    scorecard = owed(4)
    moved = type(scorecard)(
        scorecard.facts,
        type(scorecard.judgement)(scorecard.judgement.status, "", late, late),
        scorecard.step,
        (),
        3,
        1,
        4,
    )
    assert "Friday's Systems talk" in nudge(moved).text


def test_an_all_day_interview_is_named_after_its_last_day_and_not_the_midnight_after_it() -> None:
    text = nudge(owed(4, ends_on=date(2026, 11, 12))).text
    assert "Thursday's Systems talk" in text


def test_a_candidate_without_a_name_is_a_candidate() -> None:
    for scorecard in (owed(5, candidate=None), owed(5, candidate="\u202e \n")):
        assert nudge(scorecard).text.startswith("A candidate has been waiting 5 days")


def test_without_a_job_or_an_interview_name_the_sentence_still_stands() -> None:
    assert nudge(owed(5, job=None)).subject == "Notes for Systems talk"
    assert "to hear about Thursday's interview (Platform" in nudge(owed(5, interview="")).text


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "ftp://x/y", "https://a b", "//x"])
def test_what_is_not_a_web_address_never_becomes_a_link(url: str | None) -> None:
    for message in (nudge(owed(5, url=url)), nudge(owed(5, url=url), owed(4, url=url))):
        everything = message.text + str(message.html) + json.dumps(message.blocks)
        assert "href" not in everything
        assert '"url"' not in everything
        assert "where you always write your notes" in message.text


def test_several_scorecards_are_one_digest_the_longest_wait_first() -> None:
    message = nudge(
        owed(2, candidate="Ines B.", interview="Phone screen", application_id="a3"),
        owed(9, job=None),
        owed(4, candidate="Sam O.", interview="Portfolio review", application_id="a2"),
    )
    assert message.kind is MessageKind.DIGEST
    assert message.subject == "Notes for 3 interviews"
    assert message.text == (
        "Three candidates are waiting on your notes, the longest for 9 days.\n"
        "Two honest lines for each are enough.\n"
        "\n"
        f"Noor V. · Systems talk · 9 days, since 8 November\n{FORM}\n"
        "\n"
        f"Sam O. · Portfolio review (Platform engineer) · 4 days, since Friday\n{FORM}\n"
        "\n"
        f"Ines B. · Phone screen (Platform engineer) · 2 days, since Sunday\n{FORM}\n"
    )


def test_a_digest_counts_candidates_and_not_scorecards() -> None:
    message = nudge(owed(9), owed(4, interview_id="i2"))
    assert message.text.startswith(
        "Noor V. is waiting on your notes from two interviews, for 9 days."
    )


def test_a_digest_of_second_nudges_says_still() -> None:
    second = [owed(days, "nudge 2", application_id=f"a{days}") for days in (4, 5)]
    assert "are still waiting" in nudge(*second).text
    assert "still" not in nudge(*second, owed(1, application_id="a1")).text


def test_an_escalation_says_how_long_whose_and_when_reminded() -> None:
    message = escalation(owed(9, "escalation 1", told=[told("nudge 2", 2), told("nudge 1", 5)]))
    assert message.kind is MessageKind.ESCALATION
    assert message.subject == "Waiting for word: Systems talk (Platform engineer)"
    assert message.text == (
        "Noor V. has been waiting 9 days for word on the Systems talk (Platform engineer): of "
        "three scorecards, Bo Larsen's is missing. Bo Larsen was reminded on Thursday and on "
        "Sunday.\n"
        f"Open the candidate: {PAGE}\n"
        "\n"
        "You may want to ask in person, hand it to somebody else, or go ahead without it.\n"
    )


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "Bo Larsen has not been reminded."),
        ([told("nudge 1", 3, "failed")], "Bo Larsen has not been reminded."),
        ([told("nudge 1", 3, "unknown")], "Bo Larsen was sent a reminder that may not have"),
        ([told("nudge 1", 3, "failed"), told("nudge 1", 3)], "was reminded on Saturday."),
        ([told("nudge 1", 9), told("nudge 2", 1)], "reminded on 8 November and yesterday."),
        ([told("escalation 1", 2)], "Bo Larsen has not been reminded."),
    ],
)
def test_an_escalation_claims_no_reminder_that_was_not_sent(history: list[Told], said: str) -> None:
    assert said in escalation(owed(9, told=history)).text


def test_an_escalation_bundles_the_interviewers_of_one_interview() -> None:
    message = escalation(
        owed(9, size=3, missing=2), owed(9, size=3, missing=2, interviewer_name="Ann Ode")
    )
    assert "of three scorecards, Ann Ode's and Bo Larsen's are missing." in message.text
    assert message.text.count("has been waiting") == 1


def test_an_escalation_about_part_of_the_missing_says_how_many_there_are() -> None:
    text = escalation(owed(9, size=4, missing=3)).text
    assert "of four scorecards, three are missing, Bo Larsen's among them." in text


def test_an_escalation_about_a_panel_of_one_does_not_count_it() -> None:
    assert ": Bo Larsen's scorecard is missing." in escalation(owed(9, size=1)).text


def test_an_escalation_about_several_begins_with_their_number_and_the_longest_wait() -> None:
    message = escalation(
        owed(3, interview_id="i2", application_id="a2", candidate="Sam O."), owed(9)
    )
    assert message.subject == "Waiting for word: 2 candidates"
    assert message.text.startswith("Two candidates are waiting for word, the longest for 9 days.")
    assert message.text.index("Noor V.") < message.text.index("Sam O.")


ALL_KINDS = [
    nudge(owed(5)),
    nudge(owed(7, "nudge 2")),
    nudge(owed(5), owed(2, application_id="a2")),
    escalation(owed(9)),
    escalation(owed(9), owed(2, interview_id="i2", application_id="a2")),
]


@pytest.mark.parametrize("message", ALL_KINDS, ids=lambda m: m.kind.value)
def test_no_message_shouts_blames_or_names_the_candidate_on_a_locked_screen(
    message: Message,
) -> None:
    assert "!" not in message.text
    for word in ("overdue", "late", "failed", "final", "urgent", "asap", "must"):
        assert word not in message.text.lower().split()
    assert "Noor" not in message.subject
    assert "Noor" not in str(message.html).split("mso-hide")[1].split("</div>")[0]


@pytest.mark.parametrize("n", [1, 6, 60])
@pytest.mark.parametrize("kind", ["nudge", "escalation"])
def test_slack_takes_every_number_of_scorecards(kind: str, n: int) -> None:
    message = nudge(*many(n)) if kind == "nudge" else escalation(*many(n))
    blocks: list[Any] = [dict(block) for block in message.blocks]
    said = json.dumps(blocks)
    assert problems(blocks) == []
    assert len(said) < 12_000
    shown = said.count('"url"') + said.count("|Write>")
    assert shown == n or f"and {n - shown} more" in said
    assert shown >= min(n, 15)
    link = FORM if kind == "nudge" else PAGE
    wanted = {f"{link}?n={i}" for i in range(n)}
    assert wanted == {word for word in message.text.split() if word.startswith("http")}


def test_a_mail_of_hundreds_of_scorecards_says_how_many_it_leaves_out() -> None:
    html = str(nudge(*many(500)).html)
    assert f"and {500 - MOST_ROWS} more" in html
    assert len(html.encode()) < 80_000


def test_no_moment_is_read_from_the_wall_clock() -> None:
    assert nudge(owed(5)) == nudge(owed(5))
    assert NOW - timedelta(days=5) == owed(5).judgement.ended_at
