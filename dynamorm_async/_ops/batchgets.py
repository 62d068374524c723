"""Batches of reads by key: any number, each item once, in the order asked for, and what is missing by name."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Final
from uuid import UUID

import attrs

from dynamorm_async._ops.decode import decode_batch
from dynamorm_async._ops.effects import Call, Flow, Reply, Sleep
from dynamorm_async._ops.keys import key_of_instance, make_key, same_key_identity
from dynamorm_async._ops.render import Settings, call, place_of
from dynamorm_async._ops.rounds import BREATH, Progress, run_batch
from dynamorm_async._retry import Kind
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async.errors import BatchIncompleteError, DecodeError, InvalidRequestError
from dynamorm_async.types import BatchGetResult, Item, Key

__all__ = ["COUNT_LIMIT", "get_batch"]

COUNT_LIMIT: Final = 100
"""Keys of one request. Source: API reference, BatchGetItem."""
_SHORT: Final = 1024
"""Bytes that any key may have."""
_HASHABLE: Final = (str, int, bytes, Decimal, datetime, date, UUID)


@attrs.define(slots=True, eq=False)
class _Wanted:
    """One key to read."""

    identity: Any
    """Equal to what `_Keys.identity_of` says of the item with this key."""
    attributes: Item
    subject: Any
    """What the caller gave."""


class _Keys:
    """Names the items of one model, for requests and for matching answers to them."""

    def __init__(self, spec: ModelSpec, settings: Settings) -> None:
        self.spec = spec
        self.settings = settings
        self.place = place_of(spec, settings)
        self.table = self.place.table
        self.fields = (*spec.primary.partition, *spec.primary.sort)
        self._names = tuple(field.attribute for field in self.fields)
        self._plain = all(self._is_text(field) and field.template is None for field in self.fields)
        by_value = all(self._is_by_value(field) for field in self.fields)
        self.identity_of: Callable[[Any], Any] = (
            attrgetter(*(field.name for field in self.fields)) if by_value else self._wire_identity
        )
        self._by_value = by_value

    def _is_text(self, field: FieldSpec) -> bool:
        return field.template is not None or (field.type is str and self.settings.codec.is_plain(field.slot))

    def _is_by_value(self, field: FieldSpec) -> bool:
        """Whether a field's values can be compared as they are."""
        if self._is_text(field):
            return True
        kind = field.type
        known = kind in _HASHABLE or (isinstance(kind, type) and issubclass(kind, enum.Enum))
        return known and self.settings.codec.is_plain(field.slot)

    def _wire_identity(self, instance: Any) -> Any:
        return key_of_instance(self.spec, self.place, instance).identity

    def wanted(self, given: Any) -> _Wanted:
        """A key as the caller gave it: a value, a tuple of values, a `Key` or an instance."""
        values = given if type(given) is tuple else (given,)
        if self._plain and len(values) == len(self._names) and all(map(_is_short_text, values)):
            attributes = {name: {"S": value} for name, value in zip(self._names, values, strict=True)}
            return _Wanted(values[0] if len(values) == 1 else values, attributes, given)
        attributes = self.key(given).attributes
        return _Wanted(self.identity(attributes), attributes, given)

    def key(self, given: Any) -> Key:
        """The same as a `Key`."""
        if isinstance(given, self.spec.cls):
            return key_of_instance(self.spec, self.place, given)
        return make_key(self.spec, self.place, (given,), {})

    def identity(self, attributes: Item) -> Any:
        """What identifies the item with this key."""
        if not self._by_value:
            return same_key_identity({name: attributes[name] for name in self._names})
        values = tuple(self._value(field, attributes[field.attribute]) for field in self.fields)
        return values[0] if len(values) == 1 else values

    def _value(self, field: FieldSpec, value: Any) -> Any:
        return value["S"] if self._is_text(field) else self.settings.codec.decode(field.slot, value)


def _is_short_text(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= _SHORT and value.isascii()


class _Reads:
    """The requests of a batch of reads from one table."""

    pause: ClassVar[Kind | None] = None
    """An answer is cut at 16 MB without any throttling."""

    def __init__(self, keys: _Keys, *, consistent: bool) -> None:
        self._keys = keys
        self._consistent = consistent
        self._codec = keys.settings.codec.model(keys.spec)
        self.found: dict[Any, Any] = {}
        self.answered: set[Any] = set()
        self.failure: DecodeError | None = None

    def request(self, pending: Sequence[_Wanted]) -> Call:
        """A BatchGetItem."""
        asked: dict[str, Any] = {"Keys": [one.attributes for one in pending]}
        if self._consistent:
            asked["ConsistentRead"] = True
        table = self._keys.table
        return call("BatchGetItem", {"RequestItems": {table: asked}}, table)

    def settle(self, reply: Reply, pending: Sequence[_Wanted]) -> list[_Wanted]:
        """Take the items, and return what was left unprocessed."""
        items, left, failure = decode_batch(self._codec, reply.body, self._keys.table)
        self.failure = self.failure or failure
        identity_of = self._keys.identity_of
        for item in items:
            self.found[identity_of(item)] = item
        unprocessed = {self._keys.identity(key) for key in left} if left else ()
        self.answered.update(one.identity for one in pending if one.identity not in unprocessed)
        return [one for one in pending if one.identity in unprocessed] if unprocessed else []


def get_batch(
    spec: ModelSpec,
    settings: Settings,
    given: Iterable[Any],
    *,
    consistent: bool,
    concurrency: int,
    dice: Callable[[], float],
    progress: Progress | None = None,
) -> Flow[BatchGetResult[Any]]:
    """Read the items with these keys.

    Raises:
        BatchIncompleteError: It stopped before every key was answered; ``unprocessed`` has those that were not, and
            ``result`` what was found.
        DecodeError: An item does not fit the model; ``items`` has all that do.
        MissingKeyError: A key lacks a part.
    """
    keys = _Keys(spec, settings)
    asked = yield from _asked(keys, given)
    unique = list(_once(asked))
    reads = _Reads(keys, consistent=consistent)
    chunks = list(_chunks(unique))
    cause: Exception | None = None
    if chunks:
        cause, _ = yield from run_batch(
            reads, iter(chunks), concurrency=min(concurrency, len(chunks)), dice=dice, progress=progress
        )
    result = _result(keys, reads, asked, unique)
    left = [one for one in unique if one.identity not in reads.answered]
    if left:
        raise _incomplete(spec, left, len(unique), result, cause) from cause
    if reads.failure is not None:
        reads.failure.items = result.items
        raise reads.failure
    if cause is not None:
        # Everything is read; it was the caller's own progress function that failed.
        raise cause
    return result


def _asked(keys: _Keys, given: Iterable[Any]) -> Flow[list[_Wanted]]:
    if isinstance(given, (str, bytes, Key)):
        raise InvalidRequestError(
            f"the keys are a list, not one {type(given).__name__}.",
            op=f"{keys.spec.name}.batch_get",
            model=keys.spec.name,
            hint="Write [key, ...].",
        )
    asked: list[_Wanted] = []
    for one in given:
        asked.append(keys.wanted(one))
        if len(asked) % BREATH == 0:
            yield Sleep(0)
    return asked


def _once(asked: Iterable[_Wanted]) -> Iterable[_Wanted]:
    """Each key where it comes first."""
    unique: dict[Any, _Wanted] = {}
    for one in asked:
        unique.setdefault(one.identity, one)
    return unique.values()


def _chunks(wanted: Sequence[_Wanted]) -> Iterator[Sequence[_Wanted]]:
    for start in range(0, len(wanted), COUNT_LIMIT):
        yield wanted[start : start + COUNT_LIMIT]


def _result(keys: _Keys, reads: _Reads, asked: Sequence[_Wanted], unique: Sequence[_Wanted]) -> BatchGetResult[Any]:
    found, answered = reads.found, reads.answered
    missing = [one for one in unique if one.identity not in found and one.identity in answered]
    if not missing and len(asked) == len(unique) == len(found):
        items = tuple([found[one.identity] for one in unique])
        return BatchGetResult(items, (), items)
    return BatchGetResult(
        tuple([found[one.identity] for one in unique if one.identity in found]),
        # An item that does not decode is there, though not here.
        () if reads.failure is not None else tuple(keys.key(one.subject) for one in missing),
        tuple([found.get(one.identity) for one in asked]),
    )


def _incomplete(
    spec: ModelSpec, left: Sequence[_Wanted], total: int, result: BatchGetResult[Any], cause: BaseException | None
) -> BatchIncompleteError:
    return BatchIncompleteError(
        f"{len(left)} of {total} keys were not read ({type(cause).__name__}).",
        unprocessed=[one.subject for one in left],
        succeeded=total - len(left),
        result=result,
        op=f"{spec.name}.batch_get",
        model=spec.name,
        hint="The exception's `unprocessed` has them, to be asked for again.",
    )
