"""Fixtures: items that a test begins with, from instances, YAML or JSON, with typed handles.

A file has the names of models, and for each a list of items by field name::

    User:
      - {org: acme, id: "1", age: 36, credits: "9.50", tags: [a, b], joined: 2026-01-01T00:00:00Z}

Values are read by the types of the fields: times as ISO text, numbers exactly, binary as base64, sets as lists,
documents as mappings. A value with a converter of its own is written as it is stored.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar, cast, get_args

import msgspec
from cattrs import Converter

from dynamorm_async._codec import Codec
from dynamorm_async._codec.annotations import container
from dynamorm_async._codec.hooks import is_plain
from dynamorm_async._doors import Doors
from dynamorm_async._model import AnyModel, Model
from dynamorm_async._ops.inputs import instance_from
from dynamorm_async._spec.build import field_names, nearest
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.registry import registry
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError, ValidationError
from dynamorm_async.testing.fakes import FakeSession, FakeTenantSession
from dynamorm_async.testing.files import read_fixture

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Loaded", "load_fixture"]

M = TypeVar("M", bound=AnyModel)
Rows: TypeAlias = Iterable[AnyModel | Mapping[str, Any]]
Fixture: TypeAlias = str | os.PathLike[str] | Mapping[type[AnyModel] | str, Rows] | Iterable[AnyModel]
"""A file; items by model or by the model's name; or just instances."""


class Loaded(Mapping[type[AnyModel], tuple[Any, ...]]):
    """The items of a fixture, by model, as they were stored: ``loaded[User]`` is a ``tuple[User, ...]``.

    As ``async with`` it unloads itself.

    Example:
        >>> async with await load_fixture(db, users) as loaded:
        ...     first, *others = loaded[User]
    """

    def __init__(self, items: Iterable[AnyModel], remove: Callable[[], Awaitable[object]]) -> None:
        self._items: dict[type[AnyModel], tuple[Any, ...]] = {}
        for item in items:
            self._items[type(item)] = (*self._items.get(type(item), ()), item)
        self._remove = remove
        self._there = True

    def __getitem__(self, model: type[M]) -> tuple[M, ...]:
        """The items of this model, in the order of the fixture; none for a model that it has nothing of."""
        return self._items.get(model, ())

    def __iter__(self) -> Iterator[type[AnyModel]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    async def unload(self) -> None:
        """Delete these items, changed or not, and nothing else. Doing it twice does nothing more.

        Raises:
            BatchIncompleteError: The service deleted only some.

        Example:
            >>> loaded = await load_fixture(db, users)
            >>> await loaded.unload()
        """
        if self._there:
            await self._remove()
            self._there = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.unload()

    def __repr__(self) -> str:
        return f"<Loaded {', '.join(f'{len(items)} {model.__name__}' for model, items in self._items.items())}>"


async def load_fixture(session: Doors, fixture: Fixture, *, models: Iterable[type[AnyModel]] = ()) -> Loaded:
    """Store the items of a fixture, in place of those with the same keys. Everything is read before the first is sent.

    On a `FakeSession` nothing is stored: a ``get`` of each item is answered, however often.

    Args:
        session: An open session, a scoped one too; its tables are there.
        fixture: Instances, items by model, or the path of a ``.yaml``, ``.yml`` or ``.json`` file.
        models: The models that names mean; otherwise all that are defined.

    Returns:
        The items by model, which ``async with`` deletes at the end of its block.

    Raises:
        InvalidRequestError: A model's name is unknown or ambiguous, or two items have one key.
        UnknownFieldError: An item has a field that its model has not.
        ValidationError: A value does not fit its field; names the item.
        ConfigurationError: The file is missing or is none of these kinds.
        BatchIncompleteError: The service took only some; ``unprocessed`` has the others.

    Example:
        >>> async with await load_fixture(db, {User: [{"org": "acme", "id": "7", "age": 36}]}) as loaded:
        ...     (ada,) = loaded[User]
    """
    if isinstance(fixture, (str, os.PathLike)):
        items = list(_Reader(session, Path(fixture).name, models).items(await read_fixture(fixture)))
    else:
        items = list(_Reader(session, "the fixture", models).items(fixture))
    if isinstance(session, (FakeSession, FakeTenantSession)):
        expected = await session.load(items)

        async def forget() -> None:
            session.forget(expected)

        return Loaded(items, forget)
    await session.batch_put(items, overwrite=True)
    return Loaded(items, lambda: session.batch_delete(items, overwrite=True))


# ---------------------------------------------------------------- from a fixture to instances


class _Reader:
    """Makes instances of what a fixture says."""

    def __init__(self, session: Doors, source: str, models: Iterable[type[AnyModel]]) -> None:
        self._codec = _lenient(session.runner.settings.codec)
        self._source = source
        self._specs = [model.__dynamorm_spec__ for model in models] or list(registry.models)

    def items(self, groups: object) -> Iterator[AnyModel]:
        """The instances, in order."""
        if isinstance(groups, Mapping):
            for model, rows in cast("Mapping[object, object]", groups).items():
                yield from self._group(self._spec(model), rows)
        elif isinstance(groups, Iterable):
            for item in cast("Iterable[object]", groups):
                yield self._instance(item)
        else:
            raise self._fault("a mapping of model names is expected")

    def _group(self, spec: ModelSpec, rows: object) -> Iterator[AnyModel]:
        if isinstance(rows, (str, Mapping)) or not isinstance(rows, Iterable):
            raise self._fault(f"{spec.name} needs a list of items")
        for number, row in enumerate(cast("Iterable[object]", rows), 1):
            where = f"{self._source}, {spec.name} {number}"
            if isinstance(row, spec.cls):
                yield cast("AnyModel", row)
            elif isinstance(row, Mapping):
                yield self._made(spec, cast("Mapping[str, Any]", row), where)
            else:
                raise self._fault(f"{spec.name} {number} is neither a {spec.name} nor a mapping of its fields")

    def _made(self, spec: ModelSpec, row: Mapping[str, Any], where: str) -> AnyModel:
        for name in row:
            if name not in spec.by_name:
                hint = nearest(str(name), spec.by_name) or f"Fields are: {field_names(spec)}."
                raise UnknownFieldError(f"{spec.name} has no field {name!r}.", op=where, model=spec.name, hint=hint)
        allowed = [field.name for field in spec.fields if field.template is None]
        try:
            made: AnyModel = instance_from(spec.cls, self._codec, row, allow=allowed, trusted={})
        except ValidationError as error:
            raise ValidationError(errors=error.errors, op=where, model=spec.name) from error
        return made

    def _instance(self, item: object) -> AnyModel:
        if _is_instance(item):
            return item
        raise self._fault(f"an instance of a model is expected, not {type(item).__name__}")

    def _spec(self, model: object) -> ModelSpec:
        if _is_model(model):
            return model.__dynamorm_spec__
        return self._named(str(model))

    def _named(self, model: str) -> ModelSpec:
        found = [spec for spec in self._specs if model in (spec.name, _path(spec))]
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(_path(spec) for spec in found)
            raise self._fault(f"there are several models {model!r}", f"Write one of {paths}, or give models=[...].")
        names = [spec.name for spec in self._specs]
        hint = nearest(model, names) or "Import its module first, or give models=[...]."
        raise self._fault(f"there is no model {model!r}", hint)

    def _fault(self, problem: str, hint: str | None = None) -> InvalidRequestError:
        return InvalidRequestError(f"{problem}.", op=self._source, hint=hint)


def _is_instance(value: object) -> TypeGuard[AnyModel]:
    return isinstance(value, Model)


def _is_model(value: object) -> TypeGuard[type[AnyModel]]:
    return isinstance(value, type) and issubclass(value, Model)


def _path(spec: ModelSpec) -> str:
    return f"{spec.cls.__module__}:{spec.cls.__qualname__}"


# ---------------------------------------------------------------- from text to values


def _lenient(codec: Codec) -> Codec:
    """A codec that also reads what a file can say of values that JSON has no form for."""
    converter = codec.converter.copy()
    for kind, hook in ((Decimal, _decimal), (bytes, msgspec.convert), (float, msgspec.convert)):
        if is_plain(codec.converter, kind):
            converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_factory(lambda kind: container(kind) in (set, frozenset), _set_of)
    return Codec(converter)


def _decimal(value: Any, _: Any) -> Decimal:
    """A number, or its text: exactly what is written."""
    try:
        number = Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueError("not a number")
    return number


def _set_of(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    made: Any = container(kind)
    elements: Any = list[(*get_args(kind), Any)[0]]  # type: ignore[misc]  # a type that is known when it runs
    return lambda value, _: made(converter.structure(list(value), elements))
