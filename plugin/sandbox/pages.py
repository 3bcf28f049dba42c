"""The few web pages behind the links in messages: plausible, and plainly a practice ATS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Blueprint, render_template, request

from plugin.sandbox.dialect import Dialect
from plugin.sandbox.world import World


def pages(world: World, now: Callable[[], datetime], dialects: Sequence[Dialect]) -> Blueprint:
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    def index() -> str:
        at = now()
        counts = {
            "people": sum(each.exists(at) for each in world.people),
            "jobs": sum(each.exists(at) for each in world.jobs),
            "applications": sum(each.exists(at) for each in world.applications),
            "interviews": sum(each.exists(at) for each in world.interviews),
            "scorecards": sum(each.exists(at) for each in world.cards),
        }
        return render_template("sandbox.html", now=at, counts=counts, dialects=dialects)

    @routes.get("/guides/<int:kit_id>/people/<int:candidate_id>")
    def guide(kit_id: int, candidate_id: int) -> tuple[str, int]:
        slot = next((each for each in world.slots if each.kit_id == kit_id), None)
        found = slot.name if slot else None
        return _page("Scorecard", found, candidate_id)

    @routes.get("/people/<int:candidate_id>")
    def person(candidate_id: int) -> tuple[str, int]:
        return _page("Candidate", "Candidate", candidate_id)

    def _page(kind: str, title: str | None, candidate_id: int) -> tuple[str, int]:
        at = now()
        candidate = next((c for c in world.candidates if c.id == candidate_id), None)
        found = title is not None and candidate is not None and candidate.exists(at)
        text = render_template(
            "sandbox_page.html",
            kind=kind,
            title=title if found else "Not here",
            candidate=candidate.full_name(at) if candidate and found else None,
            application_id=request.args.get("application_id", ""),
        )
        return text, 200 if found else 404

    return routes
