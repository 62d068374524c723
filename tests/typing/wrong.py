"""Planted mistakes: each marked line must be refused by mypy --strict and by pyright. Never executed.

A line that is refused ends in ``# wrong``; tests/typing/test_typing.py compares the sets of lines.
"""

from __future__ import annotations

from datetime import datetime

from dynamorm_async import (
    Attr,
    Collection,
    Document,
    GlobalIndex,
    Model,
    Nested,
    Session,
    attr,
    partition_key,
    raw,
    sort_key,
    unique,
    updated_at,
    version,
)


class Address(Document):
    city: Attr[str] = attr()


class User(Model[str, int], table="users"):
    org: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    age: Attr[int] = attr(default=0)
    name: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Address] = attr()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_age = GlobalIndex(age)
    one_age = unique(3)  # wrong


class Connection(Model, table="connections"):
    pk: Attr[str] = partition_key("CONN#{connection_id}")
    connection_id: Attr[str]


class Default(Model, table="x"):
    id: Attr[str] = partition_key()
    age: Attr[int] = attr(default="x")  # wrong
    tags: Attr[set[str]] = attr(factory=list[str])  # wrong


home = Address(city="Ulm")
user = User(org="acme", number=1, home=home)

User(org="acme", number=1, home=home, age="3")  # wrong
User(org="acme", home=home)  # wrong
User(org="acme", number=1, home=home, agee=3)  # wrong
User(org="acme", number=1, home="Ulm")  # wrong
User(org="acme", number=1, home=home, version=3)  # wrong
User("acme", 1)  # wrong
Connection(connection_id="1", pk="CONN#1")  # wrong
Address(town="Ulm")  # wrong

user.age = "3"  # wrong
user.agee = 3  # wrong
user.home.town  # wrong
user.age.begins_with("x")  # wrong

User.agee  # wrong
User.home.town  # wrong
User.age > "18"  # wrong
User.age.between("1", 2)  # wrong
User.age.in_(["1"])  # wrong
User.age.begins_with("1")  # wrong
User.age.contains("1")  # wrong
User.tags.contains(3)  # wrong
User.tags.add("x")  # wrong
User.name.add(1)  # wrong
User.age.add("1")  # wrong
User.age.set("1")  # wrong
User.age.append([1])  # wrong
User.tags[0]  # wrong
User.name.begins_with(3)  # wrong

User.query(User.age == "18")  # wrong
User.query(user.age > 18)  # wrong
User.query(User.age)  # wrong
User.query(User.age.add(1))  # wrong
User.query("age")  # wrong
User.query(User.org == "acme").limit("10")  # wrong
User.query(User.org == "acme").order_by("age", "descending")  # wrong
User.query(User.org == "acme").order_by("age", in_memory="500")  # wrong
User.query(User.org == "acme").complete("yes")  # wrong
User.query(User.org == "acme").index(User.age)  # wrong
User.query(User.org == "acme").select("id")  # wrong
User.query(User.org == "acme").where(lambda u: u.age > 3)  # wrong


User.query(raw(3))  # wrong
User.query(User.org == "acme").only("age")  # wrong
User.query(User.org == "acme").into(Address(city="Ulm"))  # wrong
Collection(User).query()  # wrong
Collection(User, Connection).query("org", "=", "acme")  # wrong


async def verbs() -> None:
    await User.get("acme", "1")  # wrong
    await User.get(1, 1)  # wrong
    await User.get("acme", 1, 2)  # wrong
    await User.query(User.org == "acme").page(size="20")  # wrong
    await user.update(User.age > 3)  # wrong
    await user.update(User.age.add(1), if_=True)  # wrong
    await user.put(if_=user.age > 3)  # wrong
    found: Connection = await User.get("acme", 1)  # wrong
    names: list[str] = await User.query(User.org == "acme")  # wrong
    (name,) = (await User.query(User.org == "acme").select(User.age, User.name))[0]  # wrong
    maybe = await User.get_or_none("acme", 1)
    maybe.age  # wrong
    for _ in User.query(User.org == "acme"):  # wrong
        pass
    page = await User.query(User.org == "acme").page()
    page.age  # wrong
    _ = found, names, name


async def together(db: Session) -> None:
    await db.batch_put(user)  # wrong
    await db.batch_put([home])  # wrong
    await db.batch_put([user], on_duplicate="first")  # wrong
    await db.batch_delete([("acme", 1)])  # wrong
    await db.batch_get([User.key("acme", 1)])  # wrong
    await db.batch_get(Address, [1])  # wrong
    found = await db.batch_get(User, [("acme", 1)])
    found[0].agee  # wrong
    found.aligned[0].age  # wrong
    async with db.batch() as batch:
        batch.put("x")  # wrong
        batch.delete(("acme", 1))  # wrong
        await batch.put(user)  # wrong
    async with db.transaction() as tx:
        tx.put(home)  # wrong
        tx.put(User.key("acme", 1))  # wrong
        tx.update(user, User.age > 3)  # wrong
        tx.update(("acme", 1), User.age.add(1))  # wrong
        tx.check(user, True)  # wrong
        await tx.put(user)  # wrong
    db.transaction(token=7)  # wrong
    one, two = await db.transact_get(User.key("acme", 1), Connection.key("x"))
    one.age  # wrong
    user_or_none: User | None = two  # wrong
    await db.transact_get(user)  # wrong
    await User.get(Connection.key("x"))  # wrong
    moved: Connection = await user.move(number=3)  # wrong
    _ = user_or_none, moved


async def outcomes() -> None:
    outcome = await user.try_update(User.age.add(1))
    outcome.value  # wrong
    outcome.current  # wrong
    await user.try_update(User.age > 3)  # wrong
    await user.put().returning("new")  # wrong
    await user.put().returning("none")  # wrong
    await user.update(age=3).returning("all")  # wrong
    (await user.put().returning("old")).age  # wrong
