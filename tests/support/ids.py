"""Names for parametrised tests that are the same in every process, as pytest-xdist needs."""

from __future__ import annotations

__all__ = ["stable"]


def stable(value: object) -> str | None:
    """The text of a value; None, for which pytest numbers it, if the text differs from process to process."""
    text = str(value)
    unordered = isinstance(value, set | frozenset) and len(value) > 1
    return None if unordered or " at 0x" in text else text
