"""A week of people who answer their mails instead of writing, and one who leaves the list."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from connectors.model import utc
from plugin.sandbox.world import World
from tests.stories.harness import Story, story, text_of

PUBLIC = {"AFTERWORD_PUBLIC_URL": "https://afterword.example.org"}
HOUR = timedelta(hours=1)


def links(told: Story, mail: EmailMessage) -> dict[str, str]:
    """The answers of a mail about one scorecard, by what they are called."""
    found = re.findall(
        r"^(.+?): https://afterword\.example\.org(/answer/\S+)\s*$", text_of(mail), re.M
    )
    return {label.strip(): told.url + path for label, path in found}


def press(link: str, **fields: str) -> str:
    page = requests.get(link, timeout=10)
    stamp = re.search(r'name="stamp" value="([^"]+)"', page.text)
    assert stamp
    done = requests.post(link, data={"stamp": stamp[1], **fields}, timeout=10)
    assert done.status_code == 200
    return done.text


def one_mail(told: Story, to: str) -> EmailMessage:
    (mail,) = told.mails()
    assert mail["To"].addresses[0].addr_spec == to
    return mail


def test_a_scanner_changes_nothing_and_every_answer_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org")
    bo = world.person("Bo Ek", "bo@example.org")
    mara = world.person("Mara Field", "mara@example.org")
    noor = world.application("Noor Vance", "Platform engineer", recruiter=pia)
    sam = world.application("Sam Ode", "Data analyst", recruiter=pia)
    begin = utc("2026-11-09T09:00Z")  # Monday; due on Wednesday 11:00 in Berlin
    world.interview(noor, "Systems talk", begin, begin + HOUR, [bo])
    world.interview(sam, "Portfolio review", begin + HOUR, begin + 2 * HOUR, [mara])

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, settings=PUBLIC) as told:
        told.until("2026-11-11T12:00Z")
        first = {mail["To"].addresses[0].addr_spec: mail for mail in told.mails()}
        of_bo, of_mara = (
            links(told, first["bo@example.org"]),
            links(told, first["mara@example.org"]),
        )
        assert len(of_bo) == 4
        for link in (*of_bo.values(), *of_mara.values()):  # a mail scanner
            assert requests.head(link, timeout=10).status_code == 200
            assert "to hear about Monday" in requests.get(link, timeout=10).text.replace(
                "&#39;", "'"
            )
        assert told.afterword.store.newest_answers(9) == []

        press(of_bo["Hand over"], to=str(pia.id))
        assert "Noted, not before Monday 16 November, 08:00" in press(
            of_mara["Snooze"], day="2026-11-16"
        )
        told.until("2026-11-13T18:00Z")
        handed = text_of(one_mail(told, "pia@example.org"))  # once, and Bo hears nothing more
        assert "Bo Ek handed this to you" in handed
        assert "/answer/" not in handed

        told.until("2026-11-16T09:00Z")
        mails = {mail["To"].addresses[0].addr_spec: mail for mail in told.mails()}
        report = mails.pop("hiring@example.org")
        assert "Answers: 1 excused (1 handed over), 1 snoozed" in text_of(report)
        assert "Noted, it did not happen" in press(of_mara["It did not happen"], reason="no_show")
        leave = urlsplit(str(report["List-Unsubscribe"]).strip("<> ")).path
        left = requests.post(
            told.url + leave,
            data={"List-Unsubscribe": "One-Click"},
            allow_redirects=False,
            timeout=10,
        )
        assert left.status_code == 200

        told.until("2026-11-24T12:00Z", every=timedelta(hours=8))
        told.silence()  # nobody is asked any more, and the next report goes to nobody
