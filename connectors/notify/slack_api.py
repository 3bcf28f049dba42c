"""One door to Slack's Web API, with the pace that everything behind it shares."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from connectors.notify.slack_errors import asked_to_wait, header
from connectors.notify.slack_pace import Pace

API_URL = "https://slack.com/api/"

# slack_sdk logs whole answers and addresses as errors; what went wrong is in the Delivery.
SILENT = logging.getLogger("afterword.slack_sdk")
SILENT.setLevel(logging.CRITICAL + 1)


class SlackApi:
    """``timeout``: seconds a call may take."""

    def __init__(
        self,
        token: str,
        api_url: str = API_URL,
        *,
        timeout: int = 30,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = WebClient(
            token,
            base_url=api_url if api_url.endswith("/") else f"{api_url}/",
            timeout=timeout,
            # The default would post a second time when an answer is lost.
            retry_handlers=[],
            logger=SILENT,
        )
        self.pace = Pace(monotonic, sleep)
        self.scopes: frozenset[str] | None = None
        """What the token was last seen to be granted; None: Slack has not said yet."""

    def ask(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method by its documented name, once, in its turn. Raises one of PROBLEMS."""
        self.pace.wait(method, arguments.get("channel"))
        call: Callable[..., Any] = getattr(self.client, method.replace(".", "_"))
        try:
            response = call(**arguments)
        except SlackApiError as problem:
            wait = asked_to_wait(problem)
            if wait is not None:
                self.pace.hold(method, wait)
            raise
        granted = header(response.headers, "x-oauth-scopes")
        if granted is not None:
            self.scopes = frozenset(scope.strip() for scope in granted.split(","))
        content: Mapping[str, Any] = response.data
        return content
