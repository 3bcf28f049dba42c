"""What can be set for Ashby reaches the connector, from the environment and from the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.ats.base import Ats, Window
from connectors.model import Interview, Job
from connectors.options import Given
from plugin import settings_docs
from plugin.settings import SettingsProblem, load
from scheduler.facts import Judgement, ScorecardFacts, Status
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.store import Store
from scheduler.sync import sync
from tests.connectors.fake_ashby import KEY, FakeAshby, Hands, ashby, uid
from tests.plugin.conftest import Run
from tests.stores import store_at

WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAshby]:
    """Ivo talked to Noor, and Mara watched him; Ashby says of neither whether it is required."""
    monkeypatch.chdir(tmp_path)
    with ashby() as fake:
        fake.hiring()
        panel = [
            fake.seat("Ivo Brandt", isFeedbackRequired=None),
            fake.seat("Mara Lund", isFeedbackRequired=None, trainingRole="Shadow"),
        ]
        fake.schedule("schedule", fake.event("event", *panel))
        yield fake


def connected(name: str = "ashby") -> Ats:
    """As the service builds it, but for the pace, which no test waits for."""
    connection = load().accounts[name]
    return connection.plug.build(Given(name, connection.options, Hands(), lambda seconds: None))


def told(name: str = "ashby") -> tuple[dict[str, bool], Job]:
    """Who owes, by person, and the job; as the settings of the moment say."""
    account = connected(name)
    records = [each for page in account.pull(WEEK, {}) for each in page.records]
    [talk] = [each for each in records if isinstance(each, Interview)]
    job = next(each for each in records if isinstance(each, Job))
    return {card.interviewer_id: card.required for card in talk.scorecards}, job


def in_the_environment(fake: FakeAshby, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    given = {"ASHBY_API_KEY": KEY, "ASHBY_API_URL": fake.server.url, **more}
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)


def test_unless_it_is_set_a_shadow_owes_nothing_and_the_roles_have_their_usual_names(
    fake: FakeAshby, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(fake, monkeypatch)
    owes, job = told()
    assert owes == {uid("Ivo Brandt"): True, uid("Mara Lund"): False}
    assert job.recruiter_ids == (uid("Pia Holt"),)
    assert job.coordinator_ids == (uid("Bo Lind"),)
    assert job.hiring_manager_ids == (uid("Zoe Dahl"),)


def test_whether_shadows_owe_and_the_names_of_the_roles_are_variables(
    fake: FakeAshby, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(
        fake,
        monkeypatch,
        ASHBY_SHADOWS_OWE="true",
        ASHBY_RECRUITER_ROLES="Sourcer, recruiter",
        ASHBY_COORDINATOR_ROLES="Hiring Manager",
        ASHBY_HIRING_MANAGER_ROLES="Recruiting Coordinator",
    )
    owes, job = told()
    assert owes == {uid("Ivo Brandt"): True, uid("Mara Lund"): True}
    assert job.recruiter_ids == (uid("Pia Holt"), uid("Sol Sourcer"))
    assert job.coordinator_ids == (uid("Zoe Dahl"),)
    assert job.hiring_manager_ids == (uid("Bo Lind"),)


@pytest.mark.parametrize("word", ["true", '"true"'])
def test_the_policy_file_takes_them_too(
    fake: FakeAshby, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("AFTERWORD_POLICY", "policy.toml")
    lines = [
        "[connections.labs]",
        'ats = "ashby"',
        f'api_key = "{KEY}"',
        f'api_url = "{fake.server.url}"',
        f"shadows_owe = {word}",
        'recruiter_roles = ["Sourcer"]',
    ]
    Path("policy.toml").write_text("\n".join(lines), encoding="utf-8")
    owes, job = told("labs")
    assert owes[uid("Mara Lund")]
    assert job.recruiter_ids == (uid("Sol Sourcer"),)


def test_another_word_is_refused_and_true_is_no_key(
    fake: FakeAshby, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(fake, monkeypatch, ASHBY_SHADOWS_OWE="perhaps")
    with pytest.raises(SettingsProblem, match="ASHBY_SHADOWS_OWE must be one of true, false"):
        load()
    monkeypatch.setenv("ASHBY_SHADOWS_OWE", "false")
    monkeypatch.setenv("AFTERWORD_POLICY", "policy.toml")
    Path("policy.toml").write_text('[connections.labs]\nats = "ashby"\napi_key = true\n')
    with pytest.raises(SettingsProblem, match=r"\[connections.labs\] api_key is not text"):
        load()


def test_they_stand_among_the_documented_variables() -> None:
    wanted = {"SHADOWS_OWE", "RECRUITER_ROLES", "COORDINATOR_ROLES", "HIRING_MANAGER_ROLES"}
    assert {f"ASHBY_{each}" for each in wanted} <= settings_docs.ours().keys()


def test_a_shadow_is_excused_as_one_and_explained_as_one(
    fake: FakeAshby, afterword: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Trap 10: shadowing has a reason of its own, which is kept."""
    in_the_environment(fake, monkeypatch)
    with Store.open(store_at(tmp_path / "afterword.db")) as store:
        sync(connected(), store, now=NOW, owner="test", store_names=True, clock=Hands())
        cards = {each.key.interviewer_id: each for each in store.scorecards()}
    shadow = judged(cards[uid("Mara Lund")])
    assert (shadow.status, shadow.excuse) == (Status.EXCUSED, "shadow")
    assert judged(cards[uid("Ivo Brandt")]).status is Status.OVERDUE
    asked = replace(cards[uid("Mara Lund")], required=True)
    assert judged(asked).status is Status.OVERDUE, "a shadow who is asked owes like everybody"
    explained = " ".join(
        afterword("explain", uid("event"), "--now", NOW.isoformat()).stdout.split()
    )
    assert "excused" in explained
    assert "the interviewer only shadowed: nothing is owed" in explained


def judged(facts: ScorecardFacts) -> Judgement:
    return judge(facts, Policy(), NOW)
