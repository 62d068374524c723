"""One query over several partitions: a listing for each, read side by side and merged in the order of the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, In, Value, all_of, conjuncts
from dynamorm_async._expr.path import Path
from dynamorm_async._ops.cursors import CursorSigner, open_cursor
from dynamorm_async._ops.effects import Flow, Together
from dynamorm_async._ops.listing import Chunk, Listing
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.plancache import planned
from dynamorm_async._ops.positions import DONE, Place, joint_binding, pack, unpack
from dynamorm_async._ops.reading import Found, Merge, Reading
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import IndexKind
from dynamorm_async._wire.json import encode_json
from dynamorm_async.errors import DynamormError, InvalidRequestError, ScanNotAllowedError
from dynamorm_async.types import Cursor, Page

__all__ = ["PARTITIONS_LIMIT", "FanListing", "plans_of"]

T = TypeVar("T")
PARTITIONS_LIMIT = 100
"""Partitions of one query. Each costs a request at least, and a place in the cursor."""
_KINDS = (None, IndexKind.LOCAL, IndexKind.GLOBAL)
"""Of the table and of its indexes, the first to be taken first."""


def plans_of(request: ListRequest) -> tuple[Plan, ...]:
    """A plan for each partition, if only an ``in_`` stands between the query and a key; else the one plan.

    Raises:
        InvalidRequestError: The ``in_`` names more than 100 partitions, or no index that fits can be taken.
        ScanNotAllowedError: No key serves the query, not even so.
    """
    try:
        return (planned(request),)
    except InvalidRequestError as refused:
        return _planned_apart(request, refused)


def _planned_apart(request: ListRequest, refused: InvalidRequestError) -> tuple[Plan, ...]:
    """A plan for each value of an ``in_``, where there is none for all of them together.

    Raises:
        InvalidRequestError: There is none either, or there are too many values.
    """
    # That no key fits says nothing if one does as soon as the values stand alone, and is refused for another reason.
    says_little = isinstance(refused, ScanNotAllowedError) or request.index is not None
    best: tuple[Any, Plan, tuple[ListRequest, ...]] | None = None
    for parts in _splits(request):
        try:
            first = planned(parts[0])
        except ScanNotAllowedError:
            continue
        except InvalidRequestError as error:
            refused = error if says_little else refused
            continue
        rank = _rank(first, len(parts))
        if best is None or rank > best[0]:
            best = rank, first, parts
    if best is None:
        raise refused
    _, first, parts = best
    if len(parts) > PARTITIONS_LIMIT:
        raise InvalidRequestError(
            f"{len(parts)} partitions are asked for; one query reads {PARTITIONS_LIMIT} at most.",
            op=f"{request.spec.name}.query",
            model=request.spec.name,
            hint="Ask for them in several queries.",
        )
    return (first, *map(planned, parts[1:]))


def _rank(first: Plan, parts: int) -> tuple[Any, ...]:
    """How good it is to read so: as the planner ranks indexes, then by how many requests that takes."""
    score = 0 if first.fit is None else first.fit.score
    return parts <= PARTITIONS_LIMIT, score, -_KINDS.index(first.index.kind), -parts


def _splits(request: ListRequest) -> Iterator[tuple[ListRequest, ...]]:
    """For each ``in_`` on a field, one request for each of its values."""
    parts = tuple(conjuncts(request.condition))
    found: list[tuple[Path, int, tuple[Any, ...]]] = []
    for position, part in enumerate(parts):
        match part:
            case In(Path((str(),)) as path, values) if all(isinstance(value, Value) for value in values):
                found.append((path, position, values))
            case _:
                pass
    # Which one is taken must not depend on the order of the conditions, not even among equals.
    for path, position, values in sorted(found, key=lambda one: one[0].attribute):
        yield _split(request, parts, position, path, values)


def _split(
    request: ListRequest, parts: tuple[Condition, ...], position: int, path: Path, values: Sequence[Any]
) -> tuple[ListRequest, ...]:
    unique: list[Any] = []
    for value in values:
        if value.value not in [known.value for known in unique]:
            unique.append(value)
    return tuple(
        msgspec.structs.replace(
            request,
            condition=all_of(*parts[:position], Compare(Comparator.EQ, path, value), *parts[position + 1 :]),
        )
        for value in unique
    )


def _distinct(parts: Sequence[Listing[T]]) -> Iterator[Listing[T]]:
    """Each partition once: values that differ may be stored alike, as by a converter that lowers text."""
    seen: set[bytes] = set()
    for part in parts:
        fit, encode = part.plan.fit, part.settings.codec.encode
        if fit is not None:
            stored = encode_json([encode(value.slot, value.value) for _, value in fit.key.equal])
            if stored in seen:
                continue
            seen.add(stored)
        yield part


class FanListing(Generic[T]):
    """Listings of several partitions that answer as one.

    Args:
        parts: One for each partition, planned alike.
    """

    def __init__(self, parts: Sequence[Listing[T]]) -> None:
        self.parts: tuple[Listing[T], ...] = tuple(parts) if len(parts) == 1 else tuple(_distinct(parts))

    @property
    def first(self) -> Listing[T]:
        """One of them, which stands for all: they differ in the partition only."""
        return self.parts[0]

    def reading(self, limit: int | None = None, places: Sequence[Place] | None = None) -> Merge:
        """All of them from their places on."""
        at = places or [None] * len(self.parts)
        return Merge(
            [
                Reading(part, limit, place if isinstance(place, dict) else None, done=place is DONE)
                for part, place in zip(self.parts, at, strict=True)
            ]
        )

    def preview(self, limit: int | None) -> Flow[Chunk[Any]]:
        """The first request of the first partition."""
        return (yield from self.first.preview(limit))

    def collect(self, limit: int | None) -> Flow[list[T]]:
        """All results in order, or the first ``limit``."""
        found: list[Found] = []
        merge = self.reading(limit)
        while not merge.done and (limit is None or len(found) < limit):
            found += yield from merge.more()
        return self.finished([one.item for one in found[:limit]])

    def count(self) -> Flow[int]:
        """How many match in all partitions."""
        counts = yield Together([part.count() for part in self.parts], 8)
        total = 0
        for count in counts:
            if isinstance(count, DynamormError):
                raise count
            total += count
        limit = self.first.plan.request.limit
        return total if limit is None else min(total, limit)

    def page(self, size: int, cursor: Cursor | str | None, signer: CursorSigner | None, now: float) -> Flow[Page[T]]:
        """The next ``size`` results of all partitions together, after a cursor that is one for all of them."""
        places = self.places(cursor, signer, now)
        merge = self.reading(size + 1, places)
        found: list[Found] = []
        while not merge.done and len(found) <= size:
            found += yield from merge.more()
        given = found[:size]
        for part, entry in {one.part: one.entry for one in given}.items():
            places[part] = self.first.position(entry)
        waiting = {one.part for one in found[size:]}
        for part in range(len(self.parts)):
            if merge.exhausted(part) and part not in waiting:
                places[part] = DONE
        return Page(
            self.finished([one.item for one in given]),
            self.cursor(places, signer, now) if len(found) > size else None,
            count=len(given),
            scanned=sum(reading.scanned for reading in merge.readings),
            capacity=sum(reading.capacity for reading in merge.readings) or None,
            left_out=sum(part.left_out for part in self.parts),
        )

    def finished(self, items: list[Any]) -> list[T]:
        """Items as the caller gets them."""
        return self.first.finished(items)

    def places(self, cursor: Cursor | str | None, signer: CursorSigner | None, now: float) -> list[Place]:
        """Where each part goes on.

        Raises:
            InvalidCursorError: The cursor belongs to another query.
        """
        if cursor is None:
            return [None] * len(self.parts)
        position = open_cursor(cursor, joint_binding(self._bindings), None, signer, now)
        return unpack(position, self._bindings, self.first.position_names())

    def cursor(self, places: Sequence[Place], signer: CursorSigner | None, now: float) -> Cursor:
        """One cursor for all of them."""
        position, binding = pack(places, self._bindings), joint_binding(self._bindings)
        return Cursor(position, binding, None if signer is None else signer.sign(position, binding, now))

    @cached_property
    def _bindings(self) -> tuple[bytes, ...]:
        """What ties a cursor to each of them, and names it in a cursor for all, in whatever order they come."""
        return tuple(part.binding() for part in self.parts)
