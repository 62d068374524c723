"""Strict dumps and loads of the scalar types.

cattrs' own hooks call the type: ``str(None)`` is ``'None'`` and ``bool('false')`` is True. These refuse whatever is not
of the type. What they accept beyond it loses nothing: an int for a float or Decimal, a subclass of the type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from types import NoneType
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

import msgspec

from dynamorm_async._codec.ownership import Dump, Load, ours
from dynamorm_async._spec.keys import datetime_text, parse_datetime
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.values import type_name
from dynamorm_async.errors import ValidationError

__all__ = [
    "SCALARS",
    "dump_datetime",
    "is_a",
    "parse_date",
    "parse_time",
    "parse_uuid",
    "parse_zoned",
    "refuse",
    "stored_type",
    "subclass_of",
    "wrong_type",
]

T = TypeVar("T")

_STORED: Final[Mapping[type, str]] = {
    str: "S",
    int: "N",
    Decimal: "N",
    bytes: "B",
    bool: "BOOL",
    NoneType: "NULL",
    list: "L",
    dict: "M",
    set: "SS, NS or BS",
}
_MICROSECONDS: Final = 1_000_000
_WIDTH: Final = len("2026-11-21T07:35:00.000000Z")


def stored_type(plain: object) -> str:
    """The wire type of a plain value that was read, for messages."""
    return _STORED.get(type(plain), type_name(plain))


def is_a(value: Any, *kinds: type) -> bool:
    """isinstance(), without telling a type checker: what is inside a container of Any stays Any."""
    return isinstance(value, kinds)


def wrong_type(value: object, expected: str) -> NoReturn:
    """Refuse a Python value of another type than declared."""
    raise BadValueError(f"{expected} was expected, not {type_name(value)}. Convert it, or change the annotation.")


def refuse(plain: object, expected: str, tag: str) -> NoReturn:
    """Refuse a stored value of another type than declared."""
    raise BadValueError(f"{tag} was expected for {expected}, and {stored_type(plain)} is stored.")


# ---------------------------------------------------------------- text, binary, bool, None


def _dump_str(value: Any) -> str:
    if isinstance(value, str):
        return value if type(value) is str else str.__str__(value)
    wrong_type(value, "str")


def _dump_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes) else wrong_type(value, "bytes")


def _dump_bool(value: Any) -> bool:
    return value if isinstance(value, bool) else wrong_type(value, "bool")


def _dump_none(value: Any) -> None:
    return None if value is None else wrong_type(value, "None")


def _exactly(kind: type[T], tag: str) -> Callable[[Any], T]:
    def load(plain: Any) -> T:
        return plain if type(plain) is kind else refuse(plain, kind.__name__, tag)

    return load


# ---------------------------------------------------------------- numbers


def _dump_int(value: Any) -> int:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else wrong_type(value, "int")


def _dump_decimal(value: Any) -> Decimal | int:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    wrong_type(value, "Decimal")


def _dump_float(value: Any) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() <= 1024 and (near := float(value)) == value:
            return near
        raise BadValueError("is an int that no float equals. Declare the field as int or Decimal.")
    wrong_type(value, "float")


def _number(plain: Any, expected: str) -> int | Decimal:
    return plain if type(plain) is int or type(plain) is Decimal else refuse(plain, expected, "N")


def _load_int(plain: Any) -> int:
    number = _number(plain, "int")
    if isinstance(number, int):
        return number
    raise BadValueError("a whole number was expected for int, and a fraction is stored.")


def _load_decimal(plain: Any) -> Decimal:
    return Decimal(_number(plain, "Decimal"))


def _load_float(plain: Any) -> float:
    return plain if type(plain) is float and isfinite(plain) else float(_number(plain, "float"))


def _dump_timedelta(value: Any) -> int | Decimal:
    """Seconds, exact to the microsecond."""
    if not isinstance(value, timedelta):
        wrong_type(value, "timedelta")
    whole = value.days * 86_400 + value.seconds
    # Text, because arithmetic with Decimal would round to the precision of the caller's context.
    return Decimal(f"{whole * _MICROSECONDS + value.microseconds}E-6") if value.microseconds else whole


def _load_timedelta(plain: Any) -> timedelta:
    number = _number(plain, "timedelta")
    if -(10**15) < number < 10**15:
        numerator, denominator = number.as_integer_ratio()
        microseconds, rest = divmod(numerator * _MICROSECONDS, denominator)
        if not rest and abs(microseconds // (86_400 * _MICROSECONDS)) < 10**9:
            return timedelta(microseconds=microseconds)
    raise BadValueError("the stored N is not a number of seconds that timedelta can hold exactly.")


# ---------------------------------------------------------------- what is stored as text


def dump_datetime(value: Any) -> str:
    """A zoned datetime as UTC text of fixed width."""
    if not isinstance(value, datetime):
        wrong_type(value, "datetime")
    if value.tzinfo is UTC and type(value) is datetime:
        text: str = msgspec.to_builtins(value)  # many times faster than isoformat(), and leaves out a fraction of zero
        return text if len(text) == _WIDTH else f"{text[:19]}.000000Z"
    try:
        return datetime_text(value)
    except ValidationError as error:
        raise BadValueError(f"{error.message} {error.hint}") from None
    except OverflowError:
        raise BadValueError("is outside the years 1 to 9999 in UTC.") from None


def _dump_date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    wrong_type(value, "date")


def _dump_time(value: Any) -> str:
    if not isinstance(value, time):
        wrong_type(value, "time")
    if value.tzinfo is not None and value.utcoffset() is None:
        raise BadValueError(
            "is in a zone whose distance from UTC depends on the day. Use a datetime, or a fixed offset."
        )
    return value.isoformat("microseconds")


def _dump_uuid(value: Any) -> str:
    return str(value) if isinstance(value, UUID) else wrong_type(value, "UUID")


def parse_zoned(value: datetime) -> datetime:
    """A datetime that was read, in UTC.

    Raises:
        ValueError: It has no time zone.
    """
    if value.tzinfo is None:
        raise BadValueError("the stored text is a time without a zone.")
    return value.astimezone(UTC)


def _text_of(kind: type[T], parse: Callable[[str], T]) -> Callable[[str], T]:
    """A parser that reads as msgspec does, so that the compiled code may leave it to msgspec, and more besides."""

    def read(text: str) -> T:
        try:
            return msgspec.convert(text, kind)
        except msgspec.ValidationError:
            pass
        try:
            return parse(text)
        except (ValueError, OverflowError):
            raise BadValueError(f"the stored text is no {kind.__name__}.") from None

    return read


parse_uuid = _text_of(UUID, UUID)
parse_date = _text_of(date, date.fromisoformat)
parse_time = _text_of(time, time.fromisoformat)
_parse_datetime = _text_of(datetime, parse_datetime)


def _load_datetime(plain: Any) -> datetime:
    text = plain if type(plain) is str else refuse(plain, "datetime", "S")
    try:
        return parse_zoned(_parse_datetime(text))
    except OverflowError:
        raise BadValueError("the stored text is no datetime.") from None


def _load_text(kind: type[T], parse: Callable[[str], T]) -> Callable[[Any], T]:
    def load(plain: Any) -> T:
        return parse(plain) if type(plain) is str else refuse(plain, kind.__name__, "S")

    return load


def _pair(dump: Dump, load: Load) -> tuple[Dump, Callable[[Any, Any], Any]]:
    """As cattrs wants them. cattrs finds a hook for the subclasses of a type too, so the type asked for counts."""

    def structure(plain: Any, kind: Any) -> Any:
        found = load(plain)
        if kind is type(found) or not isinstance(kind, type):
            return found
        return subclass_of(kind, found)

    return ours(dump), ours(structure)


def subclass_of(kind: Any, value: Any) -> Any:
    """A scalar as a subclass of its type, such as ``class Slug(str)`` or a member of a mixed-in Enum."""
    if not issubclass(kind, (str, int, float, Decimal, bytes)):
        raise BadValueError(f"{kind.__name__} needs a hook of its own. Register it on the session's converter.")
    try:
        return kind(value)
    except ValueError:
        raise BadValueError(f"the stored value is no {kind.__name__}.") from None


SCALARS: Final[dict[type, tuple[Dump, Callable[[Any, Any], Any]]]] = {
    str: _pair(_dump_str, _exactly(str, "S")),
    bytes: _pair(_dump_bytes, _exactly(bytes, "B")),
    bool: _pair(_dump_bool, _exactly(bool, "BOOL")),
    NoneType: _pair(_dump_none, _exactly(NoneType, "NULL")),
    int: _pair(_dump_int, _load_int),
    float: _pair(_dump_float, _load_float),
    Decimal: _pair(_dump_decimal, _load_decimal),
    timedelta: _pair(_dump_timedelta, _load_timedelta),
    datetime: _pair(dump_datetime, _load_datetime),
    date: _pair(_dump_date, _load_text(date, parse_date)),
    time: _pair(_dump_time, _load_text(time, parse_time)),
    UUID: _pair(_dump_uuid, _load_text(UUID, parse_uuid)),
}
"""Type -> its unstructure hook and its structure hook."""
