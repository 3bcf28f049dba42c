"""Pictures of every kind of message, made from the real renderers.

    python docs/pictures.py docs/img [NAME ...]

Writes ``NAME.html`` and, where a Chromium is found, ``NAME.png`` with the light and the dark form
side by side: mail on a desktop, mail on a phone, Slack. The people in them do not exist.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from connectors.model import ApplicationState, InterviewState
from connectors.notify.base import Message, Recipient
from scheduler import messages
from scheduler.facts import (
    Audience,
    Judgement,
    PersonFacts,
    ScorecardFacts,
    ScorecardKey,
    Status,
    Step,
    Told,
)
from scheduler.messages import Owed
from scheduler.policy import Policy
from scheduler.report import ComplianceReport, compile_report
from scheduler.workdays import Week

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 17, 8, 5, tzinfo=UTC)
BO = Recipient("Bo Larsen", "bo@example.com")
RAE = Recipient("Rae Okafor", "rae@example.com")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
JOBS = (
    ("Platform engineer", "Engineering"),
    ("Data analyst", "Engineering"),
    ("Product designer", "Design"),
    ("Account executive", "Sales"),
)
NAMES = (
    *("Bo Larsen", "Ada Mensah", "Chidi Rao", "Dana Weiss", "Emre Kaya", "Farah Nouri"),
    *("Gus Lindt", "Hana Sato", "Ivo Horak", "Jun Park", "Kai Moana", "Lena Brandt"),
    *("Mira Costa", "Nils Aas"),
)


def card(candidate: str, interview: str, job: int, ended: datetime, **changes: Any) -> Any:
    """A scorecard of the made-up company."""
    person = str(changes.pop("person", "Bo Larsen"))
    name, department = JOBS[job % len(JOBS)]
    values: dict[str, Any] = {
        "key": ScorecardKey("greenhouse", f"{candidate}{interview}", person),
        "interviewer": PersonFacts(person, person, f"{person[:2].lower()}@example.com", True),
        "interview": interview,
        "interview_state": InterviewState.STANDING,
        "starts_at": None,
        "ends_at": ended,
        "ends_on": None,
        "interview_deleted_at": None,
        "application_id": candidate,
        "application_state": ApplicationState.ACTIVE,
        "application_readable": True,
        "candidate": candidate,
        "job_id": name,
        "job": name,
        "department": department,
        "candidate_url": "https://app.greenhouse.io/people/200017",
        "required": True,
        "can_tell": True,
        "attendance": None,
        "submitted_at": None,
        "submitter_id": None,
        "removed_at": None,
        "url": "https://app.greenhouse.io/guides/41/people/200017",
        "due_at": None,
        "due_for": None,
    }
    return ScorecardFacts(**(values | changes))


def owed(candidate: str, interview: str, job: int, days: int, step: str, **more: Any) -> Owed:
    ended = NOW - timedelta(days=days)
    told = tuple(Told("nudge 1", "sent", NOW - timedelta(days=ago)) for ago in more.pop("told", ()))
    size, missing = more.pop("panel", (3, 1))
    facts = card(candidate, interview, job, ended, **more)
    judgement = Judgement(Status.OVERDUE, "", ended, ended)
    at = Step(step, Audience.INTERVIEWER, NOW)
    return Owed(facts, judgement, at, told, size, missing, days)


def week_report() -> ComplianceReport:
    start = datetime(2026, 11, 9, 8, tzinfo=UTC)
    judged = []
    for n in range(86):
        ended = start + timedelta(hours=(n * 7) % 100)
        status = Status.SUBMITTED
        if n % 7 == 3:
            status = Status.SUBMITTED_LATE
        elif n % 9 == 5 or n % 14 == 2:
            status = Status.OVERDUE
        elif n % 17 == 1:
            status = Status.AWAITING
        elif n % 29 == 4:
            status = Status.EXCUSED
        handed_in = ended + timedelta(hours=2 + n % 40) if status.startswith("sub") else None
        facts = card(f"c{n}", "Talk", n % 4, ended, person=NAMES[n % 14], submitted_at=handed_in)
        judged.append((facts, Judgement(status, "", ended, start + timedelta(days=5))))
    asof = datetime(2026, 11, 16, 8, tzinfo=UTC)
    return compile_report(Week.parse("2026-W46"), judged, asof=asof, policy=Policy(zone=ZONE))


def every_message() -> dict[str, Message]:
    at: dict[str, Any] = {"now": NOW, "zone": ZONE}
    talk = ("Noor V.", "Systems talk", 0)
    digest = [
        owed(*talk, 9, "nudge 1"),
        owed("Sam O.", "Portfolio review", 2, 4, "nudge 1"),
        owed("Ines B.", "Phone screen", 3, 2, "nudge 1"),
    ]
    cases = [
        owed(*talk, 9, "escalation 1", told=(5, 1)),
        owed("Sam O.", "Portfolio review", 2, 6, "escalation 1", person=NAMES[1], panel=(4, 2)),
    ]
    return {
        "nudge": messages.nudge("m1", BO, [owed(*talk, 5, "nudge 1")], **at),
        "nudge-again": messages.nudge("m2", BO, [owed(*talk, 7, "nudge 2")], **at),
        "digest": messages.nudge("m3", BO, digest, **at),
        "escalation": messages.escalation("m4", RAE, cases[:1], **at),
        "escalations": messages.escalation("m5", RAE, cases, **at),
        "report": messages.report(
            "m6", RAE, week_report(), page_url="https://afterword.example.com/reports/2026-W46"
        ),
    }


# --- Slack, as it looks

SLACK_STYLE = """
body { margin: 0; padding: 20px; background: #fff; color: #1d1c1d; font: 15px/22px Lato, 'Segoe UI',
  Roboto, Helvetica, Arial, sans-serif; }
.who { font-weight: 900; } .time { color: #616061; font-size: 12px; }
.app { background: #e8e8e8; color: #616061; font-size: 10px; padding: 1px 4px; border-radius: 2px; }
.post { display: grid; grid-template-columns: 36px 1fr; gap: 10px; max-width: 640px; }
.face { width: 36px; height: 36px; border-radius: 8px; background: #2f6f68; color: #fff;
  text-align: center; line-height: 36px; font-weight: 700; }
.row { display: flex; gap: 12px; justify-content: space-between; margin: 6px 0; }
h3 { margin: 4px 0; font-size: 18px; } .small { color: #616061; font-size: 13px; margin: 6px 0; }
.button { border: 1px solid #bbb; border-radius: 8px; padding: 3px 12px; font-weight: 700;
  white-space: nowrap; height: 22px; display: inline-block; }
"""
SLACK_NIGHT = """
body { background: #1a1d21; color: #d1d2d3; } .time, .small { color: #ababad; }
.app { background: #35373b; color: #ababad; } .button { border-color: #565856; }
"""


def as_slack(message: Message, *, night: bool) -> str:
    style = SLACK_STYLE + (SLACK_NIGHT if night else "")
    blocks = "".join(_block(each) for each in message.blocks)
    head = '<span class="who">Afterword</span> <span class="app">APP</span>'
    return (
        f"<!DOCTYPE html><style>{style}</style><div class=post><div class=face>A</div><div>{head} "
        f'<span class="time">9:05</span>{blocks}</div></div>'
    )


def _block(block: Mapping[str, Any]) -> str:
    kind = block["type"]
    if kind == "header":
        return f"<h3>{escape(block['text']['text'])}</h3>"
    if kind == "context":
        return "".join(f"<div class=small>{_mrkdwn(each)}</div>" for each in block["elements"])
    if kind == "actions":
        return f"<div class=row>{''.join(_button(each) for each in block['elements'])}</div>"
    side = _button(block["accessory"]) if "accessory" in block else ""
    return f"<div class=row><div>{_mrkdwn(block['text'])}</div>{side}</div>"


def _mrkdwn(text: Mapping[str, Any]) -> str:
    plain = escape(unescape(text["text"]), quote=False)
    return re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", plain).replace("\n", "<br>")


def _button(button: Mapping[str, Any]) -> str:
    return f"<span class=button>{escape(button['text']['text'])}</span>"


# --- sheets: the light and the dark form side by side


def sheet(light: str, dark: str, width: int) -> str:
    frames = "".join(
        f'<iframe width="{width}" style="border:0;color-scheme:{scheme}" srcdoc="{escape(page)}">'
        "</iframe>"
        for page, scheme in ((light, "light"), (dark, "dark"))
    )
    fit = (
        "for (const f of document.querySelectorAll('iframe')) "
        "f.height = Math.max(...[...document.querySelectorAll('iframe')]"
        ".map(g => g.contentDocument.documentElement.scrollHeight));"
        "document.title = 'height ' + document.querySelector('iframe').height;"
    )
    return (
        '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;display:flex;background:#777;'
        f'gap:12px" onload="{fit}">{frames}'
    )


def night_of(html: str) -> str:
    """A mail as a program in dark mode shows it."""
    return html.replace("@media (prefers-color-scheme: dark)", "@media all")


def sheets() -> dict[str, tuple[str, int]]:
    """Page and width of one frame, by name."""
    made: dict[str, tuple[str, int]] = {}
    for name, message in every_message().items():
        html = message.html or ""
        for place, width in (("desktop", 680), ("phone", 375)):
            made[f"mail-{name}-{place}"] = (sheet(html, night_of(html), width), width)
        slack = as_slack(message, night=False), as_slack(message, night=True)
        made[f"slack-{name}"] = (sheet(*slack, 560), 560)
    return made


def picture(browser: str, page: Path, width: int) -> None:
    """Measured first, then taken at its own height."""
    with tempfile.TemporaryDirectory() as profile:
        call = [
            browser,
            *QUIET,
            f"--user-data-dir={profile}",
            f"--window-size={2 * width + 12},600",
        ]
        address = page.resolve().as_uri()
        dom = subprocess.run(
            [*call, "--dump-dom", address], capture_output=True, text=True, check=True
        ).stdout
    found = re.search(r"<title>height (\d+)</title>", dom)
    height = int(found[1]) if found else 900
    with tempfile.TemporaryDirectory() as profile:
        call = [
            *call[:-2],
            f"--user-data-dir={profile}",
            f"--window-size={2 * width + 12},{height}",
        ]
        shot = f"--screenshot={page.with_suffix('.png').resolve()}"
        subprocess.run([*call, shot, address], capture_output=True, check=True)


def main(folder: Path, only: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    for name, (html, width) in sheets().items():
        if only and name not in only:
            continue
        page = folder / f"{name}.html"
        page.write_text(html, encoding="utf-8")
        if browser:
            picture(browser, page, width)
        print(page if browser is None else page.with_suffix(".png"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/img"), sys.argv[2:])
