"""What a run of `make mutants` found that no other test of Odoo saw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import connectors
from connectors.ats.base import Window
from connectors.model import Application, Interview, Person
from connectors.options import Given
from plugin.connections import from_environment
from plugin.values import Problem
from tests.connectors.fake_odoo import DATABASE, KEY, NOW, FakeOdoo, odoo
from tests.connectors.test_odoo_pull import of, pulled

START = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeOdoo]:
    with odoo() as fake:
        fake.hiring()
        fake.meeting(100, 500)
        yield fake


@pytest.mark.parametrize(
    ("evidence", "model"),
    [("form", "survey.user_input"), ("activity", "mail.activity"), ("message", "mail.message")],
)
def test_the_variables_say_where_odoo_is_and_which_evidence_it_has(
    fake: FakeOdoo, evidence: str, model: str
) -> None:
    variables = {"ODOO_URL": fake.server.url, "ODOO_DATABASE": DATABASE, "ODOO_API_KEY": KEY}
    problems: list[Problem] = []
    connector = connectors.find_ats("odoo")
    given = {**variables, "ODOO_EVIDENCE": evidence}
    [connection] = from_environment([connector], given, problems).values()
    assert not problems
    ats = connector.build(Given(connection.name, connection.options, lambda: NOW, lambda s: None))
    assert of(Interview, ats.pull(Window(START, START + timedelta(days=14)), {}))
    asked = {each.path.split("/")[3] for each in fake.server.asked}
    others = {"survey.user_input", "mail.activity", "mail.message"} - {model}
    assert model in asked
    assert not others & asked


def test_what_odoo_leaves_empty_is_nothing_and_not_an_empty_text(fake: FakeOdoo) -> None:
    fake.user(500, email=False)
    fake.change("hr.applicant", 200, stage_id=[3, ""])
    pages = pulled(fake)
    assert [each.email for each in of(Person, pages) if each.id == "500"] == [None]
    assert [each.stage for each in of(Application, pages)] == [None]


def test_a_link_without_a_name_is_still_a_link(fake: FakeOdoo) -> None:
    fake.hiring(200, job_id=[300], stage_id=3)
    assert [(each.job_id, each.stage) for each in of(Application, pulled(fake))] == [("300", None)]
