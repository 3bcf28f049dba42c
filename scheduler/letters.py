"""The HTML of a mail: Jinja2 templates with every value escaped, styles moved into the elements.

Rules of email-and-teams.md section 5: layout by tables, inline styles, no picture, no outside
address but the links. Gmail and classic Outlook drop the rest; the one style element that is
kept holds the media queries (dark mode, phones) and stays far below Gmail's 16 kB.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

STYLE = re.compile(r'style="([^"]*)"')
MOST_BYTES = 80_000
"""Gmail cuts a mail at about 102 kB, and mails of one thread add up."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("scheduler"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # Remote style sheets are fetched by default. The media queries live in a style element of
    # their own that is marked to be left alone: inlining would drop them or move them to the top.
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def letter(template: str, **values: Any) -> str:
    """The finished HTML of ``templates/<template>.html``."""
    written = _environment().get_template(f"{template}.html").render(**values)
    inlined = STYLE.sub(_short, _inliner().inline(written)).replace("&nbsp;", "\u00a0")
    return "\n".join(line.strip() for line in inlined.splitlines() if line.strip())


def _short(style: re.Match[str]) -> str:
    """Without the blanks that the inliner writes: some kilobytes of a long digest."""
    return f'style="{style[1].replace(": ", ":").replace("; ", ";").rstrip(";")}"'


def fitted(write: Callable[[int, int], str], rows: int) -> str:
    """The fullest letter below MOST_BYTES. ``write`` gets how many rows are shown, and how many of
    them, the first ones, with everything that belongs to them."""
    fewer = [(rows, whole) for whole in (rows, 45, 30, 20, 10, 5, 0) if whole <= rows]
    fewer += [(shown, 0) for shown in (40, 25, 15, 8) if shown < rows]
    for shown, whole in fewer:
        written = write(shown, whole)
        if len(written.encode()) < MOST_BYTES:
            break
    return written
