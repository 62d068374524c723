"""The verbs of one item, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from dynamorm_async import (
    Attr,
    ConditionFailedError,
    Document,
    ItemExistsError,
    ItemNotFoundError,
    Model,
    Nested,
    ValidationError,
    VersionConflictError,
    attr,
    computed,
    created_at,
    errors,
    expr,
    partition_key,
    sort_key,
    ttl,
    updated_at,
    version,
)

pytestmark = pytest.mark.asyncio


class Address(Document):
    street: Attr[str] = attr(default="")
    city: Attr[str] = attr(name="town")


class Wired(Model, table="wired", tag=True):
    pk: Attr[str] = partition_key("WIRED#{name}")
    name: Attr[str] = attr()
    parts: Attr[set[str]] = attr(factory=set)
    blob: Attr[bytes] = attr(default=b"")
    price: Attr[Decimal] = attr(default=Decimal(0))
    version: Attr[int] = version()


class Trip(Model[str], table="trips"):
    id: Attr[str] = partition_key()
    end: Nested[Address | None] = attr(default=None)
    stops: Attr[list[Address]] = attr(factory=list)
    by_day: Attr[dict[str, Address]] = attr(factory=dict)


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0, name="years")
    balance: Attr[Decimal] = attr(default=Decimal(0))
    nickname: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    scores: Attr[list[int]] = attr(factory=list)
    limits: Attr[dict[str, int]] = attr(factory=dict)
    home: Nested[Address] = attr(factory=lambda: Address(city="Ulm"))
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    expires: Attr[datetime | None] = ttl()


class Connection(Model, table="connections"):
    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("METADATA")
    connection_id: Attr[str]
    user_id: Attr[str]
    user_key: Attr[str] = computed("USER#{user_id}")


class Counter(Model[str], table="counters"):
    name: Attr[str] = partition_key()
    value: Attr[int] = attr(default=0)


class Entity(Model, abstract=True):
    pk: Attr[str] = partition_key("ENTITY#{id}")
    id: Attr[str]
    created_at: Attr[datetime] = created_at()
    version: Attr[int] = version()


class Order(Entity, table="entities"):
    total: Attr[int] = attr(default=0, validator=attrs.validators.ge(0))


@pytest.fixture
def clock(db):
    """Hands that the test turns."""

    class Hands:
        seconds = 1_800_000_000.0

        def now(self):
            return self.seconds

        def monotonic(self):
            return self.seconds

        async def sleep(self, seconds):
            self.seconds += seconds

    db.runner.clock = Hands()
    return db.runner.clock


async def test_what_is_created_is_got(db):
    """The instance that was written equals the one that is read, lifecycle fields included."""
    await db.create_table(User)

    made = await User(org="acme", id="1", age=36, tags={"a"}, scores=[1, 2], limits={"x": 3}).create()

    assert made == await User.get("acme", "1").consistent()
    assert 1 == made.version


async def test_create_refuses_an_item_that_is_there(db):
    """The error has the stored item; nothing changes, neither there nor here (R72)."""
    await db.create_table(User)
    first = await User(org="acme", id="1", age=1).create()
    second = User(org="acme", id="1", age=2)

    with pytest.raises(ItemExistsError, match=r"User\.create") as caught:
        await second.create()

    assert first == caught.value.current == await User.get("acme", "1")
    assert 0 == second.version


async def test_get_names_what_is_missing(db):
    """An item that is not there; a part of the key that was not given (R73)."""
    await db.create_table(User)

    with pytest.raises(ItemNotFoundError, match=r"User\.get: no item"):
        await User.get("acme", "1")
    with pytest.raises(errors.MissingKeyError, match=r"\(org, id\).*User\.query"):
        User.get("acme").call()
    assert await User.get_or_none("acme", "1") is None


async def test_put_replaces_and_keeps_the_versions_in_step(db):
    """Each write counts up; a stale instance is refused and stays as it is (R30)."""
    await db.create_table(User)
    first = await User(org="acme", id="1").put()
    stale = await User.get("acme", "1")
    first.age = 2
    await first.put()
    stale.age = 3

    with pytest.raises(VersionConflictError) as caught:
        await stale.put()

    assert (1, 2, 2) == (caught.value.expected, caught.value.actual, caught.value.current.age)
    assert (1, 3) == (stale.version, stale.age)


async def test_an_overwritten_version_does_not_come_again(db):
    """Who has read what was overwritten is refused, whatever the count of the one who overwrote it."""
    await db.create_table(User)
    reader = await User(org="acme", id="1").create()
    await User(org="acme", id="1", age=2).put(overwrite=True)

    with pytest.raises(VersionConflictError):
        await reader.put()


async def test_a_new_instance_does_not_replace_a_versioned_item(db):
    """Version 0 means: not stored yet. The original skipped the check there (B7)."""
    await db.create_table(User)
    await User(org="acme", id="1").create()

    with pytest.raises(VersionConflictError):
        await User(org="acme", id="1").put()


async def test_update_changes_stored_item_and_instance(db):
    """Numbers, sets, lists, maps, documents and new values in one request."""
    await db.create_table(User)
    user = await User(org="acme", id="1", age=1, tags={"a", "b"}, scores=[1], limits={"x": 1}).create()

    await user.update(
        User.age.add(2),
        User.balance.increment(Decimal("1.10")),
        User.tags.add({"c"}),
        User.scores.append([2, 3]),
        User.limits["y"].set(5),
        User.home.city.set("Bonn"),
        nickname="ada",
    )

    assert user == await User.get("acme", "1")
    assert (3, Decimal("1.10"), {"a", "b", "c"}, [1, 2, 3]) == (user.age, user.balance, user.tags, user.scores)
    assert ({"x": 1, "y": 5}, "Bonn", "ada", 2) == (user.limits, user.home.city, user.nickname, user.version)


async def test_update_takes_away(db):
    """None and the empty set are stored by leaving the attribute out, so setting them removes it."""
    await db.create_table(User)
    user = await User(org="acme", id="1", nickname="ada", tags={"a"}, scores=[1, 2, 3]).create()

    await user.update(User.scores[0].remove(), User.tags.discard({"a"}), nickname=None)

    assert (None, set(), [2, 3]) == (user.nickname, user.tags, user.scores)


async def test_a_false_condition_shows_the_item(db):
    """Nothing changes; the error has the item as it is (R80)."""
    await db.create_table(User)
    user = await User(org="acme", id="1", age=70).create()

    with pytest.raises(ConditionFailedError, match=r"User\.update.*unchanged") as caught:
        await user.update(User.age.add(1), if_=User.age < 65)

    assert user == caught.value.current == await User.get("acme", "1")
    assert errors.Outcome.NOT_APPLIED is caught.value.outcome


@pytest.mark.parametrize("verb", ["put", "update", "delete"])
async def test_every_write_takes_a_condition(db, verb):
    """put, update and delete alike."""
    await db.create_table(Counter)
    counter = await Counter(name="a", value=1).create()
    write = {
        "put": lambda: counter.put(if_=Counter.value > 5),
        "update": lambda: counter.update(Counter.value.add(1), if_=Counter.value > 5),
        "delete": lambda: counter.delete(if_=Counter.value > 5),
    }[verb]

    with pytest.raises(ConditionFailedError):
        await write()

    assert 1 == (await Counter.get("a")).value


async def test_update_by_key_needs_no_read(db):
    """It counts the version up, and refuses to make a partial item unless told to (R74)."""
    await db.create_table(User)
    await User(org="acme", id="1", age=1).create()

    changed = await User.with_key("acme", "1").update(User.age.add(1))

    assert (2, 2) == (changed.age, changed.version)
    with pytest.raises(ItemNotFoundError, match="must_exist=False"):
        await User.with_key("acme", "2").update(User.age.set(1))
    assert 1 == (await User.with_key("acme", "2").update(User.age.set(1), must_exist=False)).version


@pytest.mark.parametrize(
    ("actions", "error"),
    [
        ((), errors.InvalidRequestError),
        ((User.id.set("2"),), errors.KeyChangeError),
        ((User.home.city.set("a"), User.home.street.set("b"), expr(User.home).remove()), errors.InvalidRequestError),
        ((User.version.set(7),), errors.InvalidRequestError),
        ((User.age > 3,), errors.InvalidRequestError),
    ],
    ids=["nothing", "key", "overlap", "version", "condition"],
)
async def test_fault_18_an_update_that_cannot_be(actions, error):
    """No change, the key, overlapping paths, the library's own fields: refused before anything is sent."""
    with pytest.raises(error, match=r"User\.update"):
        User.with_key("acme", "1").update(*actions).call()


async def test_delete_gives_what_was_there(db):
    """The old item, or None; a versioned instance only as it was read."""
    await db.create_table(User)
    user = await User(org="acme", id="1").create()
    stale = await User.get("acme", "1")
    await user.update(age=2)

    with pytest.raises(VersionConflictError):
        await stale.delete()

    assert user == await user.delete()
    assert await User.with_key("acme", "1").delete() is None


async def test_lifecycle_fields_are_the_session_s_time(db, clock):
    """Created once, updated at every write, and the instance has exactly what is stored (R29)."""
    await db.create_table(User)
    born = datetime.fromtimestamp(clock.now(), UTC)
    user = await User(org="acme", id="1").create()
    clock.seconds += 60.25
    await user.update(age=2)
    later = await User.get("acme", "1")
    await later.put()

    assert (born, born + timedelta(seconds=60.25)) == (user.created_at, user.updated_at)
    assert (born, born + timedelta(seconds=60.25)) == (later.created_at, later.updated_at)


async def test_a_ttl_is_whole_seconds(db, clock):
    """A timedelta counts from the write (R31)."""
    await db.create_table(User)
    user = User(org="acme", id="1")
    user.expires = timedelta(hours=24)

    await user.create()

    assert datetime.fromtimestamp(clock.now() + 86_400, UTC) == user.expires == (await User.get("acme", "1")).expires


async def test_templated_keys_are_made_and_parsed(db):
    """Keys come from fields, and are given by them (R40)."""
    await db.create_table(Connection)

    made = await Connection(connection_id="c1", user_id="u1").create()

    assert ("CONN#c1", "METADATA", "USER#u1") == (made.pk, made.sk, made.user_key)
    assert made == await Connection.get(connection_id="c1") == await Connection.get("CONN#c1")
    assert [made] == await Connection.query(Connection.connection_id == "c1")


async def test_a_separator_in_a_key_part_is_refused(db):
    """``a#METADATA`` is not a way to another item (R16)."""
    with pytest.raises(ValidationError, match="separator"):
        await Connection(connection_id="a#b", user_id="u").create()
    with pytest.raises(ValidationError, match="separator"):
        await Connection.get(connection_id="a#b")


async def test_a_computed_attribute_is_never_stale(db):
    """It follows its fields at once, and cannot be set."""
    connection = Connection(connection_id="c1", user_id="u1")
    connection.user_id = "u2"

    assert "USER#u2" == connection.user_key
    with pytest.raises(AttributeError, match="computed"):
        connection.user_key = "x"


async def test_a_key_s_fields_cannot_be_updated(db):
    """The way that there is, is told (R41)."""
    with pytest.raises(errors.KeyChangeError, match="move"):
        Connection.with_key(connection_id="c1").update(connection_id="c2").call()


async def test_an_abstract_base_gives_keys_and_lifecycle(db):
    """Inherited fields work in every verb (R39)."""
    await db.create_table(Order)

    order = await Order(id="1", total=3).create()
    await order.update(Order.total.add(1))

    assert ("ENTITY#1", 4, 2) == (order.pk, order.total, order.version)
    assert order == await Order.get(id="1")


async def test_validators_run_before_anything_is_sent(db):
    """A value that slipped in later is found at the write, without being repeated in the message (R34)."""
    order = Order(id="1")
    vars(order)["total"] = -98765

    with pytest.raises(ValidationError, match=r"Order\.total") as caught:
        await order.create()

    assert "98765" not in str(caught.value)


async def test_refresh_takes_over_what_is_stored(db):
    """Also what others changed meanwhile."""
    await db.create_table(Counter)
    counter = await Counter(name="a").create()
    await Counter.with_key("a").update(Counter.value.add(5))

    assert 5 == (await counter.refresh()).value


async def test_mutate_reads_changes_and_writes(db):
    """Sync and async functions; the result is what was stored (R75)."""
    await db.create_table(User)
    await User(org="acme", id="1", age=1).create()

    async def older(user):
        user.age += 1

    await User.mutate(("acme", "1"), older)
    user = await User.mutate(("acme", "1"), lambda user: setattr(user, "age", user.age + 1))

    assert (3, 3) == (user.age, user.version)


async def test_mutate_stores_a_new_instance_over_the_one_that_was_read(db):
    """`attrs.evolve` leaves out what the library sets; the version that guards the write is the one that was read."""
    await db.create_table(User)
    await User(org="acme", id="1", age=1).create()

    user = await User.mutate(("acme", "1"), lambda user: attrs.evolve(user, age=5))

    assert (5, 2) == (user.age, user.version)


async def test_what_is_not_stored_as_declared_is_named(db):
    """Every bad field is listed, none of their values (R34)."""
    user = User(org="acme", id="1", age="old-secret", tags={1})

    with pytest.raises(ValidationError) as caught:
        await user.create()

    assert {"User.age", "User.tags"} <= {path.split("[")[0] for path, _ in caught.value.errors}
    assert "secret" not in str(caught.value)


async def test_a_missing_table_is_its_own_error(db):
    """Not "no such item" (R110)."""
    with pytest.raises(errors.TableNotFoundError, match="create_table"):
        await User.get("acme", "1")


class Blob(Model[bytes], table="blobs"):
    id: Attr[bytes] = partition_key()


async def test_a_binary_key_is_measured_in_bytes(db):
    """2 048 bytes are a key, 2 049 are not; base64 on the wire does not count."""
    await db.create_table(Blob)
    await Blob(id=b"x" * 2048).create()

    assert b"x" * 2048 == (await Blob.get(b"x" * 2048)).id
    with pytest.raises(ValidationError, match=r"Blob\.id.*2048"):
        await Blob.get(b"x" * 2049)


async def test_the_item_of_an_instance_is_what_a_put_stores(db):
    """And an instance can be had of what is stored, however it was read. # R143"""
    await db.create_table(Wired)
    one = Wired(name="a", parts={"x"}, blob=b"\x00\xff", price=Decimal("1.50"))
    item = one.to_item()
    await one.put()
    (stored,) = await Wired.scan().raw()

    assert stored == item
    assert one == Wired.from_item(stored) == await Wired.get(name="a")


async def test_documents_that_may_be_missing_and_those_in_lists_and_maps_are_asked_and_changed_by_field(db):
    """Where one is missing, no condition on its fields holds."""
    await db.create_table(Trip)
    await Trip(
        id="1", end=Address(city="Ulm"), stops=[Address(city="Bern")], by_day={"mon": Address(city="Rome")}
    ).put()
    await Trip(id="2").put()

    for condition in (Trip.end.city == "Ulm", Trip.stops[0].city == "Bern", Trip.by_day["mon"].city == "Rome"):
        assert ["1"] == [trip.id for trip in await Trip.scan(condition)]
    changed = await Trip.with_key("1").update(
        expr(Trip.end).remove(), Trip.stops[0].city.set("Basel"), expr(Trip.by_day["tue"]).set(Address(city="Oslo"))
    )

    assert (None, "Basel", "Oslo") == (changed.end, changed.stops[0].city, changed.by_day["tue"].city)


async def test_fields_of_an_abstract_base_are_those_of_its_models(db):
    """In a query, a condition, an update, an order and a selection."""
    await db.create_table(Order)
    order = await Order(id="1", total=3).create()

    assert await Order.query(Entity.pk == "ENTITY#1", Entity.version == 1).select(Entity.id, Order.total) == [("1", 3)]
    await order.update(Order.total.add(1), if_=Entity.created_at <= order.created_at)
    assert await Order.scan(Entity.id == "1").order_by(Entity.id, in_memory=9) == [order]
    assert order.total == 4
