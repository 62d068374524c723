"""Index keys never go stale: after any sequence of updates an item is what a fresh put of the same values stores."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async import Attr, GlobalIndex, Model, Session, attr, computed, partition_key, sort_key, version


class Base(Model[str, str], abstract=True, track_changes=True):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    tenant: Attr[str | None] = attr(default=None)
    state: Attr[str] = attr(default="new")
    due: Attr[datetime | None] = attr(default=None)
    count: Attr[int] = attr(default=0)
    by_state_key: Attr[str] = computed("T#{tenant}#S#{state}")
    by_due_key: Attr[str] = computed("{org}#{due}")

    by_state = GlobalIndex("by_state_key")
    by_due = GlobalIndex("by_due_key", "count")


class Plain(Base, table="plain"):
    """Without a lock: conditions guard what is assumed."""


class Locked(Base, table="locked"):
    """The version guards everything."""

    version: Attr[int] = version()


VALUES = {
    "tenant": st.sampled_from([None, "a", "b"]),
    "state": st.sampled_from(["new", "done"]),
    "due": st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 9), timezones=st.just(UTC)),
    "count": st.integers(0, 9),
}
CHANGES = st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)
STEPS = st.lists(st.tuples(st.sampled_from(["update", "save", "put"]), CHANGES), min_size=1, max_size=6)


@pytest.mark.parametrize("model", [Plain, Locked])
def test_updates_equal_a_fresh_put(engine, model):
    """Whichever way fields change, stored attributes and index membership are those of a put."""
    with asyncio.Runner() as runner:
        session = runner.run(_open(engine, model))

        @given(STEPS)
        def check(steps):
            runner.run(_walk(model, steps))

        try:
            check()
        finally:
            runner.run(session.aclose())


async def _open(engine, model):
    session = await Session(endpoint=engine.endpoint, table_prefix=f"{uuid.uuid4().hex[:8]}-").open()
    await session.create_table(model)
    return session


async def _walk(model, steps):
    updated = await model(org="acme", id=uuid.uuid4().hex).create()
    values = {}
    for how, changes in steps:
        values |= changes
        if how == "update":
            await updated.update(**changes)
        else:
            for name, value in changes.items():
                setattr(updated, name, value)
            await getattr(updated, how)()
    fresh = await model(org="acme", id=uuid.uuid4().hex, **values).create()

    assert await _stored(fresh) == await _stored(updated)
    for index in ("by_state", "by_due"):
        assert await _found(model, index, fresh) == await _found(model, index, updated)


async def _stored(instance):
    """The item as DynamoDB has it, without what differs by right."""
    key = instance.org, instance.id
    (item,) = await type(instance).query(type(instance).org == key[0], type(instance).id == key[1]).raw()
    return {name: value for name, value in item.items() if name not in ("id", "version")}


async def _found(model, index, instance):
    """Whether the index has the item, under the key that its fields make."""
    field = f"{index}_key"
    text = getattr(instance, field)
    if text is None:
        return False
    found = await model.query(getattr(model, field) == text).index(index)
    return instance.id in [one.id for one in found]
