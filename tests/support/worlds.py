"""Tables of drawn items on an engine, made anew for each example of a property test."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs

from dynamorm_async import AnyModel, Session
from dynamorm_async._codec import default_codec
from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._expr.evaluate import Evaluator
from dynamorm_async.testing.engines import Engine
from dynamorm_async.types import Item

__all__ = ["World", "filtered", "world"]

_test = Evaluator(default_codec.encode).test


@attrs.frozen
class World:
    """A table that holds exactly these items, and a session on it."""

    db: Session
    items: Sequence[Any]


def stored(instance: Any) -> Item:
    """An instance as it is in the table."""
    return default_codec.model(type(instance).__dynamorm_spec__).encode(instance)


def filtered(items: Sequence[Any], *given: Condition) -> list[Any]:
    """What a full scan with a filter in Python finds."""
    condition = all_of(*given) if given else None
    return [one for one in items if condition is None or _test(condition, stored(one))]


@asynccontextmanager
async def world(engine: Engine, items: Sequence[Any], *models: type[AnyModel]) -> AsyncIterator[World]:
    """Make the table, put the items, and take the table away."""
    async with Session(
        endpoint=engine.endpoint, table_prefix=f"{uuid.uuid4().hex[:8]}-", cursor_keys=[b"a secret of the tests"]
    ) as db:
        with db.scope():
            await db.create_table(*models)
            await asyncio.gather(*(item.put() for item in items))
            yield World(db, items)
            await db.delete_table(models[0])
