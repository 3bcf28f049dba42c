"""A report does not silently go out on old numbers: it waits for the ATS, until Tuesday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.messages import report_html
from scheduler.report import ComplianceReport, Unread
from scheduler.store import Store
from scheduler.weekly import Weekly, compile_week, send_weekly
from scheduler.workdays import Week
from tests.scheduler.builders import DAY, HOUR, MONDAY, save, world
from tests.scheduler.sample_report import a_report
from tests.scheduler.speaking import FakeNotifier
from tests.scheduler.test_weekly import NEXT_MONDAY, UTC_POLICY

WEEK = Week.parse("2026-W47")
FRIDAY = MONDAY + 4 * DAY


def read(store: Store, at: datetime, *, ats: str = "greenhouse", outcome: str = "ok") -> None:
    """A sync that began and ended then; only one that went well knows everything up to then."""
    run = store.begin_sync(ats, "test", at)
    assert run is not None
    state = {"complete_at": at.isoformat()} if outcome == "ok" else {}
    store.finish_sync(run, outcome, None, at, state=state)


def office(store: Store, mail: FakeNotifier, *connected: str) -> Weekly:
    save(store, *world())
    read(store, MONDAY)
    read(store, FRIDAY)
    names = connected or ("greenhouse",)
    policies = {"greenhouse": UTC_POLICY}
    return Weekly(store, policies, UTC_POLICY, [mail], ["hiring@example.org"], connected=names)


def counted(do: Callable[[], None] = lambda: None) -> tuple[list[int], Callable[[], None]]:
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        do()

    return calls, refresh


def test_it_waits_for_an_account_that_has_not_answered_since_the_week_ended(store: Store) -> None:
    mail = FakeNotifier("mail")
    parts = office(store, mail)
    _, refresh = counted(lambda: read(store, NEXT_MONDAY, outcome="partial"))
    sent = send_weekly(parts, NEXT_MONDAY, refresh)
    assert (mail.taken, store.report(WEEK.label)) == ([], None)
    assert "waits for greenhouse" in sent.problems[0]
    read(store, NEXT_MONDAY + 3 * HOUR)
    send_weekly(parts, NEXT_MONDAY + 3 * HOUR + timedelta(minutes=5))
    (message,) = mail.taken
    assert "could not be read" not in message.text


def test_an_account_that_answers_when_it_is_asked_once_more_does_not_delay_it(store: Store) -> None:
    mail = FakeNotifier("mail")
    _, refresh = counted(lambda: read(store, NEXT_MONDAY))
    send_weekly(office(store, mail), NEXT_MONDAY, refresh)
    assert len(mail.taken) == 1


def test_on_tuesday_morning_it_goes_out_and_says_since_when_the_account_is_silent(
    store: Store,
) -> None:
    mail = FakeNotifier("mail")
    parts = office(store, mail)
    tuesday = NEXT_MONDAY + DAY
    send_weekly(parts, tuesday - timedelta(seconds=1))
    assert mail.taken == []
    send_weekly(parts, tuesday)
    (message,) = mail.taken
    told = "greenhouse could not be read since Fri 20 November 2026 at 09:00 UTC"
    assert told in " ".join(message.text.split())
    assert told in (message.html or "")
    assert any(told in str(block) for block in message.blocks)
    stored = store.report(WEEK.label)
    assert stored is not None
    assert stored.content["unread"] == [{"ats": "greenhouse", "since": "2026-11-20T09:00:00Z"}]


def test_an_account_that_was_never_read_is_waited_for_too(sqlite_store: Store) -> None:
    mail = FakeNotifier("mail")
    parts = office(sqlite_store, mail, "greenhouse", "lever")
    read(sqlite_store, NEXT_MONDAY)
    send_weekly(parts, NEXT_MONDAY)
    assert mail.taken == []
    send_weekly(parts, NEXT_MONDAY + DAY)
    assert "lever could not be read yet" in " ".join(mail.taken[0].text.split())


def test_what_was_imported_or_is_not_connected_any_more_is_not_waited_for(
    sqlite_store: Store,
) -> None:
    mail = FakeNotifier("mail")
    parts = replace(office(sqlite_store, mail), connected=())
    send_weekly(parts, NEXT_MONDAY)
    assert len(mail.taken) == 1


def test_while_it_waits_the_account_is_asked_no_more_often_than_by_every_sync(
    sqlite_store: Store,
) -> None:
    mail = FakeNotifier("mail")
    parts = office(sqlite_store, mail)
    at = NEXT_MONDAY
    calls, refresh = counted(lambda: read(sqlite_store, at, outcome="failed"))
    for _ in range(6):  # a tick every five minutes
        send_weekly(parts, at, refresh)
        at += timedelta(minutes=5)
    assert len(calls) == 2


def test_a_week_that_is_not_over_yet_warns_of_nobody(sqlite_store: Store) -> None:
    parts = office(sqlite_store, FakeNotifier("mail"))
    assert compile_week(parts, WEEK, FRIDAY + DAY).unread == ()


def test_a_stored_report_keeps_its_warning_and_an_older_one_has_none() -> None:
    warned = replace(a_report(), unread=(Unread("greenhouse", FRIDAY), Unread("lever", None)))
    assert ComplianceReport.from_json(warned.as_json()) == warned
    old = a_report().as_json()
    del old["unread"]
    assert ComplianceReport.from_json(old) == a_report()
    assert "could not be read" not in report_html(a_report())
