"""``dynamorm shell``: Python's prompt with top-level await, an open session and your models."""

from __future__ import annotations

__all__: tuple[str, ...] = ()
