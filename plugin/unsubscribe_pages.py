"""The unsubscribe link of a weekly report: a page for people, one click for mail programs.

RFC 8058: the mail program posts ``List-Unsubscribe=One-Click`` without cookies or login and wants
200 or 202, no redirect; a GET only shows a page, because link scanners fetch links
(email-and-teams.md 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, Response, abort, make_response, render_template, request

from plugin.answer_pages import TOO_OLD, dead_end, from_elsewhere
from plugin.auth import Attempts, short_forms
from plugin.links import DeadLink, LeaveToken, Links
from scheduler.phrases import clean

ASK = "Stop the weekly report?"
OFF = "You are off the list"
AGAIN = "You are on the list again"


class ListStore(Protocol):
    def unsubscribe(self, name: str, address: str, now: datetime) -> bool: ...
    def subscribe_again(self, name: str, address: str) -> bool: ...
    def unsubscribed(self, name: str) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class UnsubscribePages:
    store: ListStore
    links: Links
    clock: Callable[[], datetime]
    attempts: Attempts

    def read(self, token: str) -> LeaveToken:
        """What the link is for, or the request ends with a page that says what is wrong."""
        try:
            return self.links.read_leave(token, self.clock())
        except DeadLink as dead:
            abort(dead_end(self.attempts, dead))

    def show(self, token: str) -> Response:
        """Reads only."""
        leave = self.read(token)
        off = leave.address.strip().lower() in self.store.unsubscribed(leave.name)
        return self._page(token, leave, OFF if off else ASK)

    def pressed(self, token: str) -> Response:
        leave = self.read(token)
        if request.form.get("List-Unsubscribe") == "One-Click":
            self.store.unsubscribe(leave.name, leave.address, self.clock())
            return self._page(token, leave, OFF)
        stamp = request.form.get("stamp", "")
        if from_elsewhere() or not self.links.stamped(stamp, token, self.clock()):
            off = leave.address.strip().lower() in self.store.unsubscribed(leave.name)
            return self._page(token, leave, OFF if off else ASK, problem=TOO_OLD, code=400)
        self.store.subscribe_again(leave.name, leave.address)
        return self._page(token, leave, AGAIN)

    def _page(self, token: str, leave: LeaveToken, title: str, **more: Any) -> Response:
        page = render_template(
            "unsubscribe.html",
            guest=True,
            title=title,
            off=title == OFF,
            again=title == AGAIN,
            address=clean(leave.address, 120),
            token=token,
            stamp=self.links.stamp(token, self.clock()),
            problem=more.get("problem", ""),
        )
        return make_response(page, more.get("code", 200))


def unsubscribe_pages(view: UnsubscribePages) -> Blueprint:
    blueprint = Blueprint("unsubscribe", __name__)
    blueprint.before_request(short_forms)
    blueprint.get("/unsubscribe/<token>")(view.show)
    blueprint.post("/unsubscribe/<token>")(view.pressed)
    return blueprint
