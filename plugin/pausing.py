"""The pause button: stops every nudge, escalation and report at once, and starts them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from plugin.auth import Gate, form_stamp, is_stamped
from scheduler.store import Pause

LONGEST_REASON = 200
TOO_OLD = (
    "This form was too old, or your browser did not send our cookie back. Nothing was changed: go "
    "back to the page, load it again, and press the button once more."
)


class PauseStore(Protocol):
    def pause(self, reason: str, by: str, now: datetime) -> None: ...
    def resume(self) -> bool: ...
    def paused(self, now: datetime) -> Pause | None: ...
    def channel_pauses(self) -> Mapping[str, Pause]: ...


def pausing(gate: Gate, store: PauseStore, clock: Callable[[], datetime]) -> Blueprint:
    """``POST /pause`` and ``POST /resume``, for whoever is signed in, from our own form."""
    blueprint = Blueprint("pausing", __name__)
    blueprint.before_request(gate.require)

    @blueprint.before_request
    def stamped() -> None:
        if not is_stamped(request.form.get("stamp", "")):
            page = render_template("error.html", title="Not changed", sentence=TOO_OLD)
            abort(make_response(page, 400))

    @blueprint.post("/pause")
    def pause() -> Response:
        reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
        store.pause(reason, "the page", clock())
        return redirect("/", code=303)

    @blueprint.post("/resume")
    def resume() -> Response:
        store.resume()
        return redirect("/", code=303)

    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        """For pause.html, which the front page includes."""
        return {
            "pause_of_everything": lambda: store.paused(clock()),
            "paused_channels": lambda: list(store.channel_pauses().values()),
            "form_stamp": form_stamp,
        }

    return blueprint
