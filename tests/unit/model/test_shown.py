"""What a prompt or a log shows of a call: its shape, and no value that is stored."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, Session, attr, partition_key
from dynamorm_async.testing import engine, local, recorded
from dynamorm_async.types import Request

SECRET = "555-0100"


class Person(Model[str], table="people"):
    """Somebody with a value that is nobody's business."""

    id: Attr[str] = partition_key()
    phone: Attr[str] = attr(default="", sensitive=True)
    numbers: Attr[dict[str, str]] = attr(factory=dict)


def requests():
    """A request of each kind that carries values."""
    person = Person(id=SECRET, phone=SECRET, numbers={"home": SECRET})
    yield person.put(if_=Person.phone == SECRET).call()
    yield person.create().call()
    yield Person.with_key(SECRET).update(Person.phone.set(SECRET), if_=Person.id.in_([SECRET, "x"])).call()
    yield Person.with_key(SECRET).delete().call()
    yield Person.get(SECRET).call()
    yield Person.query(Person.id == SECRET, Person.phone.begins_with(SECRET)).call()
    yield Person.scan(Person.numbers["home"] == SECRET).call()


@pytest.mark.parametrize("request_", list(requests()), ids=lambda request: request.operation)
def test_no_value_is_in_the_repr_of_a_request(request_):
    """The operation, the table and the expressions are; the body has the values all the same."""
    shown = repr(request_)

    assert SECRET not in shown
    assert SECRET in str(request_.body)
    assert shown.startswith(f"<{request_.operation}: TableName='people'")


def test_types_stand_for_values():
    """Also of values in lists and of maps of one entry, which look like a value themselves."""
    body = {"TransactItems": [{"Put": {"Item": {"S": {"S": SECRET}, "m": {"M": {"N": {"N": "1"}}}}}}, {}], "Limit": 5}

    assert repr(Request("TransactWriteItems", body)) == (
        "<TransactWriteItems: TransactItems=[{Put: {Item: {S: S, m: M}}}, 1 more], Limit=5>"
    )


def test_text_in_single_quotes_is_no_part_of_a_statement_for_show():
    """It is a value; names in double quotes and comments are none."""
    body = {"Statements": [{"Statement": f"""SELECT "it's" FROM t -- isn't\n WHERE id = '{SECRET}' AND a = 'b''c'"""}]}

    assert repr(Request("BatchExecuteStatement", body)) == (
        "<BatchExecuteStatement: Statements=[{Statement: "
        """'SELECT "it\\'s" FROM t -- isn\\'t\\n WHERE id = \\'…\\' AND a = \\'…\\''}]>"""
    )


def test_pages_and_streams_say_what_they_are():
    """And how they are read."""
    query = Person.query(Person.id == SECRET)

    assert repr(query.pages()) == "<Person.pages, to be read by `async for`>"
    assert repr(local()) == "<local session, to be entered by `async with`>"
    assert repr(engine()) == "<engine, to be entered by `async with`>"
    assert repr(recorded(Session(), "file")) == "<recorded session, to be entered by `async with`>"


@pytest.mark.asyncio
async def test_what_is_entered_also_decorates_a_function():
    """As often as the function is called, like any context manager of the standard library."""
    seen = []

    @engine("http://127.0.0.1:8000")
    async def test():
        seen.append(1)

    await test()
    await test()

    assert seen == [1, 1]
