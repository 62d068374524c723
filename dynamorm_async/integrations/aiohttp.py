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

from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from dynamorm_async._session import Session
from dynamorm_async.errors import DynamormError
from dynamorm_async.integrations.problems import MEDIA_TYPE, problem_of

__all__ = ["SESSION", "opened", "problems"]

SESSION = web.AppKey("dynamorm", Session)
"""``request.app[SESSION]`` is the application's session."""


def opened(session: Session) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context that opens the session with the application and closes it with it."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with session:
            app[SESSION] = session
            yield

    return context


@web.middleware
async def problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer errors of this library as problem+json."""
    try:
        return await handler(request)
    except DynamormError as error:
        problem = problem_of(error)
        return web.json_response(problem.body, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE)
