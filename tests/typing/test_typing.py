"""mypy --strict and pyright accept every right use and refuse the planted mistakes, each under its code."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.typing.catalogue import OURS, kinds, mypy, pyright

HERE = Path(__file__).parent
RIGHT = HERE / "right.py"
PLANTED = kinds(OURS)
FEWEST = 230
"""Kinds that both checkers must find."""


@pytest.mark.parametrize("check", [mypy, pyright])
def test_right_uses_are_accepted(check):
    """No line of the file of right uses is refused."""
    assert dict(check([RIGHT])) == {}


@pytest.mark.parametrize(("number", "check"), [(0, mypy), (1, pyright)], ids=["mypy", "pyright"])
def test_planted_mistakes_are_refused(number, check):
    """Each at its very line and under its code; what is known to slip through does; no right line is blamed. # R151"""
    errors = check(sorted(OURS.glob("*.py")))
    wrong = {(kind.file, kind.wrong) for kind in PLANTED}
    other = {
        kind.name: (kind.expected[number], sorted(errors.get((kind.file, kind.wrong), ())))
        for kind in PLANTED
        if not _as_expected(kind.expected[number], errors.get((kind.file, kind.wrong), frozenset()))
    }

    assert {"other": {}, "blamed": []} == {"other": other, "blamed": sorted(set(errors) - wrong)}


def _as_expected(code: str | None, found: frozenset[str]) -> bool:
    return not found if code is None else code in found


def test_each_kind_has_a_name_of_its_own_and_a_right_use():
    """So that the page can name it, and so that refusing everything would not do."""
    names = Counter(kind.name for kind in PLANTED)

    assert [] == [name for name, times in names.items() if times > 1 or not name]
    assert [] == [kind.name for kind in PLANTED if not kind.right]


def test_enough_kinds_are_found_by_both():
    """A kind is not quietly given up."""
    assert sum(None not in kind.expected for kind in PLANTED) >= FEWEST
