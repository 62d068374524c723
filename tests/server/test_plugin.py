"""The pytest plugin, as a project that only installed ``[testing]`` meets it."""

from __future__ import annotations

import asyncio
import os
from importlib import metadata

import pytest

from dynamorm_async import Session

pytest_plugins = ["pytester"]

SUITE = """
import asyncio
import pytest
from dynamorm_async import Attr, Model, partition_key


class Thing(Model[str], table="things"):
    id: Attr[str] = partition_key()


@pytest.mark.asyncio
@pytest.mark.dynamorm(models=[Thing])
@pytest.mark.parametrize("name", ["a", "b"])
async def test_tables_are_each_test_s_own(dynamorm_tables, name):
    await Thing(id="same").create()
    assert [thing.id for thing in await Thing.scan()] == ["same"]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio_tests_have_it_too(dynamorm_session, anyio_backend):
    await dynamorm_session.create_table(Thing)
    assert await Thing.get_or_none("x") is None


def test_the_engine_is_there(dynamorm_engine):
    assert dynamorm_engine.endpoint.startswith("http://127.0.0.1:")
"""


@pytest.fixture
def project(pytester):
    """A project with one test file."""
    pytester.makepyfile(test_suite=SUITE)
    pytester.makeini("[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


INSTALLED = any(entry.name == "dynamorm_async" for entry in metadata.entry_points(group="pytest11"))
PLUGIN = ("-p", "dynamorm_async.testing.plugin", "-p", "no:cacheprovider")


def run(project, *options):
    """Run the project's tests in a process of their own."""
    return project.runpytest_subprocess(*(() if INSTALLED else PLUGIN), *options)


def test_fixtures_serve_asyncio_and_anyio_tests(project):
    """Strict mode, both plugins, a table of its own for each test."""
    run(project).assert_outcomes(passed=4)


def test_workers_do_not_meet(project):
    """Under xdist each worker has an engine of its own."""
    run(project, "-n", "2").assert_outcomes(passed=4)


def test_a_missing_engine_is_one_clear_error(project):
    """It says what to do, once for each test that needed it."""
    result = run(project, "--dynamorm-engine", "dynamodb-local")

    assert result.parseoutcomes()["errors"] == 4
    result.stdout.fnmatch_lines(["*EngineNotAvailableError*"])


def test_an_unknown_model_in_the_settings_is_named(project):
    """A typing error is found at the first test."""
    project.makeini("[pytest]\ndynamorm_models = test_suite:Thang\n")

    result = run(project, "-k", "tables")

    result.stdout.fnmatch_lines(["*test_suite:Thang*package.module:Model*"])


LOOPS = """
import pytest
from dynamorm_async import Attr, Model, partition_key


class Thing(Model[str], table="things"):
    id: Attr[str] = partition_key()


async def one_alone():
    await Thing(id="same").create()
    assert [thing.id for thing in await Thing.scan()] == ["same"]


for scope in ("function", "class", "module", "package", "session"):
    for name in "ab":

        async def case(dynamorm_tables):
            await one_alone()

        marked = pytest.mark.asyncio(loop_scope=scope)(pytest.mark.dynamorm(models=[Thing])(case))
        globals()[f"test_{scope}_{name}"] = marked


@pytest.mark.asyncio
@pytest.mark.dynamorm(models=[Thing])
async def test_by_default(dynamorm_tables):
    await one_alone()
"""


@pytest.mark.parametrize("default", ["function", "session"])
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_fixtures_are_on_the_loop_of_the_test(project, mode, default):
    """Whatever scope the loop has that a test is marked for, and whatever the configuration says."""
    settings = f"asyncio_mode = {mode}\nasyncio_default_test_loop_scope = {default}\n"
    project.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{settings}")
    project.makepyfile(test_suite=LOOPS)

    run(project).assert_outcomes(passed=11)


NOT_THERE = """
import sys


class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name == "pytest_asyncio":
            raise ModuleNotFoundError("No module named 'pytest_asyncio'", name=name)


sys.meta_path.insert(0, Refusing())
"""


def test_a_run_without_pytest_asyncio_goes_on(project, monkeypatch):
    """anyio's tests have the fixtures all the same; nothing is imported that is not there."""
    project.makepyfile(
        sitecustomize=NOT_THERE,
        test_suite=SUITE[: SUITE.index("@pytest.mark.asyncio")] + SUITE[SUITE.index("@pytest.mark.anyio") :],
    )
    project.makeini("[pytest]\n")
    monkeypatch.setenv("PYTHONPATH", str(project.path), prepend=os.pathsep)

    run(project, "-p", "no:asyncio").assert_outcomes(passed=2)


def test_a_test_without_a_loop_is_told(project):
    """Neither plugin runs it."""
    project.makeini("[pytest]\n")

    result = run(project, "-p", "no:asyncio", "-k", "own", "-W", "ignore::pytest.PytestUnknownMarkWarning")

    result.stdout.fnmatch_lines(["*the test has no event loop: install pytest-asyncio*"])


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ("models=[Thing, 'Thang']", "*'Thang' is not a model*"),
        ("models='things'", "*'things' is not a model*"),
    ],
)
def test_a_mark_that_names_no_model_is_told(project, models, told):
    """At the test that has the mark, with what to write."""
    project.makepyfile(test_suite=SUITE.replace("models=[Thing]", models))

    result = run(project, "-k", "own")

    assert result.parseoutcomes() == {"errors": 2, "deselected": 2}
    result.stdout.fnmatch_lines([told])


async def tables_of(endpoint):
    """The names of all tables of tests there."""
    names, page = [], {}
    async with Session(endpoint=endpoint) as session:
        while page is not None:
            answer = await session.call("ListTables", page)
            names += answer["TableNames"]
            last = answer.get("LastEvaluatedTableName")
            page = last and {"ExclusiveStartTableName": last}
    return {name for name in names if name.startswith("t-")}


def test_nothing_is_left_on_an_endpoint_that_was_given(project, engine):
    """Its tables would stay for ever: those of the mark, and those that a test made itself."""
    before = asyncio.run(tables_of(engine.endpoint))

    run(project, "--dynamorm-engine", engine.endpoint).assert_outcomes(passed=4)

    assert set() == asyncio.run(tables_of(engine.endpoint)) - before


def test_a_test_on_another_loop_than_asyncio_s_is_skipped(project):
    """anyio runs a test on trio too where that is installed; the reason says what to do."""
    project.makepyfile(test_suite=SUITE.replace('"anyio_backend", ["asyncio"]', '"anyio_backend", ["asyncio", "trio"]'))

    result = run(project, "-k", "anyio", "-rs")

    result.assert_outcomes(passed=1, skipped=1, deselected=3)
    result.stdout.fnmatch_lines(["*dynamorm-async needs asyncio, not trio: *anyio_backend*"])


KILLED = """
import os
import signal

import pytest
from dynamorm_async import Attr, Model, partition_key


class Thing(Model[str], table="things"):
    id: Attr[str] = partition_key()


@pytest.mark.asyncio
@pytest.mark.dynamorm(models=[Thing])
async def test_first(dynamorm_tables, dynamorm_engine):
    os.kill(dynamorm_engine.pid, signal.SIGKILL)
    await Thing(id="x").put()


@pytest.mark.asyncio
@pytest.mark.dynamorm(models=[Thing])
async def test_later(dynamorm_tables):
    await Thing(id="x").put()


def test_another():
    assert False
"""


def test_an_engine_that_ends_is_named_with_the_tests_that_fail_for_it(project):
    """With its exit code; not with tests that have nothing to do with it; and at the end of the run."""
    project.makepyfile(test_suite=KILLED)

    result = run(project, "-o", "dynamorm_engine=moto")

    told = [line for line in result.outlines if line == "the engine 'moto' ended with code -9 while it was in use."]
    assert 2 == len(told)
    result.stdout.fnmatch_lines(["*- DynamoDB engine -*", "*EngineFailedError: the engine 'moto' ended with code -9*"])
