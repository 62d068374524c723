"""What a project built on this library tests with: engines that run here, and faults on purpose.

- `local` opens a session on an engine of its own.
- `FakeSession` expects calls and answers them, without any engine.
- `engine` starts a DynamoDB engine by name; see `dynamorm_async.testing.engines`.
- `dynamorm_async.testing.faults` is an endpoint that misbehaves as told.
"""

from dynamorm_async.testing.engines import (
    Engine,
    EngineFailedError,
    EngineKind,
    EngineNotAvailableError,
    engine,
    register_engine,
)
from dynamorm_async.testing.fakes import Expectation, FakeSession, UnexpectedCallError
from dynamorm_async.testing.sessions import local

__all__ = (
    "Engine",
    "EngineFailedError",
    "EngineKind",
    "EngineNotAvailableError",
    "Expectation",
    "FakeSession",
    "UnexpectedCallError",
    "engine",
    "local",
    "register_engine",
)
