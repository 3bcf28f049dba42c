"""How Slack and Teams show a message, near enough to judge it by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

from connectors.notify.base import Message

SLACK_STYLE = """
body { margin: 0; padding: 20px; background: #fff; color: #1d1c1d; font: 15px/22px Lato, 'Segoe UI',
  Roboto, Helvetica, Arial, sans-serif; }
.who { font-weight: 900; } .time { color: #616061; font-size: 12px; }
.app { background: #e8e8e8; color: #616061; font-size: 10px; padding: 1px 4px; border-radius: 2px; }
.post { display: grid; grid-template-columns: 36px 1fr; gap: 10px; max-width: 640px; }
.face { width: 36px; height: 36px; border-radius: 8px; background: #2f6f68; color: #fff;
  text-align: center; line-height: 36px; font-weight: 700; }
.row { display: flex; gap: 12px; justify-content: space-between; margin: 6px 0; }
h3 { margin: 4px 0; font-size: 18px; } .small { color: #616061; font-size: 13px; margin: 6px 0; }
.button { border: 1px solid #bbb; border-radius: 8px; padding: 3px 12px; font-weight: 700;
  white-space: nowrap; height: 22px; display: inline-block; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0; } a { color: #1264a3; }
"""
SLACK_NIGHT = """
body { background: #1a1d21; color: #d1d2d3; } .time, .small { color: #ababad; }
.app { background: #35373b; color: #ababad; } .button { border-color: #565856; }
a { color: #1d9bd1; }
"""


def as_slack(message: Message, *, night: bool) -> str:
    style = SLACK_STYLE + (SLACK_NIGHT if night else "")
    blocks = "".join(_block(each) for each in message.blocks)
    head = '<span class="who">Afterword</span> <span class="app">APP</span>'
    return (
        f"<!DOCTYPE html><style>{style}</style><div class=post><div class=face>A</div><div>{head} "
        f'<span class="time">9:05</span>{blocks}</div></div>'
    )


def _block(block: Mapping[str, Any]) -> str:
    kind = block["type"]
    if kind == "header":
        return f"<h3>{escape(block['text']['text'])}</h3>"
    if kind == "context":
        return "".join(f"<div class=small>{_mrkdwn(each)}</div>" for each in block["elements"])
    if kind == "actions":
        return f"<div class=buttons>{''.join(_button(each) for each in block['elements'])}</div>"
    if kind == "divider":
        return "<hr>"
    side = _button(block["accessory"]) if "accessory" in block else ""
    return f"<div class=row><div>{_mrkdwn(block['text'])}</div>{side}</div>"


def _mrkdwn(text: Mapping[str, Any]) -> str:
    shown = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", "\0\\2\1", text["text"])
    plain = escape(unescape(shown), quote=False).replace("\0", "<a>").replace("\1", "</a>")
    return re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", plain).replace("\n", "<br>")


def _button(button: Mapping[str, Any]) -> str:
    label = "⋯" if button["type"] == "overflow" else button["text"]["text"]
    return f"<span class=button>{escape(label)}</span>"


TEAMS_STYLE = """
body { margin: 0; padding: 16px; background: #f5f5f5; color: #242424; font: 14px/20px 'Segoe UI',
  Roboto, Helvetica, Arial, sans-serif; }
.head { font-size: 12px; color: #616161; margin-bottom: 6px; } .head b { color: #242424; }
.card { background: #fff; border: 1px solid #e0e0e0; border-radius: 6px; padding: 12px 16px 16px; }
.text { margin-top: 8px; } .small { margin-top: 4px; } .subtle { color: #616161; }
.large { font-size: 18px; line-height: 24px; font-weight: 600; }
.group { border-top: 1px solid #e0e0e0; margin-top: 8px; padding-top: 2px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin-top: 8px; }
.facts b:first-child { font-weight: 600; }
.presses { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.press { border: 1px solid #d1d1d1; border-radius: 4px; padding: 5px 12px; font-weight: 600; }
a { color: #5b5fc7; } .at { color: #5b5fc7; }
"""
TEAMS_NIGHT = """
body { background: #1f1f1f; color: #fff; } .head, .subtle { color: #adadad; }
.head b { color: #fff; } .card { background: #292929; border-color: #3d3d3d; }
.group { border-color: #3d3d3d; } .press { border-color: #666; } a, .at { color: #7f85f5; }
"""


def as_teams(message: Message, *, night: bool) -> str:
    style = TEAMS_STYLE + (TEAMS_NIGHT if night else "")
    card = message.card or {}
    presses = "".join(
        f"<span class=press>{escape(each['title'])}</span>" for each in card.get("actions", ())
    )
    return (
        f"<!DOCTYPE html><style>{style}</style><div class=head><b>Workflows</b> 9:05</div>"
        f"<div class=card>{''.join(map(_element, card.get('body', ())))}"
        f"{f'<div class=presses>{presses}</div>' if presses else ''}</div>"
    )


def _element(element: Mapping[str, Any]) -> str:
    if element["type"] == "Container":
        return f"<div class=group>{''.join(map(_element, element['items']))}</div>"
    if element["type"] == "FactSet":
        facts = "".join(
            f"<b>{_markdown(each['title'])}</b><span>{_markdown(each['value'])}</span>"
            for each in element["facts"]
        )
        return f"<div class=facts>{facts}</div>"
    kinds = ["small" if element.get("spacing") == "Small" else "text"]
    kinds += ["subtle"] if element.get("isSubtle") else []
    kinds += ["large"] if element.get("size") == "Large" else []
    return f'<div class="{" ".join(kinds)}">{_markdown(element["text"])}</div>'


def _markdown(text: str) -> str:
    shown = re.sub(r"\[([^\]]+)\]\(https?://[^)]+\)", r"<a>\1</a>", escape(text, quote=False))
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
