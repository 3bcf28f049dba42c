"""The preview on a terminal."""

from __future__ import annotations

import io
from typing import Literal

from rich.console import Console as Terminal

from connectors.notify.base import DeliveryState, Message, Recipient
from connectors.notify.console import Console
from tests.connectors.sample_messages import URL, a_message, a_report


def shown(message: Message, *channels: str, width: int = 90, colour: bool = False) -> str:
    out = io.StringIO()
    system: Literal["truecolor"] | None = "truecolor" if colour else None
    terminal = Terminal(file=out, width=width, force_terminal=colour, color_system=system)
    delivery = Console(terminal, channels=channels or ("slack", "mail")).deliver(message)
    assert delivery.state is DeliveryState.SENT
    return out.getvalue()


def test_a_message_is_shown_as_slack_and_as_mail_would_show_it() -> None:
    text = shown(a_message())
    assert "Slack → Bo Larsen" in text
    assert "Noor V. is waiting" in text  # the blocks, without their marks
    assert "[ Write the scorecard ]" in text
    assert "Bo Larsen <bo@example.com>" in text
    assert "Notes for Systems talk" in text
    assert URL in text  # the mail's text part


def test_one_channel_can_be_shown_alone() -> None:
    assert "Mail" not in shown(a_message(), "slack")
    assert "Slack" not in shown(a_message(), "mail")


def test_bold_marks_become_bold_and_entities_become_characters() -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*A &amp; B* &lt;x&gt;"}}
    assert "A & B <x>" in shown(a_message(blocks=(block,)), "slack")
    assert "\x1b[1mA & B\x1b[0m" in shown(a_message(blocks=(block,)), "slack", colour=True)


def test_the_button_is_a_link_where_the_terminal_can() -> None:
    assert URL in shown(a_message(), "slack", colour=True)


def test_a_report_lists_its_attachment() -> None:
    assert "scorecards.csv" in shown(a_report(), "mail")


def test_without_blocks_slack_shows_the_text() -> None:
    assert URL in shown(a_message(blocks=()), "slack")


def test_headers_and_small_print_are_shown_and_an_unknown_block_is_named() -> None:
    blocks = (
        {"type": "header", "text": {"type": "plain_text", "text": "Week 46"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "and 3 more"}]},
        {"type": "hologram"},
    )
    text = shown(a_message(blocks=blocks), "slack")
    assert "Week 46" in text
    assert "and 3 more" in text
    assert "(hologram)" in text


def test_answers_are_shown_as_buttons_a_menu_as_dots_and_a_link_by_its_words() -> None:
    option = {"text": {"type": "plain_text", "text": "Snooze…"}, "value": "snooze x"}
    blocks = (
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Snooze…"}},
                {"type": "button", "text": {"type": "plain_text", "text": "Hand over…"}},
            ],
        },
        {"type": "divider"},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*Noor V.* · 5 days · <{URL}?a=1&amp;b=2|Write>"},
            "accessory": {"type": "overflow", "options": [option]},
        },
    )
    text = shown(a_message(blocks=blocks), "slack")
    assert "[ Snooze… ]  [ Hand over… ]" in text
    assert "Noor V. · 5 days · Write" in text
    assert "[ … ]" in text
    assert "http" not in text
    assert f"{URL}?a=1&b=2" in shown(a_message(blocks=blocks), "slack", colour=True)


def test_case_56_nothing_from_outside_steers_the_terminal() -> None:
    evil = "[bold red]x[/] \x1b[2J\x07\u202ey"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": evil}}
    message = a_message(subject=evil, text=evil, blocks=(block,), to=Recipient(evil, evil))
    text = shown(message)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold red]x[/]" in text


def test_check_says_that_nothing_is_sent() -> None:
    [finding] = Console(Terminal(file=io.StringIO())).check()
    assert finding.ok
