"""Documents: attrs classes as maps, and the fields of models, whose items are maps too.

A class that this library built has a `DocumentSpec`: its fields have attribute names, converters and templates, and
reading fills its ``__dict__`` without calling ``__init__``. Any other attrs class is a document as well: its fields go
by their own names, and reading calls the class, with its converters and validators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import attrs
import msgspec

from dynamorm_async._codec.annotations import allows_none
from dynamorm_async._codec.epoch import epoch_dump, epoch_load
from dynamorm_async._codec.hooks import dump_for, guarded, load_for
from dynamorm_async._codec.ownership import Dump, Hooks, Load, ours
from dynamorm_async._codec.rules import missing
from dynamorm_async._codec.scalars import is_a, refuse, wrong_type
from dynamorm_async._expr.slot import FieldConverter, Slot
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.values import NamedMap
from dynamorm_async.errors import ModelDefinitionError, ValidationError
from dynamorm_async.types import UNSET

__all__ = [
    "TYPE_TAG",
    "Member",
    "Record",
    "attribute_names",
    "dump_document",
    "is_document",
    "load_document",
    "record_for",
    "slot_pair",
]

TYPE_TAG: Final = "_type"
"""The attribute that names the class of a document in a union of documents."""


def is_document(kind: Any) -> bool:
    """Whether values of this type are stored as documents."""
    return isinstance(kind, type) and attrs.has(kind)


def attribute_names(cls: type[Any]) -> frozenset[str]:
    """The attributes that a document's map has."""
    return frozenset(field.attribute for field in _fields(cls)[0])


class Member(msgspec.Struct, frozen=True, eq=False):
    """One field of a record, with its dump and load."""

    field: FieldSpec
    dump: Dump
    load: Load
    argument: str | None = None
    """The name by which ``__init__`` takes it; None if ``__dict__`` is filled."""
    optional_argument: bool = False
    """Whether ``__init__`` has a default for it."""


class Record(msgspec.Struct, frozen=True, eq=False):
    """A model or document class as the codec sees it: plain values in, plain values out."""

    cls: type[Any]
    name: str
    native: bool
    """Whether the class is this library's, so that ``__dict__`` is filled."""
    members: tuple[Member, ...]
    templates: tuple[Member, ...]
    """The computed ones among the members; ``members`` has the others."""
    names: Mapping[str, str]
    """Attribute name to field name."""

    def values(self, instance: Any) -> Mapping[str, Any]:
        """Field name to value; a field that is not set is not in it."""
        if self.native:
            return instance.__dict__  # type: ignore[no-any-return]  # every object's is a dict
        names = [member.field.name for member in self.members]
        return {name: getattr(instance, name) for name in names if hasattr(instance, name)}

    def dump(self, instance: Any) -> NamedMap:
        """The map of a document.

        Raises:
            BadValueError: With the faults of all bad fields.
        """
        if type(instance) is not self.cls:
            wrong_type(instance, self.name)
        values = self.values(instance)
        plain: dict[str, Any] = {}
        faults: list[BadValueError] = []
        for member in self.members:
            try:
                plain[member.field.attribute] = member.dump(_present(values, member.field.name))
            except BadValueError as fault:
                faults.append(fault.at(f".{member.field.name}"))
        if faults:
            joined = BadValueError.join(faults)
            raise joined from joined.__cause__
        return NamedMap(plain | self._computed(values), self.names)

    def _computed(self, values: Mapping[str, Any]) -> dict[str, str]:
        texts = {member.field.attribute: rendered(member.field, values) for member in self.templates}
        return {attribute: text for attribute, text in texts.items() if text is not None}

    def load(self, plain: Any) -> Any:
        """The instance for a map."""
        if not is_a(plain, dict):
            refuse(plain, self.name, "M")
        return self.make(self.load_values(plain))

    def make(self, values: dict[str, Any]) -> Any:
        """The instance with these values."""
        if not self.native:
            present = [member for member in self.members if member.field.name in values]
            given = {str(member.argument): values[member.field.name] for member in present}
            return guarded(lambda arguments: self.cls(**arguments), self.cls)(given)
        instance: Any = object.__new__(self.cls)
        instance.__dict__.update(values)
        if hasattr(instance, "__attrs_post_init__"):
            guarded(lambda found: found.__attrs_post_init__(), self.cls)(instance)
        return instance

    def load_values(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """Field name to value, from attribute name to plain value.

        Raises:
            BadValueError: Of the first bad field.
        """
        values: dict[str, Any] = {}
        parsed = self._parsed(plain)
        for member in self.members:
            try:
                self._load_member(member, plain, parsed, values)
            except BadValueError as fault:
                raise fault.at(f".{member.field.name}") from fault.__cause__
        for member in self.templates:
            self._check_template(member.field, plain, values)
        return values

    def _load_member(
        self, member: Member, plain: Mapping[str, Any], parsed: Mapping[str, Any], values: dict[str, Any]
    ) -> None:
        field = member.field
        if field.attribute in plain:
            values[field.name] = member.load(plain[field.attribute])
        elif field.name in parsed:
            values[field.name] = parsed[field.name]
        elif not member.optional_argument:
            found = missing(field)
            if found is UNSET:
                raise BadValueError("the attribute is missing. Give the field a default if it may be.")
            values[field.name] = found

    def _parsed(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that have no attribute of their own and can be read out of a computed one."""
        absent = {member.field.name for member in self.members if member.field.attribute not in plain}
        found: dict[str, Any] = {}
        for member in self.templates:
            field, text = member.field, plain.get(member.field.attribute)
            if field.template is not None and type(text) is str and not absent.isdisjoint(field.template.fields):
                try:
                    found = field.template.parse(text) | found
                except (ValueError, KeyError):
                    raise _stale(field) from None
        return found

    @staticmethod
    def _check_template(field: FieldSpec, plain: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        if field.attribute not in plain:
            return
        try:
            expected = rendered(field, values)
        except BadValueError:
            expected = None
        if plain[field.attribute] != expected:
            raise _stale(field)


def _stale(field: FieldSpec) -> BadValueError:
    text = field.template.text if field.template else ""
    fault = BadValueError(f"the stored text is not what template {text!r} makes of the item's fields.")
    return fault.at(f".{field.name}")


def _present(values: Mapping[str, Any], name: str) -> Any:
    found = values.get(name, UNSET)
    if found is UNSET:
        raise BadValueError("has no value. Set it first, or read the item whole.")
    return found


def rendered(field: FieldSpec, values: Mapping[str, Any]) -> str | None:
    """The text of a computed attribute; None if a field that feeds it is None.

    Raises:
        BadValueError: A part does not fit the template.
    """
    template = field.template
    assert template is not None  # noqa: S101  only computed fields come here
    try:
        return template.render(values)
    except ValidationError as error:
        text = f"{error.message} {error.hint}" if error.hint else error.message
        raise BadValueError(text).at(f".{field.name}") from None


# ---------------------------------------------------------------- from the class to the record


def dump_document(cls: type[Any], converter: Hooks) -> Dump:
    """The dump of a document class."""
    record = record_for(cls, converter)

    def dump(value: Any) -> NamedMap:  # a bound method could not be marked
        return record.dump(value)

    return ours(dump)


def load_document(cls: type[Any], converter: Hooks) -> Any:
    """The structure hook of a document class."""
    record = record_for(cls, converter)

    def structure(plain: Any, _: Any) -> Any:
        return record.load(plain)

    return ours(structure)


_OPEN: ContextVar[tuple[type[Any], ...]] = ContextVar("_OPEN", default=())
"""The documents whose records are being made, outermost first."""


def record_for(cls: type[Any], converter: Hooks, spec: DocumentSpec | None = None) -> Record:
    """The record of a class.

    Raises:
        ModelDefinitionError: A field cannot be stored, or the document contains itself.
    """
    outer = _OPEN.get()
    if cls in outer:
        raise ModelDefinitionError(
            f"{cls.__name__} contains itself.",
            hint="Store the children as items of their own and refer to them by key.",
        )
    token = _OPEN.set((*outer, cls))
    try:
        fields, arguments = (spec.fields, {}) if spec is not None else _fields(cls)
        members = [_member(field, converter, arguments.get(field.name)) for field in fields]
    finally:
        _OPEN.reset(token)
    return Record(
        cls,
        cls.__name__,
        not arguments,
        tuple(member for member in members if member.field.template is None),
        tuple(member for member in members if member.field.template is not None),
        {member.field.attribute: member.field.name for member in members},
    )


def _member(field: FieldSpec, converter: Hooks, argument: attrs.Attribute[Any] | None) -> Member:
    try:
        dump, load = slot_pair(field.slot, converter)
    except ModelDefinitionError as error:
        if error.model is not None:
            raise
        raise ModelDefinitionError(
            f"{field.slot.label}: {error.message}", model=field.slot.label.partition(".")[0], hint=error.hint
        ) from error
    if argument is None:
        return Member(field, dump, load)
    return Member(field, dump, load, argument.alias, argument.default is not attrs.NOTHING)


def _fields(cls: type[Any]) -> tuple[Sequence[FieldSpec], dict[str, attrs.Attribute[Any]]]:
    """The fields of a class and, if it is no class of ours, the arguments of its ``__init__``."""
    spec = getattr(cls, "__dynamorm_spec__", None)
    if isinstance(spec, DocumentSpec) and spec.cls is cls:
        return spec.fields, {}
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise ModelDefinitionError(
            f"{cls.__name__}: the annotation name {error.name!r} cannot be resolved.",
            hint="Define or import it at the top of the class's module.",
        ) from error
    arguments = {attribute.name: attribute for attribute in attrs.fields(cls) if attribute.init}
    return [_plain_field(cls, attribute) for attribute in arguments.values()], arguments


def _plain_field(cls: type[Any], attribute: attrs.Attribute[Any]) -> FieldSpec:
    kind = Any if attribute.type is None else attribute.type
    return FieldSpec(attribute.name, attribute.name, Slot(kind, f"{cls.__name__}.{attribute.name}"))


def slot_pair(slot: Slot, converter: Hooks) -> tuple[Dump, Load]:
    """The dump and load of a slot: its own converter's, or the session's.

    Raises:
        ModelDefinitionError: The type cannot be stored.
    """
    if slot.converter is not None:
        return _own_pair(slot.converter, slot.type)
    if slot.epoch:
        return epoch_dump(slot.type), epoch_load(slot.type)
    return dump_for(converter, slot.type), load_for(converter, slot.type)


def _own_pair(converter: FieldConverter, kind: Any) -> tuple[Dump, Load]:
    encode, decode = guarded(converter.encode, kind), guarded(converter.decode, kind)
    if not allows_none(kind):
        return encode, decode
    return (
        lambda value: None if value is None else encode(value),
        lambda plain: None if plain is None else decode(plain),
    )
