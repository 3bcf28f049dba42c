"""One pull or one re-read of Ashby: what came over the wire becomes records (ashby.md 3)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from connectors.ats.ashby_api import AshbyApi
from connectors.ats.ashby_asking import Asking
from connectors.ats.ashby_config import AshbyConfig
from connectors.ats.ashby_feedback import FEEDBACK, Feedback, Filed
from connectors.ats.ashby_rows import (
    APPLICATION,
    BRIEFING,
    CANDIDATE,
    CANDIDATES,
    INTERVIEW_KIND,
    INTERVIEW_STATES,
    INTERVIEWS,
    JOB,
    OPEN_JOBS,
    USER,
    ApplicationRow,
    BriefingRow,
    EventRow,
    JobRow,
    KindRow,
    MemberRow,
    ScheduleRow,
    SeatRow,
    application_state,
    full_name,
    person,
)
from connectors.errors import NotFound
from connectors.model import (
    SHADOW,
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Page,
    Person,
    Scorecard,
)
from connectors.remembered import Remembered, Told
from connectors.wire import read_rows

SCHEDULES = "interviewSchedule.list"
OF_ASHBY = re.compile(r"https://(?:[a-z0-9-]+\.)+ashbyhq\.com/[!-~]*", re.ASCII)


class Reading(Asking):
    """Wire rows in, records out."""

    def __init__(
        self,
        api: AshbyApi,
        config: AshbyConfig,
        remembered: Remembered,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(api, remembered, clock)
        self._config = config
        self.whole: Feedback | None = None
        """The whole organization's, if it is at hand."""
        self._briefings: dict[str, BriefingRow] = {}
        self._last_feedback: tuple[str, Feedback] = ("", Feedback())

    # -- records

    def application(self, name: str, *, fresh: bool) -> Told[ApplicationRow]:
        """Gather it with candidate, job and team."""
        told = self.one(APPLICATION, name, fresh=fresh)
        row = told.row
        if row is None:
            return told
        url = None
        if application_state(row) is ApplicationState.ACTIVE:  # else nobody is sent there
            profile = self.one(CANDIDATE, row.candidate.id).row
            url = self._link(profile.profile_url) if profile else None
        team = row.hiring_team or []
        self._team(team)
        if row.job:
            said = row.job.model_copy(update={"hiring_team": row.hiring_team})
            self.job(said.id, Told(told.asked_at, said))
        self.add(Candidate(row.candidate.id, row.candidate.name), told.asked_at)
        recruiters = self._in(team, self._config.recruiter_roles)
        coordinators = self._in(team, self._config.coordinator_roles)
        record = Application(
            id=row.id,
            candidate_id=row.candidate.id,
            job_id=row.job.id if row.job else None,
            state=application_state(row),
            ats_status=row.status or "",
            stage=row.current_interview_stage.title if row.current_interview_stage else None,
            recruiter_id=next(iter(recruiters), None),
            coordinator_id=next(iter(coordinators), None),
            url=url,
            updated_at=row.updated_at,
        )
        self.add(record, told.asked_at)
        return told

    def job(self, name: str, said: Told[JobRow] | None = None) -> bool:
        """Gather it; ``said`` stands in where it may not be read itself. Whether it is gone."""
        told = self.one(JOB, name, fresh=said is None)
        if told.row is None and said is not None:
            told = said
        row = told.row
        if row is None:
            return told.gone
        team = row.hiring_team or []
        self._team(team)
        record = Job(
            id=row.id,
            name=row.title or f"Job {row.id}",
            department=self.departments().get(row.department_id or ""),
            recruiter_ids=self._in(team, self._config.recruiter_roles),
            coordinator_ids=self._in(team, self._config.coordinator_roles),
            hiring_manager_ids=self._in(team, self._config.hiring_manager_roles),
            updated_at=row.updated_at,
            is_open=OPEN_JOBS.get(row.status or ""),
        )
        self.add(record, told.asked_at)
        return False

    def _in(self, team: Sequence[MemberRow], roles: Collection[str]) -> tuple[str, ...]:
        wanted = {role.casefold() for role in roles}
        found = (each.user_id for each in team if (each.role or "").casefold() in wanted)
        return tuple(dict.fromkeys(found))

    def _team(self, team: Sequence[MemberRow]) -> None:
        config = self._config
        roles = (*config.recruiter_roles, *config.coordinator_roles, *config.hiring_manager_roles)
        wanted = self._in(team, roles)
        for each in team:
            if each.user_id in wanted:
                told = self.one(USER, each.user_id)
                name = full_name(each) or f"User {each.user_id}"
                known = Person(each.user_id, name, each.email or None, active=not told.gone)
                self.add(person(told.row) if told.row else known, told.asked_at)

    def schedules(self, raw: Iterable[object]) -> list[ScheduleRow]:
        rows, bad = read_rows(ScheduleRow, raw)
        for flaw in bad:
            name = f"{SCHEDULES}/{flaw.text_id() or 'without an id'}"
            self.park(Kind.INTERVIEW, name, f"{SCHEDULES}.{flaw.path}", flaw.reason)
        return rows

    def schedule(
        self, row: ScheduleRow, wanted: Callable[[EventRow], bool], fresh: bool
    ) -> set[str]:
        """Gather the wanted ones of its events, with all they name. Returns their ids.

        ``fresh``: the application is asked for even if nobody owes anything.
        """
        events, bad = read_rows(EventRow, row.interview_events or ())
        for flaw in bad:
            name = flaw.text_id() or f"{SCHEDULES}/{row.id}"
            self.park(Kind.INTERVIEW, name, f"interviewEvents.{flaw.path}", flaw.reason)
        held: list[tuple[EventRow, KindRow, tuple[Scorecard, ...]]] = []
        for event in filter(wanted, events):
            kind = self.one(INTERVIEW_KIND, event.interview_id).row or KindRow()
            if not kind.is_debrief:  # trap 10
                held.append((event, kind, self._panel(event, kind, row.application_id)))
        if not held:
            return set()
        owed = any(_owed(event, panel, self.began) for event, _, panel in held)
        application = self.application(row.application_id, fresh=fresh or owed).row
        if application is None:
            self.hide(Kind.APPLICATION, [row.application_id])
        for event, kind, panel in held:
            job = application.job if application else None
            self.add(_interview(row, event, kind, panel, job))
        return {event.id for event, _, _ in held}

    # -- who handed in

    def _panel(self, event: EventRow, kind: KindRow, application_id: str) -> tuple[Scorecard, ...]:
        filed, claimed = self._evidence(event, application_id)
        panel: dict[str, Scorecard] = {}
        for seat in event.interviewers:
            mine = filed.get(seat.id)
            self.records += map(person, filter(None, (seat, mine.by if mine else None)))
            panel[seat.id] = Scorecard(
                interviewer_id=seat.id,
                id=mine.id if mine else None,
                required=kind.is_feedback_required is not False and self._required(seat),
                submitted_at=mine.at if mine else None,
                submitter_id=mine.by.id if mine and mine.by else None,
                can_tell=mine.at is not None if mine else seat.id not in claimed,
                attendance=SHADOW if _shadows(seat) else None,
                url=self._link(event.feedback_link),
            )
        return tuple(panel.values())

    def _evidence(
        self, event: EventRow, application_id: str
    ) -> tuple[dict[str, Filed], Collection[str]]:
        """The submissions by person, and who is said to have submitted without our seeing it."""
        briefing, feedback = self._briefings.get(event.id), self.whole
        over = event.end_time <= self.began
        if feedback is None:
            untouched = event.has_submitted_feedback is False and not _submitters(briefing)
            if untouched and not over:
                return {}, ()  # nobody is waited for, so no text is asked for
            feedback = self._feedback_of(application_id)
        filed = feedback.of(event.id)
        panel = {seat.id for seat in event.interviewers}
        anonymous = any(each not in panel and not filed[each].credited for each in filed)
        unexplained = event.has_submitted_feedback is True and (
            anonymous or not panel & filed.keys()
        )
        if briefing is None and (unexplained or event.id in feedback.doubtful):
            briefing = self.one(BRIEFING, event.id, fresh=True).row
            if briefing is None:  # somebody did, and nobody says who
                return filed, panel
        beside = feedback.beside(application_id, event) if over else set()
        return filed, _submitters(briefing) | beside

    def _feedback_of(self, application_id: str) -> Feedback:
        if self._last_feedback[0] != application_id:
            feedback = Feedback()
            body = {"applicationId": application_id}
            with suppress(NotFound):
                for raw in self._api.walk(FEEDBACK, body, CANDIDATES):
                    self.parked += feedback.add(raw)
            self._last_feedback = (application_id, feedback)
        return self._last_feedback[1]

    def _required(self, seat: SeatRow) -> bool:
        """The flag decides; without it (trap 12) shadows are a matter of settings (3.9)."""
        if seat.is_feedback_required is not None:
            return seat.is_feedback_required
        return self._config.shadows_owe or not _shadows(seat)

    def _link(self, url: str | None) -> str | None:
        """A link as Ashby gives it, never one that leads elsewhere (5)."""
        ours = f"{self._config.web_url.rstrip('/')}/"
        return url if url and (OF_ASHBY.fullmatch(url) or url.startswith(ours)) else None

    # -- reading again

    def application_and_interviews(self, name: str) -> Iterator[Page]:
        told = self.application(name, fresh=True)
        if told.gone:
            self.miss(Kind.APPLICATION, [name])
        elif told.row:
            self._schedules_of(name, lambda event: True)
        yield from self.pages()

    def interviews(self, names: Iterable[str]) -> Iterator[Page]:
        """Just these. Their briefings are the best truth there is (3.3), and lead to the rest."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for name in names:
            told = self.one(BRIEFING, name, fresh=True)
            if told.row:
                self._briefings[name] = told.row
                wanted[told.row.application_id].add(name)
            elif told.gone:
                self.miss(Kind.INTERVIEW, [name])
        for application_id, ids in wanted.items():
            yield from self._chosen(application_id, ids)

    def _chosen(self, application_id: str, ids: set[str]) -> Iterator[Page]:
        flaws = len(self.parked)
        lost = ids - self._schedules_of(application_id, lambda event: event.id in ids)
        if len(self.parked) == flaws:
            self.miss(Kind.INTERVIEW, lost)
        else:  # it may be what could not be read
            for each in lost - {flaw.ref.id for flaw in self.parked}:
                self.park(Kind.INTERVIEW, each, SCHEDULES, "may be in a record that is unreadable")
        yield from self.pages()

    def _schedules_of(self, application_id: str, wanted: Callable[[EventRow], bool]) -> set[str]:
        """Gather the wanted events of one application. Returns their ids."""
        found: set[str] = set()
        with suppress(NotFound):
            for raw in self._api.walk(SCHEDULES, {"applicationId": application_id}, INTERVIEWS):
                for row in self.schedules(raw):
                    found |= self.schedule(row, wanted, fresh=True)
        return found


def _shadows(seat: SeatRow) -> bool:
    """Somebody who only watches. A *reverse* shadow is watched, and leads the interview (3.2)."""
    return (seat.training_role or "").casefold() == "shadow"


def _submitters(briefing: BriefingRow | None) -> set[str]:
    seats = briefing.interviewers if briefing else ()
    return {seat.user_id for seat in seats if seat.has_submitted_feedback}


def _owed(event: EventRow, panel: Iterable[Scorecard], now: datetime) -> bool:
    """Whether somebody may have to be asked, so that the application has to be known as it is."""
    open_seats = (card.required and card.submitted_at is None for card in panel)
    return event.end_time <= now and any(open_seats)


def _interview(
    row: ScheduleRow,
    event: EventRow,
    kind: KindRow,
    panel: tuple[Scorecard, ...],
    job: JobRow | None,
) -> Interview:
    stamps = [stamp for stamp in (row.updated_at, event.updated_at) if stamp]
    return Interview(
        id=event.id,
        application_id=row.application_id,
        job_id=job.id if job else None,
        name=kind.title or "Interview",
        state=INTERVIEW_STATES.get(row.status, InterviewState.UNKNOWN),
        ats_status=row.status or "",
        starts_at=event.start_time,
        ends_at=event.end_time,
        scorecards=panel,
        updated_at=max(stamps, default=None),
    )
