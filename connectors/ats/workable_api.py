"""Asking Workable: listings page by page, and single records (other-ats.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests

from connectors.ats.workable_config import SERVICE
from connectors.errors import BrokenPaging, Unreachable
from connectors.http import Bearer, Http
from connectors.paging import token_pages

SCOPES = {"events": "r_jobs", "candidates": "r_candidates", "members": "the right to read members"}
"""By the first part of the path; which scope members want is documented nowhere."""

T = TypeVar("T")


class Api:
    """Listings and single records, by GET."""

    def __init__(self, http: Http, base_url: str, token: str) -> None:
        self._http, self._base, self._token = http, base_url.rstrip("/"), token

    def pages(self, path: str, **params: str) -> Iterator[list[Any]]:
        """The rows, one answer at a time. Raises ConnectorError.

        Of a next link only the parameters are used, on top of ours: it is not said that it carries
        our filters, and a link to another host must not get the token (case 34).
        """
        key, where = path.rsplit("/", 1)[-1], self._http.where(f"{self._base}/{path}")

        def read(response: requests.Response) -> tuple[list[Any], str | None]:
            body = self._object(response)
            rows, paging = body.get(key), body.get("paging")
            following = paging.get("next") if isinstance(paging, dict) else None
            if not isinstance(rows, list) or not isinstance(following, str | None):
                raise Unreachable(
                    f"{where}: the answer holds no {key} of the promised form. "
                    f"Check {SERVICE.address}."
                )
            return rows, following or None

        def ask(link: str | None) -> tuple[list[Any], str | None]:
            more = dict(parse_qsl(urlsplit(link or "").query))
            rows, following = self._send(path, {"limit": "100", **params, **more}, read)
            if following and urlsplit(following).netloc != urlsplit(self._base).netloc:
                raise BrokenPaging(
                    f"{where}: the next page's link leads to another host; it was not followed. "
                    f"Check {SERVICE.address}."
                )
            return rows, following

        return token_pages(ask, where)

    def one(self, path: str, key: str) -> object:
        """A record, bare or wrapped: which of the two is documented nowhere."""
        body = self._send(path, {}, self._object)
        return body[key] if "id" not in body and key in body else body

    def _send(
        self, path: str, params: Mapping[str, str], read: Callable[[requests.Response], T]
    ) -> T:
        url, auth = f"{self._base}/{path}", Bearer(self._token)
        request = requests.Request("GET", url, params=dict(params), auth=auth)
        return self._http.send(request, read, scope=SCOPES[path.split("/")[0]])

    def _object(self, response: requests.Response) -> dict[str, Any]:
        body = self._http.json(response)
        if not isinstance(body, dict):
            where = self._http.where(response.url)
            raise Unreachable(f"{where}: the answer is no object. Check {SERVICE.address}.")
        return body
