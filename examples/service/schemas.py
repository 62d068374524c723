"""What comes in and goes out, the same for both servers. A client never sets ids, tenants, credits or keys."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dynamorm_async import Page
from examples.service.models import User

__all__ = ["Changes", "Created", "Listing", "NewUser", "NewUsers", "PublicUser", "Transfer", "UserPage", "page_shown"]

DEFAULT_LIMIT, MOST = 20, 100


def limit_or_default(given: Any) -> int:
    """``limit`` of a listing, 1 to 100. Anything else is no reason to refuse it."""
    text = str(given)
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST else DEFAULT_LIMIT
    )


# A `#` would divide the key that is made of the address.
Email = Annotated[str, Field(pattern=r"^[^@\s#]+@[^@\s#]+\.[^@\s#.]+$", max_length=254)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """What a client sends: nothing more than is named."""

    model_config = ConfigDict(extra="forbid")


class NewUser(Body):
    """A user to create."""

    email: Email
    name: Name


class NewUsers(Body):
    """Users to create at once."""

    users: Annotated[list[NewUser], Field(min_length=1, max_length=1_000)]


class Changes(Body):
    """What is to be changed of a user; with ``version`` only if nobody else has changed him since."""

    email: Email | None = None
    name: Name | None = None
    version: int | None = None


class Transfer(Body):
    """Credits to move."""

    from_user_id: Annotated[str, Field(min_length=1, max_length=100)]
    to_user_id: Annotated[str, Field(min_length=1, max_length=100)]
    amount: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=2)]


class Listing(BaseModel):
    """Which page of a listing."""

    limit: Annotated[int, BeforeValidator(limit_or_default)] = DEFAULT_LIMIT
    cursor: str | None = None


class PublicUser(BaseModel):
    """A user as clients see him: no keys."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    name: str
    credits: Decimal
    created_at: datetime
    updated_at: datetime
    version: int


class UserPage(BaseModel):
    """A page of a listing; without ``next_cursor`` it is the last."""

    users: list[PublicUser]
    count: int
    next_cursor: str | None = None


class Created(BaseModel):
    """What a batch created."""

    created: int
    users: list[PublicUser]


def page_shown(page: Page[User]) -> UserPage:
    """A page of users for a client."""
    cursor = None if page.cursor is None else str(page.cursor)
    return UserPage(users=[PublicUser.model_validate(user) for user in page], count=page.count, next_cursor=cursor)
