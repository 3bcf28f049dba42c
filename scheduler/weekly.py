"""The weekly report: compiled once, stored as sent, delivered once to each address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import uuid4

from connectors.notify.base import Delivery, DeliveryState, Notifier, Recipient
from scheduler import messages
from scheduler.carriers import Carriers
from scheduler.facts import Judgement, ScorecardFacts
from scheduler.judging import judge
from scheduler.nudges import LEASE, in_doubt
from scheduler.phrases import sentence
from scheduler.policy import Policy
from scheduler.report import ComplianceReport, Unread, compile_report
from scheduler.retry import next_try
from scheduler.store import Outgoing, Store
from scheduler.store.unsubscribed import REPORT
from scheduler.sync import known_until
from scheduler.workdays import Week

MORNING = time(8, 0)
"""On Monday, in the company's zone."""
SET_UP = {
    "slack": "Set SLACK_BOT_TOKEN.",
    "mail": "Set SMTP_URL and MAIL_FROM.",
    "teams": "Set TEAMS_WEBHOOK_URL.",
    "apprise": "Set APPRISE_URLS.",
}
"""What a channel lacks when it is not set up."""
LEFT = Delivery(DeliveryState.FAILED, "this address has left the list meanwhile", permanent=True)
PATIENCE = timedelta(days=1)
"""So long, by the clock on the wall, a report waits for an account that does not answer."""
ASK_EVERY = timedelta(minutes=15)
"""While it waits, such an account is not asked more often than by the everyday sync."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Everything the report needs."""

    store: Store
    policies: Mapping[str, Policy]
    policy: Policy
    """The company's: zone and calendar."""
    notifiers: Sequence[Notifier]
    to: Sequence[str]
    """Mail addresses, ``#channels``, ``teams`` and ``apprise``."""
    min_group: int = 1
    page_url: str | None = None
    connected: Sequence[str] = ()
    """The accounts that can be read. An imported one is as old as its last import."""
    leave_url: Callable[[str, datetime], str] | None = None
    """Where one click takes a mail address off the list; needs a public address."""


@dataclass
class Sent:
    deliveries: list[tuple[str, str, Delivery]] = field(default_factory=list)
    """Week, address, what became of it."""
    problems: list[str] = field(default_factory=list)
    """One sentence each."""


def compile_week(weekly: Weekly, week: Week, now: datetime) -> ComplianceReport:
    """The report of a week as it stands at ``now``. Changes nothing."""
    judged: list[tuple[ScorecardFacts, Judgement]] = []
    for facts in weekly.store.scorecards():
        policy = weekly.policies.get(facts.key.ats, weekly.policy)
        judged.append((facts, judge(facts, policy, now)))
    told = weekly.store.told([facts.key for facts, _ in judged])
    return compile_report(
        week,
        judged,
        asof=now,
        policy=weekly.policy,
        min_group=weekly.min_group,
        told=told,
        unread=unread(weekly, week, now),
    )


def unread(weekly: Weekly, week: Week, now: datetime) -> list[Unread]:
    """The connected accounts of which not everything up to the end of the week is known."""
    end = week.end(weekly.policy.zone)
    if now < end:
        return []  # an unfinished week says so itself
    known = {name: known_until(weekly.store, name) for name in weekly.connected}
    return [Unread(name, at) for name, at in known.items() if at is None or at < end]


def week_to_send(weekly: Weekly, now: datetime) -> Week | None:
    """Last week, once its Monday morning has come; None when nothing is to be sent.

    The first report is that of the first whole week we watched the end of: nobody is surprised by
    a report on the day of the installation.
    """
    zone = weekly.policy.zone
    this_week = Week.containing(now, zone)
    if now < _morning(this_week, weekly.policy):
        return None
    first_sync = weekly.store.first_sync_at()
    if first_sync is None or first_sync >= this_week.start(zone):
        return None
    return this_week.previous()


def _morning(week: Week, policy: Policy) -> datetime:
    """When the report of the week before is due."""
    monday = week.start(policy.zone).astimezone(policy.zone).date()
    return datetime.combine(monday, MORNING, tzinfo=policy.zone)


def _asked_lately(store: Store, ats: str, now: datetime) -> bool:
    last = store.last_sync(ats)
    begun: datetime | None = last["started_at"] if last else None
    return begun is not None and now - ASK_EVERY < begun <= now


def send_weekly(weekly: Weekly, now: datetime, refresh: Callable[[], object] | None = None) -> Sent:
    """Send last week's report to every address that has not got it. Safe to call at every tick.

    ``refresh`` brings the store up to date and is called only when a report is made anew. While a
    connected account does not answer the report waits, until Tuesday morning at most. A known
    failure is tried again later, bounded; an ambiguous one is not (``unknown``). A channel that is
    broken is tried once for all its addresses, and left alone until a probe finds it well.
    """
    sent = Sent(problems=in_doubt(weekly.store, now))
    off = weekly.store.unsubscribed(REPORT)
    begun = weekly.store.resumable(now, reports=True)
    week = week_to_send(weekly, now)
    new = [] if week is None else _without_it(weekly, week, off, sent)
    channels = {each.channel for each in begun} | set(map(channel_of, new))
    carriers = Carriers(weekly.store, [n for n in weekly.notifiers if n.name in channels], now)
    sent.problems += carriers.begin()
    for outgoing in begun:
        if outgoing.address in off:
            if weekly.store.start_sending(outgoing.id, now, LEASE):
                weekly.store.finish(outgoing.id, LEFT, now)
            continue
        stored = weekly.store.report(outgoing.week or "")
        if stored is not None and _served(weekly, outgoing.address, sent):
            _send(weekly, ComplianceReport.from_json(stored.content), outgoing, carriers, sent)
    if week is not None and any(carriers.named(channel_of(address)) for address in new):
        report = _stored_or_new(weekly, week, now, refresh)
        if isinstance(report, ComplianceReport):
            _begin(weekly, report, new, carriers, sent)
        else:
            sent.problems.append(report)
    carriers.end()
    return sent


def _without_it(weekly: Weekly, week: Week, off: Set[str], sent: Sent) -> list[str]:
    """Who has not got the report of this week, and has a channel that is set up."""
    everybody = dict.fromkeys(each.strip().lower() for each in weekly.to)
    return [
        each
        for each in everybody
        if each not in off
        and not weekly.store.report_claimed(week.label, each)
        and _served(weekly, each, sent)
    ]


def _served(weekly: Weekly, address: str, sent: Sent) -> bool:
    """Whether its channel is set up; if not, that is said."""
    if any(notifier.name == channel_of(address) for notifier in weekly.notifiers):
        return True
    channel = channel_of(address)
    sent.problems.append(
        f"The weekly report cannot go to {address}: {sentence(channel)} is not set up. "
        f"{SET_UP[channel]}"
    )
    return False


def channel_of(address: str) -> str:
    """The channel that serves an address of AFTERWORD_REPORT_TO."""
    if address in ("teams", "apprise"):
        return address
    return "slack" if address.startswith("#") else "mail"


def _stored_or_new(
    weekly: Weekly, week: Week, now: datetime, refresh: Callable[[], object] | None
) -> ComplianceReport | str:
    """The report, or why it waits."""
    stored = weekly.store.report(week.label)
    if stored is None:
        silent = unread(weekly, week, now)
        if refresh is not None and not any(
            _asked_lately(weekly.store, each.ats, now) for each in silent
        ):
            refresh()
            silent = unread(weekly, week, now)
        if silent and now < _morning(week.next(), weekly.policy) + PATIENCE:
            names = ", ".join(each.ats for each in silent)
            return (
                f"The report of {week.label} waits for {names}, which has not been read since the "
                "week ended; on Tuesday morning it goes out all the same, and says so."
            )
        content = compile_week(weekly, week, now).as_json()
        stored = weekly.store.save_report(week.label, now, content)
    return ComplianceReport.from_json(stored.content)


def _begin(
    weekly: Weekly,
    report: ComplianceReport,
    addresses: Sequence[str],
    carriers: Carriers,
    sent: Sent,
) -> None:
    """Send it to everybody whose channel works; the others get it when theirs does."""
    label, now = report.week.label, carriers.now
    for address in addresses:
        message_id, channel = uuid4().hex, channel_of(address)
        if carriers.named(channel) and weekly.store.claim_report_send(
            label, address, message_id, channel, now, LEASE
        ):
            outgoing = Outgoing(message_id, channel, address, week=label)
            _send(weekly, report, outgoing, carriers, sent)


def _send(
    weekly: Weekly,
    report: ComplianceReport,
    outgoing: Outgoing,
    carriers: Carriers,
    sent: Sent,
) -> None:
    notifier, now = carriers.named(outgoing.channel), carriers.now
    if notifier is None or not weekly.store.start_sending(outgoing.id, now, LEASE):
        return
    to = Recipient(outgoing.address, outgoing.address)
    by_mail = weekly.leave_url if outgoing.channel == "mail" else None
    message = messages.report(
        outgoing.id,
        to,
        report,
        page_url=weekly.page_url,
        unsubscribe_url=by_mail(outgoing.address, now) if by_mail else None,
    )
    delivery = notifier.deliver(message)
    retry_at = next_try(delivery, outgoing.attempts, now)
    weekly.store.finish(outgoing.id, delivery, now, retry_at=retry_at)
    carriers.watch(outgoing.channel, delivery)
    if delivery.state is not DeliveryState.SENT:
        how = "may have been lost" if delivery.state is DeliveryState.UNKNOWN else "was not sent"
        again = "; it is tried again" if retry_at else ""
        sent.problems.append(
            f"The weekly report to {outgoing.address} {how}{again}: {delivery.reason}"
        )
    sent.deliveries.append((report.week.label, outgoing.address, delivery))
