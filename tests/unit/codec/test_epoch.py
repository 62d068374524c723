"""Times to live are whole seconds since 1970 UTC, as DynamoDB reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from dynamorm_async import Attr, Model, partition_key, ttl
from dynamorm_async._codec import Codec
from dynamorm_async._codec.epoch import epoch_dump
from dynamorm_async.errors import DecodeError, ModelDefinitionError, ValidationError

MOMENT = datetime(2026, 11, 21, 7, 35, 1, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())


class Visit(Model, table="visits"):
    id: Attr[str] = partition_key()
    expires: Attr[datetime | None] = ttl(default=None)


class Counted(Model, table="counted"):
    id: Attr[str] = partition_key()
    expires: Attr[int] = ttl(default=0)


class Fading(Model, table="fading"):
    id: Attr[str] = partition_key()
    expires: Attr[datetime | None] = ttl(default=timedelta(hours=1))


class Late(Model, table="late"):
    id: Attr[str] = partition_key()
    expires: Attr[datetime] = ttl()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (MOMENT, SECONDS),
        (MOMENT.replace(microsecond=999_999), SECONDS),
        (MOMENT.astimezone(timezone(timedelta(hours=5))), SECONDS),
        (SECONDS, SECONDS),
        (datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), -1),
    ],
)
def test_a_time_is_stored_in_whole_seconds_and_reads_back_in_utc(value, seconds):
    """A fraction is dropped; an int is seconds already."""  # R31
    codec = Codec()
    model, slot = codec.model(Visit.__dynamorm_spec__), Visit.__dynamorm_spec__.by_name["expires"].slot

    item = model.encode(Visit(id="1", expires=value))
    found = model.build(msgspec.json.decode(json.dumps(item), type=model.wire))

    assert {"N": str(seconds)} == item["expires"] == codec.encode(slot, value)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) == found.expires
    assert UTC is found.expires.tzinfo
    assert found == model.decode(item)
    assert found.expires == codec.decode(slot, item["expires"])


def test_none_is_left_out_so_that_the_item_never_expires():
    """DynamoDB reads nothing but numbers there."""
    model = Codec().model(Visit.__dynamorm_spec__)

    assert {"id"} == set(model.encode(Visit(id="1", expires=None)))
    assert None is model.decode({"id": {"S": "1"}}).expires
    assert None is model.decode({"id": {"S": "1"}, "expires": {"NULL": True}}).expires


def test_a_field_that_is_not_set_yet_is_left_out():
    """Whatever its type says, a TTL begins as None."""
    model = Codec().model(Late.__dynamorm_spec__)

    assert {"id": {"S": "1"}} == model.encode(Late(id="1"))
    assert None is model.decode({"id": {"S": "1"}}).expires


def test_the_default_for_new_items_is_none_for_what_is_read():
    """An item without the attribute never expires."""
    model = Codec().model(Fading.__dynamorm_spec__)

    assert None is model.decode({"id": {"S": "1"}}).expires
    assert {"id"} == set(model.encode(Fading(id="1", expires=None)))


def test_a_field_declared_int_stays_an_int():
    """Seconds in, seconds out."""
    model = Codec().model(Counted.__dynamorm_spec__)
    item = model.encode(Counted(id="1", expires=SECONDS))

    assert SECONDS == model.decode(item).expires
    assert SECONDS == model.decode(item | {"expires": {"N": f"{SECONDS}.75"}}).expires
    assert {"N": str(SECONDS)} == model.encode(Counted(id="1", expires=MOMENT))["expires"]


@pytest.mark.parametrize("value", [MOMENT.replace(tzinfo=None), timedelta(hours=1), "tomorrow", 1.5, True])
def test_what_is_no_moment_is_refused(value):
    """A timedelta is resolved by whoever knows what time it is."""
    with pytest.raises(ValidationError, match=r"Visit\.expires"):
        Codec().model(Visit.__dynamorm_spec__).encode(Visit(id="1", expires=value))


@pytest.mark.parametrize("stored", [{"S": "2026-01-01"}, {"N": "1E+100"}, {"BOOL": True}])
def test_a_stored_value_that_is_no_moment_is_an_error(stored):
    """As everywhere."""
    with pytest.raises(DecodeError, match=r"Visit\.expires"):
        Codec().model(Visit.__dynamorm_spec__).decode({"id": {"S": "1"}, "expires": stored})


def test_a_ttl_of_another_type_is_refused():
    """Only datetime and int can be read back."""
    with pytest.raises(ModelDefinitionError, match="TTL"):
        epoch_dump(timedelta)
