"""Five million items in flat memory (fault 52), from pages that cost nothing to make."""

from __future__ import annotations

import resource

import msgspec
import pytest

from dynamorm_async import Attr, Model, Session, partition_key, sort_key
from dynamorm_async._ops.effects import Reply

PAGES, SIZE = 5_000, 1_000


class Row(Model[str, int], table="rows"):
    id: Attr[str] = partition_key()
    n: Attr[int] = sort_key()


class Pages:
    """A table of five million items, a thousand to a page; remembers how far it was read."""

    def __init__(self):
        items = [{"id": {"S": "a"}, "n": {"N": str(number)}} for number in range(SIZE)]
        self.page = msgspec.json.encode(items)
        self.sent = 0

    async def send(self, call, attempt):
        """The next page."""
        start = msgspec.json.decode(call.body).get("ExclusiveStartKey")
        number = int(start["n"]["N"]) + 1 if start else 0
        self.sent += 1
        key = b',"LastEvaluatedKey":{"id":{"S":"a"},"n":{"N":"%d"}}' % number if number + 1 < PAGES else b""
        return Reply(200, b'{"Count":%d,"ScannedCount":%d,"Items":%s%s}' % (SIZE, SIZE, self.page, key))

    async def recover(self, code, reply):
        """Nothing to recover."""
        return False

    async def aclose(self):
        """Nothing to close."""


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(180)
async def test_fault_52_five_million_items_in_flat_memory():
    """The peak hardly moves after the first thousands, and no page is read before it is wanted."""
    pages, seen = Pages(), 0
    async with Session(transport=pages, region="none"):
        async for _ in Row.scan():
            seen += 1
            if seen == 10_000:
                before, read = _peak(), pages.sent

    assert PAGES * SIZE == seen
    assert 10 == read
    assert _peak() - before < 16 * 1024


def _peak():
    """The largest memory of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
