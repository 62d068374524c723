"""What OpenAPI says of errors."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel

from dynamorm_async.integrations.fastapi import install_error_handlers, problem_responses


class Refusal(BaseModel):
    """Of the application itself."""

    why: str


def an_app(*, bad_requests):
    """Two routes, of which one has words of its own for what is refused."""
    app = FastAPI()
    install_error_handlers(app, bad_requests=bad_requests)

    @app.get("/pages/{number}", responses=problem_responses(404))
    async def page(number: int) -> None: ...

    @app.get("/own/{number}", responses={422: {"model": Refusal}})
    async def own(number: int) -> None: ...

    return app


def answers(app, path):
    """The answers of a route, by status."""
    return app.openapi()["paths"][path]["get"]["responses"]


def test_what_fastapi_refuses_is_told_as_it_is_sent():
    """400 with the places, where that is asked for; else FastAPI's 422 stays."""
    told = answers(an_app(bad_requests=True), "/pages/{number}")

    assert {"200", "400", "404"} == set(told)
    assert {"200", "404", "422"} == set(answers(an_app(bad_requests=False), "/pages/{number}"))
    problem = told["400"]["content"]["application/problem+json"]["schema"]
    assert {"type", "title", "status", "code"} == set(problem["required"])
    assert "errors" in problem["properties"]


def test_an_answer_of_one_s_own_stays():
    """It is said to be sent, so it is."""
    app = an_app(bad_requests=True)

    assert {"200", "422"} == set(answers(app, "/own/{number}"))
    assert {"why"} == set(app.openapi()["components"]["schemas"]["Refusal"]["properties"])


def test_a_route_that_comes_later_is_told_too():
    """The schema is made anew, and changed anew."""
    app = an_app(bad_requests=True)
    app.openapi()

    @app.get("/late/{number}")
    async def late(number: int) -> None: ...

    app.openapi_schema = None
    assert {"200", "400"} == set(answers(app, "/late/{number}"))
