"""Reading Lever from the opportunity downwards (lever.md 3.6): rows in, records out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from connectors.ats.lever_config import LeverConfig
from connectors.ats.lever_rows import (
    ARCHIVED,
    FORMS,
    Evidence,
    FormRow,
    InterviewerRow,
    InterviewRow,
    OpportunityRow,
    Panel,
    PanelRow,
    PostingRow,
    ReasonRow,
    Row,
    Seat,
    Stage,
    UserRow,
    asking,
    by_hand,
    interview,
    job,
    job_of,
    person,
    scorecards,
)
from connectors.errors import NotFound, ScopeMissing
from connectors.gathering import Gathering
from connectors.model import Application, ApplicationState, Candidate, Kind, Parked, Ref
from connectors.paging import WrappedApi
from connectors.wire import read_rows, text_id

R = TypeVar("R", bound=Row)
WHOLE = ("applications", "stage")
"""What of an opportunity comes as objects: there is no posting on it (3.1)."""
SMALLEST: Mapping[str, Any] = {"limit": "1", "include": ["id"]}


class Reading(Gathering):
    """One pull or one re-read: opportunities in, records out."""

    def __init__(self, api: WrappedApi, config: LeverConfig, now: datetime, *, many: bool) -> None:
        """``many``: so many people are going to be named that it is cheaper to list them all."""
        super().__init__()
        self._api, self._config, self._now, self._many = api, config, now, many
        self._users: dict[str, UserRow | None] = {}
        self._reasons: dict[str, str | None] | None = None
        self._told: set[Ref] = set()
        self._listed = self._works = self._no_panels = self._no_confidential = False

    def taken(
        self, model: type[R], kind: Kind, raw: Iterable[object], within: str = ""
    ) -> tuple[list[R], set[str]]:
        """The readable rows, and the ids ("" if unknown) of those that had to be parked."""
        rows, bad = read_rows(model, raw)
        for each in bad:
            ref = Ref(kind, within + (each.text_id() or "without an id"))
            self.parked.append(Parked(ref, f"{model.path}.{each.path}", each.reason))
        return rows, {each.text_id() or "" for each in bad}

    def listing(self, **filters: str) -> Iterator[list[Any]]:
        """Opportunities, confidential ones too if this key may see any (trap 2)."""
        params = {**asking(OpportunityRow, *WHOLE), **filters}
        if not self._no_confidential:
            try:
                yield from self._api.pages("opportunities", confidentiality="all", **params)
                return
            except ScopeMissing:
                self._no_confidential = True
        yield from self._api.pages("opportunities", **params)

    def opportunity_named(self, name: str, named: Sequence[str], *, whole: bool) -> None:
        """Gather one opportunity by its id, whole or only those of its interviews in ``named``."""
        if text_id(name) is None:  # an id that Lever cannot have made
            self._gone(name, named)
            return
        try:
            raw = self._api.one(f"opportunities/{name}", **asking(OpportunityRow, *WHOLE))
        except (NotFound, ScopeMissing) as error:
            if not self._works:  # else it is not about this one: a wrong address, a missing right
                next(self._api.pages("opportunities", **SMALLEST))
                self._works = True
            if isinstance(error, NotFound):
                self._gone(name, named)
            else:
                self.hide(Kind.APPLICATION, [name])
            return
        for row in self.taken(OpportunityRow, Kind.APPLICATION, [raw])[0]:
            self.opportunity(row, named=named, whole=whole)

    def contact(self, name: str) -> None:
        """Gather all the opportunities of one person."""
        rows = [row for raw in self.listing(contact_id=name) for row in raw]
        for row in self.taken(OpportunityRow, Kind.APPLICATION, rows)[0]:
            self.opportunity(row)
        if not rows:
            self.miss(Kind.CANDIDATE, [name])

    def _gone(self, name: str, named: Sequence[str]) -> None:
        self.miss(Kind.APPLICATION, [name])
        self.miss(Kind.INTERVIEW, (f"{name}:{each}" for each in named))

    def opportunity(
        self,
        row: OpportunityRow,
        *,
        since: datetime | None = None,
        named: Sequence[str] = (),
        whole: bool = True,
    ) -> None:
        """Gather its interviews that end at ``since`` or later, or (not ``whole``) are named."""
        if row.is_anonymized:  # nobody is asked about somebody who was erased (3.1)
            self.records.append(Candidate(row.contact, None))
            self._gone(row.id, named)
            return
        try:
            self._interviews(row, since, named, whole)
        except NotFound:  # deleted or merged since it was listed (2.4)
            self._gone(row.id, named)
        except ScopeMissing:
            if row.confidentiality != "confidential":
                raise
            self.hide(Kind.APPLICATION, [row.id])

    def _interviews(
        self, row: OpportunityRow, since: datetime | None, named: Sequence[str], whole: bool
    ) -> None:
        raw = self._below(row, InterviewRow)
        found, bad = self.taken(InterviewRow, Kind.INTERVIEW, raw, f"{row.id}:")
        wanted = [
            e for e in found if (since or e.ends_at) <= e.ends_at and (whole or e.id in named)
        ]
        if "" not in bad:
            gone = set(named) - bad - {each.id for each in found}
            self.miss(Kind.INTERVIEW, (f"{row.id}:{each}" for each in gone))
        if not wanted and since:
            return
        panels = {each.id: self._panel(each) for each in found}
        evidence = self._evidence(row, wanted, panels) if wanted else Evidence()
        self._around(row, wanted, (seat.id for e in wanted for seat in panels[e.id].seats))
        for each in wanted:
            cards = scorecards(row, panels[each.id], evidence, self._config)
            self.records.append(interview(row, panels[each.id], cards))

    def _below(self, row: OpportunityRow, model: type[Row]) -> list[Any]:
        pages = self._api.pages(f"opportunities/{row.id}/{model.path}", **asking(model))
        return [each for page in pages for each in page]

    def _panel(self, row: InterviewRow) -> Panel:
        # What an outsider without an account looks like is unknown (3.2); without an id there is
        # nobody to ask and nobody to have answered.
        known = [
            e for e in row.interviewers if not isinstance(e, dict) or e.get("id", "") is not None
        ]
        seats, bad = self.taken(InterviewerRow, Kind.SCORECARD, known)
        return Panel(row, tuple({seat.id: seat for seat in seats}.values()), not bad)

    def _evidence(
        self, row: OpportunityRow, wanted: Sequence[InterviewRow], panels: Mapping[str, Panel]
    ) -> Evidence:
        forms, bad = self.taken(FormRow, Kind.SCORECARD, self._below(row, FormRow))
        done = [each for each in forms if each.completed_at and not each.deleted_at]
        done.sort(key=lambda each: each.completed_at or self._now)
        known = [each for each in done if each.type in FORMS]
        ours = [each for each in known if each.type == "interview"]
        return Evidence(
            forms=ours,
            by_hand=by_hand(ours, panels.values()),
            answers=self._answers(row),
            unsure=bool(bad) or len(known) < len(done),
        )

    def _answers(self, row: OpportunityRow) -> dict[Seat, str | None]:
        """What people answered in their calendars (3.3); the right to it is good to have."""
        if self._no_panels:
            return {}
        try:
            panels, _ = self.taken(PanelRow, Kind.SCORECARD, self._below(row, PanelRow))
        except (ScopeMissing, NotFound) as error:
            self._no_panels = isinstance(error, ScopeMissing)
            return {}
        meetings = (meeting for panel in panels for meeting in panel.interviews)
        asked = ((each.id, who) for each in meetings for who in each.interviewers)
        return {(name, who.id): who.response_status for name, who in asked if who.id}

    def _around(
        self, row: OpportunityRow, wanted: Sequence[InterviewRow], seated: Iterable[str]
    ) -> None:
        """What the interviews name."""
        jobs = [each for each in (job_of(row, one) for one in wanted) if each] or row.postings
        self.jobs(jobs)
        self.people([row.owner, *seated])
        self.records.append(Candidate(row.contact, row.name))
        state, word = self._state(row)
        self.records.append(
            Application(
                id=row.id,
                candidate_id=row.contact,
                job_id=next(iter(jobs), None),
                state=state,
                ats_status=word,
                stage=row.stage.text if isinstance(row.stage, Stage) else None,
                recruiter_id=row.owner,
                url=row.url,
                updated_at=row.updated_at,
            )
        )

    def _state(self, row: OpportunityRow) -> tuple[ApplicationState, str]:
        """Hired or not is told by the reason's type (3.9); closed without one is unknown."""
        if row.archived is None:
            return ApplicationState.ACTIVE, "active"
        if self._reasons is None:
            self._reasons = {}
            with suppress(ScopeMissing):
                for raw in self._api.pages(ReasonRow.path, **asking(ReasonRow)):
                    reasons, _ = self.taken(ReasonRow, Kind.APPLICATION, raw)
                    self._reasons |= {each.id: each.type for each in reasons}
        kind = self._reasons.get(row.archived.reason or "") or "archived"
        return ARCHIVED.get(kind, ApplicationState.UNKNOWN), kind

    def people(
        self, ids: Iterable[str | None], *, asked: bool = False, above: bool = False
    ) -> None:
        """These and whom they report to. ``asked``: they were asked for by name."""
        superiors: list[str | None] = []
        for name in self._untold(Kind.PERSON, ids):
            user = self._user(name)
            if user is not None:
                self.records.append(person(user))
                superiors.append(user.manager_id)
            elif asked and name not in self._users:
                self.miss(Kind.PERSON, [name])
            else:
                self.hide(Kind.PERSON, [name])
        if not above:  # one floor up is enough
            self.people(superiors, above=True)

    def _user(self, name: str) -> UserRow | None:
        """None: not there, or (then it is in ``_users``) unreadable."""
        for listing in (True, False) if self._many else (False, True):
            if listing and not self._listed:
                # Those who left are listed only if asked for (trap 10).
                params = {**asking(UserRow), "includeDeactivated": "true"}
                for raw in self._api.pages(UserRow.path, **params):
                    self._keep(raw)
                self._listed = True
            elif not listing and name not in self._users and text_id(name):
                with suppress(NotFound):
                    self._keep([self._api.one(f"{UserRow.path}/{name}", **asking(UserRow))])
                    self._users.setdefault(name, None)  # there, whatever is wrong with it
        return self._users.get(name)

    def _keep(self, raw: Iterable[object]) -> None:
        users, bad = self.taken(UserRow, Kind.PERSON, raw)
        self._users |= dict.fromkeys(bad) | {user.id: user for user in users}

    def jobs(self, ids: Iterable[str | None], *, asked: bool = False) -> None:
        for name in self._untold(Kind.JOB, ids):
            rows, gone = self._posting(name)
            self.people(who for row in rows for who in (row.owner, row.hiring_manager))
            self.records += map(job, rows)
            if not rows:
                (self.miss if gone and asked else self.hide)(Kind.JOB, [name])

    def _posting(self, name: str) -> tuple[list[PostingRow], bool]:
        """The row, if there is one that can be read; and whether it is gone."""
        if text_id(name) is None:
            return [], True
        try:
            raw = self._api.one(f"{PostingRow.path}/{name}", **asking(PostingRow))
        except NotFound:
            return [], True
        except ScopeMissing:  # this one is confidential, or there is no right to any
            return [], False
        return self.taken(PostingRow, Kind.JOB, [raw])[0], False

    def _untold(self, kind: Kind, ids: Iterable[str | None]) -> list[str]:
        refs = dict.fromkeys(Ref(kind, name) for name in ids if name)
        new = [ref for ref in refs if ref not in self._told]
        self._told.update(new)
        return [ref.id for ref in new]
