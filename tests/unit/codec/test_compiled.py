"""The compiled codec of a model: what surrounds the fields, how it fails, and that it is what it claims to be."""

from __future__ import annotations

import gc
import inspect
import json
import linecache
import time
import traceback
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from dynamorm_async import Attr, Document, FieldConverter, Model, Nested, attr, partition_key, sort_key
from dynamorm_async._codec import Codec
from dynamorm_async._codec.model import UNKNOWN
from dynamorm_async.errors import DecodeError, ValidationError


class Home(Document):
    city: Attr[str] = attr()
    codes: Attr[list[int]] = attr(factory=list)


class User(Model, table="shared", tag="user", tag_attribute="kind"):
    org: Attr[str] = partition_key()
    id: Attr[int] = sort_key()
    name: Attr[str] = attr(name="full.name #1")
    age: Attr[int] = attr(default=0, validator=attrs.validators.ge(0))
    balance: Attr[Decimal] = attr(default=Decimal(0))
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Home | None] = attr(default=None)
    prefs: Attr[dict[str, Any]] = attr(factory=dict)


class Keeper(Model, table="shared", unknown="keep", tag=True):
    org: Attr[str] = partition_key()
    nick: Attr[str | None] = attr(default=None)


class Frozen(Model, table="frozen", frozen=True):
    id: Attr[str] = partition_key()


@pytest.fixture(scope="module")
def model():
    """The compiled codec of User."""
    return Codec().model(User.__dynamorm_spec__)


def user(**values):
    """A user."""
    return User(**{"org": "acme", "id": 1, "name": "Zoë", "home": Home(city="X", codes=[1, 2])} | values)


def wired(model, item):
    """The item as msgspec decodes it."""
    return msgspec.json.decode(json.dumps(item), type=model.wire)


def test_a_whole_reply_is_decoded_by_one_typed_decoder(model):
    """The wire type stands in any envelope."""
    users = [user(id=n, tags={"a", "b"}, prefs={"x": [n, None]}) for n in range(3)]
    body = json.dumps({"Items": [model.encode(one) for one in users], "Count": 3})
    reply = msgspec.defstruct("Reply", [("Items", list[model.wire])])

    assert users == [model.build(wire) for wire in msgspec.json.decode(body, type=reply).Items]


def test_instances_are_made_without_init_and_pass_their_own_setattr():
    """Validators do not run when reading, and a frozen class can be read."""
    frozen = Codec().model(Frozen.__dynamorm_spec__)
    item = {"id": {"S": "1"}}

    assert Frozen(id="1") == frozen.build(wired(frozen, item)) == frozen.decode(item)
    users = Codec().model(User.__dynamorm_spec__)
    found = users.build(wired(users, users.encode(user()) | {"age": {"N": "-1"}}))
    assert -1 == found.age
    with pytest.raises(ValueError, match="age"):
        found.age = -2


def test_the_discriminator_is_written_and_checked(model):
    """An item of another model is an error; an item without a tag is from before there were tags."""  # R43
    item = model.encode(user())
    assert {"S": "user"} == item["kind"]

    untagged = {name: value for name, value in item.items() if name != "kind"}
    assert user() == model.decode(untagged) == model.build(wired(model, untagged))
    for way in (model.decode, lambda found: model.build(wired(model, found))):
        with pytest.raises(DecodeError, match=r"User\.kind: the item belongs to another model"):
            way(item | {"kind": {"S": "os.system"}})


def test_unknown_attributes_are_dropped_or_kept_as_the_model_says(model):
    """Kept ones come back with the next put, and never replace a declared attribute."""
    extra = {"added": {"L": [{"N": "1"}]}}
    assert set(user().__dict__) == set(model.build(wired(model, model.encode(user()) | extra)).__dict__)

    keeper = Codec().model(Keeper.__dynamorm_spec__)
    item = {"org": {"S": "a"}, "nick": {"S": "b"}, "_type": {"S": "Keeper"}} | extra
    found = keeper.build(wired(keeper, item))
    assert extra == found.__dict__[UNKNOWN]
    assert item == keeper.encode(found)
    assert UNKNOWN not in keeper.decode({"org": {"S": "a"}}).__dict__

    found.nick = None
    assert "nick" not in keeper.encode(found)


def test_every_bad_field_is_listed(model):
    """With its path and what to do, and without a value."""  # R34
    bad = user(
        name=None, balance=1.5, tags={"secret", 1}, home=Home(city=1, codes=[1, "secret"]), prefs={"a": object()}
    )

    with pytest.raises(ValidationError) as caught:
        model.encode(bad)

    paths = [path for path, _ in caught.value.errors]
    assert "User" == caught.value.model
    assert paths[:2] == ["User.name", "User.balance"]
    assert paths[2].startswith("User.tags[")
    assert paths[3:] == ["User.home.city", "User.home.codes[1]", "User.prefs[key 0]"]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"age": {"S": "5"}}, "age"),
        ({"age": {"N": "1.5"}}, "age"),
        ({"age": {"N": "NaN"}}, "age"),
        ({"age": {"N": "1E+999999999"}}, "age"),
        ({"balance": {"N": "1E+999999999"}}, "balance"),
        ({"balance": {"N": "9" * 100_000}}, "balance"),
        ({"age": {}}, "age"),
        ({"age": {"N": "1", "S": "1"}}, "age"),
        ({"age": None}, "age"),
        ({"age": "5"}, "age"),
        ({"full.name #1": {"NULL": True}}, "name"),
        ({"tags": {"NS": ["1"]}}, "tags[0]"),
        ({"home": {"M": {"codes": {"L": []}}}}, "home.city"),
        ({"home": {"M": {"city": {"S": "x"}, "codes": {"L": [{"N": "1"}, {"S": "a"}]}}}}, "home.codes[1]"),
        ({"home": {"NULL": False}}, "home"),
        ({"home": {"NULL": True, "M": {"city": {"S": "x"}}}}, "home"),
        ({"prefs": {"M": {"a": {"L": [{"X": 1}]}}}}, "prefs[key 0][0]"),
        ({"prefs": {"M": {"a": {"N": "1E+999999999"}}}}, "prefs[key 0]"),
    ],
    ids=str,
)
def test_fault_32_a_bad_attribute_is_a_decode_error_with_its_path(model, changes, path):
    """Whichever way it is read; the compiled way may leave the finding to msgspec."""
    item = model.encode(user()) | changes

    with pytest.raises(DecodeError, match=r"^User\.") as caught:
        model.decode(item)
    with pytest.raises((DecodeError, msgspec.ValidationError)) as compiled:
        model.build(wired(model, item))

    assert path == caught.value.path
    assert "User" == caught.value.model
    if isinstance(compiled.value, DecodeError):
        assert (path, str(caught.value)) == (compiled.value.path, str(compiled.value))


def test_fault_32_bombs_cost_next_to_nothing(model):
    """In CPU time, a hundred of them less than the 50 ms that one may take."""
    items = [model.encode(user()) | {name: {"N": "1E+999999999"}} for name in ("age", "balance")]
    wires = [wired(model, item) for item in items]
    start = time.process_time()

    for wire in wires * 50:
        with pytest.raises(DecodeError):
            model.build(wire)

    assert time.process_time() - start < 0.5


def test_fault_32_a_deep_value_in_an_untyped_field_is_a_decode_error(model):
    """At level 33, not at Python's recursion limit."""
    deep = {"NULL": True}
    for _ in range(200):
        deep = {"L": [deep]}

    with pytest.raises(DecodeError, match="32 levels"):
        model.build(wired(model, model.encode(user()) | {"prefs": {"M": {"a": deep}}}))


def test_fault_14_depth_counts_from_the_attribute_through_documents_and_lists():
    """The same limit whichever code encodes the level."""

    class Box(Document):
        inner: Attr[Any] = attr()

    class Boxes(Model, table="boxes"):
        id: Attr[str] = partition_key()
        boxes: Attr[list[Box]] = attr()

    def nested(levels):
        value = None
        for _ in range(levels - 1):
            value = [value]
        return value

    model = Codec().model(Boxes.__dynamorm_spec__)
    fits = Boxes(id="1", boxes=[Box(inner=nested(30))])

    assert fits == model.build(wired(model, model.encode(fits))) == model.decode(model.encode(fits))
    with pytest.raises(ValidationError, match=r"Boxes\.boxes\[0\]\.inner.*32 levels"):
        model.encode(Boxes(id="1", boxes=[Box(inner=nested(31))]))


def test_tracebacks_show_the_generated_lines():
    """The source is in `linecache`, under a name that says what it does."""

    class Loud(Model, table="loud"):
        id: Attr[str] = partition_key()
        value: Attr[str] = attr(converter=FieldConverter(lambda _: 1 / 0, str))

    model = Codec().model(Loud.__dynamorm_spec__)

    with pytest.raises(ValidationError) as caught:
        model.encode(Loud(id="1", value="x"))

    shown = "".join(traceback.format_exception(caught.value))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "<dynamorm_async encode Loud" in shown
    assert "join((" in shown


def test_generated_source_is_readable():
    """Debuggers and `inspect` find it."""
    model = Codec().model(User.__dynamorm_spec__)

    source = inspect.getsource(model.build)

    assert source.startswith("def build(w):")
    assert "".join(linecache.getlines(model.build.__code__.co_filename)).endswith(source)


def test_the_same_item_renders_to_the_same_bytes(model):
    """Whatever order the members of a set are in."""  # R4
    one = user(tags={"a", "b", "c"}, prefs={"set": {3, 1, 2}})
    other = user(tags={"c", "b", "a"}, prefs={"set": {2, 3, 1}})

    assert json.dumps(model.encode(one)) == json.dumps(model.encode(other))


def test_encoding_shares_nothing_with_the_instance(model):
    """An item can be changed without changing the instance, and the other way round."""
    one = user(prefs={"a": [1]})
    item = model.encode(one)
    one.prefs["a"].append(2)

    assert {"M": {"a": {"L": [{"N": "1"}]}}} == item["prefs"]
    assert item is not model.encode(one)


def test_a_model_is_compiled_once(model):
    """For a codec; another codec has hooks of its own."""
    codec = Codec()

    assert codec.model(User.__dynamorm_spec__) is codec.model(User.__dynamorm_spec__)
    assert codec.model(User.__dynamorm_spec__) is not model


def test_wire_structs_are_left_out_of_garbage_collection(model):
    """There are thousands for a page, they hold no cycles, and they live for a moment."""
    assert not gc.is_tracked(wired(model, model.encode(user())))


class Inside(Document):
    text: Attr[str] = attr(name='the "text"')


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a\x00b", "{a}", "a'b", "a\u2028b"])
def test_any_attribute_name_is_written_and_read(name):
    """DynamoDB takes any text as a name, and JSON has to escape some of it."""

    class Odd(Model, table="odd"):
        id: Attr[str] = partition_key(name=f"{name} key")
        value: Attr[int] = attr(name=name)
        inside: Nested[Inside] = attr()
        each: Attr[list[Inside]] = attr(factory=list)

    model = Codec().model(Odd.__dynamorm_spec__)
    odd = Odd(id="1", value=2, inside=Inside(text="a"), each=[Inside(text="b")])

    item = model.encode(odd)

    assert {f"{name} key": {"S": "1"}, name: {"N": "2"}}.items() <= item.items()
    assert {"M": {'the "text"': {"S": "a"}}} == item["inside"]
    assert odd == model.decode(item) == model.build(wired(model, item))
