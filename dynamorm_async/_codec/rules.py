"""What a missing attribute reads back as, and so what may be stored by leaving an attribute out.

None and the empty set, in a top-level attribute:

* None is left out (``null="omit"``, the default) if a missing attribute reads back as None. It is stored as ``NULL``
  if the field says ``null="null"``, or if the field has another default: left out, it would read back as that default.
* None in a field that keys an index is always left out, since DynamoDB refuses a NULL there.
* The empty set is left out if a missing attribute reads back as an empty set, and stored as ``NULL`` otherwise;
  where None is a value beside the set (``set[str] | None``), ``NULL`` is None and the empty set is an empty list.

Inside documents, lists and maps nothing is left out: None is ``NULL``, and the empty set is as above.

A missing attribute reads back as the field's default; without one as None if the type allows it, as an empty set if the
type is a set; otherwise it is an error. The default of a TTL may be a timedelta, which is meant for new items and so no
default for what is read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dynamorm_async._codec.annotations import allows_none, container, strip, without_none
from dynamorm_async._spec.fields import FieldSpec, NullPolicy
from dynamorm_async.types import UNSET

__all__ = ["empty_container", "missing", "omits_empty", "omits_none", "omitted"]


def empty_container(kind: Any) -> type[Any] | None:
    """``set`` or ``frozenset`` if the type is a set, None or not; None otherwise."""
    found = without_none(kind)
    base = container(strip(found[0])) if len(found) == 1 else None
    return base if base in (set, frozenset) else None


def missing(field: FieldSpec) -> Any:
    """What a missing attribute reads back as, made anew if there is a factory; UNSET if it is an error."""
    if field.factory is not None:
        return field.factory()
    if field.default is not UNSET and not isinstance(field.default, timedelta if field.slot.epoch else ()):
        return field.default
    if allows_none(field.type):
        return None
    base = empty_container(field.type) if field.converter is None else None
    return UNSET if base is None else base()


def omits_none(field: FieldSpec) -> bool:
    """Whether None is stored by leaving the attribute out."""
    # A TTL field begins as None, whatever its type says.
    nullable = allows_none(field.type) or (field.slot.epoch and field.default is None)
    return nullable and field.null is not NullPolicy.NULL and missing(field) is None


def omits_empty(field: FieldSpec) -> bool:
    """Whether the empty set is stored by leaving the attribute out."""
    if field.converter is not None or empty_container(field.type) is None:
        return False
    found = missing(field)
    return isinstance(found, (set, frozenset)) and not found


def omitted(field: FieldSpec, value: Any) -> bool:
    """Whether this value of a top-level field is stored by leaving its attribute out; an update then removes it."""
    if value is None:
        return omits_none(field) or field.template is not None
    return isinstance(value, (set, frozenset)) and not value and omits_empty(field)
