"""The demo shows the whole product, and nothing leaves the machine."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import requests

from tests.connectors.fake_slack import TOKEN, FakeSlack
from tests.connectors.mail_server import MailServer
from tests.plugin.started import ended, started

HEADINGS = (
    "Connecting",
    "Some days pass",
    "Today: who owes what",
    "Today: what would be sent",
    "The weekly report",
    "That was all",
)


def test_it_shows_everything_once_and_touches_nothing_outside(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / ".env").write_text("AFTERWORD_TIMEZONE=nowhere\nGARBAGE\n\x00")
    (place / "policy.toml").write_text("not toml [")
    with FakeSlack() as slack, MailServer() as mail:
        slack.person("ivo@example.org", "U1")
        hostile = {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": slack.url,
            "SMTP_URL": mail.url,
            "MAIL_FROM": "a@example.org",
            "AFTERWORD_REPORT_TO": "boss@example.org",
            "AFTERWORD_LIVE": "true",
            "AFTERWORD_DATABASE_URL": f"sqlite:///{place / 'real.db'}",
            "AFTERWORD_TIMEZONE": "not/a/zone",
            "AFTERWORD_POLICY": str(place / "policy.toml"),
            "GREENHOUSE_CLIENT_ID": "real",
            "GREENHOUSE_CLIENT_SECRET": "real",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        }
        shown = ended(place, "demo", "--once", given=hostile)
        assert (slack.calls, mail.received) == ([], [])
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert sorted(each.name for each in place.iterdir()) == [".env", "policy.toml"]
    out = shown.stdout
    places = [out.find(heading) for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)
    for words in (
        "Write the scorecard",
        "Two honest lines for each",
        "Open the candidate",
        "On time",
        "overdue; ",  # the summary
    ):
        assert words in out
    assert "handed in by noon" in out
    assert max(map(len, out.splitlines())) <= 100  # the panels are a little wider than 80
    assert "Traceback" not in out + shown.stderr


@pytest.mark.slow
def test_the_page_is_served_until_ctrl_c_which_ends_it_quietly(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--port", "0") as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line)
            if "(Ctrl-C ends the demo)" in line:
                break
        url, token = lines[-1].split()[0], lines[-1].split("token:")[1].split()[0]
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        with requests.Session() as browser:
            assert browser.get(url, timeout=10).status_code == 401
            page = browser.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
            assert page.status_code == 200
            assert "2" in page.text
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
        assert running.stdout.read() == ""
