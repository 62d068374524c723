"""What is tested here and what the service tests are the same, for conditions of every kind."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.conditions import people, trees
from tests.support.people import Person
from tests.support.worlds import filtered, world

MOTO = "its filters raise on a missing attribute in size() and on comparisons across types"


@pytest.mark.lacks("moto", reason=MOTO, shown_by="test_types_are_compared_as_unequal")
def test_evaluation_agrees_with_the_service(engine):
    """A scan with a filter finds what the evaluator finds."""
    with asyncio.Runner() as runner:

        @given(people, st.lists(trees, min_size=1, max_size=6))
        def check(items, conditions):
            runner.run(_compare(engine, items, conditions))

        check()


async def _compare(engine, items, conditions):
    async with world(engine, items, Person):
        for condition in conditions:
            found = await Person.scan(condition)
            assert _keys(filtered(items, condition)) == _keys(found), condition


def _keys(found):
    return sorted((one.org, one.id) for one in found)
