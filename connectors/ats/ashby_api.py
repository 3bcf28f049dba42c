"""How Ashby is asked and how it answers (ashby.md 1 and 2): POST only, refusals with 200."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import requests
from requests.auth import HTTPBasicAuth

from connectors.errors import (
    AccessRefused,
    BadRequest,
    BrokenPaging,
    ConnectorError,
    NotFound,
    RateLimited,
    ScopeMissing,
    Unreachable,
)
from connectors.http import CursorRefused, Http
from connectors.paging import token_pages

HEADERS = {"Accept": "application/json; version=1", "Content-Type": "application/json"}
TIMEOUT = (5.0, 90.0)
"""Full walks are slow (2.4)."""
WITH_A_REASON = (400, 403, 404, 409, 422)
"""Statuses whose body may say more than they do."""
TOKEN_CODES = {"sync_token_expired", "sync_token_invalid", "incremental_sync_too_large"}
LIMIT_CODES = {"rate_limit_exceeded", "concurrent_limit_exceeded"}


class TokenRefused(ConnectorError):
    """A sync token was not taken, or stands for too much: the list has to be read in full."""


class AshbyApi:
    """One account. Safe to share between threads."""

    def __init__(self, http: Http, url: str, key: str) -> None:
        self._http, self._url = http, url.rstrip("/")
        self._login = HTTPBasicAuth(key.encode(), b"")
        http.secrets.add(key)

    def one(self, method: str, body: Mapping[str, Any], scope: str) -> Any:
        """The ``results`` object. NotFound when there is no such record; raises ConnectorError."""
        return self._call(method, body, scope, dict)["results"]

    def first(self, method: str, body: Mapping[str, Any], scope: str) -> list[Any]:
        """The rows of the first answer only."""
        rows: list[Any] = self._call(method, body, scope, list)["results"]
        return rows

    def walk(
        self,
        method: str,
        body: Mapping[str, Any],
        scope: str,
        on_token: Callable[[str], None] | None = None,
    ) -> Iterator[list[Any]]:
        """The rows of a list, one answer at a time. Raises ConnectorError.

        When a cursor is not taken, for whatever reason it is refused, the walk starts again, once,
        so rows may come twice (2.2).
        ``on_token`` gets the sync token, which only the last answer has (2.3).
        """

        def ask(cursor: str | None) -> tuple[list[Any], str | None]:
            answer = self._call(method, {**body, "cursor": cursor} if cursor else body, scope, list)
            following, token = answer.get("nextCursor"), answer.get("syncToken")
            if answer.get("moreDataAvailable") is True:
                if not isinstance(following, str) or not following:
                    raise BrokenPaging(f"Ashby /{method}: there is more, but no way to get it.")
                return answer["results"], following
            if on_token is not None and isinstance(token, str) and token:
                on_token(token)
            return answer["results"], None

        try:
            yield from token_pages(ask, f"Ashby /{method}")
        except CursorRefused:
            yield from token_pages(ask, f"Ashby /{method}")

    def _call(
        self, method: str, body: Mapping[str, Any], scope: str, shape: type
    ) -> dict[str, Any]:
        request = requests.Request(
            "POST",
            f"{self._url}/{method}",
            data=json.dumps(dict(body)),  # an empty object must be sent too
            headers=HEADERS,
            auth=self._login,
        )

        def read(response: requests.Response) -> dict[str, Any]:
            answer = self._answer(response)
            if not response.ok or answer.get("success") is not True:
                self._refuse(response, answer, scope)
            if not isinstance(answer.get("results"), shape):
                raise Unreachable(f"{self._http.where(response.url)}: an answer without results.")
            return answer

        return self._http.send(request, read, scope=scope, readable=WITH_A_REASON)

    def _answer(self, response: requests.Response) -> dict[str, Any]:
        try:
            answer = self._http.json(response)
        except Unreachable:
            if response.ok:
                raise
            answer = None
        if isinstance(answer, dict) and (answer.get("success") in (True, False)):
            return answer
        if not response.ok:
            return {}
        raise Unreachable(
            f"{self._http.where(response.url)}: the answer says neither success nor failure. "
            f"Check {self._http.service.address}."
        )

    def _refuse(self, response: requests.Response, answer: dict[str, Any], scope: str) -> NoReturn:
        """Raise what the codes mean, wherever they stand (2.2)."""
        where, service = self._http.where(response.url), self._http.service
        codes, said = _codes(answer), f"{self._http.said(response)}{_request_id(response)}"
        if "missing_endpoint_permission" in codes:
            raise ScopeMissing(
                f"{where}: not allowed{said}. Grant {scope} {service.granting}.", scope=scope
            )
        if codes & LIMIT_CODES:
            raise RateLimited(f"{where}: still told to slow down{said}. It is tried again later.")
        if codes & TOKEN_CODES:
            raise TokenRefused(f"{where}: the sync token was not taken{said}.")
        if any(code.endswith("_not_found") for code in codes - {"endpoint_not_found"}):
            raise NotFound(f"{where}: there is no such record{said}.")
        if response.status_code == 403:  # without that code the key itself is meant (1)
            raise AccessRefused(
                f"{where}: the key was refused (403){said}. Check {service.credential}."
            )
        # A bare 404 is not the end of a record: the address may be wrong.
        raise BadRequest(f"{where}: refused the question{said}. Check {service.address}.")


def _codes(answer: Mapping[str, Any]) -> set[str]:
    """From ``errorInfo`` and from both shapes of the deprecated ``errors`` (2.2, trap 8)."""
    found: list[Any] = [answer.get("errorInfo")]
    errors = answer.get("errors")
    found += errors if isinstance(errors, list) else [errors]
    words = []
    for each in found:
        words += [each.get("code"), each.get("message")] if isinstance(each, dict) else [each]
    return {word.strip().lower() for word in words if isinstance(word, str)}


def _request_id(response: requests.Response) -> str:
    """What Ashby's support asks for."""
    name = response.headers.get("x-ashby-request-id", "")
    return f" (request {name})" if re.fullmatch(r"[\w-]{1,64}", name, re.ASCII) else ""
