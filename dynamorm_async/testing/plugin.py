"""The pytest plugin: an engine for the run, a session for the test, tables of its own.

Loaded in every pytest run of an environment that has this library, so it imports nothing of it until a fixture is
asked for.

- ``dynamorm_engine``: a DynamoDB engine in a child process, one for each worker.
- ``dynamorm_session``: an open `Session` on it; its tables are no other test's.
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
from collections.abc import AsyncGenerator, Generator, Iterable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from dynamorm_async import Session
    from dynamorm_async.testing.engines import Engine

__all__ = (
    "dynamorm_engine",
    "dynamorm_session",
    "dynamorm_tables",
    "pytest_addoption",
    "pytest_configure",
)


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
        yield running


@pytest_asyncio.fixture
async def dynamorm_session(dynamorm_engine: Engine) -> AsyncGenerator[Session]:
    """An open session; the names of its tables begin with something that no other test has."""
    from dynamorm_async import Session

    async with Session(endpoint=dynamorm_engine.endpoint, table_prefix=f"t-{uuid.uuid4().hex[:12]}-") as session:
        yield session


@pytest_asyncio.fixture
async def dynamorm_tables(dynamorm_session: Session, request: pytest.FixtureRequest) -> Session:
    """The session, with the tables of ``@pytest.mark.dynamorm(models=[...])`` and of the setting."""
    tables: dict[str | None, list[Any]] = {}
    for model in dict.fromkeys((*_marked(request), *map(_named, request.config.getini("dynamorm_models")))):
        tables.setdefault(model.__dynamorm_spec__.table.name, []).append(model)
    for models in tables.values():
        await dynamorm_session.create_table(*models)
    return dynamorm_session


def _marked(request: pytest.FixtureRequest) -> Iterable[Any]:
    return (model for mark in request.node.iter_markers("dynamorm") for model in mark.kwargs["models"])


def _named(text: str) -> Any:
    module, _, name = text.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(f"dynamorm_models: {text!r} cannot be found; write package.module:Model") from error
