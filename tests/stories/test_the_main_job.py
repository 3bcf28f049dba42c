"""The whole product, from an interview to Monday's report, over HTTP and SMTP."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from tests.stories.harness import TICK, story, text_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("every", [TICK, pytest.param(2 * HOUR, marks=pytest.mark.slow)])
def test_interviews_end_people_are_nudged_one_is_escalated_and_monday_brings_the_report(
    every: timedelta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org")
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    mara = world.person("Mara Field", "mara@example.org")
    bo = world.person("Bo Ek", "bo@example.org")
    noor = world.application("Noor Vance", "Platform engineer", recruiter=pia)
    sam = world.application("Sam Ode", "Data analyst", department="Analytics", recruiter=pia)
    # before the connection: is never nudged about
    old = utc("2026-11-04T10:00Z")
    world.interview(noor, "Phone screen", old, old + HOUR, [bo])
    # Monday 10:00-11:00 in Berlin, a panel of three; due Wednesday 11:00
    talk_at = utc("2026-11-09T09:00Z")
    talk = world.interview(noor, "Systems talk", talk_at, talk_at + HOUR, [ivo, mara, bo])
    # Tuesday, the same Bo; due Thursday 15:00
    review_at = utc("2026-11-10T13:00Z")
    review = world.interview(sam, "Portfolio review", review_at, review_at + HOUR, [bo])
    world.submit(talk, ivo, talk_at + 3 * HOUR)  # on time
    world.submit(talk, mara, utc("2026-11-11T14:30Z"))  # after her nudge

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch) as told:
        told.until("2026-11-11T09:59Z", every=every)
        told.silence()  # not yet due

        told.until("2026-11-11T12:00Z", every=every)
        by_person = {mail["To"].addresses[0].addr_spec: mail for mail in told.mails()}
        assert set(by_person) == {"mara@example.org", "bo@example.org"}  # Ivo has handed in
        first = text_of(by_person["bo@example.org"])
        assert "Noor Vance" in first
        assert "Systems talk" in first
        assert "/guides/" in first
        assert "last ones missing" not in first  # Mara's is missing too

        told.until("2026-11-12T16:30Z", every=every)
        about_review = told.one_mail("bo@example.org")  # the review fell due on Thursday
        assert "Sam Ode" in about_review
        assert "Noor Vance" not in about_review

        world.submit(review, bo, utc("2026-11-13T08:00Z"))
        told.until("2026-11-13T17:00Z", every=every)
        second = told.one_mail("bo@example.org")  # two days after the first about the talk
        assert "Noor Vance" in second
        assert "Your notes are still the only ones missing" in second

        told.until("2026-11-16T06:00Z", every=every)
        told.silence()  # the week-end, and Monday before eight

        told.until("2026-11-16T08:00Z", every=every)  # Monday, 09:00 in Berlin
        (mail,) = told.mails()
        assert mail["To"].addresses[0].addr_spec == "hiring@example.org"
        assert "2026-W46" in mail["Subject"]
        stored = told.afterword.store.report("2026-W46")
        assert stored is not None
        assert stored.content["counts"] == {
            "submitted": 1,  # Ivo
            "submitted_late": 2,  # Mara; Bo about Sam
            "overdue": 1,  # Bo about Noor
            "awaiting": 0,
            "excused": 0,
            "cancelled": 0,
            "unknown": 0,
        }
        assert stored.content["submission_rate"] == 0.75
        assert stored.content["on_time_rate"] == 0.25
        assert [part.get_filename() for part in mail.iter_attachments()] == [
            "scorecards-2026-W46.csv"
        ]

        told.until("2026-11-17T12:00Z", every=every)
        escalated = told.one_mail("pia@example.org")  # two working days after the second nudge
        assert "Noor Vance" in escalated
        assert "Bo Ek" in escalated
        assert "Wednesday and on Friday" in escalated
        assert "/people/" in escalated

        told.until("2026-11-30T06:00Z", every=12 * HOUR)
        # three steps, then silence; the next Monday's report came on the 23rd
        (second_report,) = told.mails()
        assert "2026-W47" in second_report["Subject"]


def test_a_rejection_by_webhook_silences_the_ladder_before_the_next_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance")
    at = utc("2026-11-09T09:00Z")
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo])
    world.reject(noor, utc("2026-11-11T09:30Z"))

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch) as told:
        pinged = told.sandbox.register_webhook(f"{told.url}/webhooks/greenhouse")
        assert pinged is not None
        assert pinged.status == 200
        told.pass_to("2026-11-09T12:00Z")
        told.tick()
        told.pass_to("2026-11-11T11:00Z")
        assert set(told.answers) == {200}
        told.service.doorbells()  # no poll, only the doorbell
        (facts,) = told.afterword.store.scorecards()
        assert facts.application_state == "rejected"
        told.service.nudges()
        told.silence()


@pytest.mark.parametrize("every", [TICK, pytest.param(HOUR, marks=pytest.mark.slow)])
def test_who_submits_moves_leaves_or_is_swapped_a_minute_before_the_send_is_not_nudged(
    every: timedelta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases 49 and 50: the store still thinks they owe, the ATS knows better."""
    world = World.empty()
    people = [world.person(f"P{n}", f"p{n}@example.org") for n in range(7)]
    at = utc("2026-11-09T09:00Z")
    apps = [world.application(f"Candidate {n}") for n in range(6)]
    meet = [
        world.interview(app, "Systems talk", at, at + HOUR, [people[n]])
        for n, app in enumerate(apps)
    ]
    just_now = utc("2026-11-11T10:58Z")
    world.submit(meet[0], people[0], just_now)
    world.cancel(meet[1], just_now)
    world.move(meet[2], just_now, utc("2026-11-20T09:00Z"), utc("2026-11-20T10:00Z"))
    world.swap(meet[3], just_now, out=people[3], into=people[6])
    world.delete_interview(meet[4], just_now)
    world.reject(apps[5], just_now)

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch) as told:
        told.until("2026-11-11T09:30Z")
        told.pass_to("2026-11-11T11:00Z")
        told.service.nudges()  # without a poll: only reading again can know
        told.silence()
        told.until("2026-11-13T11:00Z", every=every)
        told.silence()  # the swapped-in person has two days of their own
        told.until("2026-11-13T11:30Z")
        assert told.one_mail("p6@example.org")


def test_slack_reaches_whom_it_knows_and_mail_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    mara = world.person("Mara Field", "mara@example.org")
    left = world.person("Lee Gone", "lee@example.org")
    noor = world.application("Noor Vance")
    sam = world.application("Sam Ode")
    at = utc("2026-11-09T09:00Z")
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo, mara, left])
    world.interview(sam, "Systems talk", at, at + HOUR, [ivo])
    world.leave(left, utc("2026-11-10T09:00Z"))

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, slack=True) as told:
        told.slack.person("ivo@example.org", "U1")
        told.until("2026-11-11T12:00Z")
        ((_, digest),) = told.posts()  # two scorecards, one message
        assert "Noor Vance" in digest
        assert "Sam Ode" in digest
        assert "Noor Vance" in told.one_mail("mara@example.org")  # Slack does not know her
        # nobody writes to somebody who has left


def test_a_dry_run_sends_nothing_and_going_live_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance")
    at = utc("2026-11-09T09:00Z")
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo])

    dry = {"AFTERWORD_LIVE": "false"}
    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, settings=dry) as told:
        told.until("2026-11-11T12:00Z")
        told.silence()
    # the same database, now live; the sandbox begins anew at this later moment
    with story(world, "2026-11-11T12:30Z", tmp_path, monkeypatch) as told:
        text = told.one_mail("ivo@example.org")
        assert "Noor Vance" in text


def test_names_that_are_not_stored_appear_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance")
    at = utc("2026-11-09T09:00Z")
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo])

    without = {"AFTERWORD_STORE_NAMES": "false"}
    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, settings=without) as told:
        told.until("2026-11-11T12:00Z")
        (mail,) = told.mails()
        assert "Vance" not in str(mail)
        assert "candidate" in text_of(mail)
        told.afterword.store.close()
        assert b"Vance" not in (tmp_path / "story.db").read_bytes()


def test_nothing_that_an_interviewer_wrote_or_rated_is_ever_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 18: every request names its fields, and none of them is text or a rating."""
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance")
    at = utc("2026-11-09T09:00Z")
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo])
    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch) as told:
        told.until("2026-11-11T12:00Z")
        told.mails()
        asked = json.dumps([seen.query for seen in told.sandbox.requests])
        for word in ("notes", "candidate_rating", "email_addresses", "phone_numbers", "answers"):
            assert word not in asked
        for seen in told.sandbox.requests:
            if seen.method == "GET" and "cursor" not in seen.query:
                assert "fields" in seen.query, seen.path
