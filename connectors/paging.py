"""Walking a listing whose answers hold the token of the next page, until there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connectors.errors import BadRequest, BrokenPaging
from connectors.http import MOST_PAGES, CursorRefused

Ask = Callable[[str | None], tuple[list[Any], str | None]]
"""The token of a page (None: the first one) to its rows and the token of the page after it."""


def token_pages(ask: Ask, where: str, *, most: int = MOST_PAGES) -> Iterator[list[Any]]:
    """The rows, one answer at a time. ``where`` names the listing in errors.

    Raises what ``ask`` raises; CursorRefused when a token is not taken (any more); BrokenPaging
    when a token comes twice, or a page begins like an earlier one (case 33).
    """
    token: str | None = None
    tokens: set[str] = set()
    heads: set[str] = set()
    for _ in range(most):
        try:
            rows, following = ask(token)
        except BadRequest as error:
            if token is None:
                raise
            raise CursorRefused(f"{error.message} The listing is started again.") from None
        yield rows
        head = str(rows[0].get("id")) if rows and isinstance(rows[0], dict) else ""
        if following and (following in tokens or (head and head in heads)):
            raise BrokenPaging(f"{where}: the pages go round in a circle.")
        if not following:
            return
        token = following
        tokens.add(token)
        heads.add(head)
    raise BrokenPaging(f"{where}: more than {most} pages.")
