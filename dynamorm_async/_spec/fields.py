"""A field of a model, a document and a model, as frozen descriptions."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Never

import attrs
import msgspec
from msgspec.structs import force_setattr

from dynamorm_async._expr.conditions import Condition, Exists, NotExists
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import FieldConverter, Slot
from dynamorm_async._spec.keys import KeyTemplate
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import UNSET

__all__ = [
    "BaseSpec",
    "DocumentSpec",
    "FieldSpec",
    "IndexKind",
    "IndexSpec",
    "ModelSpec",
    "NullPolicy",
    "Projection",
    "Role",
    "TableSpec",
    "UniqueSpec",
]


class Role(enum.Enum):
    """What a field does beyond holding a value."""

    PLAIN = "plain"
    VERSION = "version"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    TTL = "ttl"
    AUTO_ID = "auto_id"
    TENANT = "tenant"


class NullPolicy(enum.Enum):
    """How None is stored in a top-level attribute."""

    OMIT = "omit"
    """The attribute is left out (and removed by an update); it reads back as None."""
    NULL = "null"
    """The attribute holds DynamoDB's NULL."""


class IndexKind(enum.Enum):
    """The two kinds of secondary index."""

    GLOBAL = "global"
    LOCAL = "local"


class Projection(enum.Enum):
    """Which attributes an index holds."""

    ALL = "ALL"
    KEYS_ONLY = "KEYS_ONLY"
    INCLUDE = "INCLUDE"


_NOWHERE = Path((), Slot(Any))


class FieldSpec(msgspec.Struct, frozen=True, eq=False):
    """One field: its Python name, its attribute name, its type and its role."""

    name: str
    attribute: str
    slot: Slot
    role: Role = Role.PLAIN
    template: KeyTemplate | None = None
    """Set on computed attributes: the value is built from other fields and is never set by hand."""
    default: Any = UNSET
    """The default value, if it is not made by ``factory``; UNSET if the field is required."""
    factory: Callable[[], Any] | None = None
    null: NullPolicy = NullPolicy.OMIT
    sensitive: bool = False
    path: Path = _NOWHERE
    """Of its attribute. Made of that and the slot, whatever is given."""

    def __post_init__(self) -> None:
        force_setattr(self, "path", Path((self.attribute,), self.slot))

    @property
    def type(self) -> Any:
        """The resolved annotation."""
        return self.slot.type

    @property
    def converter(self) -> FieldConverter | None:
        """The field's own converter, which goes before the session's."""
        return self.slot.converter

    @property
    def required(self) -> bool:
        """Whether a stored item must have this attribute."""
        return self.default is UNSET and self.factory is None and self.template is None


class DocumentSpec(Discreet, frozen=True, eq=False):
    """An attrs class stored as a map inside an item."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("by_name", "by_attribute")

    cls: type[Any]
    name: str
    fields: tuple[FieldSpec, ...]
    by_name: Mapping[str, FieldSpec]
    by_attribute: Mapping[str, FieldSpec]


class BaseSpec(DocumentSpec, frozen=True, eq=False, weakref=True):
    """An abstract model, as far as it is known.

    It stands where every verb looks for the description of a model. What a verb asks of it that only a model has, is
    answered in words: so none has to ask what it was given.
    """

    def __getattr__(self, name: str) -> Never:
        if not hasattr(ModelSpec, name):
            raise AttributeError(name)
        raise InvalidRequestError(
            f"{self.name} is abstract: it has no table, and no items of its own.",
            model=self.name,
            hint=f"Use a model that is derived from {self.name}.",
        )


class IndexSpec(Discreet, frozen=True, eq=False):
    """The table's own key, or a secondary index: which fields make its key and what it holds.

    Global indexes have up to four partition and four sort attributes, everything else one and at most one.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("fields", "names")

    name: str | None
    """The index name on the wire; None for the table itself."""
    handle: str
    """The Python name (``by_email``), or ``"table"``."""
    kind: IndexKind | None
    partition: tuple[FieldSpec, ...]
    sort: tuple[FieldSpec, ...] = ()
    projection: Projection = Projection.ALL
    include: tuple[FieldSpec, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    """The fields of the key, partition before sort. Made of these two, whatever is given."""
    names: tuple[str, ...] = ()
    """Their attributes, the same way."""

    def __post_init__(self) -> None:
        force_setattr(self, "fields", (*self.partition, *self.sort))
        force_setattr(self, "names", tuple(field.attribute for field in self.fields))


class TableSpec(msgspec.Struct, frozen=True, eq=False):
    """Where items live and how the table is made."""

    name: str | None
    """None: the session's default table."""
    billing: str = "PAY_PER_REQUEST"


class UniqueSpec(msgspec.Struct, frozen=True, eq=False):
    """Fields whose values no two items of a model may share."""

    name: str
    fields: tuple[FieldSpec, ...]


class ModelSpec(DocumentSpec, frozen=True, eq=False, weakref=True):
    """All that is known of a model: every room below the model face works with this alone."""

    table: TableSpec
    primary: IndexSpec
    indexes: tuple[IndexSpec, ...]
    keep_unknown: bool = False
    track_changes: bool = False
    """Whether instances remember what is stored, so that ``save()`` sends only what changed."""
    """Whether attributes that the model does not declare survive a read and a put."""
    discriminator: tuple[str, str] | None = None
    """Attribute name and value that mark an item of this model in a shared table."""
    version: FieldSpec | None = None
    ttl: FieldSpec | None = None
    created_at: FieldSpec | None = None
    updated_at: FieldSpec | None = None
    tenant: FieldSpec | None = None
    validated: tuple[tuple[attrs.Attribute[Any], Callable[[Any, Any, Any], Any]], ...] = ()
    """The attrs fields that have validators, and these."""

    uniques: tuple[UniqueSpec, ...] = ()
    """Constraints that guard items keep."""
    members: tuple[ModelSpec, ...] = ()
    """The models that this is a common description of, if it is one."""
    computed: tuple[FieldSpec, ...] = ()
    """Computed fields outside the primary key. This and what follows is worked out, whatever is given."""
    free: frozenset[str] = frozenset()
    """Attributes that an update may change without a further look: the library sets none, and no key is made of one."""
    origins: frozenset[int] = frozenset()
    """The identities of the slots of its fields, and of those that it has of its bases as they are: an expression that
    comes from elsewhere is no field's. Identities, since slots are equal by their types; all of them live as long."""
    exists: Condition = Exists(_NOWHERE)
    """That there is an item with the key."""
    absent: Condition = NotExists(_NOWHERE)
    """That there is none."""
    as_is: bool = False
    """Whether a put stores instances just as they are: nothing is filled in, and only types are checked."""

    def __post_init__(self) -> None:
        filled = (self.tenant, self.created_at, self.updated_at, self.version, self.ttl)
        keys = self.primary.fields
        feeding = {name for key in keys if key.template is not None for name in key.template.fields}
        bound = {id(field) for field in (*keys, self.version, self.created_at, self.updated_at)}
        free = [
            field.attribute
            for field in self.fields
            if id(field) not in bound and field.template is None and field.name not in feeding
        ]
        computed = [field for field in self.fields if field.template is not None and field not in keys]
        as_is = not (self.validated or self.track_changes or any(field is not None for field in filled))
        force_setattr(self, "computed", tuple(computed))
        force_setattr(self, "free", frozenset(free))
        force_setattr(self, "origins", frozenset(self._origins()))
        force_setattr(self, "exists", Exists(self.partition.path))
        force_setattr(self, "absent", NotExists(self.partition.path))
        force_setattr(self, "as_is", as_is)

    def _origins(self) -> Iterator[int]:
        for member in self.members:
            yield from member.origins
        for base in self.cls.__mro__:
            known: DocumentSpec | None = vars(base).get("__dynamorm_spec__")
            for field in () if known is None else known.fields:
                own = self.by_attribute.get(field.attribute)
                if own is not None and own.slot == field.slot:
                    yield id(field.slot)
        for field in self.fields:
            yield id(field.slot)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.name}>"

    @property
    def partition(self) -> FieldSpec:
        """The field of the table's partition key."""
        return self.primary.partition[0]

    @property
    def sort(self) -> FieldSpec | None:
        """The field of the table's sort key, if it has one."""
        return self.primary.sort[0] if self.primary.sort else None
