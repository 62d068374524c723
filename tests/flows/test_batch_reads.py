"""Batches of reads: any keys, each item once, in order, and what is missing by name."""

from __future__ import annotations

import enum
import random
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async import Attr, FieldConverter, Model, attr, make_converter, partition_key, sort_key
from dynamorm_async._codec import Codec
from dynamorm_async._ops.batchgets import get_batch
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.rounds import BREATH, IDLE_ROUNDS
from dynamorm_async.errors import (
    AccessDeniedError,
    BatchIncompleteError,
    DecodeError,
    InvalidRequestError,
    MissingKeyError,
    Outcome,
    ProtocolError,
    ValidationError,
)
from tests.support.flows import SETTINGS, Service, body_of


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)


class City(Model[str], table="cities"):
    name: Attr[str] = partition_key()


class Connection(Model, table="connections"):
    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("METADATA")
    connection_id: Attr[str]


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Odd(Model, table="odd"):
    """Keys of types that only their converter knows."""

    point: Attr[list[int]] = partition_key(
        converter=FieldConverter(
            lambda found: ",".join(map(str, found)), lambda text: [int(part) for part in text.split(",")]
        )
    )
    level: Attr[Level] = sort_key()


class Table:
    """Items by key in wire form; answers BatchGetItem with a part of what is asked, in another order."""

    def __init__(self, *instances, settings=SETTINGS, take=lambda keys: keys):
        self.take = take
        self.items = {}
        for instance in instances:
            spec = type(instance).__dynamorm_spec__
            item = settings.codec.model(spec).encode(instance)
            names = [field.attribute for field in (*spec.primary.partition, *spec.primary.sort)]
            self.items[self.place(item, names)] = item

    @staticmethod
    def place(item, names):
        return tuple(msgspec.json.encode(item[name]) for name in sorted(names))

    def __call__(self, call):
        ((table, asked),) = body_of(call)["RequestItems"].items()
        keys = asked["Keys"]
        taken = self.take(keys)
        found = [self.items.get(self.place(key, key)) for key in taken]
        left = [key for key in keys if key not in taken]
        return {
            "Responses": {table: [item for item in reversed(found) if item is not None]},
            "UnprocessedKeys": {table: {"Keys": left}} if left else {},
        }


def read(service, model, keys, *, settings=SETTINGS, **options):
    """What a batch of reads finds on a service."""
    given = {"consistent": False, "concurrency": 1, "dice": lambda: 1.0} | options
    return service.run(get_batch(model.__dynamorm_spec__, settings, keys, **given))


def users(count):
    """So many users of one organization, numbered."""
    return [User(org="acme", id=str(number), age=number) for number in range(count)]


def test_items_come_in_the_order_of_the_keys():  # R84
    """Whatever order the service answers in, across requests of a hundred keys."""
    service = Service(Table(*users(250)))
    keys = [("acme", str(number)) for number in reversed(range(250))]

    found = read(service, User, keys)

    assert list(reversed(range(250))) == [user.age for user in found]
    assert [100, 100, 50] == [len(body["RequestItems"]["users"]["Keys"]) for body in service.bodies]
    assert found.missing == ()
    assert found.aligned == found.items


def test_keys_come_in_any_shape_and_doubles_are_read_once():  # R84
    """Tuples, key objects and instances name the same item; every place in ``aligned`` is filled."""
    one, two = users(2)
    service = Service(Table(one, two))

    found = read(service, User, [("acme", "1"), User.key("acme", "0"), one, ("acme", "1"), User.key("acme", "1")])

    assert [two, one] == list(found)
    assert [two, one, one, two, two] == list(found.aligned)
    assert len(service.bodies[0]["RequestItems"]["users"]["Keys"]) == 2


AWKWARD = st.text(st.sampled_from('a"\\\n\x00\x7f,{}\u00e9\u2028\U0001f600'), min_size=1, max_size=4)


@given(st.lists(st.tuples(AWKWARD, AWKWARD), min_size=1, max_size=5, unique=True))
def test_any_text_can_be_a_key(pairs):
    """What JSON escapes, and what it does not, arrives as it is; there is an item for every other key."""
    there = [User(org=org, id=id_) for org, id_ in pairs[::2]]
    service = Service(Table(*there))

    found = read(service, User, pairs)

    assert there == list(found)
    assert [User.key(*pair) for pair in pairs[1::2]] == list(found.missing)
    asked = service.bodies[0]["RequestItems"]["users"]["Keys"]
    assert [{"org": {"S": org}, "id": {"S": id_}} for org, id_ in pairs] == asked


@given(st.lists(AWKWARD, min_size=1, max_size=5, unique=True))
def test_any_text_can_be_the_whole_key(names):
    """The same for a key of one attribute."""
    service = Service(Table(*[City(name=name) for name in names[::2]]))

    found = read(service, City, names)

    assert names[::2] == [city.name for city in found]
    assert [City.key(name) for name in names[1::2]] == list(found.missing)
    assert [{"name": {"S": name}} for name in names] == service.bodies[0]["RequestItems"]["cities"]["Keys"]


def test_a_model_of_one_key_takes_plain_values():
    """Scalars and one-tuples are keys where there is no sort key, in any script."""
    service = Service(Table(City(name="Ulm"), City(name="Łódź")))

    found = read(service, City, ["Ulm", ("Łódź",), City.key("Oz")])

    assert ["Ulm", "Łódź"] == [city.name for city in found]
    assert [City.key("Oz")] == list(found.missing)


def test_what_is_not_there_is_named():  # R84
    """Missing keys come as `Key` objects, in the order asked for, and as None in their place."""
    service = Service(Table(*users(3)))

    found = read(service, User, [("acme", "7"), ("acme", "1"), ("acme", "8")])

    assert [User.key("acme", "7"), User.key("acme", "8")] == list(found.missing)
    assert [None, 1, None] == [user and user.age for user in found.aligned]
    assert len(found) == 1
    assert found[0].age == 1
    assert list(found[:1]) == [found[0]]


def test_templated_keys_match_their_items():
    """The fields of the template, a key object and an instance all do."""
    connections = [Connection(connection_id=str(number)) for number in range(3)]
    service = Service(Table(*connections))

    found = read(
        service, Connection, [Connection.key(connection_id="2"), "CONN#0", ("CONN#1", "METADATA"), connections[1]]
    )

    assert ["2", "0", "1"] == [connection.connection_id for connection in found]


def test_keys_of_every_type_match_their_items():
    """Numbers, times, binary, UUIDs, enums and types of the user's own."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    for kind, values in [
        (int, [1, -7]),
        (Decimal, [Decimal("1.10"), Decimal(100)]),
        (bytes, [b"\x00\xff", b"x"]),
        (datetime, [moment, moment.replace(year=2027)]),
        (UUID, [UUID(int=1), UUID(int=2)]),
        (Level, [Level.LOW, Level.HIGH]),
    ]:
        model = type(
            "Typed",
            (Model,),
            {"__annotations__": {"id": Attr[kind]}, "id": partition_key(), "__module__": __name__},
            table="typed",
        )
        service = Service(Table(*(model(id=value) for value in values)))

        assert values[::-1] == [item.id for item in read(service, model, values[::-1])]

    odd = [Odd(point=[1, 2], level=Level.HIGH), Odd(point=[3], level=Level.LOW)]
    found = read(Service(Table(*odd)), Odd, [odd[1], ([1, 2], Level.HIGH)])
    assert odd[::-1] == list(found)


def test_a_hook_of_the_users_is_not_bypassed():
    """A converter that folds text folds the keys of a batch as well."""
    converter = make_converter()
    converter.register_unstructure_hook(str, str.lower)
    converter.register_structure_hook(str, lambda text, _: text.upper())
    settings = Settings(Codec(converter))
    service = Service(Table(City(name="ulm"), settings=settings))

    found = read(service, City, ["ULM"], settings=settings)

    assert [{"name": {"S": "ulm"}}] == service.bodies[0]["RequestItems"]["cities"]["Keys"]
    assert ["ULM"] == [city.name for city in found]
    assert found.missing == ()


def test_consistent_reads_are_asked_for():
    """Once for the table of each request."""
    service = Service(Table(*users(1)))

    read(service, User, [("acme", "0")], consistent=True)

    assert service.bodies[0]["RequestItems"]["users"]["ConsistentRead"] is True


def test_no_keys_need_no_request():
    """Nothing asked, nothing sent."""
    service = Service(Table())

    assert len(read(service, User, [])) == 0
    assert [] == service.calls


# ---------------------------------------------------------------- parts of answers


def test_an_answer_cut_by_size_goes_on_at_once():
    """Sixteen megabytes are no throttling: the rest is asked for without waiting, and the order stays."""
    service = Service(Table(*users(100), take=lambda keys: keys[:41]))

    found = read(service, User, [("acme", str(number)) for number in range(100)])

    assert list(range(100)) == [user.age for user in found]
    assert [100, 59, 18] == [len(body["RequestItems"]["users"]["Keys"]) for body in service.bodies]
    assert [] == service.sleeps


def test_keys_that_are_never_answered_are_named_and_the_rest_is_there():
    """The waits are those of a throttle; the error has what was found."""
    service = Service(Table(*users(10), take=lambda keys: [key for key in keys if key["id"]["S"] not in ("3", "4")]))
    keys = [("acme", str(number)) for number in range(10)]

    with pytest.raises(BatchIncompleteError) as raised:
        read(service, User, keys)

    assert [("acme", "3"), ("acme", "4")] == list(raised.value.unprocessed)
    assert [0, 1, 2, 5, 6, 7, 8, 9] == [user.age for user in raised.value.result]
    assert raised.value.result.missing == ()
    assert raised.value.succeeded == 8
    assert [1.0, 2.0, 4.0, 8.0] == service.sleeps
    assert len(service.calls) == 1 + IDLE_ROUNDS


def test_an_error_keeps_what_was_found():
    """A refusal in the second request leaves the first one's items on the error."""
    table = Table(*users(150))
    denied = AccessDeniedError(code="AccessDeniedException", status=400)
    service = Service(lambda call: table(call) if len(service.calls) == 1 else denied)

    with pytest.raises(BatchIncompleteError) as raised:
        read(service, User, [("acme", str(number)) for number in range(150)])

    assert raised.value.__cause__ is denied
    assert raised.value.outcome is Outcome.NOT_APPLIED
    assert len(raised.value.result) == 100
    assert len(raised.value.unprocessed) == 50


@pytest.mark.parametrize("junk", [b"{}", b"[]", b"null", b"<html>", b'{"Responses": {"users": [', b'{"Responses": []}'])
def test_an_answer_that_is_none_never_means_missing(junk):
    """A damaged answer is an error, not an empty result."""
    with pytest.raises(BatchIncompleteError) as raised:
        read(Service(lambda _: junk), User, [("acme", "1")])

    assert isinstance(raised.value.__cause__, ProtocolError)
    assert [("acme", "1")] == list(raised.value.unprocessed)


def test_one_item_that_does_not_fit_hides_no_other():
    """The error names what is wrong, and has the items that do fit."""
    table = Table(*users(3))
    bad = next(item for item in table.items.values() if item["id"]["S"] == "1")
    bad["age"] = {"S": "old"}

    with pytest.raises(DecodeError) as raised:
        read(Service(table), User, [("acme", str(number)) for number in range(3)])

    assert raised.value.path == "age"
    assert [0, 2] == [user.age for user in raised.value.items]


@given(st.lists(st.integers(0, 60), max_size=80), st.sets(st.integers(0, 60)), st.integers(0, 2**32 - 1))
def test_every_key_gets_its_own_item(asked, stored, seed):
    """For any keys, doubles and gaps, and whatever part the service answers at a time."""
    dice = random.Random(seed)
    table = Table(
        *(User(org="acme", id=str(number), age=number) for number in stored),
        take=lambda keys: keys[: dice.randint(1, len(keys))],
    )

    found = read(Service(table), User, [("acme", str(number)) for number in asked])

    expected = [number for number in dict.fromkeys(asked) if number in stored]
    assert expected == [user.age for user in found]
    assert [number if number in stored else None for number in asked] == [user and user.age for user in found.aligned]
    assert [User.key("acme", str(number)) for number in dict.fromkeys(asked) if number not in stored] == list(
        found.missing
    )


# ---------------------------------------------------------------- before anything is sent


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        (["acme"], MissingKeyError),
        ([("acme",)], MissingKeyError),
        ([("acme", "1", "2")], MissingKeyError),
        ([("acme", "")], ValidationError),
        ([("acme", "x" * 1025)], ValidationError),
        ([("acme", 1)], ValidationError),
        ([("acme", None)], ValidationError),
        ([City.key("Ulm")], InvalidRequestError),
        ([City(name="Ulm")], InvalidRequestError),
        ("acme", InvalidRequestError),
        (User.key("acme", "1"), InvalidRequestError),
    ],
    ids=str,
)
def test_a_wrong_key_is_refused_before_anything_is_sent(keys, error):  # R84
    """Scalars for a composite key, too many parts, a key of another model: nothing is sent."""
    service = Service(Table())

    with pytest.raises(error):
        read(service, User, keys)

    assert service.calls == []


@pytest.mark.parametrize("number", [0, 3, BREATH + 7])
@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("acme", "the key of User is (org, id); 1 of its values were given. Give org, id, or "),
        (("acme", 1), "User.id: str was expected, not int. Convert it, or "),
        (City.key("Ulm"), "a key of City was given. Make it with User.key(...)."),
        (City(name="Ulm"), "an instance of City was given."),
        (User(org="acme", id=""), "User.id: is part of a key and must not be empty."),
    ],
    ids=str,
)
def test_a_wrong_key_among_many_is_named_by_its_place(number, wrong, problem):
    """As Python counts them, also past those that are looked at in one go."""
    keys = [("acme", str(other)) for other in range(2 * BREATH)]
    keys[number] = wrong

    with pytest.raises(InvalidRequestError) as caught:
        read(Service(Table()), User, keys)

    assert f"keys[{number}]: {problem}" in str(caught.value)
