"""Many users at once: the design document's ``BatchCreate`` and ``BatchGet``.

In Go::

    users := []*User{...}
    err := orm.Model(&User{}).BatchCreate(users)

    ids := []string{"id1", "id2", "id3"}
    users, err := orm.Model(&User{}).BatchGet(ids)

Run it: ``python examples/design_document/batch.py``
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from dynamorm_async import Attr, BatchGetResult, Model, Session, attr, partition_key, updated_at
from dynamorm_async.testing import local


class User(Model[str], table="users"):
    """Someone."""

    id: Attr[str] = partition_key()
    name: Attr[str] = attr()
    tags: Attr[set[str]] = attr(factory=set)
    updated_at: Attr[datetime] = updated_at()


async def create_all(db: Session, users: Sequence[User]) -> int:
    """Store them; each has its ``updated_at`` then."""
    return await db.batch_put(users)


async def get_all(db: Session, ids: Sequence[str]) -> BatchGetResult[User]:
    """Those that are there, in the order of the ids; ``missing`` has the keys of the others."""
    return await db.batch_get(User, ids)


async def main() -> None:
    """Three users, and a fourth who is not there."""
    async with local() as db:
        await db.create_table(User)
        print(await create_all(db, [User(id=f"id{number}", name=f"User {number}") for number in (1, 2, 3)]), "created")
        found = await get_all(db, ["id3", "id1", "id4"])
        for user in found:
            print(user)
        print("missing:", found.missing)


if __name__ == "__main__":
    asyncio.run(main())
