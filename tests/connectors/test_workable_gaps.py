"""What a run of `make mutants` found that no other test of Workable saw."""

from __future__ import annotations

import pytest

from connectors.ats.base import Window
from connectors.errors import ConnectorError
from tests.connectors.fake_workable import NOW, TOKEN, ago, connected, workable
from tests.connectors.loopback import thing


def test_an_error_repeats_what_workable_says_and_not_the_token() -> None:
    with workable() as fake:
        sentence = f"The subscription of {TOKEN} has ended"
        fake.script["events"].append(thing({"error": sentence}, 400))
        with pytest.raises(ConnectorError) as caught:
            list(connected(fake).pull(Window(ago(days=5), NOW), {}))
    assert "The subscription of [secret] has ended" in caught.value.message
