"""Items of which only a part was read: as instances that know what they lack, or as a class made for the part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dynamorm_async._expr.path import Path
from dynamorm_async._ops.coverage import key_fields
from dynamorm_async._ops.decode import decode_raw_items
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.shapes import Shape, reach
from dynamorm_async._spec.build import bare
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec, ModelSpec
from dynamorm_async._spec.paths import resolve_path
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import UNSET, Item

__all__ = ["partials", "paths_into", "projections", "steps_of"]


def steps_of(spec: ModelSpec, path: Path) -> tuple[FieldSpec, ...]:
    """The fields on the way to what a path names.

    Raises:
        InvalidRequestError: It leads into a list or a map, of which no part can be an attribute.
    """
    document: DocumentSpec | None = spec
    steps: list[FieldSpec] = []
    for segment in path.segments:
        field = None if document is None or isinstance(segment, int) else document.by_attribute.get(segment)
        if field is None:
            raise InvalidRequestError(
                f"{path} is no field of {spec.name} or of a document in it.",
                op=f"{spec.name}.only",
                hint="Name whole lists and maps in only(); select() reads single elements.",
            )
        steps.append(field)
        document = getattr(bare(field.type), "__dynamorm_spec__", None)
    return tuple(steps)


def partials(spec: ModelSpec, settings: Settings, paths: Sequence[Path]) -> Shape[Any]:
    """Items become instances that hold the key and what was selected; reading another field of them is an error."""
    codec = settings.codec
    keys = [field.path for field in key_fields(spec, spec.primary) if not field.template]
    wanted = [(path, steps_of(spec, path)) for path in dict.fromkeys((*keys, *paths))]

    def build(item: Item) -> Any:
        instance = object.__new__(spec.cls)
        for path, steps in wanted:
            found = reach(item, path)
            value = _missing(steps[-1]) if found is None else codec.decode(path.slot, found)
            if value is not UNSET:
                _holder(instance, steps[:-1]).__dict__[steps[-1].name] = value
        return instance

    return Shape(decode_raw_items, lambda item, name: item.get(name), build)


def _holder(instance: Any, steps: Sequence[FieldSpec]) -> Any:
    """The document that a nested value belongs to, made on the way."""
    for field in steps:
        held = instance.__dict__.get(field.name)
        if held is None:
            cls = bare(field.type)
            held = instance.__dict__[field.name] = object.__new__(cls)
        instance = held
    return instance


def _missing(field: FieldSpec) -> Any:
    if field.factory is not None:
        return field.factory()
    return field.default


def paths_into(spec: ModelSpec, cls: type[Any]) -> tuple[Path, ...]:
    """The paths that a projection class names: by its fields, or by the attribute names it gives them.

    Raises:
        InvalidRequestError: It is no attrs class, or has no field.
        UnknownFieldError: A field is none of the model's.
    """
    if not isinstance(cls, type) or not attrs.has(cls) or not attrs.fields(cls):
        name = f"the class {cls.__name__}" if isinstance(cls, type) else f"one {type(cls).__name__}"
        raise InvalidRequestError(
            f"into() takes an attrs class with fields, not {name}.",
            op=f"{spec.name}.into",
            hint="Write @attrs.frozen.",
        )
    document: DocumentSpec | None = getattr(cls, "__dynamorm_spec__", None)
    if document is not None:
        return tuple(resolve_path(spec, field.attribute) for field in document.fields)
    return tuple(resolve_path(spec, field.name) for field in attrs.fields(cls))


def projections(settings: Settings, cls: type[Any], paths: Sequence[Path]) -> Shape[Any]:
    """Items become instances of a class made for what was selected; what an item lacks takes the class's default."""
    codec = settings.codec
    arguments = [(field.alias or field.name, field.default is attrs.NOTHING) for field in attrs.fields(cls)]

    def build(item: Item) -> Any:
        values: dict[str, Any] = {}
        for (name, required), path in zip(arguments, paths, strict=True):
            found = reach(item, path)
            if found is not None:
                values[name] = codec.decode(path.slot, found)
            elif required:
                values[name] = None
        return cls(**values)

    return Shape(decode_raw_items, lambda item, name: item.get(name), build)
