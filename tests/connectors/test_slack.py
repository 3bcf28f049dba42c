"""The Slack notifier with the real slack_sdk against a Slack on loopback."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.notify.base import Delivery, DeliveryState, Recipient
from connectors.notify.slack import Slack
from tests.connectors.fake_slack import SCOPES, TOKEN, FakeSlack
from tests.connectors.fake_time import FakeTime
from tests.connectors.sample_messages import URL, a_message, a_report

FAILED, SENT, UNKNOWN = DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.UNKNOWN


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.person("bo@example.com", "U1")
        yield server


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def notifier(slack: FakeSlack, clock: FakeTime) -> Slack:
    return Slack(TOKEN, slack.url, timeout=5, monotonic=clock, sleep=clock.sleep)


def after(
    slack: FakeSlack, notifier: Slack, method: str = "chat.postMessage", **fault: Any
) -> Delivery:
    """What becomes of a message when the next call of ``method`` meets this fault."""
    slack.fail_next(method, **fault)
    return notifier.deliver(a_message())


def test_a_person_is_found_by_mail_and_gets_text_and_blocks_without_previews(
    slack: FakeSlack, notifier: Slack
) -> None:
    delivery = notifier.deliver(a_message(to=Recipient("Bo", " Bo@Example.com ")))
    [post] = slack.posts
    assert delivery == Delivery(SENT, reference=f"DU1:{post.ts}")
    assert post.to == "bo@example.com"
    assert URL in post.text
    assert post.blocks == [dict(block) for block in a_message().blocks]
    assert post.arguments["unfurl_links"] is False
    assert post.arguments["unfurl_media"] is False


def test_a_person_is_looked_up_once_while_the_notifier_lives(
    slack: FakeSlack, notifier: Slack
) -> None:
    notifier.deliver(a_message())
    notifier.deliver(a_message(id="m2"))
    assert slack.calls == [
        "users.lookupByEmail",
        "conversations.open",
        "chat.postMessage",
        "chat.postMessage",
    ]


def test_somebody_who_was_not_there_is_looked_up_again(slack: FakeSlack, notifier: Slack) -> None:
    nova = a_message(to=Recipient("Nova", "nova@example.com"))
    assert notifier.deliver(nova).permanent
    slack.person("nova@example.com", "U2")
    assert notifier.deliver(nova).state is SENT


def test_a_report_goes_to_a_channel_without_looking_anybody_up(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.channel("#recruiting")
    delivery = notifier.deliver(a_report(to=Recipient("", "#recruiting")))
    assert delivery.state is SENT
    assert slack.calls == ["chat.postMessage"]
    assert slack.posts[0].to is None


def test_a_channel_that_is_not_there_is_a_permanent_failure(notifier: Slack) -> None:
    delivery = notifier.deliver(a_report(to=Recipient("", "#nowhere")))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert "channel_not_found" in delivery.reason


def test_case_55_somebody_without_a_slack_account_is_a_permanent_failure_and_nobody_is_guessed(
    slack: FakeSlack, notifier: Slack
) -> None:
    delivery = notifier.deliver(a_message(to=Recipient("Bo Larsen", "bo.larsen@example.com")))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert slack.posts == []


def test_case_55_a_disabled_person_is_a_permanent_failure(
    slack: FakeSlack, notifier: Slack
) -> None:
    slack.person("left@example.com", "U9", disabled=True)
    delivery = notifier.deliver(a_message(to=Recipient("Lee", "left@example.com")))
    assert (delivery.state, delivery.permanent) == (FAILED, True)


@pytest.mark.parametrize(
    "method", ["users.lookupByEmail", "conversations.open", "chat.postMessage"]
)
def test_case_46_a_429_says_how_long_to_wait_and_the_next_try_goes_through(
    slack: FakeSlack, notifier: Slack, clock: FakeTime, method: str
) -> None:
    slack.limit(method, 0, retry_after="17")
    delivery = notifier.deliver(a_message())
    assert (delivery.state, delivery.permanent, delivery.retry_after) == (FAILED, False, 17.0)
    assert slack.calls.count(method) == 1
    slack.lift(method)
    clock.now += 17
    assert notifier.deliver(a_message()).state is SENT


@pytest.mark.parametrize("retry_after", [None, "soon"])
def test_case_46_a_429_without_a_usable_wait_gets_one_of_ours(
    slack: FakeSlack, notifier: Slack, retry_after: str | None
) -> None:
    delivery = after(slack, notifier, error="ratelimited", status=429, retry_after=retry_after)
    assert delivery.retry_after == 60.0


def test_case_46_the_older_rate_limit_code_with_http_200_waits_too(
    slack: FakeSlack, notifier: Slack
) -> None:
    delivery = after(slack, notifier, error="rate_limited")
    assert (delivery.permanent, delivery.retry_after) == (False, 60.0)


@pytest.mark.parametrize(
    "code",
    [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "org_login_required",
        "messages_tab_disabled",
    ],
)
@pytest.mark.parametrize("method", ["users.lookupByEmail", "chat.postMessage"])
def test_case_48_a_problem_of_the_token_takes_the_channel_down_and_blames_nobody(
    slack: FakeSlack, notifier: Slack, method: str, code: str
) -> None:
    delivery = after(slack, notifier, method, error=code)
    assert (delivery.state, delivery.channel_down, delivery.permanent) == (FAILED, True, False)
    assert TOKEN not in delivery.reason


@pytest.mark.parametrize(
    "code",
    [
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_disabled",
        "app_access_restricted",
    ],
)
def test_case_48_a_problem_of_the_person_is_permanent_and_leaves_the_channel_up(
    slack: FakeSlack, notifier: Slack, code: str
) -> None:
    delivery = after(slack, notifier, error=code)
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, True, False)


def test_case_48_a_chat_that_is_gone_is_opened_anew_the_next_time(
    slack: FakeSlack, notifier: Slack
) -> None:
    after(slack, notifier, error="channel_not_found")
    assert notifier.deliver(a_message()).state is SENT
    assert slack.calls.count("conversations.open") == 2


def test_case_48_a_token_that_lacks_a_scope_is_told_which(slack: FakeSlack) -> None:
    slack.scopes = ("im:write", "users:read", "users:read.email")
    delivery = Slack(TOKEN, slack.url).deliver(a_message())
    assert delivery.channel_down
    assert "chat:write" in delivery.reason


def test_case_48_an_unknown_code_is_tried_again(slack: FakeSlack, notifier: Slack) -> None:
    delivery = after(slack, notifier, error="brand_new_error")
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, False, False)
    assert "brand_new_error" in delivery.reason


def test_a_message_that_slack_finds_malformed_is_not_tried_again(notifier: Slack) -> None:
    delivery = notifier.deliver(a_message(blocks=({"type": "hologram"},)))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert "invalid_blocks" in delivery.reason


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "service_unavailable", "status": 503},
        {"error": "service_unavailable"},
        {"error": "request_timeout"},
        {"body": "<html>Bad gateway</html>", "status": 502},
    ],
)
def test_case_47_a_5xx_that_was_read_is_a_plain_failure_and_is_tried_again(
    slack: FakeSlack, notifier: Slack, fault: dict[str, Any]
) -> None:
    delivery = after(slack, notifier, **fault)
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, False, False)
    assert "<html>" not in delivery.reason


@pytest.mark.parametrize("code", ["internal_error", "fatal_error"])
def test_case_47_a_code_that_may_stand_for_a_post_half_done_is_unknown(
    slack: FakeSlack, notifier: Slack, code: str
) -> None:
    assert after(slack, notifier, error=code).state is UNKNOWN


@pytest.mark.parametrize(
    "fault", [{"drop": True}, {"hang": True}, {"body": '{"ok": tr', "status": 200}]
)
def test_case_47_a_post_without_a_readable_answer_is_unknown_and_was_made_only_once(
    slack: FakeSlack, fault: dict[str, Any]
) -> None:
    delivery = after(slack, Slack(TOKEN, slack.url, timeout=1), done=True, **fault)
    assert delivery.state is UNKNOWN
    assert len(slack.posts) == 1


@pytest.mark.parametrize("method", ["users.lookupByEmail", "conversations.open"])
@pytest.mark.parametrize(
    "fault", [{"drop": True}, {"hang": True}, {"error": "internal_error"}, {"body": "?"}]
)
def test_case_47_a_look_up_without_an_answer_is_a_plain_failure(
    slack: FakeSlack, method: str, fault: dict[str, Any]
) -> None:
    delivery = after(slack, Slack(TOKEN, slack.url, timeout=1), method, **fault)
    assert (delivery.state, delivery.permanent) == (FAILED, False)
    assert slack.posts == []


def test_case_47_a_refused_connection_is_a_plain_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    notifier = Slack(TOKEN, f"http://127.0.0.1:{port}/api/")
    delivery = notifier.deliver(a_report(to=Recipient("", "#recruiting")))
    assert (delivery.state, delivery.permanent) == (FAILED, False)
    assert "could not be reached" in delivery.reason


def test_the_fallback_text_is_cut_at_a_line_below_what_slack_takes(
    slack: FakeSlack, notifier: Slack
) -> None:
    notifier.deliver(a_message(text="a line of the message\n" * 400))
    text = slack.posts[0].text
    assert len(text) < 4000
    assert set(text.splitlines()) == {"a line of the message", "…"}


def test_check_is_content_with_a_token_that_has_every_scope(
    slack: FakeSlack, notifier: Slack
) -> None:
    findings = list(notifier.check())
    assert all(each.ok or each.optional for each in findings)
    assert {f"Slack scope {scope}" for scope in SCOPES} <= {e.subject for e in findings if e.ok}
    assert slack.calls == ["auth.test"]


@pytest.mark.parametrize("scope", SCOPES)
def test_check_names_the_scope_that_is_missing_and_the_remedy(
    slack: FakeSlack, notifier: Slack, scope: str
) -> None:
    slack.scopes = tuple(each for each in SCOPES if each != scope)
    [wrong] = [each for each in notifier.check() if not each.ok and not each.optional]
    assert wrong.subject == f"Slack scope {scope}"
    assert scope in wrong.remedy


def test_check_says_that_a_token_is_refused_without_showing_it(slack: FakeSlack) -> None:
    [finding] = Slack("xoxb-secret", slack.url).check()
    assert not finding.ok
    assert "invalid_auth" in finding.detail
    assert "SLACK_BOT_TOKEN" in finding.remedy
    assert "xoxb-secret" not in repr(finding)


def test_nothing_of_a_failure_is_logged(
    slack: FakeSlack, notifier: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        after(slack, notifier, drop=True)
        after(slack, notifier, body="the message to bo@example.com")
    assert caplog.text == ""
