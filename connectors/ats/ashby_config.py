"""What can be set for Ashby, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service
from connectors.options import Option, matching, vendor_url, web_url, yes_or_no

SERVICE = Service(
    name="Ashby",
    address="ASHBY_API_URL",
    credential="ASHBY_API_KEY (wrong, deactivated, or without any right)",
    granting="to the API key (Admin > Integrations > API keys)",
)

OPTIONS = (
    Option(
        "ASHBY_API_KEY",
        "api_key",
        "The API key.",
        "An administrator makes one in Ashby: Admin, Integrations, API keys.",
        required=True,
        secret=True,
    ),
    Option(
        "ASHBY_WEBHOOK_SECRET",
        "webhook_secret",
        "The secret token of the webhooks; several, separated by commas, while you change it.",
        "Copy it from Ashby: Admin, Integrations, Webhooks.",
        secret=True,
        several=True,
    ),
    Option(
        "ASHBY_API_URL",
        "api_url",
        "The Ashby API.",
        "Leave it out unless you test against something else.",
        default="https://api.ashbyhq.com",
        read=vendor_url,
    ),
    Option(
        "ASHBY_WEB_URL",
        "web_url",
        "Where people open Ashby; used for links in messages.",
        "Leave it out unless you test against something else.",
        default="https://app.ashbyhq.com",
        read=web_url,
    ),
    Option(
        "ASHBY_SCHEDULE_DAYS",
        "schedule_days",
        "How many days before its interview a schedule may have been made to be found.",
        "Use a whole number of days, e.g. 180.",
        default="180",
        read=matching(r"[1-9]\d{0,3}"),
    ),
    Option(
        "ASHBY_SHADOWS_OWE",
        "shadows_owe",
        "Whether a shadow owes feedback where Ashby does not say whether it is required.",
        "Write true or false.",
        default="false",
        read=yes_or_no,
    ),
    Option(
        "ASHBY_RECRUITER_ROLES",
        "recruiter_roles",
        "What your organization calls a recruiter in a hiring team; several between commas.",
        "Write them as they stand in the hiring team of a job in Ashby.",
        default="Recruiter",
        several=True,
        phrases=True,
    ),
    Option(
        "ASHBY_COORDINATOR_ROLES",
        "coordinator_roles",
        "What it calls a coordinator; several between commas.",
        "Write them as they stand in the hiring team of a job in Ashby.",
        default="Recruiting Coordinator",
        several=True,
        phrases=True,
    ),
    Option(
        "ASHBY_HIRING_MANAGER_ROLES",
        "hiring_manager_roles",
        "What it calls a hiring manager; several between commas.",
        "Write them as they stand in the hiring team of a job in Ashby.",
        default="Hiring Manager",
        several=True,
        phrases=True,
    ),
)


@dataclass(frozen=True, slots=True)
class AshbyConfig:
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api_url: str = "https://api.ashbyhq.com"
    web_url: str = "https://app.ashbyhq.com"
    """Links from Ashby are passed on when they lead here or to a host of ashbyhq.com (5)."""
    schedule_days: int = 180
    """How long before its interview a schedule may have been made: one that is older is not found
    by a pull (trap 3)."""
    pace: float = 0.6
    """Seconds at least between two requests: Ashby publishes no figure (2.4)."""
    shadows_owe: bool = False
    """Whether a shadow owes feedback where Ashby does not say whether it is required (3.9)."""
    recruiter_roles: tuple[str, ...] = ("Recruiter",)
    coordinator_roles: tuple[str, ...] = ("Recruiting Coordinator",)
    hiring_manager_roles: tuple[str, ...] = ("Hiring Manager",)
    """Names of roles in a hiring team, which every organization words itself (3.7)."""
