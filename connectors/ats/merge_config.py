"""What can be set for Merge, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service
from connectors.options import Option, vendor_url

SERVICE = Service(
    name="Merge",
    address="MERGE_API_URL",
    credential="MERGE_API_KEY and MERGE_ACCOUNT_TOKEN",
    granting="in Merge's dashboard (Configuration > Common models, and the account's scopes)",
)


def _each_minute(value: str) -> str:
    if not value.isdecimal() or not 1 <= int(value) <= 6000:
        raise ValueError("must be a whole number from 1 to 6000")
    return value


OPTIONS = (
    Option(
        "MERGE_API_KEY",
        "api_key",
        "The production access key of your Merge organisation.",
        "Copy it from Merge's dashboard, API keys.",
        required=True,
        secret=True,
    ),
    Option(
        "MERGE_ACCOUNT_TOKEN",
        "account_token",
        "The token of the linked account, that is of one ATS.",
        "Keep the account_token that your Merge Link exchange gave, or copy it from the linked "
        "account's page.",
        required=True,
        secret=True,
    ),
    Option(
        "MERGE_WEBHOOK_KEY",
        "webhook_key",
        "The key that signs webhooks, not the API key; several, between commas, during a change.",
        "Copy it from Merge's dashboard, Configuration, Webhooks, Security.",
        secret=True,
        several=True,
    ),
    Option(
        "MERGE_API_URL",
        "api_url",
        "The unified ATS API of your region.",
        "Use https://api-eu.merge.dev/api/ats/v1 or https://api-ap.merge.dev/api/ats/v1 for an "
        "organisation there.",
        default="https://api.merge.dev/api/ats/v1",
        read=vendor_url,
    ),
    Option(
        "MERGE_REQUESTS_PER_MINUTE",
        "requests_per_minute",
        "How many requests a minute your plan allows for one linked account.",
        "Use 100 on Launch, 400 on Professional, 600 on Enterprise.",
        default="100",
        read=_each_minute,
    ),
)


@dataclass(frozen=True, slots=True)
class MergeConfig:
    api_key: str = field(repr=False)
    account_token: str = field(repr=False)
    """Of one linked account."""
    webhook_keys: tuple[str, ...] = field(default=(), repr=False)
    """Of the organisation; not the API key."""
    api_url: str = "https://api.merge.dev/api/ats/v1"
    requests_per_minute: int = 100
