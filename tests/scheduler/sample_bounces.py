"""Delivery reports as mail servers write them (RFC 3464), for the tests of what came back."""

from __future__ import annotations

ORIGINAL = """\
From: Hiring team <hiring@example.org>
To: Bo Ek <bo@example.org>
Subject: Notes for Systems talk
Message-ID: {message_id}
Auto-Submitted: auto-generated
"""

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example.org (Mail Delivery System)
To: hiring@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_edge"

--=_edge
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_edge
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org
Arrival-Date: Mon, 16 Nov 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; bo@example.org
Original-Recipient: rfc822;bo@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <bo@example.org>: user unknown

--=_edge
{returned}
--=_edge--
"""


def a_bounce(
    message_id: str = "<m1@example.org>",
    *,
    action: str = "failed",
    status: str = "5.1.1",
    whole: bool = False,
) -> bytes:
    """``whole``: the mail itself came back, not only its headers."""
    original = ORIGINAL.format(message_id=message_id)
    if whole:
        returned = f"Content-Type: message/rfc822\n\n{original}\nNoor V. has been waiting.\n"
    else:
        returned = f"Content-Type: text/rfc822-headers\n\n{original}"
    report = REPORT.format(action=action, status=status, returned=returned)
    return report.replace("\n", "\r\n").encode()
