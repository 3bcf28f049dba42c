"""Every message as an Adaptive Card, within what Teams takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.notify.base import Message, Recipient
from connectors.notify.teams import payload_of
from scheduler import cards, messages
from scheduler.answers import AnswerKind
from scheduler.facts import ScorecardKey
from tests.connectors.fake_teams import card_problems, elements_of, links_of, texts_of
from tests.scheduler.sample_owed import BO, FORM, NOW, PAGE, ZONE, escalation, many, nudge, owed
from tests.scheduler.sample_report import a_report
from tests.scheduler.test_messages_hostile import HOSTILE

ROOM = Recipient("teams", "teams")


def links(key: ScorecardKey, kind: AnswerKind) -> str:
    """As long as the real ones."""
    return f"https://afterword.example.com/answer/{'x' * 100}.{key.interview_id}.{kind}"


def answerable(*scorecards: Any) -> Message:
    return messages.nudge("m1", BO, scorecards, now=NOW, zone=ZONE, links=links)


def card_of(message: Message) -> dict[str, Any]:
    assert message.card is not None
    return dict(message.card)


def test_a_nudge_has_one_button_to_the_form_and_one_an_answer() -> None:
    card = card_of(answerable(owed(5)))
    assert [each["title"] for each in card["actions"]] == [
        "Write the scorecard",
        "Done elsewhere",
        "Snooze",
        "Hand over",
        "It did not happen",
    ]
    assert card["actions"][0]["url"] == FORM
    assert texts_of(card) == [
        "**Noor V. has been waiting 5 days** to hear about Thursday's Systems talk "
        "(Platform engineer).",
        "Your notes are the last ones missing. Two honest lines are enough.",
    ]


def test_without_a_public_address_there_is_only_the_form() -> None:
    assert [each["url"] for each in card_of(nudge(owed(5)))["actions"]] == [FORM]
    assert "actions" not in card_of(nudge(owed(5, url=None)))


@pytest.mark.parametrize("n", [2, 6, 60])
@pytest.mark.parametrize("kind", ["nudge", "escalation", "answerable"])
def test_every_number_of_scorecards_fits_and_what_is_left_out_is_counted(kind: str, n: int) -> None:
    made = {"nudge": nudge, "escalation": escalation, "answerable": answerable}
    message = made[kind](*many(n))
    assert card_problems(card_of(message)) == []
    assert cards.size(payload_of(message)) < 28_000
    form = PAGE if kind == "escalation" else FORM
    shown = sum(each.startswith(form) for each in links_of(card_of(message)))
    assert shown == n or f"and {n - shown} more; those above" in str(texts_of(card_of(message)))
    assert shown >= min(n, 25)


def test_the_first_rows_have_all_their_answers_and_the_others_one_link_to_them() -> None:
    said = texts_of(card_of(answerable(*many(10))))
    rows = [each for each in said if each.startswith("**[Write]")]
    assert [each.count("](") for each in rows] == [5] * cards.WHOLE + [2] * (10 - cards.WHOLE)
    assert rows[-1].startswith(f"**[Write]({FORM}")
    assert "[Answer](https://afterword.example.com/answer/" in rows[-1]


MAKERS: dict[str, Callable[[str, int], Message]] = {
    "nudge": lambda s, n: answerable(
        *[owed(i, candidate=s, interview=s, job=s, application_id=f"a{i}") for i in range(n)]
    ),
    "escalation": lambda s, n: escalation(
        *[
            owed(9, candidate=s, interview=s, job=s, interviewer_name=s, interview_id=f"i{i}")
            for i in range(n)
        ]
    ),
    "alarm": lambda s, n: messages.alarm("a", ROOM, [s] * n, page_url="https://a.example.com/"),
    "report": lambda s, n: messages.report(
        "r", ROOM, a_report(n, name=s, job=s), page_url="https://a.example.com/"
    ),
}


@pytest.mark.parametrize("n", [1, 6, 60])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", MAKERS)
def test_case_56_in_a_card_a_name_is_only_text(kind: str, text: str, n: int) -> None:
    message = MAKERS[kind](text, n)
    card = card_of(message)
    assert card_problems(card) == []
    assert cards.size(payload_of(message)) < 28_000
    for said in texts_of(card):
        assert said.count("**") in (0, 2)  # our own bold or none
        assert not set(said.replace("**", "")) & set("*`~<>\\")
    assert {each.split("?")[0].split("/answer")[0].rstrip("/") for each in links_of(card)} <= {
        *(FORM, PAGE, "https://a.example.com", "https://afterword.example.com")
    }


def test_case_56_a_name_does_not_become_a_list_a_date_or_a_letter_of_html() -> None:
    for hostile in (
        "1. FC",
        "- x",
        "# x",
        "{{DATE(2026-11-17)}}",
        "&lt;at&gt;",
        "[x](https://e.x)",
    ):
        assert cards.plain(hostile) != hostile
        assert "](" not in cards.plain(hostile)
    for harmless in ("R&D", "C++ (senior)", "Q&A, part 2", "Talk [remote]", "3.5 years"):
        assert cards.plain(harmless) == harmless


def test_an_address_cannot_end_its_link_early() -> None:
    card = card_of(nudge(*[owed(5, url=f"{FORM}?a=(b)_c", application_id=a) for a in ("a", "b")]))
    assert links_of(card) == [f"{FORM}?a=%28b%29_c"] * 2


def test_a_report_names_departments_and_no_colleague() -> None:
    card = card_of(
        messages.report("r", ROOM, a_report(40), page_url="https://a.example.com/reports/1")
    )
    said = str(texts_of(card))
    assert "Engineering" in said
    assert "Interviewer" not in said
    assert texts_of(card)[0] == "Scorecards of week 2026-W46"
    assert [each["title"] for each in card["actions"]] == ["See the report"]
    assert {each["type"] for each in elements_of(card)} == {
        *("TextBlock", "FactSet", "Action.OpenUrl")
    }


def test_what_cannot_show_a_card_says_the_first_sentence() -> None:
    card = card_of(nudge(owed(5)))
    assert card["fallbackText"].startswith("Noor V. has been waiting 5 days to hear about")
