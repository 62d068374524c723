"""The pytest plugin: an engine for the run, a session for the test, tables of its own.

Loaded in every pytest run of an environment that has this library, so it imports nothing of it until a fixture is
asked for.

- ``dynamorm_engine``: a DynamoDB engine in a child process, one for each worker.
- ``dynamorm_session``: an open `Session` on it; its tables are no other test's. On an endpoint that was given by its
  URL they are deleted after the test.
- ``dynamorm_tables``: the same session, after the tables of the marked or configured models were made.

Example:
    ```python
    @pytest.mark.asyncio
    @pytest.mark.dynamorm(models=[User])
    async def test_a_user_is_found(dynamorm_tables):
        await User(org="acme", id="1").create()

        assert await User.get("acme", "1")
    ```
"""

from __future__ import annotations

import importlib
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

try:
    import pytest_asyncio
except ImportError:  # a run with anyio's plugin alone
    pytest_asyncio = None  # type: ignore[assignment]  # asked for below

if TYPE_CHECKING:
    from dynamorm_async import Session
    from dynamorm_async.testing.engines import Engine

__all__ = (
    "dynamorm_engine",
    "dynamorm_session",
    "dynamorm_tables",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_makereport",
)

_ENGINE = pytest.StashKey["Engine"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--dynamorm-engine`` and the settings ``dynamorm_engine`` and ``dynamorm_models``."""
    text = "DynamoDB engine for tests: moto (default), dynoxide, ministack, dynamodb-local, or an endpoint's URL"
    parser.getgroup("dynamorm-async").addoption("--dynamorm-engine", default=None, help=text)
    parser.addini("dynamorm_engine", text, default="moto")
    parser.addini("dynamorm_models", "models whose tables every test gets: package.module:Model", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "dynamorm(models): the models whose tables `dynamorm_tables` makes.")


@pytest.fixture(scope="session")
def dynamorm_engine(request: pytest.FixtureRequest) -> Generator[Engine]:
    """A DynamoDB engine that answers on this machine, for all tests of this worker.

    Raises:
        EngineNotAvailableError: The engine is not installed; says how to get it.
    """
    from anyio.from_thread import start_blocking_portal

    from dynamorm_async.testing.engines import engine

    name = request.config.getoption("--dynamorm-engine") or request.config.getini("dynamorm_engine")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(engine(name)) as running:
        request.config.stash[_ENGINE] = running
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a test that failed that its engine has ended, which else looks like a network that is down."""
    report = yield
    running = item.config.stash.get(_ENGINE, None)
    names: Iterable[str] = getattr(item, "fixturenames", ())
    if report.failed and running is not None and any(name.startswith("dynamorm_") for name in names):
        failure = running.failure()
        if failure is not None:
            report.sections.append(("DynamoDB engine", str(failure)))
    return report


@pytest.fixture
def dynamorm_session(request: pytest.FixtureRequest) -> Session:
    """An open session; the names of its tables begin with something that no other test has."""
    session: Session = request.getfixturevalue(f"_dynamorm_session_{_loop_of(request)}")
    return session


@pytest.fixture
def dynamorm_tables(request: pytest.FixtureRequest) -> Session:
    """The session, with the tables of ``@pytest.mark.dynamorm(models=[...])`` and of the setting."""
    session: Session = request.getfixturevalue(f"_dynamorm_tables_{_loop_of(request)}")
    return session


# ---------------------------------------------------------------- on the loop of the test
# A session belongs to the loop that opened it. Who runs a test, and on which loop, is known when the test asks; but
# pytest-asyncio wants the loop named where a fixture is defined, and anyio's plugin takes only what pytest-asyncio
# leaves. So there is one pair of fixtures for each.


def _loop_of(request: pytest.FixtureRequest) -> str:
    """Where the test runs: ``"anyio"``, or the scope of pytest-asyncio's loop."""
    if "anyio_backend" in request.fixturenames:
        backend = request.getfixturevalue("anyio_backend_name")
        if backend != "asyncio":
            pytest.skip(f"dynamorm-async needs asyncio, not {backend}: let a fixture anyio_backend return 'asyncio'")
        return "anyio"
    if pytest_asyncio is None or not request.config.pluginmanager.has_plugin("asyncio"):
        raise pytest.UsageError("the test has no event loop: install pytest-asyncio, or mark it with pytest.mark.anyio")
    mark = request.node.get_closest_marker("asyncio")
    scope: str = (mark and mark.kwargs.get("loop_scope")) or request.config.getini("asyncio_default_test_loop_scope")
    return scope


def _pair(loop: str, fixture: Callable[..., Any]) -> Mapping[str, object]:
    """The two asynchronous fixtures of a loop, by name."""

    async def opened(dynamorm_engine: Engine) -> AsyncGenerator[Session]:
        from dynamorm_async import Session

        prefix = f"t-{uuid.uuid4().hex[:12]}-"
        async with Session(endpoint=dynamorm_engine.endpoint, table_prefix=prefix) as session:
            yield session
            # An engine that was started for this run keeps nothing.
            if dynamorm_engine.pid is None:
                await _delete_tables(session, prefix)

    async def with_tables(dynamorm_session: Session, request: pytest.FixtureRequest) -> Session:
        for models in _wanted(request):
            await dynamorm_session.create_table(*models)
        return dynamorm_session

    functions = {f"_dynamorm_session_{loop}": opened, f"_dynamorm_tables_{loop}": with_tables}
    return {name: fixture(name=name)(function) for name, function in functions.items()}


globals().update(_pair("anyio", pytest.fixture))
if pytest_asyncio is not None:
    for _scope in ("function", "class", "module", "package", "session"):
        globals().update(_pair(_scope, partial(pytest_asyncio.fixture, loop_scope=_scope)))


# ---------------------------------------------------------------- which tables


async def _delete_tables(session: Session, prefix: str) -> None:
    """Delete the tables whose names begin so, whoever made them."""
    names: list[str] = []
    page: dict[str, Any] = {}
    while True:
        answer = await session.call("ListTables", page)
        names += [name for name in answer["TableNames"] if name.startswith(prefix)]
        page = {"ExclusiveStartTableName": answer.get("LastEvaluatedTableName")}
        if not page["ExclusiveStartTableName"]:
            break
    for name in names:
        await session.call("DeleteTable", {"TableName": name})


def _wanted(request: pytest.FixtureRequest) -> Iterable[list[Any]]:
    """The models of the mark and of the setting, those of one table together."""
    tables: dict[str | None, list[Any]] = {}
    for model in dict.fromkeys((*_marked(request), *map(_named, request.config.getini("dynamorm_models")))):
        tables.setdefault(model.__dynamorm_spec__.table.name, []).append(model)
    return tables.values()


def _marked(request: pytest.FixtureRequest) -> Iterable[Any]:
    for mark in request.node.iter_markers("dynamorm"):
        named: Any = mark.kwargs.get("models", mark.args)
        models: Iterable[Any] = (named,) if isinstance(named, type | str) else named
        for model in models:
            if not hasattr(model, "__dynamorm_spec__"):
                raise pytest.UsageError(f"@pytest.mark.dynamorm: {model!r} is not a model; write models=[User, ...]")
            yield model


def _named(text: str) -> Any:
    module, _, name = text.partition(":")
    try:
        model = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(f"dynamorm_models: {text!r} cannot be found; write package.module:Model") from error
    if not hasattr(model, "__dynamorm_spec__"):
        raise pytest.UsageError(f"dynamorm_models: {text!r} is not a model")
    return model
