"""The compiled codec of one model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from dynamorm_async._codec.annotations import allows_none
from dynamorm_async._codec.decoding import DecoderSource, local
from dynamorm_async._codec.documents import Member, Record, record_for, rendered
from dynamorm_async._codec.encoding import EncoderSource
from dynamorm_async._codec.hooks import dynamic_dump
from dynamorm_async._codec.ownership import Hooks
from dynamorm_async._codec.rules import omits_empty, omits_none
from dynamorm_async._codec.shapes import Leaf, Nullable, Shape, shape_of_member
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async._spec.keys import KeyTemplate, TemplatePart
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.size import PARTITION_KEY_LIMIT, SORT_KEY_LIMIT, check_key
from dynamorm_async._wire.values import dump, load
from dynamorm_async.errors import ValidationError
from dynamorm_async.types import UNSET, AttributeValue, Item

__all__ = ["UNKNOWN", "ModelCodec"]

UNKNOWN: Final = "_unknown_attributes"
"""Where an instance keeps attributes that its model does not declare, in ``__dict__``."""

_FAULTS = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)
"""What the compiled code raises where a value is not as expected."""


class _Field(msgspec.Struct, frozen=True, eq=False):
    """How one top-level attribute is encoded."""

    member: Member
    shape: Shape | None
    """None for a computed attribute."""
    limit: int | None
    """Of a key, in bytes."""
    primary: bool
    without_none: bool
    """Whether None is stored by leaving the attribute out."""
    without_empty: bool
    """Whether the empty set is."""

    @property
    def always(self) -> bool:
        """Whether there is always an attribute."""
        return not (self.without_none or self.without_empty or self.member.field.template)

    def checked(self, value: AttributeValue) -> AttributeValue:
        """The value itself, if it is not a key that DynamoDB would refuse."""
        return value if self.limit is None else check_key(value, self.limit)


class ModelCodec:
    """Encodes and decodes the items of one model.

    ``encode`` and ``build`` are generated for the model; ``decode`` is the slow way, which names what is wrong.

    Args:
        spec: The model.
        converter: A configured converter; see `converter`.

    Attributes:
        wire: The type that msgspec decodes an item into, for ``msgspec.json.Decoder(list[codec.wire])``.
        build: From a wire item to an instance. It gives exactly what ``decode`` gives for the same item, and raises
            the same `DecodeError`.
    """

    wire: Any
    build: Callable[[Any], Any]

    def __init__(self, spec: ModelSpec, converter: Hooks) -> None:
        self.spec = spec
        self._record = record_for(spec.cls, converter, spec)
        self._fallback = dynamic_dump(converter)
        self._fields = _fields_of(spec, self._record, converter)
        self._tag: Item = {spec.discriminator[0]: {"S": spec.discriminator[1]}} if spec.discriminator else {}
        self._keys = _keys_of(spec, self._fields, converter)
        self._encode, self._encode_key = self._compile_encoders()
        if spec.keep_unknown:
            self.wire, self.build = dict[str, dict[str, Any]], self.decode
        else:
            self.wire, self.build = self._compile_decoder()
        if spec.track_changes:
            build = self.build
            self.build = lambda wire: self._remembered(build(wire))

    # ------------------------------------------------------------ encoding

    def encode(self, instance: Any) -> Item:
        """The item of an instance, with computed attributes and the discriminator.

        Args:
            instance: Of the model's class.

        Raises:
            ValidationError: Lists every field whose value cannot be stored.
        """
        values = instance.__dict__
        try:
            item = self._encode(values)
        except _FAULTS:
            item = self._encode_slowly(values)
        if UNKNOWN in values:
            for name, value in values[UNKNOWN].items():
                item.setdefault(name, value)
        return item

    def encode_field(self, field: FieldSpec, value: Any) -> AttributeValue | None:
        """The value of one top-level field, or None if it is stored by leaving the attribute out.

        Raises:
            ValidationError: It cannot be stored.
        """
        found = next(one for one in self._fields if one.member.field is field)
        try:
            return self._encode_one(found, {field.name: value})
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

    def _encode_key_slowly(self, values: Sequence[Any]) -> Item:
        item: Item = {}
        for field, value in zip(self._keys, values, strict=True):
            try:
                item[field.member.field.attribute] = field.checked(dump(field.member.dump(value), self._fallback))
            except BadValueError as fault:
                raise self._validation_error(fault.at(f".{field.member.field.name}")) from fault.__cause__
        return item

    def _encode_slowly(self, values: Mapping[str, Any]) -> Item:
        item: Item = {}
        faults: list[BadValueError] = []
        for field in self._fields:
            try:
                found = self._encode_one(field, values)
            except BadValueError as fault:
                faults.append(fault)
            else:
                if found is not None:
                    item[field.member.field.attribute] = found
        if faults:
            joined = BadValueError.join(faults)
            raise self._validation_error(joined) from joined.__cause__
        return item | self._tag

    def _encode_one(self, field: _Field, values: Mapping[str, Any]) -> AttributeValue | None:
        if field.shape is None:
            return _computed(field, values)
        try:
            return self._encode_value(field, values.get(field.member.field.name, UNSET))
        except BadValueError as fault:
            raise fault.at(f".{field.member.field.name}") from fault.__cause__

    def _encode_value(self, field: _Field, value: Any) -> AttributeValue | None:
        if value is UNSET:
            raise BadValueError("has no value. Set it first, or read the item whole.")
        if (value is None and field.without_none) or (
            field.without_empty and isinstance(value, (set, frozenset)) and not value
        ):
            return None
        return field.checked(dump(field.member.dump(value), self._fallback))

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

    def _compile_encoders(self) -> tuple[Callable[[Mapping[str, Any]], Item], Callable[..., Item]]:
        writer = EncoderSource(self.spec.name, self._fallback)
        self._write_encoder(writer)
        self._write_key_encoder(writer)
        functions = writer.source.compile()
        return functions["encode"], functions["encode_key"]

    def _write_key_encoder(self, writer: EncoderSource) -> None:
        names = [writer.source.name("k") for _ in self._keys]
        pairs = [
            f"{field.member.field.attribute!r}: {self._always(writer, field, name)}"
            for field, name in zip(self._keys, names, strict=True)
        ]
        writer.source.function("encode_key", ", ".join(names), [f"return {{{', '.join(pairs)}}}"])

    def _write_encoder(self, writer: EncoderSource) -> None:
        reads: list[str] = []
        pairs: list[str] = []
        rest: list[str] = []
        for field in self._fields:
            member = field.member.field
            variable = writer.source.name("v")
            if field.shape is not None:
                reads.append(f"{variable} = d[{member.name!r}]")
            if field.always:
                pairs.append(f"{member.attribute!r}: {self._always(writer, field, variable)}")
            elif member.template is not None and member.template.constant:
                pairs.append(f"{member.attribute!r}: {{'S': {member.template.text!r}}}")
            else:
                rest += self._sometimes(writer, field, variable)
        pairs += [f"{name!r}: {value!r}" for name, value in self._tag.items()]
        lines = [*reads, f"item = {{{', '.join(pairs)}}}", *rest, "return item"]
        writer.source.function("encode", "d", lines)

    def _always(self, writer: EncoderSource, field: _Field, variable: str) -> str:
        shape = field.shape
        assert shape is not None  # noqa: S101  computed attributes may be missing
        if field.limit is None:
            return writer.value(shape, variable)
        slow = f"{self._slow(writer, field)}({variable})"
        found = writer.shortcut(shape, variable)
        if found is None:
            return slow
        condition = found.condition + _within(shape, variable, field.limit)
        return f"({found.expression} if {condition} else {slow})"

    def _sometimes(self, writer: EncoderSource, field: _Field, variable: str) -> list[str]:
        attribute, shape = field.member.field.attribute, field.shape
        if shape is None:
            function = writer.source.bind("computed", functools.partial(_computed, field))
            return [f"found = {function}(d)", "if found is not None:", f"    item[{attribute!r}] = found"]
        slow = [
            f"elif (found := {self._slow(writer, field)}({variable})) is not None:",
            f"    item[{attribute!r}] = found",
        ]
        inner = shape.item if isinstance(shape, Nullable) else shape
        found = writer.shortcut(inner, variable)
        if found is None:
            return [f"if {variable} is None and {field.without_none}:", "    pass", *slow]
        within = "" if field.limit is None else _within(inner, variable, field.limit)
        return [f"if {found.condition}{within}:", f"    item[{attribute!r}] = {found.expression}", *slow]

    def _slow(self, writer: EncoderSource, field: _Field) -> str:
        return writer.source.bind("slow", functools.partial(self._encode_value, field))

    def _compile_decoder(self) -> tuple[Any, Callable[[Any], Any]]:
        writer = DecoderSource(self.spec.name)
        shapes = [field.shape for field in self._fields if field.shape is not None]
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
        shape = next(field.shape for field in self._fields if field.member.field.name == part.field)
        return isinstance(shape, Leaf) and shape.kind is str

    def _redo(self, wire: msgspec.Struct) -> Any:
        return self.decode(msgspec.json.decode(msgspec.json.encode(wire)))


def _fields_of(spec: ModelSpec, record: Record, converter: Hooks) -> tuple[_Field, ...]:
    limits: dict[FieldSpec, int] = {}
    for index in (spec.primary, *spec.indexes):
        for fields, limit in ((index.partition, PARTITION_KEY_LIMIT), (index.sort, SORT_KEY_LIMIT)):
            limits.update({field: min(limit, limits.get(field, limit)) for field in fields})
    primary = (*spec.primary.partition, *spec.primary.sort)
    keys = [field for field in limits if field not in primary]
    return tuple(
        _Field(
            member,
            None if member.field.template else shape_of_member(member, converter),
            limits.get(member.field),
            primary=member.field in primary,
            without_none=omits_none(member.field) or (member.field in keys and allows_none(member.field.type)),
            without_empty=omits_empty(member.field),
        )
        for member in (*record.members, *record.templates)
    )


def _keys_of(spec: ModelSpec, fields: Sequence[_Field], converter: Hooks) -> tuple[_Field, ...]:
    """The fields of the primary key, for values given by a caller: None is none of them, and a template's is text."""
    found = {field.member.field: field for field in fields}
    return tuple(
        msgspec.structs.replace(
            found[field],
            shape=found[field].shape or shape_of_member(found[field].member, converter),
            without_none=False,
            without_empty=False,
        )
        for field in spec.primary.fields
    )


def _computed(field: _Field, values: Mapping[str, Any]) -> AttributeValue | None:
    text = rendered(field.member.field, values)
    if text is None:
        if not field.primary:
            return None
        template = field.member.field.template
        needed = ", ".join(template.fields) if template else ""
        raise BadValueError(f"is part of the primary key and is made of {needed}, which must be set.").at(
            f".{field.member.field.name}"
        )
    found: AttributeValue = {"S": text}
    try:
        return found if field.limit is None else check_key(found, field.limit)
    except BadValueError as fault:
        raise fault.at(f".{field.member.field.name}") from None


def _within(shape: Shape, value: str, limit: int) -> str:
    """The condition that a key is neither empty nor too long, for the shortcuts that could be either."""
    return f" and 0 < len({value}) <= {limit}" if isinstance(shape, Leaf) and shape.kind in (str, bytes) else ""
