"""The Home tab and the command: what I owe, what waits on me, my hours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.model import Application, Candidate, Interview
from tests.connectors.slack_limits import problems, view_problems
from tests.plugin.slack_office import (
    FORM,
    SlackOffice,
    an_interview,
    buttons,
    choice,
    slack_office,
    words,
)
from tests.scheduler.builders import (
    DAY,
    HOUR,
    MONDAY,
    application,
    candidate,
    key,
    person,
    save,
    world,
)

HOSTILE = ("<!channel>", "A\nB\r\nC", "\u202eevil\u202c", "x" * 300, "*_~`<@U1>|&")

SLOW = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    with slack_office(tmp_path) as office:
        yield office


def opened(office: SlackOffice, user: str = "U1") -> dict[str, Any]:
    office.service.members()
    event_id = f"Ev{len(office.slack.calls)}"
    office.event({"type": "app_home_opened", "user": user, "tab": "home"}, event_id)
    view = office.slack.homes[user]
    assert view_problems(view) == []
    return view


def said(view: dict[str, Any]) -> str:
    texts = [block["text"]["text"] for block in view["blocks"] if "text" in block]
    small = [e["text"] for b in view["blocks"] if b["type"] == "context" for e in b["elements"]]
    return "\n".join([*texts, *small])


def many(n: int, name: str = "Noor V.") -> list[Interview | Candidate | Application]:
    found: list[Interview | Candidate | Application] = []
    for i in range(n):
        found += [
            candidate(f"k{i}", name),
            application(f"b{i}", candidate_id=f"k{i}"),
            an_interview(
                f"n{i}", "p1", application_id=f"b{i}", name=name, ends_at=MONDAY - i * HOUR
            ),
        ]
    return found


def test_it_lists_what_i_owe_with_the_link_and_the_answers_longest_first(
    office: SlackOffice,
) -> None:
    office.holds(an_interview("i1"), an_interview("i2", name="Older", ends_at=MONDAY - 4 * DAY))
    view = opened(office)
    rows = [block for block in view["blocks"] if "accessory" in block]
    assert "Older" in rows[0]["text"]["text"]
    assert all(f"<{FORM}|Write>" in row["text"]["text"] for row in rows)
    assert "2 scorecards waiting on you" in said(view)
    office.press(choice(rows[1]["accessory"], "done_elsewhere"), view={"type": "home"})
    assert [f.key for f in office.store.scorecards() if f.answers] == [key("i1")]
    assert "done elsewhere" in said(office.slack.homes["U1"])


def test_it_shows_a_recruiter_who_waits_by_candidate_with_whose_notes_are_missing(
    office: SlackOffice,
) -> None:
    office.holds(an_interview("i1"))
    text = said(opened(office, "U2"))
    assert "1 candidate of yours waits for word" in text
    assert "missing: Bo Ek and Rae" in text
    assert "Nothing is waiting on you" in text


def test_a_candidate_with_several_interviews_waits_once(office: SlackOffice) -> None:
    office.holds(an_interview("i1"), an_interview("i2", name="Portfolio", ends_at=MONDAY - DAY))
    text = said(opened(office, "U2"))
    assert "1 candidate of yours waits for word" in text
    assert "Systems talk (Platform engineer) and Portfolio (Platform engineer) · 3 days" in text


def test_it_says_when_i_am_written_to_in_my_own_zone(office: SlackOffice) -> None:
    office.holds(an_interview("i1"))
    assert "from 09:00 to 17:00 (Europe/Berlin)" in said(opened(office))


def test_somebody_whom_the_ats_does_not_know_is_told_so_and_sees_nobody(
    office: SlackOffice,
) -> None:
    office.holds(an_interview("i1"))
    text = said(opened(office, "U7"))
    assert "not one that the ATS knows" in text
    assert "Noor" not in text


def test_the_messages_tab_asks_for_no_home(office: SlackOffice) -> None:
    office.event({"type": "app_home_opened", "user": "U1", "tab": "messages"})
    assert office.slack.homes == {}


def test_what_was_chosen_in_a_window_that_the_home_tab_opened_shows_in_the_tab(
    office: SlackOffice,
) -> None:
    office.holds(an_interview())
    [row] = [block for block in opened(office)["blocks"] if "accessory" in block]
    action = {"action_id": "nudge.answers", "type": "overflow"}
    office.press(
        {**action, "selected_option": row["accessory"]["options"][3]}, view={"type": "home"}
    )
    [window] = office.slack.opened
    reason = {"why": {"any": {"selected_option": {"value": "no_show"}}}}
    assert office.submit(window, reason).data == b""
    view = office.slack.homes["U1"]
    assert "did not happen" in said(view)
    assert [e["text"]["text"] for b in view["blocks"] if (e := b.get("accessory"))] == ["Undo"]


@pytest.mark.parametrize(
    ("n", "name"),
    [
        pytest.param(n, name, id=f"{place}-{n}", marks=[] if n == 6 or place == 0 else SLOW)
        for place, name in enumerate(["Noor V.", *HOSTILE])
        for n in (0, 1, 6, 60, 200)
    ],
)
def test_slack_takes_every_number_of_rows_and_any_name(
    office: SlackOffice, n: int, name: str
) -> None:
    save(office.store, *world(an_interview("i1", "p3")), person("p3", "Rae"), *many(n, name))
    for user in ("U1", "U2"):
        view = opened(office, user)
        assert "<!" not in str(view)
        answer = office.command(user)
        assert answer.json is not None
        assert problems(answer.json["blocks"]) == []


def test_a_nudge_with_too_many_rows_counts_those_that_wait_and_the_home_tab_has_them_all(
    office: SlackOffice,
) -> None:
    long = [an_interview("i1", "p1"), *many(59)]
    office.ats.with_records(*world(an_interview("i1", "p1")), *long)
    save(office.store, *world(an_interview("i1", "p1")), *long)
    view = opened(office)
    post = office.nudged()
    rows = [each for each in buttons(post) if each["action_id"] == "nudge.answers"]
    assert len(rows) > 10
    left = f"and {60 - len(rows)} more; those above have waited longest."
    assert words(post).endswith(f"{left}\nAll of them stand in the Home tab of this app.")
    assert "60 scorecards waiting on you" in said(view)
    assert sum("accessory" in block for block in view["blocks"]) == 60
    office.press(choice(rows[0], "done_elsewhere"))
    assert f"and {59 - len(rows)} more; those above" in words(office.rewritten())
    assert "and 1 settled or put off" in words(office.rewritten())


def test_a_long_list_is_turned_by_page_and_nothing_is_lost(office: SlackOffice) -> None:
    save(office.store, *world(), *many(200))

    def turns(view: dict[str, Any], way: str) -> list[dict[str, Any]]:
        pressable = [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
        return [each for each in pressable if each["action_id"] == f"home.page.{way}"]

    pages = [opened(office)]
    while more := turns(pages[-1], "older"):
        office.press(more[0], view={"type": "home"})
        pages.append(office.slack.homes["U1"])
        assert view_problems(pages[-1]) == []
    assert sum("accessory" in block for page in pages for block in page["blocks"]) == 201
    for earlier in pages[-2::-1]:
        office.press(turns(office.slack.homes["U1"], "newer")[0], view={"type": "home"})
        assert office.slack.homes["U1"]["blocks"] == earlier["blocks"]
    assert not turns(pages[0], "newer")


def test_the_command_shows_the_same_to_me_alone(office: SlackOffice) -> None:
    office.holds(an_interview("i1"))
    office.service.members()
    answer = office.command()
    assert answer.json is not None
    assert answer.json["response_type"] == "ephemeral"
    assert f"<{FORM}|Write>" in str(answer.json["blocks"])
    assert office.slack.calls.count("views.publish") == 0
