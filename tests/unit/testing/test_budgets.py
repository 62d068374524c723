"""Budgets without an engine: retries count, and a service that keeps its figures to itself is no excuse."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, Session, partition_key
from dynamorm_async.testing import BudgetExceededError, budget
from tests.support.scripted import ScriptedTransport, StillClock, refused

pytestmark = pytest.mark.asyncio


class Leaf(Model[str], table="leaves"):
    id: Attr[str] = partition_key()


def session(*answers):
    """A session that gets these answers in turn."""
    turn = iter(answers)
    return Session(transport=ScriptedTransport(lambda call: next(turn)), clock=StillClock())


def answer(units):
    """A read that cost so much."""
    return {"Item": {"id": {"S": "1"}}, "ConsumedCapacity": {"TableName": "leaves", "CapacityUnits": units}}


async def test_request_that_is_sent_again_counts_again():
    """It loads the table twice, and the budget says which attempt it was."""
    async with session(refused("ThrottlingException"), answer(0.5), refused("ThrottlingException"), answer(0.5)):
        with budget(requests=2) as spending:
            await Leaf.get("1")
        assert [one.attempt for one in spending.spent] == [1, 2]
        with (
            pytest.raises(BudgetExceededError, match=r"requests: 2 of 1\.\n.*GetItem leaves: .*\n.*attempt 2"),
            budget(requests=1),
        ):
            await Leaf.get("1")


async def test_capacity_without_figures_is_no_capacity_within_the_budget():
    """The test would pass for the wrong reason."""
    async with session({"Item": {"id": {"S": "1"}}}, {"Item": {"id": {"S": "1"}}}):
        with pytest.raises(BudgetExceededError, match="did not say what GetItem consumed"), budget(rcu=100):
            await Leaf.get("1")
        with budget(requests=1):
            await Leaf.get("1")


async def test_figures_are_asked_for_inside_only():
    """A plain call is as it was."""
    async with session({}, answer(1), {}) as db:
        await Leaf.get_or_none("1")
        with budget():
            await Leaf.get_or_none("1")
        await Leaf.get_or_none("1")

        assert ["ReturnConsumedCapacity" in body for body in db.runner.transport.bodies] == [False, True, False]
