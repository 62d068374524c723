"""What an index does not give, its items or their order, made good here: the same as a full scan with a filter."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dynamorm_async import errors
from dynamorm_async._expr.evaluate import comparable
from tests.support.conditions import ANCHORS, conditions, people
from tests.support.people import Person
from tests.support.worlds import filtered, stored, world

P = Person
MOTO = "its filters raise on a missing attribute in size() and on comparisons across types"
left_to_moto = pytest.mark.lacks("moto", reason=MOTO, shown_by="test_types_are_compared_as_unequal")


def keys(found):
    """Who was found."""
    return [(one.org, one.id) for one in found]


@left_to_moto
@pytest.mark.parametrize("anchor", ["by_colour", "by_name"])
def test_completed_query_equals_filtered_scan(engine, anchor):  # R91
    """Whatever is tested, here or there: whole items, each once, in the order of the index, on pages of any size."""
    with asyncio.Runner() as runner:

        @given(people, ANCHORS[anchor], conditions, st.integers(1, 5), st.booleans())
        def check(items, start, others, size, backwards):
            query = P.query(start, *others).index(anchor).complete()
            query = query.reverse() if backwards else query
            runner.run(_completed(engine, query, [start, *others], items, size))

        check()


async def _completed(engine, query, given_, items, size):
    async with world(engine, items, P):
        whole = await query
        counted = await query.count()
        walked = [one async for page in query.pages(size) for one in page]
        limited = await query.limit(size)
    expected = filtered(items, *given_)
    sort = [field.attribute for field in query.plan().index.sort]
    places = [[comparable(stored(one)[name])[1] for name in sort] for one in whole]

    assert sorted(keys(whole)) == sorted(keys(expected)), query.explain()
    assert all(one in expected for one in whole)
    assert places == sorted(places, reverse=not query.plan().forward)
    assert (counted, keys(walked), keys(limited)) == (len(whole), keys(whole), keys(whole)[:size])


ORDERS = {"credit": P.credit, "nickname": P.nickname, "photo": P.photo, "city": P.home.city, "name": P.name}


@left_to_moto
@pytest.mark.parametrize("start", ["table", "scan"])
def test_order_made_here_equals_python_sort(engine, start):  # R49
    """By numbers, text, bytes and parts of documents, upwards and downwards; what lacks the field comes last."""
    with asyncio.Runner() as runner:

        @given(people, ANCHORS["table"], conditions, st.sampled_from(sorted(ORDERS)), st.booleans(), st.integers(1, 9))
        def check(items, anchor, others, by, backwards, limit):
            given_ = [anchor, *others] if start == "table" else others
            query = P.query(*given_) if start == "table" else P.scan(*given_)
            ordered = query.order_by(ORDERS[by], "desc" if backwards else "asc", in_memory=20)
            assume(ordered.plan().sorts_here)
            runner.run(_sorted(engine, query, ordered, given_, items, ORDERS[by]._path, limit))

        check()


async def _sorted(engine, query, ordered, given_, items, path, limit):
    async with world(engine, items, P):
        found = await ordered
        first = await ordered.limit(limit)
        if len(found) > 1:
            with pytest.raises(errors.InvalidOrderError, match="more than"):
                await query.order_by(str(path), in_memory=len(found) - 1)
    values = [_value(stored(one), path) for one in found]
    present = [value for value in values if value is not None]

    assert sorted(keys(found)) == sorted(keys(filtered(items, *given_)))
    assert present == sorted(present, reverse=ordered._request.order.descending)
    assert values == present + [None] * (len(values) - len(present))
    assert keys(first) == keys(found)[:limit]


def _value(item, path):
    """What a path of an item holds, as DynamoDB compares it."""
    for segment in path.segments[:-1]:
        item = item.get(segment, {}).get("M", {})
    found = item.get(path.segments[-1])
    return None if found is None else comparable(found)[1]
