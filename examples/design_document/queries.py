"""A model with two indexes and the ways to ask for it: the design document's model definition and query examples.

In Go::

    type User struct {
        ID          string    `dynamorm:"pk"`
        CreatedAt   time.Time `dynamorm:"sk"`
        Email       string    `dynamorm:"index:gsi-email"`
        Name        string    `dynamorm:"index:gsi-name-age,pk"`
        Age         int       `dynamorm:"index:gsi-name-age,sk"`
        Tags        []string  `dynamorm:"set"`
        Preferences map[string]interface{}
        UpdatedAt   time.Time `dynamorm:"updated_at"`
        Version     int       `dynamorm:"version"` // For optimistic locking
        TTL         int64     `dynamorm:"ttl"`
    }

    user, err := orm.Model(&User{}).Where("ID", "=", userId).First()

    users, err := orm.Model(&User{}).Index("gsi-email").Where("Email", "=", "user@example.com").All()

    users, err := orm.Model(&User{}).
        Where("Age", ">", 18).
        Where("Name", "begins_with", "John").
        OrderBy("CreatedAt", "desc").
        Limit(10).
        All()

    users, err := orm.Model(&User{}).Filter("contains(Tags, :tag)", Param("tag", "active")).Scan()

Run it: ``python examples/design_document/queries.py``
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key, raw, sort_key, ttl, updated_at, version
from dynamorm_async.testing import local


class User(Model[str, datetime], table="users"):
    """Someone, as of a time."""

    id: Attr[str] = partition_key()
    created_at: Attr[datetime] = sort_key()
    email: Attr[str] = attr()
    name: Attr[str] = attr()
    age: Attr[int] = attr()
    tags: Attr[set[str]] = attr(factory=set)
    preferences: Attr[dict[str, Any]] = attr(factory=dict)
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    expires: Attr[int | None] = ttl()

    by_email = GlobalIndex(email, name="gsi-email")
    by_name_and_age = GlobalIndex(name, sort=age, name="gsi-name-age")


async def first_of(user_id: str) -> User:
    """The first item of this id.

    Raises:
        ItemNotFoundError: There is none.
    """
    return await User.query(User.id == user_id).first()


async def with_email(email: str) -> list[User]:
    """Those with this address, by the index that is named."""
    return await User.query().index("gsi-email").where("email", "=", email).all()


async def adults_called(name: str) -> list[User]:
    """Those of this name who are over 18, the youngest first, by the index that the planner finds: gsi-name-age."""
    return await User.query(User.age > 18, User.name == name)


async def newest_adults(prefix: str) -> list[User]:
    """The ten newest who are over 18 and whose name begins so.

    No index can look up the beginning of a partition key, so this reads the table, and says so: `scan`. Nor does one
    have this order, so the matches, at most a thousand, are sorted here.
    """
    adults = User.scan().where("age", ">", 18).where("name", "begins_with", prefix)
    return await adults.order_by("created_at", "desc", in_memory=1_000).limit(10).all()


async def tagged(tag: str) -> list[User]:
    """Those with this tag; in DynamoDB's words, or typed as ``User.scan(User.tags.contains(tag))``."""
    return await User.scan(raw("contains(tags, :tag)", tag=tag))


async def main() -> None:
    """Twelve people, asked for in each way."""
    async with local() as db:
        await db.create_table(User)
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        people = [
            User(
                id=f"id{number}",
                created_at=begin + timedelta(days=number),
                email=f"user{number}@example.com",
                name="John" if number % 2 else "Johanna",
                age=15 + number,
                tags={"active"} if number % 3 == 0 else set(),
            )
            for number in range(12)
        ]
        for one in people:
            await one.create()
        print(await first_of("id3"))
        print(await with_email("user5@example.com"))
        print([user.age for user in await adults_called("John")])
        print([user.created_at.day for user in await newest_adults("Joh")])
        print(sorted(user.id for user in await tagged("active")))


if __name__ == "__main__":
    asyncio.run(main())
