"""Items read in part: as instances that know what they lack, or as a class made for the part."""

from __future__ import annotations

import attrs
import pytest

from dynamorm_async import Attr, Document, attr, errors
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import make_plan
from tests.support.flows import SETTINGS, Service
from tests.support.people import Order, Person

P = Person
ALL = P.query(P.org == "a")
ITEM = {
    "org": {"S": "a"},
    "id": {"S": "1"},
    "age": {"N": "7"},
    "home": {"M": {"city": {"S": "Ulm"}}},
    "scores": {"L": [{"N": "3"}]},
}


def read(query, item=ITEM):
    """What a query makes of one item."""
    plan = make_plan(query._request)
    shape = query._shape(plan, SETTINGS)
    return Service(lambda call: {"Items": [item]}).run(Listing(plan, SETTINGS, shape).collect(None))[0]


def test_partial_instance_has_what_was_asked_for_and_its_key():  # R62
    """An instance of the model, without the required fields that were not read."""
    one = read(ALL.only(P.age))

    assert type(one) is Person
    assert (one.org, one.id, one.age) == ("a", "1", 7)


@pytest.mark.parametrize("name", ["email", "name", "tags", "home"])
def test_unloaded_field_is_an_error(name):  # R62 R115
    """Never a default that the item does not have, and never hidden I/O."""
    with pytest.raises(errors.AttributeNotLoadedError, match=f"Person.{name} is not loaded"):
        getattr(read(ALL.only(P.age)), name)


def test_partial_instance_cannot_be_stored_whole():
    """A put would drop what was not read."""
    with pytest.raises(errors.DynamormError):
        read(ALL.only(P.age)).put().call()


def test_nested_field_loads_in_a_document_of_its_own():  # R62
    """The document has this field and no other."""
    home = read(ALL.only(P.home.city)).home

    assert home.city == "Ulm"
    with pytest.raises(errors.AttributeNotLoadedError, match=r"Address.zip"):
        _ = home.zip


def test_missing_attribute_reads_as_its_default():
    """A field that was asked for and that the item lacks is as in a whole read; a required one stays unloaded."""
    one = read(ALL.only(P.credit, P.tags, P.nickname, P.email))

    assert (one.credit, one.tags, one.nickname) == (0, set(), None)
    with pytest.raises(errors.AttributeNotLoadedError):
        _ = one.email


def test_template_keys_come_from_their_fields():
    """The key of an item whose keys are computed: what feeds it may be asked for."""
    item = {"pk": {"S": "USER#u"}, "user": {"S": "u"}, "_type": {"S": "Order"}}

    assert read(Order.query(Order.user == "u").only(Order.user), item).pk == "USER#u"


@pytest.mark.parametrize("path", [P.scores[0], P.flags["dark"], P.home.lines[0]])
def test_parts_of_lists_and_maps_are_no_attributes(path):
    """They can be selected, not loaded into an instance."""
    with pytest.raises(errors.InvalidRequestError, match=r"only\(\)"):
        ALL.only(path)


@attrs.frozen
class Brief:
    id: str
    age: int = 3
    nickname: str | None = "none"
    email: str | None = attrs.field(kw_only=True)


class Where(Document):
    id: Attr[str]
    town: Attr[str] = attr(name="home.city", default="")
    first: Attr[int | None] = attr(name="scores[0]", default=None)


def test_projection_class_gets_what_it_names():  # R62
    """Its defaults stand for what an item lacks, and None where it has no default."""
    assert read(ALL.into(Brief)) == Brief(id="1", age=7, nickname="none", email=None)


def test_projection_names_paths():  # R62
    """A Document's attribute names are paths in the model."""
    found = read(ALL.into(Where))

    assert (found.id, found.town, found.first) == ("1", "Ulm", 3)


def test_projection_reads_no_more_than_it_needs():
    """The class is the selection."""
    body = ALL.into(Where).call().body

    assert sorted(body["ExpressionAttributeNames"].values()) == ["city", "home", "id", "org", "scores"]


@attrs.frozen
class Wrong:
    agee: int


@pytest.mark.parametrize(
    ("cls", "error", "says"),
    [
        (Wrong, errors.UnknownFieldError, "Did you mean 'age'?"),
        (int, errors.InvalidRequestError, "attrs class"),
        (attrs.make_class("Empty", []), errors.InvalidRequestError, "attrs class with fields"),
    ],
)
def test_projection_is_checked_when_it_is_asked_for(cls, error, says):
    """At the line where into() stands."""
    with pytest.raises(error) as caught:
        ALL.into(cls)

    assert says in str(caught.value)


def test_last_selection_counts():
    """select, only and into replace each other."""
    assert read(ALL.only(P.age).select(P.id)) == ("1",)
    assert type(read(ALL.into(Brief).only(P.age))) is Person
    assert read(ALL.only(P.age).into(Brief)).id == "1"


@pytest.mark.parametrize("empty", [ALL.only, ALL.select])
def test_empty_selection_is_refused(empty):
    """At least one field."""
    with pytest.raises(errors.InvalidRequestError, match="at least one"):
        empty()
