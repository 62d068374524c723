"""The service on FastAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from dynamorm_async import Session, TenantSession
from dynamorm_async.integrations.fastapi import (
    install_error_handlers,
    lifespan,
    problem_response,
    problem_responses,
    tenant_scope,
)
from examples.service.cache import Cache
from examples.service.models import User
from examples.service.refusals import RefusedError
from examples.service.schemas import (
    Changes,
    Created,
    Listing,
    NewUser,
    NewUsers,
    PublicUser,
    Transfer,
    UserPage,
    page_shown,
)
from examples.service.tenants import tenant_of_token
from examples.service.users import Users

__all__ = ["make_app"]

# Only for the documentation at /docs, which then has a field for the token and tells of the errors.
router = APIRouter(
    dependencies=[Depends(HTTPBearer(auto_error=False))], responses=problem_responses(401, 429, 500, 503, 504)
)


def make_app(session: Session, tokens: Mapping[str, str]) -> FastAPI:
    """The application.

    Args:
        session: Not open; it lives as long as the application. It needs ``cursor_keys``.
        tokens: Bearer token to tenant.
    """
    app = FastAPI(title="Users", lifespan=lifespan(session))
    app.state.tokens = tokens
    app.state.cache = Cache[User]()
    install_error_handlers(app, bad_requests=True)
    app.add_exception_handler(RefusedError, refused)
    app.include_router(router)
    return app


async def refused(_: Request, error: Exception) -> JSONResponse:
    """Answer what the service itself refuses."""
    return problem_response(cast("RefusedError", error).problem)


async def tenant_of(request: Request) -> str:
    """Whose request it is."""
    return tenant_of_token(request.headers.get("authorization"), request.app.state.tokens)


async def users_of(request: Request, tenant: Annotated[TenantSession, Depends(tenant_scope(tenant_of))]) -> Users:
    """The users of the request's tenant; from here on nothing of another can be reached."""
    return Users(tenant, request.app.state.cache)


Own = Annotated[Users, Depends(users_of)]


@router.post("/users", status_code=201)
async def create_user(new: NewUser, users: Own) -> PublicUser:
    """Create a user."""
    return PublicUser.model_validate(await users.create(new))


@router.post("/users/batch", status_code=201)
async def create_users(new: NewUsers, users: Own) -> Created:
    """Create many users at once."""
    made = await users.create_all(new.users)
    return Created(created=len(made), users=[PublicUser.model_validate(user) for user in made])


@router.get("/users", response_model_exclude_none=True)
async def list_users(wanted: Annotated[Listing, Query()], users: Own) -> UserPage:
    """A page of users, in the order of their creation."""
    return page_shown(await users.listing(wanted))


@router.get("/users/by-email", responses=problem_responses(404))
async def user_by_email(email: Annotated[str, Query(min_length=1)], users: Own) -> PublicUser:
    """Find a user by address."""
    return PublicUser.model_validate(await users.by_email(email))


@router.get("/users/{user_id}", responses=problem_responses(404))
async def read_user(user_id: str, users: Own) -> PublicUser:
    """A user by id."""
    return PublicUser.model_validate(await users.get(user_id))


@router.patch("/users/{user_id}", responses=problem_responses(404, 409))
async def change_user(user_id: str, changes: Changes, users: Own) -> PublicUser:
    """Change a user."""
    return PublicUser.model_validate(await users.change(user_id, changes))


@router.delete("/users/{user_id}", status_code=204, response_model=None)
async def delete_user(user_id: str, users: Own) -> None:
    """Delete a user."""
    await users.delete(user_id)


@router.post("/transfers")
async def transfer_credits(wanted: Transfer, users: Own) -> dict[str, str]:
    """Move credits from one user to another."""
    amount = await users.transfer(wanted)
    return {"status": "success", "message": f"Transferred {amount:.2f} credits"}
