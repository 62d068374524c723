"""What a project built on this library tests with: engines that run here, and faults on purpose.

- `local` opens a session on an engine of its own.
- `FakeSession` expects calls and answers them, without any engine.
- `budget` fails a test that spends more requests or capacity than it was meant to.
- `recorded` keeps the calls of a real session in a file, and plays them back.
- `load_fixture` stores items of instances, YAML or JSON, and hands them back by model.
- `engine` starts a DynamoDB engine by name; see `dynamorm_async.testing.engines`.
- `dynamorm_async.testing.faults` is an endpoint that misbehaves as told.
"""

from dynamorm_async.testing.budgets import BudgetExceededError, Spending, budget
from dynamorm_async.testing.clocks import InstantClock
from dynamorm_async.testing.data import Loaded, load_fixture
from dynamorm_async.testing.differences import UnexpectedCallError
from dynamorm_async.testing.engines import (
    Engine,
    EngineFailedError,
    EngineKind,
    EngineNotAvailableError,
    engine,
    register_engine,
)
from dynamorm_async.testing.fakes import (
    BatchExpectation,
    Expectation,
    FakeSession,
    FakeTenantSession,
    TransactionExpectation,
)
from dynamorm_async.testing.recording import Recorder, Replayer, recorded
from dynamorm_async.testing.sessions import local

__all__ = (
    "BatchExpectation",
    "BudgetExceededError",
    "Engine",
    "EngineFailedError",
    "EngineKind",
    "EngineNotAvailableError",
    "Expectation",
    "FakeSession",
    "FakeTenantSession",
    "InstantClock",
    "Loaded",
    "Recorder",
    "Replayer",
    "Spending",
    "TransactionExpectation",
    "UnexpectedCallError",
    "budget",
    "engine",
    "load_fixture",
    "local",
    "recorded",
    "register_engine",
)
