"""Where the weekly report goes: mail with a way off the list, Slack, Teams, Apprise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from scheduler.store import Store
from scheduler.store.unsubscribed import REPORT
from scheduler.weekly import SET_UP, channel_of, send_weekly
from tests.scheduler.builders import DAY, HOUR
from tests.scheduler.speaking import LATER, FakeNotifier
from tests.scheduler.test_weekly import NEXT_MONDAY, office

LISTED = ("hiring@example.org", "#recruiting", "Teams", "apprise")


def leave(address: str, now: datetime) -> str:
    return f"https://afterword.example.com/unsubscribe/{address}.{now:%Y%m%d}"


def test_each_address_is_served_by_its_channel(store: Store) -> None:
    channels = [FakeNotifier(name) for name in ("slack", "mail", "teams", "apprise")]
    sent = send_weekly(office(store, *channels, to=LISTED), NEXT_MONDAY)
    assert {each.name: each.addresses for each in channels} == {
        "slack": ["#recruiting"],
        "mail": ["hiring@example.org"],
        "teams": ["teams"],
        "apprise": ["apprise"],
    }
    assert sent.problems == []
    send_weekly(office(store, *channels, to=LISTED), NEXT_MONDAY + HOUR)
    assert [len(each.taken) for each in channels] == [1, 1, 1, 1]


def test_what_a_channel_lacks_is_said(store: Store) -> None:
    sent = send_weekly(office(store, to=LISTED), NEXT_MONDAY)
    assert [each.split(" is not set up. ")[1] for each in sent.problems] == [
        *("Set SMTP_URL and MAIL_FROM.", "Set SLACK_BOT_TOKEN."),
        *("Set TEAMS_WEBHOOK_URL.", "Set APPRISE_URLS."),
    ]
    assert {channel_of(each.lower()) for each in LISTED} == set(SET_UP)


def test_only_a_mail_carries_the_way_off_the_list_for_its_own_address(store: Store) -> None:
    slack, mail = FakeNotifier("slack"), FakeNotifier("mail")
    parts = office(store, slack, mail, to=("ann@example.org", "bo@example.org", "#recruiting"))
    send_weekly(replace(parts, leave_url=leave), NEXT_MONDAY)
    urls = [each.unsubscribe_url for each in mail.taken]
    assert urls == [leave(f"{name}@example.org", NEXT_MONDAY) for name in ("ann", "bo")]
    assert str(urls[0]) in mail.taken[0].text
    assert f'href="{urls[0]}"' in str(mail.taken[0].html)
    assert "unsubscribe" not in slack.taken[0].text
    assert slack.taken[0].unsubscribe_url is None


def test_whoever_left_is_skipped_until_they_come_back(store: Store) -> None:
    mail = FakeNotifier("mail")
    parts = office(store, mail, to=("Ann@example.org", "bo@example.org"))
    store.unsubscribe(REPORT, "ann@Example.org", NEXT_MONDAY - DAY)
    assert send_weekly(parts, NEXT_MONDAY).problems == []
    assert mail.addresses == ["bo@example.org"]
    store.subscribe_again(REPORT, "ann@example.org")
    send_weekly(parts, NEXT_MONDAY + HOUR)
    assert mail.addresses == ["bo@example.org", "ann@example.org"]


@pytest.mark.parametrize("left", [True, False])
def test_a_report_that_is_to_be_tried_again_does_not_reach_who_left_meanwhile(
    store: Store, left: bool
) -> None:
    mail = FakeNotifier("mail")
    mail.answers.append(LATER)
    parts = office(store, mail, to=("ann@example.org",))
    send_weekly(parts, NEXT_MONDAY)
    if left:
        store.unsubscribe(REPORT, "ann@example.org", NEXT_MONDAY)
    send_weekly(parts, NEXT_MONDAY + HOUR)
    assert len(mail.taken) == (1 if left else 2)
    assert store.resumable(NEXT_MONDAY + DAY, reports=True) == []
