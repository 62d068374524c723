"""What an application of FastAPI must not start with."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Query

from dynamorm_async import Attr, Document, Model, Session, attr, errors, partition_key
from dynamorm_async.integrations.fastapi import lifespan

pytestmark = pytest.mark.asyncio


class Address(Document):
    city: Attr[str] = attr(default="")


class User(Model[str], table="users"):
    id: Attr[str] = partition_key()


async def bare(user: User) -> None:
    """As a model of pydantic's would be written."""


async def optional(user: User | None = None) -> None:
    """The same."""


async def asked(user: Annotated[User, Query()]) -> None:
    """Where it can never be."""


async def part(address: Address) -> None:
    """A document is no other."""


async def depending(given: Annotated[None, Depends(bare)]) -> None:
    """Somewhere behind the endpoint."""


async def good(user: Annotated[User, Body()], more: Annotated[list[User], Body()], page: int = 1) -> User:
    """As it has to be."""
    return user


async def started(app):
    """Run the lifespan of an application."""
    async with lifespan(Session(endpoint="http://127.0.0.1:9"))(app):
        pass


@pytest.mark.parametrize(
    ("endpoint", "fix"),
    [
        (bare, "user: Annotated[User, Body()]"),
        (optional, "user: Annotated[User, Body()]"),
        (asked, "user: Annotated[User, Body()]"),
        (part, "address: Annotated[Address, Body()]"),
        (depending, "user: Annotated[User, Body()]"),
    ],
)
async def test_a_model_in_the_query_string_is_refused_at_the_start(endpoint, fix):
    """FastAPI takes a bare model for a query parameter, and every request would be refused: 422, with no word of it."""
    app = FastAPI()
    app.post("/users")(endpoint)

    with pytest.raises(errors.ConfigurationError, match="POST /users: FastAPI looks for") as refused:
        await started(app)

    assert fix in str(refused.value)


async def test_routers_and_mounted_applications_are_looked_at():
    """With the path as it is asked for, or as the mounted application has it."""
    inner, outer, mounted = APIRouter(prefix="/inner"), APIRouter(prefix="/outer"), FastAPI()
    inner.put("/users")(bare)
    outer.include_router(inner)
    mounted.websocket("/users")(bare)
    including, mounting = FastAPI(), FastAPI()
    including.include_router(outer)
    mounting.mount("/api", mounted)

    with pytest.raises(errors.ConfigurationError, match="PUT /outer/inner/users"):
        await started(including)
    with pytest.raises(errors.ConfigurationError, match="WEBSOCKET /users"):
        await started(mounting)


async def test_bodies_and_everything_else_pass():
    """Models that are said to be bodies, and parameters that are no models."""
    app = FastAPI()
    app.post("/users")(good)

    await started(app)
