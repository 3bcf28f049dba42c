"""How the interviews that are stored are called, for the exceptions of the policy."""

from __future__ import annotations

from connectors.model import Kind, Ref
from scheduler.store import Named, Store
from tests.scheduler.builders import HOUR, MONDAY, application, interview, job, save


def test_every_combination_of_names_is_told_once_and_what_is_deleted_is_not(store: Store) -> None:
    save(
        store,
        job(department="Platform"),
        application(stage="Onsite"),
        interview(),
        interview("i2"),
        interview("i3", name="Portfolio"),
        interview("i4", name="Called Back", application_id="a9", job_id=None),
        interview("i5", name="Typed Wrong"),
        interview("i6", name="Of The Job", application_id="a9"),
    )
    save(store, at=MONDAY + HOUR, missing=(Ref(Kind.INTERVIEW, "i5"),))
    assert sorted(store.named(), key=lambda each: each.interview) == [
        Named(None, None, None, None, "Called Back"),
        Named("Platform", "j1", "Platform engineer", None, "Of The Job"),
        Named("Platform", "j1", "Platform engineer", "Onsite", "Portfolio"),
        Named("Platform", "j1", "Platform engineer", "Onsite", "Systems talk"),
    ]
