"""What every dialect of the practice ATS is: one vendor's way to tell the same world.

A dialect is made with the options of one customer's account, then joined to a running server. A
new one is a subclass in a module of its own and one line in plugin/sandbox/dialects.py.
"""

from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Blueprint, Request, Response

from connectors.model import ApplicationState, Kind
from plugin.sandbox.entities import Application, Candidate, Entity, Interview, Job, Seat, Submission
from plugin.sandbox.meetings import asked
from plugin.sandbox.webhooks import Event, Habits
from plugin.sandbox.world import World

SECRET = "practice-secret"
APPLICATION_STATES = {
    "in_process": ApplicationState.ACTIVE,
    "rejected": ApplicationState.REJECTED,
    "hired": ApplicationState.HIRED,
    "converted": ApplicationState.CONVERTED,
}
"""The world's words in those of connectors.model."""
WEBHOOK_SECRET = "practice-webhook-secret"


@dataclass(frozen=True)
class Place:
    """Where a dialect is spoken. ``now`` is the world's time; ``clock`` that of tokens and rates.

    ``url`` gives the server's own address without a slash at the end.
    """

    world: World
    now: Callable[[], datetime]
    clock: Callable[[], datetime]
    url: Callable[[], str]


class Directory:
    """Finds things by a dialect's ids, looked up instead of searched for."""

    def __init__(self, world: World, id_of: Callable[[Kind, Entity], str]) -> None:
        self._world, self._id_of = world, id_of
        self._known: dict[Kind, tuple[int, dict[str, Entity]]] = {}

    def find(self, kind: Kind, text: str) -> Entity | None:
        """Whatever has or had that id, also when it does not exist any more, or not yet."""
        version, found = self._known.get(kind, (-1, {}))
        if version != self._world.version:
            found = {self._id_of(kind, each): each for each in self._all(kind)}
            self._known[kind] = (self._world.version, found)
        return found.get(text)

    def _all(self, kind: Kind) -> Sequence[Entity]:
        everything: dict[Kind, Sequence[Entity]] = {
            Kind.PERSON: self._world.people,
            Kind.CANDIDATE: self._world.candidates,
            Kind.JOB: self._world.jobs,
            Kind.APPLICATION: self._world.applications,
            Kind.INTERVIEW: self._world.interviews,
            Kind.SCORECARD: self._world.cards,
        }
        return everything[kind]


class Dialect(ABC):
    """One vendor's API over one world, as one customer's account sees it."""

    name: ClassVar[str]
    """As in the registry of connectors: greenhouse, lever, …"""
    title: ClassVar[str]
    prefix: ClassVar[str]
    """The path of its API on the server, with a slash at both ends: ``/lever/v1/``."""
    cannot_tell: ClassVar[frozenset[str]] = frozenset()
    """Fields of connectors.model that this vendor has no word for, as ``application.recruiter_id``:
    see plugin/sandbox/truth.py."""
    drafts_have_ids: ClassVar[bool] = True
    """Whether a scorecard that was not handed in is a record, which can also be deleted."""
    has_all_day: ClassVar[bool] = False
    """Whether an all-day event has two days instead of two instants."""
    has_undated: ClassVar[bool] = False
    """Whether an interview that lost its date stays as one without; otherwise it is cancelled."""
    most_of_a_role: ClassVar[int | None] = None
    """How many recruiters, coordinators, hiring managers a job can have; None: any number."""
    has_statuses: ClassVar[bool] = False
    """Whether interviews have a status in the world's words; otherwise they stand or do not."""
    tick: ClassVar[timedelta] = timedelta(milliseconds=1)
    """The smallest step of its instants: what is finer is cut off."""
    sees_private: bool
    """Whether this account may read confidential jobs and private candidates."""

    place: Place
    """Set when the server is made."""

    # -- what it serves

    @abstractmethod
    def blueprint(self) -> Blueprint:
        """Its routes, with their whole paths; called once, after ``place`` is set."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The settings with which Afterword connects to this account."""

    @property
    @abstractmethod
    def endpoints(self) -> Sequence[str]:
        """The paths below the prefix, for the front page."""

    @property
    def api_url(self) -> str:
        return self.place.url() + self.prefix.rstrip("/")

    # -- what it tells by webhook

    habits: Habits
    """How this vendor posts: form, signature, retries."""
    webhook_secret: str

    @abstractmethod
    def events(self, after: datetime, until: datetime) -> list[Event]:
        """Everything that this vendor tells of what happened in (after, until], oldest first."""

    # -- how it fails

    @abstractmethod
    def problem(self, status: int, message: str, **headers: str) -> Response:
        """An error in this vendor's form."""

    def path_of(self, path: str) -> str | None:
        """The part of a request's path that faults name; None when it is not of this API."""
        return path.removeprefix(self.prefix) if path.startswith(self.prefix) else None

    @abstractmethod
    def revoke(self) -> None:
        """The credential stops working; a dialect with tokens revokes those minted so far."""

    def expired_cursor(self, request: Request) -> Response | None:
        """The refusal of a page token that was good once; None for requests without one."""
        return None

    @abstractmethod
    def loop(self, request: Request, response: Response) -> None:
        """Make the answer's way to the next page lead to the very page that was asked for."""

    def elsewhere(self, request: Request, response: Response, host: str) -> None:
        """Make the next link lead to another host; nothing where the next page is no link."""
        del request, response, host

    def rows_of(self, content: Any) -> Iterable[dict[str, Any]]:
        """The records in a parsed answer, to be spoiled in place by a fault."""
        return content if isinstance(content, list) else [content]

    # -- what of the world it shows, and in which words: read by plugin/sandbox/truth.py

    def sees(self, kind: Kind, entity: Entity) -> bool:
        """Whether this account is shown the thing; confidential jobs hide all that is in them."""
        if self.sees_private:
            return True
        application = entity.application if isinstance(entity, Interview) else entity
        if isinstance(application, Application):
            return not (application.candidate.private or application.job.confidential)
        if isinstance(entity, Job):
            return not entity.confidential
        return not (isinstance(entity, Candidate) and entity.private)

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        """As a perfect reader of this vendor would put it."""
        return APPLICATION_STATES[application.status.at(now)]

    def candidate_name(self, candidate: Candidate, now: datetime) -> str | None:
        """None where the vendor says that the name was erased."""
        return candidate.full_name(now)

    def asks(self, seat: Seat) -> bool:
        """Whether feedback is asked for from this panel member, as far as the vendor says."""
        return asked(seat)

    def stage_of(self, application: Application, now: datetime) -> str | None:
        """The name of the stage at which the application is said to be."""
        stage = application.stage.at(now)
        return stage.name if stage else None

    def lists(self, interview: Interview, now: datetime) -> bool:
        """Whether the interview is among the records, apart from who may see it."""
        return interview.exists(now)

    def attendance(self, seat: Seat, now: datetime) -> str | None:
        """The calendar answer in this vendor's word."""
        return seat.response.at(now)

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        """Whether it shows if this panel member has handed in."""
        return True

    def shown(self, seat: Seat, filed: Submission | None, now: datetime) -> Submission | None:
        """What it shows of ``filed``; something else where it has no link between the two."""
        return filed

    # -- what its ids and links are

    def id_of(self, kind: Kind, entity: Entity) -> str:
        """This vendor's id of something: a version 5 UUID of the world's, unless overridden."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{kind}/{entity.id}"))

    def candidate_url(self, application: Application) -> str | None:
        """The recruiters' page that an application's record names or implies."""
        return None

    def card_url(self, seat: Seat) -> str | None:
        """The page where this panel member writes, or the next best that the vendor names."""
        return None


def basic_key(request: Request) -> str | None:
    """The user name of Basic authentication with an empty password; None for anything else."""
    given = request.authorization
    if given is None or given.type != "basic" or given.password:
        return None
    return given.username


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(content), status, headers, mimetype="application/json")
