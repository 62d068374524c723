"""Numbers go to text and back exactly, and what DynamoDB cannot hold is refused before it is converted."""

from __future__ import annotations

import time
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.numbers import (
    DECIMALS,
    INTS,
    decimal_json,
    decimal_text,
    number_text,
    parse_decimal,
    parse_float,
    parse_int,
    parse_number,
)

storable = st.builds(
    lambda digits, exponent, negative: Decimal(
        (negative, tuple(map(int, str(digits))), exponent - len(str(digits)) + 1)
    ),
    st.integers(1, 10**38 - 1),
    st.integers(-130, 125),
    st.integers(0, 1),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("0E+999999"), "0"),
        (7, "7"),
        (-12, "-12"),
        (1.0, "1"),
        (1.5, "1.5"),
        (0.1, "0.1"),
        (1e22, "1" + "0" * 22),
        (1e-7, "0.0000001"),
        (Decimal("-1.500"), "-1.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal(10), "10"),
        (Decimal("100.5"), "100.5"),
        (10**40, "1" + "0" * 40),
        (Decimal("1E-130"), "0." + "0" * 129 + "1"),
        (Decimal("9.9E+125"), "99" + "0" * 124),
        (Decimal("1." + "0" * 500), "1"),
        (int("9" * 38), "9" * 38),
    ],
)
def test_a_number_has_one_text_without_exponent_or_needless_zeros(value, text):
    """The text is the one in which DynamoDB itself returns the number, so equal keys have equal text."""
    assert text == number_text(value)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("NaN123"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
        float("nan"),
        float("inf"),
        float("-inf"),
        Decimal("1E+126"),
        -Decimal("1E+126"),
        Decimal("9E-131"),
        10**126,
        1e300,
        5e-324,
        int("1" * 39),
        Decimal("1." + "1" * 38),
        True,
    ],
)
def test_fault_12_a_number_that_dynamodb_cannot_hold_is_refused(value):
    """NaN, infinities, 39 digits and magnitudes out of range have no text; nor has a bool."""
    with pytest.raises(BadValueError):
        number_text(value)


@pytest.mark.parametrize(
    "bomb",
    [Decimal("1E+400000"), Decimal("-1E+999999999999"), 10**400_000],
    ids=["Decimal", "negative Decimal", "int"],
)
def test_fault_12_a_bomb_is_refused_before_it_is_converted(bomb):
    """Converting any of these would take seconds; the refusal costs less than a millisecond of CPU."""
    number_text_of_small = number_text(1)
    start = time.process_time()
    for _ in range(100):
        with pytest.raises(BadValueError):
            number_text(bomb)
    per_call = (time.process_time() - start) / 100

    assert "1" == number_text_of_small
    assert per_call < 0.001


MALFORMED = ["", "-", "+1", " 1", "1 ", "1_000", "0x10", "\uff11\uff12", "\u0663", "1.", ".5", "1e", "NaN", "Infinity"]
TOO_MUCH = ["1E+126", "1E-131", "1E+999999999", f"1E+{'9' * 20}", "9" * 39, "1" * 5_000, "1" + "0" * 5_000]


@pytest.mark.parametrize("text", [*MALFORMED, *TOO_MUCH])
@pytest.mark.parametrize("parse", [parse_number, parse_int, parse_decimal, parse_float])
def test_fault_32_text_that_is_no_number_of_dynamodbs_is_refused(parse, text):
    """What no answer of DynamoDB holds is an error, not a guess."""
    with pytest.raises(BadValueError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("-0", 0), ("007", 7), ("-5", -5), ("1.0", 1), ("1E2", 100), ("1e+2", 100), ("2.50", Decimal("2.5"))],
)
def test_whole_numbers_read_as_int_and_all_others_as_decimal(text, value):
    """The type does not depend on how the number is written."""  # R28
    found = parse_number(text)

    assert value == found
    assert type(value) is type(found)


def test_a_declared_int_refuses_a_fraction():
    """It is not rounded."""
    assert 100 == parse_int("1E2")
    with pytest.raises(BadValueError, match="whole"):
        parse_int("1.5")


@given(storable)
def test_every_storable_decimal_comes_back_equal(value):
    """All 38 digits, over the whole range, whatever the precision of the caller's context is."""
    with localcontext(prec=3):
        text = number_text(value)
        back, typed = parse_number(text), parse_decimal(text)

    assert value == back
    assert value == typed
    assert text == number_text(back)


@given(st.integers(-(10**38) + 1, 10**38 - 1))
def test_every_storable_int_comes_back_as_an_int(value):
    """Without passing through a float."""
    found = parse_number(number_text(value))

    assert value == found
    assert type(found) is int


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e125, max_value=1e125))
def test_every_storable_float_comes_back_the_same(value):
    """The shortest decimal of a float reads back as that float."""
    if value and abs(value) < 1e-130:
        with pytest.raises(BadValueError):
            number_text(value)
    else:
        assert value == parse_float(number_text(value))


def test_numbers_that_are_kept_stay_few():
    """A stream of ever new numbers does not fill the memory, and each is right all the same."""
    cents = range(10_000, 20_000)

    assert [Decimal(cent).scaleb(-2) for cent in cents] == [parse_decimal(f"{cent / 100:.2f}") for cent in cents]
    assert list(cents) == [parse_int(str(cent)) for cent in cents]
    assert parse_decimal("3.14159265358979323846") == Decimal("3.14159265358979323846")
    assert len(DECIMALS) <= 4096
    assert max(map(len, DECIMALS)) <= 8
    assert max(map(len, INTS)) <= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+5", "100000"), ("1E-7", "0.0000001"), ("1.5E-10", "0.00000000015"), ("1E+120", f"1{'0' * 120}")],
)
def test_a_decimal_context_that_writes_a_small_e_changes_no_number(value, text):
    """Its ``capitals`` is anybody's to set, and must not let an exponent pass for digits."""
    with localcontext() as context:
        context.capitals = 0

        assert text == decimal_text(Decimal(value))
        assert f'"{text}"'.encode() == decimal_json(Decimal(value))
