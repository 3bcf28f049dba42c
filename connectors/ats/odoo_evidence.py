"""What shows, in Odoo, that an interviewer handed in (other-ats.md 8.3, strongest first).

Only that and when is asked for: never an answer, a mark, or the text of a note.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.ats.base import Finding
from connectors.ats.odoo_json2 import Json2, written
from connectors.ats.odoo_rows import (
    ActivityRow,
    ApplicantRow,
    FormRow,
    JobFormRow,
    MeetingRow,
    NoteRow,
    UserRow,
)
from connectors.rows import Rows
from connectors.wire import Bad, number_id

SCOPE = "reading {}"
RECENT = timedelta(days=60)
"""How far back filled forms and private meetings are looked for."""
OF_APPLICANTS = ["applicant_id", "!=", False]
WAITING = ("new", "in_progress")

Told = tuple[datetime | None, bool]
"""When it was handed in, and whether it could be known if it was not."""
Judge = Callable[[MeetingRow, UserRow], Told]
Key = tuple[str | None, str | None]


class Evidence:
    """One pull's or one re-read's; ``kind`` is one of EVIDENCE."""

    def __init__(self, kind: str, rows: Rows, api: Json2, now: datetime) -> None:
        self._kind, self._rows, self._api, self._now = kind, rows, api, now
        self._in_use: dict[str, bool] = {}

    def judge(self, meetings: Sequence[MeetingRow]) -> Judge:
        """For these meetings, whose applicants are known to the rows. Raises ConnectorError."""
        if self._kind == "form":
            return self._forms(meetings)
        return self._todos(meetings) if self._kind == "activity" else self._notes(meetings)

    def _forms(self, meetings: Sequence[MeetingRow]) -> Judge:
        """A form about this applicant, filled by this person after the meeting began.

        There is no link to the meeting, and forms of the wrong survey type are kept from us in
        silence. So one that is not there is missing only where it waits for this very person, or
        where colleagues' forms of the job's survey were seen lately; else nobody can tell.
        """
        rows, bad = self._rows.where(
            FormRow,
            "applicant_id",
            (row.applicant_id for row in meetings),
            domain=json.dumps([["test_entry", "=", False]]),
        )
        unread = {linked_to(each, "applicant_id") for each in bad}
        forms: dict[Key, list[FormRow]] = defaultdict(list)
        for row in rows:
            forms[row.applicant_id, row.partner_id].append(row)
        self._rows.fresh(JobFormRow, (self._job_of(row) for row in meetings))

        def told(row: MeetingRow, user: UserRow) -> Told:
            mine = forms[row.applicant_id, user.partner_id]
            done = [form.end_datetime for form in mine if form.state == "done"]
            filed = _first(done, row.began())
            if filed:
                return filed, True
            odd = any(form.state not in (*WAITING, "done") for form in mine)
            if odd or None in done or unread & {row.applicant_id, None}:
                return None, False
            waits = any(form.state in WAITING for form in mine)
            return None, waits or self._is_in_use(self._job_of(row))

        return told

    def _job_of(self, row: MeetingRow) -> str | None:
        applicant = self._rows.known(ApplicantRow, row.applicant_id)
        return applicant.job_id if applicant else None

    def _is_in_use(self, job_id: str | None) -> bool:
        """Whether a colleague's filled form of this job's survey was seen lately."""
        form = self._rows.known(JobFormRow, job_id)
        if form is None or form.survey_id is None:
            return False
        survey = form.survey_id
        if survey not in self._in_use:
            self._in_use[survey] = self._filled(["survey_id", "=", int(survey)])
        return self._in_use[survey]

    def _filled(self, *more: list[Any]) -> bool:
        """Whether there is a form that a colleague filled lately; nothing but its id is asked."""
        domain = [
            OF_APPLICANTS,
            ["state", "=", "done"],
            ["test_entry", "=", False],
            ["end_datetime", ">=", written(self._now - RECENT)],
            ["partner_id.user_ids", "any", [["share", "=", False]]],
            *more,
        ]
        params = {"fields": "id", "per_page": "1", "domain": json.dumps(domain)}
        return bool(self._api.rows(FormRow.path, params, scope=SCOPE.format(FormRow.path)))

    def _todos(self, meetings: Sequence[MeetingRow]) -> Judge:
        """The meeting's own to-do, marked done. Odoo makes one for the organiser alone; of whoever
        has none nobody can tell."""
        rows, bad = self._rows.where(ActivityRow, "calendar_event_id", (m.id for m in meetings))
        unread = {linked_to(each, "calendar_event_id") for each in bad}
        todos: dict[Key, list[ActivityRow]] = defaultdict(list)
        for row in rows:
            todos[row.calendar_event_id, row.user_id].append(row)

        def told(row: MeetingRow, user: UserRow) -> Told:
            mine = todos[row.id, user.id]
            done = _first(todo.done_at() for todo in mine)
            waits = any(todo.active for todo in mine)
            return done, bool(done) or (waits and not unread & {row.id, None})

        return told

    def _notes(self, meetings: Sequence[MeetingRow]) -> Judge:
        """A note on the applicant by this person after the meeting began."""
        comments = [["model", "=", "hr.applicant"], ["message_type", "=", "comment"]]
        rows, bad = self._rows.where(
            NoteRow, "res_id", (m.applicant_id for m in meetings), domain=json.dumps(comments)
        )
        unread = {each.id("res_id") for each in bad}
        notes: dict[Key, list[datetime | None]] = defaultdict(list)
        for row in rows:
            notes[row.res_id, row.author_id].append(row.date)

        def told(row: MeetingRow, user: UserRow) -> Told:
            filed = _first(notes[row.applicant_id, user.partner_id], row.began())
            return filed, bool(filed) or not unread & {row.applicant_id, None}

        return told

    def finding(self) -> Finding:
        """What this evidence can tell here, for ``check``. Raises ConnectorError."""
        subject = f"evidence: {self._kind}"
        if self._kind == "activity":
            return Finding(
                subject,
                True,
                "the meeting's to-do, marked done; Odoo makes one for the organiser, so of the "
                "other interviewers nothing can be told",
            )
        if self._kind == "message":
            return Finding(subject, True, "a note on the applicant by the interviewer")
        if self._filled():
            return Finding(
                subject,
                True,
                "colleagues' filled forms are seen; of jobs whose own form was never among them, "
                "a missing one can be told only where it waits for the interviewer",
            )
        return Finding(
            subject,
            False,
            f"no form that a colleague filled was seen in {RECENT.days} days, so a missing one "
            "cannot be told from one that is kept from this key",
            "Let a form of the survey type Recruitment be made for each interviewer and applicant, "
            "or choose another ODOO_EVIDENCE.",
            optional=True,
        )


def _first(moments: Iterable[datetime | None], since: datetime | None = None) -> datetime | None:
    good = [each for each in moments if each and (since is None or each >= since)]
    return min(good, default=None)


def linked_to(bad: Bad, key: str) -> str | None:
    """Which record an unreadable row belongs to, if it tells."""
    value = bad.row.get(key) if isinstance(bad.row, dict) else None
    return number_id(value[0] if isinstance(value, list) and value else value)
