"""What FastAPI made of the routes of an application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi import routing

from dynamorm_async._spec.document import Document
from dynamorm_async.errors import ConfigurationError

__all__ = ["refuse_models_in_queries"]


def refuse_models_in_queries(routes: Iterable[Any]) -> None:
    """Refuse a model as a query parameter, which FastAPI takes it for if nothing says that it is the body.

    It tells bodies by their class, and a model is none of those that it knows; no request could ever fill it.

    Raises:
        ConfigurationError: There is one.
    """
    for route in _flat(routes):
        for name, model in _models_in_query(getattr(route, "dependant", None)):
            methods = ", ".join(sorted(getattr(route, "methods", None) or ["WEBSOCKET"]))
            raise ConfigurationError(
                f"{methods} {route.path}: FastAPI looks for {name!r} in the query string, where no model can be.",
                model=model.__name__,
                hint=f"Write `{name}: Annotated[{model.__name__}, Body()]`.",
            )


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, also those of routers and applications inside."""
    # Since it has this function, FastAPI keeps a router that is included in one piece; before, there were its routes.
    contexts = getattr(routing, "iter_route_contexts", iter)
    for route in contexts(routes):
        yield route
        yield from _flat(getattr(route, "routes", None) or ())


def _models_in_query(dependant: Any) -> Iterator[tuple[str, type[Document]]]:
    """The query parameters of an endpoint and of what it depends on whose types are models."""
    if dependant is None:
        return
    for parameter in dependant.query_params:
        for model in _documents(parameter.field_info.annotation):
            yield parameter.name, model
    for other in dependant.dependencies:
        yield from _models_in_query(other)


def _documents(annotation: Any) -> Iterator[type[Document]]:
    if isinstance(annotation, type) and issubclass(annotation, Document):
        yield annotation
    for part in get_args(annotation):
        yield from _documents(part)
