"""What works and could be better: found while planning, from the plan alone.

Codes are stable: DA001 an index would serve what is filtered or scanned; DA002 a partition gets most of the requests;
DA003 an item is near the limit of its size; DA004 more is read than is returned; DA005 a global index is read right
after a write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from dynamorm_async._ops.keyfit import KeyFit
from dynamorm_async._spec.fields import IndexSpec
from dynamorm_async._wire.size import ITEM_LIMIT

__all__ = ["LARGE", "Hint", "efficiency_advice", "filter_advice", "following_advice", "scan_advice", "size_advice"]

LARGE: Final = ITEM_LIMIT * 4 // 5
"""Bytes above which an item is told of: at the limit it can be changed no more."""

_MANY = 100
"""Items read before their use is judged: on less, a low share costs nothing."""
_POOR_SHARE = 0.1


class Hint(NamedTuple):
    """A stable code and a text."""

    code: str
    text: str


def scan_advice(serving: Sequence[IndexSpec]) -> tuple[Hint, ...]:
    """A scan whose conditions a key serves."""
    if not serving:
        return ()
    index = serving[0]
    what = "the table's key" if index.kind is None else f"index {index.handle!r}"
    return (Hint("DA001", f"{what} serves these conditions: query() reads what matches, scan() reads everything."),)


def filter_advice(chosen: KeyFit, others: Sequence[tuple[IndexSpec, KeyFit]]) -> tuple[Hint, ...]:
    """A query that filters by what is the key of another index that would serve it as well."""
    left = {id(condition) for condition in chosen.rest}
    for index, found in others:
        still_left = {id(condition) for condition in found.rest}
        if found.score >= chosen.score and left and not left <= still_left:
            text = f"index {index.handle!r} has what is filtered in its key; if that is rarer, ask for it by index()."
            return (Hint("DA001", text),)
    return ()


def efficiency_advice(returned: int, scanned: int) -> tuple[Hint, ...]:
    """A listing that pays for much more than it returns."""
    if scanned < _MANY or returned >= scanned * _POOR_SHARE:
        return ()
    text = f"{scanned} items were read and paid for, {returned} returned: put what is filtered into a key."
    return (Hint("DA004", text),)


def size_advice(size: int) -> tuple[Hint, ...]:
    """An item that is near the limit."""
    if size <= LARGE:
        return ()
    text = f"an item has {size} of {ITEM_LIMIT} bytes: keep the large part elsewhere, or in several items."
    return (Hint("DA003", text),)


def following_advice(index: IndexSpec) -> tuple[Hint, ...]:
    """A global index that is read right after its table was written."""
    text = (
        f"index {index.handle!r} follows its table with a delay, and this task has just written there: read by the "
        "table's key, or wait by until()."
    )
    return (Hint("DA005", text),)
