"""`unique`: fields whose values no two items may share. What is built of it is in `dynamorm_async._ops.uniques`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dynamorm_async._spec.build import nearest
from dynamorm_async._spec.fields import FieldSpec, ModelSpec, UniqueSpec
from dynamorm_async._spec.indexes import FieldReference
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["Unique", "unique", "with_uniques"]


class Unique:
    """A declared constraint; made by `unique`."""

    def __init__(self, fields: tuple[FieldReference, ...]) -> None:
        self.fields: tuple[FieldReference, ...] = fields
        self.name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def bind(self, names: Mapping[int, str]) -> None:
        """Turn references to fields of the class body into their names."""
        self.fields = tuple(names.get(id(field), field) for field in self.fields)

    def __repr__(self) -> str:
        return f"<Unique {self.name}>"


def unique(*fields: FieldReference) -> Unique:
    """No two items of the model have the same values in these fields; an item with a None among them is left out.

    Each value is held by a guard item in the model's own table, written in the same transaction as the item. So the
    model needs ``tag=`` and text keys, instances remember what is stored, and a write that changes such a field costs a
    transaction.

    Args:
        fields: Of the class body, or their names where they are inherited.

    Returns:
        The constraint, for a class body.

    Raises:
        ModelDefinitionError: When the class is made: a field is unknown, or the model has no tag or no text key.

    Limit:
        A guard is one operation more in a transaction of at most 100.

    Example:
        >>> class User(Model, table="users", tag="user"):
        ...     id: Attr[str] = partition_key()
        ...     email: Attr[str] = attr()
        ...
        ...     one_email = unique(email)
    """
    return Unique(fields)


def with_uniques(cls: type[Any], spec: ModelSpec) -> ModelSpec:
    """The description of a model with its constraints, its bases' included; it then tracks changes.

    Raises:
        ModelDefinitionError: A field is unknown, or guards cannot live in the model's table.
    """
    declared: dict[str, Unique] = {}
    for base in reversed(cls.__mro__):
        declared.update({name: value for name, value in vars(base).items() if isinstance(value, Unique)})
    if not declared:
        return spec
    _check_model(spec, next(iter(declared)))
    uniques = tuple(UniqueSpec(name, _fields(spec, one)) for name, one in declared.items())
    return msgspec.structs.replace(spec, uniques=uniques, track_changes=True)


def _check_model(spec: ModelSpec, name: str) -> None:
    texts = all(field.type is str for field in (*spec.primary.partition, *spec.primary.sort))
    for wrong, problem, hint in (
        (spec.discriminator is None, "guards in its table would be read as items of it.", "Give the model a tag=."),
        (not texts, "a guard's key is text.", "Use key fields of type str, or templates."),
        (spec.ttl is not None, "DynamoDB would delete the item and leave its guard.", "Take out the ttl() field."),
        (spec.tenant is not None, "a guard is no tenant's.", "Take out the tenant() field."),
    ):
        if wrong:
            raise ModelDefinitionError(f"{spec.name}.{name}: {problem}", model=spec.name, hint=hint)


def _fields(spec: ModelSpec, declared: Unique) -> tuple[FieldSpec, ...]:
    if not declared.fields:
        raise ModelDefinitionError(
            f"{spec.name}.{declared.name}: it names no field.", model=spec.name, hint="Write unique(field)."
        )
    found: list[FieldSpec] = []
    for reference in declared.fields:
        name = reference if isinstance(reference, str) else ""
        if name not in spec.by_name:
            raise ModelDefinitionError(
                f"{spec.name}.{declared.name}: {name!r} is no field.",
                model=spec.name,
                hint=nearest(name, spec.by_name) or "Name a field of the class, an inherited one by its name.",
            )
        found.append(spec.by_name[name])
    return tuple(found)
