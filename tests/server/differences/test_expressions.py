"""Conditions and updates"""

from __future__ import annotations

import pytest

from tests.support.bare import number, text

wrong_on = pytest.mark.wrong_on


def refusal(bare, condition, item, values):
    """How a put under this condition is refused."""
    table = bare.table()
    bare.put(table, pk=text("a"), **item)
    put = {"TableName": table, "Item": {"pk": text("a")}}
    return bare("PutItem", ConditionExpression=condition, ExpressionAttributeValues=values, **put).error


def changed(bare, expression, item, values):
    """An update's error, and the item after it."""
    table = bare.table()
    bare.put(table, pk=text("a"), **item)
    update = {"TableName": table, "Key": {"pk": text("a")}}
    done = bare("UpdateItem", UpdateExpression=expression, ExpressionAttributeValues=values, **update)
    return done.error, bare.item(table, pk=text("a"))


@wrong_on("moto", reason="HTTP 500")
def test_types_are_compared_as_unequal(bare):
    """A number is neither less nor greater than a string: the comparison is false."""
    assert refusal(bare, "n > :v", {"n": number(1)}, {":v": text("a")}) == "ConditionalCheckFailedException"


@wrong_on("moto", reason="HTTP 500")
def test_the_size_of_nothing_is_no_size(bare):
    """`size()` of a missing attribute makes the comparison false."""
    assert refusal(bare, "size(gone) > :v", {}, {":v": number(0)}) == "ConditionalCheckFailedException"


@wrong_on("moto", reason="accepted")
def test_a_value_that_is_not_used_is_refused(bare):
    """A value that the expression does not use is refused."""
    found = refusal(bare, "attribute_exists(pk)", {}, {":unused": number(0)})

    assert found == "ValidationException"


@wrong_on("moto", reason="HTTP 500")
def test_a_value_that_is_not_given_is_refused(bare):
    """A value that was not given is refused as a mistake of the caller."""
    assert refusal(bare, "n = :v AND n = :w", {"n": number(1)}, {":v": number(1)}) == "ValidationException"


@wrong_on("moto", reason="creates it")
@wrong_on("dynoxide", reason="creates it")
@wrong_on("ministack", reason="creates it")
def test_a_removal_creates_nothing(bare):
    """An update that only removes does not create the item."""
    table = bare.table()

    bare("UpdateItem", TableName=table, Key={"pk": text("a")}, UpdateExpression="REMOVE note")

    assert bare.item(table, pk=text("a")) is None


@wrong_on("ministack", reason="accepted")
def test_a_path_is_set_once(bare):
    """An update that sets one path twice is refused."""
    error, _ = changed(bare, "SET n = :one, n = :two", {}, {":one": number(1), ":two": number(2)})

    assert error == "ValidationException"


@wrong_on("ministack", reason="accepted, as if it were a number")
def test_there_is_no_sum_with_a_string(bare):
    """A sum with an attribute that is a string is refused, and the item stays as it is."""
    error, item = changed(bare, "SET n = :one, t = t + :one", {"t": text("x")}, {":one": number(1)})

    assert (error, item) == ("ValidationException", {"pk": text("a"), "t": text("x")})
