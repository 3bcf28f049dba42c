"""A generated company before any interview: offices, departments, people, jobs and plans."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from plugin.sandbox.entities import Job, Office, Person
from plugin.sandbox.names import address, full_names
from plugin.sandbox.world import World

OFFICES = (
    ("Lisbon", "Lisbon, PT", "Europe/Lisbon"),
    ("Berlin", "Berlin, DE", "Europe/Berlin"),
    ("New York", "New York, US", "America/New_York"),
    ("San Francisco", "San Francisco, US", "America/Los_Angeles"),
    ("Bengaluru", "Bengaluru, IN", "Asia/Kolkata"),
    ("São Paulo", "São Paulo, BR", "America/Sao_Paulo"),
)
JOBS = {
    "Engineering": (
        "Platform engineer",
        "Backend engineer",
        "Frontend engineer",
        "Site reliability engineer",
        "Engineering lead, payments",
        "Mobile engineer",
    ),
    "Product": ("Product lead, onboarding", "Product analyst", "Technical writer"),
    "Design": ("Product designer", "User researcher", "Brand designer"),
    "Analytics": ("Analytics engineer", "Research scientist", "Machine learning engineer"),
    "Sales": ("Account executive", "Solutions consultant", "Sales development lead"),
    "Marketing": ("Content editor", "Growth marketer"),
    "Support": ("Support specialist", "Support team lead", "Onboarding consultant"),
    "Finance and people": ("Financial controller", "People partner"),
}
CONFIDENTIAL_JOB = "Financial controller"
INTERVIEWERS = 80
PLAN = (
    ("Recruiter call", "Phone screen", 30, True),
    ("Craft conversation", "Team interviews", 60, True),
    ("Working session", "Team interviews", 90, True),
    ("Team lunch", "Team interviews", 60, False),
    ("Leadership talk", "Final round", 45, True),
    ("On-site day", "Final round", None, True),
)
FIRST_TALK = {
    "Engineering": "Systems talk",
    "Design": "Portfolio review",
    "Sales": "Role play",
    "Analytics": "Case study",
}
QUIET_MEETING = {"Analytics": "Debrief"}
"""What takes the place of the lunch: a talk without the candidate."""
TAKE_HOME = "Take-home exercise"


@dataclass(frozen=True)
class Staff:
    recruiters: list[Person]
    coordinators: list[Person]
    interviewers: dict[str, list[Person]]
    """By department."""
    jobs: list[Job]

    def free(self, department: str, at: datetime) -> list[Person]:
        """Who may be put on a panel of this department: whoever is still here."""
        return [each for each in self.interviewers[department] if each.active.at(at)]


def hire_staff(world: World, rng: random.Random) -> Staff:
    names = full_names(rng)
    offices = [world.office(*each) for each in OFFICES]

    def somebody(title: str, department: str) -> Person:
        name = next(names)
        return world.person(
            name,
            address(name, "example.org"),
            title=title,
            department=department,
            office=rng.choice(offices),
        )

    world.person("Practice Admin", "admin@example.org", title="ATS owner", site_admin=True)
    world.person("Practice integration", "", service=True)
    recruiters = [somebody("Recruiter", "Finance and people") for _ in range(5)]
    coordinators = [somebody("Recruiting coordinator", "Finance and people") for _ in range(3)]
    total = sum(len(titles) for titles in JOBS.values())
    interviewers = {
        department: [
            somebody(f"{department} lead" if place < 2 else department, department)
            for place in range(round(INTERVIEWERS * len(titles) / total))
        ]
        for department, titles in JOBS.items()
    }
    for lead, *team in (*interviewers.values(), recruiters, coordinators):
        for person in team:
            person.manager = lead
    jobs = [
        _open_job(world, rng, title, department, recruiters, coordinators, interviewers, offices)
        for department, titles in JOBS.items()
        for title in titles
    ]
    return Staff(recruiters, coordinators, interviewers, jobs)


def _open_job(
    world: World,
    rng: random.Random,
    title: str,
    department: str,
    recruiters: list[Person],
    coordinators: list[Person],
    interviewers: dict[str, list[Person]],
    offices: list[Office],
) -> Job:
    job = world.job(
        title,
        department=department,
        recruiter=rng.choice(recruiters),
        coordinator=rng.choice(coordinators),
        hiring_managers=interviewers[department][: rng.choice((1, 1, 2))],
        office=rng.choice(offices),
        confidential=title == CONFIDENTIAL_JOB,
    )
    usual = rng.sample(interviewers[department], 2)
    for name, stage, minutes, required in PLAN:
        named = FIRST_TALK.get(department, name) if name == "Craft conversation" else name
        named = QUIET_MEETING.get(department, name) if name == "Team lunch" else named
        world.slot(
            job,
            named,
            stage=stage,
            minutes=minutes,
            require_scorecard=required,
            debrief=named == "Debrief",
            default_interviewers=usual if required else (),
        )
    world.slot(
        job,
        TAKE_HOME,
        stage="Phone screen",
        minutes=None,
        scheduling_type="take_home_test",
        anonymize=True,
    )
    world.slot(
        job,
        "Résumé notes",
        stage="Application review",
        minutes=None,
        scheduling_type="none",
        require_scorecard=None,
    )
    world.slot(
        job, "Offer", stage="Offer", minutes=None, scheduling_type="offer", require_scorecard=None
    )
    return job
