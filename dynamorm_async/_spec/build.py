"""From a class body to its frozen description, with every check that needs no server."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, NewType, NoReturn, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
import msgspec

from dynamorm_async._expr.slot import Slot
from dynamorm_async._spec.checks import check_type
from dynamorm_async._spec.declare import OPTIONS, FieldOptions
from dynamorm_async._spec.fields import (
    BaseSpec,
    DocumentSpec,
    FieldSpec,
    IndexKind,
    IndexSpec,
    ModelSpec,
    NullPolicy,
    Projection,
    Role,
    TableSpec,
)
from dynamorm_async._spec.indexes import FieldReference, Index
from dynamorm_async._spec.keys import KeyTemplate
from dynamorm_async.errors import ModelDefinitionError
from dynamorm_async.types import UNSET

__all__ = ["bare", "build_base", "build_document", "build_model", "field_names", "nearest"]

_KEY_TYPES = (str, bytes, int, Decimal, datetime, date, timedelta, UUID)
_ROLE_TYPES: Mapping[Role, tuple[type, ...]] = {
    Role.VERSION: (int,),
    Role.CREATED_AT: (datetime,),
    Role.UPDATED_AT: (datetime,),
    Role.TTL: (datetime, int),
    Role.TENANT: (str,),
}


class _Builder:
    """Collects what is wrong or right with one class; ``fail`` names class, field and fix."""

    def __init__(self, cls: type[Any], local_names: Mapping[str, Any], tag: str | None = None) -> None:
        self.cls = cls
        self.name = cls.__name__
        self.local_names = dict(local_names)
        self.tag = tag

    def fail(self, where: str, problem: str, hint: str, cause: BaseException | None = None) -> NoReturn:
        place = f"{self.name}.{where}" if where else self.name
        raise ModelDefinitionError(f"{place}: {problem}", model=self.name, hint=hint) from cause

    # ------------------------------------------------------------ fields

    def types(self) -> dict[str, Any]:
        try:
            hints = get_type_hints(self.cls, localns=self.local_names | {self.name: self.cls}, include_extras=True)
        except NameError as error:
            self.fail(
                "",
                f"the annotation name {error.name!r} cannot be resolved.",
                "Define or import it above the class.",
                error,
            )
        return {name: strip(hint) for name, hint in hints.items()}

    def declared(self) -> Iterator[tuple[attrs.Attribute[Any], FieldOptions, Slot]]:
        types = self.types()
        for attribute in attrs.fields(self.cls):
            options: FieldOptions = attribute.metadata.get(OPTIONS) or FieldOptions()
            label = f"{self.name}.{attribute.name}"
            epoch = options.role is Role.TTL
            yield attribute, options, Slot(types[attribute.name], label, options.converter, epoch=epoch)

    def fields(self) -> tuple[FieldSpec, ...]:
        found: list[FieldSpec] = []
        for attribute, options, slot in self.declared():
            check_type(slot.type, slot.label, self.name, self.cls)
            found.append(self.field(attribute, options, slot))
        self.check_names(found)
        bound = {field.name: field.type for field in found if field.template is None}
        return tuple(
            msgspec.structs.replace(field, template=field.template.bind(bound, model=self.name, field=field.name))
            if field.template
            else field
            for field in found
        )

    def field(self, attribute: attrs.Attribute[Any], options: FieldOptions, slot: Slot) -> FieldSpec:
        name = attribute.name
        self.check_role(name, options.role, slot.type)
        template = None
        if options.template is not None:
            template = KeyTemplate.parse_text(options.template, model=self.name, field=name)
            if slot.type is not str:
                self.fail(name, "a templated attribute must be annotated Attr[str].", "A template always makes text.")
        default, factory = self.default(attribute)
        return FieldSpec(
            name=name,
            attribute=options.name or name,
            slot=slot,
            role=options.role,
            template=template,
            default=default,
            factory=factory,
            null=options.null or NullPolicy.OMIT,
            sensitive=options.sensitive,
        )

    def default(self, attribute: attrs.Attribute[Any]) -> tuple[Any, Any]:
        default: Any = attribute.default
        if default is attrs.NOTHING:
            return UNSET, None
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # Factory is a class at run time
            if default.takes_self:
                self.fail(attribute.name, "a default that takes the instance is not supported.", "Use a plain factory.")
            return UNSET, default.factory
        kind = cast("type[object]", type(default))
        if issubclass(kind, (list, dict, set, bytearray)):
            self.fail(
                attribute.name,
                f"the default is a shared mutable {kind.__name__}.",
                f"Use attr(factory={kind.__name__}).",
            )
        return default, None

    def check_role(self, name: str, role: Role, kind: Any) -> None:
        allowed = _ROLE_TYPES.get(role)
        if allowed and bare(kind) not in allowed:
            names = " or ".join(f"Attr[{option.__name__}]" for option in allowed)
            self.fail(name, f"a {role.value} field has the wrong type.", f"Annotate it as {names}.")

    def check_names(self, fields: Iterable[FieldSpec]) -> None:
        by_attribute: dict[str, str] = {}
        for field in fields:
            if not 1 <= len(field.attribute.encode()) <= 255:
                self.fail(field.name, "its attribute name has not 1 to 255 bytes.", "Choose another name=.")
            if field.attribute in by_attribute:
                other = by_attribute[field.attribute]
                self.fail(
                    field.name, f"the attribute name {field.attribute!r} is {other}'s already.", "Choose another name=."
                )
            by_attribute[field.attribute] = field.name
        names = {field.name for field in fields}
        for field in fields:
            if field.attribute != field.name and field.attribute in names:
                self.fail(
                    field.name,
                    f"its attribute name {field.attribute!r} is also the Python name of another field.",
                    "A name must mean one field only, whichever way it is used.",
                )

    # ------------------------------------------------------------ keys and indexes

    def only(
        self, fields: Mapping[str, FieldSpec], what: str, test: Callable[[FieldSpec], bool], *, needed: bool
    ) -> FieldSpec | None:
        found = [field for field in fields.values() if test(field)]
        if len(found) > 1:
            self.fail(found[1].name, f"{found[0].name!r} is the {what} already.", f"A model has one {what}.")
        if needed and not found:
            self.fail("", f"no {what} is declared.", "Declare one field with partition_key().")
        return found[0] if found else None

    def key(self, fields: Mapping[str, FieldSpec], which: str, *, needed: bool) -> FieldSpec | None:
        options = {a.name: a.metadata.get(OPTIONS) or FieldOptions() for a in attrs.fields(self.cls)}
        found = self.only(fields, f"{which} key", lambda field: options[field.name].key == which, needed=needed)
        if found is not None:
            self.check_key_type(found, f"{which} key")
            if type(None) in get_args(found.type):
                self.fail(found.name, f"a {which} key cannot be None.", "Take None out of the annotation.")
        return found

    def check_key_type(self, field: FieldSpec, what: str) -> None:
        kind = bare(field.type)
        if field.converter is not None or kind in _KEY_TYPES:
            return
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return
        if (
            kind in (bool, float)
            or get_origin(kind) is not None
            or kind in (list, dict, set, tuple, frozenset, type(None), Any)
        ):
            self.fail(
                field.name,
                f"a {what} cannot have this type.",
                "Keys are text, numbers and binary: str, int, Decimal, bytes, datetime, date, UUID or an Enum.",
            )
        if hasattr(cast("object", kind), "__attrs_attrs__"):
            self.fail(field.name, f"a {what} cannot be a document.", "Use a scalar field, or a template.")

    def indexes(self, fields: Mapping[str, FieldSpec], partition: FieldSpec) -> tuple[IndexSpec, ...]:
        declared: dict[str, Index] = {}
        for base in reversed(self.cls.__mro__):
            declared.update({name: value for name, value in vars(base).items() if isinstance(value, Index)})
        found = [self.index(index, fields, partition) for index in declared.values()]
        names: dict[str | None, str] = {}
        for index in found:
            if index.name in names:
                self.fail(
                    index.handle,
                    f"the index name {index.name!r} is {names[index.name]}'s already.",
                    "Choose another name=.",
                )
            names[index.name] = index.handle
        self.check_counts(found)
        return tuple(found)

    def check_counts(self, indexes: list[IndexSpec]) -> None:
        for kind, most in ((IndexKind.GLOBAL, 20), (IndexKind.LOCAL, 5)):
            count = sum(index.kind is kind for index in indexes)
            if count > most:
                self.fail("", f"{count} {kind.value} indexes are declared.", f"DynamoDB allows {most} to a table.")

    def index(self, index: Index, fields: Mapping[str, FieldSpec], partition: FieldSpec) -> IndexSpec:
        parts = [self.reference(index, reference, fields) for reference in index.partition]
        sort = [self.reference(index, reference, fields) for reference in index.sort]
        if index.kind is IndexKind.LOCAL:
            parts = [partition]
        if not 1 <= len(parts) <= 4 or len(sort) > 4:
            self.fail(index.handle, "an index key has 1 to 4 partition and 0 to 4 sort attributes.", "Take some out.")
        for field in (*parts, *sort):
            self.check_key_type(field, f"key of index {index.handle!r}")
            if type(None) in get_args(field.type) and field.default not in (None, UNSET):
                self.fail(
                    field.name, "a field that keys an index is None or absent alike.", "Give it the default None."
                )
        projection, include = self.projection(index, fields)
        name = index.name or index.handle
        if not 3 <= len(name) <= 255:
            self.fail(index.handle, f"the index name {name!r} has not 3 to 255 characters.", "Give a longer name=.")
        return IndexSpec(name, index.handle, index.kind, tuple(parts), tuple(sort), projection, include)

    def projection(self, index: Index, fields: Mapping[str, FieldSpec]) -> tuple[Projection, tuple[FieldSpec, ...]]:
        choice = index.projection
        if choice in {"ALL", "KEYS_ONLY"}:
            return Projection(choice), ()
        if isinstance(choice, str) or not (choice or self.tag):
            self.fail(
                index.handle, f"there is no projection {choice!r}.", "Use 'ALL', 'KEYS_ONLY' or the fields to include."
            )
        named = [self.reference(index, reference, fields) for reference in choice]
        # What keeps the models of a table apart has to be in the index, or no query could read one of them by it.
        tag = [FieldSpec(self.tag, self.tag, Slot(str, self.tag))] if self.tag and index.tagged else []
        return Projection.INCLUDE, tuple(dict.fromkeys((*named, *tag)))

    def reference(self, index: Index, reference: FieldReference, fields: Mapping[str, FieldSpec]) -> FieldSpec:
        name = reference if isinstance(reference, str) else ""
        if name not in fields:
            self.fail(
                index.handle,
                f"the index names {name!r}, which is no field of {self.name}." if name else "the index names no field.",
                nearest(name, fields) or f"Fields are: {', '.join(fields)}.",
            )
        return fields[name]


def strip(kind: Any) -> Any:
    """The annotation without ``Attr``, ``Nested`` and other markers, at every level that matters."""
    if get_origin(kind) is Annotated:
        return strip(get_args(kind)[0])
    return strip(kind.__supertype__) if isinstance(kind, NewType) else kind


def bare(kind: Any) -> Any:
    """The type without its None."""
    arguments = get_args(kind)
    if type(None) in arguments and len(arguments) == 2:
        return next(argument for argument in arguments if argument is not type(None))
    return kind


def nearest(name: str, names: Iterable[str]) -> str:
    """``Did you mean 'x'?``, or nothing."""
    import difflib  # noqa: PLC0415  only for a message

    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"Did you mean {found[0]!r}?" if found else ""


def field_names(spec: DocumentSpec) -> str:
    """The field names, for a hint."""
    return ", ".join(spec.by_name)


def build_document(cls: type[Any], local_names: Mapping[str, Any]) -> DocumentSpec:
    """Describe a nested document class.

    Raises:
        ModelDefinitionError: Something about a field is wrong.
    """
    builder = _Builder(cls, local_names)
    fields = builder.fields()
    for field in fields:
        if field.role is not Role.PLAIN:
            builder.fail(
                field.name, f"a document inside an item has no {field.role.value} field.", "Put it on the model."
            )
    return DocumentSpec(cls, cls.__name__, fields, *_lookups(fields))


def build_base(cls: type[Any], local_names: Mapping[str, Any]) -> BaseSpec:
    """Describe an abstract model, as far as expressions of its fields need it: a model may still give what it lacks.

    Raises:
        ModelDefinitionError: A name in an annotation cannot be resolved.
    """
    declared = _Builder(cls, local_names).declared()
    fields = tuple(FieldSpec(one.name, options.name or one.name, slot) for one, options, slot in declared)
    return BaseSpec(cls, cls.__name__, fields, *_lookups(fields))


def build_model(
    cls: type[Any],
    local_names: Mapping[str, Any],
    *,
    table: TableSpec,
    keep_unknown: bool,
    track_changes: bool = False,
    discriminator: tuple[str, str] | None,
) -> ModelSpec:
    """Describe a model class.

    Raises:
        ModelDefinitionError: Something about a field, key, index or option is wrong.
    """
    builder = _Builder(cls, local_names, None if discriminator is None else discriminator[0])
    fields = builder.fields()
    by_name, by_attribute = _lookups(fields)
    partition = builder.key(by_name, "partition", needed=True)
    sort = builder.key(by_name, "sort", needed=False)
    assert partition is not None  # noqa: S101  needed=True has raised otherwise

    def with_role(role: Role) -> FieldSpec | None:
        return builder.only(by_name, f"{role.value} field", lambda field: field.role is role, needed=False)

    if discriminator and discriminator[0] in by_attribute:
        builder.fail(
            by_attribute[discriminator[0]].name,
            f"the attribute {discriminator[0]!r} holds the type tag of the model.",
            "Give another tag_attribute=, or rename the field.",
        )
    indexes = builder.indexes(by_name, partition)
    if sort is None and any(index.kind is IndexKind.LOCAL for index in indexes):
        builder.fail("", "a local index needs a table with a sort key.", "Declare a sort_key(), or use GlobalIndex.")
    return ModelSpec(
        cls,
        cls.__name__,
        fields,
        by_name,
        by_attribute,
        table=table,
        primary=IndexSpec(None, "table", None, (partition,), (sort,) if sort else ()),
        indexes=indexes,
        keep_unknown=keep_unknown,
        track_changes=track_changes,
        discriminator=discriminator,
        validated=tuple((one, one.validator) for one in attrs.fields(cls) if one.validator is not None),
        version=with_role(Role.VERSION),
        ttl=with_role(Role.TTL),
        created_at=with_role(Role.CREATED_AT),
        updated_at=with_role(Role.UPDATED_AT),
        tenant=_tenant(builder, with_role(Role.TENANT), partition),
    )


def _tenant(builder: _Builder, tenant: FieldSpec | None, partition: FieldSpec) -> FieldSpec | None:
    feeding = partition.template.fields if partition.template else ()
    if tenant is not None and tenant.name not in feeding:
        builder.fail(
            tenant.name,
            "the tenant is not part of the partition key, so it could not keep tenants apart.",
            f"Use it in the template of {partition.name}, as in partition_key('TENANT#{{{tenant.name}}}').",
        )
    return tenant


def _lookups(fields: tuple[FieldSpec, ...]) -> tuple[Mapping[str, FieldSpec], Mapping[str, FieldSpec]]:
    return (
        MappingProxyType({field.name: field for field in fields}),
        MappingProxyType({field.attribute: field for field in fields}),
    )
