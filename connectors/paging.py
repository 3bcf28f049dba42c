"""Walking a listing whose answers hold the token of the next page, until there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

import requests
from requests.auth import AuthBase

from connectors.errors import BadRequest, BrokenPaging, Unreachable
from connectors.http import MOST_PAGES, CursorRefused, Http

T = TypeVar("T")
Params = Mapping[str, Any]

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


@dataclass(frozen=True, slots=True)
class Envelope:
    """How one vendor wraps a listing, in its own words."""

    rows: str
    """The key of the rows, or of the one object that was asked for."""
    following: str
    """The key of the next page's token."""
    asks: str
    """The parameter that takes the token."""
    more: str = ""
    """The key that says whether there is a next page; "": there is one if it is named."""
    wraps_one: bool = True
    """Whether a single object comes wrapped like a listing."""
    usual: Mapping[str, str] = field(default_factory=dict)
    """Parameters of every listing, unless others are given."""


class WrappedApi:
    """Listings and single objects that come wrapped in an object, by GET."""

    def __init__(
        self,
        http: Http,
        base_url: str,
        auth: AuthBase,
        envelope: Envelope,
        scope: Callable[[str], str],
    ) -> None:
        """``scope``: the right to grant when the listing at a path may not be read."""
        self._http, self._base, self._auth = http, base_url.rstrip("/"), auth
        self._envelope, self._scope = envelope, scope

    def pages(self, path: str, **params: Any) -> Iterator[list[Any]]:
        """The rows, one answer at a time; a list in ``params`` is a repeated parameter."""

        def ask(token: str | None) -> tuple[list[Any], str | None]:
            more = {self._envelope.asks: token} if token else {}
            return self._send(path, {**self._envelope.usual, **params, **more}, self._read_page)

        return token_pages(ask, self._http.where(f"{self._base}/{path}"))

    def one(self, path: str, **params: Any) -> dict[str, Any]:
        """The object at ``path``. Raises ConnectorError; NotFound when there is none."""
        return self._send(path, params, self._read_one)

    def _send(self, path: str, params: Params, read: Callable[[requests.Response], T]) -> T:
        headers = {"Accept": "application/json"}
        url = f"{self._base}/{path}"
        request = requests.Request("GET", url, params=params, auth=self._auth, headers=headers)
        return self._http.send(request, read, scope=self._scope(path))

    def _read_page(self, response: requests.Response) -> tuple[list[Any], str | None]:
        rows, body = self._unwrapped(response, list)
        token, more = body.get(self._envelope.following), self._envelope.more
        if (body.get(more) is not True) if more else not token:
            return rows, None
        if not isinstance(token, str) or not token:
            raise self._unlike(response, "there is a next page, but the answer does not name it")
        # It may come percent-encoded already; the request encodes it once.
        return rows, unquote(token)

    def _read_one(self, response: requests.Response) -> dict[str, Any]:
        if self._envelope.wraps_one:
            return self._unwrapped(response, dict)[0]
        body = self._http.json(response)
        if not isinstance(body, dict):
            raise self._unlike(response, "the answer is not the promised object")
        return body

    def _unwrapped(self, response: requests.Response, kind: type[T]) -> tuple[T, dict[str, Any]]:
        body = self._http.json(response)
        body = body if isinstance(body, dict) else {}
        content, key = body.get(self._envelope.rows), self._envelope.rows
        if isinstance(content, dict) and "id" not in content and key in content:
            content = content[key]  # wrapped twice
        if not isinstance(content, kind):
            raise self._unlike(response, f"the answer holds no {key} of the promised form")
        return content, body

    def _unlike(self, response: requests.Response, what: str) -> Unreachable:
        where, address = self._http.where(response.url), self._http.service.address
        return Unreachable(f"{where}: {what}. Check {address}.")
