"""A world in Odoo's tables (other-ats.md 8.3). Every number is made of the world's own.

Each model has a range of numbers to itself, so that mixed-up ids are found at once. Instants are
whole seconds in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.sandbox import entities
from plugin.sandbox.company import ID_STEP
from plugin.sandbox.entities import Application, Card, Entity, Interview, Job, Person, Seat
from plugin.sandbox.meetings import Agenda, Meeting, meeting
from plugin.sandbox.odoo_search import Row
from plugin.sandbox.rows import NOTES
from plugin.sandbox.world import World

RANGE = 10_000_000
RANGES: Mapping[type[Entity], int] = {
    Person: 1,
    Job: 2,
    entities.Candidate: 3,
    Application: 4,
    Interview: 5,
    Seat: 6,
    Card: 7,
    entities.Department: 8,
    entities.Stage: 9,
}
PARTNER, GUEST, ATTENDING, DUTY, NOTE, SURVEY, TRIAL = (RANGE * n for n in range(10, 17))
"""Added to the number of a user, seat, interview, interview, card, job, card."""
SIGNED = "Contract Signed"
"""The stage with hired_stage, which is what hiring means in Odoo."""
SIGNED_ID = 9
STATUSES = {
    "in_process": "ongoing",
    "rejected": "refused",
    "hired": "hired",
    "converted": "archived",
}
FIELDS: Mapping[str, frozenset[str]] = {
    model: frozenset((*columns.split(), "create_date", "write_date"))
    for model, columns in {
        "calendar.event": "name start stop allday start_date stop_date duration applicant_id "
        "res_model res_id partner_ids attendee_ids user_id location videocall_location active "
        "recurrency privacy show_as",
        "calendar.attendee": "event_id partner_id email common_name state availability",
        "hr.applicant": "partner_id partner_name email_from job_id stage_id interviewer_ids "
        "user_id meeting_ids response_ids survey_id application_status priority kanban_state "
        "date_closed refuse_reason_id refuse_date department_id company_id active",
        "hr.job": "name interviewer_ids user_id survey_id department_id active",
        "res.partner": "name email active user_ids",
        "res.users": "name login email partner_id active share tz",
        "res.users.apikeys": "name user_id expiration_date",
        "survey.user_input": "applicant_id partner_id email survey_id state start_datetime "
        "end_datetime deadline scoring_percentage scoring_total scoring_success test_entry "
        "access_token create_uid",
        "mail.activity": "res_model res_id user_id activity_type_id summary date_deadline "
        "date_done state feedback calendar_event_id active",
        "mail.message": "model res_id author_id body date message_type subtype_id",
    }.items()
}


def number(entity: Entity) -> int:
    return RANGES[type(entity)] * RANGE + (entity.id - entity.FIRST_ID) // ID_STEP


def written(instant: datetime | None) -> str | bool:
    return f"{instant:%Y-%m-%d %H:%M:%S}" if instant else False


def whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def begun_at(each: Meeting) -> datetime:
    return whole(each.starts_at)


def organiser(interview: Interview) -> Person | None:
    return interview.organizer or interview.application.recruiter


def user_link(person: Person | None) -> tuple[int, str] | bool:
    return (number(person), person.name) if person else False


def partner_link(person: Person) -> tuple[int, str]:
    return PARTNER + number(person), person.name


@dataclass(frozen=True)
class View:
    """A world at an instant. ``hides``: whose meetings are private to this account."""

    world: World
    agenda: Agenda
    now: datetime
    hides: Callable[[Interview], bool]

    def rows(self, model: str) -> list[Row]:
        makers: Mapping[str, Callable[[], Iterator[Row]]] = {
            "calendar.event": self._events,
            "calendar.attendee": self._attendees,
            "hr.applicant": self._applicants,
            "hr.job": self._jobs,
            "res.partner": self._partners,
            "res.users": self._users,
            "res.users.apikeys": self._keys,
            "survey.user_input": self._forms,
            "mail.activity": self._todos,
            "mail.message": self._notes,
        }
        empty = dict.fromkeys(FIELDS[model], False)
        return [{**empty, **row} for row in makers[model]()]

    # -- what there is

    def shows(self, application: Application) -> bool:
        return application.exists(self.now) and application.candidate.exists(self.now)

    def meetings(self) -> list[Meeting]:
        held = (each for each in self.world.interviews if self.shows(each.application))
        return [found for each in held if (found := meeting(each, self.now))]

    def cards(self, application: Application) -> list[Card]:
        """The forms about this applicant: each was made for one interviewer."""
        held = [each for interview in self.agenda.of(application) for each in interview.cards]
        return [each for each in held if each.exists(self.now)]

    def filled_at(self, card: Card) -> datetime | None:
        submission = card.submission.at(self.now)
        return whole(submission.at) if submission else None

    # -- tables

    def _events(self) -> Iterator[Row]:
        for each in self.meetings():
            interview = each.interview
            application = interview.application
            row = {
                "id": number(interview),
                "name": interview.slot.name,
                **self._times(each),
                "applicant_id": self._applicant_link(application),
                "res_model": "hr.applicant",
                "res_id": number(application),
                "partner_ids": [partner for partner, _, _ in self._invited(each)],
                "attendee_ids": [seat for _, _, (seat, _) in self._invited(each)],
                "user_id": user_link(organiser(interview)),
                "location": NOTES,
                "active": each.called_off_at is None,
                "privacy": "private" if self.hides(interview) else False,
                "show_as": "busy",
                "create_date": written(interview.created_at),
                "write_date": written(each.changed_at),
            }
            yield {**row, "_shown": self._busy(row)} if self.hides(interview) else row

    def _times(self, each: Meeting) -> Row:
        """Of an all-day meeting start and stop are days in disguise."""
        periods = each.interview.schedule.periods(self.now)
        last = [schedule for _, _, schedule in periods if schedule.over_at][-1]
        if last.end_on is None:
            return {
                "start": written(each.starts_at),
                "stop": written(each.ends_at),
                "duration": (each.ends_at - each.starts_at) / timedelta(hours=1),
            }
        first = last.start_on or last.end_on
        return {
            "allday": True,
            "start": f"{first} 08:00:00",
            "stop": f"{last.end_on} 18:00:00",
            "start_date": str(first),
            "stop_date": str(last.end_on),
        }

    @staticmethod
    def _busy(row: Row) -> Row:
        """A private meeting is found by all its columns, and tells next to none of them."""
        told = {"start", "stop", "allday", "duration", "active", "user_id", "privacy"}
        kept = {name: row[name] for name in told & row.keys()}
        empty = dict.fromkeys(FIELDS["calendar.event"], False)
        return {**empty, "name": "Busy", "partner_ids": [], "attendee_ids": [], **kept}

    def _invited(self, each: Meeting) -> list[tuple[int, str, tuple[int, Seat | None]]]:
        """(partner, name, (id of the attendee, seat)): the candidate too, and nobody twice."""
        interview = each.interview
        candidate = interview.application.candidate
        own = (ATTENDING + number(interview), None)
        found: dict[int, tuple[str, tuple[int, Seat | None]]] = {}
        if not interview.slot.debrief:
            found[number(candidate)] = (candidate.full_name(self.now), own)
        for seat in interview.panel(self.now):
            if seat.person:
                partner, name = partner_link(seat.person)
            else:
                partner, name = GUEST + number(seat), seat.email
            found[partner] = (name, (number(seat), seat))
        return [(partner, name, more) for partner, (name, more) in found.items()]

    def _attendees(self) -> Iterator[Row]:
        for each in self.meetings():
            name = "Busy" if self.hides(each.interview) else each.interview.slot.name
            for partner, called, (own, seat) in self._invited(each):
                changed_at = seat.updated_at(self.now) if seat else each.interview.created_at
                yield {
                    "id": own,
                    "event_id": (number(each.interview), name),
                    "partner_id": (partner, called),
                    "common_name": called,
                    "state": answered(seat.response.at(self.now) if seat else None),
                    "write_date": written(changed_at),
                }

    def _applicant_link(self, application: Application) -> tuple[int, str]:
        return number(application), application.candidate.full_name(self.now)

    def _applicants(self) -> Iterator[Row]:
        for each in self.world.applications:
            if not self.shows(each):
                continue
            status, name = each.status.at(self.now), each.candidate.full_name(self.now)
            mine = [m.interview for m in self.agenda.meetings(each, self.now)]
            changed_at = written(each.status.changed_at(self.now))
            yield {
                "id": number(each),
                "partner_id": (number(each.candidate), name),
                "partner_name": f"{name} (as applied)",
                "email_from": each.candidate.email,
                "job_id": (number(each.job), each.job.name),
                "stage_id": self._stage(each),
                "user_id": user_link(each.recruiter),
                "meeting_ids": [number(m) for m in mine if not self.hides(m)],
                "response_ids": [number(card) for card in self.cards(each)],
                "application_status": STATUSES[status],
                "priority": "2",
                "date_closed": changed_at if status == "hired" else False,
                "refuse_reason_id": (1, NOTES) if status == "rejected" else False,
                "refuse_date": changed_at if status == "rejected" else False,
                "active": status in ("in_process", "hired"),
                "create_date": written(each.created_at),
                "write_date": written(each.updated_at(self.now)),
            }

    def _stage(self, application: Application) -> tuple[int, str] | bool:
        if application.status.at(self.now) == "hired":
            return SIGNED_ID, SIGNED
        stage = application.stage.at(self.now)
        return (number(stage), stage.name) if stage else False

    def _jobs(self) -> Iterator[Row]:
        for each in self.world.jobs:
            if each.exists(self.now):
                department = each.department
                yield {
                    "id": number(each),
                    "name": each.name,
                    "user_id": user_link(next(iter(each.recruiters), None)),
                    "survey_id": survey(each),
                    "department_id": (number(department), department.name) if department else False,
                    "active": each.is_open.at(self.now),
                    "write_date": written(each.updated_at(self.now)),
                }

    def _people(self) -> list[Person]:
        return [each for each in self.world.people if each.exists(self.now)]

    def _users(self) -> Iterator[Row]:
        for each in self._people():
            yield {
                "id": number(each),
                "name": each.name,
                "login": f"login-{number(each)}",  # need not be an address
                "email": each.email or False,
                "partner_id": partner_link(each),
                "active": each.active.at(self.now),
                "tz": each.zone,
                "create_date": written(each.created_at),
                "write_date": written(each.updated_at(self.now)),
            }

    def _partners(self) -> Iterator[Row]:
        """An archived user's partner stays active."""
        for each in self._people():
            partner, name = partner_link(each)
            users = [number(each)]
            yield {"id": partner, "name": name, "active": True, "user_ids": users}
        for candidate in self.world.candidates:
            if candidate.exists(self.now):
                name = candidate.full_name(self.now)
                yield {"id": number(candidate), "name": name, "active": True, "user_ids": []}

    def _keys(self) -> Iterator[Row]:
        """Of the asking user alone."""
        ends_at = whole(self.now) + timedelta(days=80)
        yield {"id": 1, "name": "Afterword", "expiration_date": written(ends_at)}

    def _forms(self) -> Iterator[Row]:
        """An automation makes one for each interviewer, with the applicant, when they are invited:
        the one way that leaves a trace of who filled it about whom. Whoever fills it for somebody
        else does so through that person's link, and is not told."""
        for application in filter(self.shows, self.world.applications):
            for card in self.cards(application):
                filled_at, saved = self.filled_at(card), card.saved.at(self.now)
                changed_at = form_changed_at(card, self.now)
                row = {
                    "id": number(card),
                    "applicant_id": self._applicant_link(application),
                    "partner_id": partner_link(card.interviewer),
                    "survey_id": survey(application.job),
                    "state": "done" if filled_at else "in_progress" if saved else "new",
                    "end_datetime": written(filled_at),
                    "scoring_percentage": 50.0,
                    "access_token": NOTES,
                    "create_date": written(card.created_at),
                    "write_date": written(changed_at),
                }
                yield row
                if not filled_at:  # whoever only tries the form out hands nothing in
                    tried = {"id": TRIAL + number(card), "state": "done", "test_entry": True}
                    yield row | tried | {"end_datetime": written(self.now)}

    def _todos(self) -> Iterator[Row]:
        """One for each meeting that was entered on the applicant's page: the organiser's."""
        for each in self.meetings():
            interview, user = each.interview, organiser(each.interview)
            if user is None:
                continue
            done_at = self.todo_done_at(interview)
            yield {
                "id": DUTY + number(interview),
                "res_model": "hr.applicant",
                "res_id": number(interview.application),
                "user_id": user_link(user),
                "activity_type_id": (3, "Meeting"),
                "summary": NOTES,
                "date_deadline": f"{each.starts_at:%Y-%m-%d}",
                "date_done": f"{done_at:%Y-%m-%d}" if done_at else False,
                "state": "done" if done_at else "planned",
                "feedback": NOTES if done_at else False,
                "calendar_event_id": (number(interview), interview.slot.name),
                "active": done_at is None,
                "create_date": written(interview.created_at),
                "write_date": written(done_at or interview.created_at),
            }

    def todo_done_at(self, interview: Interview) -> datetime | None:
        """Organisers mark it done when they have written their own feedback."""
        own = [c for c in interview.cards if c.interviewer is organiser(interview)]
        filled = [self.filled_at(card) for card in own if card.exists(self.now)]
        return min((each for each in filled if each), default=None)

    def _notes(self) -> Iterator[Row]:
        """Whoever writes feedback leaves a comment on the applicant, in their own name."""
        for application in filter(self.shows, self.world.applications):
            for card in self.cards(application):
                submission = card.submission.at(self.now)
                at = written(submission.at if submission else self.now)
                note = {
                    "id": NOTE + number(card),
                    "model": "hr.applicant",
                    "res_id": number(application),
                    "author_id": partner_link(
                        submission.submitter if submission else card.interviewer
                    ),
                    "body": NOTES,
                    "date": at,
                    "message_type": "comment",
                    "write_date": at,
                }
                if submission:
                    yield note
                else:  # a stage that somebody moved, and a remark about something of that number
                    yield note | {"message_type": "notification"}
                    yield note | {"id": TRIAL + NOTE + number(card), "model": "hr.job"}


def survey(job: Job) -> tuple[int, str]:
    return SURVEY + number(job), f"Interview form: {job.name}"


def answered(word: str | None) -> str:
    return "needsAction" if word in (None, "needs_action") else str(word)


def form_changed_at(card: Card, now: datetime) -> datetime:
    return max(card.created_at, card.submission.changed_at(now), card.saved.changed_at(now))
