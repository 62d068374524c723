"""Fixtures of every test: engines, sessions and an environment without anybody's AWS account in it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from anyio.from_thread import start_blocking_portal
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dynamorm_async import Session
    from dynamorm_async.testing.engines import Engine

# The examples are in no wheel. Their folder is named here, since on the path the checkout would hide what is installed.
_examples = ModuleType("examples")
_examples.__path__ = [str(Path(__file__).parents[1] / "examples")]
sys.modules.setdefault("examples", _examples)

# No deadline: nothing here may depend on how busy the machine is.
settings.register_profile("fast", max_examples=30, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, print_blob=True)
settings.register_profile("thorough", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--engine`` and ``--engine-table``."""
    text = "engine to run on: moto, dynoxide, ministack, a URL, several between commas, or `all` that are installed"
    parser.addoption("--engine", action="append", default=[], help=text)
    parser.addoption("--engine-table", default=None, metavar="FILE", help="write the table of tests and engines there")


ENGINES = pytest.StashKey[list[str]]()


def chosen_engines(config: pytest.Config) -> list[str]:
    """The engines of this run, settled at the first need: a test without one needs none of that room."""
    if ENGINES not in config.stash:
        from tests.support.engines import selected

        config.stash[ENGINES] = selected(config.getoption("--engine"))
    return config.stash[ENGINES]


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C reach the programs under test even where this run itself is in the background, which ignores it.

    Stop a run that asks for an engine which is not there before it starts.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--engine"):
        from tests.support.engine_table import EngineTable

        config.pluginmanager.register(EngineTable(chosen_engines(config), config.getoption("--engine-table")))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which engines were asked for."""
    return f"engines: {', '.join(chosen_engines(config))}" if config.getoption("--engine") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for ``engine`` once on each of them."""
    if "engine" in metafunc.fixturenames:
        from tests.support.engines import parameters

        chosen = parameters(chosen_engines(metafunc.config), metafunc.definition.iter_markers())
        metafunc.parametrize("engine", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def no_account() -> Iterator[None]:
    """Keep the developer's own AWS settings out of the tests, and the tests out of the developer's account."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def start_engine() -> Iterator[Callable[[str], Engine]]:
    """Start an engine at its first use in this worker; all end with the worker."""
    from dynamorm_async.testing.engines import engine

    started: dict[str, Engine] = {}
    with start_blocking_portal() as portal, ExitStack() as stack:

        def start(name: str) -> Engine:
            if name not in started:
                started[name] = stack.enter_context(portal.wrap_async_context_manager(engine(name)))
            return started[name]

        yield start


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, start_engine: Callable[[str], Engine]) -> Engine:
    """An engine that answers; a test that asks for it runs once on each engine of this run."""
    return start_engine(request.param)


@pytest_asyncio.fixture
async def db(engine: Engine) -> AsyncIterator[Session]:
    """An open session on ``engine``, made on the loop of the test; its tables are no other test's."""
    from dynamorm_async import Session

    async with Session(endpoint=engine.endpoint, table_prefix=f"{uuid.uuid4().hex[:12]}-") as session:
        yield session


@pytest.fixture
def table_name() -> str:
    """A table name that no other test uses, so that tests share an engine and nothing else."""
    return f"t-{uuid.uuid4().hex[:12]}"
