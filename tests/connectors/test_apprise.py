"""Apprise with the real package, against a service on loopback."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from connectors.notify.apprise_urls import CHANNEL, LONGEST_TEXT, MISSING, Apprise
from connectors.notify.base import Delivery, DeliveryState, Message, MessageKind, Recipient
from scheduler import messages
from tests.connectors.loopback import Answer, Asked, Loopback, serving
from tests.connectors.sample_messages import a_message
from tests.scheduler.sample_report import a_report

FAILED, SENT, UNKNOWN = DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.UNKNOWN
EVERYBODY = Recipient("apprise", "apprise")
SECRET = "s3cret-token-of-the-service"
PAGE = "https://afterword.example.com/"


def an_alarm(*problems: str) -> Message:
    return messages.alarm("a1", EVERYBODY, problems or ["Slack is paused."], page_url=PAGE)


def url_of(server: Loopback) -> str:
    return f"{server.url.replace('http://', 'json://')}/{SECRET}"


def test_an_alarm_and_a_report_reach_every_service() -> None:
    with serving(lambda asked: Answer()) as one, serving(lambda asked: Answer()) as other:
        apprise = Apprise([url_of(one), url_of(other)])
        report = messages.report("r1", EVERYBODY, a_report(), page_url=PAGE)
        for message in (an_alarm(), report):
            assert apprise.deliver(message) == Delivery(SENT, reference="2 of 2 took it")
    for server in (one, other):
        alarm, weekly = (json.loads(each.body) for each in server.asked)
        assert alarm["title"] == "Afterword needs a hand: 1 problem"
        assert "- Slack is paused." in alarm["message"]
        assert weekly["title"] == "Scorecards of week 2026-W46"
        assert PAGE in weekly["message"]


@pytest.mark.parametrize("kind", [MessageKind.NUDGE, MessageKind.DIGEST, MessageKind.ESCALATION])
def test_nothing_about_one_person_goes_through_it(kind: MessageKind) -> None:
    with serving(lambda asked: Answer()) as server:
        delivery = Apprise([url_of(server)]).deliver(a_message(kind=kind))
    assert (delivery.state, delivery.permanent) == (FAILED, True)
    assert server.asked == []


def test_what_some_took_and_others_did_not_is_shown_and_not_sent_again() -> None:
    with serving(lambda asked: Answer()) as good, serving(lambda asked: Answer(500)) as bad:
        delivery = Apprise([url_of(good), url_of(bad)]).deliver(an_alarm())
    assert delivery.state is UNKNOWN
    assert "1 of 2" in delivery.reason


@pytest.mark.parametrize("answer", [Answer(500), Answer(403), Answer(drop=True)])
def test_what_nobody_took_is_tried_again(answer: Answer) -> None:
    with serving(lambda asked: answer) as server:
        delivery = Apprise([url_of(server)]).deliver(an_alarm())
    assert (delivery.state, delivery.permanent, delivery.channel_down) == (FAILED, False, False)


def test_case_67_no_log_and_no_error_names_an_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="apprise")

    def refuse(asked: Asked) -> Answer:
        return Answer(500, SECRET.encode())

    with serving(refuse) as server:
        apprise = Apprise([url_of(server)])
        assert SECRET not in apprise.deliver(an_alarm()).reason
        assert SECRET not in str(list(apprise.check()))
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", ["nonsense", "unknownservice://token/x", "json://", "://"])
def test_an_address_that_apprise_does_not_know_is_named_by_its_place(url: str) -> None:
    apprise = Apprise(["json://127.0.0.1:9/x", url])
    [finding] = apprise.check()
    assert not finding.ok
    assert "Entry 2 of APPRISE_URLS" in finding.detail
    delivery = apprise.deliver(an_alarm())
    assert (delivery.state, delivery.channel_down) == (FAILED, True)


def test_check_names_the_services_and_sends_nothing() -> None:
    with serving(lambda asked: Answer()) as server:
        [finding] = Apprise([url_of(server)]).check()
    assert finding.ok
    assert "JSON" in finding.detail
    assert server.asked == []


def test_without_the_package_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # importing it fails
    [finding] = Apprise(["json://127.0.0.1:9/x"]).check()
    assert (finding.ok, finding.detail) == (False, MISSING)
    assert Apprise(["json://127.0.0.1:9/x"]).deliver(an_alarm()).reason == MISSING


def test_a_long_text_is_shortened_by_whole_lines_and_keeps_its_link() -> None:
    with serving(lambda asked: Answer()) as server:
        report = messages.report("r1", EVERYBODY, a_report(400), page_url=PAGE)
        Apprise([url_of(server)]).deliver(report)
        Apprise([url_of(server)]).deliver(an_alarm())
    long, short = (json.loads(each.body)["message"] for each in server.asked)
    assert len(long) <= LONGEST_TEXT
    assert set(long.splitlines()) <= {*report.text.splitlines(), "…"}
    assert PAGE in long
    assert short.strip() == an_alarm().text.strip()


def test_its_addresses_are_secret_as_a_whole() -> None:
    [option] = CHANNEL.options
    assert option.secret
    assert option.whole
    assert option.several
