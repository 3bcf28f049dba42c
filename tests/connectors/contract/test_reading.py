"""Pages, windows, and what is gone or hidden, for every ATS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.ats.base import Window
from connectors.model import Application, ApplicationState, Candidate, Interview, Kind, Ref
from plugin.sandbox.entities import Entity
from tests.connectors.contract.bench import Bench, Practice
from tests.connectors.contract.everything import everything
from tests.connectors.contract.test_round_trip import came, told
from tests.connectors.contract.worlds import DAY, HOUR, NOW, turns

WIDE = Window(NOW - 90 * DAY, NOW + 30 * DAY)


def test_pages_say_when_they_were_asked_for_and_how_far_the_pull_is(bench: Bench) -> None:
    with bench.serving(everything(), NOW) as practice:
        pages = list(practice.account().pull(WIDE, {}))
        assert {page.read_at for page in pages} == {NOW}
        fractions = [page.fraction for page in pages]
        assert None not in fractions
        assert fractions == sorted(fractions, key=lambda each: each or 0)
        assert fractions[-1] == 1
        assert len(set(fractions)) > 2
        assert all(page.state for page in pages[1:])


def test_no_page_has_a_record_twice(bench: Bench) -> None:
    with bench.serving(everything(), NOW) as practice:
        account = practice.account()
        pulled = list(account.pull(WIDE, {}))
        refs = [Ref(Kind.INTERVIEW, e.id) for e in came(pulled) if isinstance(e, Interview)]
        for page in (*pulled, *account.read(refs)):
            told = [(type(each), each.id) for each in page.records]
            assert len(told) == len(set(told))


def test_a_finished_pull_that_is_taken_up_again_brings_nothing(bench: Bench) -> None:
    with bench.serving(everything(), NOW) as practice:
        last = list(practice.account().pull(WIDE, {}))[-1]
        again = came(practice.account().pull(WIDE, last.state))
        assert not [each for each in again if isinstance(each, Interview)]


def test_a_window_takes_in_its_first_instant_and_not_its_last(bench: Bench) -> None:
    with bench.serving(turns(), NOW) as practice:
        ends = sorted(
            {each.ends_at for each in told(practice, WIDE) if isinstance(each, Interview)},
            key=lambda each: each or NOW,
        )
        first, last = ends[1], ends[-3]
        assert first
        assert last
        for window, least in (
            (Window(first, last), {first}),
            (Window(first + HOUR / 3600, last + HOUR / 3600), {last}),
        ):
            true = {each.id for each in told(practice, window) if isinstance(each, Interview)}
            found = {
                each.id: each.ends_at
                for each in came(practice.account().pull(window, {}))
                if isinstance(each, Interview)
            }
            inside = {n for n, at in found.items() if at and window.since <= at < window.until}
            assert inside == true
            assert least <= {found[name] for name in true}
            early = {n for n, at in found.items() if at and at < window.since}
            assert not early, "interviews before the window"


def of(practice: Practice, kind: Kind) -> tuple[Entity, Entity]:
    """Something of the kind, and something that never was, whose id has the same form."""
    world = practice.server.world
    things: dict[Kind, Entity] = {
        Kind.PERSON: world.people[0],
        Kind.CANDIDATE: world.candidates[0],
        Kind.JOB: world.jobs[0],
        Kind.APPLICATION: world.applications[0],
        Kind.INTERVIEW: world.interviews[0],
    }
    return things[kind], replace(things[kind], id=things[kind].id + 900_000)


@pytest.mark.parametrize(
    "kind", [Kind.PERSON, Kind.CANDIDATE, Kind.JOB, Kind.APPLICATION, Kind.INTERVIEW]
)
def test_what_never_was_is_missing_and_what_is_there_is_not(bench: Bench, kind: Kind) -> None:
    with bench.serving(everything(), NOW) as practice:
        thing, nothing = of(practice, kind)
        names = [practice.dialect.id_of(kind, each) for each in (thing, nothing)]
        if kind is Kind.INTERVIEW and ":" in next(
            each.id for each in told(practice, WIDE) if isinstance(each, Interview)
        ):
            whole = practice.dialect.id_of(
                Kind.APPLICATION, practice.server.world.interviews[0].application
            )
            names = [f"{whole}:{name}" for name in names]
        refs = [Ref(kind, name) for name in names]
        pages = list(practice.account().read(refs))
        missing = {ref for page in pages for ref in page.missing}
        assert (refs[1] in missing) is (kind not in bench.unnamed)
        assert refs[0] not in missing
        assert names[0] in {record.id for record in came(pages)} or kind is Kind.JOB
        for form in ("no id!", "../users/1", "x" * 200):
            asked = len(practice.server.requests)
            pages = list(practice.account().read([Ref(kind, form)]))
            assert not [r for r in practice.server.requests[asked:] if form in r.path]
            assert Ref(kind, form) in {ref for page in pages for ref in page.missing}
            assert came(pages) == []


def test_what_was_deleted_is_missing(bench: Bench) -> None:
    with bench.serving(everything(), NOW) as practice:
        world = practice.server.world
        was = [each for each in world.applications if each.gone_at]
        assert was
        refs = [Ref(Kind.APPLICATION, practice.dialect.id_of(Kind.APPLICATION, a)) for a in was]
        pages = list(practice.account().read(refs))
        assert set(refs) <= {ref for page in pages for ref in page.missing}
        assert not [each for each in came(pages) if isinstance(each, Application | Interview)]


def test_what_this_account_may_not_see_does_not_come(bench: Bench) -> None:
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        open_to_all = told(practice, WIDE)
    with bench.serving(everything(), NOW, sees_private=False) as practice:
        kept = {each.id for each in told(practice, WIDE)}
        gone = [each for each in open_to_all if each.id not in kept]
        unseen = [Ref(Kind.INTERVIEW, e.id) for e in gone if isinstance(e, Interview)] or [
            Ref(Kind.APPLICATION, each.id) for each in gone if isinstance(each, Application)
        ]
        assert unseen
        pages = list(practice.account().read(unseen))
        assert not {ref.id for ref in unseen} & {each.id for each in came(pages)}
        assert set(unseen) <= {ref for page in pages for ref in (*page.missing, *page.hidden)}


def test_the_name_of_somebody_who_was_erased_is_gone_also_for_whoever_knew_it(bench: Bench) -> None:
    """Case 66: the candidate comes again, without it."""
    with bench.serving(everything(), NOW, sees_private=True) as practice:
        [erased] = [each for each in practice.server.world.candidates if each.erased]
        [of_it] = [e for e in practice.server.world.applications if e.candidate is erased]
        ref = Ref(Kind.APPLICATION, practice.dialect.id_of(Kind.APPLICATION, of_it))
        found = came(practice.account().read([ref]))
        name = practice.dialect.id_of(Kind.CANDIDATE, erased)
        [told_of] = [e.name for e in found if isinstance(e, Candidate) and e.id == name]
        assert told_of == practice.dialect.candidate_name(erased, NOW)
        assert "Sed" not in repr(found)
        assert "Sed" not in repr(came(practice.account().pull(WIDE, {})))


def test_an_application_without_an_interview_is_told_by_name(bench: Bench) -> None:
    with bench.serving(everything(), NOW) as practice:
        world, dialect = practice.server.world, practice.dialect
        met = {id(each.application) for each in world.interviews}
        [alone] = [each for each in world.applications if id(each) not in met]
        name = dialect.id_of(Kind.APPLICATION, alone)
        found = came(practice.account().read([Ref(Kind.APPLICATION, name)]))
        [told_of] = [each for each in found if isinstance(each, Application)]
        assert told_of.id == name
        assert told_of.candidate_id == dialect.id_of(Kind.CANDIDATE, alone.candidate)
        assert told_of.job_id == dialect.id_of(Kind.JOB, alone.job)
        assert told_of.state is ApplicationState.ACTIVE
        assert not [each for each in found if isinstance(each, Interview)]


def test_nothing_asked_for_brings_nothing(bench: Bench) -> None:
    with bench.serving(turns(), NOW) as practice:
        assert came(practice.account().read([])) == []
