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

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from dynamorm_async._query import Query as ModelQuery
from dynamorm_async._session import Session
from dynamorm_async._tenant import TenantSession
from dynamorm_async.errors import DynamormError, NoSessionError, ValidationError
from dynamorm_async.integrations import pydantic as _pydantic
from dynamorm_async.integrations._openapi import problem_responses, tell_of_bad_requests
from dynamorm_async.integrations._routes import refuse_models_in_queries
from dynamorm_async.integrations.problems import MEDIA_TYPE, Problem, answer_to, problem_of

__all__ = [
    "DB",
    "CursorPage",
    "Paging",
    "Wanted",
    "get_session",
    "install_error_handlers",
    "lifespan",
    "page_of",
    "problem_response",
    "problem_responses",
    "tenant_scope",
]

T = TypeVar("T")
_pydantic.install()
_STATE = "dynamorm"
_open: list[Session] = []
"""The sessions that a lifespan of this process has open."""


def lifespan(session: Session) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]:
    """A lifespan that opens the session with the application and closes it with it.

    Inside it, a bare ``await Model...`` uses this session. To compose it with a lifespan of your own, enter it there:
    ``async with lifespan(db)(app): ...``.

    Args:
        session: Not open yet; how to connect.

    Returns:
        What ``FastAPI(lifespan=...)`` takes.

    Raises:
        ConfigurationError: When the application starts: region, endpoint or credentials are missing or wrong, or a
            route has a bare ``user: User``, for which FastAPI looks in the query string. Write
            ``user: Annotated[User, Body()]``.

    Example:
        >>> from fastapi import FastAPI
        >>> app = FastAPI(lifespan=lifespan(Session.from_env()))
    """

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        refuse_models_in_queries(app.routes)
        async with session:
            setattr(app.state, _STATE, session)
            _open.append(session)
            try:
                yield {_STATE: session}
            finally:
                _open.remove(session)

    return opened


def get_session(request: Request) -> Session:
    """The application's session, for ``Depends``; override it in tests as any dependency.

    Args:
        request: The request that is being answered.

    Returns:
        The session that `lifespan` opened.

    Raises:
        NoSessionError: Neither this application nor the one that it is mounted in has the `lifespan` of a session.

    Example:
        >>> from fastapi import Depends, FastAPI
        >>> app = FastAPI(lifespan=lifespan(Session.from_env()))
        >>> @app.get("/tables")
        ... async def tables(db: Session = Depends(get_session)) -> dict[str, Any]:
        ...     return await db.call("ListTables", {})
    """
    # A mounted application has a state of its own; what the lifespan of the outer one yielded is in the request's.
    for state in (request.app.state, request.state):
        found: Session | None = getattr(state, _STATE, None)
        if found is not None:
            return found
    # A lifespan of the user's own may yield nothing; then it is the only one that there is.
    if len(_open) == 1:
        return _open[0]
    raise NoSessionError(
        "the application has no session.", hint="Make it with lifespan=lifespan(session), and let the server run that."
    )


DB = Annotated[Session, Depends(get_session)]
"""Write ``db: DB`` to be handed the application's session.

Example:
    >>> from fastapi import FastAPI
    >>> app = FastAPI(lifespan=lifespan(Session.from_env()))
    >>> @app.get("/users/{org}/{id}")
    ... async def read_user(org: str, id: str, db: DB) -> User:
    ...     return await User.get(org, id).using(db)
"""


def tenant_scope(tenant_of: Callable[..., Any]) -> Callable[..., AsyncGenerator[TenantSession]]:
    """A dependency that keeps the request inside its tenant: a bare ``await Model...`` can reach no other.

    Args:
        tenant_of: A dependency that gives the tenant's id, as the request's credentials prove it; raises if they do
            not.

    Returns:
        A dependency that gives the tenant's session.

    Example:
        >>> from typing import Annotated
        >>> from fastapi import Depends, FastAPI, Request
        >>> async def tenant_of_token(request: Request) -> str:
        ...     return "acme"
        >>> Tenant = Annotated[TenantSession, Depends(tenant_scope(tenant_of_token))]
        >>> app = FastAPI(lifespan=lifespan(Session.from_env()))
        >>> @app.get("/notes/{note_id}")
        ... async def read_note(note_id: str, tenant: Tenant) -> Note:
        ...     return await Note.get(note_id=note_id)
    """

    async def scoped(
        session: Session = Depends(get_session),  # noqa: B008  names of this function are no annotations
        tenant: str = Depends(tenant_of),
    ) -> AsyncGenerator[TenantSession]:
        own = session.for_tenant(tenant)
        with own.scope():
            yield own

    return scoped


class Paging(BaseModel):
    """The query parameters of a listing.

    Attributes:
        limit: Items on a page, 1 to 100.
        cursor: ``next_cursor`` of the page before.

    Example:
        >>> Paging().limit
        20
    """

    limit: Annotated[int, Query(ge=1, le=100)] = 20
    cursor: str | None = None


Wanted = Annotated[Paging, Query()]
"""Write ``wanted: Wanted`` to be handed ``limit`` and ``cursor``.

Example:
    >>> from fastapi import FastAPI
    >>> app = FastAPI(lifespan=lifespan(Session.from_env()))
    >>> @app.get("/users/{org}")
    ... async def list_users(org: str, wanted: Wanted) -> CursorPage[User]:
    ...     return await page_of(User.query(User.org == org), wanted)
"""


class CursorPage(BaseModel, Generic[T]):
    """A page of a listing. There is no total: DynamoDB cannot count without reading everything.

    Attributes:
        items: The items.
        count: How many they are.
        next_cursor: Ask with it for the next page; None on the last.

    Example:
        >>> page = await page_of(User.query(User.org == "acme"), Paging(limit=1))
        >>> page.count
        1
    """

    items: list[T]
    count: int
    next_cursor: str | None = None


async def page_of(query: ModelQuery[T], wanted: Paging) -> CursorPage[T]:
    """One page of a query. The session needs ``cursor_keys``, so that cursors can be signed.

    Args:
        query: Without a limit.
        wanted: How many items, and where to begin.

    Returns:
        The items and the cursor of the next page.

    Raises:
        InvalidCursorError: The cursor is damaged, expired, or of another listing.
        InvalidRequestError: The query has a limit.

    Limit:
        The service reads 1 MB for a request; a page may take several.

    Example:
        >>> page = await page_of(User.query(User.org == "acme"), Paging(limit=1))
        >>> page.next_cursor
    """
    page = await query.page(size=wanted.limit, cursor=wanted.cursor)
    return CursorPage(
        items=list(page.items), count=page.count, next_cursor=None if page.cursor is None else str(page.cursor)
    )


def install_error_handlers(app: FastAPI, *, bad_requests: bool = False) -> None:
    """Answer errors of this library as problem+json: 404, 400, 409, 429, 500 and so on; log the server's own faults.

    Args:
        app: The application.
        bad_requests: Answer what FastAPI itself refuses in the same form: 400 instead of 422, with ``errors``, which
            name places and say what is wrong, and do not repeat the input. OpenAPI says so too; for the other statuses
            see `problem_responses`.

    Example:
        >>> from fastapi import FastAPI
        >>> app = FastAPI()
        >>> install_error_handlers(app, bad_requests=True)
    """

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return problem_response(answer_to(cast("DynamormError", error)))

    async def refuse(_: Request, error: Exception) -> JSONResponse:
        faults: Sequence[Mapping[str, Any]] = cast("RequestValidationError", error).errors()
        places = [{"loc": list(fault["loc"]), "msg": fault["msg"]} for fault in faults]
        return problem_response(problem_of(ValidationError()), errors=places)

    app.add_exception_handler(DynamormError, answer)
    if bad_requests:
        app.add_exception_handler(RequestValidationError, refuse)
        tell_of_bad_requests(app)


def problem_response(problem: Problem, **more: Any) -> JSONResponse:
    """A problem as an answer, with members of your own.

    Args:
        problem: As `dynamorm_async.integrations.problems.problem_of` gives it.
        more: Members to add to the body.

    Returns:
        The answer, as ``application/problem+json``.

    Example:
        >>> from dynamorm_async.integrations.problems import problem_of
        >>> answer = problem_response(problem_of(ItemNotFoundError("no item has this key.")))
        >>> answer.status_code
        404
    """
    return JSONResponse(problem.body | more, problem.status, problem.headers, MEDIA_TYPE)
