"""Mistakes with sessions, tenants, hooks, settings and what tests are made with. Never executed."""

# pyright: standard
from __future__ import annotations

import secrets

from dynamorm_async import RetrySettings, Session, TransportSettings, configure_converter, deadline, make_converter
from dynamorm_async.errors import ConditionFailedError
from dynamorm_async.events import CallFinished, Event
from dynamorm_async.testing import FakeSession, load_fixture, local
from tests.typing.kinds.shop import Note, Order, User, order, user


class Watching:
    def notify(self, event: Event) -> None:
        print(event.seconds if isinstance(event, CallFinished) else event)


class Careless:
    def notify(self, event: Event) -> None:
        # kind: fact that only some events have
        print(event.seconds if isinstance(event, CallFinished) else event)
        print(event.seconds)  # wrong: union-attr, reportAttributeAccessIssue


class Deaf:
    def observe(self, event: Event) -> None:
        print(event)


# kind: unknown option of a session
Session(region="eu-west-1")
Session(regoin="eu-west-1")  # wrong: call-arg, reportCallIssue

# kind: option of another type
Session(timeout=2.0)
Session(timeout="2s")  # wrong: arg-type, reportArgumentType

# kind: unknown kind of transport
Session(transport="boto")
Session(transport="boto3")  # wrong: arg-type, reportArgumentType

# kind: unknown option of a session from the environment
Session.from_env(timeout=2.0)
Session.from_env(time_out=2.0)  # wrong: call-arg, reportCallIssue

# kind: secret that is a text
Session(cursor_keys=[secrets.token_bytes(32)])
Session(cursor_keys=["secret"])  # wrong: list-item, reportArgumentType

# kind: single secret
Session(cursor_keys=[secrets.token_bytes(32)])
Session(cursor_keys=secrets.token_bytes(32))  # wrong: arg-type, reportArgumentType

# kind: observer that cannot be told
Session(observers=[Watching()])
Session(observers=[Deaf()])  # wrong: list-item, reportArgumentType

# kind: retries as a number
Session(retry=RetrySettings(max_attempts=3))
Session(retry=3)  # wrong: arg-type, reportArgumentType

# kind: unknown figure of the retry policy
RetrySettings(max_attempts=3)
RetrySettings(attempts=3)  # wrong: call-arg, reportCallIssue

# kind: unknown setting of the transport
TransportSettings(read_timeout=3.0)
TransportSettings(read_time=3.0)  # wrong: call-arg, reportCallIssue

# kind: unknown mode of account endpoints
TransportSettings(account_id_mode="required")
TransportSettings(account_id_mode="always")  # wrong: arg-type, reportArgumentType

# kind: dice that cannot be thrown
Session(dice=lambda: 0.5)
Session(dice=0.5)  # wrong: arg-type, reportArgumentType

# kind: converter of another kind
Session(converter=make_converter())
Session(converter=configure_converter)  # wrong: arg-type, reportArgumentType

# kind: session without async
with deadline(0.8):
    pass
with Session():  # wrong: attr-defined, reportGeneralTypeIssues
    pass


async def life(db: Session) -> None:
    # kind: session class entered
    async with Session() as one:
        print(one)
    async with Session as other:  # wrong: attr-defined, reportGeneralTypeIssues
        print(other)

    # kind: deadline that is no number
    with deadline(0.8):
        pass
    with deadline("1s"):  # wrong: arg-type, reportArgumentType
        pass

    # kind: deadline entered as async
    with deadline(0.8):
        pass
    async with deadline(0.8):  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: forgotten await of opening
    await Session().open()
    Session().open()  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: unknown operation body
    await db.call("ListTables", {"Limit": 10})
    await db.call("ListTables", ["Limit"])  # wrong: arg-type, reportArgumentType


async def tenants(db: Session) -> None:
    # kind: tenant that is no text
    db.for_tenant("acme")
    db.for_tenant(7)  # wrong: arg-type, reportArgumentType

    # kind: tenant awaited
    db.for_tenant("acme")
    await db.for_tenant("acme")  # wrong: misc, reportGeneralTypeIssues

    # kind: scope entered as async
    with db.for_tenant("acme").scope():
        pass
    async with db.for_tenant("acme").scope():  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: tables through a tenant
    await db.create_table(Note)
    await db.for_tenant("acme").create_table(Note)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: tenant of a tenant
    db.for_tenant("acme")
    db.for_tenant("acme").for_tenant("other")  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: tenant given by hand
    Note(note_id="1")
    Note(note_id="1", tenant_id="acme")  # wrong: call-arg, reportCallIssue


async def testing() -> None:
    # kind: unknown option of an engine's session
    async with local(timeout=2.0) as db:
        await db.create_table(User)
    async with local(time_out=2.0):  # wrong: call-arg, reportCallIssue
        pass

    # kind: engine's session without async
    async with local():
        pass
    with local():  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: unknown option of a fake
    FakeSession(ordered=True)
    FakeSession(strict=True)  # wrong: call-arg, reportCallIssue

    fake = FakeSession()
    # kind: expected key of another type
    fake.expect_get(User, "acme", 1)
    fake.expect_get(User, "acme", "1")  # wrong: call-arg, reportArgumentType

    # kind: expected key with too few parts
    fake.expect_update(User, "acme", 1)
    fake.expect_update(User, "acme")  # wrong: misc, reportArgumentType

    # kind: instance expected to be queried
    fake.expect_query(User)
    fake.expect_query(user)  # wrong: arg-type, reportArgumentType

    # kind: unknown operator expected
    fake.expect_query(User).with_condition("org", "=", "acme")
    fake.expect_query(User).with_condition("org", "is", "acme")  # wrong: call-overload, reportArgumentType

    # kind: answer that is no item
    fake.expect_query(User).will_return(user)
    fake.expect_query(User).will_return("user")  # wrong: arg-type, reportArgumentType

    # kind: error class that is none of ours
    fake.expect_put(user).will_raise(ConditionFailedError())
    fake.expect_put(user).will_raise(ValueError())  # wrong: arg-type, reportArgumentType

    # kind: fixture without await
    loaded = await load_fixture(fake, [user, order])
    print(loaded[User][0].age)
    load_fixture(fake, [user, order])[User]  # wrong: index, reportIndexIssue

    # kind: fixture read as another model
    ages = [one.age for one in loaded[User]]
    totals = [one.total for one in loaded[User]]  # wrong: attr-defined, reportAttributeAccessIssue
    _ = ages, totals, Order
