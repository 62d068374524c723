"""DynamoDB engines for tests: started by name on a free loopback port, and never left behind.

- ``moto``: moto's server, the default: pure Python, any platform. ``pip install 'dynamorm-async[testing]'``
- ``dynoxide``: a native binary, ready in milliseconds, the most faithful.
  ``python -m dynamorm_async.testing install dynoxide``
- ``ministack``: the second opinion, in a virtual environment of its own.
  ``python -m dynamorm_async.testing install ministack``
- ``dynamodb-local``: AWS's own, from a jar that you supply. ``DYNAMODB_LOCAL_JAR``, or ``DynamoDBLocal(jar=...)``
- a URL: an endpoint that runs already. ``engine("http://127.0.0.1:8000")``
"""

from dynamorm_async.testing.engines.dynamodb_local import DynamoDBLocal
from dynamorm_async.testing.engines.dynoxide import Dynoxide
from dynamorm_async.testing.engines.kinds import (
    Command,
    Engine,
    EngineFailedError,
    EngineKind,
    EngineNotAvailableError,
)
from dynamorm_async.testing.engines.ministack import Ministack
from dynamorm_async.testing.engines.moto import Moto
from dynamorm_async.testing.engines.registry import engine, engines, register_engine, why_not_available

__all__ = (
    "Command",
    "DynamoDBLocal",
    "Dynoxide",
    "Engine",
    "EngineFailedError",
    "EngineKind",
    "EngineNotAvailableError",
    "Ministack",
    "Moto",
    "engine",
    "engines",
    "register_engine",
    "why_not_available",
)
