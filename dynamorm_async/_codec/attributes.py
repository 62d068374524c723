"""The attributes of a model's items, and how each is encoded the slow way, which names what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dynamorm_async._codec.annotations import allows_none
from dynamorm_async._codec.documents import Member, Record, rendered
from dynamorm_async._codec.hooks import dynamic_dump
from dynamorm_async._codec.ownership import Dump, Hooks
from dynamorm_async._codec.rules import omits_empty, omits_none
from dynamorm_async._codec.shapes import Leaf, Nullable, Shape, shape_of_member
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.size import PARTITION_KEY_LIMIT, SORT_KEY_LIMIT, check_key
from dynamorm_async._wire.values import dump
from dynamorm_async.types import UNSET, AttributeValue

__all__ = ["Attribute", "attributes_of", "keys_of"]


class Attribute(msgspec.Struct, frozen=True, eq=False):
    """How one top-level attribute is encoded."""

    member: Member
    fallback: Dump
    shape: Shape | None
    """None for a computed attribute."""
    limit: int | None
    """Of a key, in bytes."""
    position: int | None
    """Its place in the primary key; None if it is no part of that."""
    without_none: bool
    """Whether None is stored by leaving the attribute out."""
    without_empty: bool
    """Whether the empty set is."""

    @property
    def field(self) -> FieldSpec:
        """The field it belongs to."""
        return self.member.field

    @property
    def always(self) -> bool:
        """Whether every item has it: without a key there is no item."""
        template = self.field.template
        if template is not None:
            return template.constant or self.position is not None
        return self.position is not None or not (self.without_none or self.without_empty)

    def within(self, value: str) -> str:
        """The condition, to be added to a shortcut's, that a key is neither empty nor too long."""
        shape = self.shape.item if isinstance(self.shape, Nullable) else self.shape
        if self.limit is None or not (isinstance(shape, Leaf) and shape.kind in (str, bytes)):
            return ""
        ascii_only = f" and {value}.isascii()" if shape.kind is str else ""
        return f"{ascii_only} and 0 < len({value}) <= {self.limit}"

    # ------------------------------------------------------------ the slow way

    def encode(self, values: Mapping[str, Any]) -> AttributeValue | None:
        """The attribute value of an instance's values; None if the attribute is left out.

        Raises:
            BadValueError: It cannot be stored.
        """
        if self.shape is None:
            return self.computed(values)
        try:
            return self.value(values.get(self.field.name, UNSET))
        except BadValueError as fault:
            raise fault.at(f".{self.field.name}") from fault.__cause__

    def value(self, value: Any) -> AttributeValue | None:
        """The attribute value of a field's value."""
        if value is UNSET:
            raise BadValueError("has no value. Set it first, or read the item whole.")
        if (value is None and self.without_none) or (
            self.without_empty and isinstance(value, (set, frozenset)) and not value
        ):
            return None
        return self.checked(value)

    def checked(self, value: Any) -> AttributeValue:
        """The attribute value of a value that is stored, if it is not a key that DynamoDB would refuse."""
        found = dump(self.member.dump(value), self.fallback)
        return found if self.limit is None else check_key(found, self.limit)

    def computed(self, values: Mapping[str, Any]) -> AttributeValue | None:
        """What the template makes of an instance's values."""
        text = rendered(self.field, values)
        if text is None and self.position is None:
            return None
        try:
            return self._checked_text(text)
        except BadValueError as fault:
            raise fault.at(f".{self.field.name}") from None

    def _checked_text(self, text: str | None) -> AttributeValue:
        if text is None:
            needed = ", ".join(self.field.template.fields) if self.field.template else ""
            raise BadValueError(f"is part of the primary key and is made of {needed}, which must be set.")
        found: AttributeValue = {"S": text}
        return found if self.limit is None else check_key(found, self.limit)


def attributes_of(spec: ModelSpec, record: Record, converter: Hooks) -> tuple[Attribute, ...]:
    """The attributes of a model, computed ones last."""
    limits: dict[FieldSpec, int] = {}
    for index in (spec.primary, *spec.indexes):
        for fields, limit in ((index.partition, PARTITION_KEY_LIMIT), (index.sort, SORT_KEY_LIMIT)):
            limits.update({field: min(limit, limits.get(field, limit)) for field in fields})
    primary, fallback = spec.primary.fields, dynamic_dump(converter)
    keys = [field for field in limits if field not in primary]
    return tuple(
        Attribute(
            member,
            fallback,
            None if member.field.template else shape_of_member(member, converter),
            limits.get(member.field),
            primary.index(member.field) if member.field in primary else None,
            without_none=omits_none(member.field) or (member.field in keys and allows_none(member.field.type)),
            without_empty=omits_empty(member.field),
        )
        for member in (*record.members, *record.templates)
    )


def keys_of(spec: ModelSpec, attributes: Sequence[Attribute], converter: Hooks) -> tuple[Attribute, ...]:
    """The fields of the primary key, for values given by a caller: None is none of them, and a template's is text."""
    found = {attribute.field: attribute for attribute in attributes}
    return tuple(
        msgspec.structs.replace(
            found[field],
            shape=found[field].shape or shape_of_member(found[field].member, converter),
            without_none=False,
            without_empty=False,
        )
        for field in spec.primary.fields
    )
