"""A service in a process of its own, for tests that end it: python -m tests.plugin.doorstep FILE.

It prints its address, serves webhooks from the database FILE, and says ``stopped`` at its very end.
With AFTERWORD_DIES_AT in its environment the process is gone at that point, as by kill -9:
``before_commit`` (the row is written, its transaction is not ended) or ``after_commit`` (the row is
durable, the answer is not sent).
"""

from __future__ import annotations

import os
import sys
from typing import Any

from sqlalchemy import Engine, event

from plugin.serve import serve
from scheduler.store import Delivery, Received, Store
from tests.plugin.web import web

KILLED = 137


class Dying(Store):
    """Ends the process instead of coming back from storing a delivery."""

    def receive(self, ats: str, delivery: Delivery) -> Received:
        dies_at = os.environ.get("AFTERWORD_DIES_AT")
        if dies_at == "before_commit":
            event.listen(Engine, "commit", gone)
        super_received = super().receive(ats, delivery)
        if dies_at == "after_commit":
            gone()
        return super_received


def gone(*_: Any) -> None:
    os._exit(KILLED)


def main() -> None:
    with Dying.open(f"sqlite:///{sys.argv[1]}") as store:
        serve(
            web(store).app,
            "127.0.0.1",
            0,
            ready=lambda url: print(url, flush=True),
            stopping=[lambda: print("stopped", flush=True)],
        )


if __name__ == "__main__":
    main()
