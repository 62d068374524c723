"""Keys: their limits, and the templates that make them from fields and read fields out of them."""

from __future__ import annotations

import json
import types
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async import Attr, GlobalIndex, Model, attr, computed, partition_key, sort_key
from dynamorm_async._codec import Codec
from dynamorm_async._ops.keys import Place, target_of, target_of_instance
from dynamorm_async.errors import DecodeError, ValidationError
from dynamorm_async.types import Key

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


class Limits(Model, table="limits"):
    pk: Attr[str] = partition_key()
    sk: Attr[bytes] = sort_key()
    email: Attr[str] = attr()
    number: Attr[int] = attr()

    by_email = GlobalIndex(number, sort=email)


class Connection(Model, table="streamer"):
    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("METADATA")
    connection_id: Attr[str] = attr(name="cid")
    tenant: Attr[str | None] = attr(default=None)
    at: Attr[datetime | None] = attr(default=None)
    number: Attr[int] = attr(default=7)
    tenant_at: Attr[str] = computed("T#{tenant}#{at}#{number:04}")

    by_tenant = GlobalIndex(tenant_at)


class Braces(Model, table="braces"):
    pk: Attr[str] = partition_key("{{'{a}'}}\\{b}")
    sk: Attr[str] = sort_key("{u}")
    a: Attr[str] = attr()
    b: Attr[str] = attr()
    u: Attr[UUID] = attr()


def codec(cls):
    """The compiled codec of a model."""
    return Codec().model(cls.__dynamorm_spec__)


def both(model, item):
    """What both ways of decoding make of an item; they must agree."""
    slow = model.decode(item)
    assert slow.__dict__ == model.build(msgspec.json.decode(json.dumps(item), type=model.wire)).__dict__
    return slow


def limits(**values):
    """An item of Limits."""
    return Limits(**{"pk": "p", "sk": b"s", "email": "e", "number": 1} | values)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("pk", "", "empty"),
        ("sk", b"", "empty"),
        ("email", "", "empty"),
        ("pk", "x" * 2049, "2048 bytes"),
        ("pk", "é" * 1025, "2048 bytes"),
        ("sk", b"x" * 1025, "1024 bytes"),
        ("email", "é" * 512 + "x", "1024 bytes"),
    ],
)
def test_fault_16_an_empty_or_long_key_is_refused(name, value, words):
    """Of the table or of an index; the limit counts bytes."""
    with pytest.raises(ValidationError, match=rf"Limits\.{name}.*{words}"):
        codec(Limits).encode(limits(**{name: value}))


def test_fault_16_keys_at_their_limits_are_accepted():
    """2048 bytes for a partition key, 1024 for a sort key."""
    longest = limits(pk="é" * 1024, sk=b"x" * 1024, email="é" * 512)

    assert longest == both(codec(Limits), codec(Limits).encode(longest))


def test_computed_attributes_are_made_from_the_fields_at_every_write():
    """Also after a change; they are never kept on the instance."""  # R40
    model = codec(Connection)
    connection = Connection(connection_id="c1", tenant="acme", at=MOMENT)

    first = model.encode(connection)
    connection.tenant = "other"
    second = model.encode(connection)

    assert {"S": "CONN#c1"} == first["pk"]
    assert {"S": "METADATA"} == first["sk"]
    assert {"S": "T#acme#2026-01-02T00:00:00.000000Z#0007"} == first["tenant_at"]
    assert {"S": "T#other#2026-01-02T00:00:00.000000Z#0007"} == second["tenant_at"]
    assert connection == both(model, second)
    assert {"pk", "sk", "tenant_at"}.isdisjoint(both(model, second).__dict__)


def test_a_computed_index_key_is_left_out_while_a_part_is_none():
    """The item is then not in that index."""
    model = codec(Connection)
    connection = Connection(connection_id="c1")

    item = model.encode(connection)

    assert {"pk", "sk", "cid", "number"} == set(item)
    assert connection == both(model, item)


def test_fields_that_are_not_stored_are_read_out_of_the_key():
    """As items of other writers have them."""  # R40
    model = codec(Connection)
    item = {
        "pk": {"S": "CONN#c1"},
        "sk": {"S": "METADATA"},
        "tenant_at": {"S": "T#acme#2026-01-02T00:00:00.000000Z#0042"},
    }

    found = both(model, item)

    assert ("c1", "acme", MOMENT, 42) == (found.connection_id, found.tenant, found.at, found.number)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"pk": {"S": "CONN#c2"}}, "pk"),
        ({"pk": {"S": "OTHER#c1"}}, "pk"),
        ({"sk": {"S": "STATUS"}}, "sk"),
        ({"pk": {"N": "1"}}, "pk"),
        ({"tenant_at": {"S": "T#x#2026-01-02T00:00:00.000000Z#0007"}}, "tenant_at"),
        ({"tenant": {"S": "a#b"}}, "tenant_at"),
        ({"tenant": {"NULL": True}}, "tenant_at"),
        ({"cid": None, "pk": {"S": "nothing"}}, "pk"),
        ({"number": None, "tenant_at": {"S": "T#acme#2026-01-02T00:00:00.000000Z#x"}}, "tenant_at"),
        ({"number": {"N": "99999"}}, "tenant_at"),
    ],
)
def test_a_key_that_disagrees_with_the_fields_is_an_error(changes, path):
    """A stale key would otherwise be written back to another place."""
    model = codec(Connection)
    item = model.encode(Connection(connection_id="c1", tenant="acme", at=MOMENT)) | changes
    item = {name: value for name, value in item.items() if value is not None}

    with pytest.raises(DecodeError, match="template") as caught:
        model.decode(item)
    with pytest.raises((DecodeError, msgspec.ValidationError)) as compiled:
        model.build(msgspec.json.decode(json.dumps(item), type=model.wire))

    assert path == caught.value.path
    assert isinstance(compiled.value, msgspec.ValidationError) or str(caught.value) == str(compiled.value)


def test_fault_16_a_separator_in_a_part_or_a_missing_part_is_refused():
    """All of it in one error."""
    model = codec(Connection)

    with pytest.raises(ValidationError) as caught:
        model.encode(Connection(connection_id="a#METADATA", tenant="a#b", at=MOMENT, number=12345))
    assert ["Connection.pk", "Connection.tenant_at"] == [path for path, _ in caught.value.errors]
    with pytest.raises(ValidationError, match=r"Connection\.pk.*empty"):
        model.encode(Connection(connection_id=""))
    with pytest.raises(
        ValidationError, match=r"Connection\.pk: is part of the primary key and is made of connection_id"
    ):
        model.encode(Connection(connection_id=None))
    with pytest.raises(ValidationError, match=r"Connection\.pk.*2048"):
        model.encode(Connection(connection_id="x" * 2048))


def test_one_field_can_be_encoded_alone():
    """With the checks that it has in a whole item."""
    model, fields = codec(Limits), Limits.__dynamorm_spec__.by_name

    assert {"S": "p"} == model.encode_field(fields["pk"], "p")
    with pytest.raises(ValidationError, match=r"Limits\.pk: .*empty"):
        model.encode_field(fields["pk"], "")


def test_a_template_may_hold_anything_that_source_code_cares_about():
    """Braces, quotes, backslashes: the generated code has them as literals."""
    model = codec(Braces)
    instance = Braces(a="x", b="y", u=UUID(int=1))

    item = model.encode(instance)

    assert {"S": "{'x'}\\y"} == item["pk"]
    assert instance == both(model, item)
    assert instance == both(model, {"pk": item["pk"], "sk": item["sk"]})


KINDS = {
    str: st.text(max_size=8),
    bytes: st.binary(max_size=8),
    int: st.integers(-(10**40), 10**40),
    Decimal: st.decimals(allow_nan=True, allow_infinity=True, places=None),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}
KEYED = {
    kind: types.new_class(
        f"Keyed{kind.__name__}",
        (Model,),
        {"table": "keyed"},
        lambda names, kind=kind: names.update(
            {"__annotations__": {"at": Attr[str], "by": Attr[kind]}, "at": partition_key(), "by": sort_key()}
        ),
    )
    for kind in KINDS
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_key_is_told_alike_however_it_is_given(kind, data):
    """By its values, by a key, and by the instance that has it: two writes of one item are known by it."""
    model, values = codec(KEYED[kind]), ["a", data.draw(KINDS[kind] | st.sampled_from([1, "", None, 1.5]))]
    spec = KEYED[kind].__dynamorm_spec__

    try:
        attributes = model.encode_key(values)
    except ValidationError as error:
        with pytest.raises(ValidationError) as caught:
            model.key_json(values)
        assert str(error) == str(caught.value)
    else:
        instance = KEYED[kind](at=values[0], by=values[1])
        told = {
            model.key_json(values),
            model.write(instance.__dict__)[0],
            target_of(Key(spec.name, "keyed", attributes, spec)).key_json,
            target_of_instance(spec, Place(Codec(), "keyed"), instance).key_json,
        }
        assert len(told) == 1
