"""Shows a message on a terminal as Slack and as a mail program would show it. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from rich.console import Console as Terminal
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from connectors.ats.base import Finding
from connectors.notify.base import Delivery, DeliveryState, Message

MARK = re.compile(r"\*(?P<bold>[^*\n]+)\*|<(?P<url>[^<>|\s]+)\|(?P<label>[^<>|\n]+)>")
WIDTH = 84


class Console:
    """``channels``: which of ``slack`` and ``mail`` to show; ``terminal``: where."""

    name = "console"

    def __init__(
        self,
        terminal: Terminal | None = None,
        *,
        channels: Iterable[str] = ("slack", "mail"),
    ) -> None:
        self._terminal = terminal or Terminal()
        self._channels = tuple(channels)

    def deliver(self, message: Message) -> Delivery:
        """Print it. Always SENT, with no reference: nothing left the machine."""
        if "slack" in self._channels:
            self._terminal.print(as_slack(message))
        if "mail" in self._channels:
            self._terminal.print(as_mail(message))
        return Delivery(DeliveryState.SENT)

    def check(self) -> Iterable[Finding]:
        return [Finding("Console", True, "messages are shown, none is sent")]


def as_slack(message: Message) -> Panel:
    """The blocks; without blocks the text, as Slack does."""
    shown = [_block(block) for block in message.blocks] or [_shown(message.text)]
    title = Text(f"Slack → {_one_line(message.to.name or message.to.address)}")
    return Panel(
        Padding(Group(*shown), (0, 1)),
        title=title,
        title_align="left",
        width=WIDTH,
    )


def as_mail(message: Message) -> Panel:
    """Headers and text part, as a mail program without HTML shows them."""
    headers = Table.grid(padding=(0, 2))
    headers.add_column(style="dim")
    headers.add_column()
    headers.add_row("To", Text(f"{_one_line(message.to.name)} <{_one_line(message.to.address)}>"))
    headers.add_row("Subject", Text(_one_line(message.subject), style="bold"))
    for each in message.attachments:
        headers.add_row(
            "Attached", Text(f"{_one_line(each.filename)}, {len(each.content):,} bytes")
        )
    inside = Group(headers, Rule(style="dim"), _shown(message.text.rstrip()))
    return Panel(Padding(inside, (0, 1)), title="Mail", title_align="left", width=WIDTH)


def _block(block: Mapping[str, Any]) -> RenderableType:
    """One block of the kinds our messages use; of any other kind its type is named."""
    kind = block["type"]
    if kind == "header":
        return _shown(block["text"]["text"], style="bold")
    if kind == "context":
        return Group(*(_mrkdwn(each, style="dim") for each in block["elements"]))
    if kind == "divider":
        return Rule(style="dim")
    if kind == "actions":
        return Padding(Text("  ").join(map(_button, block["elements"])), (1, 0, 0, 0))
    if kind == "section" and "accessory" in block:
        row = Table.grid(expand=True, padding=(0, 0, 0, 2))
        row.add_column(ratio=1)
        row.add_column(no_wrap=True)
        row.add_row(_mrkdwn(block["text"]), _button(block["accessory"]))
        return row
    if kind == "section":
        return _mrkdwn(block["text"])
    return _shown(f"({kind})", style="dim")


def _mrkdwn(text: Mapping[str, Any], style: str = "") -> Text:
    """Bold marks become bold, links their words, entities characters; ``plain_text`` stays."""
    if text["type"] == "plain_text":
        return _shown(text["text"], style=style)
    shown, at = Text(style=style), 0
    for mark in MARK.finditer(text["text"]):
        shown.append_text(_shown(unescape(text["text"][at : mark.start()])))
        shown.append_text(_marked(mark))
        at = mark.end()
    return shown.append_text(_shown(unescape(text["text"][at:])))


def _marked(mark: re.Match[str]) -> Text:
    if mark["bold"] is not None:
        return _shown(unescape(mark["bold"]), style="bold")
    link = Style(bold=True, underline=True, link=_one_line(unescape(mark["url"])))
    return Text(_one_line(unescape(mark["label"])), style=link)


def _button(button: Mapping[str, Any]) -> Text:
    """In brackets, so that it is a button without colours too; a link where the terminal can."""
    if button["type"] == "overflow":
        return Text("[ … ]", style=Style(bold=True))
    label = f"[ {_one_line(button['text']['text'])} ]"
    url = button.get("url")
    return Text(label, style=Style(bold=True, link=_one_line(url) if url else None))


def _shown(text: str, style: str = "") -> Text:
    """Never as rich's own markup, and without characters that could steer the terminal."""
    return Text("".join(c for c in text if c == "\n" or c.isprintable()), style=style)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
