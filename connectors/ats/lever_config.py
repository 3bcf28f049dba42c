"""What can be set for Lever, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Service
from connectors.options import Option, vendor_url, yes_or_no

SERVICE = Service(
    name="Lever",
    address="LEVER_API_URL",
    credential="LEVER_API_KEY",
    granting="to the API key (a Super Admin: Settings > Integrations and API > API Credentials)",
)


def _form_url(value: str) -> str:
    vendor_url(value.replace("{interview_id}", "1"))
    return value


OPTIONS = (
    Option(
        "LEVER_API_KEY",
        "api_key",
        "The API key, of a kind that may read what Afterword reads.",
        "A Super Admin makes one in Lever: Settings, Integrations and API, API Credentials.",
        required=True,
        secret=True,
    ),
    Option(
        "LEVER_SIGNATURE_TOKENS",
        "signature_tokens",
        "The signature tokens of the webhooks, separated by commas: each webhook has its own.",
        "Copy them from Lever: Settings, Integrations and API, Webhooks.",
        secret=True,
        several=True,
    ),
    Option(
        "LEVER_API_URL",
        "api_url",
        "The Lever API.",
        "Leave it out unless Lever gave you another address, or for its sandbox.",
        default="https://api.lever.co/v1",
        read=vendor_url,
    ),
    Option(
        "LEVER_FORM_URL",
        "form_url",
        "Where a feedback form is filled, with {interview_id} in it; empty: the candidate's page.",
        "Write it like https://hire.lever.co/interviews/{interview_id}.",
        read=_form_url,
    ),
    Option(
        "LEVER_REQUIRED_WITHOUT_TEMPLATE",
        "required_without_template",
        "Whether feedback is owed where neither interview nor interviewer has a feedback template.",
        "Write true or false.",
        default="true",
        read=yes_or_no,
    ),
    Option(
        "LEVER_COUNT_BY_HAND",
        "count_by_hand",
        "Whether a form that was added by hand, without an interview, counts as handed in.",
        "Write true or false.",
        default="false",
        read=yes_or_no,
    ),
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
