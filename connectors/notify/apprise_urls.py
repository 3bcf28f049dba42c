"""Sends reports and alarms to whatever Apprise knows: some hundred services, by their URLs.

Apprise is an extra (``pip install '.[apprise]'``) and is imported when something is to be
sent. It says yes or no for each service and not why, so that what it did not take is tried again.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.ats.base import Finding
from connectors.notify.base import Delivery, DeliveryState, Message, MessageKind
from connectors.options import Channel, Option

KINDS = (MessageKind.REPORT, MessageKind.ALARM)
MISSING = (
    "The Apprise package is not installed: run pip install '.[apprise]' in the folder with "
    "Afterword's setup.cfg."
)
LONGEST_TEXT = 3500
"""Characters: what the smaller services take; the mail and the page hold the rest."""


class Apprise:
    """``urls``: one service each, as Apprise writes them."""

    name = "apprise"

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)

    def deliver(self, message: Message) -> Delivery:
        """Try once with every service. What some took and others did not is never sent again."""
        if message.kind not in KINDS:
            reason = "Apprise carries reports and alarms only."
            return Delivery(DeliveryState.FAILED, reason, permanent=True)
        services, problem = self._services()
        if problem:
            return Delivery(DeliveryState.FAILED, problem, channel_down=True)
        body = _shortened(message.text)
        took = sum(_notified(each, message.subject, body) for each in services)
        if took == len(services):
            return Delivery(DeliveryState.SENT, reference=f"{took} of {took} took it")
        if took:
            reason = (
                f"{took} of {len(services)} Apprise services took it; it is not sent again, so "
                "that nobody gets it twice."
            )
            return Delivery(DeliveryState.UNKNOWN, reason)
        return Delivery(DeliveryState.FAILED, "No Apprise service took it; it is tried again.")

    def check(self) -> Iterable[Finding]:
        """Whether the package is there and knows every URL. Sends nothing."""
        services, problem = self._services()
        if problem:
            remedy = "Install it, or correct APPRISE_URLS; its documentation lists every form."
            yield Finding("Apprise", False, problem, remedy)
            return
        names = ", ".join(sorted({str(each.service_name) for each in services}))
        detail = f"is set up for {names}; whether they take a message shows when one is sent"
        yield Finding("Apprise", True, detail)

    def _services(self) -> tuple[list[Any], str]:
        """Every service, or the sentence that says why there is none."""
        try:
            apprise = importlib.import_module("apprise")
        except ImportError:
            return [], MISSING
        # What Apprise logs may name a URL, which holds a secret; the delivery says what counts.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        found = []
        for number, url in enumerate(self._urls, start=1):
            service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if service is None:
                return [], f"Entry {number} of APPRISE_URLS is not a URL that Apprise knows."
            found.append(service)
        return found, ""


def _notified(service: Any, title: str, body: str) -> bool:
    try:
        return bool(service.notify(title=title, body=body))
    except Exception:  # whatever one of a hundred plugins raises
        return False


def _shortened(text: str) -> str:
    """Whole lines only, and the lines with links, which stand at the end."""
    if len(text) <= LONGEST_TEXT:
        return text
    links = [line for line in text.splitlines()[-6:] if "https://" in line]
    head = text[: LONGEST_TEXT - sum(map(len, links)) - 10]
    return "\n".join([head[: head.rfind("\n")], "…", *links]) + "\n"


CHANNEL = Channel(
    name="apprise",
    title="Apprise",
    options=(
        Option(
            "APPRISE_URLS",
            "urls",
            "Apprise URLs: where reports and alarms go that are addressed to apprise; a comma "
            "inside one is written %2C.",
            "Write them as the documentation of Apprise has them, separated by commas.",
            required=True,
            secret=True,
            whole=True,
            several=True,
        ),
    ),
    build=lambda given: Apprise(given.every("urls")),
)
