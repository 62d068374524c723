"""FastAPI: a session for the application's life, a dependency, cursor pages, and errors as problem+json.

Example:
    ```python
    db = Session.from_env()
    app = FastAPI(lifespan=lifespan(db))
    install_error_handlers(app)


    @app.get("/users/{org}/{id}")
    async def read_user(org: str, id: str) -> User:
        return await User.get(org, id)


    @app.get("/users/{org}")
    async def list_users(org: str, wanted: Wanted) -> CursorPage[User]:
        return await page_of(User.query(User.org == org), wanted)
    ```
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from dynamorm_async._query import Query as ModelQuery
from dynamorm_async._session import Session
from dynamorm_async.errors import DynamormError
from dynamorm_async.integrations import pydantic as _pydantic
from dynamorm_async.integrations.problems import MEDIA_TYPE, problem_of

__all__ = ["DB", "CursorPage", "Paging", "Wanted", "get_session", "install_error_handlers", "lifespan", "page_of"]

T = TypeVar("T")
_pydantic.install()
_STATE = "dynamorm"


def lifespan(session: Session) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]:
    """A lifespan that opens the session with the application and closes it with it.

    Inside it, a bare ``await Model...`` uses this session. To compose it with a lifespan of your own, enter it there:
    ``async with lifespan(db)(app): ...``.
    """

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with session:
            setattr(app.state, _STATE, session)
            yield {_STATE: session}

    return opened


def get_session(request: Request) -> Session:
    """The application's session, for ``Depends``; override it in tests as any dependency."""
    return cast("Session", getattr(request.app.state, _STATE))


DB = Annotated[Session, Depends(get_session)]
"""Write ``db: DB`` to be handed the application's session."""


class Paging(BaseModel):
    """The query parameters of a listing.

    Attributes:
        limit: Items on a page, 1 to 100.
        cursor: ``next_cursor`` of the page before.
    """

    limit: Annotated[int, Query(ge=1, le=100)] = 20
    cursor: str | None = None


Wanted = Annotated[Paging, Query()]
"""Write ``wanted: Wanted`` to be handed ``limit`` and ``cursor``."""


class CursorPage(BaseModel, Generic[T]):
    """A page of a listing. There is no total: DynamoDB cannot count without reading everything.

    Attributes:
        items: The items.
        count: How many they are.
        next_cursor: Ask with it for the next page; None on the last.
    """

    items: list[T]
    count: int
    next_cursor: str | None = None


async def page_of(query: ModelQuery[T], wanted: Paging) -> CursorPage[T]:
    """One page of a query. The session needs ``cursor_keys``, so that cursors can be signed.

    Raises:
        InvalidCursorError: The cursor is damaged, expired, or of another listing.
    """
    page = await query.page(size=wanted.limit, cursor=wanted.cursor)
    return CursorPage(
        items=list(page.items), count=page.count, next_cursor=None if page.cursor is None else str(page.cursor)
    )


def install_error_handlers(app: FastAPI) -> None:
    """Answer errors of this library as problem+json: 404, 400, 409, 429, 500 and so on."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        problem = problem_of(cast("DynamormError", error))
        return JSONResponse(problem.body, problem.status, problem.headers, MEDIA_TYPE)

    app.add_exception_handler(DynamormError, answer)
