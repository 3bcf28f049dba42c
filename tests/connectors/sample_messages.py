"""Finished messages for the tests of the notifiers."""

from __future__ import annotations

from typing import Any

from connectors.notify.base import Attachment, Message, MessageKind, Recipient

URL = "https://app.greenhouse.io/guides/1/people/2"


def a_message(**changes: Any) -> Message:
    """A nudge to Bo, with whatever the test wants to be different."""
    values: dict[str, Any] = {
        "id": "m1",
        "kind": MessageKind.NUDGE,
        "to": Recipient("Bo Larsen", "bo@example.com"),
        "subject": "Notes for Systems talk",
        "text": f"Noor V. has been waiting 5 days.\n\nWrite the scorecard: {URL}\n",
        "html": f'<html lang="en"><body><a href="{URL}">Write the scorecard</a></body></html>',
        "blocks": (
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Noor V.* is waiting"}},
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Write the scorecard"},
                        "url": URL,
                        "action_id": "nudge.write",
                    }
                ],
            },
        ),
    }
    return Message(**(values | changes))


def a_report(**changes: Any) -> Message:
    return a_message(
        kind=MessageKind.REPORT,
        attachments=(Attachment("scorecards.csv", "text/csv", "week,name\n".encode("utf-8-sig")),),
        **changes,
    )
