"""Items in wire form: ``to_item`` and ``from_item``, without a session."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from dynamorm_async import (
    Attr,
    Document,
    Model,
    Nested,
    ValidationError,
    attr,
    computed,
    created_at,
    partition_key,
    sort_key,
    version,
)
from dynamorm_async._codec import default_codec
from dynamorm_async._ops.decode import decode_items
from dynamorm_async.errors import DecodeError, ModelDefinitionError


class Address(Document):
    city: Attr[str] = attr(default="")


class Parcel(Model[str, str], table="parcels", tag="parcel", track_changes=True):
    pk: Attr[str] = partition_key("PARCEL#{id}")
    sk: Attr[str] = sort_key("DATA")
    id: Attr[str] = attr()
    weight: Attr[int] = attr(default=0, name="w")
    label: Attr[bytes | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    back: Nested[Address | None] = attr(default=None)
    by_weight: Attr[str] = computed("{weight}")
    version: Attr[int] = version()


class Stamped(Model[str], table="stamped"):
    id: Attr[str] = partition_key()
    created_at: Attr[datetime] = created_at()


ITEM = {
    "pk": {"S": "PARCEL#1"},
    "sk": {"S": "DATA"},
    "id": {"S": "1"},
    "w": {"N": "3"},
    "label": {"B": "aGk="},
    "tags": {"SS": ["x"]},
    "back": {"M": {"city": {"S": "Ulm"}}},
    "by_weight": {"S": "3"},
    "_type": {"S": "parcel"},
    "version": {"N": "1"},
}


def parcel():
    """One with something in every field."""
    return Parcel(id="1", weight=3, label=b"hi", tags={"x"}, back=Address(city="Ulm"))


def test_an_instance_gives_the_item_that_a_put_would_store():
    """Key templates, computed attributes, tag and next version included. # R143"""
    one = parcel()

    assert ITEM == one.to_item() == one.put().call().body["Item"]


def test_the_instance_stays_as_it_is():
    """Nothing was stored."""
    one, stamped = parcel(), Stamped(id="1")
    one.to_item()
    stamped.to_item()

    assert 0 == one.version
    assert "created_at" not in vars(stamped)


def test_without_a_session_times_are_those_of_the_machine():
    """What is stored by other means must not be of 1970."""
    before = datetime.now(UTC)
    stored = Stamped.from_item(Stamped(id="1").to_item())

    assert before <= stored.created_at <= datetime.now(UTC)


def test_a_value_that_cannot_be_stored_is_refused():
    """As a put would."""
    one = parcel()
    one.weight = "heavy"

    with pytest.raises(ValidationError, match="weight"):
        one.to_item()


def test_an_item_gives_an_instance():
    """Equal to one that was read, of the version that is stored. # R143"""
    found = Parcel.from_item(ITEM)

    assert (b"hi", {"x"}, Address(city="Ulm"), 3, 1) == (
        found.label,
        found.tags,
        found.back,
        found.weight,
        found.version,
    )
    assert "PARCEL#1" == found.pk


def test_bytes_and_tuples_are_taken_as_a_client_of_botocore_has_them():
    """It gives bytes where DynamoDB's JSON has base64 text."""
    assert b"hi" == Parcel.from_item(ITEM | {"label": {"B": b"hi"}, "tags": {"SS": ("x",)}}).label


def test_an_instance_has_nothing_in_common_with_the_item():
    """Whoever changes one leaves the other as it is."""

    class Open(Model[str], table="open", unknown="keep"):
        id: Attr[str] = partition_key()

    item = {"id": {"S": "1"}, "more": {"L": [{"N": "1"}]}}
    found = Open.from_item(item)
    item["more"]["L"].append({"N": "2"})

    assert {"id": {"S": "1"}, "more": {"L": [{"N": "1"}]}} == found.to_item()


def test_what_an_item_gave_is_known_as_stored():
    """So that a save sends the changes only."""
    found = Parcel.from_item(ITEM)
    found.weight = 4

    assert "SET" in found.save().call().body["UpdateExpression"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"w": {"S": "3"}}, "weight"),
        ({"w": "3"}, "weight"),
        ({"w": {"N": "many"}}, "weight"),
        ({"pk": {"S": "PARCEL#2"}}, "pk"),
        ({"_type": {"S": "letter"}}, "_type"),
        ({"back": {"M": {"city": {"N": "1"}}}}, "back.city"),
    ],
)
def test_an_item_that_does_not_fit_is_refused_with_its_place(change, where):
    """As when it is read."""
    with pytest.raises(DecodeError) as raised:
        Parcel.from_item(ITEM | change)

    assert raised.value.path.endswith(where)
    assert ("Parcel.from_item", "Parcel") == (raised.value.op, raised.value.model)
    assert where in str(raised.value)


def test_one_item_that_does_not_fit_has_no_others_beside_it():
    """So it is not said where they are; of a page of items it is."""
    beside = " `error.items` has the others."
    body = msgspec.json.encode({"Items": [ITEM, ITEM | {"w": {"S": "3"}}]})
    with pytest.raises(DecodeError) as alone:
        Parcel.from_item(ITEM | {"w": {"S": "3"}})
    with pytest.raises(DecodeError) as among:
        decode_items(default_codec.model(Parcel.__dynamorm_spec__), body)

    assert ((), DecodeError.default_hint) == (alone.value.items, alone.value.hint)
    assert ((Parcel.from_item(ITEM),), f"{DecodeError.default_hint}{beside}") == (among.value.items, among.value.hint)


@pytest.mark.parametrize("item", [None, [], "item", 3, {"id": object()}, [("id", {"S": "1"})]])
def test_what_is_no_item_is_refused(item):
    """With what was expected, and no value."""
    with pytest.raises(DecodeError, match=r"^Parcel\.from_item: an item in DynamoDB's JSON was expected"):
        Parcel.from_item(item)


@pytest.mark.parametrize("name", ["to_item", "from_item"])
def test_a_field_cannot_take_the_name_of_either(name):
    """It can keep it in DynamoDB."""
    with pytest.raises(ModelDefinitionError, match="name is taken by a method"):
        type(
            "Taken",
            (Model,),
            {"__annotations__": {"id": Attr[str], name: Attr[str]}, "id": partition_key(), name: attr()},
            table="taken",
        )
