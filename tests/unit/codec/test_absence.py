"""None, the empty set, the empty string and a missing attribute stay four different things."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dynamorm_async import Attr, Document, GlobalIndex, LocalIndex, Model, Nested, attr, partition_key, sort_key
from dynamorm_async._codec import Codec, omitted
from dynamorm_async.errors import DecodeError, ValidationError


class Home(Document):
    street: Attr[str | None] = attr()
    tags: Attr[set[str]] = attr(factory=set)


class Thing(Model, table="things"):
    id: Attr[str] = partition_key()
    at: Attr[int] = sort_key()
    email: Attr[str | None] = attr(default=None, null="null")
    rank: Attr[int | None] = attr(default=None)
    plain: Attr[str | None] = attr(default=None)
    kept: Attr[str | None] = attr(default=None, null="null")
    other: Attr[str | None] = attr(default="x")
    needed: Attr[str | None] = attr()
    anything: Attr[Any] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    frozen: Attr[frozenset[int]] = attr(default=frozenset())
    marked: Attr[set[str]] = attr(factory=lambda: {"new"})
    maybe: Attr[set[str] | None] = attr(default=None)
    required: Attr[set[str]] = attr()
    home: Nested[Home | None] = attr(default=None)
    text: Attr[str] = attr(default="default")

    by_email = GlobalIndex(email)
    by_rank = LocalIndex(rank)


@pytest.fixture(scope="module")
def model():
    """The compiled codec of Thing."""
    return Codec().model(Thing.__dynamorm_spec__)


def thing(**values):
    """A Thing with the least that it needs."""
    return Thing(**{"id": "1", "at": 1, "needed": "n", "required": {"r"}, "marked": {"m"}, "maybe": {"y"}} | values)


BASE = {"id": {"S": "1"}, "at": {"N": "1"}}


def round_trip(model, instance):
    """The stored item, after both ways of decoding have given the instance back."""
    item = model.encode(instance)
    text = json.dumps(item)
    assert instance == model.decode(json.loads(text))
    assert instance == model.build(msgspec.json.decode(text, type=model.wire))
    return item


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("plain", None, None),
        ("plain", "", {"S": ""}),
        ("kept", None, {"NULL": True}),
        ("other", None, {"NULL": True}),
        ("needed", None, None),
        ("anything", None, None),
        ("rank", None, None),
        ("email", None, None),
        ("tags", set(), None),
        ("frozen", frozenset(), None),
        ("marked", set(), {"NULL": True}),
        ("maybe", None, None),
        ("maybe", set(), {"L": []}),
        ("required", set(), None),
        ("home", None, None),
        ("home", Home(street=None, tags=set()), {"M": {"street": {"NULL": True}, "tags": {"NULL": True}}}),
        ("text", "", {"S": ""}),
    ],
)
def test_none_and_empty_are_stored_so_that_they_read_back_as_they_were(model, name, value, stored):
    """Left out only where a missing attribute reads back the same."""  # R27 R36
    item = round_trip(model, thing(**{name: value}))

    assert stored == item.get(name)
    field = Thing.__dynamorm_spec__.by_name[name]
    assert stored == model.encode_field(field, value)
    if name != "email":  # that None is left out for the index is known to the model alone
        assert omitted(field, value) is (stored is None)


def test_a_missing_attribute_takes_the_default_else_none_or_an_empty_set(model):
    """A factory is called for each item."""  # R36
    item = BASE | {"marked": {"SS": ["m"]}}

    first, second = model.decode(item), model.build(msgspec.json.decode(json.dumps(item), type=model.wire))

    for found in (first, second):
        assert ("x", None, None, set(), frozenset(), set(), None, "default") == (
            found.other,
            found.needed,
            found.plain,
            found.tags,
            found.frozen,
            found.required,
            found.home,
            found.text,
        )
    assert first.tags is not second.tags
    assert {"new"} == model.decode(BASE).marked


def test_a_stored_null_is_the_empty_set_of_a_set_and_none_where_none_is_a_value(model):
    """Also as other writers store it."""
    null = {"NULL": True}
    item = BASE | {"tags": null, "required": null, "maybe": null, "plain": null, "home": null}

    for found in (model.decode(item), model.build(msgspec.json.decode(json.dumps(item), type=model.wire))):
        assert (set(), set(), None, None, None) == (found.tags, found.required, found.maybe, found.plain, found.home)


def test_a_null_for_a_type_without_none_is_an_error(model):
    """It is not taken for the default."""
    item = BASE | {"text": {"NULL": True}}

    with pytest.raises(DecodeError, match=r"Thing\.text: S was expected for str, and NULL is stored"):
        model.decode(item)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(item), type=model.wire)


def test_a_missing_attribute_without_default_is_an_error(model):
    """Unless its type has None or is a set."""
    with pytest.raises(DecodeError, match=r"Thing\.at: the attribute is missing") as caught:
        model.decode({"id": {"S": "1"}})

    assert "at" == caught.value.path


def test_none_for_a_type_without_none_is_refused(model):
    """Also for a set, whose emptiness has a value of its own."""
    with pytest.raises(ValidationError) as caught:
        model.encode(thing(text=None, tags=None))

    assert ["Thing.tags", "Thing.text"] == sorted(path for path, _ in caught.value.errors)


def test_an_attribute_that_is_not_set_is_refused(model):
    """An instance that was read in part must not replace a whole item."""
    partial = thing()
    del partial.__dict__["text"]

    with pytest.raises(ValidationError, match=r"Thing\.text: has no value"):
        model.encode(partial)
