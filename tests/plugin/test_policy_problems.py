"""Everything that is wrong with policy.toml is said at once: where, what, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.policy_file import policy_of
from plugin.policy_keys import PERSON, STEP, TOP, WHAT, WHERE, ZONE, Key
from plugin.settings import SettingsProblem, load
from plugin.values import Problem
from plugin.wiring import rulebook
from tests.plugin.policy_kit import read, wrong


@pytest.fixture
def file(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFTERWORD_POLICY", str(place / "policy.toml"))
    return place / "policy.toml"


@pytest.mark.parametrize(
    ("line", "where", "words"),
    [
        ("due_after_day = 3", "due_after_day", "not known here. Did you mean due_after_days?"),
        ("due_after_days = 61", "due_after_days", "from 0 to 60, not 61. Write it like"),
        ("due_after_days = true", "due_after_days", "not true"),
        ("due_after_days = 1.5", "due_after_days", "a whole number of days from 0 to 60, not 1.5"),
        ('day_count = "busines"', "day_count", 'business or calendar, not "busines". Did you'),
        ("day_count = [1]", "day_count", "must be business or calendar, not [1]"),
        ('declined = "no"', "declined", 'must be excuse or ask, not "no"'),
        ('closed_application = "stopp"', "closed_application", "Did you mean stop?"),
        ('working_hours = "17:00-09:00"', "working_hours", "ends before it begins"),
        ('working_hours = "9 to 5"', "working_hours", 'like working_hours = "09:00-17:00".'),
        ('working_hours = "09:00Z-17:00Z"', "working_hours", "names a zone"),
        ('quiet_hours = "18:00-08:00"', "quiet_hours", 'two: ["18:00-24:00", "00:00-08:00"].'),
        ('quiet_hours = "00:00-24:00"', "quiet_hours", "cover all"),
        (r'gaps = [true, {a = "b\"", c = 2026-01-02}]', "gaps", "from 1 to 30, not true"),
        (r'gaps = {a = "b\"", c = [false]}', "gaps", r'not {a = "b\"", c = [false]}. Write'),
        ("gaps = 2026-01-02", "gaps", "not 2026-01-02. Write"),
        (r'allow = "a\u202eb"', "allow", r'mail address: "a\u202eb".'),
        (r'"g\u202ea\n" = 1', r"g\u202ea\u000a", "is not known here"),
        ("working_hours = 9", "working_hours", "must be a stretch of the day, not 9"),
        ('quiet_hours = ["12:00"]', "quiet_hours", "is not a stretch of the day: '12:00'"),
        ('quiet_hours = "08:00-18:00"', "quiet_hours", "cover all the working hours"),
        ('quiet_hours = ["13:00-17:00", "09:00-14:00"]', "quiet_hours", "cover all"),
        ('quiet_hours = ["09:00-16:00", "10:00-11:00", "15:00-17:00"]', "quiet_hours", "cover all"),
        ("final_rounds = [5]", "final_rounds", "must be a text or a list of texts, and 5 is none"),
        ("most_messages = 0", "most_messages", "from 1 to 10000, not 0"),
        ("gaps = []", "gaps", "one to eight whole numbers"),
        ("gaps = 3", "gaps", "one to eight whole numbers, not 3"),
        ("gaps = [2, 1]", "gaps", "must not fall"),
        ("gaps = [0]", "gaps", "from 1 to 30, not 0"),
        ("allow = []", "allow", "which would allow everybody"),
        ('allow = "example.org"', "allow", 'Did you mean "*@example.org"?'),
        ("ladder = 5", "ladder", "is not a list of tables. Write [[ladder]] above each step."),
        ("ladder = []", "ladder", "has no step"),
        ("rule = {}", "rule", "is not a list of tables. Write [[rule]] above each."),
        ("rule = [5]", "rule 1", "is not a table"),
        ("people = 5", "people", "is not a table"),
        ("zones = {x = 5}", '[zones."x"]', "is not a table"),
        ("connections = 5", "connections", "is not a table"),
    ],
)
def test_a_wrong_line_is_named_with_a_remedy(file: Path, line: str, where: str, words: str) -> None:
    said = wrong(file, line)
    assert said.keys() == {where}
    assert words in said[where]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ('to = "recruiter"', "ladder", "nobody is escalated unasked"),
        ('to = "recruter"', "ladder 1, to", 'nobody: "recruter". Did you mean recruiter?'),
        ("after_days = 1", "ladder 1, to", 'is missing. Say whom: to = "interviewer".'),
        ('to = "interviewer"\nafter_days = -1', "ladder 1, after_days", "from 0 to 60, not -1"),
        ('to = "interviewer"\nby = "email"', "ladder 1, by", "must be slack, mail or teams"),
        ('to = "interviewer"\nafter = 1', "ladder 1, after", "Use one of: after_days, to, by."),
        (
            'to = "interviewer"\n[[ladder]]\nto = "interviewer"',
            "ladder 2, after_days",
            "says the same to the same person",
        ),
        (
            'to = "interviewer"\n[[ladder]]\nto = "#hiring"\nby = "mail"',
            "ladder 2, by",
            "cannot be mail, as to is #hiring",
        ),
        (
            'to = "interviewer"\n[[ladder]]\nto = "teams"\nby = "slack"',
            "ladder 2, by",
            "cannot be slack, as to is teams",
        ),
        (
            'to = "interviewer"' + '\n[[ladder]]\nafter_days = 1\nto = "interviewer"' * 8,
            "ladder",
            "has 9 steps; 8 are the most",
        ),
    ],
)
def test_a_ladder_is_checked_step_by_step_and_as_a_whole(
    file: Path, text: str, where: str, words: str
) -> None:
    said = wrong(file, f"[[ladder]]\n{text}\n")
    assert said.keys() == {where}
    assert words in said[where]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("due_after_days = 1", "rule 2", "does not say where it applies. Give it one of dep"),
        ('stage = "x"', "rule 2", "changes nothing. Give it one of due_after_days"),
        ('stage = []\nday_count = "calendar"', "rule 2, stage", "would match nothing"),
        ('stage = ""\nday_count = "calendar"', "rule 2, stage", '"" is none'),
        ('stage = "x"\ndue_after_days = "2"', "rule 2, due_after_days", 'not "2"'),
        ('final_round = "yes"\ndue_after_days = 2', "rule 2, final_round", "true or false"),
        ('stages = "x"\ndue_after_days = 2', "rule 2, stages", "Did you mean stage?"),
        ('stage = "x"\nallow = "a@b.c"', "rule 2, allow", "above the first line in brackets"),
        ('stage = "x"\npeople = {}', "rule 2, people", "Write it as a table of its own: [peop"),
        ('stage = "x"\nladder = 1', "rule 2, ladder", "Write it like ladder = [{after_days"),
        ('stage = "x"\nladder = [{to = "manager"}]', "rule 2, ladder", "begins with somebody"),
        ('stage = "x"\nladder = [{to = "bo"}]', "rule 2, ladder 1, to", 'names nobody: "bo"'),
    ],
)
def test_a_rule_is_named_by_its_number(file: Path, text: str, where: str, words: str) -> None:
    said = wrong(file, f'[[rule]]\njob = "a"\ndue_after_days = 1\n[[rule]]\n{text}\n')
    assert said.keys() == {where}
    assert words in said[where]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ('[people."bo"]\nzone = "UTC"', '[people."bo"]', "is not a mail address"),
        ('[people."bo@example.org"]', '[people."bo@example.org"]', "says nothing"),
        (
            '[people."bo@example.org"]\nzone = "Asia/Dubay"',
            '[people."bo@example.org"] zone',
            "Did you mean Asia/Dubai?",
        ),
        (
            '[people."bo@example.org"]\ncountry = "XX"',
            '[people."bo@example.org"] country',
            "names no country or region with known holidays: 'XX'",
        ),
        (
            '[people."bo@example.org"]\nslack = "@bo"',
            '[people."bo@example.org"] slack',
            "is not the id of a person in Slack",
        ),
        (
            '[people."bo@example.org"]\nquiet_hours = "00:00-20:00"',
            '[people."bo@example.org"] quiet_hours',
            "cover all the working hours",
        ),
        (
            '[people."bo@x.org"]\nslack = "U012"\n[people."cy@x.org"]\nslack = "U012"',
            '[people."cy@x.org"] slack',
            "somebody else's",
        ),
        (
            '[people."bo@x.org"]\nslack = "U01"\n[people."BO@x.org"]\nzone = "UTC"',
            '[people."BO@x.org"]',
            "in capitals and small",
        ),
        ('[zones."Asia/Dubai"]', '[zones."Asia/Dubai"] country', "is missing. Write it like"),
        (
            '[zones."Asia/Dubay"]\ncountry = "AE"',
            '[zones."Asia/Dubay"]',
            "Did you mean Asia/Dubai?",
        ),
        (
            '[zones."Asia/Dubai"]\ncountry = 5',
            '[zones."Asia/Dubai"] country',
            "two letters, not 5",
        ),
    ],
)
def test_people_and_zones_are_named_as_they_stand(
    file: Path, text: str, where: str, words: str
) -> None:
    said = wrong(file, text)
    assert said.keys() == {where}
    assert words in said[where]


def test_all_is_said_at_once_with_what_is_wrong_in_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", "perhaps")
    said = wrong(
        file,
        'gaps = "x"\n[[ladder]]\nto = 1\n[[rule]]\nstage = "x"\n[people."bo"]\nslack = "W012"\n'
        '[zones.x]\ncountry = "AE"\n[connections.a]\nats = "lver"\n',
    )
    assert said.keys() == {
        "gaps",
        "ladder 1, to",
        "rule 1",
        '[people."bo"]',
        '[zones."x"]',
        "[connections.a] ats",
        "AFTERWORD_LIVE",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\n[[rule]\n", "is not TOML at line 2"),
        ("[people.bo@example.org]\n", "stand between quotation marks"),
        ("gaps = [1]\ngaps = [2]\n", "says one key or table twice at line 2"),
        ("[[rule]]\n[rule]\n", "says one key or table twice at line 2"),
    ],
)
def test_what_is_not_toml_is_one_problem_with_its_line(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsProblem) as caught:
        load()
    [problem] = caught.value.problems
    assert words in str(problem)


@pytest.mark.parametrize(
    ("keys", "before"),
    [
        (TOP, ""),
        (STEP, "[[ladder]]\n"),
        ((*WHERE, *WHAT), "[[rule]]\n"),
        (PERSON, '[people."bo@example.org"]\n'),
        (ZONE, '[zones."Asia/Dubai"]\n'),
    ],
    ids=["top", "ladder", "rule", "people", "zones"],
)
def test_what_every_remedy_says_to_write_is_taken(
    file: Path, keys: tuple[Key, ...], before: str
) -> None:
    written = "".join(f"{key.name} = {key.example}\n" for key in keys)
    if before == "[[ladder]]\n":
        before = f'{before}to = "interviewer"\n{before}'
    assert rulebook(read(file, before + written))


NAMES = st.text(max_size=8) | st.sampled_from(
    [key.name for keys in (TOP, STEP, WHERE, PERSON) for key in keys]
    + ["ladder", "rule", "people", "zones", "bo@example.org", "Asia/Dubai"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_whatever_stands_in_the_file_is_read_or_told_in_plain_words(
    content: dict[str, object],
) -> None:
    problems: list[Problem] = []
    policy_of(Path("policy.toml"), content, problems)
    for each in problems:
        assert each.variable.startswith("policy.toml: ")
        assert each.fault.endswith((".", "?"))
        assert each.remedy.endswith((".", "?"))
