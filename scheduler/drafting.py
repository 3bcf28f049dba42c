"""What a run of nudges works with and leaves behind, and how a draft becomes a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from connectors.ats.base import Ats
from connectors.notify.base import Delivery, Message, Notifier
from scheduler import messages
from scheduler.doubt import OnAmbiguous
from scheduler.facts import Audience, ScorecardKey
from scheduler.owed import AnswerLinks
from scheduler.panels import Panels
from scheduler.plan import Draft, Known, Plan, Silence, StepOf, still_due
from scheduler.policy import Policy
from scheduler.rulebook import Rulebook
from scheduler.sparing import Manners
from scheduler.store import Pause, Store, StoreProblem


@dataclass(frozen=True, slots=True)
class Nudging:
    """Everything a run works with."""

    store: Store
    policies: Mapping[str, Policy]
    """By account: they differ in ``nudge_since``."""
    accounts: Mapping[str, Ats]
    """Accounts that can be read; imported ones (CSV) have none."""
    notifiers: Sequence[Notifier]
    """In the order of preference. Empty: nothing can be sent."""
    store_names: bool = True
    most_messages: int = 100
    unplugged: Set[str] = frozenset()
    """Accounts whose credentials are gone: counted, and nobody is spoken to about them."""
    links: Callable[[str, datetime], AnswerLinks] | None = None
    """Where answers are confirmed on the web, if it can be reached: for the address of whoever
    gets the message, made now."""
    replies: bool = False
    """Whether somebody reads what people reply to a mail."""
    rules: Rulebook = field(default_factory=Rulebook)
    """Hours, gaps and the allow-list; what it says of judging is in ``policies``."""
    on_ambiguous: OnAmbiguous = OnAmbiguous.HOLD


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one message."""

    message: Message
    channel: str
    owed: tuple[tuple[ScorecardKey, str, str | None], ...]
    """Scorecard, step, the interviewer's address."""
    delivery: Delivery | None = None
    """None: not sent (dry run)."""


@dataclass
class Outcome:
    entries: list[Entry] = field(default_factory=list)
    """One a message; of a message that fell back to another channel, the last try."""
    plan: Plan = field(default_factory=Plan)
    withdrawn: list[Silence] = field(default_factory=list)
    """Not spoken about after all; reading again just before the send showed why."""
    set_aside: list[Silence] = field(default_factory=list)
    """What could not be judged or put into words; the others went on."""
    problems: list[str] = field(default_factory=list)
    """One sentence each: what could not be done."""
    paused: Pause | None = None
    """Somebody stopped everything: nothing is sent, and the plan is what would be."""


OWN = frozenset({"planned", "failed"})
"""States that do not count as told at the very steps of a message: it is the message itself (or
that of another run, which the claim finds out), or what failed and is why it speaks."""


def afresh(
    nudging: Nudging,
    address: str,
    steps: Sequence[StepOf],
    now: datetime,
    own: Set[str] = OWN,
) -> tuple[Draft | None, tuple[Silence, ...]]:
    """What is left of a message as the store stands now, and why the rest fell away."""
    keys = [key for key, _ in steps]
    known = without(look_up(nudging, keys), set(steps), own)
    return still_due(address, steps, nudging.store.scorecards(keys=keys), known, now)


def without(known: Known, steps: Set[StepOf], states: Set[str]) -> Known:
    """As if nothing that is in one of these states had been decided at these steps."""
    told = {
        key: [each for each in said if (key, each.step) not in steps or each.state not in states]
        for key, said in known.told.items()
    }
    return replace(known, told=told)


def look_up(nudging: Nudging, keys: Sequence[ScorecardKey]) -> Known:
    store, rules = nudging.store, nudging.rules
    return Known(
        policies=nudging.policies,
        told=store.told(keys),
        panel=Panels(store, keys),
        last_written=store.last_message_at,
        unplugged=nudging.unplugged,
        manners=Manners(
            working=rules.working,
            member=cache(lambda address: store.members([address]).get(address)),
            ignored=store.ignored,
            gaps=rules.gaps,
            allowed=rules.allowed,
        ),
    )


def worded(
    nudging: Nudging, draft: Draft, now: datetime, message_id: str, outcome: Outcome
) -> Message | None:
    """The finished message; None when it cannot be made, which must not stop the others."""
    zone = nudging.policies[draft.owed[0].facts.key.ats].zone
    try:
        if draft.audience is not Audience.INTERVIEWER:
            return messages.escalation(message_id, draft.to, draft.owed, now=now, zone=zone)
        first = None
        if len(draft.owed) == 1:
            first = nudging.store.first_message_id(draft.owed[0].facts.key)
        return messages.nudge(
            message_id,
            draft.to,
            draft.owed,
            now=now,
            zone=zone,
            in_reply_to=first,
            links=nudging.links(draft.to.address, now) if nudging.links else None,
            replies=nudging.replies,
        )
    except StoreProblem:
        raise
    except Exception as problem:
        reason = f"its message could not be made ({type(problem).__name__})"
        outcome.set_aside += [Silence(key, reason) for key, _ in draft.steps]
        return None


def entry_of(
    draft: Draft, message: Message, channel: str, delivery: Delivery | None = None
) -> Entry:
    owed = tuple((o.facts.key, o.step.name, o.facts.interviewer.email) for o in draft.owed)
    return Entry(message, channel, owed, delivery)
