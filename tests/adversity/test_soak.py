"""Hours in minutes: 256 writers through a failing proxy in front of an engine, and an audit of every write.

``nox -s soak`` runs it for ten minutes; by itself it takes fifteen seconds, or ``SOAK_SECONDS``.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
import warnings
from collections import Counter
from pathlib import Path

import attrs
import pytest

from dynamorm_async import Outcome
from dynamorm_async.errors import DynamormError
from dynamorm_async.testing.faults import Cut, Delay, HangUp, Reset, Throttle, Unavailable
from tests.support.adversity import Account, Job, Log

SECONDS = float(os.environ.get("SOAK_SECONDS", "15"))
WRITERS = 256
COUNTERS = [f"counter-{number}" for number in range(32)]
JOBS = [f"job-{number}" for number in range(16)]
FAULTS = [
    Reset.after_request(chance=0.01, times=None),
    Reset.after_request(applied=False, chance=0.01, times=None),
    Unavailable(applied=True, chance=0.01, times=None),
    Unavailable(503, chance=0.01, times=None),
    Throttle(chance=0.005, times=None),
    Cut(7, chance=0.005, times=None),
    Cut.before_head(chance=0.005, times=None),
    HangUp(chance=0.01, times=None),
    Delay(0.05, chance=0.02, times=None),
]


@attrs.define
class Ledger:
    """What the library said of the writes."""

    counted: Counter[tuple[str, Outcome]] = attrs.field(factory=Counter)
    unsure: dict[tuple[str, str], Outcome] = attrs.field(factory=dict)
    """Of single writes only those that were not called applied, so that memory stays flat."""
    errors: Counter[str] = attrs.field(factory=Counter)
    writes: int = 0

    def note(self, name: str, outcome: Outcome, entry: str = "") -> None:
        self.writes += 1
        self.counted[name, outcome] += 1
        if entry and outcome is not Outcome.APPLIED:
            self.unsure[name, entry] = outcome

    def between(self, name: str) -> range:
        """How many writes under this name took effect, as far as anyone can say."""
        done, unknown = self.counted[name, Outcome.APPLIED], self.counted[name, Outcome.UNKNOWN]
        return range(done, done + unknown + 1)


class Writer:
    """One of the many."""

    def __init__(self, number: int, ledger: Ledger) -> None:
        self.name, self.ledger = f"writer-{number}", ledger
        self.dice = random.Random(number)
        self.logs = self.entries = 0

    async def work(self, until: float) -> None:
        """Write until then."""
        kinds = [self.log] * 6 + [self.count] * 3 + [self.count_once, self.append, self.save]
        while time.monotonic() < until:
            await self.dice.choice(kinds)()

    async def log(self) -> None:
        """An item of its own."""
        self.logs += 1
        await self._do(Log(name=self.name, n=self.logs).put(), self.name, str(self.logs))

    async def count(self) -> None:
        """A counter of all, sent once."""
        name = self.dice.choice(COUNTERS)
        await self._do(Account.with_key(name).update(Account.credits.add(1)), name)

    async def count_once(self) -> None:
        """The same counter, sent as often as it takes."""
        name = self.dice.choice(COUNTERS)
        await self._do(Account.with_key(name).update(Account.credits.add(1), exactly_once=True), name)

    async def append(self) -> None:
        """A list of its own."""
        self.entries += 1
        entry = f"e{self.entries}"
        name = f"{self.name}-{self.entries // 200}"
        adding = Account.entries.append([entry]) if self.entries % 200 else Account.entries.set([entry])
        once = self.entries % 2 == 0
        if self.entries == 1:
            change = Account(id=name, entries=[entry]).put()
        else:
            change = Account.with_key(name).update(adding, exactly_once=once, must_exist=bool(self.entries % 200))
        await self._do(change, name, entry)

    async def save(self) -> None:
        """A versioned item of all."""
        name = self.dice.choice(JOBS)
        await self._do(Job.mutate(name, _run_once_more, attempts=20), name)

    async def _do(self, write, name: str, entry: str = "") -> None:
        try:
            await write
        except DynamormError as error:
            self.ledger.errors[type(error).__name__] += 1
            self.ledger.note(name, error.outcome, entry)
        else:
            self.ledger.note(name, Outcome.APPLIED, entry)


def _run_once_more(job: Job) -> None:
    job.runs += 1


def resident_mebibytes() -> float:
    """Memory of this process now."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(SECONDS * 2 + 120)
async def test_256_writers_lose_nothing_and_double_nothing(world, truth, record_property):
    """Every write is where it was said to be, once; memory is flat, and nothing stays open."""
    ledger = Ledger()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with world(max_connections=64) as (proxy, _):
            await asyncio.gather(*(Account(id=name).create() for name in COUNTERS))
            await asyncio.gather(*(Job(id=name).create() for name in JOBS))
            proxy.play(*FAULTS)
            writers = [Writer(number, ledger) for number in range(WRITERS)]
            until = time.monotonic() + SECONDS
            work = asyncio.gather(*(writer.work(until) for writer in writers))
            await asyncio.sleep(SECONDS * 0.3)
            # The record of requests is the proxy's, for tests that look at it; here it would only grow.
            forgetting = asyncio.create_task(_forget(proxy))
            gc.collect()
            early = resident_mebibytes()
            await work
            forgetting.cancel()
            gc.collect()
            late = resident_mebibytes()
        await proxy.wait_until_left()
        gc.collect()
    record_property("writes", ledger.writes)
    print(f"\n{ledger.writes} writes in {SECONDS:g} s, {dict(ledger.errors)}, {late - early:+.1f} MiB")  # noqa: T201

    assert ledger.writes > WRITERS
    assert {outcome for _, outcome in ledger.counted} >= {Outcome.APPLIED, Outcome.UNKNOWN}
    assert late - early < 48
    await _audit(writers, ledger, truth)


async def _forget(proxy) -> None:
    while True:
        for record in (proxy.requests, proxy.carried_out, proxy.played):
            record.clear()
        await asyncio.sleep(0.5)


async def _audit(writers: list[Writer], ledger: Ledger, truth) -> None:
    for name in COUNTERS:
        assert (await Account.get(name).using(truth)).credits in ledger.between(name)
    for name in JOBS:
        job = await Job.get(name).using(truth)
        assert job.version == job.runs + 1
        assert job.runs in ledger.between(name)
    for writer in writers:
        stored = {log.n for log in await Log.query(Log.name == writer.name).using(truth)}
        for number in range(1, writer.logs + 1):
            _is_as_said(ledger, writer.name, str(number), is_there=number in stored)
        for part in range(writer.entries // 200 + 1):
            name = f"{writer.name}-{part}"
            found = await Account.get_or_none(name).using(truth)
            entries = [] if found is None else found.entries
            assert len(entries) == len(set(entries))
            for number in range(max(1, part * 200), min(writer.entries, part * 200 + 199) + 1):
                _is_as_said(ledger, name, f"e{number}", is_there=f"e{number}" in entries)


def _is_as_said(ledger: Ledger, name: str, entry: str, *, is_there: bool) -> None:
    said = ledger.unsure.get((name, entry), Outcome.APPLIED)
    if said is not Outcome.UNKNOWN:
        assert is_there is (said is Outcome.APPLIED), f"{name} {entry} was called {said.value}"
