"""What can be set for Lever, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service

SERVICE = Service(
    name="Lever",
    address="LEVER_API_URL",
    credential="LEVER_API_KEY",
    granting="to the API key (a Super Admin: Settings > Integrations and API > API Credentials)",
)


@dataclass(frozen=True, slots=True)
class LeverConfig:
    api_key: str = field(repr=False)
    signature_tokens: tuple[str, ...] = field(default=(), repr=False)
    """One for each webhook (lever.md 4.2)."""
    api_url: str = "https://api.lever.co/v1"
    form_url: str | None = None
    """Where a form is filled, with ``{interview_id}`` in it; None: the opportunity's page, because
    Lever documents no address of the form (5)."""
    required_without_template: bool = True
    """Whether feedback is owed where neither interview nor interviewer has a template (3.5.3)."""
    count_by_hand: bool = False
    """Whether a form that was added by hand, without an interview, counts as handed in (3.5.5).
    False: such a scorecard is one of which we cannot tell."""
