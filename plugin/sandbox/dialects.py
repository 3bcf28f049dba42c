"""The dialects that the practice ATS speaks, by name: the one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plugin.sandbox.ashby import Ashby
from plugin.sandbox.dialect import Dialect
from plugin.sandbox.greenhouse import Greenhouse
from plugin.sandbox.lever import Lever
from plugin.sandbox.merge import Merge
from plugin.sandbox.odoo import Odoo
from plugin.sandbox.workable import Workable

DIALECTS: Mapping[str, Callable[..., Dialect]] = {
    each.name: each
    for each in (
        Greenhouse,
        Lever,
        Ashby,
        Merge,
        Workable,
        Odoo,
    )
}
"""Each is made with keywords: ``secret``, ``webhook_secret``, ``limit`` (None: the vendor's own)
and ``sees_private`` for all of them, and further ones of its own."""
