"""Odoo's JSON-2 API (other-ats.md 8.3): one connection's settings, and its listings by model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from requests.auth import AuthBase

from connectors.errors import BadRequest, BrokenPaging, NotFound, Unreachable
from connectors.http import Http, Params, Service
from connectors.options import Option, matching, one_of, vendor_url
from connectors.wire import number_id, parse_json

EVIDENCE = ("form", "activity", "message")
SERVICE = Service(
    name="Odoo Recruitment",
    address="ODOO_URL and ODOO_DATABASE, and that it is Odoo 19 or newer with Recruitment",
    credential="ODOO_API_KEY: an ordinary user's key ends by itself, after 90 days at most",
    granting="to the key's user: Settings > Users, Recruitment: Officer",
)


@dataclass(frozen=True, slots=True)
class OdooConfig:
    url: str
    database: str
    api_key: str = field(repr=False)
    evidence: str = "form"
    """One of EVIDENCE: what shows that an interviewer handed in."""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Odoo signs nothing: one of these stands in the webhook's address, after the account."""


OPTIONS = (
    Option(
        "ODOO_URL",
        "url",
        "Where your Odoo (19 or newer) answers.",
        "Use the address in your browser, e.g. https://odoo.example.com.",
        required=True,
        read=vendor_url,
    ),
    Option(
        "ODOO_DATABASE",
        "database",
        "The name of its database.",
        "Ask your administrator; on the database page of Odoo it is in the list.",
        required=True,
        read=matching(r"[\w.-]{1,100}"),
    ),
    Option(
        "ODOO_API_KEY",
        "api_key",
        "The API key of a user who is a Recruitment officer.",
        "As that user: own preferences, tab Security, Add API Key.",
        required=True,
        secret=True,
    ),
    Option(
        "ODOO_EVIDENCE",
        "evidence",
        "What shows that an interviewer handed in: form, activity or message.",
        "Write form, activity or message.",
        default="form",
        read=one_of(*EVIDENCE),
    ),
    Option(
        "ODOO_WEBHOOK_SECRET",
        "webhook_secret",
        "The end of the webhook's address, which proves it; several, separated by commas.",
        "Choose a long random word of letters and digits: Odoo signs nothing.",
        secret=True,
        several=True,
        read=matching(r"[A-Za-z0-9_-]{24,200}"),
    ),
)


ASKED_WRONGLY = ("builtins.ValueError", "builtins.TypeError")
"""Unknown fields and arguments come with status 500, and asking again does not mend them."""
EVERYTHING = ["active", "in", [True, False]]
"""Archived records hide from whoever does not say so."""


class Json2:
    """Listings of one database, page after page by id: no row slips between two pages."""

    def __init__(self, http: Http, config: OdooConfig) -> None:
        self._http, self._auth = http, _Key(config)
        self._base = f"{config.url.rstrip('/')}/json/2"

    def call(self, path: str, method: str, scope: str = "", **arguments: Any) -> Any:
        """The bare result. Raises ConnectorError."""

        def read(response: requests.Response) -> Any:
            if response.status_code == 404:
                said = self._http.said(response)
                raise NotFound(f"{where}: not there (404){said}. Check {SERVICE.address}.")
            if response.status_code == 500 and _name(response) in ASKED_WRONGLY:
                raise BadRequest(f"{where}: refused the question{self._http.said(response)}.")
            if response.status_code != 200:
                self._http.refuse(response, scope)
            result = self._http.json(response)
            if method == "search_read" and not isinstance(result, list):
                raise Unreachable(f"{where}: one {type(result).__name__} where rows were promised.")
            return result

        url = f"{self._base}/{path}/{method}"
        where = self._http.where(url)
        request = requests.Request("POST", url, data=json.dumps(arguments), auth=self._auth)
        return self._http.send(request, read, scope=scope, readable=(404, 500))

    def pages(self, path: str, params: Params, *, scope: str = "") -> Iterator[list[Any]]:
        asked, last = _question(params), 0
        while True:
            here = {**asked, "domain": [*asked["domain"], ["id", ">", last]]}
            rows = self.call(path, "search_read", scope, **here, order="id")
            yield rows
            if len(rows) < asked["limit"]:
                return
            ids = [int(number_id(row.get("id")) or 0) for row in rows if isinstance(row, dict)]
            if max(ids, default=0) <= last:
                raise BrokenPaging(f"{SERVICE.name} {path}: the pages go round in a circle.")
            last = max(ids)

    def rows(self, path: str, params: Params, *, scope: str = "") -> list[Any]:
        rows: list[Any] = self.call(path, "search_read", scope, **_question(params))
        return rows


class _Key(AuthBase):
    def __init__(self, config: OdooConfig) -> None:
        self._config = config

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"bearer {self._config.api_key}"
        request.headers["X-Odoo-Database"] = self._config.database
        request.headers["Content-Type"] = "application/json"
        return request


def _question(params: Params) -> dict[str, Any]:
    """``search_read``'s arguments: besides the reserved ones, each is a field with its values."""
    fields = params["fields"].split(",")
    domain = [] if "domain" not in params else json.loads(params["domain"])
    for name in params.keys() - {"fields", "per_page", "domain"}:
        values = [int(each) for each in params[name].split(",")]
        domain.append(["id" if name == "ids" else name, "in", values])
    if "active" in fields:
        domain.append(EVERYTHING)
    return {"domain": domain, "fields": fields, "limit": int(params["per_page"])}


def _name(response: requests.Response) -> str:
    """The kind of error, in Odoo's words."""
    try:
        body = parse_json(response.content)
    except ValueError:
        return ""
    return str(body.get("name")) if isinstance(body, dict) else ""


def written(moment: datetime) -> str:
    """As Odoo writes an instant, in whole seconds."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
