"""Pictures of every kind of message, made from the real renderers.

    python docs/pictures.py docs/img [NAME ...]

Writes ``NAME.html`` and, where a Chromium is found, ``NAME.png`` with the light and the dark form
side by side: mail, Slack and Teams, on a desktop and on a phone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from looks import as_slack, as_teams
from sample_week import every_message

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
        for place, looks in (("slack", as_slack), ("teams", as_teams)):
            both = looks(message, night=False), looks(message, night=True)
            made[f"{place}-{name}"] = (sheet(*both, 560), 560)
            made[f"{place}-{name}-phone"] = (sheet(*both, 375), 375)
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
