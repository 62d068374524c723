"""The cache of the service example: what was written is never hidden behind what was read before."""

from __future__ import annotations

import asyncio

import pytest

from examples.service.cache import Cache

pytestmark = pytest.mark.asyncio


class Source:
    """Something to load from, which may be made to wait."""

    def __init__(self):
        self.value, self.loads, self.gate = "old", 0, asyncio.Event()
        self.gate.set()

    async def load(self):
        """The value as it is when it is asked for, told when the gate is open."""
        self.loads += 1
        value = self.value
        await self.gate.wait()
        return value


async def test_a_value_is_loaded_once_for_its_time():
    """Then anew."""
    now, source = [0.0], Source()
    cache = Cache(seconds=300, clock=lambda: now[0])

    for now[0] in (0.0, 299.0, 300.0):
        await cache.get("a", source.load)

    assert 2 == source.loads


async def test_a_write_while_it_is_read_is_not_forgotten():
    """What was read before the write is answered, and not kept."""
    cache, source = Cache(), Source()
    source.gate.clear()
    reading = asyncio.ensure_future(cache.get("a", source.load))
    await asyncio.sleep(0)

    source.value = "new"
    cache.forget("a")
    source.gate.set()

    assert ["old", "new"] == [await reading, await cache.get("a", source.load)]


async def test_a_failed_loading_keeps_nothing():
    """The next one tries again."""
    cache, source = Cache(), Source()

    async def fail():
        raise LookupError

    with pytest.raises(LookupError):
        await cache.get("a", fail)
    assert "old" == await cache.get("a", source.load)


async def test_the_values_read_longest_ago_leave_first():
    """It never holds more than it may."""
    cache, source = Cache(most=2), Source()
    for key in ("a", "b", "a", "c", "a", "b"):
        await cache.get(key, source.load)

    assert 4 == source.loads
