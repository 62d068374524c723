"""The cursor of the DMS v0.1 exchange format: readable, unsigned, and the same bytes as its other implementations.

base64url with padding of compact JSON, ``{"lastKey":...,"index":...,"sort":"ASC"}``, names in the order of Go's
``json.Marshal``: fields as declared, maps by key, ``<``, ``>``, ``&`` and the two line separators escaped.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, ClassVar, TypeGuard, cast

from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._ops.coverage import key_fields
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.schema import attribute_type
from dynamorm_async._struct import Discreet
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.numbers import parse_decimal
from dynamorm_async.errors import InvalidCursorError
from dynamorm_async.types import AttributeValue, Item

__all__ = ["ExchangeCursor", "check_key", "read_exchange", "write_exchange"]

_LIMIT = 16_384
"""Characters; a key of any index is far shorter."""
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TYPES = ("S", "N", "B")
"""What a key attribute can be."""


class ExchangeCursor(Discreet, frozen=True):
    """What such a cursor says."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("key",)

    key: Item
    index: str | None
    descending: bool


def write_exchange(cursor: ExchangeCursor) -> str:
    """The text of a cursor."""
    content: dict[str, Any] = {"lastKey": dict(sorted(cursor.key.items()))}
    if cursor.index is not None:
        content["index"] = cursor.index
    content["sort"] = "DESC" if cursor.descending else "ASC"
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return urlsafe_b64encode(text.encode()).decode()


def read_exchange(text: str) -> ExchangeCursor:
    """What a text says; nothing in it is vouched for, as it has no signature.

    Raises:
        InvalidCursorError: It is not of this format.
    """
    if not isinstance(text, str) or len(text) > _LIMIT:
        raise _invalid()
    try:
        content = json.loads(urlsafe_b64decode(text), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _invalid() from error
    if not isinstance(content, dict):
        raise _invalid()
    said = cast("dict[str, Any]", content)
    index, sort, key = said.get("index") or None, said.get("sort", "ASC"), said.get("lastKey")
    known = said.keys() <= {"lastKey", "index", "sort"} and sort in ("ASC", "DESC")
    if not known or not (isinstance(index, str) or index is None) or not _is_key(key):
        raise _invalid()
    return ExchangeCursor(key, index, descending=sort == "DESC")


def check_key(plan: Plan, settings: Settings, key: Item) -> None:
    """Refuse a key that no item of a listing can have. The service would, or it would begin elsewhere.

    Raises:
        InvalidCursorError: An attribute has another type, or the partition is another.
    """
    spec = plan.request.spec
    if not all(_has_type(key[field.attribute], attribute_type(field)) for field in key_fields(spec, plan.index)):
        raise _invalid("has a key of another type than the index")
    equal = () if plan.fit is None else plan.fit.key.equal
    for field, value in equal:
        if comparable(settings.codec.encode(value.slot, value.value)) != comparable(key[field.attribute]):
            raise _invalid("is of another partition")


def _has_type(value: AttributeValue, kind: str) -> bool:
    try:
        return kind in value and (kind != "N" or parse_decimal(value[kind]).is_finite())
    except BadValueError:
        return False


def _is_key(key: Any) -> TypeGuard[Item]:
    return isinstance(key, dict) and key != {} and all(map(_is_scalar, cast("Item", key).values()))


def _is_scalar(value: Any) -> bool:
    if not isinstance(value, dict) or len(cast("AttributeValue", value)) != 1:
        return False
    ((tag, content),) = cast("AttributeValue", value).items()
    return tag in _TYPES and isinstance(content, str)


def _refuse(_: str) -> None:
    raise ValueError("no such number in JSON")


def _invalid(problem: str = "is not of the DMS v0.1 format") -> InvalidCursorError:
    return InvalidCursorError(f"the cursor {problem}.")
