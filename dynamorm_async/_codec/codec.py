"""`Codec`: everything one converter encodes and decodes, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dynamorm_async._codec.converter import DefaultHooks, configured
from dynamorm_async._codec.documents import slot_pair
from dynamorm_async._codec.hooks import dynamic_dump, is_plain
from dynamorm_async._codec.model import ModelCodec
from dynamorm_async._expr.slot import Slot
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.numbers import MAX_DIGITS
from dynamorm_async._wire.values import dump, load
from dynamorm_async.types import AttributeValue

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["Codec", "default_codec"]

Dump: TypeAlias = Callable[[Any], AttributeValue]
Pair: TypeAlias = tuple[Dump, Callable[[AttributeValue], Any]]
_MOST: Final = 10**MAX_DIGITS
_MOST_MET: Final = 1024
"""Slots known by identity; those of fields live as long as their models, those of list elements as an expression."""


class Codec:
    """Encodes and decodes values by their declared types.

    Register hooks on the converter before the first use: what is compiled stays.

    Args:
        converter: A cattrs converter with DynamoDB's rules; None makes one.

    Raises:
        ConfigurationError: The converter was not configured by this library.
    """

    def __init__(self, converter: Converter | None = None) -> None:
        self._hooks = DefaultHooks() if converter is None else configured(converter)
        self._models: dict[ModelSpec, ModelCodec] = {}
        self._slots: dict[Slot, Pair] = {}
        self._met: dict[int, tuple[Slot, Pair]] = {}
        self._fallback = dynamic_dump(self._hooks)

    @property
    def converter(self) -> Converter:
        """The converter, or one with the same rules if none was given."""
        return self._hooks.converter if isinstance(self._hooks, DefaultHooks) else self._hooks

    def model(self, spec: ModelSpec) -> ModelCodec:
        """The compiled codec of a model, made on first use.

        Raises:
            ModelDefinitionError: A field's type cannot be stored.
        """
        found = self._models.get(spec)
        if found is None:
            found = self._models[spec] = ModelCodec(spec, self._hooks)
        return found

    def encode(self, slot: Slot, value: Any) -> AttributeValue:
        """The attribute value of a value in an expression or a key.

        None is ``NULL`` if the type allows it; see `rules` for what a whole item leaves out.

        Args:
            slot: The declared type, and the name for errors.
            value: What to encode.

        Raises:
            ValidationError: It cannot be stored as declared.
            ModelDefinitionError: The type cannot be stored at all.
        """
        met = self._met.get(id(slot)) or self._meet(slot)
        try:
            return met[1][0](value)
        except BadValueError as fault:
            raise fault.validation_error(slot.label) from fault.__cause__

    def decode(self, slot: Slot, value: AttributeValue) -> Any:
        """The value of an attribute value.

        Args:
            slot: The declared type, and the name for errors.
            value: In wire form.

        Raises:
            DecodeError: It does not fit the type.
        """
        try:
            return self._pair(slot)[1](value)
        except BadValueError as fault:
            raise fault.decode_error(slot.label) from fault.__cause__

    def is_plain(self, slot: Slot) -> bool:
        """Whether no converter of the field's own and no hook of the user's has a say in values of this slot."""
        return slot.converter is None and not slot.epoch and is_plain(self._hooks, slot.type)

    def _meet(self, slot: Slot) -> tuple[Slot, Pair]:
        """Know a slot again by its identity, which is quicker told than that it is equal to another.

        It is kept, so nothing else gets its identity.
        """
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        met = self._met[id(slot)] = (slot, self._pair(slot))
        return met

    def _pair(self, slot: Slot) -> Pair:
        try:
            found = self._slots.get(slot)
        except TypeError:  # an annotation with unhashable parts, which is refused with the reason
            return self._make(slot)
        if found is None:
            found = self._slots[slot] = self._make(slot)
        return found

    def _make(self, slot: Slot) -> Pair:
        convert, restore = slot_pair(slot, self._hooks)
        fallback = self._fallback

        def encode(value: Any) -> AttributeValue:
            return dump(convert(value), fallback)

        shortcut = _SHORTCUTS.get(slot.type) if self.is_plain(slot) else None
        return encode if shortcut is None else shortcut(encode), lambda value: restore(load(value))


def _text(encode: Dump) -> Dump:
    return lambda value: {"S": value} if type(value) is str and value.isascii() else encode(value)


def _number(encode: Dump) -> Dump:
    return lambda value: {"N": str(value)} if type(value) is int and -_MOST < value < _MOST else encode(value)


def _truth(encode: Dump) -> Dump:
    return lambda value: {"BOOL": value} if type(value) is bool else encode(value)


_SHORTCUTS: Final[Mapping[Any, Callable[[Dump], Dump]]] = {str: _text, int: _number, bool: _truth}
"""By type, how usual values are encoded in one step; the others as ever."""


default_codec = Codec()
"""The codec of sessions that were given no converter."""
