"""The compiled codec of one model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from dynamorm_async._codec.attributes import attributes_of, keys_of
from dynamorm_async._codec.decoding import DecoderSource, local
from dynamorm_async._codec.documents import record_for, rendered
from dynamorm_async._codec.encoding import EncoderSource
from dynamorm_async._codec.hooks import dynamic_dump
from dynamorm_async._codec.itemsource import write_item_encoder, write_key_encoder
from dynamorm_async._codec.ownership import Hooks
from dynamorm_async._codec.shapes import Leaf, depth
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async._spec.keys import KeyTemplate, TemplatePart
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.json import encode_json, is_bare
from dynamorm_async._wire.values import MAX_DEPTH, load
from dynamorm_async.errors import ModelDefinitionError, ValidationError
from dynamorm_async.types import AttributeValue, Item

__all__ = ["UNKNOWN", "ModelCodec", "Written", "item_of", "key_of"]

UNKNOWN: Final = "_unknown_attributes"
"""Where an instance keeps attributes that its model does not declare, in ``__dict__``."""

Written: TypeAlias = tuple[bytes, bytes]
"""The JSON of an item's key, without the closing bracket, and that of the whole item, which begins with it.

Equal keys have the same JSON, for a value has one form.
"""
_decoded: Final = msgspec.json.Decoder(dict[str, dict[str, Any]]).decode

_FAULTS = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)
"""What the compiled code raises where a value is not as expected."""


def item_of(written: Written) -> Item:
    """An item that was written, as an object."""
    return _decoded(written[1])


def key_of(json: bytes) -> Item:
    """The attributes of a key from its JSON in `Written`."""
    return _decoded(json + b"}")


class ModelCodec:
    """Encodes and decodes the items of one model.

    ``write`` and ``build`` run code generated for the model; ``decode`` is the slow way, which names what is wrong.

    Args:
        spec: The model.
        converter: A configured converter; see `converter`.
    """

    envelopes: Any = None
    """What decodes whole answers; kept here by whoever knows what answers look like."""

    def __init__(self, spec: ModelSpec, converter: Hooks) -> None:
        self.spec = spec
        self._record = record_for(spec.cls, converter, spec)
        self._fallback = dynamic_dump(converter)
        self._attributes = attributes_of(spec, self._record, converter)
        if any(depth(one.shape) > MAX_DEPTH for one in self._attributes if one.shape is not None):
            raise ModelDefinitionError("a type is nested deeper than DynamoDB's 32 levels.")
        self._tag: Item = {spec.discriminator[0]: {"S": spec.discriminator[1]}} if spec.discriminator else {}
        self._keys = keys_of(spec, self._attributes, converter)
        # What only reads never encodes an item: its encoder is written when the first one is.
        self._encode: Callable[[Mapping[str, Any]], Written] = self._encode_first
        self._encode_key, self._key_json = self._compile_key_encoder()

    @functools.cached_property
    def wire(self) -> Any:
        """The type that msgspec decodes an item into, for ``msgspec.json.Decoder(list[codec.wire])``."""
        return self._decoder[0]

    @functools.cached_property
    def build(self) -> Callable[[Any], Any]:
        """From a wire item to an instance.

        It gives exactly what ``decode`` gives for the same item, and raises the same `DecodeError`; but it does not
        look at what a nested document does not declare, which ``decode`` refuses if it is no value of DynamoDB's.
        """
        build = self._decoder[1]
        return (lambda wire: self._remembered(build(wire))) if self.spec.track_changes else build

    # ------------------------------------------------------------ encoding

    def write(self, values: Mapping[str, Any]) -> Written:
        """The item of an instance as JSON, with computed attributes and the discriminator.

        Args:
            values: The instance's ``__dict__``, or what that will be.

        Raises:
            ValidationError: Lists every field whose value cannot be stored.
        """
        try:
            found = self._encode(values)
        except _FAULTS:
            found = self._written(self._encode_slowly(values))
        return self._written(values[UNKNOWN] | item_of(found)) if UNKNOWN in values else found

    def encode(self, instance: Any) -> Item:
        """The item of an instance as an object, see ``write``."""
        return item_of(self.write(instance.__dict__))

    def _written(self, item: Item) -> Written:
        key = {name: item[name] for name in self.spec.primary.names}
        return encode_json(key)[:-1], encode_json(key | item)

    def encode_field(self, field: FieldSpec, value: Any) -> AttributeValue | None:
        """The value of one top-level field, or None if it is stored by leaving the attribute out.

        Raises:
            ValidationError: It cannot be stored.
        """
        found = next(one for one in self._attributes if one.field is field)
        try:
            return found.encode({field.name: value})
        except BadValueError as fault:
            raise self._validation_error(fault) from fault.__cause__

    def encode_key(self, values: Sequence[Any]) -> Item:
        """The attributes of a primary key.

        Args:
            values: One for each field of the key; for a templated one, its text.

        Raises:
            ValidationError: A value does not fit, is empty, or is too long.
        """
        try:
            return self._encode_key(*values)
        except _FAULTS:
            return self._encode_key_slowly(values)

    def key_json(self, values: Sequence[Any]) -> bytes:
        """The JSON of a primary key, as in `Written`.

        Args:
            values: One for each field of the key; for a templated one, its text.

        Raises:
            ValidationError: A value does not fit, is empty, or is too long.
        """
        try:
            return self._key_json(*values)
        except _FAULTS:
            return encode_json(self._encode_key_slowly(values))[:-1]

    def _encode_key_slowly(self, values: Sequence[Any]) -> Item:
        item: Item = {}
        for key, value in zip(self._keys, values, strict=True):
            try:
                item[key.field.attribute] = key.checked(value)
            except BadValueError as fault:
                raise self._validation_error(fault.at(f".{key.field.name}")) from fault.__cause__
        return item

    def _encode_slowly(self, values: Mapping[str, Any]) -> Item:
        item: Item = {}
        faults: list[BadValueError] = []
        for attribute in self._attributes:
            try:
                found = attribute.encode(values)
            except BadValueError as fault:
                faults.append(fault)
            else:
                if found is not None:
                    item[attribute.field.attribute] = found
        if faults:
            joined = BadValueError.join(faults)
            raise self._validation_error(joined) from joined.__cause__
        return item | self._tag

    def _validation_error(self, fault: BadValueError) -> ValidationError:
        return fault.validation_error(self.spec.name, model=self.spec.name)

    # ------------------------------------------------------------ decoding

    def decode(self, item: Item) -> Any:
        """The instance for an item in wire form.

        Args:
            item: Attribute name to attribute value.

        Raises:
            DecodeError: It does not fit the model; ``path`` says where.
        """
        try:
            instance = self._decode(item)
            return self._remembered(instance) if self.spec.track_changes else instance
        except BadValueError as fault:
            raise fault.decode_error(self.spec.name, model=self.spec.name) from fault.__cause__

    def _remembered(self, instance: Any) -> Any:
        # Encoded anew rather than kept from the wire: both sides of a later comparison then have one spelling.
        if STORED not in instance.__dict__:
            instance.__dict__[STORED] = self.encode(instance)
        return instance

    def _decode(self, item: Item) -> Any:
        known = self._record.names
        self._check_tag(item)
        plain: dict[str, Any] = {}
        for name, value in item.items():
            if name in known:
                try:
                    plain[name] = load(value)
                except BadValueError as fault:
                    raise fault.at(f".{known[name]}") from None
        values = self._record.load_values(plain)
        instance = self._record.make(values)
        if self.spec.keep_unknown:
            unknown = {name: value for name, value in item.items() if name not in known and name not in self._tag}
            if unknown:
                instance.__dict__[UNKNOWN] = unknown
        return instance

    def _check_tag(self, item: Item) -> None:
        for name, expected in self._tag.items():
            if name in item and item[name] != expected:
                raise BadValueError(f"the item belongs to another model than {self.spec.name}.").at(f".{name}")

    # ------------------------------------------------------------ compiling

    def _encode_first(self, values: Mapping[str, Any]) -> Written:
        writer = EncoderSource(self.spec.name, self._fallback)
        write_item_encoder(writer, self._attributes, self._tag)
        self._encode = writer.source.compile()["encode"]
        return self._encode(values)

    def _compile_key_encoder(self) -> tuple[Callable[..., Item], Callable[..., bytes]]:
        writer = EncoderSource(f"{self.spec.name}.key", self._fallback)
        write_key_encoder(writer, self._keys)
        found = writer.source.compile()
        return found["encode_key"], found["key_json"]

    @functools.cached_property
    def _decoder(self) -> tuple[Any, Callable[[Any], Any]]:
        names = (*(attribute.field.attribute for attribute in self._attributes), *self._tag)
        if self.spec.keep_unknown or not all(map(is_bare, names)):
            return dict[str, dict[str, Any]], self.decode
        return self._compile_decoder()

    def _compile_decoder(self) -> tuple[Any, Callable[[Any], Any]]:
        writer = DecoderSource(self.spec.name)
        shapes = [attribute.shape for attribute in self._attributes if attribute.shape is not None]
        extra: list[tuple[str, str, Any]] = []
        checks: list[str] = []
        feeding: set[str] = set()
        for number, member in enumerate(self._record.templates):
            template = member.field.template
            assert template is not None  # noqa: S101  these are the computed members
            feeding.update(template.fields)
            extra.append((f"t{number}", member.field.attribute, writer.wire(Leaf(str, str, str))))
            expected = self._expected(writer, member.field, template)
            checks += [f"x = w.t{number}", "if x is not UNSET and x.S != (" + expected + "):", "    mismatch()"]
        for name, value in self._tag.items():
            extra.append(("tag", name, writer.wire(Leaf(str, str, str))))
            checks += ["x = w.tag", f"if x is not UNSET and x.S != {value['S']!r}:", "    mismatch()"]
        lines: list[str] = []
        wire = writer.record(self._record, shapes, lines, feeding=feeding, extra=extra, checks=checks)
        redo, faults = writer.source.bind("redo", self._redo), writer.source.bind("faults", _FAULTS)
        guarded = ["try:", *(f"    {line}" for line in lines), f"except {faults}:", f"    return {redo}(w)"]
        writer.source.function("build", "w", guarded)
        return wire, writer.source.compile()["build"]

    def _expected(self, writer: DecoderSource, field: FieldSpec, template: KeyTemplate) -> str:
        """An expression for the text that the template makes of the values that were read."""
        if all(isinstance(part, str) or self._is_text(part) for part in template.parts):
            return " + ".join(repr(part) if isinstance(part, str) else local(part.field) for part in template.parts)
        function = writer.source.bind("rendered", functools.partial(rendered, field))
        values = ", ".join(f"{name!r}: {local(name)}" for name in template.fields)
        return f"{function}({{{values}}})"

    def _is_text(self, part: TemplatePart) -> bool:
        shape = next(attribute.shape for attribute in self._attributes if attribute.field.name == part.field)
        return isinstance(shape, Leaf) and shape.kind is str

    def _redo(self, wire: msgspec.Struct) -> Any:
        return self.decode(msgspec.json.decode(msgspec.json.encode(wire)))
