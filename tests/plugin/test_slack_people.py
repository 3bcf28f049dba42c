"""Members are looked at once a day, kept in the store, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.commands.run import web_app
from plugin.slack_app import ROUTE
from plugin.variables import Settings
from scheduler.answers import AnswerKind
from scheduler.facts import PersonFacts
from scheduler.jobs import Jobs
from tests.plugin.answering_kit import BO, LINKS, press
from tests.plugin.slack_office import WEDNESDAY, SlackOffice, an_interview, sign, slack_office
from tests.scheduler.builders import DAY, HOUR, key, person, save


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    with slack_office(tmp_path) as office:
        yield office.holds(an_interview())


def test_everybody_is_looked_at_once_a_day(office: SlackOffice) -> None:
    for _ in range(5):
        office.service.members()
        office.pass_time(HOUR)
    assert office.slack.calls.count("users.lookupByEmail") == 3
    office.pass_time(DAY)
    office.service.members()
    assert office.slack.calls.count("users.lookupByEmail") == 6


def test_working_hours_are_kept_in_the_zone_that_slack_shows(office: SlackOffice) -> None:
    bo = PersonFacts("p1", "Bo Ek", "P1@example.org", active=True, zone="Asia/Tokyo")
    assert office.parts.hours_of(bo).zone.key == "Asia/Tokyo"
    office.service.members()
    assert office.parts.hours_of(bo).zone.key == "Europe/Berlin"


def test_case_55_who_is_not_in_slack_is_listed_and_gets_no_message_there(
    office: SlackOffice,
) -> None:
    save(office.store, person("p1", "Bo Ek", email="bo.ek@example.org"))
    office.service.members()
    assert office.store.unmatched() == ["bo.ek@example.org"]
    assert office.store.members(["p1@example.org"]) == {}  # left the ATS under that address


def test_whoever_was_written_to_can_answer_before_anybody_was_looked_at(
    office: SlackOffice,
) -> None:
    office.nudged()
    assert office.store.member_addresses("U1") == ["p1@example.org"]


def test_somebody_mapped_can_answer_too(office: SlackOffice) -> None:
    office.notifier.people.ids = {"p1@example.org": "U7"}
    office.service.nudges()
    assert "DU7" in [post.channel for post in office.slack.posts]
    assert office.slack.said("U1") == []
    assert office.store.member_addresses("U7") == ["p1@example.org"]


def test_what_was_looked_up_before_slack_broke_down_is_kept(office: SlackOffice) -> None:
    office.slack.limit("users.lookupByEmail", 2, retry_after="600")
    office.service.members()
    assert len(office.store.members([f"p{n}@example.org" for n in (1, 2, 3)])) == 2
    office.slack.lift("users.lookupByEmail")
    office.pass_time(HOUR)
    office.service.members()
    assert len(office.store.members([f"p{n}@example.org" for n in (1, 2, 3)])) == 3


def test_the_web_application_takes_slack_in_and_refuses_what_is_not_signed(
    tmp_path: Path,
) -> None:
    with slack_office(tmp_path) as office:
        keys = {"AFTERWORD_PAGE_TOKEN": "p" * 32, "AFTERWORD_SECRET_KEY": "s" * 64}
        settings = Settings.model_validate(keys)
        parts = replace(office.parts, settings=settings)
        jobs = Jobs(office.service.jobs(), office.clock)
        client = web_app(parts, jobs, office.app).test_client()
        answer = client.post(ROUTE, data=b"{}")
        assert (answer.status_code, answer.mimetype) == (401, "text/plain")
        assert client.get(ROUTE).mimetype == "text/plain"
        body = b'{"type": "url_verification", "challenge": "c"}'
        stamp = str(int(office.clock.now.timestamp()))
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(body, stamp)}
        answer = client.post(ROUTE, data=body, content_type="application/json", headers=signed)
        assert answer.json == {"challenge": "c"}
        jobs.stop()


class Rung(Jobs):
    """Jobs that only remember which of them were rung."""

    def __init__(self) -> None:
        super().__init__([], lambda: WEDNESDAY)
        self.names: list[str] = []

    def ring(self, name: str) -> None:
        self.names.append(name)


def test_an_answer_by_a_link_rings_for_the_message_in_slack(office: SlackOffice) -> None:
    keys = {"AFTERWORD_PAGE_TOKEN": "p" * 32, "AFTERWORD_SECRET_KEY": "k" * 32}
    parts = replace(office.parts, settings=Settings.model_validate(keys))
    jobs = Rung()
    client = web_app(parts, jobs).test_client()
    done = LINKS.answer(key("i1", "p1"), AnswerKind.DONE_ELSEWHERE, BO, office.clock.now)
    assert press(client, f"/answer/{done}", done="yes").status_code == 200
    assert jobs.names == ["faces"]
