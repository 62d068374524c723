"""An async Lambda handler: one loop and one session over warm invocations, and Lambda's own deadline."""

from __future__ import annotations

import asyncio
import uuid
from contextvars import ContextVar

import pytest

from dynamorm_async import Attr, Model, Session, attr, errors, partition_key
from dynamorm_async.integrations.lambda_ import lambda_handler

SEEN: ContextVar[str] = ContextVar("seen", default="nothing")


class Visit(Model[str], table="visits"):
    name: Attr[str] = partition_key()
    count: Attr[int] = attr(default=0)


class Context:
    """What Lambda hands to a handler."""

    def __init__(self, milliseconds):
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self):
        """What is left of the invocation."""
        return self.milliseconds


@pytest.fixture
def session(engine):
    """A session as a module would make it: not open yet, and closed when the test ends."""
    made = Session(endpoint=engine.endpoint, table_prefix=uuid.uuid4().hex[:8])
    yield made
    lambda_handler(made)(lambda event, context: made.aclose())(None, None)


def test_warm_invocations_share_loop_and_session(session):
    """The session opens once, and the second invocation finds its connections alive."""
    loops = []

    @lambda_handler(session)
    async def handle(event, context):
        loops.append(asyncio.get_running_loop())
        await session.ensure_table(Visit)
        await Visit.with_key("a").update(Visit.count.increment(), must_exist=False)
        return (await Visit.get("a")).count

    assert [1, 2, 3] == [handle({}, Context(5_000)) for _ in range(3)]
    assert 1 == len(set(map(id, loops)))


def test_context_variables_do_not_leak_between_invocations(session):
    """What one invocation sets, the next does not see."""

    @lambda_handler(session)
    async def handle(event, context):
        before = SEEN.get()
        SEEN.set("dirty")
        return before

    assert ["nothing", "nothing"] == [handle({}, None), handle({}, None)]


def test_a_call_ends_before_lambda_would_end_it(session):
    """Lambda's remaining time less a margin is the deadline of every call."""

    @lambda_handler(session, margin=10)
    async def handle(event, context):
        await Visit.get("a")

    with pytest.raises(errors.DeadlineExceededError):
        handle({}, Context(10_000))
