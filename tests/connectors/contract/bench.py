"""Where every connector is put through the same tests: one entry for each, and no exceptions.

The practice ATS (plugin/sandbox/) serves a world in the vendor's dialect, and what a perfect reader
of that vendor would say of it is in plugin/sandbox/truth.py. An entry adds what no dialect knows:
where the proof of a webhook is, and which words and keys a record cannot do without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import connectors
from connectors.ats.base import Ats, WebhookRequest
from connectors.model import Interview, InterviewState, Kind
from connectors.options import Connector, Given
from plugin.connections import from_environment
from plugin.sandbox import ashby, lever, odoo_rows, workable
from plugin.sandbox.dialect import Dialect
from plugin.sandbox.dialects import DIALECTS
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.webhooks import Letter
from plugin.sandbox.world import World
from plugin.values import Problem
from tests.connectors.loopback import Asked


class Seal(Protocol):
    """Where a webhook carries its proof."""

    def read(self, request: WebhookRequest) -> str: ...

    def write(self, request: WebhookRequest, value: str | None) -> WebhookRequest:
        """The same with another proof; None: with none at all."""


@dataclass(frozen=True)
class Header:
    """In a header: ``prefix`` and hex digits."""

    name: str
    prefix: str = ""

    def read(self, request: WebhookRequest) -> str:
        return request.headers[self.name].removeprefix(self.prefix)

    def write(self, request: WebhookRequest, value: str | None) -> WebhookRequest:
        rest = {name: each for name, each in request.headers.items() if name != self.name}
        more = {} if value is None else {self.name: value if value == "" else self.prefix + value}
        return replace(request, headers={**rest, **more})


@dataclass(frozen=True)
class Field:
    """In a field of the body."""

    name: str

    def read(self, request: WebhookRequest) -> str:
        return str(json.loads(request.body)[self.name])

    def write(self, request: WebhookRequest, value: str | None) -> WebhookRequest:
        body = json.loads(request.body)
        del body[self.name]
        more = {} if value is None else {self.name: value}
        return replace(request, body=json.dumps(body | more).encode())


@dataclass(frozen=True)
class Address:
    """At the end of the address, where the vendor signs nothing: a secret and no digest."""

    def read(self, request: WebhookRequest) -> str:
        return request.path

    def write(self, request: WebhookRequest, value: str | None) -> WebhookRequest:
        return replace(request, path=value or "")


@dataclass(frozen=True)
class Spot:
    """A column of the rows below a path (a shell pattern) of the API."""

    path: str
    column: str


@dataclass(frozen=True)
class Bench:
    """What the tests need to know of one connector."""

    name: str
    seal: Seal
    paged: str
    """Path of the listing that a pull walks first."""
    vital: tuple[Spot, ...]
    """Of an interview's own record: what it cannot do without."""
    words: tuple[Spot, ...]
    """Columns with a word out of a list that may grow."""
    evidence: Spot
    """Of a record that shows that somebody handed in: when."""
    seats: Spot
    """Who sits on a panel: a list in an interview, or a column of a seat's own record."""
    people: tuple[Spot, ...] = ()
    """Of the record that says whether somebody invited is an interviewer at all."""
    whole: Spot | None = None
    """What no interview can do without, where its row is not named like the interview."""
    signs_body: bool = True
    """Whether the proof covers every byte of the body."""
    signs_delivery: bool = True
    """Whether each delivery has a proof of its own."""
    accounts: tuple[Mapping[str, Any], ...] = ()
    """Other accounts of this vendor that tell more or less: options of its dialect."""
    unnamed: frozenset[Kind] = frozenset()
    """Kinds of which this vendor has no record, so that nobody can say that one is gone."""
    never_sure: frozenset[str] = frozenset()
    """Subjects of ``check`` that are never fine in the practice ATS, because nobody can tell."""
    names_deliveries: bool = True
    """Whether a repeated delivery is known by a name, and not by its body alone."""
    silent: frozenset[str] = frozenset()
    """Events that bring nothing that is not told by another one at the same instant."""
    undated: frozenset[InterviewState] = frozenset()
    """What an interview without a date is said to be; {}: there is none."""
    moved_by_more: frozenset[Kind] = frozenset()
    """Kinds whose stamp of change is also moved by what nobody would call one."""
    rights_are: str = ""
    """What the dialect's option for the rights of a key is called; "": it has none."""
    rights: Collection[str] = ()
    """Those rights, or the listings that may refuse."""
    spare_rights: frozenset[str] = frozenset()
    """Those that `check` insists on although a pull gets by without."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variables that take words out of a list: those words, as they are documented."""
    empty: object = None
    """What stands in a column that holds nothing."""
    encodings: tuple[str, ...] = ("hex",)
    """Of the digest, as documented; where the documentation is silent, all that are likely."""
    names: Callable[[Interview], str] = lambda interview: interview.id
    """How the connector calls an interview that has the vendor's own id."""

    @property
    def connector(self) -> Connector:
        return connectors.find_ats(self.name)

    @contextmanager
    def serving(self, world: World, now: datetime, **account: Any) -> Iterator[Practice]:
        """The practice ATS in this vendor's dialect, in no hurry unless ``limit`` says so."""
        options = {"limit": 1_000_000, **account}
        with SandboxServer(world, now=now, dialects=(self.name,), **options) as server:
            yield Practice(self, server)


@dataclass
class Practice:
    """A running practice ATS, and how to connect to it."""

    bench: Bench
    server: SandboxServer
    waits: list[float] = field(default_factory=list)
    """Seconds that the connector would have waited."""

    @property
    def dialect(self) -> Dialect:
        return self.server.dialects[self.bench.name]

    def account(self, **changes: str) -> Ats:
        """Connected as from the environment; ``changes``: other values for some variables."""
        problems: list[Problem] = []
        given = {**self.server.environment(self.bench.name), **changes}
        [connection] = from_environment([self.bench.connector], given, problems).values()
        assert not problems
        return self.bench.connector.build(
            Given(connection.name, connection.options, lambda: self.server.now, self.waits.append)
        )

    def secrets_variable(self) -> str:
        """The variable of the webhook secrets."""
        connector = self.bench.connector
        [found] = [o.variable for o in connector.options if o.key == connector.doorbell]
        return found


def as_arrived(asked: Asked) -> WebhookRequest:
    """As the web server hands it over, posted to ``/webhooks/{connector}``."""
    path = "/".join(asked.path.split("/")[3:])
    return WebhookRequest(asked.headers, asked.body, path)


def as_request(letter: Letter) -> WebhookRequest:
    return WebhookRequest({n.lower(): v for n, v in letter.headers.items()}, letter.body)


def row_id(text: str) -> int | str:
    """As it stands in the row: numbers are numbers, and Lever's parts are named by themselves."""
    own = text.rpartition(":")[2]
    return int(own) if re.fullmatch(r"\d+", own) else own


BENCHES: Mapping[str, Bench] = {
    each.name: each
    for each in (
        Bench(
            "greenhouse",
            Header("signature", "sha256 "),
            paged="interviews",
            evidence=Spot("scorecards", "submitted_at"),
            seats=Spot("interviewers", "user_id"),
            vital=(Spot("interviews", "application_id"),),
            words=(Spot("interviews", "status"), Spot("applications", "status")),
            undated=frozenset({InterviewState.UNSCHEDULED}),
            rights_are="scopes",
            rights=tuple(
                f"harvest:{path}:list"
                for path in (
                    *("interviews", "interviewers", "scorecards", "users", "applications", "jobs"),
                    *("candidates", "job_interviews", "departments", "job_owners"),
                    "job_hiring_managers",
                )
            ),
        ),
        Bench(
            "ashby",
            Header("ashby-signature", "sha256="),
            paged="interviewSchedule.list",
            evidence=Spot("applicationFeedback.list", "submittedAt"),
            seats=Spot("interviewSchedule.list", "interviewers"),
            vital=(
                Spot("interviewSchedule.list", "interviewId"),
                Spot("interviewSchedule.list", "endTime"),
            ),
            words=(
                Spot("interviewSchedule.list", "status"),
                Spot("application.info", "status"),
            ),
            accounts=({"tells_required": False},),
            rights_are="permissions",
            rights=ashby.EVERY_PERMISSION,
            never_sure=frozenset({"confidential jobs"}),
            moved_by_more=frozenset({Kind.INTERVIEW}),
            silent=frozenset({"applicationSubmit"}),
        ),
        Bench(
            "lever",
            Field("signature"),
            paged="opportunities",
            evidence=Spot("opportunities/*/feedback", "completedAt"),
            seats=Spot("opportunities/*/interviews*", "interviewers"),
            vital=(
                Spot("opportunities/*/interviews*", "date"),
                Spot("opportunities/*/interviews*", "duration"),
            ),
            words=(Spot("archive_reasons", "type"), Spot("opportunities/*/feedback", "type")),
            signs_body=False,
            accounts=({"scheduling_bumps": False},),
            rights_are="permissions",
            rights=lever.EVERY_PERMISSION,
            silent=frozenset({"applicationCreated"}),
            never_sure=frozenset({"confidential opportunities"}),
            names=lambda interview: f"{interview.application_id}:{interview.id}",
        ),
        Bench(
            "merge",
            Header("x-merge-webhook-signature"),
            encodings=("base64url", "padded base64url"),
            paged="interviews",
            evidence=Spot("scorecards", "submitted_at"),
            seats=Spot("interviews*", "interviewers"),
            vital=(Spot("interviews*", "application"),),
            words=(Spot("interviews*", "status"),),
            accounts=({"scorecards": False},),
            undated=frozenset({InterviewState.UNKNOWN}),
            moved_by_more=frozenset({Kind.INTERVIEW}),
            rights=("interviews", "scorecards", "users", "applications", "jobs", "candidates"),
            spare_rights=frozenset({"users"}),
        ),
        Bench(
            "workable",
            Header("x-workable-signature"),
            encodings=("hex", "base64"),
            paged="events",
            evidence=Spot("candidates/*/activities", "created_at"),
            seats=Spot("events*", "members"),
            vital=(Spot("events*", "starts_at"), Spot("events*", "ends_at")),
            words=(Spot("candidates/*/activities", "action"),),
            accounts=({"sees_ratings": False},),
            choices={
                "WORKABLE_EVENTS": ("interview", "call", "meeting"),
                "WORKABLE_EVIDENCE": ("rating", "comment"),
            },
            names_deliveries=False,
            rights_are="scopes",
            rights=workable.SCOPES,
            unnamed=frozenset({Kind.JOB}),
        ),
        Bench(
            "odoo",
            Address(),
            encodings=("base64url", "padded base64url"),
            paged="calendar.event/search_read",
            evidence=Spot("survey.user_input/search_read", "end_datetime"),
            seats=Spot("calendar.attendee/search_read", "partner_id"),
            people=(
                Spot("res.users/search_read", "partner_id"),
                Spot("res.users/search_read", "active"),
            ),
            moved_by_more=frozenset({Kind.INTERVIEW}),
            vital=tuple(
                Spot("calendar.event/search_read", column)
                for column in ("applicant_id", "start", "stop", "allday", "active")
            ),
            words=(Spot("hr.applicant/search_read", "application_status"),),
            accounts=({"evidence": "activity"}, {"evidence": "message"}, {"sees_forms": False}),
            names_deliveries=False,
            choices={"ODOO_EVIDENCE": ("form", "activity", "message")},
            empty=False,
            rights_are="rights",
            rights=odoo_rows.FIELDS,
            signs_body=False,
            signs_delivery=False,
        ),
    )
    if each.name in connectors.ATS and each.name in DIALECTS
}
