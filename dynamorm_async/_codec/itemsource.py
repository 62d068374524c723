"""Generates the functions that encode an item, and the key of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dynamorm_async._codec.attributes import Attribute
from dynamorm_async._codec.encoding import NO_SHORTCUT, VARIED, EncoderSource, Parts, quoted
from dynamorm_async._codec.shapes import Nullable
from dynamorm_async._wire.json import encode_json
from dynamorm_async.types import Item

__all__ = ["write_item_encoder", "write_key_encoder"]


def write_item_encoder(writer: EncoderSource, attributes: Sequence[Attribute], tag: Item) -> None:
    """Write ``encode``: from an instance's ``__dict__`` to the JSON of its key and of the whole item.

    The key comes first in the item. So it is worked out once, and what says which item it is costs next to nothing.
    """
    reads: list[str] = []
    key, rest = Parts(), Parts()
    for attribute in sorted(attributes, key=lambda one: len(attributes) if one.position is None else one.position):
        variable = "d" if attribute.shape is None else writer.source.name("v")
        if attribute.shape is not None:
            reads.append(f"{variable} = d[{attribute.field.name!r}]")
        if attribute.position is not None:
            key.text("," if key else "{")
            _add_always(writer, key, attribute, variable)
        elif attribute.always:
            rest.text(",")
            _add_always(writer, rest, attribute, variable)
        else:
            rest.expression(_sometimes(writer, attribute, variable))
    for name, value in tag.items():
        rest.text(f",{quoted(name)}:{encode_json(value).decode()}")
    rest.text("}")
    writer.source.function("encode", "d", [*reads, f"key = {key.joined()}", f"return key, {rest.joined('key')}"])


def _add_always(writer: EncoderSource, parts: Parts, attribute: Attribute, variable: str) -> None:
    """An attribute that every item has, with its name."""
    parts.text(f"{quoted(attribute.field.attribute)}:")
    shape, template = attribute.shape, attribute.field.template
    if template is not None and template.constant:
        parts.text(encode_json({"S": template.text}).decode())
    elif isinstance(shape, VARIED) and attribute.position is None:
        parts.expression(writer.value(shape, variable))
    else:
        found = None if shape is None else writer.shortcut(shape, variable)
        slow = attribute.computed if shape is None else attribute.value
        writer.add_shortcut(parts, found or NO_SHORTCUT, variable, slow, attribute.within(variable))


def _sometimes(writer: EncoderSource, attribute: Attribute, variable: str) -> str:
    """An expression for an attribute with its name, or for nothing where it is stored by leaving it out."""
    shape = attribute.shape
    name = f",{quoted(attribute.field.attribute)}:".encode()
    slow = _named(name, attribute.computed if shape is None else attribute.value)
    function = writer.source.bind("optional", slow)
    found = None if shape is None else writer.shortcut(shape.item if isinstance(shape, Nullable) else shape, variable)
    if found is None:
        return f"{function}({variable})"
    condition = found.condition + attribute.within(variable)
    text = f"{name!r} + {found.whole} if {condition} else {function}({variable})"
    return f"(b'' if {variable} is None else {text})" if attribute.without_none else f"({text})"


def _named(name: bytes, slow: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    def optional(value: Any) -> bytes:
        found = slow(value)
        return b"" if found is None else name + encode_json(found)

    return optional


def write_key_encoder(writer: EncoderSource, keys: Sequence[Attribute]) -> None:
    """Write ``encode_key`` and ``key_json``: from the values of a key to its attributes, and to their JSON."""
    names = [writer.source.name("k") for _ in keys]
    pairs: list[str] = []
    json = Parts()
    for key, name in zip(keys, names, strict=True):
        pairs.append(f"{key.field.attribute!r}: {_key_value(writer, key, name)}")
        json.text("," if json else "{")
        _add_always(writer, json, key, name)
    writer.source.function("encode_key", ", ".join(names), [f"return {{{', '.join(pairs)}}}"])
    writer.source.function("key_json", ", ".join(names), [f"return {json.joined()}"])


def _key_value(writer: EncoderSource, key: Attribute, variable: str) -> str:
    assert key.shape is not None  # noqa: S101  `keys_of` gives every key one
    slow = f"{writer.source.bind('slow', key.value)}({variable})"
    found = writer.shortcut(key.shape, variable)
    if found is None or found.value is None:
        return slow
    return f"({found.value} if {found.condition}{key.within(variable)} else {slow})"
