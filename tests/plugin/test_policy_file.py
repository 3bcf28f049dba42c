"""Further accounts in the policy file: what is read, and everything that is wrong said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin import wiring
from plugin.settings import SettingsProblem, load
from tests.plugin.policy_kit import read, wrong

GOOD = """
[connections.greenhouse-emea]
ats = "greenhouse"
client_id = "an-id"
client_secret_file = "secrets/emea"
user_id = 4001
webhook_secret = ["new-hook", "old-hook"]
api_url = "http://127.0.0.1:9/v3"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERWORD_POLICY", str(tmp_path / "policy.toml"))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "emea").write_text("file-secret\n")
    return tmp_path / "policy.toml"


def table(**keys: str) -> str:
    good = {"ats": '"greenhouse"', "client_id": '"an-id"', "client_secret": '"a-secret-1"'} | keys
    return "[connections.emea]\n" + "".join(f"{k} = {v}\n" for k, v in good.items() if v)


def test_an_account_of_the_file_is_connected_under_its_own_name(file: Path) -> None:
    settings = read(file, GOOD)
    connection = settings.accounts["greenhouse-emea"]
    assert connection.options["client_secret"] == ("file-secret",)
    assert connection.options["user_id"] == ("4001",)
    assert connection.options["web_url"] == ("https://app.greenhouse.io",)
    assert wiring.accounts(settings)["greenhouse-emea"].name == "greenhouse-emea"
    assert wiring.doorbells(settings) == {"greenhouse-emea"}


def test_it_stands_beside_the_account_of_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENHOUSE_CLIENT_ID", "main-id")
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "main-secret")
    settings = read(file, GOOD)
    assert list(wiring.accounts(settings)) == ["greenhouse", "greenhouse-emea"]
    assert settings.accounts["greenhouse"].options["client_id"] == ("main-id",)
    assert wiring.doorbells(settings) == {"greenhouse-emea"}


def test_its_secrets_show_nowhere_and_the_log_knows_them(file: Path) -> None:
    """Case 67."""
    settings = read(file, GOOD)
    secrets = {"an-id", "file-secret", "new-hook", "old-hook"}
    assert secrets == set(settings.secret_values())
    shown = repr(settings) + repr(settings.accounts)
    assert not [secret for secret in secrets if secret in shown]


def test_an_account_of_the_file_may_be_called_like_its_vendor(file: Path) -> None:
    assert list(read(file, GOOD.replace("-emea]", "]")).accounts) == ["greenhouse"]


def test_a_file_without_accounts_is_fine(file: Path) -> None:
    assert read(file, "").accounts == {}
    assert read(file, "[connections]\n").accounts == {}


def test_everything_that_is_wrong_is_said_with_its_place_and_a_remedy(file: Path) -> None:
    said = wrong(
        file,
        """
        connection = 1
        [unrelated]
        [connections]
        plain = "text"
        [connections.Upper]
        ats = "greenhouse"
        client_id = "x"
        client_secret = "y"
        [connections.csv]
        ats = "greenhouse"
        client_id = ""
        [connections.a]
        ats = "greenhose"
        [connections.b]
        [connections.c]
        ats = "greenhouse"
        client_idd = "x"
        client_secret = true
        user_id = "jane"
        api_url = "http://elsewhere.example.com"
        nonsense_at_all = 1
        """,
    )
    expected = {
        "connection": "Did you mean connections?",
        "unrelated": "is not known here. Use one of: due_after_days, ",
        "[connections.plain]": "is not a table",
        "[connections.Upper]": "small letters",
        "[connections.csv]": "means something else",
        "[connections.csv] client_id": "is empty. Copy it from Greenhouse",
        "[connections.csv] client_secret": "is missing. Copy it from Greenhouse",
        "[connections.a] ats": "Did you mean greenhouse?",
        "[connections.b] ats": "is missing. Use one of: ",
        "[connections.c] client_idd": "is not a key of Greenhouse. Did you mean client_id?",
        "[connections.c] client_id": "is missing",
        "[connections.c] client_secret": 'is not text. Write client_secret = "…"',
        "[connections.c] user_id": "Use the number",
        "[connections.c] api_url": "in the clear",
        "[connections.c] nonsense_at_all": "Remove it.",
    }
    assert said.keys() == expected.keys()
    for place, words in expected.items():
        assert words in said[place], place


def test_the_problems_of_the_file_come_with_those_of_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", "perhaps")
    said = wrong(file, table(ats='"lver"'))
    assert said.keys() == {"[connections.emea] ats", "AFTERWORD_LIVE"}


def test_two_accounts_cannot_have_one_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENHOUSE_CLIENT_ID", "main-id")
    monkeypatch.setenv("GREENHOUSE_CLIENT_SECRET", "main-secret")
    said = wrong(file, GOOD.replace("-emea]", "]"))
    assert "variables of the environment" in said["[connections.greenhouse]"]


def test_a_secret_is_given_once_and_its_file_can_be_read(file: Path) -> None:
    said = wrong(file, table(client_secret_file='"secrets/emea"'))
    assert "are both set" in said["[connections.emea] client_secret"]
    said = wrong(file, table(client_secret="", client_secret_file='"nowhere"'))
    assert "cannot be read" in said["[connections.emea] client_secret_file"]
    assert said.keys() == {"[connections.emea] client_secret_file"}
    assert "user_id_file" in str(wrong(file, table(user_id_file='"secrets/emea"')))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[connections\n", "is not TOML at line 1"),
        (b'client_secret = "hunter22', "is not TOML"),
        (b"\xff\xfe", "it is not UTF-8 text. Save it as UTF-8"),
        (b"x = " + b"[" * 5000, "is nested too deeply"),
        (b"connections = 5", "Write a table for each account"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsProblem) as caught:
        load()
    [problem] = caught.value.problems
    assert words in str(problem)
    assert "hunter22" not in str(problem)


def test_a_file_that_is_not_there_is_one_problem(file: Path) -> None:
    with pytest.raises(SettingsProblem, match=r"policy\.toml cannot be read: No such file"):
        load()
