"""Messages as Adaptive Cards, as Microsoft Teams shows them. Pure.

Facts: email-and-teams.md sections 9 and 10. Version 1.4; ``wrap`` on every TextBlock; links only
(Action.OpenUrl), because a Workflows webhook brings no press of a button back. Teams takes about
28 kB for the whole message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.owed import OPEN, WRITE, Case, Row
from scheduler.phrases import clean
from scheduler.report_view import COHORT, ReportView

Card = Mapping[str, Any]
Element = dict[str, Any]

MOST_BYTES = 25_000
"""Of a card as JSON in UTF-8: room is left for what goes around it and for a mention."""
MOST_BUTTONS = 6
"""Teams hides what is beyond."""
WHOLE = 6
"""Rows of a digest with all their answers; those after them have one link that leads to them."""
NO_BREAK = "\u00a0"
"""A blank at which no line ends."""
MORE = "and {n} more; those above have waited longest."
_LOOK_ALIKES = str.maketrans(
    {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "<": "‹", ">": "›", "\\": "∖"}
)


def plain(text: str) -> str:
    """An outside string inside a TextBlock: it can neither format, nor link, nor mention anybody.

    Whether Teams honours a backslash before a mark is not documented, so that marks get signs that
    look the same.
    """
    text = text.translate(_LOOK_ALIKES).replace("](", "] (").replace("{{", "{ {")
    text = text.replace("://", ":∕∕")
    text = re.sub(r"&(?=#?\w+;)", "＆", text)
    return re.sub(r"^([-+#]|\d+[.)]) ", f"\\1{NO_BREAK}", text)


def nudge(row: Row) -> Card:
    """About one scorecard: one button to the form, one an answer."""
    ways = [(WRITE, row.url), *row.answers] if row.url else row.answers
    said = f"{_bold(row.bold)}{plain(row.rest)}"
    return _card(f"{row.bold}{row.rest}", [_text(said), _quiet(plain(row.support))], ways)


def digest(lead: str, support: str, rows: Sequence[Row]) -> Card:
    """About several: a line and its links for each."""
    first = [_text(_bold(lead)), _quiet(plain(support))]
    return _fitted(lead, first, [_row(row, n < WHOLE) for n, row in enumerate(rows)], [])


def escalation(lead: str, cases: Sequence[Case], advice: str) -> Card:
    """To whoever may help: a paragraph an interview."""
    if len(cases) == 1:
        one = cases[0]
        ways = [(OPEN, one.url)] if one.url else []
        body = [_text(_said(one)), _quiet(advice)]
        return _card(f"{one.bold}{one.rest}", body, ways)
    rows = [
        _group(_text(_said(each)), *([_text(_link(OPEN, each.url))] if each.url else []))
        for each in cases
    ]
    return _fitted(lead, [_text(_bold(lead))], rows, [_quiet(advice)])


def report(view: ReportView, page_url: str | None) -> Card:
    """For a channel: the figures and the departments, no names of colleagues."""
    facts = [
        {"title": plain(name), "value": f"**{plain(value)}** · {plain(note)}"}
        for name, value, note in view.figures
    ]
    first = [
        {**_text(plain(view.subject)), "size": "Large", "weight": "Bolder"},
        *(_text(_bold(each)) for each in view.warnings),
        {"type": "FactSet", "facts": facts},
        _text(plain(view.total.words)),
    ]
    rows = [
        _text(f"{_bold(line.name)} · {line.rate} · {plain(line.words)}")
        for table in view.tables
        if table.column == "Department"
        for line in table.lines
    ]
    last = [_quiet(f"{view.span}. {COHORT} {plain(view.asof)}")]
    ways = [("See the report", page_url)] if page_url else []
    return _fitted(f"{view.subject}: {view.preheader}", first, rows, last, ways, "and {n} more")


def alarm(lead: str, problems: Sequence[str], more: str, page_url: str | None) -> Card:
    """To whoever runs Afterword."""
    ways = [("See how it stands", page_url)] if page_url else []
    last = [_quiet(more)] if more else []
    rows = [_text(plain(each)) for each in problems]
    return _fitted(lead, [_text(_bold(lead))], rows, last, ways, "and {n} more")


def size(card: Card) -> int:
    """Bytes of the card as they go over the wire."""
    return len(json.dumps(card, ensure_ascii=False).encode("utf-8", "replace"))


def _row(row: Row, whole: bool) -> Element:
    said = f"{_bold(row.candidate)} · {plain(row.title)} · {row.waited}"
    answers = row.answers if whole else row.any_answer
    links = [f"**{_link('Write', row.url)}**"] if row.url else []
    links += [_link(label, url) for label, url in answers]
    return _group(_text(said), *([_quiet(" · ".join(links))] if links else []))


def _said(case: Case) -> str:
    return f"{_bold(case.bold)}{plain(f'{case.rest} {case.reminded}')}"


def _bold(text: str) -> str:
    return f"**{plain(text)}**"


def _link(label: str, url: str) -> str:
    """A link in the text. Brackets and blanks of the address cannot end it early."""
    for sign, code in (("(", "%28"), (")", "%29"), (" ", "%20")):
        url = url.replace(sign, code)
    return f"[{label.replace(' ', NO_BREAK)}]({url})"


def _text(said: str) -> Element:
    return {"type": "TextBlock", "text": said, "wrap": True}


def _quiet(said: str) -> Element:
    return {**_text(said), "isSubtle": True, "spacing": "Small"}


def _group(*elements: Element) -> Element:
    return {"type": "Container", "separator": True, "items": list(elements)}


def _card(
    spoken: str, body: Sequence[Element], ways: Sequence[tuple[str, str | None]] = ()
) -> Card:
    """``spoken``: what a program that cannot show the card says instead."""
    presses = [
        {"type": "Action.OpenUrl", "title": label, "url": url} for label, url in ways if url
    ][:MOST_BUTTONS]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": "en",
        "fallbackText": clean(spoken, 300),
        "msteams": {"width": "Full"},
        "body": list(body),
        **({"actions": presses} if presses else {}),
    }


def _fitted(
    spoken: str,
    first: Sequence[Element],
    rows: Sequence[Element],
    last: Sequence[Element],
    ways: Sequence[tuple[str, str | None]] = (),
    more: str = MORE,
) -> Card:
    """``first``, as many ``rows`` as fit, a line that says how many more there are, ``last``."""
    room = MOST_BYTES - size(_card(spoken, [*first, *last], ways)) - 200
    shown: list[Element] = []
    for row in rows:
        room -= size(row) + 2
        if room < 0:
            break
        shown.append(row)
    left = len(rows) - len(shown)
    rest = [_quiet(more.format(n=left))] if left else []
    return _card(spoken, [*first, *shown, *rest, *last], ways)
