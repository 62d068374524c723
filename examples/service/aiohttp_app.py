"""The same service on aiohttp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pydantic
from aiohttp import web
from aiohttp.typedefs import Handler

from dynamorm_async import Session
from dynamorm_async.integrations.aiohttp import get_tenant, opened, problem_response, problems, tenant_scope
from examples.service.cache import Cache
from examples.service.models import User
from examples.service.refusals import RefusedError, invalid
from examples.service.schemas import Changes, Created, Listing, NewUser, NewUsers, PublicUser, Transfer, page_shown
from examples.service.tenants import tenant_of_token
from examples.service.users import Users

__all__ = ["make_app"]

CACHE: Final = web.AppKey("cache", Cache[User])
TOKENS: Final[web.AppKey[Mapping[str, str]]] = web.AppKey("tokens")
routes = web.RouteTableDef()


def make_app(session: Session, tokens: Mapping[str, str]) -> web.Application:
    """The application.

    Args:
        session: Not open; it lives as long as the application. It needs ``cursor_keys``.
        tokens: Bearer token to tenant.
    """
    app = web.Application(middlewares=[refusals, problems, tenant_scope(tenant_of)])
    app[TOKENS], app[CACHE] = tokens, Cache[User]()
    app.cleanup_ctx.append(opened(session))
    app.add_routes(routes)
    return app


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what the service itself refuses, and bodies that are not as they should be."""
    try:
        return await handler(request)
    except RefusedError as error:
        return problem_response(error.problem)
    except pydantic.ValidationError as error:
        places = [{"loc": list(fault["loc"]), "msg": fault["msg"]} for fault in error.errors(include_input=False)]
        return problem_response(invalid("A value is not acceptable.").problem, errors=places)


def tenant_of(request: web.Request) -> str:
    """Whose request it is."""
    return tenant_of_token(request.headers.get("authorization"), request.app[TOKENS])


def users_of(request: web.Request) -> Users:
    """The users of the request's tenant."""
    return Users(get_tenant(), request.app[CACHE])


def shown(model: pydantic.BaseModel, status: int = 200) -> web.Response:
    """A model as an answer."""
    return web.Response(body=model.model_dump_json(exclude_none=True), status=status, content_type="application/json")


@routes.post("/users")
async def create_user(request: web.Request) -> web.Response:
    """Create a user."""
    new = NewUser.model_validate_json(await request.read())
    return shown(PublicUser.model_validate(await users_of(request).create(new)), 201)


@routes.post("/users/batch")
async def create_users(request: web.Request) -> web.Response:
    """Create many users at once."""
    made = await users_of(request).create_all(NewUsers.model_validate_json(await request.read()).users)
    return shown(Created(created=len(made), users=[PublicUser.model_validate(user) for user in made]), 201)


@routes.get("/users")
async def list_users(request: web.Request) -> web.Response:
    """A page of users, in the order of their creation."""
    return shown(page_shown(await users_of(request).listing(Listing.model_validate(dict(request.query)))))


@routes.get("/users/by-email")
async def user_by_email(request: web.Request) -> web.Response:
    """Find a user by address."""
    email = request.query.get("email")
    if not email:
        raise invalid("email is required.")
    return shown(PublicUser.model_validate(await users_of(request).by_email(email)))


@routes.get("/users/{user_id}")
async def read_user(request: web.Request) -> web.Response:
    """A user by id."""
    return shown(PublicUser.model_validate(await users_of(request).get(request.match_info["user_id"])))


@routes.patch("/users/{user_id}")
async def change_user(request: web.Request) -> web.Response:
    """Change a user."""
    changes = Changes.model_validate_json(await request.read())
    return shown(PublicUser.model_validate(await users_of(request).change(request.match_info["user_id"], changes)))


@routes.delete("/users/{user_id}")
async def delete_user(request: web.Request) -> web.Response:
    """Delete a user."""
    await users_of(request).delete(request.match_info["user_id"])
    return web.Response(status=204)


@routes.post("/transfers")
async def transfer_credits(request: web.Request) -> web.Response:
    """Move credits from one user to another."""
    amount = await users_of(request).transfer(Transfer.model_validate_json(await request.read()))
    return web.json_response({"status": "success", "message": f"Transferred {amount:.2f} credits"})
