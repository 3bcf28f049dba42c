"""Who can be reached, and whom to ask for help. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.facts import Audience, PersonFacts, ScorecardFacts, Step


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody (or a room) to write to, and what they are to the scorecard."""

    person: PersonFacts
    role: Audience


def undeliverable(facts: ScorecardFacts) -> str | None:
    """Why the interviewer cannot be reached, in plain words, or None."""
    if not facts.interviewer.active:
        return "the interviewer's account is deactivated"
    if not facts.interviewer.email:
        return "the ATS has no address for the interviewer"
    if facts.interviewer.shares_address:
        return "the interviewer's address belongs to several people in the ATS"
    return None


def whom_to_ask(facts: ScorecardFacts, step: Step) -> Target | None:
    """Who hears an escalation: whom the step names, else the others around, best first.

    These are recruiters, coordinators, hiring managers, then whom the interviewer reports to.
    Somebody who has left, has no address or owes this very scorecard is passed over.
    """
    own = _address(facts.interviewer)
    for target in _around(facts, step):
        person = target.person
        another = person.id != facts.interviewer.id and _address(person) != own
        if person.active and _address(person) and another:
            return target
    return None


def _around(facts: ScorecardFacts, step: Step) -> list[Target]:
    chain = {
        Audience.RECRUITER: facts.recruiters,
        Audience.COORDINATOR: facts.coordinators,
        Audience.HIRING_MANAGER: facts.hiring_managers,
        Audience.MANAGER: facts.managers,
    }
    fixed = [Target(_named(step.address), Audience.FIXED)] if step.address else []
    around = [Target(person, role) for role, people in chain.items() for person in people]
    return fixed + sorted(around, key=lambda each: each.role is not step.audience)


def _named(address: str) -> PersonFacts:
    """Whom the policy names by an address or a #channel: the ATS may not know them."""
    return PersonFacts(id=address, name=address, email=address, active=True)


def colleague(facts: ScorecardFacts, to_id: str, panel: list[PersonFacts]) -> Target | None:
    """To whom a scorecard was handed over, if they can be written to."""
    around = (*facts.recruiters, *facts.coordinators, *facts.hiring_managers, *facts.managers)
    for person in (*panel, *around):
        reachable = person.active and person.email and not person.shares_address
        if person.id == to_id != facts.interviewer.id and reachable:
            return Target(person, Audience.COLLEAGUE)
    return None


def _address(person: PersonFacts) -> str:
    return (person.email or "").strip().lower()
