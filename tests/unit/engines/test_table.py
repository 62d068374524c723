"""The table of tests and engines at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
CONFTEST = """
import sys
sys.path.insert(0, ROOT)
from tests.support.engine_table import EngineTable
from tests.support.engines import parameters

def pytest_configure(config):
    for line in ("lacks(*a, **k)", "wrong_on(*a, **k)"):
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(EngineTable(["one", "two"], FILE))

def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", parameters(["one", "two"], metafunc.definition.iter_markers()))
"""
SUITE = """
import pytest

def test_right(engine, record_property):
    record_property("figure", "7 a second")

@pytest.mark.wrong_on("one", reason="rounds")
def test_sum(engine):
    assert engine == "two"

@pytest.mark.lacks("two", reason="no streams")
def test_stream(engine): pass

def test_broken(engine):
    assert engine == "one", "not the one"

@pytest.mark.parametrize("value", [1, 2])
def test_plain(value): pass
"""


def conftest(file):
    """The configuration of a project whose table goes there, too."""
    return CONFTEST.replace("ROOT", repr(str(ROOT))).replace("FILE", repr(file and str(file)))


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_every_end_is_counted_by_file_and_engine(pytester, options):
    """In one process and in several alike; what did not pass says why, and a file has the same."""
    written = pytester.path / "table.txt"
    pytester.makeini("[pytest]\n")  # wherever the folder of the test is, this is the root
    pytester.makeconftest(conftest(written))
    folder = pytester.mkdir("server")
    (folder / "test_sums.py").write_text(SUITE)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    expected = [
        "      one         two                      no engine",
        "sums  3, 1 wrong  2, 1 FAILED, 1 left out  2",
        "all   3, 1 wrong  2, 1 FAILED, 1 left out  2",
        "",
        "figures:",
        "  one: 7 a second  (test_right[[]one[]])",
        "  two: 7 a second  (test_right[[]two[]])",
        "",
        "FAILED:",
        "  two: call: AssertionError: not the one*(test_broken)",
        "",
        "left out:",
        "  two: no streams  (test_stream)",
        "",
        "wrong:",
        "  one: rounds  (test_sum)",
    ]
    result.stdout.fnmatch_lines(["=* tests x engines =*", *expected], consecutive=True)
    assert result.ret == 1
    assert len(expected) == len(written.read_text(encoding="utf-8").splitlines())


def test_a_run_without_engines_has_no_table(pytester):
    """Nothing is shown where there is nothing to tell."""
    pytester.makeconftest(conftest(None))
    pytester.makepyfile("def test_plain(): pass")

    assert "tests x engines" not in pytester.runpytest_subprocess("-p", "no:cacheprovider").stdout.str()
