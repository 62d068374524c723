"""The page of mistakes says what the programs say, and these say what the checkers say."""

from __future__ import annotations

import importlib.util

import pytest

from tests.typing.catalogue import OURS, PEERS, kinds, mypy, pyright
from tests.typing.page import LIBRARIES, PAGE, REASONS, page

NEEDED = ("pynamodb", "pydynox", "aiodynamo", "types_aiobotocore_dynamodb")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]


def test_the_page_is_up_to_date():
    """It is made of the marks in the programs. # R2, R151"""
    assert page() == PAGE.read_text(encoding="utf-8"), "run: python -m tests.typing.page"


def test_whatever_is_not_found_has_a_reason():
    """And only that."""
    assert {kind.name for kind in kinds(OURS) if not all(kind.caught)} == set(REASONS)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_peer_has_no_kind_of_its_own(library):
    """A kind is compared by its name."""
    names = [kind.name for kind in kinds(PEERS, f"{library}.py")]

    assert (set(), len(names)) == (set(names) - {kind.name for kind in kinds(OURS)}, len(set(names)))


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
@pytest.mark.parametrize(("number", "check"), [(0, mypy), (1, pyright)], ids=["mypy", "pyright"])
def test_the_peers_are_as_it_is_written_down(number, check):
    """Fair to them: a new release that finds more has to be told of."""
    errors = check(sorted(PEERS.glob("*.py")))
    planted = kinds(PEERS)

    assert [] == [
        (kind.file.name, kind.name)
        for kind in planted
        if (kind.expected[number] is not None) != ((kind.file, kind.wrong) in errors)
        or (kind.refused[number] is not None) != any((kind.file, line) in errors for line in kind.right)
    ]
