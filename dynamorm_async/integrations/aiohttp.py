"""aiohttp: a session for the application's life, and errors as problem+json.

Example:
    ```python
    app = web.Application(middlewares=[problems])
    app.cleanup_ctx.append(opened(Session.from_env()))


    async def read_user(request: web.Request) -> web.Response:
        user = await User.get(request.match_info["org"], request.match_info["id"])
        return web.json_response({"id": user.id, "age": user.age})
    ```
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

from dynamorm_async._session import Session
from dynamorm_async._tenant import TenantSession
from dynamorm_async.errors import DynamormError, NoSessionError
from dynamorm_async.integrations.problems import MEDIA_TYPE, Problem, answer_to

__all__ = ["SESSION", "get_tenant", "opened", "problem_response", "problems", "tenant_scope"]

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
SESSION: Final = web.AppKey("dynamorm", Session)
"""``request.app[SESSION]`` is the application's session; ``request.config_dict[SESSION]`` in a sub-application too.

Example:
    >>> from aiohttp import web
    >>> async def read_user(request: web.Request) -> web.Response:
    ...     user = await User.get("acme", "1").using(request.config_dict[SESSION])
    ...     return web.json_response({"age": user.age})
"""
_tenant: ContextVar[TenantSession] = ContextVar("dynamorm_tenant")


def opened(session: Session) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context that opens the session with the application and closes it with it.

    Args:
        session: Not open yet; how to connect.

    Returns:
        What ``app.cleanup_ctx`` takes.

    Raises:
        ConfigurationError: At the start of the application: region, endpoint or credentials are missing or wrong.

    Example:
        >>> from aiohttp import web
        >>> app = web.Application(middlewares=[problems])
        >>> app.cleanup_ctx.append(opened(Session.from_env()))
    """

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with session:
            app[SESSION] = session
            yield

    return context


def tenant_scope(tenant_of: Callable[[web.Request], str | Awaitable[str]]) -> Middleware:
    """A middleware that keeps each request inside its tenant: a bare ``await Model...`` can reach no other.

    Args:
        tenant_of: Whose request it is, as the credentials in it prove; raises if they do not.

    Returns:
        A middleware.

    Example:
        >>> from aiohttp import web
        >>> def tenant_of_token(request):
        ...     return "acme"
        >>> app = web.Application(middlewares=[problems, tenant_scope(tenant_of_token)])
    """

    @web.middleware
    async def scoped(request: web.Request, handler: Handler) -> web.StreamResponse:
        found = tenant_of(request)
        tenant = request.config_dict[SESSION].for_tenant(await found if inspect.isawaitable(found) else found)
        token = _tenant.set(tenant)
        try:
            with tenant.scope():
                return await handler(request)
        finally:
            _tenant.reset(token)

    return scoped


def get_tenant() -> TenantSession:
    """The session of the tenant whose request this is, behind `tenant_scope`.

    Returns:
        The tenant's session.

    Raises:
        NoSessionError: No `tenant_scope` is before this handler.

    Example:
        >>> from aiohttp import web
        >>> async def count_notes(request: web.Request) -> web.Response:
        ...     notes = await Note.query(Note.topic == "news").using(get_tenant())
        ...     return web.json_response({"count": len(notes)})
    """
    try:
        return _tenant.get()
    except LookupError:
        raise NoSessionError(
            "this request has no tenant.", hint="Put tenant_scope(...) among the middlewares."
        ) from None


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors of this library as problem+json, and log those that are the server's fault.

    Args:
        request: The request that is being answered.
        handler: Answers it.

    Returns:
        The handler's answer, or a problem.

    Example:
        >>> from aiohttp import web
        >>> app = web.Application(middlewares=[problems])
    """
    try:
        return await handler(request)
    except DynamormError as error:
        return problem_response(answer_to(error))


def problem_response(problem: Problem, **more: Any) -> web.Response:
    """A problem as an answer, with members of your own.

    Args:
        problem: As `dynamorm_async.integrations.problems.problem_of` gives it.
        more: Members to add to the body.

    Returns:
        The answer, as ``application/problem+json``.

    Example:
        >>> from dynamorm_async.integrations.problems import problem_of
        >>> problem_response(problem_of(ItemNotFoundError("no item has this key."))).status
        404
    """
    return web.json_response(
        problem.body | more, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE
    )
