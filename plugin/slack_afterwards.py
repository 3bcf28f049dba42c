"""What Slack is asked once a request was acknowledged: to open a window, to show a Home tab.

Never by a listener itself: Slack's pace may hold a call for seconds, and while all the listeners
wait nobody else's press would be acknowledged in time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

import structlog

from connectors.notify.slack_errors import PROBLEMS, code_of
from scheduler.blocks import Block
from scheduler.store import StoreProblem

AT_ONCE = 4
"""Windows that are opened at the same time: their triggers live for three seconds."""

log = structlog.get_logger("afterword.slack")


class Api(Protocol):
    """What is used of SlackApi."""

    def ask(self, method: str, **arguments: Any) -> Mapping[str, Any]: ...


class Afterwards:
    """``home``: the view of a user and a page, aware of now. ``executor`` does all of it (threads
    of its own if none is given)."""

    def __init__(
        self, api: Api, home: Callable[[str, int], Block], executor: Executor | None = None
    ) -> None:
        self._api = api
        self._home = home
        self._windows = executor or ThreadPoolExecutor(AT_ONCE, "slack window")
        self._tabs = executor or ThreadPoolExecutor(1, "slack home")
        self._lock = threading.Lock()
        self._asked: dict[str, int] = {}
        """The page that each user is to be shown, and was not yet."""

    def open(self, view: Block, trigger_id: str) -> None:
        self._later(self._windows, self._open, view, trigger_id)

    def show(self, user: str, page: int = 0) -> None:
        """However often it is asked for before its turn, a tab is shown once, as it is then."""
        with self._lock:
            waits = user in self._asked
            self._asked[user] = page
        if not waits:
            self._later(self._tabs, self._show, user)

    def stop(self) -> None:
        """What waits for its turn is dropped: whoever opens the tab again sees it."""
        for each in (self._windows, self._tabs):
            each.shutdown(wait=False, cancel_futures=True)

    def _later(self, executor: Executor, step: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the service is stopping
            executor.submit(_guarded, step, *arguments)

    def _open(self, view: Block, trigger_id: str) -> None:
        try:
            self._api.ask("views.open", trigger_id=trigger_id, view=view)
        except PROBLEMS as problem:
            log.warning("a window could not be opened in Slack", problem=_word(problem))

    def _show(self, user: str) -> None:
        with self._lock:
            page = self._asked.pop(user, 0)
        try:
            self._api.ask("views.publish", user_id=user, view=self._home(user, page))
        except StoreProblem as problem:
            log.warning("a Home tab could not be made", problem=str(problem))
        except PROBLEMS as problem:
            log.warning("a Home tab could not be shown", problem=_word(problem))


def _guarded(step: Callable[..., None], *arguments: Any) -> None:
    try:
        step(*arguments)
    except Exception as bug:  # nobody looks at what becomes of it
        log.error("what follows a request of Slack met a bug", problem=type(bug).__name__)


def _word(problem: Exception) -> str:
    return code_of(problem) or type(problem).__name__
