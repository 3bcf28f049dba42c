"""How Ashby is asked, how its refusals are read, and what ``check`` says (ashby.md 1 and 2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.ats.ashby import Ashby
from connectors.ats.ashby_config import AshbyConfig
from connectors.ats.base import Ats, Finding
from connectors.errors import AccessRefused, BadRequest, ConnectorError, RateLimited, Unreachable
from connectors.http import LONGEST_WAIT
from tests.connectors.fake_ashby import (
    KEY,
    NOW,
    WEBHOOK_SECRET,
    FakeAshby,
    ashby,
    connected,
)
from tests.connectors.loopback import Answer, thing
from tests.connectors.test_ashby_rules import WEEK, pulled

SCHEDULES = "interviewSchedule.list"


@pytest.fixture
def fake() -> Iterator[FakeAshby]:
    with ashby() as fake:
        fake.hiring()
        yield fake


def findings(fake: FakeAshby, **other: Any) -> dict[str, Finding]:
    return {each.subject: each for each in connected(fake, **other).check()}


# -- asking


def test_every_question_is_a_post_with_the_key_as_user_and_an_object_as_body(
    fake: FakeAshby,
) -> None:
    fake.schedule()
    pulled(fake)
    assert fake.server.asked
    for asked in fake.server.asked:
        assert asked.method == "POST"
        assert asked.headers["accept"] == "application/json; version=1"
        assert isinstance(json.loads(asked.body), dict)
        assert not asked.query
    assert {} in fake.questions("department.list"), "an empty object is sent too"


@pytest.mark.parametrize("shape", ["info", "strings", "objects"])
@pytest.mark.parametrize("status", [200, 400])
def test_trap_1_and_8_a_refusal_is_read_in_any_shape_and_with_any_status(
    fake: FakeAshby, shape: str, status: int
) -> None:
    fake.shape = shape
    fake.script[SCHEDULES].append(fake.failure("odd_thing", status))
    with pytest.raises(BadRequest, match=r"/interviewSchedule.list: refused.*\(request r-1\)"):
        pulled(fake)
    assert len(fake.questions(SCHEDULES)) == 1


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "concurrent_limit_exceeded"])
def test_a_limit_told_with_200_is_waited_for(fake: FakeAshby, code: str) -> None:
    """Case 27."""
    fake.script[SCHEDULES] += [fake.failure(code)] * 3
    sleeps: list[float] = []
    list(connected(fake, sleeps=sleeps).pull(WEEK, {}))
    assert [int(each) for each in sleeps] == [1, 2, 4]


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 8),
        ("Tue, 24 Nov 2026 12:00:09 GMT", 9, 10),
        ("0", 0, 1),
        ("86400", LONGEST_WAIT, LONGEST_WAIT),
        (None, 1, 2),
    ],
)
def test_a_429_is_waited_for_as_told(
    fake: FakeAshby, header: str | None, least: float, most: float
) -> None:
    """Case 27: seconds, a date, none, nothing, a day."""
    headers = {} if header is None else {"Retry-After": header}
    fake.script[SCHEDULES].append(Answer(429, b"{}", headers))
    sleeps: list[float] = []
    list(connected(fake, sleeps=sleeps).pull(WEEK, {}))
    [slept] = sleeps
    assert least <= slept <= most


def test_whoever_is_told_to_wait_for_ever_gives_up(fake: FakeAshby) -> None:
    fake.script[SCHEDULES] += [fake.failure("rate_limit_exceeded")] * 9
    with pytest.raises(RateLimited):
        pulled(fake)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>Log in</html>", headers={"Content-Type": "text/html"}),
        Answer(body=b'{"success": true, "results": [{"id'),
        Answer(body=b"[]"),
        thing({"results": []}),
        thing({"success": "true", "results": []}),
        thing({"success": True}),
        thing({"success": True, "results": {}}),
    ],
)
def test_an_answer_that_is_none_is_asked_for_again_and_then_given_up(
    fake: FakeAshby, answer: Answer
) -> None:
    """Case 30, and a list that becomes an object (39)."""
    fake.script[SCHEDULES] += [answer] * 5
    with pytest.raises(Unreachable, match=r"Ashby /interviewSchedule\.list"):
        pulled(fake)
    assert len(fake.questions(SCHEDULES)) == 5


def test_a_redirect_is_not_followed(fake: FakeAshby) -> None:
    """Case 34: it would carry the key elsewhere."""
    there = {"Location": "https://elsewhere.example/"}
    fake.script[SCHEDULES].append(Answer(302, b"", there))
    with pytest.raises(BadRequest, match="points to another address"):
        pulled(fake)


def test_no_secret_is_in_an_error_or_a_repr(fake: FakeAshby) -> None:
    """Case 67: even if the other side echoes it."""
    said = {"success": False, "errors": [f"the key {KEY} is odd"]}
    fake.script[SCHEDULES].append(thing(said))
    with pytest.raises(ConnectorError) as caught:
        pulled(fake)
    assert KEY not in caught.value.message
    assert "[secret]" in caught.value.message
    config = AshbyConfig(KEY, (WEBHOOK_SECRET,))
    assert KEY not in repr(config)
    assert WEBHOOK_SECRET not in repr(config)


# -- check


def test_a_key_with_every_right_is_found_good(fake: FakeAshby) -> None:
    found = findings(fake)
    assert all(each.ok for name, each in found.items() if name != "confidential jobs")
    assert "key" in found
    assert found["confidential jobs"].optional
    assert "without notice" in found["confidential jobs"].detail


def test_check_asks_for_no_candidate_and_no_feedback(fake: FakeAshby) -> None:
    """What could name one is asked for as of now: nothing is that young."""
    fake.feedback("form", "Ivo Brandt")
    findings(fake)
    now = int(NOW.timestamp() * 1000)
    for method in ("application.list", "applicationFeedback.list"):
        assert fake.questions(method) == [{"limit": 1, "createdAfter": now}]


@pytest.mark.parametrize(
    ("right", "subjects", "optional"),
    [
        ("interviews", ["interviews:read (interviewSchedule.list)"], [False]),
        (
            "candidates",
            [
                "candidates:read (application.list)",
                "candidates:read (applicationFeedback.list)",
            ],
            [False, True],
        ),
        ("jobs", ["jobs:read (job.list)"], [True]),
        ("organization", ["organization:read (user.list)"], [True]),
        ("apiKeys", ["apiKeys:read"], [True]),
    ],
)
@pytest.mark.parametrize("shape", ["info", "strings", "objects"])
def test_a_missing_right_is_named_with_where_to_grant_it(
    fake: FakeAshby, right: str, subjects: list[str], optional: list[bool], shape: str
) -> None:
    fake.shape, fake.denied = shape, {right}
    bad = [each for each in findings(fake).values() if not each.ok][: len(subjects)]
    assert [each.subject for each in bad] == subjects
    assert [each.optional for each in bad] == optional
    assert all(each.remedy == f"Grant {right}:read." for each in bad)
    assert all("Admin > Integrations > API keys" in each.detail for each in bad)


def test_a_key_that_may_not_read_all_feedback_is_told_and_no_failure(fake: FakeAshby) -> None:
    """ashby.md 10."""
    fake.by_application_only = True
    finding = findings(fake)["candidates:read (applicationFeedback.list)"]
    assert (finding.ok, finding.optional) == (False, True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_the_only_finding(fake: FakeAshby, status: int) -> None:
    """403 without the code for a missing right is a wrong or deactivated key (1)."""
    fake.script["apiKey.info"].append(fake.failure("no", status))
    [finding] = findings(fake).values()
    assert (finding.subject, finding.ok) == ("key", False)
    assert "ASHBY_API_KEY" in finding.remedy


def test_a_wrong_key_is_refused(fake: FakeAshby) -> None:
    with pytest.raises(AccessRefused):
        pulled(fake, api_key="another")


def test_an_address_that_is_wrong_is_told(fake: FakeAshby) -> None:
    config = AshbyConfig(KEY, api_url="http://127.0.0.1:9/ashby")
    [finding] = Ashby(config, clock=lambda: NOW, sleep=lambda seconds: None).check()
    assert "ASHBY_API_URL" in finding.detail


def test_without_a_webhook_secret_there_is_a_hint_and_no_failure(fake: FakeAshby) -> None:
    config = AshbyConfig(KEY, api_url=fake.server.url, pace=0)
    finding = list(Ashby(config, clock=lambda: NOW).check())[-1]
    assert (finding.subject, finding.ok, finding.optional) == ("webhook secret", False, True)


def test_it_fulfils_the_protocol_under_any_name(fake: FakeAshby) -> None:
    account: Ats = connected(fake)
    assert account.name == "ashby"
    assert account.capabilities.submission
    assert "not published" in account.capabilities.own_reminders
    assert Ashby(AshbyConfig(KEY), name="ashby-labs", clock=lambda: NOW).name == "ashby-labs"


def test_requests_are_paced_unless_told_otherwise(fake: FakeAshby) -> None:
    """No figure is published (2.4), so it is a setting."""
    sleeps: list[float] = []
    config = AshbyConfig(KEY, api_url=fake.server.url, pace=30)
    list(Ashby(config, clock=lambda: NOW, sleep=sleeps.append).pull(WEEK, {}))
    assert len(sleeps) == len(fake.server.asked) - 1
    assert all(20 < each <= 30 for each in sleeps)
    assert AshbyConfig(KEY).pace == 0.6
