"""``check`` at Odoo: the key, each right, and what this account can and cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.ats.base import Finding
from connectors.ats.odoo_json2 import OdooConfig
from tests.connectors.fake_odoo import DATABASE, KEY, SECRET, FakeOdoo, connected, error, odoo


@pytest.fixture
def fake() -> Iterator[FakeOdoo]:
    with odoo() as fake:
        fake.hiring()
        fake.meeting(100, 500)
        fake.forms_in_use()
        yield fake


def findings(fake: FakeOdoo, evidence: str = "form", **other: Any) -> dict[str, Finding]:
    return {each.subject: each for each in connected(fake, evidence, **other).check()}


@pytest.mark.parametrize("evidence", ["form", "activity", "message"])
def test_all_is_well_when_all_is_there(fake: FakeOdoo, evidence: str) -> None:
    found = findings(fake, evidence)
    assert [each for each in found.values() if not each.ok] == []
    assert f"evidence: {evidence}" in found


@pytest.mark.parametrize(
    "model",
    ["calendar.event", "calendar.attendee", "res.users", "hr.applicant", "hr.job"],
)
def test_a_missing_right_is_named(fake: FakeOdoo, model: str) -> None:
    fake.denied = {model}
    [finding] = [each for each in findings(fake).values() if not each.ok]
    assert (finding.subject, finding.optional) == (f"reading {model}", False)
    assert "Recruitment: Officer" in finding.detail


@pytest.mark.parametrize(
    ("evidence", "model"),
    [
        ("form", "survey.user_input"),
        ("activity", "mail.activity"),
        ("message", "mail.message"),
    ],
)
def test_the_right_to_read_the_chosen_evidence_is_needed(
    fake: FakeOdoo, evidence: str, model: str
) -> None:
    fake.denied = {model}
    [finding] = [each for each in findings(fake, evidence).values() if not each.ok]
    assert finding.subject == f"reading {model}"


def test_a_module_that_is_not_installed_is_named(fake: FakeOdoo) -> None:
    said = "the model 'survey.user_input' does not exist"
    fake.script["survey.user_input"].append(error(404, "werkzeug.exceptions.NotFound", said))
    found = findings(fake)["reading survey.user_input"]
    assert said in found.detail


def test_a_wrong_key_is_one_finding_and_nothing_else_is_asked(fake: FakeOdoo) -> None:
    found = findings(fake, api_key="wrong")
    assert [each.ok for each in found.values()] == [False]
    assert "ODOO_API_KEY" in found["key"].detail
    assert len(fake.server.asked) == 1


def test_a_wrong_database_is_one_finding(fake: FakeOdoo) -> None:
    found = findings(fake, database="another")
    assert [each.ok for each in found.values()] == [False]
    assert "ODOO_DATABASE" in found["key"].detail


def test_without_a_filled_form_in_sight_it_says_that_nobody_can_tell(fake: FakeOdoo) -> None:
    fake.drop("survey.user_input", 7999)
    found = findings(fake)["evidence: form"]
    assert (found.ok, found.optional) == (False, True)
    assert "survey type Recruitment" in found.remedy


def test_private_meetings_are_counted(fake: FakeOdoo) -> None:
    fake.meeting(101, 500, privacy="private")
    found = findings(fake)["private meetings"]
    assert (found.ok, found.optional) == (False, True)
    assert found.detail.startswith("1 of 2 meetings")


@pytest.mark.parametrize(
    ("end", "ok"),
    [("2026-12-01 00:00:00", False), ("2027-02-01 00:00:00", True), (False, True)],
)
def test_a_key_that_ends_soon_is_told_in_time(fake: FakeOdoo, end: object, ok: bool) -> None:
    fake.put("res.users.apikeys", 1, name="Afterword", expiration_date=end)
    fake.put("res.users.apikeys", 2, name="another", expiration_date="2028-01-01 00:00:00")
    found = findings(fake)["end of the key"]
    assert (found.ok, found.optional) == (ok, True)
    if end:
        assert str(end)[:10] in found.detail


def test_what_cannot_be_looked_at_is_a_warning(fake: FakeOdoo) -> None:
    fake.denied = {"res.users.apikeys"}
    found = findings(fake)["what can be told"]
    assert (found.ok, found.optional) == (False, True)


def test_a_missing_webhook_secret_is_no_failure(fake: FakeOdoo) -> None:
    found = findings(fake, webhook_secrets=())["webhook secret"]
    assert (found.ok, found.optional) == (False, True)


def test_the_key_shows_in_no_finding(fake: FakeOdoo) -> None:
    fake.script["res.users"].append(error(401, "x", f"Invalid apikey {KEY}"))
    assert KEY not in repr(list(findings(fake).values()))


def test_a_configuration_shows_neither_key_nor_secret() -> None:
    """Case 67."""
    config = OdooConfig("http://127.0.0.1:9", DATABASE, KEY, webhook_secrets=(SECRET,))
    assert KEY not in repr(config)
    assert SECRET not in repr(config)
