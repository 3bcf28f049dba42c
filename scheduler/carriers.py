"""The channels of one run: which of them work, which wait, and which are left alone until a probe.

A channel that is broken (token, login) is paused once, in the store, for every process and run;
others take its messages meanwhile. When its time has come it is probed by its own ``check``, and by
the run's messages if that finds nothing wrong; the first that arrives ends the pause (case 48).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from connectors.notify.base import Delivery, DeliveryState, Notifier
from scheduler.channels import in_order
from scheduler.phrases import sentence
from scheduler.plan import Draft
from scheduler.store import Pause, Store
from scheduler.store.bounces import MAIL

TROUBLE = 3
"""Failures in a row, none of them the person's, after which a channel is left alone for a run."""

TURNED_AWAY = timedelta(days=14)
"""So long an address is not written to by mail after a mail to it came back."""


class Carriers:
    def __init__(self, store: Store, notifiers: Sequence[Notifier], now: datetime) -> None:
        self.store = store
        self.notifiers = notifiers
        self.now = now
        self.down: dict[str, Pause] = {}
        """Channels that are broken: others take their place."""
        self.waiting: set[str] = set()
        """Channels that asked to wait or have trouble: their messages wait."""
        self.on_trial: set[str] = set()
        """Broken the last time; what is sent now shows whether they still are."""
        self.trouble: Counter[str] = Counter()
        self._turned_away = cache(lambda to: store.turned_away(to, now - TURNED_AWAY))
        """Asked several times of each message, and the same for the whole run."""

    def begin(self) -> list[str]:
        """Look at the pauses, and probe what is due; one sentence for each channel that is down."""
        pauses = self.store.channel_pauses()
        for notifier in self.notifiers:
            pause = pauses.get(notifier.name)
            if pause is None:
                continue
            if pause.until is not None and pause.until > self.now:
                self.down[notifier.name] = pause
            else:
                self._probe(notifier)
        return [_said(each) for each in self.down.values()]

    def _probe(self, notifier: Notifier) -> None:
        findings = list(notifier.check())
        wrong = [each for each in findings if not each.ok and not each.optional]
        if wrong:
            self._pause(notifier.name, f"{wrong[0].subject} {wrong[0].detail}")
            return
        self.on_trial.add(notifier.name)

    def usable(self, draft: Draft) -> list[Notifier]:
        """The channels that may carry a draft in this run, best first. Mail to an address from
        which the last one came back goes only where nothing else is left."""
        able = [n for n in in_order(self.notifiers, draft) if n.name not in self.down]
        others = [n for n in able if n.name != MAIL]
        away = len(others) < len(able) > 1 and self._turned_away(draft.to.address)
        return others if away else able

    def after(self, channel: str, draft: Draft) -> list[Notifier]:
        """Those that may take over from one, which is perhaps not set up any more."""
        order = in_order(self.notifiers, draft)
        names = [each.name for each in order]
        first = names.index(channel) + 1 if channel in names else 0
        return [each for each in order[first:] if each.name not in self.down]

    def is_open(self, draft: Draft) -> bool:
        """Whether the best channel of a draft does not wait. A second one does not take over from
        one that only waits: people would hear the same thing here today and there tomorrow."""
        usable = self.usable(draft)
        return bool(usable) and usable[0].name not in self.waiting

    def any_open(self) -> bool:
        names = {each.name for each in self.notifiers}
        return bool(names - self.down.keys() - self.waiting)

    def named(self, channel: str) -> Notifier | None:
        """A channel that is set up and not down."""
        usable = (n for n in self.notifiers if n.name not in self.down)
        return next((n for n in usable if n.name == channel), None)

    def watch(self, channel: str, delivery: Delivery) -> list[str]:
        """Learn from a delivery; a sentence when it broke the channel."""
        if delivery.channel_down:
            return [_said(self._pause(channel, delivery.reason))]
        if delivery.state is DeliveryState.SENT:
            self.trouble[channel] = 0
            if channel in self.on_trial:
                self.on_trial.remove(channel)
                self.store.resume(channel)
        elif delivery.permanent:
            self.trouble[channel] = 0
        else:
            self.trouble[channel] += 1
            if delivery.retry_after or self.trouble[channel] >= TROUBLE:
                self.waiting.add(channel)
        return []

    def end(self) -> None:
        """Nothing was to be sent by a channel whose probe found nothing wrong: it is well again."""
        for channel in self.on_trial - self.waiting:
            if not self.trouble[channel]:
                self.store.resume(channel)

    def _pause(self, channel: str, reason: str) -> Pause:
        pause = self.store.pause_channel(channel, reason, self.now)
        self.down[channel] = pause
        self.on_trial.discard(channel)
        return pause


def _said(pause: Pause) -> str:
    return (
        f"{sentence(pause.scope)} does not work since {pause.since:%Y-%m-%d %H:%M} UTC and is "
        f"tried again by itself: {pause.reason}"
    )
