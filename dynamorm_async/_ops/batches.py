"""Batches of puts and deletions, of any size and any mix of models and tables.

Every item is prepared and rendered before the first request is sent, so a mistake is found while nothing is written
yet. What the service leaves unprocessed is sent again as it was rendered. An instance changes when its item is known
to be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

import msgspec

from dynamorm_async._codec import Written, item_of, key_of
from dynamorm_async._key import key_identity
from dynamorm_async._ops.advice import LARGE
from dynamorm_async._ops.decode import decode_unprocessed
from dynamorm_async._ops.effects import Call, Flow, Reply, Safety, Sleep
from dynamorm_async._ops.keys import Place
from dynamorm_async._ops.named import Stored, named, spec_of
from dynamorm_async._ops.prepare import apply, prepare_put
from dynamorm_async._ops.render import Settings, encode_json, place_of
from dynamorm_async._ops.rounds import BREATH, Progress, run_batch
from dynamorm_async._ops.uniques import refuse_in_batch
from dynamorm_async._ops.writes import check_size, mind_size
from dynamorm_async._retry import Kind
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._wire.size import ITEM_LIMIT
from dynamorm_async.errors import BatchIncompleteError, DynamormError, InvalidRequestError, Outcome, ProtocolError
from dynamorm_async.types import Key

__all__ = ["BYTES_LIMIT", "COUNT_LIMIT", "Duplicates", "WriteBatch", "batch_calls", "write_all", "write_batch"]

COUNT_LIMIT: Final = 25
"""Puts and deletions of one request. Source: API reference, BatchWriteItem."""
BYTES_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one request. Same source."""
_ENVELOPE: Final = 16 * 1024
"""Bytes that a request has besides its items, at most: table names and brackets."""

Duplicates = Literal["error", "last"]


class BatchItem(msgspec.Struct, eq=False):
    """One put or deletion, rendered."""

    subject: Any
    """What the caller gave."""
    verb: str
    spec: ModelSpec
    table: str
    key: bytes
    """The JSON of its key, see `Written`."""
    json: bytes
    """Of the item, or of the key of what is deleted."""
    changes: Mapping[str, Any] | None = None
    """What the instance becomes."""
    done: bool = False

    @property
    def identity(self) -> tuple[Any, ...]:
        """That of its key, however the service spells a number."""
        return key_identity(key_of(self.key), self.spec.primary.names)

    def settle(self) -> None:
        """It was carried out."""
        self.done = True
        if self.changes:
            apply(self.subject, self.changes)


class _Lane(msgspec.Struct, eq=False):
    """What is alike for all puts of one model."""

    spec: ModelSpec
    place: Place
    write: Callable[[Mapping[str, Any]], Written]
    as_is: bool


class WriteBatch:
    """The puts and deletions of one batch, each checked when it is added.

    Args:
        settings: The session's.
        on_duplicate: ``"error"`` refuses a second write of an item; ``"last"`` lets it take the place of the first.
            Two deletions of one item are one, either way.
    """

    __slots__ = ("_items", "_lanes", "_on_duplicate", "_settings")

    def __init__(self, settings: Settings, on_duplicate: Duplicates = "error") -> None:
        if on_duplicate not in ("error", "last"):
            raise InvalidRequestError("on_duplicate is 'error' or 'last'.", op="batch")
        self._settings = settings
        self._on_duplicate = on_duplicate
        self._lanes: dict[type, _Lane] = {}
        self._items: dict[tuple[str, bytes], BatchItem] = {}

    @property
    def items(self) -> list[BatchItem]:
        """What will be sent, in the order given."""
        return list(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Stored, now: datetime, *, overwrite: bool = False) -> None:
        """Store an item in place of one with the same key.

        Raises:
            InvalidRequestError: The model has a version, which a batch cannot check, or the item is here already.
            ValidationError: A value cannot be stored as declared.
            ItemTooLargeError: Over 400 KB.
        """
        lane = self._lanes.get(type(item)) or self._lane(item)
        if lane.as_is:
            written, changes = lane.write(item.__dict__), None
        else:
            written, changes = self._prepared(lane, item, now, overwrite=overwrite)
        key, json = written
        # JSON is never shorter than DynamoDB's own count.
        if len(json) > ITEM_LIMIT:
            check_size(lane.spec, item_of(written), f"{lane.spec.name}.batch_put")
        self._add(BatchItem(item, "put", lane.spec, lane.place.table, key, json, changes))

    def _lane(self, item: Stored) -> _Lane:
        spec = spec_of(item, "batch.put")
        refuse_in_batch(spec, "put")
        place = place_of(spec, self._settings)
        lane = _Lane(spec, place, place.codec.model(spec).write, spec.as_is)
        self._lanes[type(item)] = lane
        return lane

    @staticmethod
    def _prepared(lane: _Lane, item: Stored, now: datetime, *, overwrite: bool) -> tuple[Written, Mapping[str, Any]]:
        _check_version(lane.spec, "put", overwrite=overwrite)
        prepared = prepare_put(item, lane.place, now, overwrite=True)
        return prepared.written, prepared.changes

    def delete(self, item: Stored | Key, *, overwrite: bool = False) -> None:
        """Delete an item.

        Raises:
            InvalidRequestError: An instance has a version, which a batch cannot check.
        """
        target, instance = named(item, self._settings, "batch.delete")
        refuse_in_batch(target.spec, "delete")
        if instance is not None:
            _check_version(target.spec, "delete", overwrite=overwrite)
        key = target.key_json
        self._add(BatchItem(item, "delete", target.spec, target.table, key, key + b"}"))

    def _add(self, item: BatchItem) -> None:
        place = (item.table, item.key)
        earlier = self._items.get(place)
        if earlier is None:
            self._items[place] = item
        elif earlier.verb == item.verb == "delete":
            return
        elif self._on_duplicate == "last":
            del self._items[place]
            self._items[place] = item
        else:
            raise InvalidRequestError(
                f"the batch has a {earlier.verb} of this item already.",
                op=f"{item.spec.name}.batch_{item.verb}",
                model=item.spec.name,
                hint='DynamoDB takes one for each item; on_duplicate="last" keeps the last.',
            )


def _check_version(spec: ModelSpec, verb: str, *, overwrite: bool) -> None:
    if spec.version is None or overwrite:
        return
    raise InvalidRequestError(
        "a batch has no conditions, so it cannot check the version.",
        op=f"{spec.name}.batch_{verb}",
        model=spec.name,
        hint=f"Use {verb}() for each, or a transaction; overwrite=True does it whatever version is stored.",
    )


# ---------------------------------------------------------------- sending


_BEFORE: Final = {"put": b'{"PutRequest":{"Item":', "delete": b'{"DeleteRequest":{"Key":'}


class _Writes:
    """The requests of a batch of writes."""

    pause: ClassVar[Kind | None] = Kind.TRANSIENT
    """What a write leaves was throttled, even if others were not."""

    def request(self, pending: Sequence[BatchItem]) -> Call:
        """A BatchWriteItem."""
        tables: dict[str, list[bytes]] = {}
        for item in pending:
            tables.setdefault(item.table, []).extend((_BEFORE[item.verb], item.json, b"}},"))
        parts = [b'{"RequestItems":']
        for name, requests in tables.items():
            requests[-1] = b"}}"
            parts += (b"{" if len(parts) == 1 else b",", encode_json(name), b":[", *requests, b"]")
        parts.append(b"}}")
        table = pending[0].table if len(tables) == 1 else None
        return Call("BatchWriteItem", b"".join(parts), Safety.REPEATABLE, table)

    def settle(self, reply: Reply, pending: Sequence[BatchItem]) -> list[BatchItem]:
        """Mark as done what was not left unprocessed."""
        unprocessed = decode_unprocessed(reply.body)
        if not unprocessed:
            for item in pending:
                item.settle()
            return []
        return _left(unprocessed, pending)


def _left(unprocessed: dict[str, list[Any]], pending: Sequence[BatchItem]) -> list[BatchItem]:
    identities = [(item.table, item.identity) for item in pending]
    names = {item.table: item.spec.primary.names for item in pending}
    places: set[tuple[str, tuple[Any, ...]]] = set()
    for table, requests in unprocessed.items():
        for request in requests:
            keys = request.item_or_key()
            places.add((table, key_identity(keys, [name for name in names.get(table, ()) if name in keys])))
    left = [item for item, place in zip(pending, identities, strict=True) if place in places]
    if len(left) != len(places):
        raise ProtocolError("the answer leaves items unprocessed that were not sent.")
    for item, place in zip(pending, identities, strict=True):
        if place not in places:
            item.settle()
    return left


def _chunks(items: Sequence[BatchItem]) -> Iterator[Sequence[BatchItem]]:
    """As many as one request takes, by count and by bytes."""
    start = 0
    while start < len(items):
        chunk = items[start : start + COUNT_LIMIT]
        while len(chunk) > 1 and sum([len(item.json) for item in chunk]) > BYTES_LIMIT - _ENVELOPE:
            chunk = chunk[:-1]
        yield chunk
        start += len(chunk)


def write_all(
    batch: WriteBatch,
    items: Iterable[Any],
    add: Callable[[Any], None],
    *,
    operation: str,
    concurrency: int,
    dice: Callable[[], float],
    progress: Progress | None = None,
) -> Flow[int]:
    """Add every item to the batch, and only then carry it out.

    Raises:
        InvalidRequestError: An item cannot be added; nothing was sent.
        BatchIncompleteError: It stopped before everything was done.
    """
    if not isinstance(items, Iterable):
        raise InvalidRequestError(
            f"the items are a list, not one {type(items).__name__}.", op=operation, hint="Write [item, ...]."
        )
    for number, item in enumerate(items, 1):
        try:
            add(item)
        except DynamormError as error:
            error.add_note(f"It is item {number} of the batch. Nothing was sent.")
            raise
        if number % BREATH == 0:
            yield Sleep(0)
    writes = batch.items
    return (yield from write_batch(writes, operation=operation, concurrency=concurrency, dice=dice, progress=progress))


def write_batch(
    items: Sequence[BatchItem],
    *,
    operation: str,
    concurrency: int,
    dice: Callable[[], float],
    progress: Progress | None = None,
) -> Flow[int]:
    """Carry out a batch; the result is how many puts and deletions there were.

    Raises:
        BatchIncompleteError: It stopped before everything was done; ``unprocessed`` has exactly what was not.
    """
    chunks = list(_chunks(items))
    if not chunks:
        return 0
    cause, unknown = yield from run_batch(
        _Writes(), iter(chunks), concurrency=min(concurrency, len(chunks)), dice=dice, progress=progress
    )
    open_ones = {id(item) for item in unknown}
    left = [item for item in items if not item.done and id(item) not in open_ones]
    if left or unknown:
        raise _incomplete(left, unknown, len(items), operation, cause) from cause
    if cause is not None:
        # Everything is written; it was the caller's own progress function that failed.
        raise cause
    for item in items:
        if len(item.json) > LARGE:
            yield from mind_size(item.spec, msgspec.json.decode(item.json))
    return len(items)


def _incomplete(
    left: Sequence[BatchItem], unknown: Sequence[BatchItem], total: int, operation: str, cause: BaseException | None
) -> BatchIncompleteError:
    tables = {item.table for item in (*left, *unknown)}
    doubtful = f", and of {len(unknown)} it is not known" if unknown else ""
    return BatchIncompleteError(
        f"{len(left)} of {total} writes were not carried out{doubtful} ({type(cause).__name__}).",
        unprocessed=[item.subject for item in left],
        unknown=[item.subject for item in unknown],
        succeeded=total - len(left) - len(unknown),
        op=operation,
        table=tables.pop() if len(tables) == 1 else None,
        outcome=Outcome.UNKNOWN if unknown else Outcome.NOT_APPLIED,
        hint="The exception's `unprocessed` has them, to be given to a batch again.",
    )


def batch_calls(items: Sequence[BatchItem]) -> Iterator[Call]:
    """The requests of a batch, as they are if the service leaves nothing of them undone."""
    return map(_Writes().request, _chunks(items))
