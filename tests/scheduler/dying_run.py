"""A run in a process of its own that is killed at a named point.

``python -m tests.scheduler.dying_run PATH.db POINT OUT``: the channel writes every message it
takes to OUT. Points: ``after_claim``, ``while_sending``, ``after_sending``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from connectors.notify.base import Delivery, Message
from scheduler.nudges import run
from scheduler.store import PlannedMessage, Store
from scheduler.store.outbox import StepOf
from tests.scheduler.speaking import WEDNESDAY, Company, FakeNotifier

KILLED = 137


class Dying(Store):
    """Dies right after the decision was committed."""

    def claim(self, planned: PlannedMessage, now: datetime, lease: timedelta) -> Sequence[StepOf]:  # type: ignore[override]
        super().claim(planned, now, lease)
        os._exit(KILLED)


class Channel(FakeNotifier):
    point = ""
    out = Path()

    def deliver(self, message: Message) -> Delivery:
        if self.point == "while_sending":
            os._exit(KILLED)
        with self.out.open("a") as arrived:
            arrived.write(f"{message.to.address}\n")
        if self.point == "after_sending":
            os._exit(KILLED)
        return super().deliver(message)


if __name__ == "__main__":
    path, point, out = sys.argv[1:]
    channel = Channel()
    channel.point, channel.out = point, Path(out)
    opened = (Dying if point == "after_claim" else Store).open(f"sqlite:///{path}")
    run(Company(opened).nudging(channel, accounts={}), WEDNESDAY)
