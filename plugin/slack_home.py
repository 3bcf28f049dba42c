"""What one person sees in the app's Home tab, and the same after ``/afterword``.

What I owe, with the link and the four answers; what waits on me as a recruiter; my hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler import blocks, nudge_blocks
from scheduler.blocks import Block, mrkdwn
from scheduler.faces import face_of
from scheduler.facts import Audience, PersonFacts, ScorecardFacts, ScorecardKey, Status, Step
from scheduler.hours import Hours, hour
from scheduler.judging import judge
from scheduler.nudge_blocks import Face, Standing
from scheduler.owed import Place, Row
from scheduler.panels import Panels
from scheduler.phrases import clean, counted, listed, web_link
from scheduler.plan import owed_of
from scheduler.policy import Policy
from scheduler.store import Store

PAGE = "home.page"
OLDER, NEWER = f"{PAGE}.older", f"{PAGE}.newer"
ROWS_A_PAGE = 80
"""Rows; a home view holds a hundred blocks."""
NOBODY = (
    "Your address in Slack is not one that the ATS knows, so nothing can be shown here. "
    "Whoever runs Afterword can enter it in the policy file, in the table people."
)
NOTHING = "Nothing is waiting on you. Thank you."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A candidate who waits, as their recruiter sees it."""

    row: Row
    """Of the interview whose notes are missing longest."""
    titles: tuple[str, ...]
    """Of all of those interviews."""
    missing: tuple[str, ...]
    """Names of whose notes are missing, cleaned."""


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything that concerns one person. Who waits longest comes first."""

    known: bool
    """False: no address of the ATS belongs to this member."""
    owed: tuple[Face, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    hours: Hours | None = None


def mine(
    store: Store,
    policies: Mapping[str, Policy],
    addresses: Sequence[str],
    hours_of: Callable[[PersonFacts], Hours],
    now: datetime,
) -> Mine:
    """What concerns whoever has these addresses. Reads the store; may raise StoreProblem."""
    if not addresses:
        return Mine(known=False)
    asked = [f for f in store.scorecards(keys=store.keys_asked_of(addresses)) if _live(f, policies)]
    panels = Panels(store, [facts.key for facts in asked])
    owed = []
    for facts in asked:
        policy = policies[facts.key.ats]
        if judge(facts, policy, now).ended_at is None:
            continue
        face = face_of(facts, panels(facts.key), policy, "nudge 1", now, now, hours_of)
        if face.standing is Standing.ANSWERED or _owes(facts, policy, now):
            owed.append(face)
    me = PersonFacts(id="", name="", email=addresses[0], active=True)
    return Mine(
        known=True,
        owed=tuple(sorted(owed, key=_open_and_longest_first)),
        waiting=_waiting(store, policies, store.keys_looked_after(addresses), now),
        hours=hours_of(asked[0].interviewer if asked else me),
    )


def _open_and_longest_first(face: Face) -> tuple[bool, Place]:
    return (face.standing is not Standing.OPEN, face.row.place)


def view(mine: Mine, now: datetime, page: int = 0) -> Block:
    """The home view; ``page`` from 0."""
    rows = _rows(mine)
    last = max(0, (len(rows) - 1) // ROWS_A_PAGE)
    page = min(max(0, page), last)
    shown = rows[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]
    turns = []
    if page > 0:
        turns.append(blocks.press("Those before", NEWER, str(page - 1)))
    if page < last:
        turns.append(blocks.press("More", OLDER, str(page + 1)))
    ends = [blocks.actions(*turns)] if turns else []
    return {"type": "home", "blocks": [*_top(mine, now), *shown, *ends]}


def said(mine: Mine, now: datetime) -> tuple[Block, ...]:
    """The same as a message, as far as it fits."""
    more = "and {n} more; all of them stand in the Home tab of this app."
    return blocks.fitted(_top(mine, now), _rows(mine), [], more)


def _top(mine: Mine, now: datetime) -> list[Block]:
    if not mine.known:
        return [blocks.section(NOBODY)]
    open_ones = sum(face.standing is Standing.OPEN for face in mine.owed)
    lead = f"*{counted(open_ones, 'scorecard')} waiting on you*" if open_ones else f"*{NOTHING}*"
    hours = [blocks.context(_hours(mine.hours, now))] if mine.hours else []
    return [blocks.section(lead), *hours]


def _rows(mine: Mine) -> list[Block]:
    found = [
        nudge_blocks.answerable(face.row)
        if face.standing is Standing.OPEN
        else nudge_blocks.settled(face, live=True)
        for face in mine.owed
    ]
    if mine.waiting:
        people = counted(len(mine.waiting), "candidate")
        heading = f"{people} of yours {'waits' if len(mine.waiting) == 1 else 'wait'} for word"
        found += [blocks.header(heading), *map(_of_a_recruiter, mine.waiting)]
    return found


def _of_a_recruiter(waiting: Waiting) -> Block:
    row = waiting.row
    missing = mrkdwn(clean(f"missing: {listed(waiting.missing)}", 500))
    titles = mrkdwn(clean(listed(waiting.titles), 300))
    line = f"*{mrkdwn(row.candidate)}* · {titles} · {row.waited}\n{missing}"
    if row.url is None:
        return blocks.section(line)
    spoken = f"Open the candidate {row.candidate}"
    return blocks.section(line, blocks.button("Open", row.url, nudge_blocks.OPENS, spoken))


def _hours(hours: Hours, now: datetime) -> str:
    opens, closes = hours.work
    parts = [f"You are written to on working days from {hour(opens)} to {hour(closes)}"]
    if hours.quiet:
        spans = listed([f"{hour(start)} to {hour(end)}" for start, end in hours.quiet])
        parts.append(f"not from {spans}")
    where = f"{', '.join(parts)} ({mrkdwn(hours.zone.key)})."
    if hours.away_until is not None and hours.away_until > now:
        back = hours.away_until.astimezone(hours.zone)
        where += f" You are shown as away until {back:%A}, {back.day} {back:%B}."
    return where


def _waiting(
    store: Store,
    policies: Mapping[str, Policy],
    keys: Sequence[ScorecardKey],
    now: datetime,
) -> tuple[Waiting, ...]:
    missing: dict[tuple[str, str], list[ScorecardFacts]] = {}
    for facts in store.scorecards(keys=keys):
        if _live(facts, policies) and _owes(facts, policies[facts.key.ats], now):
            missing.setdefault((facts.key.ats, facts.application_id), []).append(facts)
    found = [_of_candidate(each, policies, now) for each in missing.values()]
    return tuple(sorted(found, key=lambda each: each.row.place))


def _of_candidate(
    seats: Sequence[ScorecardFacts], policies: Mapping[str, Policy], now: datetime
) -> Waiting:
    rows = []
    for each in seats:
        policy = policies[each.key.ats]
        judgement = judge(each, policy, now)
        step = Step("nudge 1", Audience.INTERVIEWER, now)
        row = Row.of(owed_of(each, [each], judgement, policy, step, now, now), now, policy.zone)
        rows.append(_with_page(row, each))
    names = (clean(each.interviewer.name) or "an interviewer" for each in seats)
    longest = max(rows, key=lambda row: row.days)
    titles = dict.fromkeys(row.title for row in rows)
    return Waiting(longest, tuple(titles), tuple(dict.fromkeys(names)))


def _with_page(row: Row, facts: ScorecardFacts) -> Row:
    """Leading to the candidate rather than to somebody else's form."""
    return replace(row, url=web_link(facts.candidate_url))


def _owes(facts: ScorecardFacts, policy: Policy, now: datetime) -> bool:
    return judge(facts, policy, now).status in (Status.AWAITING, Status.OVERDUE)


def _live(facts: ScorecardFacts, policies: Mapping[str, Policy]) -> bool:
    """Not handed in and not gone: what was is history and not shown."""
    return facts.key.ats in policies and facts.submitted_at is None and facts.removed_at is None
