"""A recruitment department, seeded into Odoo through its API, and what must follow from it.

What is expected is worked out here from the plan alone, with a rule of its own: nothing of
Afterword is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.odoo.server import Odoo

DUE_AFTER = timedelta(days=2)
"""Calendar days, as the proof sets it."""
PEOPLE = {
    "recruiter": "Rhea Okafor",
    "bo": "Bo Lindqvist",
    "cem": "Cem Aydin",
    "dana": "Dana Petrov",
    "eve": "Eve Laurent",
    "gone": "Gil Moreau",
}
"""By login; every one an internal user. ``gone`` is archived after the meetings."""


@dataclass
class Meeting:
    """One meeting of the plan. Moments are aware UTC."""

    title: str
    applicant: str
    panel: tuple[str, ...]
    """Logins of colleagues; the candidate and a guest may sit there too."""
    start: datetime
    minutes: int = 60
    declined: tuple[str, ...] = ()
    whole_day: date | None = None
    organiser: str = "recruiter"
    done: bool = False
    """Its to-do, which Odoo made for the organiser, is marked done."""
    private: bool = False
    cancelled: bool = False
    left: tuple[str, ...] = ()
    """Who was on the panel before."""
    deleted: bool = False
    id: int = 0

    @property
    def end(self) -> datetime:
        if self.whole_day:
            return datetime.combine(self.whole_day + timedelta(days=1), time(), UTC)
        return self.start + timedelta(minutes=self.minutes)


@dataclass
class Filled:
    """A form of one colleague about one applicant."""

    applicant: str
    who: str
    at: datetime | None
    """None: it waits for them."""


@dataclass
class Applicant:
    job: str
    closed: bool = False
    notes: tuple[str, ...] = ()
    """Who wrote one, after everything."""
    id: int = 0
    partner: int = 0


@dataclass
class Department:
    """The plan, and the ids that Odoo gave it."""

    now: datetime
    odoo: Odoo
    users: dict[str, int] = field(default_factory=dict)
    partners: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    surveys: dict[str, int] = field(default_factory=dict)
    applicants: dict[str, Applicant] = field(default_factory=dict)
    meetings: list[Meeting] = field(default_factory=list)
    forms: list[Filled] = field(default_factory=list)
    readable_jobs: frozenset[str] = frozenset({"Platform engineer", "Designer"})
    """Whose forms the service user may see, and of which one was filled lately."""

    # -- what is expected

    def owing(self, now: datetime, evidence: str = "form") -> set[tuple[int, str]]:
        """(meeting, e-mail) of everybody whose scorecard is overdue at ``now``."""
        return {
            (meeting.id, address(who))
            for meeting, who in self._seats()
            if self.status(meeting, who, now, evidence) == "overdue"
        }

    def told(self, now: datetime) -> dict[tuple[int, str], str]:
        """Who hears of each of them, of running applications: whoever owes it, or the recruiter
        where that person has left."""
        quiet = {m.id for m in self.meetings if self.applicants[m.applicant].closed}
        instead = {address("gone"): address("recruiter")}
        return {
            (meeting, owes): instead.get(owes, owes)
            for meeting, owes in self.owing(now)
            if meeting not in quiet
        }

    def counts(self, now: datetime, week: str) -> Counter[str]:
        """How many scorecards of each status, of meetings that ended in the ISO week."""
        ended = [each for each in self.meetings if week_of(each.end) == week]
        found = Counter(
            self.status(meeting, who, now) for meeting, who in self._seats() if meeting in ended
        )
        # What was known once is not forgotten: the deleted meeting, the seat that was given up.
        gone = sum(len(each.left) + len(each.panel) * each.deleted for each in ended)
        return found + Counter(cancelled=gone)

    def status(self, meeting: Meeting, who: str, now: datetime, evidence: str = "form") -> str:
        filed, tells = self._told(meeting, who, evidence)
        if meeting.cancelled:
            return "cancelled"
        if filed is not None:
            return "submitted" if filed <= meeting.end + DUE_AFTER else "submitted_late"
        if not tells:
            return "unknown"
        if meeting.end > now:
            return "upcoming"
        if who in meeting.declined:
            return "excused"
        return "overdue" if meeting.end + DUE_AFTER < now else "awaiting"

    def _seats(self) -> Iterator[tuple[Meeting, str]]:
        """Of a private meeting nothing is told, and of a deleted one nothing is left."""
        for meeting in self.meetings:
            if not meeting.private and not meeting.deleted:
                for who in meeting.panel:
                    yield meeting, who

    def _told(self, meeting: Meeting, who: str, evidence: str) -> tuple[datetime | None, bool]:
        """When it was handed in, and whether it is known if it was not."""
        applicant = self.applicants[meeting.applicant]
        if evidence == "message":
            return (self.now if who in applicant.notes else None), True
        if evidence == "activity":
            return (self.now if who == meeting.organiser and meeting.done else None), (
                who == meeting.organiser
            )
        if applicant.job not in self.readable_jobs:
            return None, False
        begins = meeting.start
        if meeting.whole_day:
            begins = datetime.combine(meeting.whole_day, time(), UTC)
        moments = [
            form.at
            for form in self.forms
            if (form.applicant, form.who) == (meeting.applicant, who)
            and form.at is not None
            and form.at >= begins
        ]
        return min(moments, default=None), True

    def called(self, title: str) -> Meeting:
        return next(meeting for meeting in self.meetings if meeting.title == title)

    # -- seeding

    def hire_people(self) -> None:
        internal = self._group("base", "group_user")
        for login, name in PEOPLE.items():
            self.users[login] = self.odoo.create(
                "res.users",
                name=name,
                login=login,
                email=address(login),
                group_ids=[[6, 0, [internal]]],
            )
        rows = self.odoo.find(
            "res.users", [["id", "in", list(self.users.values())]], "login", "partner_id"
        )
        self.partners = {row["login"]: row["partner_id"][0] for row in rows}
        self.partners["guest"] = self.odoo.create(
            "res.partner", name="A guest", email="guest@example.net"
        )

    def _group(self, module: str, name: str) -> int:
        domain = [["module", "=", module], ["name", "=", name], ["model", "=", "res.groups"]]
        return int(self.odoo.find("ir.model.data", domain, "res_id")[0]["res_id"])

    def open_job(self, name: str, survey_type: str) -> None:
        """With a form of its own. Of the type ``custom`` it is kept from the service user."""
        question = [0, 0, {"title": "How was it?", "question_type": "text_box"}]
        self.surveys[name] = self.odoo.create(
            "survey.survey",
            title=f"Interview form {name}",
            survey_type=survey_type,
            access_mode="token",
            questions_layout="one_page",
            question_and_page_ids=[question],
        )
        department = self.odoo.create("hr.department", name=f"Department of {name}")
        self.jobs[name] = self.odoo.create(
            "hr.job",
            name=name,
            survey_id=self.surveys[name],
            user_id=self.users["recruiter"],
            department_id=department,
        )

    def apply(self, name: str, job: str, **more: Any) -> None:
        mail = f"{name.split()[0].lower()}@example.net"
        values = {"partner_name": name, "email_from": mail, "job_id": self.jobs[job], **more}
        id = self.odoo.create("hr.applicant", **values)
        row = self.odoo.find("hr.applicant", [["id", "=", id]], "partner_id")[0]
        self.applicants[name] = Applicant(job, id=id, partner=row["partner_id"][0])

    def meet(self, meeting: Meeting, *others: int) -> Meeting:
        """Enter it as the web client does; ``others``: partners who sit there too."""
        applicant = self.applicants[meeting.applicant]
        who = [self.partners[each] for each in meeting.panel]
        values: dict[str, Any] = {
            "name": meeting.title,
            "partner_ids": [[6, 0, [*who, *others]]],
            # Nobody but the organiser or an attendee may write a private meeting.
            **(
                {"privacy": "private"}
                if meeting.private
                else {"user_id": self.users[meeting.organiser]}
            ),
            **_when(meeting),
        }
        meeting.id = self.odoo.create(
            "calendar.event", context={"default_applicant_id": applicant.id}, **values
        )
        for login in meeting.declined:
            seat = self.odoo.find(
                "calendar.attendee",
                [["event_id", "=", meeting.id], ["partner_id", "=", self.partners[login]]],
                "id",
            )
            self.odoo.do("calendar.attendee", "do_decline", ids=[seat[0]["id"]])
        self.meetings.append(meeting)
        return meeting

    def fill(self, applicant: str, who: str, at: datetime | None) -> None:
        """A form made for them and, unless ``at`` is None, handed in then."""
        id = self._form(applicant, who)
        if at is not None:
            self.odoo.write("survey.user_input", id, state="done", end_datetime=text(at))
        self.forms.append(Filled(applicant, who, at))

    def fill_in_the_browser(self, applicant: str, who: str) -> None:
        """As the interviewer does, through the link, on the web pages; it is stamped by Odoo."""
        id = self._form(applicant, who)
        fields = ("access_token", "survey_id")
        form = self.odoo.find("survey.user_input", [["id", "=", id]], *fields)[0]
        survey = form["survey_id"][0]
        token = self.odoo.find("survey.survey", [["id", "=", survey]], "access_token")[0]
        question = self.odoo.find("survey.question", [["survey_id", "=", survey]], "id")[0]
        self.odoo.answer_form(
            token["access_token"], form["access_token"], {str(question["id"]): "It went well."}
        )
        ended = self.odoo.find("survey.user_input", [["id", "=", id]], "state", "end_datetime")[0]
        assert ended["state"] == "done"
        at = datetime.fromisoformat(ended["end_datetime"]).replace(tzinfo=UTC)
        self.forms.append(Filled(applicant, who, at))

    def _form(self, applicant: str, who: str) -> int:
        found = self.applicants[applicant]
        return self.odoo.create(
            "survey.user_input",
            survey_id=self.surveys[found.job],
            applicant_id=found.id,
            partner_id=self.partners[who],
            email=address(who),
        )

    def finish(self, meeting: Meeting) -> None:
        """Mark the to-do of the meeting done."""
        domain = [["calendar_event_id", "=", meeting.id]]
        todo = self.odoo.find("mail.activity", domain, "user_id")
        assert [row["user_id"][0] for row in todo] == [self.users[meeting.organiser]]
        self.odoo.do("mail.activity", "action_feedback", ids=[todo[0]["id"]], feedback="Fine.")
        meeting.done = True

    def note(self, applicant: str, who: str) -> None:
        """A note in the applicant's history."""
        found = self.applicants[applicant]
        self.odoo.do(
            "hr.applicant",
            "message_post",
            ids=[found.id],
            body="We talked.",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            author_id=self.partners[who],
        )
        found.notes += (who,)

    # -- what changes afterwards

    def move(self, meeting: Meeting, to: datetime) -> None:
        meeting.start = to
        self.odoo.write("calendar.event", meeting.id, **_when(meeting))

    def cancel(self, meeting: Meeting) -> None:
        meeting.cancelled = True
        self.odoo.write("calendar.event", meeting.id, active=False)

    def delete(self, meeting: Meeting) -> None:
        meeting.deleted = True
        self.odoo.do("calendar.event", "unlink", ids=[meeting.id])

    def swap(self, meeting: Meeting, *panel: str) -> None:
        meeting.left, meeting.panel = meeting.panel, panel
        partners = [self.partners[each] for each in panel]
        self.odoo.write("calendar.event", meeting.id, partner_ids=[[6, 0, partners]])

    def refuse(self, name: str) -> None:
        reason = self.odoo.find("hr.applicant.refuse.reason", [], "id", limit=1)[0]["id"]
        applicant = self.applicants[name]
        applicant.closed = True
        self.odoo.write("hr.applicant", applicant.id, refuse_reason_id=reason, active=False)

    def leave(self, login: str) -> None:
        self.odoo.write("res.users", self.users[login], active=False)


def address(login: str) -> str:
    return f"{login}@example.org"


def week_of(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _when(meeting: Meeting) -> dict[str, Any]:
    if meeting.whole_day:
        day = meeting.whole_day.isoformat()
        return {"allday": True, "start_date": day, "stop_date": day, "start": day, "stop": day}
    return {"start": text(meeting.start), "stop": text(meeting.end)}
