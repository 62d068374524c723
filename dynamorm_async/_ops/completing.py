"""Listings of an index that lacks what is read: its entries name the items, which then come from the table by key.

An entry may be older than its item. So all conditions are tested anew on what the table holds, and an item that is gone
or does not meet them any more is left out and counted. Places in the listing are those of the entries: a cursor stays
exact whatever becomes of an item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from dynamorm_async._expr.compile import Collector
from dynamorm_async._expr.conditions import Condition, all_of, conjuncts
from dynamorm_async._expr.walk import attributes_of
from dynamorm_async._key import key_identity
from dynamorm_async._ops.batchgets import COUNT_LIMIT
from dynamorm_async._ops.coverage import held, read_paths
from dynamorm_async._ops.decode import Decoded, decode_raw_batch, decode_raw_items
from dynamorm_async._ops.effects import Call, Flow, LeftOut, Reply
from dynamorm_async._ops.listing import Chunk, Listing, check_progress
from dynamorm_async._ops.plan import Plan, own_tag
from dynamorm_async._ops.render import Settings, call, list_body, table_name
from dynamorm_async._ops.rounds import run_batch
from dynamorm_async._ops.shapes import Shape
from dynamorm_async._retry import Kind
from dynamorm_async.types import AttributeValue, Item

__all__ = ["CompletedListing"]

T = TypeVar("T")
_ENTRIES: Final = 400
"""Entries of one request at most: what they name is in memory at once."""
_AT_ONCE: Final = 4
"""Requests for items in flight at most, of one listing."""


class _Completed(NamedTuple):
    """An entry of the index, and its item as the table has it."""

    entry: Item
    item: Item


class CompletedListing(Listing[T]):
    """A listing whose items come from the table.

    Args:
        plan: Of an index that lacks something of them.
        settings: The session's.
        shape: What whole items become.
        dice: Gives a number in [0, 1), for waits when the service leaves keys unprocessed.
    """

    __slots__ = ("_again", "_dice", "_early", "_entries", "_fetching", "_later", "left_out")

    def __init__(self, plan: Plan, settings: Settings, shape: Shape[T], dice: Callable[[], float]) -> None:
        super().__init__(plan, settings, _outer(shape))
        self.left_out = 0
        self._dice = dice
        known = held(plan.request.spec, plan.index)
        early = tuple(part for part in plan.residual if attributes_of(part) <= known)
        self._early = all_of(*early) if early else None
        self._entries = _of_entries(plan, early)
        parts = (*conjuncts(plan.request.condition), *own_tag(plan.request.spec))
        again = [part for part in parts if attributes_of(part) <= known]
        later = [part for part in parts if not attributes_of(part) <= known]
        self._again = all_of(*again) if again else None
        self._later = all_of(*later) if later else None
        self._fetching = _fetching(plan, settings, parts)

    def chunk(self, start: Item | None, page_limit: int | None) -> Flow[Chunk[Any]]:
        """What one request to the index brings, and the requests to the table that follow from it."""
        plan = self.plan
        body = list_body(self._entries, self.settings, start=start, page_limit=page_limit)
        reply: Reply = yield call(plan.operation.value, body, body["TableName"])
        found = decode_raw_items(reply.body)
        check_progress(found.next, start)
        entries = [entry for entry in found.items if self._meets(self._early, entry)]
        fetched = _Fetched(self._fetching, entries)
        yield from fetched.run(self._dice)
        there = [_Completed(*pair) for pair in fetched.pairs(entries) if self._meets(self._again, pair[1])]
        yield from self._tell(len(entries) - len(there))
        keeps = self.shape.keeps
        items = [one for one in there if self._meets(self._later, one.item) and (keeps is None or keeps(one))]
        self.scanned += found.scanned
        self.returned += len(items)
        return Chunk(items, [one.entry for one in items], found.next, found.scanned, _sum(found, fetched.capacity))

    def _meets(self, condition: Condition | None, item: Item) -> bool:
        return condition is None or self._test(condition, item)

    def _tell(self, count: int) -> Flow[None]:
        """Nobody has to wonder where an item went that the index had."""
        if count:
            self.left_out += count
            yield LeftOut(self.plan.request.spec.name, self.plan.index.handle, count)

    def count(self) -> Flow[int]:
        """How many match: of entries where the index can tell, of items otherwise."""
        if self._later is not None:
            return len((yield from self.collect(self.plan.request.limit)))
        return (yield from super().count())

    def read_size(self, limit: int | None, have: int, requests: int) -> int | None:
        """As many entries as will be needed, and no more at once than fit in memory with their items."""
        size = super().read_size(limit, have, requests)
        return _ENTRIES if size is None else min(size, _ENTRIES)

    def look(self, item: Any) -> Mapping[str, AttributeValue]:
        """The item as the table has it."""
        whole: Item = item.item
        return whole


def _outer(shape: Shape[T]) -> Shape[Any]:
    """The shape of entries with their items: places are of the entry, results of the item."""
    build, keeps = shape.finish or shape.whole, shape.keeps
    return Shape(
        decode_raw_items,
        lambda found, name: found.item.get(name),
        lambda found: found.item if build is None else build(found.item),
        keeps=None if keeps is None else lambda found: keeps(found.item),
    )


def _of_entries(plan: Plan, early: tuple[Condition, ...]) -> Plan:
    """The plan that reads of each entry its keys, and what is tested before the table is asked."""
    request = replace(plan.request, select=(), order=None)
    return replace(plan, request=request, fit=None if plan.fit is None else replace(plan.fit, residual=early))


def _sum(found: Decoded, fetched: float) -> float | None:
    return None if found.capacity is None else found.capacity + fetched


class _Fetching(NamedTuple):
    """How items are asked for."""

    table: str
    names: tuple[str, ...]
    request: Mapping[str, Any]
    report: bool


def _fetching(plan: Plan, settings: Settings, tests: Iterable[Condition]) -> _Fetching:
    request, primary = plan.request, plan.request.spec.primary
    asked: dict[str, Any] = {}
    if request.select is not None:
        collector = Collector(settings.codec.encode)
        asked["ProjectionExpression"] = collector.projection(read_paths(request, primary, tests, tag=True))
        asked |= collector.body()
    if request.current or request.consistent:
        asked["ConsistentRead"] = True
    return _Fetching(table_name(request.spec, settings), primary.names, asked, settings.report_capacity)


class _Fetched:
    """The items that entries name, read by key. What is pending are identities."""

    pause: ClassVar[Kind | None] = None
    """An answer is cut at 16 MB without any throttling."""

    def __init__(self, how: _Fetching, entries: Iterable[Item]) -> None:
        self.how = how
        self.capacity = 0.0
        self._keys = {self._identity(entry): {name: entry[name] for name in how.names} for entry in entries}
        self._found: dict[Any, Item] = {}

    def _identity(self, item: Item) -> Any:
        return key_identity(item, self.how.names)

    def run(self, dice: Callable[[], float]) -> Flow[None]:
        """Read them all, a few requests side by side.

        Raises:
            DynamormError: From a request that failed, or `ThrottledError` where the service left too many keys.
        """
        pending = list(self._keys)
        chunks = [pending[at : at + COUNT_LIMIT] for at in range(0, len(pending), COUNT_LIMIT)]
        if not chunks:
            return
        cause, _ = yield from run_batch(self, iter(chunks), concurrency=min(_AT_ONCE, len(chunks)), dice=dice)
        if cause is not None:
            raise cause

    def request(self, pending: Sequence[Any]) -> Call:
        """A BatchGetItem."""
        how = self.how
        body: dict[str, Any] = {
            "RequestItems": {how.table: {"Keys": [self._keys[identity] for identity in pending], **how.request}}
        }
        if how.report:
            body["ReturnConsumedCapacity"] = "INDEXES"
        return call("BatchGetItem", body, how.table)

    def settle(self, reply: Reply, pending: Sequence[Any]) -> list[Any]:  # noqa: ARG002  as every batch's
        """Take the items, and return what was left unprocessed."""
        items, left, capacity = decode_raw_batch(reply.body, self.how.table)
        self.capacity += capacity
        self._found.update((self._identity(item), item) for item in items)
        return [self._identity(key) for key in left]

    def pairs(self, entries: Iterable[Item]) -> Iterator[tuple[Item, Item]]:
        """The entries whose items are there, in their order, each with its item."""
        for entry in entries:
            item = self._found.get(self._identity(entry))
            if item is not None:
                yield entry, item
