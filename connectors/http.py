"""One requests session per account: time-outs, bounded retry, rate limits, paging, redaction.

An error names the service and the path, never a query, a header or a piece of the answer's body,
except for the sentence that the vendor itself puts into its error object.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn, Protocol, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

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
from connectors.wire import parse_json, storable

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, seconds between two bytes."""
TRIES = 5
"""Times one request is sent before an unusable answer is given up."""
PATIENCE = 5
"""Times in a row we are willing to be told to wait (429)."""
LONGEST_WAIT = 120.0
"""Seconds; whoever asks for more is asked again after this."""
UNTOLD_WAIT = 30.0
"""Seconds to wait on a 429 without a Retry-After."""
MOST_PAGES = 10_000
LOOPBACK = ("127.0.0.1", "::1", "localhost")

T = TypeVar("T")
Params = Mapping[str, str]
OnWait = Callable[[float, str], None]
"""Told before every wait: seconds, and why in a few words."""


class CursorRefused(ConnectorError):
    """A cursor was not taken (expired, perhaps): the listing has to be started again."""


@dataclass(frozen=True, slots=True)
class Service:
    """The words that errors about one outside service use."""

    name: str
    address: str
    """The setting that holds its address."""
    credential: str
    """What to look at when the credential is refused."""
    granting: str
    """Where and by whom a right is granted."""


class Credential(Protocol):
    """A bearer token that may have to be made first."""

    def token(self) -> str:
        """A token believed to be good. Raises ConnectorError."""

    def forget(self, token: str) -> None:
        """This token was refused; the next ``token()`` is another one."""


class Http:
    """One account's session. Safe to share between threads."""

    def __init__(
        self,
        service: Service,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        on_wait: OnWait | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        pace: float = 0.0,
        untold_wait: float | None = UNTOLD_WAIT,
    ) -> None:
        """``pace``: seconds at least between two requests, for vendors that announce no budget.

        ``untold_wait``: seconds to wait on a 429 without a Retry-After; None: 1, 2, 4, ...
        """
        self.service = service
        self.secrets: set[str] = set()
        """Never to appear in an error, whatever the other side echoes."""
        self.limit: int | None = None
        """The ceiling of the rate limit, once an answer has told it."""
        self._clock, self._sleep, self._on_wait = clock, sleep, on_wait
        self._timeout, self._pace, self._untold_wait = timeout, pace, untold_wait
        self._lock = threading.Lock()
        self._hold_until = 0.0  # monotonic
        self._sent_at = -pace  # monotonic
        self._session = requests.Session()
        # No cookies: what is left of the session is then safe to share between threads.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=4, max_retries=0))

    def send(
        self,
        request: requests.Request,
        read: Callable[[requests.Response], T],
        *,
        scope: str = "",
        readable: Collection[int] = (),
    ) -> T:
        """Send, and ``read`` the accepted answer, with bounded retry.

        Refused connections, time-outs, 5xx and whatever makes ``read`` raise Unreachable are tried
        again with back-off; 429 waits as told. ``scope`` names the right to grant on a 403.
        ``readable``: refusals (statuses) that ``read`` is given too, which may call ``refuse``.
        Raises ConnectorError.
        """
        failures = told_to_wait = 0
        while True:
            self._wait_for_budget()
            try:
                return read(self._exchange(request, scope, readable))
            except RateLimited as error:
                told_to_wait += 1
                if told_to_wait > PATIENCE:
                    raise
                told = error.retry_after
                seconds = 2.0 ** (told_to_wait - 1) if told is None else told
                self._wait(seconds + random.random(), "told to slow down (429)")
            except Unreachable:
                failures += 1
                if failures >= TRIES:
                    raise
                self._wait(2**failures * (0.5 + random.random() / 2), "no usable answer")

    def where(self, url: str) -> str:
        """The service and the path, for a sentence; never the query."""
        return f"{self.service.name} {urlsplit(url).path or '/'}"

    def json(self, response: requests.Response) -> Any:
        """The answer's JSON. Raises Unreachable, so that ``send`` tries again."""
        try:
            return parse_json(response.content)
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no type").split(";")[0][:60]
            raise Unreachable(
                f"{self.where(response.url)}: the answer cannot be read ({error}; {kind}, "
                f"{len(response.content)} bytes). Check {self.service.address}."
            ) from None

    def _exchange(
        self, request: requests.Request, scope: str, readable: Collection[int]
    ) -> requests.Response:
        where = self.where(request.url)
        # A proxy from the environment must not be asked for what is on this machine.
        self._session.trust_env = urlsplit(request.url).hostname not in LOOPBACK
        try:
            response = self._session.request(
                request.method or "GET",
                request.url,
                params=request.params,
                data=request.data or None,
                headers=request.headers,
                auth=request.auth,  # given even when idle: else a .netrc file may replace it
                timeout=self._timeout,
                allow_redirects=False,  # a redirect would carry the credential elsewhere
            )
        except requests.Timeout:
            raise Unreachable(f"{where}: no answer in time. It is tried again later.") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            raise BadRequest(f"{where}: not an address. Check {self.service.address}.") from None
        except requests.RequestException as error:
            raise Unreachable(
                f"{where}: could not be reached or the answer broke off "
                f"({type(error).__name__}). Check the network and {self.service.address}."
            ) from None
        self._learn(response)
        if not 200 <= response.status_code < 300 and response.status_code not in readable:
            self.refuse(response, scope)
        return response

    def refuse(self, response: requests.Response, scope: str) -> NoReturn:
        """Raise what an answer that is not 2xx means by its status alone."""
        where = self.where(response.url)
        status, said = response.status_code, self.said(response)
        if status == 401:
            raise AccessRefused(
                f"{where}: the credential was refused (401){said}. Check {self.service.credential}."
            )
        if status == 403:
            raise ScopeMissing(
                f"{where}: not allowed (403){said}. Grant {scope or 'the right'} "
                f"{self.service.granting}.",
                scope=scope,
            )
        if status == 429:
            raise RateLimited(
                f"{where}: still told to slow down (429) after {PATIENCE} waits. "
                "It is tried again later.",
                retry_after=self._retry_after(response),
            )
        if status >= 500:
            raise Unreachable(f"{where}: out of order ({status}). It is tried again later.")
        if status < 400:
            raise BadRequest(
                f"{where}: points to another address ({status}), which is not followed. "
                f"Check {self.service.address}."
            )
        kind = NotFound if status == 404 else BadRequest
        raise kind(f"{where}: refused the question ({status}){said}.")

    def said(self, response: requests.Response) -> str:
        """The vendor's own sentences: ``errors`` of strings or of {message}, else one sentence.

        Short, without our secrets, and with a colon before it; "" where there is none.
        """
        try:
            body = parse_json(response.content)
        except ValueError:
            return ""
        body = body if isinstance(body, dict) else {}
        errors = body.get("errors") if isinstance(body.get("errors"), list) else []
        found = [e.get("message") if isinstance(e, dict) else e for e in errors or []]
        found += [body.get(key) for key in ("message", "error_description", "error")]
        if isinstance(body.get("errorInfo"), dict):
            found.append(body["errorInfo"].get("message"))
        sentences = dict.fromkeys(
            " ".join(s.split()).rstrip(".") for s in found if isinstance(s, str)
        )
        text = storable("; ".join(s for s in sentences if s))
        for secret in self.secrets - {""}:
            text = text.replace(secret, "[secret]")
        return f": {text[:300]}" if text else ""

    def _wait(self, seconds: float, why: str) -> None:
        seconds = min(seconds, LONGEST_WAIT)
        if self._on_wait is not None:
            self._on_wait(seconds, f"{self.service.name}: {why}")
        self._sleep(seconds)

    def _wait_for_budget(self) -> None:
        with self._lock:
            seconds = self._hold_until - time.monotonic()
        if seconds > 0:
            self._wait(seconds, "the rate limit's window is used up")
        with self._lock:
            rest = self._sent_at + self._pace - time.monotonic()
        if rest > 0:
            self._sleep(rest)  # too short to be worth telling
        with self._lock:
            self._sent_at = time.monotonic()

    def _learn(self, response: requests.Response) -> None:
        """The budget, from X-RateLimit- (or X-Rate-Limit-) Limit, Remaining, Reset (epoch s)."""
        told = response.headers
        limit, remaining, reset = (
            _number(told.get(f"X-RateLimit-{part}") or told.get(f"X-Rate-Limit-{part}"))
            for part in ("Limit", "Remaining", "Reset")
        )
        hold = 0.0
        if remaining == 0 and reset is not None:
            hold = min(max(reset - self._their_now(response).timestamp(), 0.0), LONGEST_WAIT)
        with self._lock:
            self.limit = int(limit) if limit is not None else self.limit
            self._hold_until = time.monotonic() + hold if hold else 0.0

    def _retry_after(self, response: requests.Response) -> float | None:
        """Seconds from Retry-After, which holds seconds or an HTTP date."""
        told = response.headers.get("Retry-After")
        seconds = _number(told)
        if seconds is None and (until := _http_date(told)):
            seconds = max((until - self._their_now(response)).total_seconds(), 0.0)
        return self._untold_wait if seconds is None else seconds

    def _their_now(self, response: requests.Response) -> datetime:
        """By the answering machine's own clock, so that a wrong clock here costs nothing."""
        return _http_date(response.headers.get("Date")) or self._clock()


class Api:
    """Listings of JSON rows behind a bearer token, page by page over the Link header."""

    def __init__(self, http: Http, base_url: str, credential: Credential) -> None:
        self._http, self._base, self._credential = http, base_url.rstrip("/"), credential

    def pages(
        self, path: str, params: Params, *, scope: str = "", most: int = MOST_PAGES
    ) -> Iterator[list[Any]]:
        """The rows under ``path``, one answer at a time. Raises ConnectorError.

        ``params`` go with the first request only: the cursor of a next link is used alone, just as
        it came. CursorRefused when a cursor is not taken (any more).
        """
        first = url = f"{self._base}/{path}"
        links: set[str] = set()
        heads: set[str] = set()
        for _ in range(most):
            rows, link = self._get(url, None if links else params, scope)
            yield rows
            head = str(rows[0].get("id")) if rows and isinstance(rows[0], dict) else ""
            if link and (link in links or (head and head in heads)):
                raise BrokenPaging(f"{self._http.where(first)}: the pages go round in a circle.")
            if not link:
                return
            self._keep_home(link, first)
            url = link
            links.add(link)
            heads.add(head)
        raise BrokenPaging(f"{self._http.where(first)}: more than {most} pages.")

    def rows(self, path: str, params: Params, *, scope: str = "") -> list[Any]:
        """The rows of the first answer only."""
        return self._get(f"{self._base}/{path}", params, scope)[0]

    def _get(self, url: str, params: Params | None, scope: str) -> tuple[list[Any], str | None]:
        token = self._credential.token()
        try:
            return self._ask(url, params, scope, token)
        except AccessRefused:
            self._credential.forget(token)
        return self._ask(url, params, scope, self._credential.token())

    def _ask(
        self, url: str, params: Params | None, scope: str, token: str
    ) -> tuple[list[Any], str | None]:
        request = requests.Request("GET", url, params=dict(params or {}), auth=Bearer(token))
        try:
            return self._http.send(request, self._read_list, scope=scope)
        except BadRequest as error:
            if params is None:
                raise CursorRefused(f"{error.message} The listing is started again.") from None
            raise

    def _read_list(self, response: requests.Response) -> tuple[list[Any], str | None]:
        rows = self._http.json(response)
        if not isinstance(rows, list):
            raise Unreachable(
                f"{self._http.where(response.url)}: answered with one {type(rows).__name__} where "
                "a list of rows was promised."
            )
        link = response.links.get("next", {}).get("url")
        return rows, urljoin(response.url, link) if link else None

    def _keep_home(self, link: str, first: str) -> None:
        """Refuse a link that would carry the token to another host or out of the API."""
        there, here, base = urlsplit(link), urlsplit(first), urlsplit(self._base)
        parts = unquote(there.path).split("/")
        if (
            (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower())
            or not there.path.startswith(f"{base.path}/")
            or ".." in parts
            or "." in parts
        ):
            raise BrokenPaging(
                f"{self._http.where(first)}: the next page's link leads away from the API; it was "
                f"not followed. Check {self._http.service.address}."
            )


class Bearer(AuthBase):
    """A token in the Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        request.headers["Accept"] = "application/json"
        return request


def _number(text: str | None) -> float | None:
    """A sane, non-negative number of a header, or None."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
