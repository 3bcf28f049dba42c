"""What a link in a message opens: a page that asks once more, and changes something only when its
button is pressed.

Mail scanners and previews follow every link, some with HEAD, some with GET: both only read. A
button carries a stamp that only the page has, and a browser that says the form came from
elsewhere is not obeyed. A machine that reads the page and presses its buttons cannot be told from
a person, so nothing here is final: every answer stands in the open and can be undone. Nobody signs
in; the link is the proof, for one scorecard and as long as it is asked of the one it was sent to.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from plugin.auth import Attempts, short_forms
from plugin.links import AnswerToken, DeadLink, Links, digest_of
from scheduler.answer_words import because, names_around, told
from scheduler.answering import (
    AnswerStore,
    Choices,
    Refused,
    answer,
    choices,
    closed,
    standing,
    start_of,
    undo,
)
from scheduler.answers import WHY, Answer, AnswerKind
from scheduler.facts import PersonFacts, ScorecardFacts
from scheduler.hours import Hours
from scheduler.owed import LABELS, held_at
from scheduler.phrases import clean, counted, meeting, on_day, web_link

HoursOf = Callable[[PersonFacts], Hours]
GONE = "This interview is not known here any more, so nothing is asked of you."
NOT_YOURS = "This scorecard is asked of somebody else now, so nothing is asked of you."
TOO_OLD = "This page was open for too long, or came from elsewhere. Please press once more."


@dataclass(frozen=True, slots=True)
class Ask:
    """What one kind of answer says before it is given."""

    question: str
    effect: str


ASKS: Mapping[AnswerKind, Ask] = {
    AnswerKind.DONE_ELSEWHERE: Ask(
        "Are your notes written down elsewhere?",
        "You are not asked about this interview again. In the weekly report the scorecard counts "
        "as excused.",
    ),
    AnswerKind.SNOOZE: Ask(
        "Until when should we wait?",
        "Until then nobody writes to you about it. The candidate keeps waiting, so it stays "
        "overdue.",
    ),
    AnswerKind.HAND_OVER: Ask(
        "Who can write it instead of you?",
        "They are told once, with your name. You are not asked about this interview again.",
    ),
    AnswerKind.DID_NOT_HAPPEN: Ask(
        "What happened instead?",
        "You are not asked about this interview again. The reason is kept with it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A link that is alive, and how things stand behind it."""

    token: AnswerToken
    facts: ScorecardFacts
    panel: Sequence[ScorecardFacts]
    over: str | None
    """Why nothing can be answered any more."""
    answer: Answer | None
    """In force, of whatever kind."""

    @property
    def done(self) -> bool:
        """Whether what the link is for was answered already."""
        return self.answer is not None and self.answer.kind is self.token.kind


@dataclass(frozen=True, slots=True)
class AnswerPages:
    store: AnswerStore
    links: Links
    hours_of: HoursOf
    zone: ZoneInfo
    """The company's: days of waiting are counted in it."""
    clock: Callable[[], datetime]
    attempts: Attempts
    answered: Callable[[], None]
    """Has the messages that were sent brought up to date, at once and elsewhere."""

    def standing(self, token: str, now: datetime) -> Standing:
        """What is behind a link, or the request ends with a page that says what is wrong."""
        read = self._read(token, now)
        panel = self.store.panels(read.key.ats, [read.key.interview_id])
        seats = panel.get(read.key.interview_id, [])
        facts = next((each for each in seats if each.key == read.key), None)
        if facts is None:
            abort(make_response(_page("closed", title="Nothing to do", sentence=GONE), 200))
        if not hmac.compare_digest(digest_of(facts.interviewer.email or ""), read.whose):
            abort(make_response(_page("closed", title="Nothing to do", sentence=NOT_YOURS), 200))
        return Standing(read, facts, seats, closed(facts, now), standing(facts, now))

    def _read(self, token: str, now: datetime) -> AnswerToken:
        try:
            return self.links.read_answer(token, now)
        except DeadLink as dead:
            abort(dead_end(self.attempts, dead))

    def show(self, token: str, problem: str = "", code: int = 200) -> Response:
        """The page of a link. Reads only."""
        now = self.clock()
        found = self.standing(token, now)
        words = {
            "kind": found.token.kind.value,
            "waits": _waits(found.facts, self.zone, now),
            "write": web_link(found.facts.url),
            "stamp": self.links.stamp(token, now),
            "token": token,
        }
        if found.over:
            page = _page("closed", title="Nothing is left to do", sentence=found.over, **words)
            return make_response(page, code)
        hours = self.hours_of(found.facts.interviewer)
        offered = choices(found.facts, found.panel, now, hours)
        page = _page(
            "answered" if found.done else "ask",
            ask=ASKS[found.token.kind],
            problem=problem,
            offers=_offers(found.token.kind, offered, now),
            days=_days(offered, hours, now),
            others=[
                (LABELS[kind], self.links.another(found.token, kind))
                for kind in LABELS
                if kind is not found.token.kind
            ],
            said=_said(found, hours, now),
            zone=hours.zone.key,
            **words,
        )
        return make_response(page, code)

    def take(self, token: str) -> Response:
        """The button was pressed."""
        now = self.clock()
        found = self.standing(token, now)
        if not self._pressed_here(token, now):
            return self.show(token, TOO_OLD, 400)
        form = request.form
        taken = answer(
            self.store,
            found.token.key,
            found.token.kind,
            found.facts.interviewer.email or "",
            "page",
            now,
            until=_until(form, self.hours_of(found.facts.interviewer)),
            to_id=form.get("to"),
            reason=form.get("reason"),
        )
        if isinstance(taken, Refused):
            return self.show(token, taken.sentence, 409)
        self.answered()
        return _back_to(token)

    def take_back(self, token: str) -> Response:
        """Undo was pressed: of what this very link is for, and of nothing else."""
        now = self.clock()
        found = self.standing(token, now)
        if not self._pressed_here(token, now):
            return self.show(token, TOO_OLD, 400)
        if found.answer is not None and found.done:
            taken = undo(
                self.store, found.answer.id, found.facts.interviewer.email or "", "page", now
            )
            if isinstance(taken, Refused):
                return self.show(token, taken.sentence, 409)
            self.answered()
        return _back_to(token)

    def _pressed_here(self, token: str, now: datetime) -> bool:
        return not from_elsewhere() and self.links.stamped(
            request.form.get("stamp", ""), token, now
        )


def answer_pages(view: AnswerPages) -> Blueprint:
    """``/answer/<token>``: GET asks, POST does, and the page of what was done has an Undo."""
    blueprint = Blueprint("answers", __name__)
    blueprint.before_request(short_forms)
    blueprint.get("/answer/<token>")(view.show)
    blueprint.post("/answer/<token>")(view.take)
    blueprint.post("/answer/<token>/undo")(view.take_back)
    return blueprint


def dead_end(attempts: Attempts, dead: DeadLink) -> Response:
    """The one page for links that open nothing. Whoever guesses many is asked to wait."""
    code, address = 410, request.remote_addr or ""
    if not dead.expired:
        code = 429 if attempts.wait(address) else 404
        attempts.wrong(address)
    answer = make_response(_page("dead", title="This link does not work any more"), code)
    if code == 429:
        answer.headers["Retry-After"] = str(attempts.wait(address))
    return answer


def from_elsewhere() -> bool:
    """Whether the browser itself says that another site's page sent this form.

    ``Origin`` is no help: a page that sends no referrer sends ``Origin: null`` to itself.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _page(part: str, **words: Any) -> str:
    return render_template("answer.html", part=part, guest=True, **words)


def _back_to(token: str) -> Response:
    """A page that was reloaded must not send its form again."""
    return make_response(redirect(f"/answer/{token}", code=303))


def _waits(facts: ScorecardFacts, zone: ZoneInfo, now: datetime) -> tuple[str, str, str]:
    """Who waits, since when on what, and the interview alone."""
    who = clean(facts.candidate or "") or "A candidate"
    name = clean(facts.interview) or "interview"
    job = f" ({clean(facts.job)})" if facts.job and clean(facts.job) else ""
    ended = held_at(facts, zone)
    what = meeting(name, ended, now, zone) + job
    days = 0
    if ended is not None:
        days = (now.astimezone(zone).date() - ended.astimezone(zone).date()).days
    since = f"has been waiting {counted(days, 'day')}" if days > 0 else "is waiting"
    return who, f"{since} to hear about {what}.", what


def _offers(kind: AnswerKind, offered: Choices, now: datetime) -> list[tuple[str, str, str, str]]:
    """The buttons: name and value of the field, what it says, and a small line below."""
    if kind is AnswerKind.SNOOZE:
        return [
            ("until", at.isoformat(), _day_words(at, offered, now), _short(at, offered.zone))
            for at in offered.moments
        ]
    if kind is AnswerKind.HAND_OVER:
        return [("to", each.id, each.name, each.role) for each in offered.colleagues]
    if kind is AnswerKind.DID_NOT_HAPPEN:
        return [("reason", why.value, words, "") for why, words in WHY.items()]
    return [("done", "yes", "Yes, done elsewhere", "")]


def _day_words(at: datetime, offered: Choices, now: datetime) -> str:
    day, today = at.astimezone(offered.zone).date(), now.astimezone(offered.zone).date()
    return "Tomorrow" if (day - today).days == 1 else f"{day:%A}"


def _clock_words(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%A} {here.day} {here:%B, %H:%M}"


def _short(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%a} {here.day} {here:%b, %H:%M}"


def _said(found: Standing, hours: Hours, now: datetime) -> dict[str, str]:
    """What was answered before: the headline, what follows from it, and when."""
    given, zone = found.answer, hours.zone
    names = names_around(found.facts, *found.panel)
    if given is None:
        undone = [each for each in found.facts.answers if each.undone_at]
        return {"undone": "yes"} if undone else {}
    headline, follows = {
        AnswerKind.DONE_ELSEWHERE: ("Noted, it is done elsewhere", "You are not asked again."),
        AnswerKind.SNOOZE: (
            f"Noted, not before {_clock_words(given.until or given.at, zone)}",
            f"Nobody writes to you about it until then{_or_later(given, hours)}. If you find two "
            "minutes earlier, the candidate will be glad.",
        ),
        AnswerKind.HAND_OVER: (
            f"Noted, {names.get(given.to_id or '', 'a colleague')} takes it from here",
            "They are told once, and you are not asked again.",
        ),
        AnswerKind.DID_NOT_HAPPEN: (
            "Noted, it did not happen",
            f"{because(given)}. You are not asked again.",
        ),
    }[given.kind]
    at = f"{on_day(given.at, now, zone)} at {given.at.astimezone(zone):%H:%M}"
    return {"headline": headline, "follows": follows, "at": at, "short": told(given, names, zone)}


def _or_later(given: Answer, hours: Hours) -> str:
    day = hours.today(given.until or given.at)
    return "" if hours.calendar.is_workday(day) else ", nor before your next working day"


def _days(offered: Choices, hours: Hours, now: datetime) -> tuple[date, date]:
    """The first and last day of the date field, where the person is."""
    day = timedelta(days=1)
    last = offered.latest.astimezone(offered.zone).date()
    too_late = start_of(last, hours) > offered.latest
    return now.astimezone(offered.zone).date() + day, last - day if too_late else last


def _until(form: Mapping[str, str], hours: Hours) -> datetime | None:
    """The moment that was chosen, or the beginning of work on the day that was; None: neither."""
    try:
        if day := form.get("day"):
            return start_of(date.fromisoformat(day), hours)
        at = datetime.fromisoformat(form.get("until", ""))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
