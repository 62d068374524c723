"""Batches of reads by key: any number, each item once, in the order asked for, and what is missing by name."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from dynamorm_async._key import key_identity
from dynamorm_async._ops.decode import decode_batch
from dynamorm_async._ops.effects import Call, Flow, Reply, Sleep
from dynamorm_async._ops.keys import key_of_instance, key_of_item, make_key
from dynamorm_async._ops.render import Settings, call, encode_json, place_of
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


class _Texts:
    """Keys of one or two texts that are stored as they are: such a key's identity is the text, or the pair of them.

    Batches have many, so all keys of a request are looked at and rendered at once, by functions written in C.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        first, *second = (f'{encode_json(name).decode()}:{{"S":"' for name in names)
        self._head, self._between, self._tail = "{" + first, "".join(f'"}},{name}' for name in second), '"}}'

    def are_valid(self, given: Sequence[Any]) -> bool:
        """Whether these can only be keys that need no further look."""
        if self._between and ({*map(type, given)} != {tuple} or {*map(len, given)} != {2}):
            return False
        texts = self._parts(given)
        if {*map(type, texts)} != {str}:
            return False
        lengths = {*map(len, texts)}
        return 0 not in lengths and max(lengths) <= _SHORT and "".join(texts).isascii()

    def _parts(self, identities: Sequence[Any]) -> Sequence[Any]:
        return [*chain.from_iterable(identities)] if self._between else identities

    def attributes(self, identity: Any) -> Item:
        """The key with this identity."""
        parts = self._parts([identity])
        return {name: {"S": text} for name, text in zip(self._names, parts, strict=True)}

    def rendered(self, identities: Sequence[Any]) -> msgspec.Raw:
        """The keys with these identities as JSON."""
        if b"\\" in encode_json(identities):  # something needs escaping
            return msgspec.Raw(encode_json([self.attributes(identity) for identity in identities]))
        keys = map(self._between.join, identities) if self._between else identities
        return msgspec.Raw(f"[{self._head}{f'{self._tail},{self._head}'.join(keys)}{self._tail}]".encode())


class _Keys:
    """Names the items of one model, for requests and for matching answers to them.

    An item's *identity* is hashable, and the same whether it is made from what the caller gave or from the instance
    that was found.
    """

    def __init__(self, spec: ModelSpec, settings: Settings) -> None:
        self.spec = spec
        self.place = place_of(spec, settings)
        self.fields = (*spec.primary.partition, *spec.primary.sort)
        self.wanted: dict[Any, Any] = {}
        """The key attributes by identity, in the order given; None where they follow from the identity."""
        self._names = tuple(field.attribute for field in self.fields)
        texts = all(self._is_text(field) and field.template is None for field in self.fields)
        self._texts = _Texts(self._names) if texts and len(self.fields) <= 2 else None
        self._by_value = self._texts is not None or all(map(self._is_by_value, self.fields))
        self.identity_of: Callable[[Any], Any] = (
            attrgetter(*(field.name for field in self.fields)) if self._by_value else self._wire_identity
        )

    def _is_text(self, field: FieldSpec) -> bool:
        return field.template is not None or (field.type is str and self.place.codec.is_plain(field.slot))

    def _is_by_value(self, field: FieldSpec) -> bool:
        """Whether a field's values can be compared as they are."""
        if self._is_text(field):
            return True
        kind = field.type
        known = kind in _HASHABLE or (isinstance(kind, type) and issubclass(kind, enum.Enum))
        return known and self.place.codec.is_plain(field.slot)

    def _wire_identity(self, instance: Any) -> Any:
        return key_of_instance(self.spec, self.place, instance).identity

    def read(self, given: Sequence[Any], first: int) -> Sequence[Any]:
        """Take keys as the caller gave them: values, tuples, `Key` objects or instances. Returns their identities.

        Args:
            given: Some of the keys, in their order.
            first: The place of the first of them among all.

        Raises:
            InvalidRequestError: One is no key of the model; says which.
        """
        if self._texts is not None and self._texts.are_valid(given):
            self.wanted.update(dict.fromkeys(given))
            return given
        attributes: list[Item] = []
        try:
            for subject in given:
                attributes.append(self.key(subject).attributes)  # noqa: PERF401  how many there are says which is bad
        except InvalidRequestError as error:
            error.message = f"keys[{first + len(attributes)}]: {error.message}"
            raise
        identities = list(map(self.identity, attributes))
        self.wanted.update(zip(identities, attributes, strict=True))
        return identities

    def attributes(self, identity: Any) -> Item:
        """The key attributes of one that was taken."""
        return self.wanted[identity] if self._texts is None else self._texts.attributes(identity)

    def rendered(self, identities: Sequence[Any]) -> object:
        """The keys of a request, for the encoder."""
        if self._texts is None:
            return list(map(self.wanted.__getitem__, identities))
        return self._texts.rendered(identities)

    def key(self, given: object) -> Key:
        """A key as the caller gave it, as a `Key`."""
        kind = type(given)
        if issubclass(kind, self.spec.cls):
            return key_of_instance(self.spec, self.place, given)
        if isinstance(getattr(kind, "__dynamorm_spec__", None), ModelSpec):
            raise InvalidRequestError(f"an instance of {kind.__name__} was given.")
        return make_key(self.spec, self.place, (given,), {})

    def identity(self, attributes: Item) -> Any:
        """What identifies the item with this key."""
        if not self._by_value:
            return key_identity(attributes, self._names)
        values = tuple(self._value(field, attributes[field.attribute]) for field in self.fields)
        return values[0] if len(values) == 1 else values

    def _value(self, field: FieldSpec, value: Any) -> Any:
        return value["S"] if self._is_text(field) else self.place.codec.decode(field.slot, value)


class _Reads:
    """The requests of a batch of reads from one table. What is pending are identities."""

    pause: ClassVar[Kind | None] = None
    """An answer is cut at 16 MB without any throttling."""

    def __init__(self, keys: _Keys, *, consistent: bool) -> None:
        self._keys = keys
        self._consistent = consistent
        self._codec = keys.place.codec.model(keys.spec)
        self.found: dict[Any, Any] = {}
        self.answered: list[Any] = []
        self.failure: DecodeError | None = None

    def request(self, pending: Sequence[Any]) -> Call:
        """A BatchGetItem."""
        asked: dict[str, Any] = {"Keys": self._keys.rendered(pending)}
        if self._consistent:
            asked["ConsistentRead"] = True
        table = self._keys.place.table
        return call("BatchGetItem", {"RequestItems": {table: asked}}, table)

    def settle(self, reply: Reply, pending: Sequence[Any]) -> list[Any]:
        """Take the items, and return what was left unprocessed."""
        items, left, failure = decode_batch(self._codec, reply.body, self._keys.place.table)
        self.failure = self.failure or failure
        self.found.update(zip(map(self._keys.identity_of, items), items, strict=True))
        if not left:
            self.answered += pending
            return []
        unprocessed = {self._keys.identity(key) for key in left}
        self.answered += [identity for identity in pending if identity not in unprocessed]
        return [identity for identity in pending if identity in unprocessed]


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
    subjects = _as_list(spec, given)
    asked: list[Any] = []
    for start in range(0, len(subjects), BREATH):
        if start:
            yield Sleep(0)
        asked += keys.read(subjects[start : start + BREATH], start)
    wanted = keys.wanted
    reads = _Reads(keys, consistent=consistent)
    chunks = list(_chunks(list(wanted)))
    cause: Exception | None = None
    if chunks:
        cause, _ = yield from run_batch(
            reads, iter(chunks), concurrency=min(concurrency, len(chunks)), dice=dice, progress=progress
        )
    result = _result(keys, reads, asked)
    if len(reads.answered) < len(wanted):
        left = _given(subjects, asked, wanted.keys() - set(reads.answered))
        raise _incomplete(spec, left, len(wanted), result, cause) from cause
    if reads.failure is not None:
        reads.failure.items = result.items
        raise reads.failure
    if cause is not None:
        # Everything is read; it was the caller's own progress function that failed.
        raise cause
    return result


def _as_list(spec: ModelSpec, given: Iterable[Any]) -> list[Any]:
    if isinstance(given, (str, bytes, Key)):
        raise InvalidRequestError(
            f"the keys are a list, not one {type(given).__name__}.",
            op=f"{spec.name}.batch_get",
            model=spec.name,
            hint="Write [key, ...].",
        )
    return list(given)


def _chunks(identities: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(identities), COUNT_LIMIT):
        yield identities[start : start + COUNT_LIMIT]


def _given(subjects: Sequence[Any], asked: Sequence[Any], identities: Collection[Any]) -> list[Any]:
    """What the caller gave for these, each where it stands first."""
    first = {identity: subject for subject, identity in zip(reversed(subjects), reversed(asked), strict=True)}
    return [first[identity] for identity in dict.fromkeys(asked) if identity in identities]


def _result(keys: _Keys, reads: _Reads, asked: Sequence[Any]) -> BatchGetResult[Any]:
    found, wanted = reads.found, keys.wanted
    if len(found) == len(asked) == len(wanted):
        items = tuple(map(found.__getitem__, asked))
        return BatchGetResult(items, (), items)
    missing: list[Key] = []
    # An item that does not decode is there, though not here.
    if reads.failure is None:
        answered = set(reads.answered)
        named = [identity for identity in wanted if identity not in found and identity in answered]
        missing = [key_of_item(keys.spec, keys.place.table, keys.attributes(identity)) for identity in named]
    return BatchGetResult(
        tuple([found[identity] for identity in wanted if identity in found]),
        tuple(missing),
        tuple(map(found.get, asked)),
    )


def _incomplete(
    spec: ModelSpec, left: Sequence[Any], total: int, result: BatchGetResult[Any], cause: BaseException | None
) -> BatchIncompleteError:
    return BatchIncompleteError(
        f"{len(left)} of {total} keys were not read ({type(cause).__name__}).",
        unprocessed=left,
        succeeded=total - len(left),
        result=result,
        op=f"{spec.name}.batch_get",
        model=spec.name,
        hint="The exception's `unprocessed` has them, to be asked for again.",
    )
