"""What can be set for Workable, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service
from connectors.options import Option, matching, one_of, vendor_url

SERVICE = Service(
    name="Workable",
    address="WORKABLE_API_URL",
    credential="WORKABLE_TOKEN",
    granting="to the token (in Workable's settings, where API access tokens are made)",
)

OPTIONS = (
    Option(
        "WORKABLE_TOKEN",
        "token",
        "The API access token of the account, made by an admin.",
        "Copy it from Workable's settings, where API access tokens are made.",
        required=True,
        secret=True,
    ),
    Option(
        "WORKABLE_API_URL",
        "api_url",
        "The API of your account: https://SUBDOMAIN.workable.com/spi/v3.",
        "Put your Workable subdomain into https://SUBDOMAIN.workable.com/spi/v3.",
        required=True,
        read=vendor_url,
    ),
    Option(
        "WORKABLE_WEBHOOK_SECRET",
        "webhook_secret",
        "What webhooks are signed with: the account's token, or the OAuth application's secret.",
        "Use the very token with which the webhook was subscribed.",
        secret=True,
        several=True,
    ),
    Option(
        "WORKABLE_EVENTS",
        "event_types",
        "Which events are interviews: interview, call, meeting.",
        "Write words from interview, call, meeting, separated by commas.",
        default="interview",
        several=True,
        read=one_of("interview", "call", "meeting"),
    ),
    Option(
        "WORKABLE_EVIDENCE",
        "evidence",
        "What counts as feedback: rating, or rating,comment.",
        "Write rating, or rating,comment.",
        default="rating",
        several=True,
        read=one_of("rating", "comment"),
    ),
    Option(
        "WORKABLE_REQUESTS",
        "requests",
        "How many requests the token may make in ten seconds; 50 for OAuth and partner tokens.",
        "Use a whole number from 1 to 99.",
        default="10",
        read=matching("[1-9][0-9]?"),
    ),
)


@dataclass(frozen=True, slots=True)
class WorkableConfig:
    token: str = field(repr=False)
    api_url: str
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    event_types: tuple[str, ...] = ("interview",)
    evidence: tuple[str, ...] = ("rating",)
    """Actions of a member that count as feedback: rating, comment."""
    requests: int = 10
    """In ten seconds."""
