"""``check`` of Lever: key, rights, confidential ones, what cannot be told; nothing is raised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.ats.base import Ats, Finding
from connectors.ats.lever import Lever
from connectors.ats.lever_config import LeverConfig
from tests.connectors.fake_lever import KEY, NOW, TOKENS, FakeLever, config, connected, lever
from tests.connectors.loopback import Answer

NEEDED = ("opportunities", "interviews", "feedback", "users")
GOOD_TO_HAVE = ("panels", "applications", "postings", "archive_reasons", "stages")


@pytest.fixture
def fake() -> Iterator[FakeLever]:
    with lever() as fake:
        fake.opportunity(confidentiality="confidential")
        fake.opportunity("opp-2")
        yield fake


def findings(fake: FakeLever) -> dict[str, Finding]:
    return {each.subject: each for each in connected(fake).check()}


def test_all_is_well_when_all_is_granted(fake: FakeLever) -> None:
    found = findings(fake)
    assert all(each.ok for each in found.values())
    assert {f"{name}:read:admin" for name in (*NEEDED, *GOOD_TO_HAVE)} <= found.keys()
    assert found["confidential opportunities"].detail == "are read"


def test_every_right_is_tried_with_the_smallest_question(fake: FakeLever) -> None:
    findings(fake)
    for asked in fake.server.asked:
        assert (asked.query["limit"], asked.query["include"]) == ("1", "id")


@pytest.mark.parametrize("name", [*NEEDED, *GOOD_TO_HAVE])
def test_a_missing_right_is_named_with_what_to_do(fake: FakeLever, name: str) -> None:
    fake.denied = {name}
    finding = findings(fake)[f"{name}:read:admin"]
    assert (finding.ok, finding.optional) == (False, name in GOOD_TO_HAVE)
    assert finding.remedy == f"Grant {name}:read:admin."


def test_without_any_opportunity_what_hangs_below_is_not_tried(fake: FakeLever) -> None:
    fake.tables["opportunities"] = {}
    found = findings(fake)
    for name in ("interviews", "feedback", "panels", "applications"):
        finding = found[f"{name}:read:admin"]
        assert (finding.ok, finding.optional) == (False, True)
        assert "not tried" in finding.detail


def test_that_no_confidential_one_comes_is_said_as_what_it_is(fake: FakeLever) -> None:
    """Trap 2 and 1.2: silently missing, and the right cannot be added to a key."""
    fake.sees_confidential = False
    finding = findings(fake)["confidential opportunities"]
    assert (finding.ok, finding.optional) == (False, True)
    assert "there are none, or this key may not see them" in finding.detail
    assert "new key" in finding.remedy


def test_a_refused_key_is_one_finding_and_the_end(fake: FakeLever) -> None:
    fake.key = "another"
    [finding] = connected(fake).check()
    assert (finding.subject, finding.ok, finding.optional) == ("API key", False, False)
    assert "LEVER_API_KEY" in finding.remedy
    assert KEY not in repr(finding)


def test_an_outage_is_a_finding_and_not_an_exception(fake: FakeLever) -> None:
    fake.script["feedback"] += [Answer(500)] * 5
    assert not findings(fake)["feedback:read:admin"].ok


def test_a_host_that_is_not_there_is_a_finding() -> None:
    connector = Lever(
        LeverConfig(KEY, api_url="http://127.0.0.1:9/v1"),
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    )
    [finding] = connector.check()
    assert not finding.ok
    assert "LEVER_API_URL" in finding.detail


def test_what_lever_cannot_tell_is_said(fake: FakeLever) -> None:
    assert "unknown" in findings(fake)["what Lever cannot tell"].detail


def test_without_signature_tokens_there_is_a_hint_and_no_failure(fake: FakeLever) -> None:
    bare = LeverConfig(KEY, api_url=config(fake).api_url)
    finding = list(Lever(bare, clock=lambda: NOW, sleep=lambda seconds: None).check())[-1]
    assert (finding.ok, finding.optional) == (False, True)
    assert "LEVER_SIGNATURE_TOKENS" in finding.remedy


def test_the_secrets_are_in_no_repr() -> None:
    shown = repr(LeverConfig(KEY, TOKENS))
    assert not any(secret in shown for secret in (KEY, *TOKENS))


def test_it_fulfils_the_protocol_and_a_second_account_has_its_own_name(fake: FakeLever) -> None:
    first: Ats = connected(fake)
    second: Ats = Lever(config(fake), clock=lambda: NOW, name="lever-emea")
    assert (first.name, second.name) == ("lever", "lever-emea")
    assert first.capabilities.submission
    assert "six hours" in first.capabilities.own_reminders
