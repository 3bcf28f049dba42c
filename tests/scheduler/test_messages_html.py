"""The rules for HTML in mail (email-and-teams.md section 5), for every kind of message."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest

from connectors.notify.base import Message, Recipient
from connectors.notify.mail import Mail
from scheduler import messages
from tests.scheduler.sample_owed import NOW, escalation, many, nudge, owed
from tests.scheduler.sample_report import a_report
from tests.scheduler.test_messages_answers import asked, handed, warned

SITE = "https://a.example.com"
KINDS = {
    "nudge": nudge(owed(5)),
    "second": nudge(owed(7, "nudge 2", url=None)),
    "digest": nudge(*many(6)),
    "long digest": nudge(*many(200)),
    "escalation": escalation(owed(9)),
    "escalations": escalation(*many(6)),
    "with answers": asked(warned(7)),
    "digest with answers": asked(*many(6)),
    "long digest with answers": asked(*many(200)),
    "reply": asked(owed(5), links=None, replies=True),
    "handed over": escalation(handed()),
    "report": messages.report(
        "r1",
        Recipient("", "hiring@example.com"),
        a_report(40),
        page_url=f"{SITE}/r",
        unsubscribe_url=f"{SITE}/unsubscribe/x",
    ),
    "alarm": messages.alarm(
        "a1",
        Recipient("", "ops@example.com"),
        ["Slack is paused: put a working token in."] * 60,
        page_url=f"{SITE}/",
    ),
}
every_kind = pytest.mark.parametrize("message", KINDS.values(), ids=list(KINDS))
LINK = re.compile(r"https?://[^\s\"<>]+")


def html_of(message: Message) -> str:
    assert message.html is not None
    return message.html


@every_kind
def test_the_page_says_its_language_has_a_title_and_a_preheader(message: Message) -> None:
    html = html_of(message)
    assert '<meta charset="utf-8">' in html[:200]
    assert '<html lang="en" dir="ltr">' in html
    assert re.search(r"<title>[^<]+</title>", html)
    assert re.search(r'<div style="display:none[^>]*>[^<]{20,}</div>', html)


@every_kind
def test_styles_are_in_the_elements_and_only_media_queries_stay_apart(message: Message) -> None:
    html = html_of(message)
    kept = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.S))
    assert "prefers-color-scheme: dark" in kept
    assert re.sub(r"@media[^{]+\{(?:[^{}]*\{[^}]*\})*\s*\}", "", kept).strip() == ""
    assert len(kept.encode()) < 16_000
    assert re.search(r'class="inner" style="[^"]*font-family', html)


@every_kind
def test_nothing_is_fetched_and_nothing_runs(message: Message) -> None:
    html = html_of(message).lower()
    for part in ("<img", "<svg", "<script", "<link", "url(", "@import", "src=", "data:", "<form"):
        assert part not in html


@every_kind
def test_layout_tables_are_marked_and_data_tables_have_headings(message: Message) -> None:
    for table in re.findall(r"<table([^>]*)>(.*?)(?=<table|</table>)", html_of(message), re.S):
        attributes, inside = table
        assert 'role="presentation"' in attributes or re.search(r'<th [^>]*scope="col"', inside)


@every_kind
def test_no_template_mark_and_no_empty_value_is_left(message: Message) -> None:
    for body in (html_of(message), message.text):
        for mark in ("{{", "}}", "{%", "None", "Undefined", "<built-in", "()"):
            assert mark not in body


@every_kind
def test_text_is_never_smaller_than_14_px(message: Message) -> None:
    html = re.sub(r'<(div|td) style="[^"]*font-size:1px[^"]*"', "", html_of(message))
    html = re.sub(r'<td [^>]*height="10"[^>]*>', "", html)
    html = re.sub(r'<td style="height:[^>]*>', "", html)
    assert min(int(n) for n in re.findall(r"font-size:\s*(\d+)px", html)) >= 14


@every_kind
def test_as_a_mail_both_bodies_name_the_same_links_and_the_budget_holds(message: Message) -> None:
    mail = Mail("smtp://mail.example.com", "hiring@example.com", clock=lambda: NOW).mail_of(message)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    in_text, in_html = LINK.findall(text.get_content()), LINK.findall(html.get_content())
    assert set(in_html) <= set(in_text)
    if " more; those above" not in html.get_content():
        assert set(in_text) == set(in_html)
    assert len(html.get_content().encode()) < 80_000


@every_kind
def test_every_link_is_absolute_and_encrypted(message: Message) -> None:
    for link in re.findall(r'href="([^"]*)"', html_of(message)):
        assert re.fullmatch(r"https://[a-z.]+/[^\s\"<>]*", link)


# --- contrast


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours_of_text(css: str) -> set[str]:
    return set(re.findall(r"(?<![-\w])color:\s*(#[0-9a-f]{6})", css))


def test_the_contrast_formula_is_the_known_one() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@every_kind
def test_text_can_be_read_on_both_grounds_by_day_and_by_night(message: Message) -> None:
    html = html_of(message)
    kept = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.S))
    night = kept.split("@media (max-width")[0]
    by_day = colours_of_text(re.sub(r"<style.*?</style>", "", html, flags=re.S)) - {"#ffffff"}
    by_night = colours_of_text(night)
    assert len(by_day) >= 2
    assert len(by_night) >= 3
    for ground in ("#faf8f4", "#ebe8e1"):
        assert ground in html
        assert min(contrast(text, ground) for text in by_day) >= 4.5
    for ground in ("#1e242a", "#14181c"):
        assert ground in night
        assert min(contrast(text, ground) for text in by_night) >= 4.5
    assert contrast("#ffffff", "#2f6f68") >= 4.5  # the button, by day and by night
