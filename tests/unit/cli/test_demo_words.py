"""A request of the wire in words."""

import pytest

from dynamorm_async import Request
from dynamorm_async.cli.demo.models import City, Country
from dynamorm_async.cli.demo.words import each_in_words, in_words


def test_a_key():
    """A read of one item names the key as it is stored."""
    assert in_words(City.get(country="JP", id=1850147).call()) == "GetItem of pk=COUNTRY#JP, sk=CITY#1850147."


def test_an_update():
    """Names and values stand where the wire has placeholders."""
    country = Country.with_key(iso="JP")

    text = in_words(country.update(Country.population.add(1_000), if_=Country.capital == "Tokyo").call())

    assert text == (
        "UpdateItem of pk=COUNTRY#JP, sk=COUNTRY: "
        "SET inhabitants = inhabitants + 1000, version = if_not_exists(version, 0) + 1; "
        "only if capital = Tokyo AND attribute_exists(pk)."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"SS": ["a", "b"]}, "a, b"),
        ({"BOOL": True}, "True"),
        ({"S": "x" * 25}, "x" * 23 + "…"),
        ({"S": ":v0"}, ":v0"),
    ],
)
def test_values(value, shown):
    """Sets are listed, long values cut, and a value that looks like a placeholder is left alone."""
    body = {"UpdateExpression": "SET #a = :v0", "ExpressionAttributeNames": {"#a": "a"}}

    text = in_words(Request("UpdateItem", body | {"ExpressionAttributeValues": {":v0": value}}))

    assert text == f"UpdateItem: SET a = {shown}."


def test_no_request():
    """A handle that needs no request has none to show."""
    assert in_words(None) == "Nothing is sent."


def test_a_transaction():
    """Its operations are listed one by one, in their order."""
    items = [{"Delete": {"Key": {"pk": {"S": "A"}}}}, {"Put": {"Item": {}}}]

    assert each_in_words(Request("TransactWriteItems", {"TransactItems": items})) == (
        "TransactWriteItems of 2:",
        "Delete of pk=A.",
        "Put.",
    )
    assert each_in_words(None) == ()
