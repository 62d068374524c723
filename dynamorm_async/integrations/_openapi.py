"""What OpenAPI says of the errors that are answered as problem+json."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from dynamorm_async.integrations.problems import MEDIA_TYPE

__all__ = ["problem_responses", "tell_of_bad_requests"]

_REFUSED = "HTTPValidationError"


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers with these statuses, for ``responses=`` of an application, a router or a route.

    Args:
        statuses: Of problem+json: those of the library's errors, or your own.

    Returns:
        A description of each, by status.

    Example:
        >>> from fastapi import FastAPI
        >>> from dynamorm_async.integrations.fastapi import problem_responses
        >>> app = FastAPI()
        >>> @app.get("/users/{org}/{id}", responses=problem_responses(404))
        ... async def read_user(org: str, id: str) -> User:
        ...     return await User.get(org, id)
    """
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _schema(status)}}}
        for status in statuses
    }


def tell_of_bad_requests(app: FastAPI) -> None:
    """Have the schema of an application say 400 and problem+json wherever FastAPI says that it refuses with 422."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        # FastAPI keeps what it makes, and makes it anew when there are new routes; to change it twice changes nothing.
        schema = made()
        for path in schema.get("paths", {}).values():
            for operation in path.values():
                _replace(operation.get("responses", {}))
        _forget(schema.get("components", {}).get("schemas", {}), schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way: "Extending OpenAPI"


def _replace(responses: dict[str, Any]) -> None:
    if responses.get("422", {}).get("content") == {"application/json": {"schema": {"$ref": _place(_REFUSED)}}}:
        del responses["422"]
        responses.setdefault("400", problem_responses(400)[400])


def _forget(components: dict[str, Any], schema: dict[str, Any]) -> None:
    for name in (_REFUSED, "ValidationError"):
        if f'"{_place(name)}"' not in json.dumps(schema):
            components.pop(name, None)


def _place(name: str) -> str:
    return f"#/components/schemas/{name}"


def _schema(status: int) -> dict[str, Any]:
    text = {"type": "string"}
    properties: dict[str, Any] = {"type": text, "title": text, "status": {"type": "integer"}, "code": text}
    more: dict[str, Any] = {}
    if status == HTTPStatus.BAD_REQUEST:
        fault: dict[str, Any] = {"type": "object", "properties": {"loc": {"type": "array", "items": {}}, "msg": text}}
        more["errors"] = {"type": "array", "items": fault}
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        more["outcome"] = text
    return {"title": "Problem", "type": "object", "properties": properties | more, "required": [*properties]}
