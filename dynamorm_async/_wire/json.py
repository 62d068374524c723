"""JSON of request and reply bodies: strict, bounded, never partly right.

msgspec already refuses NaN, Infinity, damaged UTF-8, lone surrogates, trailing text and byte order marks, and its
nesting is bounded by Python's recursion limit; this adds the bound of DynamoDB's own and one error for all of it.
"""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

import msgspec

from dynamorm_async.errors import ProtocolError

__all__ = ["MAX_JSON_DEPTH", "ReplyDecoder", "decode_object", "encode_body", "encode_json", "is_bare"]

T = TypeVar("T")

MAX_JSON_DEPTH: Final = 80
"""32 levels of attribute values are 64 of JSON (``{"M": {...}}``); the rest is for the reply around the item."""

_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises: the second for damaged UTF-8, the third for deep nesting."""

encode_json = msgspec.json.Encoder().encode
"""Anything as JSON: items and requests as dicts, or parts of them that are JSON already as `msgspec.Raw`."""
_decode = msgspec.json.Decoder().decode


def is_bare(name: str) -> bool:
    """Whether a name is the same in JSON. msgspec knows no field with a quote, backslash or control character."""
    return encode_json(name) == f'"{name}"'.encode()


def encode_body(body: dict[str, Any]) -> bytes:
    """A request body as JSON; keys stay in the order they are given."""
    return encode_json(body)


def decode_object(body: bytes) -> dict[str, Any]:
    """A reply body, which must be one JSON object.

    Args:
        body: The whole body, at most as large as the transport allows.

    Raises:
        ProtocolError: It is not JSON, not an object, or nested deeper than any reply of DynamoDB.
    """
    try:
        value: Any = _decode(body)
    except _NO_JSON:
        raise ProtocolError("the reply is not JSON.") from None
    if value.__class__ is not dict:
        raise ProtocolError("the reply is JSON, but not an object.")
    _check_depth(body, value)
    found: dict[str, Any] = value
    return found


def _check_depth(body: bytes, value: dict[str, Any]) -> None:
    """Refuse more than `MAX_JSON_DEPTH` levels, one level at a time and without recursion."""
    if body.count(b"{") + body.count(b"[") <= MAX_JSON_DEPTH:
        return
    level: list[Any] = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if outer.__class__ is dict else outer)
            if inner.__class__ is dict or inner.__class__ is list
        ]
        if not level:
            return
    raise ProtocolError(f"the reply is nested deeper than {MAX_JSON_DEPTH} levels, as no reply of DynamoDB is.")


class ReplyDecoder(Generic[T]):
    """Decodes reply bodies straight into a msgspec type.

    Args:
        shape: What the body holds, such as a Struct with a ``list`` of a model's wire items.

    Example:
        >>> ReplyDecoder(dict[str, int]).decode(b'{"Count": 3}')
        {'Count': 3}
    """

    __slots__ = ("_decode",)

    def __init__(self, shape: type[T]) -> None:
        self._decode = msgspec.json.Decoder(shape).decode

    def decode(self, body: bytes) -> T:
        """Decode one body.

        Raises:
            msgspec.ValidationError: It is JSON and does not fit the type. Decode it as plain attribute values and let
                the model say what is wrong.
            ProtocolError: It is not JSON, or nested too deeply.
        """
        try:
            return self._decode(body)
        except msgspec.ValidationError:
            raise
        except _NO_JSON:
            raise ProtocolError("the reply is not JSON.") from None
