"""Alarms: one message when Afterword cannot do part of its work, one when it can again.

What was said is kept, so that neither a restart nor a second process says it twice. A problem that
comes and goes is said once a day at most; the end of one that was said is always said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from connectors.notify.base import DeliveryState, MessageKind, Notifier, Recipient
from scheduler import messages
from scheduler.doubt import OnAmbiguous, clear_up
from scheduler.phrases import sentence
from scheduler.retry import next_try
from scheduler.store import AlarmToSend, Store
from scheduler.weekly import channel_of

LEASE = timedelta(minutes=10)
"""So long one alarm may take to be delivered."""
OVER = {
    "channel": "{} works again.",
    "account": "{} is read again.",
    "audit": "The auditor finds no difference any more.",
    "doubt": "For a day no message has been in doubt.",
}
"""What is said when a problem is over, by the first word of its name; the rest is filled in."""


@dataclass(frozen=True, slots=True)
class Problem:
    name: str
    """``channel slack``, ``account greenhouse``, ``audit``, ``doubt``: what it is recognised by."""
    said: str
    """What does not work and what to do, in a sentence or two, without a name or a secret."""


@dataclass(frozen=True, slots=True)
class Alarming:
    """Everything alarms need."""

    store: Store
    notifiers: Sequence[Notifier]
    to: Sequence[str]
    """Mail addresses, ``#channels``, ``teams``, ``apprise``. Empty: nobody is told."""
    page_url: str | None = None
    on_ambiguous: OnAmbiguous = OnAmbiguous.HOLD


def tell(alarming: Alarming, problems: Iterable[Problem], now: datetime) -> list[str]:
    """Say what began and what is over since the last time. Safe to call at every tick.

    ``problems``: all there are now. Returns one sentence for each message that was not sent.
    Raises StoreProblem.
    """
    if not alarming.to:
        return []
    store = alarming.store
    standing = {each.name: each for each in problems}
    begun = store.open_alarms()
    for name, problem in standing.items():
        if name not in begun:
            store.begin_alarm(name, problem.said, _addressed(alarming), now)
    for name in begun.keys() - standing.keys():
        store.end_alarm(name, over(name), _addressed(alarming), now)
    clear_up(store, alarming.notifiers, (MessageKind.ALARM,), alarming.on_ambiguous, now)
    sent = [_send(alarming, each, now) for each in store.alarms_to_send(now)]
    return [each for each in sent if each]


def over(name: str) -> str:
    kind, _, rest = name.partition(" ")
    of = sentence(rest) if kind == "channel" else rest or kind
    return OVER.get(kind, "{} is over.").format(of)


def _said(alarm: AlarmToSend) -> str:
    """With when it began, also where it is over."""
    since = "The trouble began on" if alarm.over else "Since"
    return f"{alarm.said} {since} {alarm.begun_at:%Y-%m-%d %H:%M} UTC."


def _addressed(alarming: Alarming) -> list[tuple[str, str, str]]:
    addresses = dict.fromkeys(each.strip().lower() for each in alarming.to)
    return [(uuid4().hex, channel_of(each), each) for each in addresses]


def _send(alarming: Alarming, alarm: AlarmToSend, now: datetime) -> str | None:
    notifier = next((n for n in alarming.notifiers if n.name == alarm.channel), None)
    if notifier is None:
        return (
            f"An alarm cannot go to {alarm.address}: {sentence(alarm.channel)} is not set up. "
            "Correct AFTERWORD_ALARMS_TO, or set the channel up."
        )
    if not alarming.store.start_sending(alarm.id, now, LEASE):
        return None
    message = messages.alarm(
        alarm.id,
        Recipient(alarm.address, alarm.address),
        [_said(alarm)],
        page_url=alarming.page_url,
        over=alarm.over,
    )
    delivery = notifier.deliver(message)
    retry_at = next_try(delivery, alarm.attempts, now)
    alarming.store.finish(alarm.id, delivery, now, retry_at=retry_at)
    if delivery.state is DeliveryState.SENT:
        return None
    return f"An alarm to {alarm.address} was not surely sent: {delivery.reason}"
