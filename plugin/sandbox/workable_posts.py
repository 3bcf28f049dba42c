"""How Workable posts its webhooks (other-ats.md 5): about candidates, never events or ratings.

Signature: HMAC-SHA256 of the raw body; its encoding is not documented, and this one is hex. The
body's ``data`` is the candidate; the name of the event beside it is what people have seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta

from plugin.sandbox.webhooks import Event, Habits, Letter
from plugin.sandbox.workable_rows import View


def events(view: View, after: datetime, until: datetime) -> list[Event]:
    """Everything in (after, until], oldest first; the body shows the candidate as it is now.

    That a candidate who is disqualified or hired counts as moved is what integrators have seen.
    """
    found, view = [], replace(view, now=until)
    for each in view.world.applications:
        moments = [("candidate_created", each.created_at)]
        moved = each.stage.changes(after, until) + each.status.changes(after, until)
        moments += [("candidate_moved", at) for at in sorted({at for at, _, _ in moved})]
        for action, at in moments:
            if after < at <= until and each.exists(at):
                found.append(Event(at, action, view.candidate(each)))
    return sorted(found, key=lambda event: event.at)


def _letter(event: Event, event_id: str, secret: str) -> Letter:
    content = {"event_type": event.action, "id": event_id, "data": event.payload}
    body = json.dumps(content).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Workable-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return Letter(body, headers)


HABITS = Habits(
    letter=_letter,
    waits=tuple(timedelta(minutes=each) for each in (5, 30, 120)),  # not documented
    accepts=lambda status: status == 200,
)
