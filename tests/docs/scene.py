# What the examples of docstrings have at hand. Run anew for each, by test_docstrings.py, with an open session `db`.
from __future__ import annotations

from datetime import datetime, timedelta
import attrs
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from dynamorm_async import *
from dynamorm_async import errors
from dynamorm_async.errors import ItemNotFoundError
from dynamorm_async.transports import Settings


class Address(Document):
    city: Attr[str] = attr(default="")


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="ada@acme.test")
    age: Attr[int] = attr(default=36)
    orders: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    home: Nested[Address] = attr(factory=Address)

    by_email = GlobalIndex(email, name="gsi-email")


class Order(Model[str], table="orders"):
    id: Attr[str] = partition_key()
    total: Attr[int] = attr(default=0)


class Basket(Model[str], table="baskets"):
    id: Attr[str] = partition_key()
    lines: Attr[list[str]] = attr(factory=list)


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=10)
    version: Attr[int] = version()


class Connection(Model, table="connections"):
    connection_id: Attr[str] = attr()
    pk: Attr[str] = partition_key("CONN#{connection_id}")


class Note(Model, table="notes"):
    tenant_id: Attr[str] = tenant()
    note_id: Attr[str] = attr()
    topic: Attr[str] = attr(default="news")
    pk: Attr[str] = partition_key("TENANT#{tenant_id}")
    sk: Attr[str] = sort_key("NOTE#{note_id}")

    by_topic = GlobalIndex((tenant_id, topic), name="by-topic")


class Member(Model[str], table="members", tag=True):
    id: Attr[str] = partition_key()
    email: Attr[str] = attr()

    one_email = unique(email)


class Job(Model, table="jobs"):
    status: Attr[str] = partition_key()
    id: Attr[str] = sort_key()


class Money:
    """A type of the application's own."""

    parse = staticmethod(str)


class MyEngine:
    """An engine of somebody's own."""


class WebRequest:
    async def json(self):
        return {"email": "ada@acme.test", "age": 36}


for _model in (User, Order, Basket, Account, Connection, Note, Member, Job):
    await db.create_table(_model)

user = await User(org="acme", id="1").create()
users = [User(org="acme", id=str(number)) for number in range(2, 5)]
order = Order(id="o2", total=5)
basket = await Basket(id="b1", lines=["ink"]).create()
await Order(id="o1").create()
source, target = await Account(id="a1").create(), await Account(id="b").create()
account = source
member = await Member(id="1", email="ada@acme.test").create()
job = await Job(status="NEW", id="1").create()
request, org, new_id = WebRequest(), "acme", "9"
with db.for_tenant("acme").scope():
    await Note(note_id="1").create()

# The names of a class body, where an example shows a line of one.
email, age, country, region, year, month = (attr() for _ in range(6))
