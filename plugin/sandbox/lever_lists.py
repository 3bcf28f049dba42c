"""The read endpoints of Lever that the sandbox knows: rows, filters, expandable fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.sandbox.entities import Application, Entity, Job
from plugin.sandbox.lever_rows import ARCHIVE_REASONS, NO_FEEDBACK, Row, View, named, stage_id
from plugin.sandbox.meetings import Form, Meeting, forms


@dataclass(frozen=True)
class Entry:
    row: Row
    entity: Entity | None = None
    """What the row is of; None for rows that no one is kept from."""
    place: int = 0

    @property
    def order(self) -> tuple[int, str]:
        """How the documentation sorts is unknown; interviews and forms come in no useful order."""
        return self.place, self.row["id"]


Accepts = Callable[[Row], bool]
Filter = Callable[[str], Accepts]
"""A parameter's text -> which rows pass. Raises ValueError."""
Expand = Callable[[View, Entry], Any]
Rows = Callable[[View, Application | None], Iterable[Entry]]


@dataclass(frozen=True)
class Resource:
    name: str
    path: str
    permission: str
    entries: Rows
    filters: Mapping[str, Filter] = field(default_factory=dict)
    unless_asked: Mapping[str, str] = field(default_factory=dict)
    """Filters with the text that holds when the parameter is absent."""
    expands: Mapping[str, Expand] = field(default_factory=dict)
    by_id: bool = True


# -- filters


def equal(read: Callable[[Row], Any]) -> Filter:
    return lambda text: lambda row: read(row) == text


def contains(column: str) -> Filter:
    return lambda text: lambda row: text in row[column]


def flag(read: Callable[[Row], Any]) -> Filter:
    def of(text: str) -> Accepts:
        if text not in ("true", "false"):
            raise ValueError("expected true or false")
        return lambda row: bool(read(row)) == (text == "true")

    return of


def span(name: str, read: Callable[[Row], int | None]) -> dict[str, Filter]:
    """``name_start`` and ``name_end`` in epoch milliseconds, both inclusive."""

    def start(text: str) -> Accepts:
        bound = int(text)
        return lambda row: (read(row) or -1) >= bound

    def end(text: str) -> Accepts:
        bound = int(text)
        return lambda row: (value := read(row)) is not None and value <= bound

    return {f"{name}_start": start, f"{name}_end": end}


def confidentiality(text: str) -> Accepts:
    if text not in ("non-confidential", "confidential", "all"):
        raise ValueError("expected non-confidential, confidential or all")
    return lambda row: text in ("all", row["confidentiality"])


def include_deactivated(text: str) -> Accepts:
    is_active = flag(lambda row: row["deactivatedAt"])("false")
    return (lambda row: True) if text == "true" else is_active


def archived_at(row: Row) -> int | None:
    return row["archived"]["archivedAt"] if row["archived"] else None


# -- rows


def opportunities(view: View, _: Application | None) -> Iterator[Entry]:
    for each in view.world.applications:
        if each.exists(view.now):
            row = view.opportunity(each)
            yield Entry(row, each, -row["createdAt"])


def deleted(view: View, _: Application | None) -> Iterator[Entry]:
    for each in view.world.applications:
        if each.gone_at and each.gone_at <= view.now:
            yield Entry(view.deleted(each), each)


def interviews(view: View, owner: Application | None) -> Iterator[Entry]:
    assert owner is not None
    for each in view.agenda.meetings(owner, view.now):
        yield Entry(view.interview(each), each.interview)


def panels(view: View, owner: Application | None) -> Iterator[Entry]:
    assert owner is not None
    held: dict[str, list[Meeting]] = defaultdict(list)
    for each in view.agenda.meetings(owner, view.now):
        held[view.panel_id(each.interview)].append(each)
    for group in held.values():
        yield Entry(view.panel(group), group[0].interview)


def feedback(view: View, owner: Application | None) -> Iterator[Entry]:
    assert owner is not None
    for interview in view.agenda.of(owner):
        written = forms(interview, view.now)
        for form in written:
            yield Entry(view.feedback(form), form.card)
        # A take-home task is marked on a form of another type, which is no scorecard.
        there = interview.cards if interview.created_at <= view.now and not written else ()
        for card in (each for each in there if each.exists(view.now)):
            at = card.created_at
            row = view.feedback(Form(card, card.interviewer, at, at, None, rating=None))
            task = {"id": named("assignment", str(card.id)), "type": "assignment"}
            yield Entry(row | task, card)


def applications(view: View, owner: Application | None) -> Iterator[Entry]:
    assert owner is not None
    yield Entry(view.application(owner), owner)


def users(view: View, _: Application | None) -> Iterator[Entry]:
    """An integration has a key here, not a user."""
    for each in view.world.people:
        if each.exists(view.now) and not each.service:
            yield Entry(view.user(each), each)


def postings(view: View, _: Application | None) -> Iterator[Entry]:
    for each in view.world.jobs:
        if each.exists(view.now):
            yield Entry(view.posting(each), each)


def stages(view: View, _: Application | None) -> Iterator[Entry]:
    for name in dict.fromkeys(stage.name for stage in view.world.stages):
        yield Entry({"id": stage_id(name), "text": name})


def archive_reasons(view: View, _: Application | None) -> Iterator[Entry]:
    for name, kind in ARCHIVE_REASONS.items():
        row = {"id": named("archive reason", name), "text": name, "status": "active", "type": kind}
        yield Entry(row)


def templates(view: View, _: Application | None) -> Iterator[Entry]:
    fields: Row = dict.fromkeys(("instructions", "group", "stage", "createdAt", "updatedAt"))
    yield Entry({"id": NO_FEEDBACK, "text": "No feedback form", **fields, "fields": []})
    for slot in view.world.slots:
        yield Entry(view.template(slot))


# -- expanding


def _user(column: str) -> Expand:
    def expand(view: View, entry: Entry) -> Any:
        value = entry.row[column]
        if isinstance(value, list):
            return [view.user_by_id(each) or each for each in value]
        return view.user_by_id(value) or value

    return expand


def _stage(view: View, entry: Entry) -> Any:
    wanted = entry.row["stage"]
    return next((e.row for e in stages(view, None) if e.row["id"] == wanted), wanted)


def _applications(view: View, entry: Entry) -> Any:
    return [view.application(_application_of(entry))]


def _application_of(entry: Entry) -> Application:
    found = entry.entity if isinstance(entry.entity, Application) else None
    found = found or getattr(entry.entity, "application", None)
    assert found is not None
    return found


def _job(entry: Entry) -> Job:
    return _application_of(entry).job


def _posting(view: View, entry: Entry) -> Any:
    return view.posting(_job(entry))


def _forms(view: View, entry: Entry) -> Any:
    ids = entry.row["feedbackForms"]
    found = (e.row for e in feedback(view, _application_of(entry)))
    return [row for row in found if row["id"] in ids]


USERS_OF_APPLICATION = {
    name: _user(name) for name in ("postingOwner", "postingHiringManager", "user")
}

OPPORTUNITY_EXPANDS: Mapping[str, Expand] = {
    "applications": _applications,
    "stage": _stage,
    **{name: _user(name) for name in ("owner", "followers", "sourcedBy")},
}


RESOURCES: tuple[Resource, ...] = (
    Resource(
        "deleted",
        "opportunities/deleted",
        "opportunities",
        deleted,
        span("deleted_at", lambda row: row["deletedAt"]),
        expands=OPPORTUNITY_EXPANDS,
        by_id=False,
    ),
    Resource(
        "opportunities",
        "opportunities",
        "opportunities",
        opportunities,
        {
            "tag": contains("tags"),
            "email": contains("emails"),
            "origin": equal(lambda row: row["origin"]),
            "source": contains("sources"),
            "confidentiality": confidentiality,
            "stage_id": equal(lambda row: row["stage"]),
            "posting_id": equal(lambda row: row["_posting"]),
            "archived_posting_id": equal(lambda row: row["archived"] and row["_posting"]),
            **span("created_at", lambda row: row["createdAt"]),
            **span("updated_at", lambda row: row["updatedAt"]),
            **span("advanced_at", lambda row: row["lastAdvancedAt"]),
            **span("archived_at", archived_at),
            "archived": flag(lambda row: row["archived"]),
            "archive_reason_id": equal(lambda row: (row["archived"] or {}).get("reason")),
            "snoozed": flag(lambda row: row["snoozedUntil"]),
            "contact_id": equal(lambda row: row["contact"]),
            "location": equal(lambda row: row["location"]),
        },
        {"confidentiality": "non-confidential"},
        OPPORTUNITY_EXPANDS,
    ),
    Resource(
        "interviews",
        "opportunities/<opportunity>/interviews",
        "interviews",
        interviews,
        expands={
            "user": _user("user"),
            "stage": _stage,
            "postings": lambda view, entry: [_posting(view, entry)],
            "feedbackForms": _forms,
        },
    ),
    Resource(
        "panels",
        "opportunities/<opportunity>/panels",
        "panels",
        panels,
        expands={"applications": _applications, "user": _user("user"), "stage": _stage},
    ),
    Resource(
        "feedback",
        "opportunities/<opportunity>/feedback",
        "feedback",
        feedback,
        expands={"user": _user("user")},
    ),
    Resource(
        "applications",
        "opportunities/<opportunity>/applications",
        "applications",
        applications,
        expands={"posting": _posting, **USERS_OF_APPLICATION},
    ),
    Resource(
        "users",
        "users",
        "users",
        users,
        {
            "email": equal(lambda row: row["email"]),
            "accessRole": equal(lambda row: row["accessRole"]),
            "includeDeactivated": include_deactivated,
            "external_directory_id": equal(lambda row: row["externalDirectoryId"]),
        },
        {"includeDeactivated": "false"},
    ),
    Resource(
        "postings",
        "postings",
        "postings",
        postings,
        {
            "state": equal(lambda row: row["state"]),
            "confidentiality": confidentiality,
            **span("updated_at", lambda row: row["updatedAt"]),
        },
        {"confidentiality": "non-confidential"},
        {name: _user(name) for name in ("user", "owner", "hiringManager", "followers")},
    ),
    Resource("stages", "stages", "stages", stages),
    Resource(
        "archive_reasons",
        "archive_reasons",
        "archive_reasons",
        archive_reasons,
        {"type": equal(lambda row: row["type"])},
    ),
    Resource("feedback_templates", "feedback_templates", "feedback_templates", templates),
)
