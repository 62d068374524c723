"""Sizes and capacity units follow DynamoDB's published rules."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async._wire.faults import BadValueError
from dynamorm_async._wire.size import (
    ITEM_LIMIT,
    check_item_size,
    check_key,
    item_size,
    read_units,
    value_size,
    write_units,
)
from dynamorm_async._wire.values import encode_value
from dynamorm_async.errors import ItemTooLargeError


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("é€😀", 9),
        (b"", 0),
        (b"a", 1),
        (b"ab", 2),
        (b"abc", 3),
        (b"x" * 1000, 1000),
        (True, 1),
        (None, 1),
        (0, 1),
        (7, 2),
        (42, 2),
        (-42, 3),
        (100, 2),
        (1234567, 5),
        (1.5, 3),
        (0.05, 2),
        (0.5, 2),
        (int("1" * 38), 20),
        ([], 3),
        (["a", "bc"], 3 + 2 + 3),
        ({}, 3),
        ({"k": "value"}, 3 + 1 + 1 + 5),
        ({"a", "bc"}, 3),
        ({1, 22}, 4),
        ({b"abc"}, 3),
        ([{"k": [True]}], 3 + 1 + 3 + 1 + 1 + 3 + 1 + 1),
    ],
)
def test_a_value_has_the_size_that_the_developer_guide_gives(value, size):
    """Text by UTF-8 bytes, numbers by pairs of digits, 3 bytes and 1 for each element of a list or map."""
    assert size == value_size(encode_value(value))


def test_an_items_size_counts_its_names():
    """In UTF-8 bytes."""
    assert len("näme".encode()) + 3 == item_size({"näme": {"S": "abc"}})


def test_fault_15_409_600_bytes_are_accepted_and_one_more_is_not():
    """The error has both sizes."""
    fitting = {"a": {"S": "x" * (ITEM_LIMIT - 1)}}
    check_item_size(fitting)

    with pytest.raises(ItemTooLargeError) as caught:
        check_item_size({"a": {"S": "x" * ITEM_LIMIT}}, model="User", op="User.put")
    assert (409_601, 409_600) == (caught.value.size, caught.value.limit)


def test_a_short_rendering_saves_the_counting():
    """Counting is left out if the JSON alone proves that the item fits."""
    check_item_size({"a": None}, rendered=ITEM_LIMIT)  # type: ignore[dict-item]  # would fail if it were counted
    with pytest.raises(AttributeError):
        check_item_size({"a": None}, rendered=ITEM_LIMIT + 1)  # type: ignore[dict-item]  # and is counted here


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | texts | st.binary() | st.integers(-(10**37), 10**37),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(st.dictionaries(texts, values, min_size=1))
def test_json_is_never_shorter_than_the_item(item):
    """What `check_item_size` relies on."""
    encoded = {name: encode_value(value) for name, value in item.items()}

    assert item_size(encoded) <= len(json.dumps(encoded, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("value", ["", b""])
def test_fault_16_an_empty_key_is_refused(value):
    """DynamoDB has no empty keys."""
    with pytest.raises(BadValueError, match="empty"):
        check_key(encode_value(value), 2048)


@pytest.mark.parametrize("value", [True, None, ["a"], {"a": 1}, {"a"}])
def test_a_key_is_text_a_number_or_binary(value):
    """Other types cannot be keys."""
    with pytest.raises(BadValueError, match="key"):
        check_key(encode_value(value), 2048)


def test_fault_16_a_key_at_its_limit_is_accepted_and_one_byte_more_is_not():
    """The limit counts bytes, not characters."""
    check_key(encode_value("é" * 512), 1024)
    check_key(encode_value(b"x" * 1024), 1024)
    check_key(encode_value(int("9" * 38)), 1)

    for value in ("é" * 512 + "x", b"x" * 1025):
        with pytest.raises(BadValueError, match="1024 bytes"):
            check_key(encode_value(value), 1024)


@pytest.mark.parametrize(
    ("size", "consistent", "transactional", "units"),
    [
        (0, False, False, 0.5),
        (4096, True, False, 1),
        (4097, False, False, 1),
        (4097, True, False, 2),
        (1, True, True, 2),
    ],
)
def test_read_units_are_4_kb_each(size, consistent, transactional, units):
    """Half of it for an eventually consistent read, twice that in a transaction."""
    assert units == read_units(size, consistent=consistent, transactional=transactional)


@pytest.mark.parametrize(
    ("size", "transactional", "units"), [(1, False, 1), (1024, False, 1), (1025, False, 2), (1, True, 2)]
)
def test_write_units_are_1_kb_each(size, transactional, units):
    """Twice that in a transaction."""
    assert units == write_units(size, transactional=transactional)
