"""Changes of a line that change nothing anybody could see, each with the reason."""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""(module, the line as it is, the line as changed), both without the spaces around them."""
