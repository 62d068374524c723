"""Values and keys"""

from __future__ import annotations

import pytest

from tests.support.bare import number, schema, text

wrong_on = pytest.mark.wrong_on


@wrong_on("moto", reason="comes back as it was spelled")
def test_numbers_are_normalised(bare):
    """`1.0` is read back as `1`, `1E2` as `100`, `-0` as `0`."""
    table = bare.table()
    bare.put(table, pk=text("a"), one=number("1.0"), hundred=number("1E2"), zero=number("-0"))

    found = bare.item(table, pk=text("a"))

    assert ("1", "100", "0") == tuple(found[name]["N"] for name in ("one", "hundred", "zero"))


@wrong_on("moto", reason="stored")
@pytest.mark.parametrize("value", ["1" * 39, "1E+126"])
def test_numbers_beyond_38_digits_are_refused(bare, value):
    """A number of 39 digits, or of 1E+126 and more, is refused."""
    refused = bare("PutItem", TableName=bare.table(), Item={"pk": text("a"), "n": number(value)})

    assert refused.error == "ValidationException"


@wrong_on("ministack", reason="the sum is rounded")
def test_sums_are_exact(bare):
    """`ADD` is exact in all 38 digits."""
    table = bare.table()
    bare.put(table, pk=text("a"), n=number("9" * 37 + "8"))

    bare(
        "UpdateItem",
        TableName=table,
        Key={"pk": text("a")},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": number(1)},
    )

    assert number("9" * 38) == bare.item(table, pk=text("a"))["n"]


@wrong_on("moto", reason="stored")
@pytest.mark.parametrize("value", [{"NS": ["1", "1.0"]}, {"SS": ["a", "a"]}, {"BS": ["AAE=", "AAE="]}])
def test_a_set_has_each_value_once(bare, value):
    """A set that names a value twice is refused, two spellings of a number included."""
    refused = bare("PutItem", TableName=bare.table(), Item={"pk": text("a"), "set": value})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="stored where it is nested, and as a binary set")
@pytest.mark.parametrize("value", [{"BS": []}, {"L": [{"SS": []}]}])
def test_empty_sets_are_refused(bare, value):
    """An empty set is refused, at any depth."""
    refused = bare("PutItem", TableName=bare.table(), Item={"pk": text("a"), "set": value})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="the map comes back as no attribute value")
def test_a_map_may_have_an_empty_name(bare):
    """A map inside an item may have the empty text for a name."""
    table, value = bare.table(), {"M": {"": number(1)}}
    bare.put(table, pk=text("a"), map=value)

    assert value == bare.item(table, pk=text("a"))["map"]


@wrong_on("moto", reason="stored")
def test_nesting_ends_at_32_levels(bare):
    """A value that is nested deeper than 32 levels is refused."""
    value = text("x")
    for _ in range(33):
        value = {"L": [value]}

    refused = bare("PutItem", TableName=bare.table(), Item={"pk": text("a"), "deep": value})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="refused some bytes early")
def test_an_item_of_400_kb_fits(bare):
    """An item of exactly 409 600 bytes is stored."""
    item = {"pk": text("a"), "t": text("x" * (409_600 - len("pk") - len("a") - len("t")))}

    assert bare("PutItem", TableName=bare.table(), Item=item).error == ""


@wrong_on("moto", reason="nothing is found, or deleted")
@pytest.mark.parametrize("operation", ["GetItem", "DeleteItem"])
def test_a_key_has_the_types_of_the_table(bare, operation):
    """A `Key` with a value of another type is refused."""
    refused = bare(operation, TableName=bare.table(), Key={"pk": number(1)})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="stored")
def test_an_index_key_has_its_type(bare):
    """A put with a value of another type than the index's key is refused."""
    index = {"IndexName": "by-n", "KeySchema": schema("n"), "Projection": {"ProjectionType": "ALL"}}
    table = bare.table(AttributeDefinitions={"n": "N"}, GlobalSecondaryIndexes=[index])

    refused = bare("PutItem", TableName=table, Item={"pk": text("a"), "n": text("one")})

    assert refused.error == "ValidationException"
