"""Plain values become attribute values and come back, and what has no wire form is refused with its path."""

from __future__ import annotations

import base64
import enum
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async._wire.values import MAX_DEPTH, decode_value, encode_value
from dynamorm_async.errors import DecodeError, ValidationError

STRINGS = Path(__file__).parents[4] / "shared" / "vectors" / "strings" / "blns.base64.json"

text = st.text(st.characters(exclude_categories=["Cs"]))
whole = st.integers(-(10**37), 10**37)
numbers = whole | st.decimals(-(10**9), 10**9, places=6)
scalars = st.none() | st.booleans() | text | st.binary() | numbers
sets = st.sets(text, min_size=1) | st.sets(whole, min_size=1) | st.sets(st.binary(), min_size=1)
plain = st.recursive(scalars | sets, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=20)


def nested(levels, wrap):
    """A value that many levels deep."""
    value = None
    for _ in range(levels - 1):
        value = wrap(value)
    return value


@given(plain)
def test_a_free_form_value_comes_back_equal_and_of_the_same_types(value):
    """Nested lists, maps, None, bool, numbers and bytes do not drift."""  # R28
    encoded = encode_value(value)
    through_json = json.loads(json.dumps(encoded))

    assert encoded == through_json
    assert value == decode_value(through_json)
    assert encoded == encode_value(decode_value(through_json))


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (1.5, {"N": "1.5"}),
        (None, {"NULL": True}),
        (b"\x00\xff", {"B": "AP8="}),
        ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        (frozenset({10, 9}), {"NS": ["10", "9"]}),
        ({b"b", b"a"}, {"BS": ["YQ==", "Yg=="]}),
        ({"": {}}, {"M": {"": {"M": {}}}}),
    ],
)
def test_each_type_has_one_wire_form(value, encoded):
    """Binary is base64 text, and sets are sorted, so that equal values render to equal bytes."""  # R27
    assert encoded == encode_value(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({True}, "something else"),
        ({1, "a"}, "mixed"),
        ({b"a", "a"}, "mixed"),
        (set(), "empty set"),
        (frozenset(), "empty set"),
        ({(1, 2)}, "something else"),
        ({None}, "something else"),
        ({0.1, Decimal("0.1")}, "alike"),
        ({1: "a"}, "map key of type int"),
        ({None: "a"}, "map key of type None"),
        (object(), "object has no DynamoDB form"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        ([float("nan")], "finite"),
    ],
)
def test_fault_13_what_has_no_wire_form_is_refused(value, words):
    """Nothing is converted in silence."""
    with pytest.raises(ValidationError, match=words):
        encode_value(value)


def test_fault_13_a_bool_beside_numbers_is_not_made_a_number():
    """``{2, True}`` would have been stored as NS ['1', '2']."""
    with pytest.raises(ValidationError, match="mixed"):
        encode_value({2, True})


def test_an_enum_member_is_not_taken_for_its_value():
    """It would come back as a plain str."""

    class Color(enum.StrEnum):
        RED = "red"

    with pytest.raises(ValidationError, match="Color"):
        encode_value([Color.RED])


def test_the_error_names_the_path_and_not_the_value():
    """Map keys are data, so their position stands for them."""
    with pytest.raises(ValidationError) as caught:
        encode_value({"secret-key": [1, {"deep": {1.5, "secret"}}]}, label="User.prefs")

    assert "User.prefs[key 0][1][key 0]" == caught.value.errors[0][0]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: (inner,)])
def test_fault_14_the_32_levels_of_dynamodb_are_the_limit(wrap):
    """The attribute itself is level 1."""
    deepest = encode_value(nested(MAX_DEPTH, wrap))

    assert deepest == encode_value(decode_value(deepest))
    with pytest.raises(ValidationError, match="32 levels"):
        encode_value(nested(MAX_DEPTH + 1, wrap))


def test_fault_14_100_000_levels_and_a_cycle_are_validation_errors():
    """Neither reaches Python's recursion limit."""
    cycle: list[object] = []
    cycle.append(cycle)

    for value in (nested(100_000, lambda inner: [inner]), cycle):
        with pytest.raises(ValidationError, match="32 levels"):
            encode_value(value)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"S": "a", "N": "1"},
        {"X": "a"},
        {"S": 1},
        {"S": None},
        {"N": 1},
        {"N": "abc"},
        {"B": "not base64!"},
        {"BOOL": "true"},
        {"NULL": False},
        {"L": {}},
        {"M": []},
        {"SS": ["a", 1]},
        {"NS": ["a"]},
        {"BS": ["?"]},
        {"L": [None]},
        {"L": [{"S": "a"}, "b"]},
        [],
        None,
        "text",
    ],
)
def test_what_is_no_attribute_value_is_a_decode_error(stored):
    """A damaged answer never becomes a value."""
    with pytest.raises(DecodeError):
        decode_value(stored)


def test_fault_32_a_deep_stored_value_is_a_decode_error():
    """Decoding stops at level 33 of 500."""
    stored = {"NULL": True}
    for _ in range(500):
        stored = {"L": [stored]}

    with pytest.raises(DecodeError, match="32 levels"):
        decode_value(stored)


@pytest.mark.skipif(not STRINGS.exists(), reason="the big list of naughty strings is not beside this checkout")
def test_fault_11_naughty_strings_come_back_exactly():
    """As values, as map keys and as members of a set."""
    # The list holds base64 in lines of 76, as the tool makes them: a full line is continued by the next.
    whole = "".join(line if len(line) == 76 else f"{line}\n" for line in json.loads(STRINGS.read_text()))
    strings = [base64.b64decode(line).decode() for line in whole.splitlines()]
    value = {"list": strings, "map": {string: string for string in strings}, "set": {*strings, "one"}}

    assert value == decode_value(json.loads(json.dumps(encode_value(value))))
