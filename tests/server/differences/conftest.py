"""What the probes talk through."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from dynamorm_async.testing.engines import Engine
from tests.support.bare import Bare


@pytest.fixture(scope="session")
def http_client() -> Iterator[httpx.Client]:
    """One client for all probes of a worker."""
    with httpx.Client(verify=False, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def bare(engine: Engine, http_client: httpx.Client) -> Bare:
    """The engine, with nothing in between."""
    return Bare(http_client, engine.endpoint)
