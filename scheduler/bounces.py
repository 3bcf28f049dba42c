"""Reads what a mail server sends back about a mail it could not deliver (RFC 3464). Pure.

Only what is needed to find our own message is taken: its Message-ID, the action and the status. The
words of the report and the mail that came back are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,255}>")


class NotABounce(ValueError):
    """A mail that is no delivery report; one sentence says what it lacks."""


@dataclass(frozen=True, slots=True)
class Bounce:
    message_id: str
    """Of the mail that came back, with its angle brackets."""
    failed: bool
    """False: not (yet) given up, for instance ``delayed``."""
    status: str
    """``5.1.1``; empty when the report has none."""


def read_bounce(raw: bytes) -> Bounce:
    """The report in a mail as it came. Raises NotABounce, and nothing else."""
    try:
        mail = message_from_bytes(raw)
        if mail.get_content_type() != "multipart/report":
            raise NotABounce("This mail is not a delivery report.")
        parts = list(mail.walk())
        fields = next(_recipients(parts), None)
        if fields is None:
            raise NotABounce("This report says nothing about a delivery.")
        message_id = next(_returned(parts), None)
        action = str(fields.get("Action", "")).strip().lower()
        status = STATUS.search(str(fields.get("Status", "")))
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError) as problem:
        if isinstance(problem, NotABounce):
            raise
        raise NotABounce("This mail cannot be read.") from None
    if message_id is None:
        raise NotABounce("This report does not carry the headers of the mail it is about.")
    return Bounce(message_id, action == "failed", status[0] if status else "")


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """The fields of each recipient: our mails have one. What failed comes first."""
    groups = [
        group
        for part in parts
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for group in part.get_payload()
        if isinstance(group, Message) and group.get("Action")
    ]
    yield from sorted(groups, key=lambda each: str(each["Action"]).strip().lower() != "failed")


def _returned(parts: list[Message]) -> Iterator[str]:
    """The Message-ID of the mail that came back, whole or only its headers."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            inside = part.get_payload(0)
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            content = part.get_payload(decode=True)
            inside = message_from_bytes(content) if isinstance(content, bytes) else None
        else:
            continue
        if not isinstance(inside, Message):
            continue
        if found := MESSAGE_ID.search(str(inside.get("Message-ID", ""))):
            yield found[0]
