"""``check``: token, each right, rate limit, webhook secret, one finding each, nothing raised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.ats.base import Ats, Finding
from connectors.ats.greenhouse import Greenhouse
from connectors.ats.greenhouse_config import GreenhouseConfig
from connectors.ats.greenhouse_rows import MANDATORY, OPTIONAL
from tests.connectors.fake_harvest import NOW, SECRET, WEBHOOK_SECRET, FakeHarvest, connected
from tests.connectors.fake_harvest import harvest as running
from tests.connectors.loopback import Answer, rows, thing


@pytest.fixture
def fake() -> Iterator[FakeHarvest]:
    with running() as fake:
        yield fake


def findings(fake: FakeHarvest) -> dict[str, Finding]:
    return {each.subject: each for each in connected(fake).check()}


def test_all_is_well_when_all_is_granted(fake: FakeHarvest) -> None:
    fake.script["users"].append(rows(X_RateLimit_Limit="50", X_RateLimit_Remaining="49"))
    found = findings(fake)
    assert all(each.ok for each in found.values())
    assert found["rate limit"].detail == "50 requests in 30 seconds"
    assert len(found) == 1 + len(MANDATORY) + len(OPTIONAL) + 2


def test_every_right_is_tried_with_the_smallest_question(fake: FakeHarvest) -> None:
    findings(fake)
    asked = [each for each in fake.server.asked if each.method == "GET"]
    assert {each.name for each in asked} == {model.path for model in (*MANDATORY, *OPTIONAL)}
    assert all(each.query == {"fields": "id", "per_page": "1"} for each in asked)


@pytest.mark.parametrize("model", [*MANDATORY, *OPTIONAL], ids=lambda model: model.path)
def test_a_missing_scope_is_named_with_what_to_do(fake: FakeHarvest, model: type) -> None:
    [path] = [each.path for each in (*MANDATORY, *OPTIONAL) if each is model]
    fake.denied = {path}
    found = findings(fake)
    failed = [each for each in found.values() if not each.ok and each.subject != "rate limit"]
    [finding] = failed
    assert finding.subject == f"harvest:{path}:list"
    assert finding.remedy == f"Grant harvest:{path}:list."
    assert finding.optional is (model in OPTIONAL)


def test_a_refused_login_is_one_finding_and_the_end(fake: FakeHarvest) -> None:
    fake.script["token"].append(thing({"error": "invalid_client"}, 401))
    [finding] = connected(fake).check()
    assert (finding.subject, finding.ok, finding.optional) == ("token", False, False)
    assert "GREENHOUSE_CLIENT_ID" in finding.detail
    assert SECRET not in repr(finding)


def test_an_outage_is_a_finding_and_not_an_exception(fake: FakeHarvest) -> None:
    fake.script["interviews"] += [Answer(500)] * 5
    assert not findings(fake)["harvest:interviews:list"].ok


def test_a_host_that_is_not_there_is_a_finding() -> None:
    config = GreenhouseConfig("client", SECRET, token_url="http://127.0.0.1:9/token")
    connector = Greenhouse(config, clock=lambda: NOW, sleep=lambda seconds: None)
    [finding] = connector.check()
    assert not finding.ok
    assert "GREENHOUSE_TOKEN_URL" in finding.detail


def test_without_a_webhook_secret_there_is_a_hint_and_no_failure(fake: FakeHarvest) -> None:
    config = GreenhouseConfig(
        "client", SECRET, api_url=f"{fake.server.url}/v3", token_url=f"{fake.server.url}/token"
    )
    finding = list(Greenhouse(config, clock=lambda: NOW).check())[-1]
    assert (finding.subject, finding.ok, finding.optional) == ("webhook secret", False, True)
    assert "GREENHOUSE_WEBHOOK_SECRET" in finding.remedy


def test_the_secrets_are_in_no_repr() -> None:
    config = GreenhouseConfig("client", SECRET, webhook_secrets=(WEBHOOK_SECRET,))
    assert SECRET not in repr(config)
    assert WEBHOOK_SECRET not in repr(config)


def test_it_fulfils_the_protocol(fake: FakeHarvest) -> None:
    connector: Ats = connected(fake)
    assert connector.name == "greenhouse"
    assert connector.capabilities.submission
    assert "ten business days" in connector.capabilities.own_reminders
