"""A panel of three over two zones, while the clocks change and one country has a holiday."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from tests.plugin.slack_office import words
from tests.stories.desk import Local, heard, line, polite, pressable
from tests.stories.harness import Arrival, story

HOUR = timedelta(hours=1)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
BO, IDA, KAI, PIA = (f"{who}@example.org" for who in ("bo", "ida", "kai", "pia"))
REPORT = "hiring@example.org"
MEMBERS = {BO: ("U1", NEW_YORK), IDA: ("U2", BERLIN), KAI: ("U3", BERLIN), PIA: ("U4", BERLIN)}
EASTER = frozenset({date(2027, 3, 26), date(2027, 3, 29)})
"""Good Friday and Easter Monday: days off in Germany, and not in the United States."""
WHERE = {
    BO: Local(NEW_YORK),
    IDA: Local(BERLIN, EASTER),
    KAI: Local(BERLIN, EASTER),
    PIA: Local(BERLIN, EASTER),
}
FOUR = ["nudge.done", "nudge.snooze", "nudge.hand_over", "nudge.not_happened"]
POLICY = """
[[rule]]
interview = "Phone screen"
due_after_days = 1
day_count = "calendar"
"""


def the_one(arrivals: list[Arrival], to: str) -> Arrival:
    (found,) = [each for each in arrivals if each.to == to]
    return found


def test_a_panel_over_two_zones_at_easter_hears_in_hours_of_its_own_and_never_on_a_day_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New York's clocks changed on 14 March, Berlin's change on the 28th, inside the story: a
    working day begins at 12:00 UTC over there, at 07:00 and then 06:00 UTC over here."""
    (tmp_path / "policy.toml").write_text(POLICY)
    world = World.empty()
    bo, ida, kai = (
        world.person(n, a) for n, a in (("Bo Ek", BO), ("Ida Lund", IDA), ("Kai Roth", KAI))
    )
    pia = world.person("Pia Holt", PIA)
    noor = world.application("Noor Vance", recruiter=pia)
    sam = world.application("Sam Ode", recruiter=pia)
    ada = world.application("Ada Quist", recruiter=pia)
    # Monday 09:30 and 11:30 in Berlin are the ends: due on Wednesday at these hours
    talk_at = utc("2027-03-22T07:30Z")
    talk = world.interview(noor, "Systems talk", talk_at, talk_at + HOUR, [bo, ida, kai])
    review = world.interview(sam, "Portfolio review", talk_at + 2 * HOUR, talk_at + 3 * HOUR, [bo])
    # Thursday until 17:00; one calendar day later is Good Friday
    screen_at = utc("2027-03-25T15:00Z")
    screen = world.interview(ada, "Phone screen", screen_at, screen_at + HOUR, [bo, ida])
    world.submit(talk, ida, utc("2027-03-24T10:00Z"))
    world.submit(talk, bo, utc("2027-03-24T15:00Z"))
    world.submit(review, bo, utc("2027-03-26T16:30Z"))
    world.submit(screen, bo, utc("2027-03-29T14:00Z"))
    world.submit(screen, ida, utc("2027-03-30T09:00Z"))

    settings = {"AFTERWORD_POLICY": str(tmp_path / "policy.toml")}
    with story(
        world, "2027-03-22T06:00Z", tmp_path, monkeypatch, members=MEMBERS, settings=settings
    ) as told:
        told.at("2027-03-24T03:00Z", "2027-03-24T08:29Z")
        told.silence()  # not due yet
        told.at("2027-03-24T08:31Z", "2027-03-24T11:59Z")
        here = told.arrivals()
        assert heard(here) == [("03-24 08:31", IDA), ("03-24 08:31", KAI)]  # Bo is asleep
        done = the_one(here, IDA).post
        assert done is not None
        assert "Thank you" in done.text  # she has handed in since
        assert pressable(done) == []
        assert line(done, "Noor Vance").startswith("✓ ")

        told.at("2027-03-24T12:01Z", "2027-03-24T14:30Z")
        digest = the_one(told.arrivals(), BO)
        assert f"{digest.at:%H:%M}" == "12:01"  # eight in New York
        assert digest.post is not None
        assert pressable(digest.post) == ["nudge.answers", "nudge.answers"]
        told.at("2027-03-24T15:30Z")
        assert (
            line(digest.post, "Noor Vance")
            == "✓ *Noor Vance* · Systems talk (Platform engineer) · handed in"
        )
        assert pressable(digest.post) == FOUR  # one is left, and it looks like a single nudge
        assert "Sam Ode" in digest.post.text
        told.at("2027-03-25T13:00Z")
        told.silence()

        told.at("2027-03-26T08:00Z", "2027-03-26T15:59Z", "2027-03-26T16:01Z", "2027-03-26T17:00Z")
        friday = told.arrivals()
        assert heard(friday) == [("03-26 16:01", BO)]  # Ida has Good Friday off
        assert "Ada Quist" in friday[0].text
        assert "Sam Ode" not in friday[0].text  # its second step falls due on Tuesday
        assert "Nothing is waiting on you" in digest.post.text
        assert pressable(digest.post) == []
        assert words(digest.post).count("✓") == 2

        told.at("2027-03-27T12:00Z", "2027-03-28T12:00Z")
        told.silence()
        told.at("2027-03-29T06:30Z", "2027-03-29T11:59Z", "2027-03-29T12:01Z", "2027-03-29T15:00Z")
        monday = told.arrivals()
        assert heard(monday) == [("03-29 06:30", REPORT), ("03-29 12:01", BO)]
        told.at("2027-03-30T05:59Z", "2027-03-30T06:01Z", "2027-03-30T07:31Z", "2027-03-30T15:30Z")
        tuesday = told.arrivals()
        assert heard(tuesday) == [("03-30 06:01", IDA), ("03-30 07:31", KAI)]
        assert "Ada Quist" in tuesday[0].text
        assert "On Thursday Pia Holt will be asked to help" in tuesday[1].text
        told.at("2027-04-01T07:29Z", "2027-04-01T07:31Z")
        escalated = told.arrivals()
        assert heard(escalated) == [("04-01 07:31", PIA)]
        assert "Kai Roth" in escalated[0].text
        told.at("2027-04-02T13:00Z")
        told.silence()
        polite(told.arrived, WHERE)


@pytest.mark.slow
def test_a_company_in_new_york_counts_its_own_days_and_writes_to_berlin_when_berlin_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Berlin's clocks change on 25 October, New York's a week later; 11 November is off there."""
    world = World.empty()
    bo, ida, pia = (
        world.person(n, a) for n, a in (("Bo Ek", BO), ("Ida Lund", IDA), ("Pia Holt", PIA))
    )
    noor = world.application("Noor Vance", recruiter=pia)
    sam = world.application("Sam Ode", recruiter=pia)
    # Friday until 17:00 in New York: due on Tuesday at 17:00, when Berlin is at home
    talk_at = utc("2026-10-23T20:00Z")
    talk = world.interview(noor, "Systems talk", talk_at, talk_at + HOUR, [bo, ida])
    world.submit(talk, ida, utc("2026-10-30T09:00Z"))
    # Monday until 11:00; Wednesday is a day off in New York, so that it is due on Thursday
    review_at = utc("2026-11-09T15:00Z")
    review = world.interview(sam, "Portfolio review", review_at, review_at + HOUR, [bo, ida])
    world.submit(review, bo, utc("2026-11-12T18:00Z"))
    world.submit(review, ida, utc("2026-11-12T18:00Z"))
    where = {
        BO: Local(NEW_YORK, frozenset({date(2026, 11, 11)})),
        IDA: Local(BERLIN),
        PIA: Local(NEW_YORK, frozenset({date(2026, 11, 11)})),
    }
    members = {**MEMBERS, PIA: ("U4", NEW_YORK)}
    settings = {"AFTERWORD_TIMEZONE": NEW_YORK, "AFTERWORD_COUNTRY": "US"}
    with story(
        world, "2026-10-23T12:00Z", tmp_path, monkeypatch, members=members, settings=settings
    ) as told:
        told.at("2026-10-26T12:01Z")
        assert heard(told.arrivals()) == [("10-26 12:01", REPORT)]  # eight o'clock
        told.at("2026-10-27T20:59Z", "2026-10-27T21:01Z", "2026-10-28T06:59Z", "2026-10-28T07:01Z")
        assert heard(told.arrivals()) == [("10-27 21:01", BO), ("10-28 07:01", IDA)]
        told.at("2026-10-29T20:59Z", "2026-10-29T21:01Z", "2026-10-30T06:59Z", "2026-10-30T07:01Z")
        second = told.arrivals()
        assert heard(second) == [("10-29 21:01", BO), ("10-30 07:01", IDA)]
        assert "Pia Holt will be asked to help" in second[0].text
        told.at("2026-11-01T12:00Z", "2026-11-02T12:59Z", "2026-11-02T13:01Z")
        assert heard(told.arrivals()) == [("11-02 13:01", REPORT)]
        told.at("2026-11-02T21:01Z", "2026-11-02T22:01Z")  # five o'clock is an hour later now
        assert heard(told.arrivals()) == [("11-02 22:01", PIA)]
        told.at("2026-11-09T13:01Z", "2026-11-11T16:01Z", "2026-11-12T15:59Z", "2026-11-12T16:01Z")
        assert heard(told.arrivals()) == [
            ("11-09 13:01", REPORT),
            ("11-12 16:01", BO),
            ("11-12 16:01", IDA),
        ]
        told.at("2026-11-13T18:00Z")
        told.silence()
        polite(told.arrived, where)
