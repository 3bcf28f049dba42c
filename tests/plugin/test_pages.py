"""What the page shows, and what it never shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from connectors.model import ApplicationState, InterviewState, Kind, Parked, Ref
from connectors.notify.base import Delivery, DeliveryState
from scheduler.facts import Status
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.report import compile_report
from scheduler.store import Member, PlannedMessage, Store, StoreProblem
from scheduler.workdays import Week
from tests.plugin.web import NOW, TOKEN, Web, web
from tests.scheduler.builders import (
    application,
    candidate,
    card,
    interview,
    job,
    key,
    person,
    save,
)
from tests.stores import emptied, opened, store_at

DAY = timedelta(days=1)
LEASE = timedelta(minutes=10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(emptied()) as store:
        yield store


@pytest.fixture
def site(store: Store) -> Web:
    return web(store, zone="Europe/Berlin")


def reader(site: Web) -> FlaskClient:
    """Somebody who has the token."""
    client = site.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def shown(site: Web, address: str = "/") -> str:
    answer = reader(site).get(address)
    assert answer.status_code == 200
    return words(answer.text)


def words(page: str) -> str:
    """What a reader sees, without markup."""
    text = re.sub(r"<wbr>", "", re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL))
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\xa0", " ").split())


def company(store: Store, *, ended_days_ago: int = 9, **names: Any) -> None:
    """One interview with two who owe; Ada has no address."""
    save(
        store,
        person("p1", names.get("who", "Bo Ek")),
        person("p2", "Ada Lund", email=None),
        candidate("c1", names.get("candidate", "Noor V.")),
        job("j1", department="Engineering"),
        application("a1", url=names.get("url", "https://app.greenhouse.io/people/1")),
        interview(
            "i1",
            card("p1"),
            card("p2"),
            ends_at=NOW - ended_days_ago * DAY,
            name=names.get("interview", "Systems talk"),
        ),
        at=NOW,
    )


def tell(store: Store, step: str, state: DeliveryState, days_ago: int, who: str = "p1") -> None:
    at = NOW - days_ago * DAY
    message = PlannedMessage(
        f"{step} {who}", "nudge", "slack", f"{who}@example.org", ((key("i1", who), step),)
    )
    assert store.claim(message, at, LEASE)
    assert store.start_sending(message.id, at, LEASE)
    reason = "" if state is DeliveryState.SENT else "No answer came back."
    store.finish(message.id, Delivery(state, reason=reason, permanent=True), at)


def test_the_overdue_list_says_who_owes_what_for_how_long(site: Web, store: Store) -> None:
    company(store)
    page = shown(site)
    assert "1 candidate waits on 2 scorecards." in page
    assert "The longest for 9 days: Noor V., Systems talk (Platform engineer)." in page
    assert "Bo Ek p1@example.org Noor V. · Systems talk Platform engineer, Engineering" in page
    assert "7 days since Tue 17 Nov, 10:30 9 days" in page
    assert 'href="https://app.greenhouse.io/people/1"' in reader(site).get("/").text


def test_what_was_already_said_stands_beside_what_comes_next(site: Web, store: Store) -> None:
    company(store)
    tell(store, "nudge 1", DeliveryState.SENT, 6)
    tell(store, "nudge 2", DeliveryState.UNKNOWN, 3)
    page = shown(site)
    assert "Reminded 18 Nov; nudge 2 may or may not have arrived" in page
    assert "Ask in person: the ATS has no address for the interviewer" in page


def test_a_message_that_may_not_have_arrived_is_shown_and_not_guessed(
    site: Web, store: Store
) -> None:
    company(store)
    tell(store, "nudge 1", DeliveryState.UNKNOWN, 3)
    page = shown(site)
    assert "p1@example.org Nudge by slack unknown Sat 21 Nov, 10:30 No answer came back." in page


def test_case_55_who_is_not_found_in_slack_is_listed_and_not_guessed(
    site: Web, store: Store
) -> None:
    assert "Not found in Slack" not in shown(site)
    found = {"bo@example.org": "U1", "<cy>@example.org": None, "di@example.org": None}
    store.save_members(
        Member(address, user, None, None, active=True, looked_at=NOW)
        for address, user in found.items()
    )
    page = reader(site).get("/").text
    assert "2 addresses" in page
    assert "<li>&lt;cy&gt;<wbr>@example.org</li><li>di<wbr>@example.org</li>" in page
    assert "bo<wbr>@" not in page


def test_what_is_overdue_for_a_closed_application_is_kept_apart(site: Web, store: Store) -> None:
    company(store)
    save(store, application("a1", state=ApplicationState.REJECTED), at=NOW)
    page = shown(site)
    assert "Nobody waits on a scorecard today." in page
    assert "2 more overdue where nobody waits any longer" in page


def test_history_from_before_the_first_sync_is_shown_as_never_nudged(store: Store) -> None:
    company(store)
    page = shown(web(store, policy=Policy(nudge_since=NOW - DAY)))
    assert "From before Afterword: never nudged" in page


@pytest.mark.parametrize(("live", "word"), [(True, "Live"), (False, "Dry run")])
def test_it_is_plain_whether_messages_are_sent(store: Store, live: bool, word: str) -> None:
    page = shown(web(store, live=live))
    assert f" {word} " in page
    assert ("none is sent" in page) is not live


def test_all_eight_counts_are_there_and_add_up(site: Web, store: Store) -> None:
    company(store)
    page = shown(site)
    found = {
        status: int(re.findall(rf"{status.value.replace('_', ' ').capitalize()} (\d+) ", page)[-1])
        for status in Status
    }
    assert found == {**dict.fromkeys(Status, 0), Status.OVERDUE: 2}


def test_parked_records_and_refused_webhooks_are_counted_in_the_open(
    site: Web, store: Store
) -> None:
    flaw = Parked(Ref(Kind.INTERVIEW, "i9"), "ends_at", "is missing")
    save(store, at=NOW, parked=(flaw,), hidden=(Ref(Kind.CANDIDATE, "c9"),))
    site.counters.refused = 4
    page = shown(site)
    assert "Parked 1 Records that could not be read" in page
    assert "Hidden 1 Private or confidential" in page
    assert "Webhooks refused 4" in page


def test_an_empty_store_says_what_to_do_next(site: Web) -> None:
    page = shown(site)
    assert "Run afterword check to see whether the ATS answers, then afterword sync" in page
    assert "No sync has been made yet." in page
    assert "afterword report --week 2026-W47" in page


@pytest.mark.parametrize("by", ["person", "department", "job", "nonsense"])
def test_the_list_can_be_grouped_without_a_script(site: Web, store: Store, by: str) -> None:
    company(store)
    page = shown(site, f"/?by={by}")
    heading = {"person": "Bo Ek 1", "department": "Engineering 2", "job": "Platform engineer 2"}
    assert heading.get(by, "Oldest first") in page


def test_a_long_list_comes_in_pages_and_loses_nobody(site: Web, store: Store) -> None:
    people = [person(f"p{n}", f"Person {n:03}") for n in range(120)]
    cards = [card(each.id) for each in people]
    around = (candidate("c1"), job("j1"), application("a1"))
    save(store, *people, *around, interview("i1", *cards, ends_at=NOW - 9 * DAY), at=NOW)
    pages = [shown(site, f"/?from={start}") for start in (0, 50, 100)]
    names = re.findall(r"Person \d{3} p", " ".join(pages))
    assert sorted(names) == [f"Person {n:03} p" for n in range(120)]
    assert "51–100 of 120" in pages[1]


@pytest.mark.parametrize("address", ["/?from=-5", "/?from=999", "/?from=x", "/?by=%00"])
def test_a_nonsense_address_shows_the_front_of_the_list(
    site: Web, store: Store, address: str
) -> None:
    company(store)
    assert "Bo Ek" in shown(site, address)


def test_markup_in_names_is_text(site: Web, store: Store) -> None:
    """Case 56."""
    company(store, candidate="<script>alert(1)</script>", who='"><img src=x>', interview="<b>x")
    page = reader(site).get("/").text
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_address_that_is_no_web_address_does_not_become_a_link(site: Web, store: Store) -> None:
    company(store, url="javascript:alert(1)")
    assert "javascript:" not in reader(site).get("/").text


def test_nothing_is_fetched_from_elsewhere_and_no_script_runs(site: Web, store: Store) -> None:
    company(store, url=None)
    keep_report(store)
    answer = reader(site).get("/")
    assert set(re.findall(r'(?:src|href)="([^"#?]*)', answer.text)) == {
        "/",
        "",
        "/answers",
        "/static/afterword.css",
        "/static/afterword.svg",
        "/report/2026-W46",
        "/report/2026-W46.csv",
        "/report/2026-W46.json",
    }
    assert "style=" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def keep_report(store: Store) -> None:
    rows = store.scorecards()
    judged = [(row, judge(row, Policy(), NOW)) for row in rows]
    report = compile_report(Week.parse("2026-W46"), judged, asof=NOW, policy=Policy())
    store.save_report("2026-W46", NOW, report.as_json())


def test_of_whom_nothing_was_expected_is_counted_below_the_table(site: Web, store: Store) -> None:
    company(store)
    called_off = interview(
        "i2", card("p3"), ends_at=NOW - 9 * DAY, state=InterviewState.CANCELLED, job_id="j2"
    )
    save(store, person("p3", "Una Vik"), job("j2", "Nurse", department="Care"), called_off, at=NOW)
    keep_report(store)
    page = shown(site, "/report/2026-W46")
    assert "Care" not in page
    assert "Una Vik" not in page
    assert page.count("1 more, with no scorecard expected: see the CSV.") == 3
    assert "Una Vik" in reader(site).get("/report/2026-W46.csv").text


def test_the_kept_report_is_shown_in_full_and_as_files(site: Web, store: Store) -> None:
    company(store)
    keep_report(store)
    page = shown(site, "/report/2026-W46")
    assert "Week 46, 2026" in page
    assert "On time 0.0 %" in page
    assert "Engineering 0.0 % 0.0 % 0 2 2 no data" in page
    files = reader(site)
    assert json.loads(files.get("/report/2026-W46.json").data)["counts"]["overdue"] == 2
    table = files.get("/report/2026-W46.csv")
    assert table.mimetype == "text/csv"
    assert table.headers["Content-Disposition"] == "attachment; filename=afterword-2026-W46.csv"
    assert table.text.startswith("week,timezone,asof,by,name,")


def test_without_a_kept_report_last_week_is_shown_as_not_sent_yet(site: Web, store: Store) -> None:
    company(store, ended_days_ago=5)
    assert "not sent yet, so late scorecards still change it" in shown(site)


@pytest.mark.parametrize("week", ["2026-W45", "2026-W99", "x", "..%2Fsecret"])
def test_a_week_without_a_report_is_404_in_one_sentence(site: Web, week: str) -> None:
    answer = reader(site).get(f"/report/{week}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


class Broken(Store):
    """Cannot be read, for one of two reasons."""

    problem: Exception = StoreProblem("The database file is locked by another program.")

    def open_or_ended_since(self, since: datetime) -> Any:
        raise self.problem


@pytest.mark.parametrize(
    ("problem", "status", "sentence"),
    [
        (StoreProblem("The database file is locked."), 503, "The store cannot be read"),
        (ZeroDivisionError("Noor V."), 500, "This is a fault of Afterword"),
    ],
)
def test_a_page_that_cannot_be_made_is_one_sentence_without_a_traceback(
    tmp_path: Path, problem: Exception, status: int, sentence: str
) -> None:
    with Broken.open(store_at(tmp_path / "a.db")) as store:
        store.problem = problem
        answer = reader(web(store)).get("/")
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Traceback" not in answer.text
    assert "Noor" not in answer.text


def test_other_refusals_have_a_look_of_their_own(site: Web) -> None:
    client = reader(site)
    assert "There is no such page." in client.get("/nope").text
    refused = client.delete("/")
    assert (refused.status_code, "does not take that kind" in refused.text) == (405, True)
    assert "GET" in refused.headers["Allow"]
