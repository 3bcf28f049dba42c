"""What would become of an interview that ends now, if nothing came in: the rules themselves tell.

Everybody in it works in the company's zone, hears of nothing else, and keeps silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.model import ApplicationState, InterviewState
from scheduler.deciding import decide
from scheduler.facts import Audience, PersonFacts, ScorecardFacts, ScorecardKey, Step, Told
from scheduler.hours import Hours
from scheduler.judging import judge
from scheduler.policy import REST, Policy, due_at, steps
from scheduler.reaching import whom_to_ask
from scheduler.rulebook import Rulebook
from scheduler.sparing import Manners, Reader, spared
from scheduler.workdays import end_of_day

PATIENCE = timedelta(days=60)
"""After the last step's moment; what has not gone out by then is not going to."""
TICK = timedelta(seconds=1)
"""Due itself is still on time."""
PEOPLE = {
    role: PersonFacts(role.value, role.value, f"{role.value}@example.org", True)
    for role in (
        Audience.INTERVIEWER,
        Audience.RECRUITER,
        Audience.COORDINATOR,
        Audience.HIRING_MANAGER,
        Audience.MANAGER,
    )
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A step, and when somebody hears of it."""

    step: Step
    goes_out_at: datetime | None
    """None: it never does, as the step after it is due before it could."""


def case_of(
    department: str | None = None,
    job: str | None = None,
    stage: str | None = None,
    interview: str | None = None,
    job_id: str | None = None,
) -> ScorecardFacts:
    """A scorecard of which nothing but its place is known; everybody around it can be reached."""
    return ScorecardFacts(
        key=ScorecardKey("", "", ""),
        interviewer=PEOPLE[Audience.INTERVIEWER],
        interview=interview or "",
        interview_state=InterviewState.STANDING,
        starts_at=None,
        ends_at=None,
        ends_on=None,
        interview_deleted_at=None,
        application_id="",
        application_state=ApplicationState.ACTIVE,
        application_readable=True,
        candidate=None,
        job_id=job_id or job,
        job=job,
        department=department,
        candidate_url=None,
        required=True,
        can_tell=True,
        attendance=None,
        submitted_at=None,
        submitter_id=None,
        removed_at=None,
        url=None,
        due_at=None,
        due_for=None,
        recruiters=(PEOPLE[Audience.RECRUITER],),
        coordinators=(PEOPLE[Audience.COORDINATOR],),
        hiring_managers=(PEOPLE[Audience.HIRING_MANAGER],),
        managers=(PEOPLE[Audience.MANAGER],),
        stage=stage,
    )


def rehearse(book: Rulebook, case: ScorecardFacts, now: datetime) -> tuple[datetime, list[Spoken]]:
    """When the scorecard is due, and every step of its ladder in order. UTC."""
    policy = replace(book.policy.of(case), nudge_since=now)
    due = due_at(now, policy)
    ladder = steps(due, policy)
    stage = _Stage(book, policy, replace(case, starts_at=now, ends_at=now))
    at, until = due + TICK, ladder[-1].at + PATIENCE
    while at < until and ladder[-1].name not in stage.said:
        stage.play(at)
        at = min(stage.later(at, ladder))
    said = {step.name: stage.said.get(step.name) for step in ladder}
    ticked = {step.name: step.at for step in ladder if said[step.name] == step.at + TICK}
    return due, [Spoken(step, ticked.get(step.name, said[step.name])) for step in ladder]


@dataclass
class _Stage:
    book: Rulebook
    policy: Policy
    facts: ScorecardFacts
    said: dict[str, datetime] = field(default_factory=dict)
    """By the name of the step."""
    heard: dict[str, datetime] = field(default_factory=dict)
    """By address, the last time."""
    nudges: int = 0

    @property
    def hours(self) -> Hours:
        return self.book.working.usual

    def play(self, now: datetime) -> None:
        """What one run would do."""
        told = [Told(name, "sent", at) for name, at in self.said.items()]
        judgement = judge(self.facts, self.policy, now)
        step = decide(self.facts, judgement, told, self.policy, now).step
        if step is None:
            return
        owes = step.audience is Audience.INTERVIEWER
        target = None if owes else whom_to_ask(self.facts, step)
        person = target.person if target else self.facts.interviewer
        address = person.email or ""
        # The allow-list is about real people; those of the rehearsal are on none.
        manners = Manners(gaps=self.book.gaps, ignored=lambda *_: {address: self.nudges})
        reader = Reader(address, person.name, self.hours, owes)
        if spared([reader], manners, self.heard.get, now)[0] is None:
            self.said[step.name] = self.heard[address] = now
            self.nudges += owes

    def later(self, now: datetime, ladder: tuple[Step, ...]) -> Iterator[datetime]:
        """The moments after ``now`` at which something may have changed."""
        yield end_of_day(self.hours.today(now), self.hours.zone)  # one message a day
        yield from (step.at + TICK for step in ladder if step.at + TICK > now)
        yield from (at + REST for at in self.said.values() if at + REST > now)
        opens = self.hours.next_open(now + TICK)
        if opens is not None and opens > now + TICK:
            yield opens
