"""The keys of ``policy.toml``, as data: what each is for, how it is written, how it is read.

From it are made: what is read (policy_file.py), every complaint about it, and the tables of
docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plugin import policy_values as read
from plugin.policy_values import Reader
from scheduler.policy import ClosedApplication
from scheduler.rulebook import GAPS
from scheduler.workdays import DayCount

LONGEST = 60
"""Days; later than that nobody remembers the interview."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one table."""

    name: str
    says: str
    """What it is for: one sentence or two."""
    example: str
    """As it is written in the file."""
    read: Reader
    default: str = ""
    """What holds without it, in words."""
    field: str = ""
    """What the value is called in the program, if not like the key."""

    @property
    def remedy(self) -> str:
        return f"Write it like {self.name} = {self.example}."


_N = Key(
    "due_after_days",
    "A scorecard is due this many days after the interview's end.",
    "3",
    read.whole(0, LONGEST, "a whole number of days"),
    "`AFTERWORD_DUE_AFTER_DAYS`",
)
_COUNT = Key(
    "day_count",
    "Whether days are `business` days or `calendar` days, here and in the ladder.",
    '"business"',
    read.one_of(DayCount),
    "`AFTERWORD_DAY_COUNT`",
)
_CLOSED = Key(
    "closed_application",
    "What becomes of a missing scorecard once its application or job is closed: `nudge` goes on, "
    "`only_report` counts it and writes to nobody, `stop` excuses it.",
    '"only_report"',
    read.one_of(ClosedApplication),
    "`only_report`",
)
_HOURS = Key(
    "working_hours",
    "When people may be written to, on working days, each in their own time zone; a day ends at "
    "`24:00`.",
    '"09:00-17:00"',
    read.span,
    "`AFTERWORD_SEND_HOURS`",
    "work",
)
_QUIET = Key(
    "quiet_hours",
    "Parts of the working hours in which nobody is written to; over midnight write two.",
    '["12:00-13:00"]',
    read.spans,
    "none",
    "quiet",
)

TOP = (
    _N,
    _COUNT,
    Key(
        "declined",
        "An interviewer who declined the invitation: `excuse` them, or `ask` them all the same.",
        '"excuse"',
        read.excused,
        "`AFTERWORD_DECLINED`",
        "declined_is_excused",
    ),
    _CLOSED,
    _HOURS,
    _QUIET,
    Key(
        "final_rounds",
        "Patterns of the stage's or the interview's name by which a final round is known.",
        '["*final*", "*onsite*"]',
        read.patterns,
        '`["*final*", "*onsite*", "*on-site*"]`',
    ),
    Key(
        "most_messages",
        "The most messages that one run sends.",
        "100",
        read.whole(1, 10_000, "a whole number"),
        "`AFTERWORD_MAX_MESSAGES`",
    ),
    Key(
        "gaps",
        "Working days from one message to a person to the next: after none that brought nothing, "
        "one, two, and so on in a row; the last number stands for all further ones.",
        "[1, 1, 2, 5]",
        read.rising,
        f"`{list(GAPS)}`",
    ),
    Key(
        "allow",
        "Patterns of the mail addresses and #channels that may be written to; nobody else is. For "
        "the first weeks.",
        '["*@example.org"]',
        read.allowed,
        "everybody",
        "allowed",
    ),
)

STEP = (
    Key(
        "after_days",
        "Days after the step before it; of the first step: after the scorecard fell due.",
        "2",
        read.whole(0, LONGEST, "a whole number of days"),
        "0",
    ),
    Key(
        "to",
        "Whom: `interviewer`, `recruiter`, `coordinator`, `hiring_manager`, `manager` (whom the "
        'interviewer reports to), a Slack `"#channel"`, a mail address, or `teams`.',
        '"recruiter"',
        read.target,
        "must be given",
    ),
    Key(
        "by",
        "Which channel is tried first: `slack`, `mail`, or `teams`, a room that many people read; "
        "where it cannot, the others carry it.",
        '"mail"',
        read.carrier,
        "Slack, then mail",
    ),
)

WHERE = (
    Key(
        "department", "Its name.", '["Engineering", "Data*"]', read.some_patterns, "", "departments"
    ),
    Key("job", "Its name or id.", '"Platform engineer*"', read.some_patterns, "", "jobs"),
    Key("stage", "Its name.", '"Onsite*"', read.some_patterns, "", "stages"),
    Key("interview", "Its name.", '"*portfolio*"', read.some_patterns, "", "interviews"),
    Key("final_round", "Whether it is a final round (`final_rounds`).", "true", read.yes_no),
)
WHAT = tuple(replace(each, default="what holds elsewhere") for each in (_N, _COUNT, _CLOSED))
"""What a rule may say apart from a ladder of its own."""

PERSON = (
    Key(
        "zone", "Their time zone.", '"Asia/Dubai"', read.zone, "Slack's, else the ATS's, else ours"
    ),
    Key(
        "country",
        "Whose holidays and weekend count for them.",
        '"AE"',
        read.calendar,
        "that of their zone",
        "calendar",
    ),
    replace(_HOURS, says="When they may be written to.", default="as for everybody"),
    replace(_QUIET, says="Parts of that in which they are not.", default="as for everybody"),
    Key("slack", "Their user id where Slack has another address.", '"U0123ABCD"', read.slack_id),
)

ZONE = (
    Key(
        "country",
        'Whose holidays and weekend count for people in this zone; `""` for weekends only.',
        '"AE"',
        read.calendar,
        "see below",
        "calendar",
    ),
)

LADDER_KEY, RULE_KEY, PEOPLE_KEY, ZONES_KEY = "ladder", "rule", "people", "zones"
NESTED = (LADDER_KEY, RULE_KEY, PEOPLE_KEY, ZONES_KEY)


# -- the document

TABLES: tuple[tuple[str, Sequence[Key]], ...] = (
    ("At the top of the file", TOP),
    ("`[[ladder]]`, one for each step", STEP),
    ("`[[rule]]`: where it applies", WHERE),
    ("`[[rule]]`: what is different there", WHAT),
    ('`[people."bo@example.org"]`', PERSON),
    ('`[zones."Asia/Dubai"]`', ZONE),
)


def tables() -> str:
    """Every key as Markdown, for docs/policy.md."""

    def lines() -> Iterator[str]:
        for title, keys in TABLES:
            yield f"\n**{title}**\n"
            yield "| key | written like | without it | meaning |\n|---|---|---|---|"
            for each in keys:
                yield f"| `{each.name}` | `{each.example}` | {each.default} | {each.says} |"
            if keys is WHAT:
                yield (
                    '| `ladder` | as above, or `[{after_days = 0, to = "interviewer"}]` '
                    "| the ladder of the file | The whole ladder there. |"
                )

    return "\n".join(lines()).strip() + "\n"
