"""``afterword policy check`` and ``policy show``, as a recruiter reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import Run

Told = Callable[..., str]
NOW = "2026-11-25T10:30:00Z"
PHONE = """
gaps = [1, 1, 2, 5]
[[rule]]
department = "Sales"
due_after_days = 3
day_count = "calendar"
[[rule]]
final_round = true
due_after_days = 1
closed_application = "nudge"
ladder = [{to = "interviewer"}, {after_days = 1, to = "manager"}]
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AFTERWORD_TIMEZONE": "Europe/Berlin",
        "AFTERWORD_COUNTRY": "DE-BY",
        "SMTP_URL": "smtp://localhost",
        "MAIL_FROM": "afterword@example.org",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def told(afterword: Run, place: Path) -> Told:
    """The words of the command about a file, on one line each."""

    def run(text: str, *words: str) -> str:
        (place / "new.toml").write_text(text, encoding="utf-8")
        command, *options = words
        result = afterword("policy", command, "new.toml", *options)
        assert result.exit_code == 0, result.output
        assert not result.stderr
        assert max(map(len, result.stdout.splitlines())) <= 80
        return re.sub(r"\s+", " ", result.stdout)

    return run


def test_a_day_of_work_may_last_until_midnight(told: Told, afterword: Run) -> None:
    text = 'working_hours = "12:00-24:00"\nquiet_hours = ["12:00-18:00", "20:00-24:00"]'
    said = told(text, "show", "--now", NOW)
    assert "From 12:00 to 24:00 on working days" in said
    assert "but not from 12:00 to 18:00 and 20:00 to 24:00." in said
    assert (
        "from 12:00 to 24:00 but not from 12:00 to 18:00 and 20:00 to 24:00 on their own working "
        "days"
    ) in told(text, "check")
    shown = json.loads(afterword("policy", "show", "new.toml", "--json").stdout)
    assert shown["working_hours"] == "12:00-24:00"


def test_a_good_file_is_summed_up_in_a_paragraph(told: Told) -> None:
    said = told(
        'due_after_days = 3\nallow = ["*@example.org"]\n[[rule]]\n'
        'stage = "x"\ndue_after_days = 1\n',
        "check",
    )
    assert said == (
        "✓ new.toml can be used. A scorecard is due 3 working days after the interview ends. "
        "While it is missing, Afterword writes to the interviewer at once, the interviewer 2 "
        "working days later and the recruiter 2 working days later; then to nobody. There is 1 "
        "exception. Everybody hears at most one message a day, from 09:00 to 17:00 on their own "
        "working days and by their own clock. Nobody but *@example.org is written to. "
    )


def test_a_wrong_file_ends_with_code_1_and_the_list(afterword: Run, place: Path) -> None:
    (place / "new.toml").write_text('gaps = 1\n[[rule]]\nstage = "x"\n')
    result = afterword("policy", "check", "new.toml")
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("new.toml: gaps must be a list of one to eight whole numbers, not 1.")
    assert second.startswith("new.toml: rule 1 changes nothing. Give it one of due_after_days,")


def test_the_file_named_is_looked_at_in_place_of_the_one_in_force(
    afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_POLICY", "policy.toml")
    (place / "policy.toml").write_text("gaps = 1\n")
    (place / "new.toml").write_text("due_after_days = 9\n")
    assert afterword("policy", "check").exit_code == 1
    assert "9 working days" in afterword("policy", "check", "new.toml").stdout
    missing = afterword("policy", "check", "nowhere.toml")
    assert missing.exit_code == 1
    assert missing.stderr.startswith("nowhere.toml cannot be read: No such file or directory.")
    monkeypatch.setenv("AFTERWORD_LIVE", "perhaps")
    assert "AFTERWORD_LIVE cannot be 'perhaps'" in afterword("policy", "check", "new.toml").stderr


def test_without_any_file_the_environment_is_told(afterword: Run) -> None:
    for command in ("check", "show"):
        result = afterword("policy", command)
        assert result.exit_code == 0
        assert "No policy file is named (AFTERWORD_POLICY)" in result.stdout
        assert "2 working days after the interview ends" in result.stdout


def test_check_leaves_nothing_behind(afterword: Run, place: Path) -> None:
    assert afterword("policy", "check").exit_code == 0
    assert afterword("policy", "show").exit_code == 0
    assert [each.name for each in place.iterdir()] == ["afterword.db"]


# -- what is allowed and probably not meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[[ladder]]\nto = "interviewer"\n[[ladder]]\nto = "#hiring"',
            "Ladder 2 goes to #hiring, and Slack is not set up: nobody hears it.",
        ),
        (
            '[[ladder]]\nto = "interviewer"\nby = "slack"',
            "Ladder 1 goes by Slack, which is not set up: others carry it.",
        ),
        (
            'allow = "*@a.org"\n[[ladder]]\nto = "interviewer"\n[[ladder]]\nto = "x@b.org"',
            "Ladder 2 goes to x@b.org, which allow does not name. Add it there.",
        ),
        (
            '[[rule]]\nstage = "x"\nladder = [{to = "interviewer"}, {to = "teams"}]',
            "Rule 1, ladder 2 goes to the Teams channel, and Teams is not set up",
        ),
        (
            '[[rule]]\nstage = "x"\ndue_after_days = 2',
            "Rule 1 says what holds anyway.",
        ),
    ],
)
def test_what_is_probably_not_meant_is_said_and_holds(told: Told, text: str, words: str) -> None:
    said = told(text, "check")
    assert f"! {words}" in said
    assert said.count("! ") == 1


def test_nothing_is_said_of_a_rule_that_undoes_another(told: Told) -> None:
    text = '[[rule]]\nstage = "*"\ndue_after_days = 3\n[[rule]]\nstage = "x"\ndue_after_days = 2\n'
    assert "! " not in told(text, "check")


def test_a_company_whose_weekend_is_another_is_told(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_TIMEZONE", "Asia/Riyadh")
    monkeypatch.setenv("AFTERWORD_COUNTRY", "")
    assert (
        "! Saturday and Sunday count as the weekend, and in Saudi Arabia (Asia/Riyadh) it is "
        "Friday and Saturday. Set AFTERWORD_COUNTRY=SA."
    ) in told("", "check")
    monkeypatch.setenv("AFTERWORD_COUNTRY", "SA")
    assert "! " not in told("", "check")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ('department = "Enginering"', "no department is like “Enginering”. Did you mean Engineeri"),
        ('job = "Pilot"', "no job is like “Pilot”. Look it up in the ATS."),
        (r'job = "Dev\u200beloper"', r"no job is like “Dev\u200beloper”. Did you mean Developer?"),
        ('interview = "Sistems"', "no interview is like “Sistems”. Did you mean Systems?"),
        ("final_round = true", "there is a final round nowhere. See final_rounds."),
        ('department = "Sales"\ninterview = "Systems"', "no single one meets all its conditions."),
    ],
)
def test_a_rule_that_meets_no_interview_so_far_is_told(
    afterword: Run, told: Told, place: Path, where: str, words: str
) -> None:
    (place / "interviews.csv").write_text(
        "interview id,email,candidate,job,department,interview,end\n"
        "1,bo@example.com,Noor V.,Developer,Engineering,Systems,2026-11-03 15:00\n"
        "2,bo@example.com,Sam O.,Seller,Sales,Phone,2026-11-12 15:00\n"
    )
    assert afterword("import", "interviews.csv", "--now", NOW).exit_code == 0
    said = told(f"[[rule]]\n{where}\ndue_after_days = 9\n", "check")
    assert f"! Rule 1 applies to none of the interviews so far: {words}" in said
    assert "! " not in told('[[rule]]\njob = "dev*"\ndue_after_days = 9\n', "check")


# -- show


def test_the_ladder_is_told_with_the_dates_of_an_interview_that_ends_now(told: Told) -> None:
    """Nobody is written to outside of the hours: half past eleven is the moment, five the end."""
    said = told('working_hours = "12:00-17:00"\n', "show", "--now", NOW)
    assert (
        "If an interview ended now and nothing came in "
        "Wed 25 Nov 2026, 11:30 the interview ends "
        "Fri 27 Nov 2026, 11:30 the scorecard is due "
        "Fri 27 Nov 2026, 12:00 nudge 1 to the interviewer, by mail "
        "Tue 01 Dec 2026, 12:00 nudge 2 to the interviewer, by mail "
        "Thu 03 Dec 2026, 12:00 escalation 1 to the recruiter, by mail "
        "Then nobody hears more."
    ) in said


def test_each_thing_that_a_file_may_say_is_told_and_nothing_else(told: Told) -> None:
    text = (
        'due_after_days = 0\nday_count = "calendar"\ngaps = [1]\n'
        '[[ladder]]\nafter_days = 1\nto = "interviewer"\n'
        '[[rule]]\ninterview = "Phone*"\nday_count = "business"\n'
        '[[rule]]\njob = "x"\nclosed_application = "stop"\n'
        '[[rule]]\nstage = "On*"\nday_count = "business"\nladder = [{to = "interviewer"}]\n'
        '[[rule]]\nstage = "Off*"\ndue_after_days = 0\n'
        '[people."bo@example.org"]\ncountry = "AE"\n'
    )
    said = told(text, "show", "--now", NOW)
    assert "A scorecard is due as soon as the interview ends. Days are meant in" in said
    assert (
        "Exceptions 1. Interview “Phone*”: days are counted as working days. "
        "2. Job “x”: once the application is closed, a missing scorecard is excused. "
        "3. Stage “On*”: days are counted as working days; its own ladder: the interviewer at "
        "once. 4. Stage “Off*”: due as soon as the interview ends. Where several"
    ) in said
    assert "bo@example.org: days off Saturdays, Sundays and the public holidays of United" in said
    assert "at most one message a working day. One run sends" in said
    assert "to the interviewer 1 calendar day after the due moment; then" in told(text, "check")


def test_the_channel_that_a_step_wishes_for_is_named_first(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    ladder = '[[ladder]]\nto = "interviewer"\n[[ladder]]\nto = "manager"\nby = "mail"\n'
    said = told(ladder, "show", "--now", NOW)
    assert "nudge 1 to the interviewer, by Slack, else by mail" in said
    assert "escalation 1 to the interviewer's manager, by mail, else by Slack" in said


def test_a_step_that_the_next_one_overtakes_is_shown_as_left_out(told: Told) -> None:
    steps = ("interviewer", "interviewer", "recruiter", "manager")
    ladder = "".join(f'[[ladder]]\nafter_days = 1\nto = "{to}"\n' for to in steps)
    said = told(f"gaps = [1, 9]\n{ladder}", "show", "--now", NOW)
    assert "Fri 11 Dec 2026, 09:00 nudge 2 to the interviewer" in said
    assert "left out escalation 1 to the recruiter, by mail: the step after it comes" in said
    assert "escalation 2 to the interviewer's manager" in said


def test_exceptions_hours_people_and_limits_are_told_in_words(told: Told) -> None:
    text = (
        'quiet_hours = "12:00-13:00"\nallow = ["*@example.org", "#hiring"]\nmost_messages = 50\n'
        'declined = "ask"\nclosed_application = "stop"\n'
        f'{PHONE}[people."bo@example.org"]\nzone = "Asia/Dubai"\nworking_hours = "10:00-18:00"\n'
        'quiet_hours = []\nslack = "U0123ABCD"\n[zones."America/Toronto"]\ncountry = "CA-ON"\n'
    )
    said = told(text, "show", "--now", NOW)
    for words in (
        "2 working days after the interview ends; Saturdays, Sundays and the public holidays of "
        "Germany (DE-BY) do not count. Days are meant in Europe/Berlin.",
        "An interviewer who declined the invitation is asked all the same.",
        "Once the application or the job is closed, a missing scorecard is excused.",
        "1. Department “Sales”: due after 3 calendar days.",
        "2. A final round: due after 1 working day; its own ladder: the interviewer at once and "
        "the interviewer's manager 1 working day later; once the application is closed, nudges go "
        "on all the same.",
        "Where several apply, the later one wins",
        "From 09:00 to 17:00 on working days, by the clock of each person's own time zone, but not "
        "from 12:00 to 13:00.",
        "Days off in America/Toronto: Saturdays, Sundays and the public holidays of Canada (CA-ON)",
        "bo@example.org: time zone Asia/Dubai; works from 10:00 to 18:00; no quiet hours; in Slack "
        "U0123ABCD.",
        "at most one message a working day. After 2 in a row that brought nothing, the next "
        "comes 2 working days later; after 3 or more, the next comes 5 working days later.",
        "One run sends at most 50 messages.",
        "Nobody but *@example.org and #hiring may be written to.",
    ):
        assert words in said


def test_one_case_is_told_with_the_exceptions_that_apply(told: Told) -> None:
    said = told(PHONE, "show", "--now", NOW, "--stage", "Final talk", "--department", "sales")
    assert "This case department “sales”, stage “Final talk”. Exceptions 1, 2 apply" in said
    assert "Thu 26 Nov 2026, 11:30 the scorecard is due" in said  # 1 day, counted in calendar days
    assert "escalation 1 to the interviewer's manager" in said
    assert "How much they hear" not in said
    only = told(PHONE, "show", "--now", NOW, "--job", "Pilot")
    assert "No exception applies: what holds everywhere holds here." in only


def test_programs_get_the_same_as_json(afterword: Run, place: Path) -> None:
    (place / "new.toml").write_text(PHONE)
    words = ("policy", "show", "new.toml", "--json", "--now", NOW)
    whole = json.loads(afterword(*words).stdout)
    assert whole["file"] == "new.toml"
    assert whole["rules"][0] == {
        "department": ["Sales"],
        "due_after_days": 3,
        "day_count": "calendar",
    }
    assert whole["rules"][1]["ladder"][1] == {
        "step": "escalation 1",
        "after_days": 1,
        "to": "manager",
        "by": None,
    }
    assert (whole["country"], whole["working_hours"]) == ("DE-BY", "09:00-17:00")
    assert whole["example"]["due_at"] == "2026-11-27T10:30:00Z"
    case = json.loads(afterword(*words, "--interview", "onsite").stdout)
    assert (case["rules_that_apply"], case["due_after_days"], case["rules"]) == ([2], 1, [])
    assert case["case"]["interview"] == "onsite"
    first, second = case["example"]["steps"]
    assert first == {
        "step": "nudge 1",
        "at": "2026-11-26T10:30:00Z",
        "goes_out_at": "2026-11-26T10:30:00Z",
    }
    assert second["goes_out_at"] == "2026-11-27T10:30:00Z"


def test_nothing_in_the_file_can_play_with_the_terminal(told: Told) -> None:
    said = told(
        '[[rule]]\nstage = "\\u001b[31mred\\u202e [bold]x[/bold]"\ndue_after_days = 9\n', "show"
    )
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[bold]x[/bold]" in said
