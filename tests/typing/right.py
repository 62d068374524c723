"""Right uses: every line must pass mypy --strict and pyright. Never executed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, assert_type

import attrs

from dynamorm_async import (
    Action,
    AnyModel,
    Applied,
    Attr,
    Batch,
    BatchGetResult,
    BatchIncompleteError,
    Collection,
    Condition,
    Cursor,
    Document,
    DynamormError,
    Expr,
    GlobalIndex,
    Key,
    LocalIndex,
    Model,
    Nested,
    OutcomeUnknownError,
    Page,
    Rejected,
    Session,
    StatementFailure,
    TransactionCanceledError,
    UniqueConflictError,
    VersionConflictError,
    attr,
    computed,
    created_at,
    expr,
    partition_key,
    raw,
    sort_key,
    ttl,
    unique,
    updated_at,
    version,
)
from dynamorm_async.errors import CancellationReason
from dynamorm_async.testing import budget
from dynamorm_async.types import Item

M = TypeVar("M", bound=AnyModel)


@attrs.frozen
class Brief:
    id: str


class Address(Document):
    street: Attr[str] = attr(default="")
    city: Attr[str] = attr()


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    credits: Attr[Decimal] = attr(default=Decimal(0))
    nickname: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    scores: Attr[list[int]] = attr(factory=list)
    settings: Attr[dict[str, bool]] = attr(factory=dict)
    home: Nested[Address] = attr()
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    expires: Attr[datetime | None] = ttl()

    by_email = GlobalIndex(email, name="gsi-email")
    one_email = unique(email)
    one_nickname = unique(org, nickname)
    by_age = LocalIndex(age)


class Leg(Document):
    end: Nested[Address | None] = attr(default=None)


class Stage(Document):
    leg: Nested[Leg] = attr()


class Square(Document):
    city: Attr[str] = attr()


class Tour(Model[str], table="tours"):
    id: Attr[str] = partition_key()
    start: Nested[Address] = attr()
    end: Nested[Address | None] = attr(default=None)
    stops: Attr[list[Address]] = attr(factory=list)
    detours: Attr[list[Address] | None] = attr(default=None)
    by_day: Attr[dict[str, Address]] = attr(factory=dict)
    days: Attr[list[list[Address]]] = attr(factory=list)
    places: Attr[list[Address | Square]] = attr(factory=list)
    notes: Attr[dict[str, Any]] = attr(factory=dict)
    first: Nested[Stage] = attr()


class Connection(Model, table="connections"):
    pk: Attr[str] = partition_key("CONN#{connection_id}")
    sk: Attr[str] = sort_key("METADATA")
    connection_id: Attr[str]
    user_id: Attr[str]
    tenant_key: Attr[str] = computed("TENANT#{user_id}")
    expires: Attr[datetime] = ttl(default=timedelta(hours=24))


class Base(Model, abstract=True):
    id: Attr[str] = partition_key()


class Middle(Base, abstract=True):
    note: Attr[str] = attr(default="")


class Leaf(Middle, table="leaves"):
    size: Attr[int] = attr(default=1)


class Parcel(Model[str], table="parcels"):
    id: Attr[str] = partition_key()
    to: Nested[Address] = attr(factory=lambda: Address(city="Ulm"))
    sender: Nested[Address] = attr(default=Address(city="Ulm"))
    back: Nested[Address | None] = attr(default=None)
    over: Nested[Address | None] = attr(factory=lambda: Address(city="Ulm"))
    whole: Attr[Address] = attr(factory=lambda: Address(city="Ulm"))
    stops: Attr[list[Address]] = attr(factory=list)
    by_day: Attr[dict[str, Address]] = attr(factory=dict)
    weight: Attr[int] = attr(default=0)

    by_weight = GlobalIndex(weight)


def documents_with_a_default() -> None:
    parcel = Parcel(id="1")
    assert_type(Parcel.to, type[Address])
    assert_type(Parcel.to.city, Expr[str])
    assert_type(parcel.to, Address)
    assert_type(Parcel.back, type[Address])
    assert_type(Parcel.back.city, Expr[str])
    assert_type(parcel.back, Address | None)
    assert_type(expr(Parcel.back), Expr[Address])
    assert_type(Parcel.whole, Expr[Address])
    assert_type(Parcel.stops[0], type[Address])
    assert_type(Parcel.by_day["mon"], type[Address])
    assert_type(Parcel.weight, Expr[int])
    Parcel(id="1", to=Address(city="Ulm"), back=None, stops=[Address(city="Ulm")])
    parcel.back = Address(city="Ulm")


def construct() -> None:
    user = User(org="acme", id="1", email="a@b.c", home=Address(city="Ulm"))
    assert_type(user.age, int)
    assert_type(user.nickname, str | None)
    assert_type(user.home, Address)
    assert_type(user.home.city, str)
    assert_type(user.version, int)
    assert_type(user.expires, datetime | None)
    user.age = 3
    connection = Connection(connection_id="c1", user_id="u1")
    assert_type(connection.pk, str)
    assert_type(connection.expires, datetime)
    Connection(connection_id="c1", user_id="u1", expires=datetime.max)
    leaf = Leaf(id="1", note="x", size=2)
    assert_type(leaf.id, str)


def expressions() -> None:
    assert_type(User.age, Expr[int])
    assert_type(User.home.city, Expr[str])
    assert_type(User.scores[0], Expr[int])
    assert_type(User.settings["dark"], Expr[bool])
    assert_type(expr(User.home), Expr[Address])
    assert_type(User.settings["dark"].set(True), Action)
    assert_type(Tour.start, type[Address])
    assert_type(Tour.end, type[Address])
    assert_type(Tour.end.city, Expr[str])
    assert_type(expr(Tour.end), Expr[Address])
    assert_type(Tour.stops[0], type[Address])
    assert_type(Tour.stops[0].city == "Ulm", Condition)
    assert_type(expr(Tour.stops[0]), Expr[Address])
    assert_type(Tour.detours[0].city, Expr[str])
    assert_type(Tour.by_day["mon"].city, Expr[str])
    assert_type(Tour.days[0][1].city, Expr[str])
    assert_type(Tour.places[0].city, Expr[str])
    assert_type(Tour.notes["mon"], Expr[Any])
    assert_type(Tour.first.leg.end.city, Expr[str])
    Tour.query(Tour.id == "1", Tour.notes["mon"] == 3)
    assert_type(User.email.in_(["a", "b"]), Condition)
    assert_type(User.email.in_({"a"}), Condition)
    assert_type(User.org.in_(part for part in ("a", "b")), Condition)
    assert_type(User.tags.size().in_([1]), Condition)
    assert_type(User.age > 18, Condition)
    assert_type(User.org == "acme", Condition)
    assert_type((User.age > 18) & ~(User.id == "x") | User.email.begins_with("a"), Condition)
    assert_type(User.nickname == None, Condition)  # noqa: E711  an expression, not a comparison
    assert_type(User.tags.contains("x"), Condition)
    assert_type(User.tags.size() > 3, Condition)
    assert_type(User.age.between(1, 2), Condition)
    assert_type(User.age.in_([1, 2]), Condition)
    assert_type(User.age > User.version, Condition)
    User.age.add(1)
    User.credits.sub(Decimal("1.5"))
    User.age.increment(2)
    User.tags.add({"x"})
    User.tags.discard({"x"})
    User.scores.append([3])
    User.age.set(User.age + 1)
    User.age.set(User.age.if_not_exists(0))
    User.nickname.remove()


async def queries() -> None:
    assert_type(await User.query(User.org == "acme", User.age >= 18).limit(10), list[User])
    assert_type(await User.query("org", "=", "acme").where("age", ">", 18).order_by("age", "desc").first(), User)
    assert_type(await User.query(User.email == "a@b.c").index(User.by_email).one(), User)
    assert_type(await User.query(User.email == "a@b.c").one_or_none(), User | None)
    assert_type(await User.query(User.org == "acme").select(User.id, User.home.city), list[tuple[str, str]])
    assert_type(await User.query(User.org == "acme").select(User.age).first(), tuple[int])
    assert_type(await User.query(User.org == "acme").count(), int)
    page = await User.query(User.org == "acme").page(size=20)
    assert_type(page, Page[User])
    assert_type(page.items[0], User)
    again = await User.query(User.org == "acme").page(cursor=page.cursor)
    assert_type(again.has_more, bool)
    async for user in User.query(User.org == "acme"):
        assert_type(user, User)
    assert_type(User.query(User.org == "acme").pages(), AsyncIterator[Page[User]])
    seven = (
        await User.scan()
        .select(User.org, User.id, User.email, User.age, User.credits, User.nickname, User.tags)
        .first()
    )
    assert_type(seven, tuple[str, str, str, int, Decimal, str | None, set[str]])
    ten = (
        await User.scan()
        .select(
            *(User.org, User.id, User.email, User.age, User.credits),
            *(User.nickname, User.tags, User.scores, User.settings, User.version),
        )
        .first()
    )
    assert_type(ten[9], int)
    assert_type(await User.scan().select(*[User.org, User.id]).first(), tuple[object, ...])
    async for row in User.scan(User.age > 3).select(User.id):
        assert_type(row, tuple[str])
    assert_type(await Leaf.query(Leaf.id == "1"), list[Leaf])
    assert_type(await Leaf.query(Base.id == "1", Middle.note == "x").select(Base.id, Leaf.size), list[tuple[str, int]])
    assert_type(await User.query(User.org.in_(["a", "b"])).only(User.age).limit(3), list[User])
    assert_type(await User.query(raw("org = :o", o="acme")).into(Brief).first(), Brief)
    async with User.scan(segments=4).stream(units_per_second=5, progress=print) as users:
        assert_type(await anext(users), User)
        assert_type(users.cursor(), Cursor)
    both = Collection(User, Leaf).query(User.org == "acme")
    assert_type(await both.groups(), tuple[list[User], list[Leaf]])
    assert_type(await both.limit(3).reverse().groups(), tuple[list[User], list[Leaf]])
    assert_type(await both, list[User | Leaf])


async def items(db: Session) -> None:
    user = User(org="acme", id="1", email="a@b.c", home=Address(city="Ulm"))
    assert_type(await user.create(), User)
    assert_type(await user.put(if_=User.age < 3), User)
    assert_type(await User.get("acme", "1"), User)
    assert_type(await User.get("acme", "1").using(db).consistent(), User)
    assert_type(await User.get_or_none("acme", "1"), User | None)
    assert_type(await User.get(User.key("acme", "1")), User)
    assert_type(await Connection.get(connection_id="c1"), Connection)
    assert_type(await user.update(User.age.add(1), if_=User.age < 65), User)
    assert_type(await user.update(nickname="x"), User)
    assert_type(await User.with_key("acme", "1").update(User.age.add(1)), User)
    assert_type(await User.with_key("acme", "1").delete(), User | None)
    assert_type(await user.delete(), User | None)
    assert_type(await user.refresh(), User)
    assert_type(await User.mutate(("acme", "1"), lambda found: setattr(found, "age", 3)), User)


async def together(db: Session) -> None:
    user = User(org="acme", id="1", email="a@b.c", home=Address(city="Ulm"))
    leaf = Leaf(id="1")
    assert_type(User.key("acme", "1"), Key[User])
    assert_type(await db.batch_put([user, leaf], progress=print, on_duplicate="last"), int)
    assert_type(await db.batch_put(User(org="a", id=str(n), email="x", home=user.home) for n in range(3)), int)
    assert_type(await db.batch_delete([user, Leaf.key("1")]), int)
    found = await db.batch_get(User, [("acme", "1"), User.key("acme", "2"), user])
    assert_type(found, BatchGetResult[User])
    assert_type(found[0], User)
    assert_type(found.missing, tuple[Key[User], ...])
    assert_type(found.aligned, tuple[User | None, ...])
    assert_type([one.age for one in found], list[int])
    assert_type(await db.batch_get(Leaf, ["1", "2"], consistent=True), BatchGetResult[Leaf])
    async with db.batch() as batch:
        assert_type(batch.put(user, overwrite=True).put(leaf).delete(User.key("acme", "2")), Batch)
    async with db.transaction(token="order-1") as tx:
        tx.create(leaf)
        tx.put(user, if_=User.age < 3)
        tx.update(user, User.age.add(1), if_=User.age < 65, nickname="x")
        tx.update(Leaf.key("2"), size=3)
        tx.delete(Leaf.key("3"))
        tx.check(User.key("acme", "2"), User.age > 3)
        tx.check(user)
    assert_type(await db.transaction().put(leaf).execute(), None)
    one, two = await db.transact_get(User.key("acme", "1"), Leaf.key("1"))
    assert_type(one, User | None)
    assert_type(two, Leaf | None)
    assert_type(await db.transact_get(*[User.key("acme", str(n)) for n in range(9)]), tuple[User | None, ...])
    assert_type(await user.move(id="2"), User)


async def outcomes() -> None:
    user = User(org="acme", id="1", email="a@b.c", home=Address(city="Ulm"))
    outcome = await user.try_update(User.age.add(1), if_=User.age < 65)
    assert_type(outcome, Applied[User] | Rejected[User])
    match outcome:
        case Applied(applied):
            assert_type(applied, User)
        case Rejected(current):
            assert_type(current, User | None)
    if outcome:
        assert_type(outcome, Applied[User])
    else:
        assert_type(outcome.current, User | None)
    assert_type(await User.with_key("acme", "1").try_update(age=3), Applied[User] | Rejected[User])
    assert_type(await user.delete().outcome(), Applied[User | None] | Rejected[User | None])
    assert_type(await user.put().returning("old"), User | None)
    assert_type(await user.update(age=3).returning("none"), None)
    assert_type(await user.update(age=3).returning("old"), User | None)
    assert_type(await user.delete().returning("none"), None)


async def beyond_an_index() -> None:
    query = User.query(User.org == "acme")
    assert_type(await query.complete(), list[User])
    assert_type(await query.raw(), list[Item])
    assert_type(await query.raw().only(User.age).first(), Item)
    assert_type(await query.select(User.id).raw().limit(3), list[Item])
    assert_type(await Collection(User, Leaf).query(User.org == "acme").raw().first_or_none(), Item | None)
    assert_type(await query.complete(consistent=True).select(User.id), list[tuple[str]])
    assert_type(await query.order_by(User.age, "desc", in_memory=500).first(), User)
    cost = query.explain().cost
    assert_type(cost.most if cost else 0.0, float)
    assert_type(User.get("acme", "1").explain().operation, str)
    assert_type((await query.page()).left_out, int)
    with budget(rcu=3, requests=2) as spending:
        await query
    assert_type(spending.rcu, float)


async def statements(db: Session) -> None:
    one = db.statement("SELECT * FROM {users} WHERE org = ?", "acme", users=User)
    assert_type(await one, list[dict[str, Any]])
    assert_type(await one.into(User).limit(3), list[User])
    assert_type((await one.into(User).page()).items, Sequence[User])
    rows = await db.statements(one.into(User), one, one.into(Leaf))
    assert_type(rows[0], User | StatementFailure | None)
    assert_type(rows[1], dict[str, Any] | StatementFailure | None)
    assert_type(rows[2], Leaf | StatementFailure | None)
    if rows[0]:
        assert_type(rows[0], User)
    assert_type(await db.statements(one.into(User)), tuple[User | StatementFailure | None])
    many = await db.statements(*[one.into(User) for _ in range(9)])
    assert_type(many, tuple[User | StatementFailure | None, ...])
    assert_type(await db.transact_statements(one.into(User), one.into(Leaf)), tuple[User | None, Leaf | None])
    assert_type(await db.transact_statements(*[one.into(User)] * 5, token="t"), tuple[User | None, ...])


async def batches_by_key(db: Session, user: User, leaf: Leaf, keys: Sequence[tuple[str, str]]) -> None:
    assert_type(await db.batch_get(User, keys), BatchGetResult[User])
    assert_type(await db.batch_get(User, [("acme", "1"), User.key("acme", "2"), user]), BatchGetResult[User])
    assert_type(await db.batch_get(User, (("acme", str(number)) for number in range(3))), BatchGetResult[User])
    assert_type(await db.batch_get(Tour, ["1", "2"]), BatchGetResult[Tour])
    assert_type(await db.batch_get(Tour, {"1", "2"}), BatchGetResult[Tour])
    assert_type(await db.batch_get(Tour, [Tour.key("1"), "2", ("3",)]), BatchGetResult[Tour])
    # A bare Model takes any key.
    assert_type(await db.batch_get(Leaf, ["1", 2, ("3", 4), leaf, Leaf.key("5")]), BatchGetResult[Leaf])
    assert_type((await db.batch_get(User, keys, consistent=True)).missing, tuple[Key[User], ...])


async def for_any_model(db: Session, model: type[M], names: Sequence[str], some: list[M]) -> None:
    assert_type(await db.batch_get(model, names), BatchGetResult[M])
    assert_type(await db.batch_get(model, [("a", 1)]), BatchGetResult[M])
    assert_type(await db.batch_get(model, some), BatchGetResult[M])


async def refused(db: Session, user: User) -> None:
    try:
        await user.put()
    except VersionConflictError as conflict:
        assert_type(conflict.current, object)
        if isinstance(conflict.current, User):
            assert_type(conflict.current.age, int)
    except OutcomeUnknownError as lost:
        assert_type(lost.current, object)
    try:
        await db.transaction().put(user).execute()
    except TransactionCanceledError as canceled:
        assert_type(canceled.reasons, Sequence[CancellationReason])
        assert_type(canceled.reasons[0].key, Key[Any] | None)
        assert_type(canceled.reasons[0].current, object)
        assert_type(canceled.reasons[0].error, DynamormError | None)
    try:
        await db.batch_put([user])
    except BatchIncompleteError as incomplete:
        assert_type(incomplete.unprocessed, tuple[object, ...])
        assert_type(incomplete.unprocessed_as(User), tuple[User, ...])
        await db.batch_put(incomplete.unprocessed_as(Model))
        await db.batch_delete(incomplete.unprocessed_as(Key))
    try:
        await user.create()
    except UniqueConflictError as taken:
        assert_type(taken.owner, Item | None)


def in_wire_form(user: User) -> None:
    assert_type(user.to_item(), Item)
    assert_type(User.from_item(user.to_item()), User)
