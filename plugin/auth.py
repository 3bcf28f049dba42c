"""Who may look at the page: whoever has the token that ``afterword init`` generated.

The token comes in the body of a form or in an ``Authorization: Bearer`` header, never in an
address, which ends up in logs and histories. A browser then holds a signed cookie that dies with
the token.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, make_response, redirect, render_template, request
from flask import session as cookie
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

MOST_WRONG = 10
WINDOW = timedelta(minutes=5)
MOST_FORM = 4096
"""Bytes of the login form: a token and two short fields; no other form of ours is longer."""
REMEMBERED = timedelta(days=14)


def short_forms() -> None:
    """Before a request: nobody sends us more than the longest form."""
    request.max_content_length = MOST_FORM


class Attempts:
    """Counts wrong tokens by address, in memory that cannot grow without bound."""

    def __init__(self, clock: Callable[[], datetime], *, addresses: int = 1024) -> None:
        self._clock = clock
        self._addresses = addresses
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may."""
        with self._lock:
            wrong = self._recent(address)
            if len(wrong) < MOST_WRONG:
                return 0
            return int((wrong[0] + WINDOW - self._clock()).total_seconds()) + 1

    def wrong(self, address: str) -> None:
        with self._lock:
            wrong = self._recent(address)
            wrong.append(self._clock())
            self._wrong[address] = wrong
            self._wrong.move_to_end(address)
            while len(self._wrong) > self._addresses:
                self._wrong.popitem(last=False)

    def _recent(self, address: str) -> deque[datetime]:
        wrong = self._wrong.get(address) or deque(maxlen=MOST_WRONG)
        while wrong and wrong[0] <= self._clock() - WINDOW:
            wrong.popleft()
        return wrong


class Gate:
    """The one lock of the page."""

    def __init__(self, token: str, secret_key: str, clock: Callable[[], datetime]) -> None:
        self._token = token.encode()
        # in the cookie instead of the token: a new token or key signs everybody out
        self._mark = hmac.new(secret_key.encode(), self._token, hashlib.sha256).hexdigest()[:32]
        self._attempts = Attempts(clock)

    def require(self) -> None:
        """Let the request through, or end it with 401, or 429 after too many wrong tokens."""
        if hmac.compare_digest(str(cookie.get("mark", "")), self._mark):
            return
        scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.accepts(offered.strip()):
            return
        raise Unauthorized

    def accepts(self, offered: str) -> bool:
        """Whether this is the token. Wrong ones are counted against the address."""
        address = request.remote_addr or ""
        if wait := self._attempts.wait(address):
            abort(_too_many(wait))
        if self._token and hmac.compare_digest(offered.encode(), self._token):
            return True
        self._attempts.wrong(address)
        return False

    def remember(self) -> None:
        cookie.clear()
        cookie["mark"] = self._mark
        cookie.permanent = True


def _too_many(wait: int) -> Response:
    sentence = f"Too many wrong tokens from here. Try again in {max(1, wait // 60)} minutes."
    answer = make_response(
        render_template("error.html", title="Please wait", sentence=sentence, signed_out=True), 429
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def form_stamp() -> str:
    """A random word that the form must bring back: only our own page can know it."""
    if "form" not in cookie:
        cookie["form"] = secrets.token_urlsafe(18)
    return str(cookie["form"])


def is_stamped(stamp: str) -> bool:
    """Whether a form brought back the word that our page gave this browser."""
    expected = str(cookie.get("form", ""))
    return bool(expected) and hmac.compare_digest(stamp.encode(), expected.encode())


def _inside(path: str) -> str:
    """A path of ours to go to after signing in; anything else becomes the front page."""
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if ours and "\\" not in path else "/"


def login_form(problem: str = "", *, following: str = "/") -> str:
    return render_template(
        "login.html", problem=problem, stamp=form_stamp(), following=_inside(following)
    )


def add_login(app: Flask, gate: Gate) -> None:
    """``/login`` and ``/logout``, and what a browser without a cookie is shown."""
    blueprint = Blueprint("auth", __name__)

    @blueprint.get("/login")
    def form() -> str:
        return login_form()

    @blueprint.post("/login")
    def login() -> Any:
        request.max_content_length = MOST_FORM
        following = request.form.get("following", "/")
        if not is_stamped(request.form.get("stamp", "")):
            problem = (
                "This form was too old, or your browser did not send our cookie back. Please try "
                "once more, at the public address of this service."
            )
            return login_form(problem, following=following), 400
        if not gate.accepts(request.form.get("token", "").strip()):
            problem = (
                "That is not the token. It is AFTERWORD_PAGE_TOKEN in the .env of this service."
            )
            return login_form(problem, following=following), 401
        gate.remember()
        return redirect(_inside(following), code=303)

    @blueprint.post("/logout")
    def logout() -> Any:
        if "mark" in cookie:  # another site's form comes without it, and signs nobody out
            cookie.clear()
        return redirect("/login", code=303)

    app.register_blueprint(blueprint)
