"""The weekly report as mail, as Slack blocks and as a page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.notify.base import Message, MessageKind, Recipient
from scheduler import messages
from scheduler.letters import MOST_BYTES
from scheduler.messages import report_html
from scheduler.report import ComplianceReport
from scheduler.report_view import COLOURS, view_of
from tests.connectors.fake_slack import problems
from tests.scheduler.sample_report import a_report

PAGE = "https://afterword.example.com/reports/2026-W46"
TO = Recipient("", "hiring@example.com")


def sent(report: ComplianceReport, page_url: str | None = PAGE) -> Message:
    return messages.report("r1", TO, report, page_url=page_url)


def test_a_report_has_text_html_blocks_and_the_whole_csv() -> None:
    report = a_report()
    message = sent(report)
    assert message.kind is MessageKind.REPORT
    assert message.subject == "Scorecards of week 2026-W46"
    assert message.text.startswith(report.as_text().rstrip("\n"))
    assert PAGE in message.text
    [csv] = message.attachments
    assert (csv.filename, csv.media_type) == ("scorecards-2026-W46.csv", "text/csv")
    assert csv.content.decode("utf-8-sig") == report.as_csv()
    assert f'href="{PAGE}"' in str(message.html)
    assert PAGE in json.dumps(message.blocks)


def test_the_mail_says_what_is_counted_from_when_to_when_and_as_of_when() -> None:
    html = str(sent(a_report()).html)
    assert "9 to 15 November 2026." in html
    assert "Counted by the date of the interview" in html
    assert "As known on 16 November 2026 at 09:00 (Europe/Berlin)." in html


def test_the_figures_of_the_mail_are_those_of_the_report() -> None:
    report = a_report(12)  # 4 on time, 2 late, 2 overdue, 2 awaiting, 2 excused
    html = str(sent(report).html)
    assert "4 on time, 2 late, 2 overdue, 2 not due yet, 2 excused" in html
    assert "6 of 10 expected" in html
    assert ">60.0 %<" in html
    assert ">50.0 %<" in html  # on time: 4 of 8


def test_a_bar_is_table_cells_with_a_colour_attribute_and_the_numbers_as_words() -> None:
    html = str(sent(a_report()).html)
    for colour in COLOURS.values():
        assert re.search(f'<td [^>]*bgcolor="{colour}"', html)
    assert "<svg" not in html
    assert "<img" not in html


@pytest.mark.parametrize("interviewers", [1, 3, 12, 100])
def test_the_pieces_of_every_bar_make_a_hundred(interviewers: int) -> None:
    view = view_of(a_report(interviewers).as_json())
    lines = [view.total, *(line for table in view.tables for line in table.lines)]
    for line in lines:
        assert sum(piece.width for piece in line.bar) in (0, 100)
        assert all(piece.width >= 2 for piece in line.bar)


def test_one_overdue_scorecard_among_a_thousand_can_still_be_seen() -> None:
    content = a_report().as_json()
    content["counts"] = dict.fromkeys(content["counts"], 0) | {"submitted": 999, "overdue": 1}
    assert [piece.width for piece in view_of(content).total.bar] == [98, 2]


def test_case_60_a_week_without_interviews_says_no_data() -> None:
    message = sent(a_report(0))
    assert "no data" in str(message.html)
    assert "100" not in re.sub(r'(width|max-width)[=:]"?100%', "", _visible(str(message.html)))
    assert problems([dict(block) for block in message.blocks]) == []


def test_2000_groups_stay_below_the_size_that_gmail_cuts() -> None:
    report = a_report(2000, name="<&>" * 30, job="<&>" * 30)
    message = sent(report)
    assert len(str(message.html).encode()) < MOST_BYTES
    assert "The other 1,990 are in the CSV." in str(message.html)
    assert len(message.attachments[0].content.decode("utf-8-sig").splitlines()) == 2 + 3 + 7 + 2000
    blocks: list[Any] = [dict(block) for block in message.blocks]
    assert problems(blocks) == []
    assert len(json.dumps(blocks)) < 12_000


def test_the_slack_form_names_departments_and_no_colleague() -> None:
    said = json.dumps(sent(a_report()).blocks)
    assert "Engineering" in said
    assert "Interviewer" not in said


@pytest.mark.parametrize("page_url", [None, "javascript:alert(1)"])
def test_without_a_web_address_there_is_no_link(page_url: str | None) -> None:
    message = sent(a_report(), page_url)
    assert "href" not in str(message.html)
    assert "http" not in message.text
    assert '"url"' not in json.dumps(message.blocks)


def test_the_page_of_the_command_line_is_the_mail_without_a_link() -> None:
    assert report_html(a_report()) == sent(a_report(), None).html


def test_a_stored_report_is_shown_as_it_was_sent() -> None:
    report = a_report()
    stored = json.loads(json.dumps(report.as_json()))
    assert sent(ComplianceReport.from_json(stored)) == sent(report)


@pytest.mark.parametrize(
    ("week", "span"),
    [
        ("2026-W46", "9 to 15 November 2026"),
        ("2026-W18", "27 April to 3 May 2026"),
        ("2026-W01", "29 December 2025 to 4 January 2026"),
    ],
)
def test_the_span_of_a_week_in_words(week: str, span: str) -> None:
    assert view_of({**a_report().as_json(), "week": week}).span == span


def _visible(html: str) -> str:
    return re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.S)
