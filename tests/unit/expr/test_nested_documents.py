"""Documents that may be missing, and those in lists, in maps and in unions, reached through the model."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Document, Model, Nested, attr, expr, partition_key
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError


class Address(Document):
    city: Attr[str] = attr(default="", name="c")
    zip: Attr[str | None] = attr(default=None)


class Square(Document):
    city: Attr[str] = attr(default="", name="c")
    zip: Attr[int] = attr(default=0)
    trees: Attr[int] = attr(default=0)


class Leg(Document):
    end: Nested[Address | None] = attr(default=None)


class Tour(Model[str], table="tours"):
    id: Attr[str] = partition_key()
    end: Nested[Address | None] = attr(default=None)
    whole: Attr[Address | None] = attr(default=None)
    stops: Attr[list[Address]] = attr(factory=list)
    detours: Attr[list[Address] | None] = attr(default=None)
    by_day: Attr[dict[str, Address]] = attr(factory=dict)
    days: Attr[list[list[Address]]] = attr(factory=list)
    legs: Attr[list[Leg]] = attr(factory=list)
    places: Attr[list[Address | Square]] = attr(factory=list)
    loose: Attr[list[Address | str]] = attr(factory=list)


def path(expression):
    """Where it leads, in attribute names."""
    return str(expression._path)


def test_a_document_that_may_be_missing_shows_its_fields():
    """By either kind of annotation."""
    assert ("end.c", "whole.c") == (path(Tour.end.city), path(Tour.whole.city))


def test_documents_in_lists_and_maps_show_their_fields():
    """However deep, and whether or not the list may be missing."""
    found = [
        Tour.stops[0].city,
        Tour.detours[1].city,
        Tour.by_day["mon"].city,
        Tour.days[0][1].city,
        Tour.legs[2].end.city,
    ]

    assert ["stops[0].c", "detours[1].c", "by_day.mon.c", "days[0][1].c", "legs[2].end.c"] == [*map(path, found)]


def test_a_value_is_encoded_as_the_field_of_the_document_says():
    """Not as whatever it looks like."""
    body = Tour.scan(Tour.end.city == "Ulm", Tour.stops[0].city.in_(["Bern"])).call().body

    assert {"S": "Ulm"} in body["ExpressionAttributeValues"].values()
    assert {"c", "end", "stops"} == set(body["ExpressionAttributeNames"].values())


def test_of_several_documents_the_fields_that_they_share_can_be_reached():
    """A field has to be stored alike in all of them."""
    assert "places[0].c" == path(Tour.places[0].city)
    for name in ("zip", "trees"):
        with pytest.raises(UnknownFieldError, match="It has: city"):
            getattr(Tour.places[0], name)


def test_what_may_also_be_no_document_has_no_fields():
    """It is an element like any other."""
    with pytest.raises(AttributeError):
        _ = Tour.loose[0].city


@pytest.mark.parametrize("document", [Tour.end, Tour.whole, Tour.stops[0], Tour.by_day["mon"], Tour.places[0]])
def test_an_unknown_field_is_refused_with_those_there_are(document):
    """As of a document that is always there."""
    with pytest.raises(UnknownFieldError, match="city"):
        _ = document.town


def test_expr_gives_an_element_as_a_whole():
    """To set it, take it away, or ask whether it is there."""
    home = Address(city="Ulm")
    update = Tour.with_key("1").update(expr(Tour.stops[0]).set(home), expr(Tour.end).remove())

    (value,) = update.call().body["ExpressionAttributeValues"].values()
    assert {"c": {"S": "Ulm"}, "zip": {"NULL": True}} == value["M"]
    assert "stops[0]" == path(expr(Tour.stops[0]))
    with pytest.raises(InvalidRequestError, match="nested field"):
        expr(Address)


def test_a_text_is_no_list_of_values():
    """Its letters would be taken."""
    with pytest.raises(InvalidRequestError, match="list of values"):
        Tour.end.city.in_("Ulm")
