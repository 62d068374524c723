"""What a model says in its class line: its table, and the types of its key in ``Model[str, int]``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from dynamorm_async._spec.build import bare, nearest
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["check_key_arguments", "check_options", "table_of"]

_OPTIONS = ("table", "abstract", "tag", "tag_attribute", "unknown", "track_changes", "frozen", "billing")


def check_options(cls: type[Any], base: type[Any], given: Iterable[str]) -> None:
    """Options that are none of a model's, and that no class beside it takes either."""
    beside = cls.__mro__[cls.__mro__.index(base) + 1 :]
    if any("__init_subclass__" in vars(other) for other in beside if other not in (Generic, object)):
        return
    name = next(iter(given))
    raise ModelDefinitionError(
        f"{cls.__name__}: {name!r} is no option of a model.",
        model=cls.__name__,
        hint=nearest(name, _OPTIONS) or f"Options are: {', '.join(_OPTIONS)}.",
    )


def check_key_arguments(cls: type[Any], base: type[Any], spec: ModelSpec) -> None:
    """``Model[str, int]`` must say what the key fields say."""
    for stated_base in getattr(cls, "__orig_bases__", ()):
        if getattr(stated_base, "__origin__", None) is not base:
            continue
        fields = (*spec.primary.partition, *spec.primary.sort)
        _check_count(spec, stated_base.__args__, len(fields))
        for field, stated in zip(fields, stated_base.__args__, strict=False):
            if not isinstance(stated, TypeVar) and stated is not Any and bare(field.type) is not stated:
                raise ModelDefinitionError(
                    f"{spec.name}.{field.name}: its type is not the one stated in Model[...].",
                    model=spec.name,
                    hint="Write Model[partition key type, sort key type] as the fields have them.",
                )


def _check_count(spec: ModelSpec, stated: tuple[Any, ...], fields: int) -> None:
    free = any(isinstance(one, TypeVar) or hasattr(one, "__typing_unpacked_tuple_args__") for one in stated)
    if not free and len(stated) != fields:
        raise ModelDefinitionError(
            f"{spec.name}: Model[...] states {len(stated)} key types, and the key has {fields}.",
            model=spec.name,
            hint="Write Model[partition key type, sort key type], or Model[partition key type] without a sort key.",
        )


def table_of(cls: type[Any], table: str | None) -> str | None:
    """The table that a class names, or inherits."""
    if table is not None:
        return table
    for base in cls.__mro__[1:]:
        spec = vars(base).get("__dynamorm_spec__")
        if isinstance(spec, ModelSpec):
            return spec.table.name
    return None
