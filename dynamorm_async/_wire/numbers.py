"""DynamoDB's numbers: 38 significant digits, magnitudes from 1E-130 to 9.99...E+125, as text.

The text is canonical, the form in which DynamoDB itself returns a number: no exponent, no leading or trailing zero,
no minus before zero. So equal numbers have equal text, and keys can be compared as text.

Every check is made on the digits and the exponent before anything is converted: ``int(Decimal("1E+400000"))`` alone
would hold the event loop for seconds.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Final

import msgspec

from dynamorm_async._wire.faults import BadValueError

__all__ = [
    "DECIMALS",
    "INTS",
    "INT_JSONS",
    "INT_TEXTS",
    "MAX_DIGITS",
    "decimal_json",
    "decimal_text",
    "float_text",
    "int_text",
    "is_fraction",
    "number_text",
    "parse_decimal",
    "parse_float",
    "parse_int",
    "parse_number",
]

MAX_DIGITS: Final = 38
_MIN_EXPONENT: Final = -130
_MAX_EXPONENT: Final = 125
_LIMIT: Final = 10**MAX_DIGITS
_MAX_BITS: Final = 420
"""10**126 - 1, the largest magnitude rounded up, has 419 bits."""
_MAX_TEXT: Final = 400
"""The longest canonical text has 170 characters; anything much longer is an attack."""

_TEXT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,10})?")
is_fraction: Final = re.compile(r"-?[0-9]{1,20}\.[0-9]{0,17}[1-9]").fullmatch
"""Whether it is a usual text of a number that is not whole: what ``Decimal`` reads exactly as it is."""

_PLAIN_NUMBER: Final = b'0123456789.-"'
"""What the JSON of a number without an exponent is made of."""
_ZERO: Final = ord("0")
_encode: Final = msgspec.json.Encoder().encode

_TOO_LONG: Final = "has more than 38 significant digits, which DynamoDB cannot store. Round it first."
_TOO_WIDE: Final = "is outside DynamoDB's range of numbers, 1E-130 to 9.99E+125. Store it as text, or scale it."
_NOT_FINITE: Final = "is not a finite number, which DynamoDB cannot store. Use None for a missing number."
_NO_NUMBER: Final = "the stored N is not a number of DynamoDB's."


def number_text(value: float | Decimal) -> str:
    """A number as N text.

    Raises:
        BadValueError: It is a bool, not finite, out of range, or has more than 38 significant digits.
    """
    if isinstance(value, bool):
        raise BadValueError("is a bool, not a number. Declare the type as bool, or convert it to int.")
    if isinstance(value, int):
        return int_text(value)
    return float_text(value) if isinstance(value, float) else decimal_text(value)


def int_text(value: int) -> str:
    """An int (never a bool) as N text."""
    if -_LIMIT < value < _LIMIT:
        return str(value) if type(value) is int else int.__repr__(value)
    if value.bit_length() > _MAX_BITS:
        raise BadValueError(_TOO_WIDE)
    return decimal_text(Decimal(value))


class _IntTexts(dict[int, str]):
    """Texts of ints, each made once; asked for small ones only, so there are never many."""

    def __missing__(self, value: int) -> str:
        text = self[value] = int.__repr__(value)
        return text


INT_TEXTS: Final = _IntTexts()
"""For ints of -999 to 9999. A look-up takes 25 ns where ``str`` takes 75."""


class _IntJsons(dict[int, bytes]):
    """JSON of the N text of ints; those of `INT_TEXTS` are made once."""

    def __missing__(self, value: int) -> bytes:
        json = b'"%b"' % int_text(value).encode()
        if -1000 < value < 10000:
            self[value] = json
        return json


INT_JSONS: Final = _IntJsons()


def float_text(value: float) -> str:
    """A float as N text: the shortest decimal that reads back as the same float."""
    if not isfinite(value):
        raise BadValueError(_NOT_FINITE)
    return decimal_text(Decimal(float.__repr__(value)))


def decimal_text(value: Decimal) -> str:
    """A Decimal as N text, exactly."""
    if not value.is_finite():
        raise BadValueError(_NOT_FINITE)
    text = str(value) if type(value) is Decimal else Decimal.__str__(value)
    if len(text) <= MAX_DIGITS and "E" not in text and "e" not in text and text[-1] != "0":
        return text
    digits, point = _digits(value)
    if not digits:
        return "0"
    return ("-" if value.is_signed() else "") + _plain(digits, point)


def decimal_json(value: Decimal) -> bytes:
    """The JSON of the N text of a Decimal that is no subclass's."""
    json = _encode(value)
    if len(json) <= MAX_DIGITS and json[-2] != _ZERO and not json.translate(None, _PLAIN_NUMBER):
        return json
    return _encode(decimal_text(value))


def _digits(value: Decimal) -> tuple[str, int]:
    """The significant digits and where the decimal point stands: 0.DIGITS times ten to that power."""
    if not value:
        return "", 0
    exponent = value.adjusted()
    if not _MIN_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise BadValueError(_TOO_WIDE)
    # A decimal context with capitals=0 writes the exponent with e.
    digits = Decimal.__str__(value).upper().partition("E")[0].replace(".", "").lstrip("-0").rstrip("0")
    if len(digits) > MAX_DIGITS:
        raise BadValueError(_TOO_LONG)
    return digits, exponent + 1


def _plain(digits: str, point: int) -> str:
    """The same number written without an exponent."""
    if point >= len(digits):
        return digits.ljust(point, "0")
    if point > 0:
        return f"{digits[:point]}.{digits[point:]}"
    return f"0.{'0' * -point}{digits}"


def parse_number(text: str) -> int | Decimal:
    """N text as an int if it is whole, as a Decimal otherwise, exactly.

    Raises:
        BadValueError: It is not a number that DynamoDB can hold.
    """
    if len(text) <= MAX_DIGITS and text.isascii() and (text.isdecimal() or (text[:1] == "-" and text[1:].isdecimal())):
        return int(text)
    if len(text) > _MAX_TEXT or not _TEXT.fullmatch(text):
        raise BadValueError(_NO_NUMBER)
    try:
        value = Decimal(text)
        digits, point = _digits(value)
    except (InvalidOperation, BadValueError):
        raise BadValueError(_NO_NUMBER) from None
    return int(value) if len(digits) <= point or not digits else value


INTS: Final[dict[str, int]] = {}
"""Whole numbers of at most four characters that `parse_int` met: ``INTS.get(text) or parse_int(text)`` takes 30 ns for
those, where parsing takes 140."""
DECIMALS: Final[dict[str, Decimal]] = {}
"""The same of `parse_decimal`, for prices and their like: at most 4096 numbers of at most eight characters."""


def parse_int(text: str) -> int:
    """N text as an int.

    Raises:
        BadValueError: It is no number, or not a whole one.
    """
    if text == "0":  # which is false, so it is asked for in vain
        return 0
    usual = len(text) <= MAX_DIGITS and text.isascii() and text.isdecimal()
    value = int(text) if usual else _whole(parse_number(text))
    if len(text) <= 4:
        INTS[text] = value
    return value


def _whole(value: int | Decimal) -> int:
    if isinstance(value, int):
        return value
    raise BadValueError("the stored N is not a whole number, as the declared int must be.")


def parse_decimal(text: str) -> Decimal:
    """N text as a Decimal, exactly.

    Raises:
        BadValueError: It is not a number that DynamoDB can hold.
    """
    value = Decimal(text if is_fraction(text) else parse_number(text))
    if len(text) <= 8:
        if len(DECIMALS) >= 4096:
            DECIMALS.clear()
        DECIMALS[text] = value
    return value


def parse_float(text: str) -> float:
    """N text as the nearest float.

    Raises:
        BadValueError: It is not a number that DynamoDB can hold.
    """
    return float(text if is_fraction(text) else parse_number(text))
