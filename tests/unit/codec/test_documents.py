"""Documents inside items: names, plain attrs classes, unions of documents, and what their classes do on creation."""

from __future__ import annotations

import json

import attrs
import msgspec
import pytest

from dynamorm_async import Attr, Document, Model, Nested, attr, computed, partition_key
from dynamorm_async._codec import Codec
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import DecodeError, ModelDefinitionError, ValidationError


class Street(Document):
    name: Attr[str] = attr(name="street-name")
    number: Attr[int] = attr(name="#", default=1)


class Place(Document, frozen=True):
    street: Nested[Street] = attr(name="s")
    full: Attr[str] = computed("P#{code}")
    code: Attr[str] = attr(default="x")


class Checked(Document):
    age: Attr[int] = attr(validator=attrs.validators.ge(0))


@attrs.define
class Slotted:
    """Of no class of this library, with slots, an alias, a validator and a default that takes the instance."""

    _hidden: int
    size: int = attrs.field(validator=attrs.validators.ge(0))
    seen: list[str] = attrs.field(factory=list)
    double: int = attrs.field()
    derived: int = attrs.field(init=False, default=0)

    @double.default
    def _double(self):
        return self.size * 2

    def __attrs_post_init__(self):
        self.derived = self.size + 1


@attrs.frozen
class Frozen:
    value = attrs.field()
    untyped = attrs.field(default=None)


class Remembering(Document):
    name: Attr[str] = attr()

    def __attrs_post_init__(self):
        self.__dict__["loud"] = self.name.upper()


class Everything(Model, table="everything"):
    id: Attr[str] = partition_key()
    place: Nested[Place] = attr()
    places: Attr[dict[str, list[Place]]] = attr(factory=dict)
    slotted: Attr[Slotted | None] = attr(default=None)
    frozen: Attr[list[Frozen]] = attr(factory=list)
    remembering: Attr[Remembering | None] = attr(default=None)
    checked: Attr[Checked | None] = attr(default=None)


def place():
    """A Place with a Street."""
    return Place(street=Street(name="Main", number=5), code="c")


def both(item):
    """What both ways of decoding make of an item."""
    model = Codec().model(Everything.__dynamorm_spec__)
    slow, fast = model.decode(item), model.build(msgspec.json.decode(json.dumps(item), type=model.wire))
    assert slow == fast
    return fast


def test_attribute_names_hold_at_every_depth():
    """The same on write and read, in documents, lists and maps."""  # R22 R32
    everything = Everything(id="1", place=place(), places={"a": [place()]})
    stored = {
        "M": {"s": {"M": {"street-name": {"S": "Main"}, "#": {"N": "5"}}}, "full": {"S": "P#c"}, "code": {"S": "c"}}
    }

    item = Codec().model(Everything.__dynamorm_spec__).encode(everything)

    assert stored == item["place"]
    assert {"M": {"a": {"L": [stored]}}} == item["places"]
    assert everything == both(item)
    assert everything.place == Codec().decode(Slot(Place), stored)


def test_missing_attributes_of_a_document_take_their_defaults():
    """A computed attribute must agree there too."""
    item = {"id": {"S": "1"}, "place": {"M": {"s": {"M": {"street-name": {"S": "Main"}}}}}}

    assert (1, "x") == (both(item).place.street.number, both(item).place.code)

    item["place"]["M"]["full"] = {"S": "P#other"}
    assert "other" == both(item).place.code
    item["place"]["M"]["code"] = {"S": "x"}
    with pytest.raises(DecodeError, match=r"Everything\.place\.full") as caught:
        both(item)
    assert "place.full" == caught.value.path


def test_any_attrs_class_is_a_document():
    """With slots, frozen, aliases, validators and defaults: it is called as anybody would call it."""
    everything = Everything(
        id="1",
        place=place(),
        slotted=Slotted(hidden=1, size=2, seen=["a"]),
        frozen=[Frozen(value={"a": [1]}, untyped=2)],
    )
    item = Codec().model(Everything.__dynamorm_spec__).encode(everything)

    assert {"_hidden", "size", "seen", "double"} == set(item["slotted"]["M"])
    found = both(item)
    assert everything == found
    assert 3 == found.slotted.derived

    item["slotted"]["M"] = {"_hidden": {"N": "1"}, "size": {"N": "4"}}
    assert ([], 8, 5) == (both(item).slotted.seen, both(item).slotted.double, both(item).slotted.derived)


def test_a_document_that_its_own_class_refuses_is_a_decode_error():
    """Its validator's text may hold the value, so it is the cause and not the message."""
    item = (
        Codec()
        .model(Everything.__dynamorm_spec__)
        .encode(Everything(id="1", place=place(), slotted=Slotted(hidden=1, size=2)))
    )
    item["slotted"]["M"]["size"] = {"N": "-77"}

    with pytest.raises(DecodeError, match=r"Everything\.slotted: .*Slotted raised ValueError") as caught:
        both(item)
    assert "-77" not in str(caught.value)


def test_reading_calls_no_validator_of_our_own_documents():
    """What is stored was valid when it was written, and must stay readable; the post-init hook is called."""
    everything = Everything(id="1", place=place(), remembering=Remembering(name="a"), checked=Checked(age=1))
    item = Codec().model(Everything.__dynamorm_spec__).encode(everything)
    item["checked"]["M"]["age"] = {"N": "-1"}

    found = both(item)

    assert -1 == found.checked.age
    assert "A" == found.remembering.__dict__["loud"]


def test_a_subclass_in_place_of_the_declared_document_is_refused():
    """Its own fields would be lost."""

    class Avenue(Street):
        trees: Attr[int] = attr(default=0)

    with pytest.raises(ValidationError, match=r"place\.street: Street was expected, not Avenue"):
        Codec().model(Everything.__dynamorm_spec__).encode(Everything(id="1", place=Place(street=Avenue(name="x"))))


def test_a_document_that_contains_itself_is_refused():
    """DynamoDB nests 32 levels, and a type has no bottom."""
    with pytest.raises(ModelDefinitionError, match="Recursive contains itself"):
        Codec().encode(Slot(Recursive), Recursive([]))


def test_documents_that_a_union_cannot_tell_apart_are_refused():
    """Two classes of one name, or an attribute that takes the tag's place."""
    other = type("Street", (Document,), {"__annotations__": {"x": int}})

    class Tagged(Document):
        kind: Attr[str] = attr(name="_type")

    with pytest.raises(ModelDefinitionError, match="same class name"):
        Codec().encode(Slot(Street | other), None)
    with pytest.raises(ModelDefinitionError, match="Tagged has an attribute '_type'"):
        Codec().encode(Slot(Street | Tagged), None)


def test_a_field_of_a_document_that_is_not_set_is_refused():
    """As in a model."""
    street = Street(name="x")
    del street.__dict__["name"]

    with pytest.raises(ValidationError, match=r"place\.street\.name: has no value"):
        Codec().model(Everything.__dynamorm_spec__).encode(Everything(id="1", place=Place(street=street)))


def test_a_name_that_cannot_be_resolved_is_refused():
    """Saying which."""

    @attrs.define
    class Unresolved:
        other: Nowhere  # noqa: F821  that it is not defined is the point

    with pytest.raises(ModelDefinitionError, match=r"Unresolved: the annotation name 'Nowhere'"):
        Codec().encode(Slot(Unresolved), None)


def test_a_type_nested_beyond_dynamodbs_levels_is_refused():
    """Its innermost values could never be stored."""
    kind = str
    for _ in range(32):
        kind = list[kind]

    class Deep(Model, table="deep"):
        id: Attr[str] = partition_key()
        lists: Attr[kind] = attr()

    with pytest.raises(ModelDefinitionError, match="32 levels"):
        Codec().model(Deep.__dynamorm_spec__)


def test_a_type_deep_inside_a_document_is_named_by_its_own_field():
    """So that the error can be found."""

    @attrs.define
    class Bad:
        number: complex

    holder = attrs.make_class("Holder", {"bad": attrs.field(type=list[Bad])})

    for kind in (Bad, list[Bad], holder):
        with pytest.raises(ModelDefinitionError, match=r"^Bad\.number: complex cannot be stored"):
            Codec().encode(Slot(kind), None)


@attrs.define
class Recursive:
    children: list[Recursive]
