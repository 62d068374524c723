"""Store any number of users at once: the Lift guide's ``BatchCreateUsers``.

The Go guide promises that a batch "automatically handles the 25-item limit". So does this one, and it also says exactly
which users were not stored, should it not finish.

Run it: ``python examples/lift_like/batch_create_users.py``
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dynamorm_async import (
    Attr,
    BatchIncompleteError,
    GlobalIndex,
    Model,
    Session,
    ValidationError,
    attr,
    created_at,
    partition_key,
    sort_key,
    ulid,
    updated_at,
)
from dynamorm_async.testing import local

log = logging.getLogger(__name__)


def _is_address(_: object, __: object, value: str) -> None:
    name, _at, domain = value.partition("@")
    if not name or "." not in domain:
        raise ValueError("not an e-mail address")


class User(Model, table="users"):
    """A user of one tenant."""

    id: Attr[str] = partition_key()
    sk: Attr[str] = sort_key("USER#{id}")
    tenant_id: Attr[str]
    email: Attr[str] = attr(validator=_is_address)
    name: Attr[str] = attr()
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    by_email = GlobalIndex(email, name="email-index")


class Response(NamedTuple):
    """What a handler answers."""

    status: int
    body: dict[str, Any]


async def batch_create_users(db: Session, tenant_id: str, request: Mapping[str, Any]) -> Response:
    """Store the users of a request, all checked before the first is sent.

    Args:
        db: An open session.
        tenant_id: Whose users they are.
        request: ``users``, each with ``email`` and ``name``.
    """
    given = request.get("users")
    if not given or not all(one.get("email") and one.get("name") for one in given):
        return Response(400, {"error": "users, each with email and name, are required"})
    try:
        users = [User(id=ulid(), tenant_id=tenant_id, email=one["email"], name=one["name"]) for one in given]
        created = await db.batch_put(users)
    except (ValidationError, ValueError):
        return Response(400, {"error": "an e-mail address is not valid"})
    except BatchIncompleteError as error:
        log.exception("The batch stopped early.")
        unstored = [user.email for user in error.unprocessed_as(User)]
        return Response(500, {"error": "DATABASE_ERROR", "created": error.succeeded, "not_created": unstored})
    return Response(200, {"created": created, "users": [{"id": user.id, "email": user.email} for user in users]})


async def main() -> None:
    """Sixty users on a DynamoDB of this machine."""
    async with local() as db:
        await db.create_table(User)
        people = [{"email": f"person-{number}@example.org", "name": f"Person {number}"} for number in range(60)]
        status, body = await batch_create_users(db, "acme", {"users": people})
        print(status, body["created"], "created")
        found = await User.query(User.email == "person-7@example.org").one()
        print(found.id, found.name, found.created_at)


if __name__ == "__main__":
    asyncio.run(main())
