"""The weekly report: once, on Monday morning, stored as sent."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler import weekly
from scheduler.nudges import LEASE
from scheduler.policy import Policy
from scheduler.store import Store
from scheduler.weekly import Weekly, send_weekly
from scheduler.workdays import Week
from tests.scheduler.builders import DAY, HOUR, MONDAY, card, interview, save, world
from tests.scheduler.speaking import BROKEN, LATER, SENT, UNSURE, FakeNotifier

UTC_POLICY = Policy(nudge_since=MONDAY)
NEXT_MONDAY = MONDAY + 7 * DAY - HOUR
"""08:00 UTC, one week after MONDAY: W47 is over."""
MINUTE = timedelta(minutes=1)


def office(
    store: Store,
    *channels: FakeNotifier,
    to: tuple[str, ...] = ("hiring@example.org",),
    policy: Policy = UTC_POLICY,
    watched_from: datetime = MONDAY,
) -> Weekly:
    save(store, *world())
    run = store.begin_sync("greenhouse", "test", watched_from)
    assert run is not None
    store.finish_sync(run, "ok", None, watched_from)
    return Weekly(store, {"greenhouse": policy}, policy, channels, to)


@pytest.mark.parametrize(
    ("zone", "before", "at"),
    [
        ("UTC", "2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z"),
        ("America/New_York", "2026-11-23T12:59:59Z", "2026-11-23T13:00:00Z"),
        ("Pacific/Auckland", "2026-11-22T18:59:59Z", "2026-11-22T19:00:00Z"),
        # the clocks of Berlin go back on Sunday 25 October 2026, those of Auckland forward on
        # Sunday 27 September
        ("Europe/Berlin", "2026-10-26T06:59:59Z", "2026-10-26T07:00:00Z"),
        ("Pacific/Auckland", "2026-09-27T18:59:59Z", "2026-09-27T19:00:00Z"),
    ],
)
def test_it_goes_out_at_eight_on_monday_where_the_company_is(
    zone: str, before: str, at: str, sqlite_store: Store
) -> None:
    mail = FakeNotifier("mail")
    moment = datetime.fromisoformat(at)
    policy = replace(UTC_POLICY, zone=ZoneInfo(zone))
    parts = office(sqlite_store, mail, policy=policy, watched_from=moment - 6 * DAY)
    send_weekly(parts, datetime.fromisoformat(before))
    assert mail.taken == []
    sent = send_weekly(parts, moment)
    last_week = Week.containing(moment - 2 * DAY, policy.zone)
    assert [week for week, _, _ in sent.deliveries] == [last_week.label]


def test_a_service_that_starts_late_still_sends_it_once(store: Store) -> None:
    mail = FakeNotifier("mail")
    parts = office(store, mail)
    for hours in range(30, 5 * 24, 7):  # from Tuesday afternoon on
        send_weekly(parts, NEXT_MONDAY + hours * HOUR)
    assert len(mail.taken) == 1
    send_weekly(parts, NEXT_MONDAY + 7 * DAY)
    assert len(mail.taken) == 2


@pytest.mark.parametrize(("watched_from", "reports"), [(-1, 1), (0, 0), (1, 0)])
def test_the_first_report_is_of_a_week_whose_end_was_watched(
    watched_from: int, reports: int, sqlite_store: Store
) -> None:
    mail = FakeNotifier("mail")
    this_week = Week.containing(NEXT_MONDAY, UTC_POLICY.zone).start(UTC_POLICY.zone)
    parts = office(sqlite_store, mail, watched_from=this_week + watched_from * MINUTE)
    send_weekly(parts, NEXT_MONDAY)
    assert len(mail.taken) == reports


def test_before_any_sync_there_is_none(sqlite_store: Store) -> None:
    parts = Weekly(sqlite_store, {}, UTC_POLICY, [FakeNotifier("mail")], ["hiring@example.org"])
    assert send_weekly(parts, NEXT_MONDAY) == weekly.Sent()


def test_two_processes_send_it_once_to_each_address(store_url: str) -> None:
    """Case 43."""
    channels = [FakeNotifier("mail") for _ in range(3)]
    to = ("a@example.org", "B@example.org", "b@example.org ")
    with Store.open(store_url) as store:
        office(store)
        start = threading.Barrier(3)

        def work(channel: FakeNotifier) -> None:
            with Store.open(store_url) as own:
                parts = Weekly(own, {"greenhouse": UTC_POLICY}, UTC_POLICY, [channel], to)
                start.wait(10)
                send_weekly(parts, NEXT_MONDAY)

        threads = [threading.Thread(target=work, args=(each,)) for each in channels]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    addresses = sorted(address for channel in channels for address in channel.addresses)
    assert addresses == ["a@example.org", "b@example.org"]


def test_it_is_kept_as_it_was_sent_whatever_is_handed_in_later(store: Store) -> None:
    """Case 61: a retry says the same numbers."""
    mail = FakeNotifier("mail")
    mail.answers.append(LATER)
    parts = office(store, mail)
    send_weekly(parts, NEXT_MONDAY)
    late = interview("i1", card(submitted_at=NEXT_MONDAY))
    save(store, late, at=NEXT_MONDAY + MINUTE)
    send_weekly(parts, NEXT_MONDAY + HOUR)
    first, second = mail.taken
    assert (first.id, first.text) == (second.id, second.text)
    stored = store.report("2026-W47")
    assert stored is not None
    assert (stored.asof, stored.sent_at) == (NEXT_MONDAY, NEXT_MONDAY + HOUR)
    again = weekly.compile_week(parts, Week.parse("2026-W47"), NEXT_MONDAY + HOUR).as_json()
    assert again["counts"] != stored.content["counts"]


@pytest.mark.parametrize("trouble", [LATER, BROKEN])
def test_a_mail_server_that_is_away_for_the_morning_costs_no_report(
    trouble: Any, store: Store
) -> None:
    mail = FakeNotifier("mail", always=trouble)
    parts = office(store, mail)
    problems = []
    for minutes in range(0, 5 * 60, 5):
        problems += send_weekly(parts, NEXT_MONDAY + minutes * MINUTE).problems
    assert 5 < len(mail.taken) < 12
    assert "was not sent; it is tried again" in problems[0]
    mail.always = SENT
    send_weekly(parts, NEXT_MONDAY + 6 * HOUR)
    send_weekly(parts, NEXT_MONDAY + 7 * HOUR)
    assert store.undelivered() == []
    assert len({message.id for message in mail.taken}) == 1


def test_case_48_a_broken_channel_is_tried_once_for_all_its_rooms_and_they_get_it_when_it_is_well(
    sqlite_store: Store,
) -> None:
    slack, mail = FakeNotifier(answers=deque([BROKEN])), FakeNotifier("mail")
    parts = office(sqlite_store, slack, mail, to=("#hiring", "#sales", "hiring@example.org"))
    send_weekly(parts, NEXT_MONDAY)
    assert (slack.addresses, len(mail.taken)) == (["#hiring"], 1)
    for minutes in (5, 10, 14):
        [said] = send_weekly(parts, NEXT_MONDAY + minutes * MINUTE).problems
        assert "Slack does not work" in said
    assert len(slack.taken) == 1
    send_weekly(parts, NEXT_MONDAY + 20 * MINUTE)
    send_weekly(parts, NEXT_MONDAY + HOUR)
    assert slack.addresses == ["#hiring", "#hiring", "#sales"]
    assert sqlite_store.channel_pauses() == {}
    assert len(mail.taken) == 1


def test_a_report_in_doubt_is_not_sent_again(store: Store) -> None:
    """Case 45."""
    mail = FakeNotifier("mail", always=UNSURE)
    parts = office(store, mail)
    for hours in range(48):
        send_weekly(parts, NEXT_MONDAY + hours * HOUR)
    assert len(mail.taken) == 1
    assert [each.state for each in store.undelivered()] == ["unknown"]


class Killed(BaseException):
    pass


def test_killed_while_sending_it_is_shown_as_unknown(store: Store) -> None:
    """Case 45."""
    mail = FakeNotifier("mail")
    mail.answers.append(Killed())
    parts = office(store, mail)
    with pytest.raises(Killed):
        send_weekly(parts, NEXT_MONDAY)
    sent = send_weekly(parts, NEXT_MONDAY + LEASE)
    assert "may or may not have arrived" in sent.problems[0]
    assert len(mail.taken) == 1


def test_killed_after_the_decision_it_is_sent_after_the_lease(store: Store) -> None:
    """Case 44."""
    mail = FakeNotifier("mail")
    parts = office(store, mail)
    content = weekly.compile_week(parts, Week.parse("2026-W47"), NEXT_MONDAY).as_json()
    store.save_report("2026-W47", NEXT_MONDAY, content)
    store.claim_report_send("2026-W47", parts.to[0], "m1", "mail", NEXT_MONDAY, LEASE)
    send_weekly(parts, NEXT_MONDAY + LEASE - MINUTE)
    assert mail.taken == []
    send_weekly(parts, NEXT_MONDAY + LEASE)
    assert [each.id for each in mail.taken] == ["m1"]


def test_channels_and_addresses_get_it_by_what_serves_them(store: Store) -> None:
    slack, mail = FakeNotifier("slack"), FakeNotifier("mail")
    send_weekly(office(store, slack, mail, to=("#hiring", "a@example.org")), NEXT_MONDAY)
    assert (slack.addresses, mail.addresses) == (["#hiring"], ["a@example.org"])


def test_a_channel_without_slack_is_said_and_the_others_get_it(store: Store) -> None:
    mail = FakeNotifier("mail")
    sent = send_weekly(office(store, mail, to=("#hiring", "a@example.org")), NEXT_MONDAY)
    assert mail.addresses == ["a@example.org"]
    (problem,) = sent.problems
    assert problem.startswith("The weekly report cannot go to #hiring: Slack is not set up.")
    assert "SLACK_BOT_TOKEN" in problem


def test_a_retry_whose_channel_was_taken_away_is_said(store: Store) -> None:
    mail = FakeNotifier("mail", always=LATER)
    parts = office(store, mail)
    send_weekly(parts, NEXT_MONDAY)
    sent = send_weekly(replace(parts, notifiers=()), NEXT_MONDAY + HOUR)
    assert "Mail is not set up" in sent.problems[0]


def test_the_store_is_brought_up_to_date_once_before_a_report_is_made(store: Store) -> None:
    mail = FakeNotifier("mail")
    parts = office(store, mail)
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        save(store, interview("i1", card(submitted_at=MONDAY + HOUR)), at=NEXT_MONDAY)

    for hours in range(3):
        send_weekly(parts, NEXT_MONDAY + hours * HOUR, refresh)
    assert calls == [1]
    stored = store.report("2026-W47")
    assert stored is not None
    assert stored.content["counts"]["submitted"] == 1
