"""Settings: what is read, and how everything that is wrong is said at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors import every_ats, every_notifier
from connectors.options import Channel, Connector, Option
from plugin import settings_docs
from plugin.settings import Bind, Declined, Hours, SettingsProblem, load
from scheduler.workdays import DayCount

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


OURS = {
    "AFTERWORD_SECRET_KEY": "key-0123456789abcdef",
    "AFTERWORD_PAGE_TOKEN": "page-0123456789abcdef",
    "AFTERWORD_PUSH_TOKEN": "push-0123456789abcdef",
    "AFTERWORD_DATABASE_URL": "postgresql://me:db-p%40ss@host/name",
}
"""The secrets that belong to no connector."""
PLUGS: tuple[Connector | Channel, ...] = (
    *every_ats(()).by_name.values(),
    *every_notifier(()).by_name.values(),
)
OPTIONS = tuple(option for plug in PLUGS for option in plug.options)
WORDS = ("https://acme.example.com", "smtp://me:mail-pass@host:587", "afterword@example.com")


def sample(option: Option) -> str:
    """A value that this option takes, of a word that is its own where it takes a word."""
    own = f"{option.variable.lower().replace('_', '-')}-0123456789abcdef"
    for value in (option.example, own, *WORDS):
        with suppress(ValueError):
            if value and option.read(value):
                return value
    pytest.fail(f"{option.variable} takes no common value: give it an example")


def set_what_secrets_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no secret itself, and without which a secret makes no connection."""
    for option in OPTIONS:
        if option.required and not option.secret:
            monkeypatch.setenv(option.variable, sample(option))


def problems(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem) as caught:
        load()
    return {each.variable: f"{each.fault} {each.remedy}" for each in caught.value.problems}


def test_without_any_variable_the_defaults_hold() -> None:
    settings = load()
    assert settings.timezone == ZoneInfo("UTC")
    assert (settings.due_after_days, settings.day_count) == (2, DayCount.BUSINESS)
    assert settings.declined is Declined.EXCUSE
    assert settings.live is False
    assert settings.store_names is True
    assert settings.bind == Bind("127.0.0.1", 8080)
    assert settings.send_hours == Hours(time(9), time(17))
    assert (settings.accounts, settings.channels) == ({}, {})
    assert settings.secret_values() == ()


def test_the_file_is_read_and_the_environment_wins(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_directory / ".env").write_text(
        "AFTERWORD_DUE_AFTER_DAYS=3\nAFTERWORD_TIMEZONE='Europe/Berlin'\n# a remark\n"
    )
    monkeypatch.setenv("AFTERWORD_DUE_AFTER_DAYS", "5")
    settings = load()
    assert settings.due_after_days == 5
    assert settings.timezone.key == "Europe/Berlin"


def test_another_file_can_be_named_and_must_exist(empty_directory: Path) -> None:
    other = empty_directory / "other.env"
    with pytest.raises(SettingsProblem, match=r"other\.env cannot be read: No such file"):
        load(other)
    other.write_text("AFTERWORD_LIVE=on\n")
    assert load(other).live is True


def test_lists_are_plain_words_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_REPORT_TO", "hiring@example.com, #recruiting")
    assert load().report_to == ("hiring@example.com", "#recruiting")


def test_several_webhook_secrets_can_be_live_while_one_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 8."""
    monkeypatch.setenv("GREENHOUSE_CLIENT_ID", "id")
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "secret")
    monkeypatch.setenv("GREENHOUSE_WEBHOOK_SECRET", "new-one,old-one")
    assert load().accounts["greenhouse"].options["webhook_secret"] == ("new-one", "old-one")


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "TRUE"])
def test_these_words_mean_yes(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", word)
    assert load().live is True


@pytest.mark.parametrize("word", ["false", "0", "no", "off", ""])
def test_these_words_mean_no(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", word)
    assert load().live is False


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_STORE_NAMES", "")
    monkeypatch.setenv("AFTERWORD_DUE_AFTER_DAYS", "")
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "")
    settings = load()
    assert settings.store_names is True
    assert settings.due_after_days == 2
    assert settings.accounts == {}


def test_a_day_or_a_moment_says_since_when_people_are_nudged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AFTERWORD_NUDGE_SINCE", "2026-11-02")
    assert load().nudge_since == datetime(2026, 11, 2, tzinfo=UTC)
    monkeypatch.setenv("AFTERWORD_NUDGE_SINCE", "2026-11-02T09:00:00+01:00")
    assert load().nudge_since == datetime(2026, 11, 2, 8, tzinfo=UTC)


WRONG = {
    "AFTERWORD_TIMEZONE": ("Europe/berlim", "Did you mean Europe/Berlin?"),
    "AFTERWORD_COUNTRY": ("DE-XX", "two letters"),
    "AFTERWORD_DUE_AFTER_DAYS": ("two", "from 0 to 60"),
    "AFTERWORD_DAY_COUNT": ("workdays", "business or calendar"),
    "AFTERWORD_DECLINED": ("maybe", "excuse or ask"),
    "AFTERWORD_HISTORY_DAYS": ("0", "from 1"),
    "AFTERWORD_LIVE": ("ture", "true or false"),
    "AFTERWORD_NUDGE_SINCE": ("2026-11-02T09:00", "zone"),
    "AFTERWORD_SEND_HOURS": ("17:00-09:00", "ends before it begins"),
    "AFTERWORD_MAX_MESSAGES": ("-1", "from 1"),
    "AFTERWORD_REPORT_TO": ("hiring", "no address, #channel, teams or apprise"),
    "AFTERWORD_DATABASE_URL": ("mysql://root:hunter22@db/x", "sqlite:///"),
    "AFTERWORD_BIND": ("8080", "127.0.0.1:8080"),
    "AFTERWORD_PUBLIC_URL": ("afterword.example.com", "https://"),
    "AFTERWORD_SECRET_KEY": ("hunter22", "at least 16"),
    "GREENHOUSE_API_URL": ("http://elsewhere.example.com", "in the clear"),
    "GREENHOUSE_USER_ID": ("jane", "number"),
    "SMTP_URL": ("smtp://u:hunter22@mail.example.com:587/x", "after the port"),
    "MAIL_FROM": ("afterword", "not a mail address"),
    "AFTERWORD_TIMEZON": ("UTC", "Did you mean AFTERWORD_TIMEZONE?"),
    "AFTERWORD_NONSENSE_AT_ALL": ("1", "Remove it."),
}


def test_everything_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = problems({name: value for name, (value, _) in WRONG.items()}, monkeypatch)
    for name, (_, words) in WRONG.items():
        assert words in said[name]
    assert said.keys() - WRONG.keys() == {"GREENHOUSE_CLIENT_ID", "GREENHOUSE_CLIENT_SECRET"}


def test_no_problem_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    said = problems({name: value for name, (value, _) in WRONG.items()}, monkeypatch)
    assert "hunter22" not in str(said)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"GREENHOUSE_CLIENT_ID": "x"}, "GREENHOUSE_CLIENT_SECRET"),
        ({"GREENHOUSE_CLIENT_SECRET": "x"}, "GREENHOUSE_CLIENT_ID"),
        ({"GREENHOUSE_WEBHOOK_SECRET": "x"}, "GREENHOUSE_CLIENT_ID"),
        ({"SMTP_URL": "smtp://mail.example.com"}, "MAIL_FROM"),
        ({"MAIL_FROM": "a@example.com"}, "SMTP_URL"),
        ({"AFTERWORD_MAIL_REPLY_TO": "a@example.com"}, "SMTP_URL"),
    ],
)
def test_half_of_a_group_is_a_problem(
    given: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = problems(given, monkeypatch)
    assert f"is missing, and {next(iter(given))} is set" in said[missing]


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.com",
        "smtp://user:p%40ss@mail.example.com:587",
        "smtps://mail.example.com:465",
        "smtp://localhost:1025?starttls=never",
        "smtp://[::1]:1025?starttls=never",
    ],
)
def test_these_mail_servers_are_accepted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", "Afterword <afterword@example.com>")
    assert load().channels["mail"].options["smtp_url"] == (url,)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:587",
        "http://mail.example.com",
        "smtp://mail.example.com:many",
        "smtp://mail.example.com?starttls=never",
        "smtps://localhost?starttls=never",
        "smtp://localhost?tls=no",
        "smtp://user:pa/ss@mail.example.com",
    ],
)
def test_these_mail_servers_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SMTP_URL" in problems({"SMTP_URL": url, "MAIL_FROM": "a@b.example"}, monkeypatch)


def test_a_secret_may_come_from_a_file_and_loses_its_last_newline(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = empty_directory / "token"
    file.write_text("a-long-enough-token\n")
    monkeypatch.setenv("AFTERWORD_PAGE_TOKEN_FILE", str(file))
    token = load().page_token
    assert token is not None
    assert token.get_secret_value() == "a-long-enough-token"


def test_every_secret_has_its_file_and_nothing_else_has(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in settings_docs.ours():
        monkeypatch.setenv(f"{name}_FILE", str(empty_directory / "missing"))
    set_what_secrets_need(monkeypatch)
    with pytest.raises(SettingsProblem) as caught:
        load()
    faults = {each.variable.removesuffix("_FILE"): each.fault for each in caught.value.problems}
    for name, field in settings_docs.ours().items():
        if field.secret:
            assert "names a file that cannot be read" in faults[name]
        elif name.startswith("AFTERWORD_"):
            assert "is not a setting" in faults[name]
        else:
            assert name not in faults


def test_a_secret_that_is_given_twice_is_a_problem(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_directory / "key").write_text("from-a-file-1234567890")
    said = problems(
        {"AFTERWORD_SECRET_KEY": "a" * 32, "AFTERWORD_SECRET_KEY_FILE": "key"}, monkeypatch
    )
    assert "are both set" in said["AFTERWORD_SECRET_KEY"]


def test_a_line_of_the_file_that_sets_nothing_is_named(empty_directory: Path) -> None:
    (empty_directory / ".env").write_text("AFTERWORD_LIVE=true\nAFTERWORD_COUNTRY US\n")
    with pytest.raises(SettingsProblem, match=r"\.env, line 2, is not NAME=value"):
        load()


def test_a_bad_line_of_the_file_does_not_hide_what_is_wrong_with_the_others(
    empty_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (empty_directory / ".env").write_text("A LINE\nAFTERWORD_TIMEZONE=Mars\nAFTERWORD_LIFE=true\n")
    with pytest.raises(SettingsProblem) as caught:
        load()
    said = [each.variable for each in caught.value.problems]
    assert said == [".env, line 1,", "AFTERWORD_LIFE", "AFTERWORD_TIMEZONE"]
    assert caplog.messages == []  # nobody else says it again


def test_a_file_that_is_not_text_is_named(empty_directory: Path) -> None:
    (empty_directory / ".env").write_bytes(b"\xff\xfe\x00A")
    with pytest.raises(SettingsProblem, match=r"\.env cannot be read: it is not UTF-8"):
        load()


def test_no_secret_shows_in_a_repr_and_all_are_known_to_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 67."""
    secrets = OURS | {each.variable: sample(each) for each in OPTIONS if each.secret}
    assert secrets.keys() == {name for name, field in settings_docs.ours().items() if field.secret}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    set_what_secrets_need(monkeypatch)
    settings = load()
    assert settings.accounts.keys() == every_ats(()).by_name.keys()
    assert not [value for value in secrets.values() if value in repr(settings) + str(settings)]
    assert {*secrets.values(), "db-p%40ss", "db-p@ss", "mail-pass"} <= {*settings.secret_values()}


@pytest.mark.parametrize("path", settings_docs.documents(ROOT), ids=lambda path: path.name)
def test_the_generated_documents_are_up_to_date(path: Path) -> None:
    """``python -m plugin.settings_docs`` writes them."""
    assert path.read_text(encoding="utf-8") == settings_docs.documents(ROOT)[path]


def test_the_example_file_names_every_variable_with_a_default_that_is_accepted(
    empty_directory: Path,
) -> None:
    text = settings_docs.env_file({}, settings_docs.ours())
    for name in settings_docs.ours():
        assert f"\n#{name}=" in text
        text = text.replace(f"#{name}=", f"{name}=")
    (empty_directory / "every.env").write_text(text)
    assert load(empty_directory / "every.env") == load()
