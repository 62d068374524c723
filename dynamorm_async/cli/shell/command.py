"""``dynamorm shell``: its options, and the run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import Annotated, Any

from cyclopts import Parameter

import dynamorm_async
from dynamorm_async import AnyModel, ConfigurationError, Session
from dynamorm_async.cli.shell.console import Console, completing, explained_coroutines
from dynamorm_async.cli.shell.loading import load, models_in, public
from dynamorm_async.cli.shell.turns import Turns
from dynamorm_async.testing import local as on_this_machine

__all__ = ["at_hand", "banner", "shell"]


def shell(
    *modules: str,
    local: Annotated[bool, Parameter(negative=())] = False,
    engine: str | None = None,
    endpoint: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    allow_insecure: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Open Python's prompt with top-level await, a session and your models.

    Without options the session is as the environment says: AWS_REGION, AWS's usual credentials, DYNAMODB_ENDPOINT.
    Statements from a pipe are run too; the first that fails ends the shell with code 1.

    Parameters
    ----------
    modules
        Modules whose names are at hand, such as myapp.models.
    local
        Start an engine here, with the tables of the models. It starts empty, and ends with the shell.
    engine
        The engine to start here: moto, dynoxide, ministack or dynamodb-local.
    endpoint
        The URL of a DynamoDB that runs already, such as http://127.0.0.1:8000.
    region
        The region of AWS, or of the endpoint.
    profile
        The profile of the shared AWS configuration.
    allow_insecure
        Permit an http:// endpoint on another machine.
    """
    options = {"endpoint": endpoint, "region": region, "profile": profile, "allow_insecure": allow_insecure}
    given = {name: value for name, value in options.items() if value}
    started = engine or ("moto" if local else None)
    if started is not None and given:
        raise ConfigurationError(
            "an engine that is started here has its own endpoint.",
            hint="Give --local or --engine alone, or --endpoint, --region and --profile without it.",
        )
    _converse(load(modules), started, given)


def _converse(modules: Sequence[ModuleType], engine: str | None, options: dict[str, Any]) -> None:
    names = at_hand(modules)
    models = models_in(names.values())
    with Turns() as turns, contextlib.ExitStack() as closing:
        db = closing.enter_context(turns.entered(_session(engine, models, options)))
        closing.enter_context(db.scope())
        closing.enter_context(explained_coroutines())
        console = Console(names | {"db": db}, turns)
        if not sys.stdin.isatty():
            console.run_all(sys.stdin.read())
            return
        closing.enter_context(completing(console.locals))
        console.interact(banner(db, models, modules), exitmsg="")


def _session(
    engine: str | None, models: Sequence[type[AnyModel]], options: dict[str, Any]
) -> AbstractAsyncContextManager[Session]:
    if engine is None:
        return Session.from_env(**options)
    table = os.environ.get("DYNAMODB_TABLE", "models")  # of models that name none
    secret = secrets.token_bytes(32)  # so that pages have cursors to show
    return on_this_machine(engine, auto_migrate=models, table_name=table, cursor_keys=[secret])


def at_hand(modules: Sequence[ModuleType]) -> dict[str, Any]:
    """The public names of the library, and over them those of the modules."""
    names = {"asyncio": asyncio, **public(dynamorm_async)}
    for module in modules:
        names |= public(module)
    return names


def banner(db: Session, models: Sequence[type[AnyModel]], modules: Sequence[ModuleType]) -> str:
    """What somebody who opens the shell has to know."""
    origins = " and ".join(["dynamorm_async", *(module.__name__ for module in modules)])
    lines = [
        "Python with top-level await. Ctrl-C stops a statement, Ctrl-D ends the shell.",
        f"  db: {db!r}",
        f"  models: {', '.join(model.__name__ for model in models) or 'none; name their module: dynamorm shell myapp'}",
        f"  and the names of {origins}",
    ]
    return "\n".join(lines)
