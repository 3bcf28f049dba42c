"""What can be set for Greenhouse, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service
from connectors.options import Option, matching, vendor_url, web_url

SERVICE = Service(
    name="Greenhouse",
    address="GREENHOUSE_API_URL and GREENHOUSE_TOKEN_URL",
    credential="GREENHOUSE_CLIENT_ID and GREENHOUSE_CLIENT_SECRET",
    granting="to the API credential (Configure > Dev Center > API Credential Management), and let "
    "it act as a Site Admin",
)

OPTIONS = (
    Option(
        "GREENHOUSE_CLIENT_ID",
        "client_id",
        "The Harvest v3 (OAuth) credential's client id.",
        "Copy it from Greenhouse, Configure, Dev Center, API Credential Management.",
        required=True,
        secret=True,
    ),
    Option(
        "GREENHOUSE_CLIENT_SECRET",
        "client_secret",
        "That credential's client secret.",
        "Copy it from Greenhouse; it is shown once, when the credential is made.",
        required=True,
        secret=True,
    ),
    Option(
        "GREENHOUSE_USER_ID",
        "user_id",
        "The Greenhouse user whose permissions apply, by id; empty: the credential's own.",
        "Use the number in the address of the user's page.",
        read=matching(r"\d+"),
    ),
    Option(
        "GREENHOUSE_WEBHOOK_SECRET",
        "webhook_secret",
        "The secret key of the webhook; several, separated by commas, while you change it.",
        "Copy it from the webhook's page in Greenhouse.",
        secret=True,
        several=True,
    ),
    Option(
        "GREENHOUSE_API_URL",
        "api_url",
        "The Harvest API.",
        "Leave it out unless you test against something else.",
        default="https://harvest.greenhouse.io/v3",
        read=vendor_url,
    ),
    Option(
        "GREENHOUSE_TOKEN_URL",
        "token_url",
        "Where tokens come from.",
        "Leave it out unless you test against something else.",
        default="https://auth.greenhouse.io/token",
        read=vendor_url,
    ),
    Option(
        "GREENHOUSE_WEB_URL",
        "web_url",
        "Where people open Greenhouse; used for links in messages.",
        "Use the address in your browser, e.g. https://app.eu.greenhouse.io.",
        default="https://app.greenhouse.io",
        read=web_url,
    ),
)


@dataclass(frozen=True, slots=True)
class GreenhouseConfig:
    client_id: str
    client_secret: str = field(repr=False)
    user_id: str | None = None
    """The Site Admin to act as; None: the credential's own service user."""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api_url: str = "https://harvest.greenhouse.io/v3"
    token_url: str = "https://auth.greenhouse.io/token"
    web_url: str = "https://app.greenhouse.io"
