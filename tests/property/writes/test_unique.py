"""Unique values: whatever several writers do, in whatever order, items and guards agree and no value is held twice."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async import Attr, DynamormError, Model, Session, attr, partition_key, sort_key, unique, version

NAMES = ("ada", "bob", "cyd")
MAILS = st.sampled_from([None, "a", "b", "c#%", "ada"])


class Person(Model, abstract=True):
    pk: Attr[str] = partition_key("PERSON#{name}")
    sk: Attr[str] = sort_key("PERSON")
    name: Attr[str]
    mail: Attr[str | None] = attr(default=None)
    team: Attr[str] = attr(default="x")
    size: Attr[int] = attr(default=0)

    one_mail = unique(mail)
    one_size = unique(team, size)


class Loose(Person, table="loose", tag="loose"):
    """Without a version: conditions on the unique fields do its work."""


class Locked(Person, table="locked", tag="locked"):
    """The version guards everything."""

    version: Attr[int] = version()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "update", "put", "save", "delete", "move", "read", "transaction"]),
        st.integers(0, 1),  # which writer
        st.sampled_from(NAMES),
        MAILS,
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=14,
)


@pytest.mark.parametrize("model", [Loose, Locked])
def test_items_and_guards_agree(engine, model):
    """After any sequence of writes of two writers that know nothing of each other."""
    with asyncio.Runner() as runner:
        session = runner.run(_open(engine))

        @given(STEPS)
        def check(steps):
            runner.run(_walk(session, model, steps))

        try:
            check()
        finally:
            runner.run(session.aclose())


async def _open(engine):
    return await Session(endpoint=engine.endpoint, table_prefix=f"{uuid.uuid4().hex[:8]}-", max_retries=0).open()


async def _walk(db, model, steps):
    await db.ensure_table(model)
    try:
        await _steps(db, model, steps)
        await _agree(db, model)
    finally:
        await db.delete_table(model)


async def _steps(db, model, steps):
    for number, name in enumerate(NAMES[:2]):
        await model(name=name, mail=name, size=10 + number).create()
    known = [{name: await model.get(name=name) for name in NAMES[:2]} for _ in range(2)]
    for what, writer, name, mail, size in steps:
        try:
            await _do(db, model, known[writer], what, name, mail, size)
        except DynamormError:
            # Refused, because it is stale, taken or unknown. What counts is that nothing is half done.
            known[writer].pop(name, None)


async def _do(db, model, known, what, name, mail, size):
    item = known.get(name) or model(name=name)
    match what:
        case "create":
            item = await model(name=name, mail=mail, size=size).create()
        case "read":
            item = await model.get(name=name)
        case "update":
            await item.update(mail=mail, size=size)
        case "put" | "save":
            item.mail, item.size = mail, size
            await getattr(item, what)()
        case "delete":
            await item.delete()
            known.pop(name, None)
            return
        case "move":
            await item.move(name=NAMES[size % 3], mail=mail)
            known.pop(name, None)
            name = item.name
        case _:
            async with db.transaction() as tx:
                tx.update(item, mail=mail)
    known[name] = item


async def _agree(db, model):
    items = await model.scan().consistent()
    table = await db.call("Scan", {"TableName": db.table_prefix + model.__name__.lower(), "ConsistentRead": True})
    guards = {
        item["pk"]["S"]: item["_owner"]["M"]["pk"]["S"] for item in table["Items"] if item["_type"]["S"] == "_unique"
    }
    tag = model.__name__.lower()
    expected = {f"UNIQUE#{tag}.one_size#{item.team}#{item.size}": item.pk for item in items}
    mails = [item for item in items if item.mail is not None]
    expected |= {
        f"UNIQUE#{tag}.one_mail#{item.mail.replace('%', '%25').replace('#', '%23')}": item.pk for item in mails
    }

    assert expected == guards
    assert len(expected) == len(items) + len(mails)
    assert not [mail for mail, count in Counter(item.mail for item in mails).items() if count > 1]
