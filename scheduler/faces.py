"""Keeps messages that were sent true where they are: what is handed in is ticked off, what was
answered says so, and no live button stays behind.

The order makes a crash harmless: the row of an answer is there first, then the message is
rewritten, then its new face is remembered. Rewriting it twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.notify.base import (
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Recipient,
    Rewriting,
)
from scheduler import messages, nudge_blocks
from scheduler.answer_words import names_around, told
from scheduler.answering import standing
from scheduler.blocks import Block, fitted, mrkdwn
from scheduler.deciding import HAND_OVER
from scheduler.facts import (
    Audience,
    PersonFacts,
    ScorecardFacts,
    Status,
    Step,
    Told,
)
from scheduler.hours import Hours
from scheduler.judging import judge
from scheduler.nudge_blocks import Face, Standing
from scheduler.owed import Row, helped
from scheduler.panels import Panels
from scheduler.phrases import clean
from scheduler.plan import ahead, owed_of
from scheduler.policy import ClosedApplication, Policy, closed
from scheduler.reaching import undeliverable
from scheduler.store import Store
from scheduler.store.values import ShownMessage

LIVE_FOR = timedelta(days=14)
"""So long a message keeps its buttons."""
AT_ONCE = 50
TROUBLE = 3
"""Failures in a row after which the rest waits for the next run."""
OLD = "This reminder is an old one. What is still open stands in the Home tab of this app."
SUPPORT = "Two honest lines for each are enough."
OLD_TO_OTHERS = "This message is an old one. What is still missing stands in the ATS."
MISSED = "Nothing of this is missing any more."
NOT_ASKED = "Nothing is asked of you here any more."
OFF_BECAUSE = {
    "interview_cancelled": "called off",
    "interview_deleted": "no longer in the ATS",
    "no_date": "without a date at the moment",
    "off_the_panel": "no longer yours",
}
_ASKED_NO_MORE = "no longer asked of you"
TO_OTHERS = {
    "no longer yours": "not on the panel any more",
    _ASKED_NO_MORE: "not asked for any more",
}
"""The same where somebody else is asked to help."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What keeping messages true works with."""

    store: Store
    policies: Mapping[str, Policy]
    rewriting: Rewriting
    hours_of: Callable[[PersonFacts], Hours]
    zone: ZoneInfo
    """The company's, in which days are named."""
    channel: str = "slack"


@dataclass
class Rewritten:
    changed: int = 0
    closed: int = 0
    problems: list[str] = field(default_factory=list)
    """One sentence each, without names."""


def bring_up_to_date(
    showing: Showing, now: datetime, stopping: Callable[[], bool] = lambda: False
) -> Rewritten:
    """Rewrite every message that says something else than what is true now. Raises StoreProblem.

    Where the channel asks to wait, the rest waits for the next run.
    """
    done, trouble = Rewritten(), 0
    after: ShownMessage | None = None
    while part := showing.store.live_messages(showing.channel, after=after, limit=AT_ONCE):
        after = part[-1]
        for each, faces in _faces_of(showing, part, now):
            if stopping():
                return done
            delivery = _bring(showing, each, faces, now, done)
            if delivery is None or delivery.state is DeliveryState.SENT or delivery.permanent:
                trouble = 0
                continue
            trouble += 1
            if delivery.channel_down or delivery.retry_after or trouble >= TROUBLE:
                done.problems.append(f"Messages in {showing.channel} wait: {delivery.reason}")
                return done
    return done


def _bring(
    showing: Showing, sent: ShownMessage, faces: Sequence[Face], now: datetime, done: Rewritten
) -> Delivery | None:
    """Rewrite one message if it must be. None: it is true as it is."""
    live = now - sent.sent_at < LIVE_FOR
    over = not live or all(_is_final(each) for each in faces)
    print_now = fingerprint(faces, live=live)
    shown = sent.shown or (faces and fingerprint([_as_sent(f) for f in faces], live=True)) or ""
    if print_now == shown:
        if sent.shown is None:  # from here on a name that changes shows, too
            showing.store.message_shown(sent.id, print_now, None)
        return None
    delivery = showing.rewriting.rewrite(
        message_of(sent, faces, live=live, zone=showing.zone), sent.reference
    )
    if delivery.state is DeliveryState.SENT:
        showing.store.message_shown(sent.id, print_now, now if over else None)
        done.changed += 1
        done.closed += over
    elif delivery.permanent:
        showing.store.message_shown(sent.id, shown, now)
        done.closed += 1
    return delivery


def fingerprint(faces: Sequence[Face], *, live: bool) -> str:
    """Of what a message says has become of its scorecards, and of whom: a name that was erased
    must go there too. Days and panels do not change it."""
    said = [
        [nudge_blocks.token(f.row.key), f.row.candidate, f.standing, f.said, f.answer_id]
        for f in faces
    ]
    return hashlib.sha256(json.dumps([live, said]).encode()).hexdigest()


def message_of(sent: ShownMessage, faces: Sequence[Face], *, live: bool, zone: ZoneInfo) -> Message:
    """The message that takes the place of one that was sent."""
    open_ones = [each.row for each in faces if each.standing is Standing.OPEN]
    rest = [each for each in faces if each.standing is not Standing.OPEN]
    escalated = sent.kind == MessageKind.ESCALATION
    if escalated and live and open_ones:
        return _still_asked(sent, faces, zone)
    if escalated:
        lead, open_ones, rest = _over(faces, live=live), [], _each_once(faces)
        blocks = nudge_blocks.quiet(rest, lead, live=False)
    elif not live:
        lead, blocks = OLD, nudge_blocks.quiet(faces, OLD, live=False)
    elif not open_ones:
        lead = nudge_blocks.closing(faces)
        blocks = nudge_blocks.quiet(faces, mrkdwn(lead), live=True)
    else:
        lead, blocks = _still_open(open_ones, [nudge_blocks.settled(f, live=True) for f in rest])
    lines = [lead, *(_plain(row, "") for row in open_ones), *(_plain(f.row, f.said) for f in rest)]
    return Message(
        id=sent.id,
        kind=MessageKind(sent.kind),
        to=Recipient("", sent.address),
        subject="",
        text="\n".join(lines) + "\n",
        blocks=blocks,
    )


def _still_asked(sent: ShownMessage, faces: Sequence[Face], zone: ZoneInfo) -> Message:
    """To whoever was asked to help: as it was said, of what is left; what is not left below it."""
    owed = [f.owed for f in faces if f.standing is Standing.OPEN and f.owed is not None]
    said = messages.escalation(
        sent.id, Recipient("", sent.address), owed, now=sent.sent_at, zone=zone
    )
    rest = [_named(face) for face in faces if face.standing is not Standing.OPEN]
    settled = [nudge_blocks.settled(face, live=False) for face in rest]
    lines = [said.text.rstrip("\n"), *(_plain(f.row, f.said) for f in rest)]
    return Message(
        id=sent.id,
        kind=MessageKind.ESCALATION,
        to=said.to,
        subject="",
        text="\n".join(lines) + "\n",
        blocks=fitted(said.blocks, settled, [], "and {n} more"),
    )


def _over(faces: Sequence[Face], *, live: bool) -> str:
    """What is said above a message that asks nobody for help any more."""
    if not live:
        return OLD_TO_OTHERS
    missing = any(each.standing is not Standing.HANDED_IN for each in faces)
    return NOT_ASKED if missing or not faces else MISSED


def _named(face: Face) -> Face:
    """Saying whose scorecard it is, where there are several of one interview."""
    if face.owed is None or face.standing is Standing.OFF:
        return face
    name = clean(face.owed.facts.interviewer.name)
    return replace(face, said=f"{name}: {face.said}" if name else face.said)


def _still_open(rows: Sequence[Row], settled: Sequence[Block]) -> tuple[str, tuple[Block, ...]]:
    if len(rows) == 1:
        row = rows[0]
        lead = f"{row.bold}{row.rest} {row.support}"
        return lead, fitted(nudge_blocks.single(row), settled, [], "and {n} more")
    lead, support = messages.lead_of(rows), f"{SUPPORT}{helped(rows)}"
    return f"{lead} {support}", nudge_blocks.digest(lead, support, rows, settled)


def _plain(row: Row, said: str) -> str:
    line = f"{row.candidate} · {row.title}"
    return f"{line} · {said}" if said else f"{line} · {row.url}" if row.url else line


def _each_once(faces: Sequence[Face]) -> list[Face]:
    """Of a panel that an escalation is about, every interview once."""
    return list({(f.row.application, f.row.title, f.said): f for f in faces}.values())


def _is_final(face: Face) -> bool:
    """Whether nothing can become of it any more. A date that is missing may come, an application
    may be opened again, a person may come back."""
    if face.standing is Standing.OFF:
        return face.said not in (OFF_BECAUSE["no_date"], _MOVED, _CLOSED, _LEFT)
    return face.standing is Standing.HANDED_IN


def _as_sent(face: Face) -> Face:
    return replace(face, standing=Standing.OPEN, said="", answer_id=None)


_MOVED = "moved to a later day"
_CLOSED = "closed: nothing is asked for any more"
_LEFT = "asked of nobody at the moment"
_FaceOf = tuple[ShownMessage, list[Face]]


def _faces_of(showing: Showing, part: Sequence[ShownMessage], now: datetime) -> list[_FaceOf]:
    keys = [key for sent in part for key, _ in sent.steps]
    stored = {each.key: each for each in showing.store.scorecards(keys=keys)}
    panels, decided = Panels(showing.store, keys), showing.store.told(keys)
    found: list[_FaceOf] = []
    for sent in part:
        of = help_face if sent.kind == MessageKind.ESCALATION else face_of
        at = sent.sent_at
        faces = [
            of(
                stored[key],
                panels(key),
                policy,
                step,
                at,
                now,
                showing.hours_of,
                before=[each for each in decided.get(key, ()) if each.at < at],
            )
            for key, step in sent.steps
            if key in stored and (policy := showing.policies.get(key.ats)) is not None
        ]
        found.append((sent, sorted(faces, key=lambda each: each.row.place)))
    return found


def face_of(
    facts: ScorecardFacts,
    panel: Sequence[ScorecardFacts],
    policy: Policy,
    step: str,
    sent_at: datetime,
    now: datetime,
    hours_of: Callable[[PersonFacts], Hours],
    *,
    before: Sequence[Told] | None = None,
) -> Face:
    """How a scorecard stands at ``now``, in a message of ``sent_at``: its days count until then.

    ``before``: what had been said about it by then; None where that is not shown.
    """
    judgement = judge(facts, policy, now)
    nudged, warns = Step(step, Audience.INTERVIEWER, sent_at), None
    if before is not None and judgement.due_at is not None:
        warns = ahead(facts, judgement, nudged, before, policy, hours_of, sent_at)
    owed = replace(
        owed_of(facts, panel, judgement, policy, nudged, sent_at, now),
        told=tuple(before or ()),
        warns=warns,
    )
    row, missing = Row.of(owed, sent_at, policy.zone), owed.panel_missing
    if judgement.status in (Status.SUBMITTED, Status.SUBMITTED_LATE):
        return Face(row, Standing.HANDED_IN, "handed in", panel_complete=missing == 0)
    if judgement.status is Status.CANCELLED:
        said = OFF_BECAUSE.get(judgement.excuse or "", _ASKED_NO_MORE)
        return Face(row, Standing.OFF, said)
    answer = standing(facts, now)
    if answer is not None:
        said = told(answer, names_around(facts, *panel), hours_of(facts.interviewer).zone)
        return Face(row, Standing.ANSWERED, said, answer.id, comes_back=answer.until is not None)
    if judgement.status is Status.EXCUSED:
        return Face(row, Standing.OFF, _ASKED_NO_MORE)
    if judgement.status is Status.UPCOMING:
        return Face(row, Standing.OFF, _MOVED)
    if closed(facts) and policy.of(facts).closed_application is not ClosedApplication.NUDGE:
        return Face(row, Standing.OFF, _CLOSED)
    if not facts.interviewer.active:
        return Face(row, Standing.OFF, _LEFT)
    return Face(row)


def help_face(
    facts: ScorecardFacts,
    panel: Sequence[ScorecardFacts],
    policy: Policy,
    step: str,
    sent_at: datetime,
    now: datetime,
    hours_of: Callable[[PersonFacts], Hours],
    *,
    before: Sequence[Told],
) -> Face:
    """How a scorecard stands in a message to somebody else, who was asked to help with it.

    What is put off waits all the same, and who cannot be asked is why somebody else was.
    """
    face = face_of(facts, panel, policy, step, sent_at, now, hours_of)
    handed = step.startswith(HAND_OVER)
    by_this = face.answer_id is not None and step == f"{HAND_OVER} {face.answer_id[:16]}"
    if face.comes_back or face.said == _LEFT or by_this:
        face = replace(face, standing=Standing.OPEN, said="", answer_id=None, comes_back=False)
    elif handed and face.standing is Standing.OPEN:
        face = replace(face, standing=Standing.OFF, said="taken back")
    audience = Audience.COLLEAGUE if handed else Audience.RECRUITER
    asked = Step(step, audience, sent_at)
    owed = owed_of(facts, panel, judge(facts, policy, now), policy, asked, sent_at, now)
    why = None if handed else undeliverable(facts)
    said = face.said
    if said in TO_OTHERS:
        said = f"{clean(facts.interviewer.name) or 'an interviewer'}: {TO_OTHERS[said]}"
    return replace(
        face,
        said=said,
        owed=replace(owed, told=tuple(before), unreachable=why),
    )
