"""What a run of `make mutants` found that no other test of Merge saw."""

from __future__ import annotations

import pytest

from connectors.model import Kind, Ref
from tests.connectors.test_merge_doors import rung


@pytest.mark.parametrize("model", ["RemoteUser", "User"])
def test_a_changed_colleague_is_read_again_by_either_name(model: str) -> None:
    """The model is RemoteUser, its listing is users (other-ats.md 4)."""
    told = rung(f"{model}.changed", {"id": "0f5a3e2c-0000-4000-8000-000000000001"})
    assert told.refs == (Ref(Kind.PERSON, "0f5a3e2c-0000-4000-8000-000000000001"),)
