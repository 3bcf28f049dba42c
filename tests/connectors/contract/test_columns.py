"""Every column that a connector reads, once of another form and once empty (cases 14 and 39)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from connectors.errors import ConnectorError
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Page,
    Person,
    Ref,
)
from connectors.wire import Wire
from plugin.sandbox.entities import Entity
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.everything import everything
from tests.connectors.contract.test_round_trip import came, pull, unsound
from tests.connectors.contract.worlds import NOW

OWING = (InterviewState.STANDING, InterviewState.COMPLETE)
Owed = set[tuple[str, str]]
pytestmark = pytest.mark.slow


@pytest.fixture
def practice(bench: Bench) -> Iterator[Practice]:
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        yield practice


def columns(bench: Bench) -> list[str]:
    """What the connector's own models of the wire hold; ids apart, without which nothing is."""
    names: set[str] = set()
    waiting = [Wire]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__module__.startswith(f"connectors.ats.{bench.name}"):
            names |= {each.alias or name for name, each in model.model_fields.items()}
    return sorted(names - {"id"})


Asking = Callable[[Practice], Iterable[Page]]


def spoiled(
    practice: Practice, value: object, asking: Asking = pull, more: Iterable[str] = ()
) -> Iterator[tuple[str, list[Page]]]:
    """By column: what comes of a pull (or what else is asked) that can still be made."""
    for column in (*more, *columns(practice.bench)):
        practice.server.faults.clear()
        practice.server.faults.mangle("*", column, value)
        try:
            yield column, list(asking(practice))
        except ConnectorError:
            continue  # whoever cannot be read makes nobody late


def owed(pages: Iterable[Page]) -> Owed:
    """(interview, person): whoever would be asked for a scorecard."""
    found = came(pages)
    active = {
        each.id
        for each in found
        if isinstance(each, Application) and each.state is ApplicationState.ACTIVE
    }
    return {
        (each.id, card.interviewer_id)
        for each in found
        if isinstance(each, Interview) and each.state in OWING and each.application_id in active
        if each.ends_at and each.ends_at <= NOW
        for card in each.scorecards
        if card.can_tell and card.required and not card.submitted_at
    }


def panels(pages: Iterable[Page]) -> dict[str, frozenset[str]]:
    """Who sits on each panel that is said to be whole: whoever is not among them is let off."""
    return {
        each.id: frozenset(card.interviewer_id for card in each.scorecards)
        for each in came(pages)
        if isinstance(each, Interview) and each.panel_complete
    }


def gone(pages: Iterable[Page]) -> set[Ref]:
    return {ref for page in pages for ref in page.missing}


def one_of_each(practice: Practice) -> Iterator[Page]:
    """Read by name: one record of every kind that has names."""
    world, id_of = practice.server.world, practice.dialect.id_of
    application = world.applications[1]
    things: dict[Kind, Entity] = {
        Kind.PERSON: world.people[0],
        Kind.JOB: application.job,
        Kind.CANDIDATE: application.candidate,
        Kind.APPLICATION: application,
    }
    yield from practice.account().read([Ref(kind, id_of(kind, e)) for kind, e in things.items()])


def test_a_column_of_another_form_makes_nobody_late_and_nothing_gone(practice: Practice) -> None:
    calm = pull(practice)
    assert owed(calm)
    tried = 0
    for column, pages in spoiled(practice, {"another": "form"}):
        assert owed(pages) <= owed(calm), column
        assert gone(pages) <= gone(calm), column
        assert panels(pages).items() <= panels(calm).items(), column
        assert unsound(pages) == [], column
        for flaw in (flaw for page in pages for flaw in page.parked):
            assert isinstance(flaw.ref.kind, Kind)
            assert flaw.ref.id
            assert column in flaw.path
            assert flaw.reason
        tried += 1
    assert tried > 10


def test_what_is_read_by_name_and_cannot_be_understood_is_not_gone(practice: Practice) -> None:
    """Whoever is gone is not waited for any more; not even an unreadable id says so."""
    for column, pages in spoiled(practice, {"another": "form"}, one_of_each, more=("id",)):
        assert gone(pages) == set(), column


@pytest.mark.parametrize("asking", [pull, one_of_each], ids=["pull", "read"])
def test_an_empty_column_leaves_records_that_can_be_kept(
    practice: Practice, asking: Asking
) -> None:
    for column, pages in spoiled(practice, practice.bench.empty, asking):
        assert unsound(pages) == [], column
        for each in came(pages):
            if isinstance(each, Person | Job | Interview):
                assert each.name, column
            if isinstance(each, Person):
                assert each.email is None or "@" in each.email, column
            if isinstance(each, Candidate):
                assert each.name is None or each.name, column
