"""The practice ATS in Odoo's dialect, held to other-ats.md 8.3 over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
import requests

from connectors.ats.base import Window
from connectors.model import Interview, Kind
from plugin.sandbox import truth
from plugin.sandbox.generate import generate
from plugin.sandbox.odoo import NO_DATABASE, Odoo
from plugin.sandbox.server import SandboxServer
from tests.connectors.contract.bench import BENCHES
from tests.connectors.loopback import Answer, serving
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story

NOW = MONDAY + DAY
EVERYBODY = ["active", "in", [True, False]]
Row = dict[str, Any]


class Asking:
    """Asks one practice account and decides nothing itself."""

    def __init__(self, server: SandboxServer, dialect: Odoo) -> None:
        self.server, self.dialect = server, dialect
        environment = server.environment()
        self.url = environment["ODOO_URL"]
        self.headers = {
            "Authorization": f"bearer {environment['ODOO_API_KEY']}",
            "X-Odoo-Database": environment["ODOO_DATABASE"],
        }

    def call(self, path: str, /, **arguments: Any) -> requests.Response:
        url = f"{self.url}/json/2/{path}"
        return requests.post(url, json=arguments, headers=self.headers, timeout=5)

    def search(self, model: str, *domain: Any, **more: Any) -> list[Row]:
        answer = self.call(f"{model}/search_read", domain=list(domain), **more)
        assert answer.status_code == 200, answer.text
        found: list[Row] = answer.json()
        return found

    def number(self, kind: Kind, entity: Any) -> int:
        return int(self.dialect.id_of(kind, entity))


@contextmanager
def practice(told: Story, now: datetime = NOW, **options: Any) -> Iterator[Asking]:
    dialect = Odoo(**options)
    with SandboxServer(told.world, now=now, dialects=[dialect]) as server:
        yield Asking(server, dialect)


# -- what it shows


def test_a_meeting_has_the_documented_fields() -> None:
    told = story()
    with practice(told) as asking:
        [meeting] = asking.search("calendar.event", ["applicant_id", "!=", False])
        applicant = asking.number(Kind.APPLICATION, told.noor)
        pia = asking.number(Kind.PERSON, told.pia)
    assert (meeting["name"], meeting["active"]) == ("Systems talk", True)
    assert (meeting["start"], meeting["stop"]) == ("2026-11-16 14:00:00", "2026-11-16 15:00:00")
    assert (meeting["allday"], meeting["start_date"], meeting["stop_date"]) == (False,) * 3
    assert meeting["applicant_id"] == [applicant, "Noor Vance"]
    assert meeting["user_id"] == [pia, "Pia Holt"]
    assert len(meeting["attendee_ids"]) == 3, "the candidate is invited too"
    assert None not in meeting.values()


def test_the_panel_is_the_attendees_who_are_internal_users() -> None:
    told = story()
    told.world.respond(told.talk, told.ivo, MONDAY, "accepted")
    told.world.leave(told.mara, MONDAY)
    with practice(told) as asking:
        seats = asking.search("calendar.attendee", order="id")
        partners = {seat["partner_id"][0]: seat["state"] for seat in seats}
        users = asking.search("res.users", EVERYBODY, ["partner_id", "in", list(partners)])
        plain = asking.search("res.users", ["partner_id", "in", list(partners)])
    panel = {user["name"]: partners[user["partner_id"][0]] for user in users}
    assert panel == {"Ivo Brandt": "accepted", "Mara Field": "needsAction"}
    assert [user["name"] for user in plain] == ["Ivo Brandt"]
    assert not [user for user in users if "@" in user["login"]]


def test_start_and_stop_of_an_all_day_meeting_are_days_in_disguise() -> None:
    told = story()
    days = (date(2026, 11, 16), date(2026, 11, 17))
    told.world.all_day_interview(told.noor, "On site", *days, [told.zoe], created_at=MONDAY)
    with practice(told) as asking:
        [meeting] = asking.search("calendar.event", ["allday", "=", True])
    assert meeting["allday"] is True
    assert (meeting["start"], meeting["stop"]) == ("2026-11-16 08:00:00", "2026-11-17 18:00:00")
    assert (meeting["start_date"], meeting["stop_date"]) == ("2026-11-16", "2026-11-17")


def test_what_is_called_off_is_archived_and_hides_from_whoever_does_not_say_so() -> None:
    told = story()
    told.world.cancel(told.talk, MONDAY + HOUR)
    with practice(told) as asking:
        assert asking.search("calendar.event") == []
        [meeting] = asking.search("calendar.event", EVERYBODY)
        assert asking.search("calendar.event", context={"active_test": False}) == [meeting]
    assert meeting["active"] is False


def test_what_is_deleted_leaves_no_trace() -> None:
    told = story()
    told.world.cancel(told.talk, MONDAY + HOUR, gone=True)
    with practice(told) as asking:
        number = asking.number(Kind.INTERVIEW, told.talk)
        assert asking.search("calendar.event", EVERYBODY) == []
        assert asking.call("calendar.event/read", ids=[number], fields=["name"]).json() == []
        assert asking.search("calendar.attendee") == []


def test_a_private_meeting_is_found_and_says_that_somebody_is_busy() -> None:
    told = story(private=True)
    with practice(told) as asking:
        [found] = asking.search("calendar.event", ["applicant_id", "!=", False])
        [applicant] = asking.search("hr.applicant")
    assert (found["name"], found["applicant_id"], found["write_date"]) == ("Busy", False, False)
    assert (found["partner_ids"], found["stop"]) == ([], "2026-11-16 15:00:00")
    assert (applicant["partner_id"][1], applicant["meeting_ids"]) == ("Noor Vance", [])
    with practice(told, sees_private=True) as asking:
        assert asking.search("calendar.event")[0]["name"] == "Systems talk"


def test_refused_applicants_hide_and_their_status_cannot_be_searched_for() -> None:
    told = story()
    told.world.reject(told.noor, MONDAY + HOUR)
    with practice(told) as asking:
        number = asking.number(Kind.APPLICATION, told.noor)
        assert asking.search("hr.applicant") == []
        assert (
            asking.search("hr.applicant", EVERYBODY, ["application_status", "=", "refused"]) == []
        )
        assert asking.search("calendar.event", ["applicant_id.active", "=", True]) == []
        [row] = asking.call("hr.applicant/read", ids=[number]).json()
    assert (row["application_status"], row["active"]) == ("refused", False)


def test_a_form_is_made_for_each_interviewer_and_done_when_it_is_handed_in() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, MONDAY + 7 * HOUR, by=told.pia)
    told.world.save_draft(told.talk, told.mara, MONDAY + 8 * HOUR)
    with practice(told) as asking:
        forms = {row["partner_id"][1]: row for row in asking.search("survey.user_input")}
    assert set(forms) == {"Ivo Brandt", "Mara Field"}, "who pressed the button is not told"
    assert forms["Ivo Brandt"]["state"] == "done"
    assert forms["Ivo Brandt"]["end_datetime"] == "2026-11-16 16:00:00"
    assert forms["Mara Field"]["state"] == "in_progress"
    assert forms["Mara Field"]["end_datetime"] is False


def test_forms_of_the_wrong_type_are_missing_without_an_error() -> None:
    with practice(story(), sees_forms=False) as asking:
        assert asking.search("survey.user_input") == []


def test_the_todo_is_the_organisers_alone_and_hides_once_it_is_done() -> None:
    told = story()
    with practice(told) as asking:
        [todo] = asking.search("mail.activity")
    assert (todo["user_id"][1], todo["state"], todo["date_done"]) == ("Pia Holt", "planned", False)
    start = MONDAY + 2 * HOUR
    mine = told.world.interview(
        told.noor, "Phone screen", start, start + HOUR, [told.pia], organizer=told.pia
    )
    told.world.submit(mine, told.pia, start + 2 * HOUR)
    with practice(told) as asking:
        assert len(asking.search("mail.activity")) == 1
        [done] = asking.search("mail.activity", EVERYBODY, ["date_done", "!=", False])
    assert (done["date_done"], done["write_date"]) == ("2026-11-16", "2026-11-16 13:00:00")


# -- how it is asked


def test_a_search_goes_by_order_limit_and_offset_and_is_counted() -> None:
    with practice(story()) as asking:

        def names(**more: Any) -> list[str]:
            return [row["name"] for row in asking.search("res.users", fields=["name"], **more)]

        everybody = names(order="name desc")
        assert everybody == ["Zoë Dahl", "Pia Holt", "Mara Field", "Ivo Brandt"]
        assert names(order="name", limit=2, offset=1) == ["Mara Field", "Pia Holt"]
        assert names(order="id") == names()[::-1], "nothing may rest on the usual order"
        assert asking.call("res.users/search_count", domain=[]).json() == 4


def test_a_domain_joins_by_and_or_and_not_and_goes_through_links() -> None:
    with practice(story()) as asking:

        def found(model: str, *domain: Any) -> int:
            return len(asking.search(model, *domain))

        ivo, mara = ["name", "=", "Ivo Brandt"], ["name", "=", "Mara Field"]
        assert found("res.users", ivo, mara) == 0
        assert found("res.users", "|", ivo, mara) == 2
        assert found("res.users", "!", ivo) == 3
        assert found("res.users", "&", "!", ivo, "!", mara) == 2
        internal = ["partner_id.user_ids", "any", [["share", "=", False]]]
        assert found("calendar.attendee", internal) == 2
        assert found("calendar.attendee", ["event_id.name", "=", "Systems talk"]) == 3
        assert found("calendar.event", ["stop", "<", "2026-11-16 15:00:00"]) == 0
        assert found("calendar.event", ["stop", ">=", "2026-11-16 15:00:00"]) == 1
        assert found("calendar.event", ["stop_date", "<=", "2030-01-01"]) == 0, "empty is not early"


@pytest.mark.parametrize(
    ("path", "arguments", "status", "name"),
    [
        ("calendar.event/search_read", {"fields": ["nme"]}, 500, "builtins.ValueError"),
        ("calendar.event/search_read", {"domain": [["x", "=", 1]]}, 500, "builtins.ValueError"),
        ("calendar.event/search_read", {"order": "nme"}, 500, "builtins.ValueError"),
        ("calendar.event/search_read", {"domain": ["&"]}, 500, "builtins.ValueError"),
        ("calendar.event/search_read", {"size": 5}, 500, "builtins.TypeError"),
        ("calendar.event/search_read", {"ids": [1]}, 422, "UnprocessableEntity"),
        ("calendar.event/seek", {}, 404, "NotFound"),
        ("calendar.happening/search_read", {}, 404, "NotFound"),
        ("hr.applicant/search_read", {}, 403, "odoo.exceptions.AccessError"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_odoos_form(
    path: str, arguments: Row, status: int, name: str
) -> None:
    with practice(story(), rights=("calendar.event", "res.users")) as asking:
        answer = asking.call(path, **arguments)
    assert answer.status_code == status
    assert answer.json()["name"].endswith(name)
    assert set(answer.json()) == {"name", "message", "arguments", "context", "debug"}


def test_the_database_comes_before_the_key_and_the_key_before_the_question() -> None:
    with practice(story()) as asking:
        assert asking.call("res.users/context_get").json()["uid"]
        asking.headers["Authorization"] = "bearer another"
        assert asking.call("no/thing").status_code == 401
        asking.headers["X-Odoo-Database"] = "another"
        lost = asking.call("no/thing")
    assert (lost.status_code, lost.text) == (404, NO_DATABASE)


# -- how it posts


def test_a_webhook_is_posted_once_unsigned_to_an_address_that_ends_in_the_secret() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, MONDAY + 7 * HOUR)
    with (
        practice(told, now=MONDAY + 6 * HOUR) as asking,
        serving(lambda asked: Answer(503)) as door,
    ):
        asking.server.register_webhook(f"{door.url}/webhooks/odoo", {"survey.user_input"})
        asking.server.advance(NOW)
        asking.server.advance(NOW + 5 * DAY)
        [asked] = door.asked
        applicant = asking.number(Kind.APPLICATION, told.noor)
        assert asked.path == f"/webhooks/odoo/{asking.dialect.webhook_secret}"
    body = json.loads(asked.body)
    assert list(body) == sorted(body)
    assert (body["_model"], body["applicant_id"]) == ("survey.user_input", applicant)
    assert not [name for name in asked.headers if "signature" in name]


# -- the same world, whatever the account shows


@pytest.mark.slow
@pytest.mark.parametrize(
    "account",
    [
        {"evidence": "message"},
        {"evidence": "activity"},
        {"sees_forms": False},
        {"sees_private": True},
    ],
    ids=str,
)
def test_a_company_comes_back_equal_from_every_kind_of_account(account: Row) -> None:
    window = Window(NOW - 60 * DAY, NOW + 30 * DAY)
    with BENCHES["odoo"].serving(generate(3, NOW), NOW, **account) as practice:
        pages = list(practice.account().pull(window, {}))
        told = truth.records(practice.dialect, window)
        pulled = [record for page in pages for record in page.records]
        assert truth.differences(told, pulled, practice.dialect.cannot_tell)[:3] == []
    cards = [c for r in told if isinstance(r, Interview) for c in r.scorecards]
    assert len(cards) > 100
    assert bool([c for c in cards if c.submitted_at]) is account.get("sees_forms", True)
