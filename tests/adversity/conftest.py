"""An engine whose tables stay, and the sixty faults as a table at the end of the run."""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from dynamorm_async import Session
from tests.support.adversity import MODELS, before
from tests.support.engines import selected

if TYPE_CHECKING:
    from dynamorm_async.testing.engines import Engine

_FAULT = re.compile(r"::test_fault_0*(\d+)_")

SIXTY = {
    1: "two attributes with one name",
    2: "a key of a wrong type",
    3: "an ambiguous key template",
    4: "an index on nothing, or twice",
    5: "reserved and odd names",
    6: "an encrypted attribute as key, filter or TTL",
    7: "version or TTL of a wrong type",
    8: "types that cannot be resolved",
    9: "an expression for a field name",
    10: "an expression for an operator",
    11: "naughty strings",
    12: "numbers that DynamoDB has not",
    13: "sets that DynamoDB has not",
    14: "nesting without end",
    15: "an item too large by a byte",
    16: "keys out of range",
    17: "batches and transactions out of range",
    18: "an update of nothing, twice, or of the key",
    19: "limits and segments out of range",
    20: "a read outside its tenant",
    21: "an endpoint that cannot be reached",
    22: "a reset after the request was read",
    23: "the same, for a conditional create",
    24: "the same, for a versioned save",
    25: "the same, for a transaction",
    26: "an answer that is cut",
    27: "an answer that is not DynamoDB's",
    28: "a checksum that does not fit",
    29: "a redirect",
    30: "an answer in drops",
    31: "an answer without end",
    32: "bombs in an answer",
    33: "throttling that ends",
    34: "the published retry cases",
    35: "a service that fails for ever",
    36: "one table fails, another does not",
    37: "a cancelled transaction",
    38: "a transaction in progress for ever",
    39: "a token that is too old",
    40: "a batch left undone in part",
    41: "a batch stopped by a refusal",
    42: "a batch of reads that is too large",
    43: "old credentials, and a wrong clock",
    44: "empty pages, and a page twice",
    45: "cancellation at every await",
    46: "a stream left early",
    47: "a batch left by an exception",
    48: "a pool that is full",
    49: "other event loops, and closing",
    50: "a fork",
    51: "credentials that cannot be renewed",
    52: "five million items",
    53: "a forged cursor",
    54: "mass assignment",
    55: "secrets in logs and traces",
    56: "a type named by data",
    57: "ciphertext moved or changed",
    58: "a key service that is down",
    59: "the admin page under attack",
    60: "unsafe settings, and two migrators",
}


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, start_engine: Callable[[str], Engine]) -> str:
    """The endpoint of one engine: dynoxide where it is installed, because it is the fastest and the most exact."""
    chosen = selected(request.config.getoption("--engine"))
    return start_engine("dynoxide" if "dynoxide" in chosen else chosen[-1]).endpoint


@pytest_asyncio.fixture
async def engine_url(backend: str) -> AsyncIterator[tuple[str, str]]:
    """An endpoint, and a prefix under which every model has its table."""
    prefix = f"{uuid.uuid4().hex[:10]}-"
    async with Session(endpoint=backend, table_prefix=prefix) as db:
        for model in MODELS:
            await db.create_table(model)
    yield backend, prefix


@pytest.fixture
def world(engine_url: tuple[str, str]):
    """``async with world(*script, **options) as (proxy, db)``: an engine behind a proxy, with its tables."""
    endpoint, prefix = engine_url

    def open_world(*script, **options):
        return before(endpoint, *script, table_prefix=prefix, **options)

    return open_world


@pytest_asyncio.fixture
async def truth(engine_url: tuple[str, str]) -> AsyncIterator[Session]:
    """A session that goes past every fault."""
    endpoint, prefix = engine_url
    async with Session(endpoint=endpoint, table_prefix=prefix) as db:
        yield db


# ---------------------------------------------------------------- the table


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """One line for each of the sixty."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(outcome, ()):
            match = _FAULT.search(getattr(report, "nodeid", ""))
            if match and (getattr(report, "when", "call") == "call" or outcome in {"error", "skipped"}):
                found[int(match[1])][outcome] += 1
    if not found:
        return
    terminalreporter.section("the sixty faults")
    for number, words in SIXTY.items():
        counts = found.get(number)
        result = "no test in this run" if not counts else ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
        terminalreporter.write_line(f"{number:>3}  {words:<48} {result}")
