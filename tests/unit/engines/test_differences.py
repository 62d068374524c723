"""The page of what engines get wrong says what the tests say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.engine_page import ORDER, PAGE, PROBES, page, probes
from tests.support.engines import KNOWN

TESTS = Path(__file__).parents[2]


def test_the_page_is_what_the_tests_declare():
    """Write it anew with ``nox -s engines``, or ``python -m tests.support.engine_page``."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_area_is_on_the_page():
    """No file of probes is left out."""
    assert {path.stem for path in PROBES.glob("test_*.py")} == {f"test_{area}" for area in ORDER}


@pytest.mark.parametrize("probe", probes(), ids=lambda probe: probe.name)
def test_a_row_is_about_a_fault(probe):
    """Each is wrong somewhere, on engines that the page has a column for, and says in one line what is right."""
    assert probe.wrong
    assert set(KNOWN) >= set(probe.wrong)
    assert "\n" not in probe.service


def lacking():
    """Every mark that leaves an engine out, wherever it stands, by its place."""
    for path in TESTS.rglob("test_*.py"):
        if path.parent == Path(__file__).parent:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "lacks":
                shown_by = [keyword.value.value for keyword in node.keywords if keyword.arg == "shown_by"]
                yield f"{path.relative_to(TESTS)}:{node.lineno}", node.args[0].value, *(shown_by or [None])


@pytest.mark.parametrize(("place", "named", "shown_by"), list(lacking()))
def test_what_leaves_an_engine_out_is_shown(place, named, shown_by):
    """A test that is left out on an engine names the one that shows the fault, so that it comes back when it can."""
    assert shown_by in {probe.name for probe in probes() if named in probe.wrong}, place
