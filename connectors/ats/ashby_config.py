"""What can be set for Ashby, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service

SERVICE = Service(
    name="Ashby",
    address="ASHBY_API_URL",
    credential="ASHBY_API_KEY (wrong, deactivated, or without any right)",
    granting="to the API key (Admin > Integrations > API keys)",
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
