"""Several models of one table as one description, and their items told apart again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from dynamorm_async._expr.conditions import Condition, In, Value
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._ops.decode import decode_raw_items
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.shapes import Shape
from dynamorm_async._spec.fields import FieldSpec, IndexSpec, ModelSpec
from dynamorm_async.errors import DecodeError, ModelDefinitionError
from dynamorm_async.types import Item

__all__ = ["keeper", "members", "shared_spec", "tags_condition"]


def shared_spec(specs: Sequence[ModelSpec]) -> ModelSpec:
    """A description of all of them, by which a query is planned.

    Partition keys are made as the first model makes them; sort keys are as they are stored, since a template says
    what one model's are. Indexes count that all models have.

    Raises:
        ModelDefinitionError: They do not share table and key, or cannot be told apart.
    """
    first = specs[0]
    for other in specs[1:]:
        if other.table.name != first.table.name:
            raise _disagree(first, other, "are in different tables")
        if _names(other.primary) != _names(first.primary):
            raise _disagree(first, other, "have different keys")
    _check_told_apart(specs)
    fields: dict[str, FieldSpec] = {}
    names: dict[str, FieldSpec] = {}
    for spec in specs:
        for field in spec.fields:
            kept = fields.setdefault(field.attribute, field)
            names.setdefault(field.name, kept)
    shared = [index for index in first.indexes if all(_has(spec, index) for spec in specs)]
    return msgspec.structs.replace(
        first,
        name="+".join(spec.name for spec in specs),
        fields=tuple(fields.values()),
        by_name=MappingProxyType(names),
        by_attribute=MappingProxyType(fields),
        primary=_stored(first.primary),
        indexes=tuple(_stored(index) for index in shared),
        discriminator=None,
        members=tuple(specs),
    )


def tags_condition(specs: Sequence[ModelSpec]) -> Condition | None:
    """The filter that keeps other models of the table out; None if they are told apart by their keys alone."""
    found = [spec.discriminator for spec in specs if spec.discriminator is not None]
    if len(found) < len(specs):
        return None
    slot = Slot(str, found[0][0])
    return In(Path((found[0][0],), slot), tuple(Value(tag, slot) for _, tag in found))


def members(specs: Sequence[ModelSpec], settings: Settings) -> Shape[Any]:
    """Items become instances of whichever model each is of."""
    codec = settings.codec

    def build(item: Item) -> Any:
        spec = _model_of(specs, item)
        if spec is None:
            raise DecodeError(
                "an item is of none of the models of the collection.",
                op=f"{'+'.join(spec.name for spec in specs)}.query",
                hint="The service did not filter by the tags that it was given.",
            )
        return codec.model(spec).decode(item)

    return Shape(decode_raw_items, lambda item, name: item.get(name), build, keeps=keeper(specs))


def keeper(specs: Sequence[ModelSpec]) -> Callable[[Item], bool] | None:
    """Tells items of these models from those of others; None where their tags let the service do so."""
    if tags_condition(specs) is not None:
        return None
    return lambda item: _model_of(specs, item) is not None


def _model_of(specs: Sequence[ModelSpec], item: Item) -> ModelSpec | None:
    return next((spec for spec in specs if _is_of(spec, item)), None)


def _is_of(spec: ModelSpec, item: Item) -> bool:
    if spec.discriminator is not None:
        return item.get(spec.discriminator[0]) == {"S": spec.discriminator[1]}
    return all(_fits(field, item) for field in (*spec.primary.partition, *spec.primary.sort))


def _fits(field: FieldSpec, item: Item) -> bool:
    """Whether a key is one that the field's template makes."""
    if field.template is None:
        return True
    try:
        field.template.parse(item[field.attribute]["S"])
    except (KeyError, ValueError):
        return False
    return True


def _stored(index: IndexSpec) -> IndexSpec:
    return msgspec.structs.replace(
        index, sort=tuple(msgspec.structs.replace(field, template=None) for field in index.sort)
    )


def _names(index: IndexSpec) -> tuple[Any, ...]:
    return index.name, *(tuple(field.attribute for field in part) for part in (index.partition, index.sort))


def _has(spec: ModelSpec, index: IndexSpec) -> bool:
    return any(_names(other) == _names(index) and other.projection is index.projection for other in spec.indexes)


def _check_told_apart(specs: Sequence[ModelSpec]) -> None:
    tagged = [spec for spec in specs if spec.discriminator is not None]
    if len(tagged) == len(specs):
        if len({spec.discriminator for spec in specs}) < len(specs):
            raise _disagree(specs[0], specs[-1], "have the same tag")
        if len({spec.discriminator[0] for spec in tagged if spec.discriminator}) > 1:
            raise _disagree(specs[0], specs[-1], "have their tags in different attributes")
        return
    for spec in specs:
        if spec.discriminator is None and not any(field.template for field in spec.primary.sort):
            raise ModelDefinitionError(
                f"{spec.name} has neither a tag nor a templated sort key, so its items cannot be told from others.",
                model=spec.name,
                hint="Write class ...(Model, tag=True).",
            )


def _disagree(first: ModelSpec, second: ModelSpec, what: str) -> ModelDefinitionError:
    return ModelDefinitionError(
        f"{first.name} and {second.name} {what}, so one query cannot read both.", model=second.name
    )
