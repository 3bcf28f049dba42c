"""A bearer token by the OAuth 2.0 client-credentials grant, made once and shared by all threads."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from connectors.errors import AccessRefused, BadRequest, ScopeMissing, Unreachable
from connectors.http import Http
from connectors.model import utc

EARLY = timedelta(minutes=1)
"""How long before its end a token is replaced."""
SHORT_LIFE = timedelta(minutes=5)
"""Assumed where the answer has no readable ``expires_at``."""
LEAST_LIFE = timedelta(seconds=30)
"""A token is used this long whatever ``expires_at`` says, so that a wrong clock here cannot make
every request mint anew; a token that is truly dead is answered with 401."""


class ClientCredentials:
    """Implements ``connectors.http.Credential``.

    HTTP Basic, form body, optional ``sub``; the answer carries ``expires_at`` as an ISO 8601
    instant, and ``expires_in`` is not looked at (greenhouse.md 1). A newer token may revoke the
    older one (trap 10), so there is one lock, one token, and only a refused one is dropped early.
    """

    def __init__(
        self,
        http: Http,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        subject: str | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        self._http, self._url, self._clock = http, token_url, clock
        self._login = HTTPBasicAuth(client_id.encode(), client_secret.encode())
        self._form = {"grant_type": "client_credentials"} | ({"sub": subject} if subject else {})
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at: datetime | None = None
        http.secrets |= {client_id, client_secret}

    def token(self) -> str:
        """A token that is good for at least a moment. Raises ConnectorError."""
        with self._lock:
            now = self._clock()
            if self._token is None or self._renew_at is None or now >= self._renew_at:
                self._token, expires_at = self._mint()
                self._renew_at = max((expires_at or now + SHORT_LIFE) - EARLY, now + LEAST_LIFE)
            return self._token

    def forget(self, token: str) -> None:
        """Drop ``token``, unless another thread has replaced it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _mint(self) -> tuple[str, datetime | None]:
        service = self._http.service
        request = requests.Request("POST", self._url, data=self._form, auth=self._login)
        try:
            return self._http.send(request, self._read)
        except (AccessRefused, BadRequest, ScopeMissing) as error:
            check = f" Check {service.credential}."
            said = error.message.removesuffix(check)
            raise AccessRefused(f"{service.name} gave no token. {said}{check}") from None

    def _read(self, response: requests.Response) -> tuple[str, datetime | None]:
        body: Any = self._http.json(response)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise Unreachable(
                f"{self._http.where(response.url)}: the answer holds no access_token. "
                f"Check {self._http.service.address}."
            )
        self._http.secrets.add(token)
        try:
            return token, utc(body["expires_at"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return token, None
