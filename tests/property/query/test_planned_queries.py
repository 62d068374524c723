"""Whatever the planner chooses, a query returns what a full scan with a filter in Python returns, in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dynamorm_async import Query, errors
from dynamorm_async._codec import default_codec
from dynamorm_async._expr.evaluate import comparable
from dynamorm_async._spec.fields import IndexKind, Projection
from tests.support.conditions import ANCHORS, IDS, ORGS, compared, conditions, of_key, people
from tests.support.people import Event, Order, Person, Profile
from tests.support.worlds import filtered, stored, world

P, O, E = Person, Order, Event
MOTO = "its filters raise on a missing attribute in size() and on comparisons across types"
CANNOT = (
    errors.ScanNotAllowedError,
    errors.InvalidOrderError,
    errors.InvalidConsistencyError,
    errors.InvalidRequestError,
)

steps = st.fixed_dictionaries(
    {},
    optional={
        "order_by": st.sampled_from(["id", "age", "size", "nickname", "placed", "number", "year", "month"]),
        "reverse": st.just(True),
        "consistent": st.just(True),
        "limit": st.integers(1, 5),
        "page_size": st.integers(1, 3),
    },
)


def built(query: Query, how: dict, otherwise: str | None = None) -> Query:
    """The query with those of its drawn steps with which it can be planned."""
    if otherwise and not plannable(query):
        query = query.index(otherwise)
    for step, value in how.items():
        try:
            further = getattr(query, step)(*(() if value is True else (value,)))
        except errors.UnknownFieldError:
            continue
        query = further if plannable(further) else query
    assume(plannable(query))
    return query


def plannable(query: Query) -> bool:
    """Whether the planner takes it."""
    try:
        query.plan()
    except CANNOT:
        return False
    return True


def lost_by(engine, query) -> bool:
    """Whether this engine is known to lose attributes: only dynoxide fetches what a local index does not hold."""
    index = query.plan().index
    return engine.name != "dynoxide" and index.kind is IndexKind.LOCAL and index.projection is not Projection.ALL


def positions(query, found):
    """Where each result stands in the order of the index, as the service compares."""
    plan = query.plan()
    items = [stored(one) for one in found]
    return [tuple(comparable(item[field.attribute])[1] for field in plan.index.sort) for item in items]


async def _same(query, model, given_, items):
    """The query's results are those of the filter: all of them, or as many as the limit says, in order."""
    plan = query.plan()
    expected = filtered(items, *given_)
    if plan.index.kind is not None and plan.request.index is not None:
        keys = [field.attribute for field in (*plan.index.partition, *plan.index.sort)]
        expected = [one for one in expected if all(key in stored(one) for key in keys)]
    found = await query
    limit = plan.request.limit
    key = default_codec.model(model.__dynamorm_spec__).encode

    assert len(found) == min(len(expected), limit or len(expected)), query.explain()
    assert all(one in expected for one in found), query.explain()
    assert len({str(key(one)) for one in found}) == len(found)
    places = positions(query, found)
    assert places == sorted(places, reverse=not plan.forward), query.explain()
    if limit is not None and expected:
        first = sorted(positions(query, expected), reverse=not plan.forward)[: len(found)]
        assert places == first, query.explain()
    assert await query.count() == len(found), query.explain()


@pytest.mark.lacks("moto", reason=MOTO, shown_by="test_types_are_compared_as_unequal")
@pytest.mark.parametrize("anchor", ["table", "by_email", "by_name"])
def test_planned_query_equals_filtered_scan(engine, anchor):  # R60 R48 R53
    """For every index the planner may choose: the table, local and global ones, whatever else is asked."""
    with asyncio.Runner() as runner:

        @given(people, ANCHORS[anchor], conditions, steps, st.randoms(use_true_random=False))
        def check(items, start, others, how, dice):
            given_ = [start, *others]
            dice.shuffle(given_)
            query = P.query(*given_)
            # Two indexes have names in their keys: one holds too little for a whole person, the other is sparse.
            query = built(query, how, "by_nickname" if anchor == "by_name" else None)
            assume(not lost_by(engine, query))
            runner.run(_in_world(engine, query, P, given_, items))

        check()


async def _in_world(engine, query, model, given_, items, *models):
    async with world(engine, items, *(models or (model,))) as there:
        await _same(query.using(there.db), model, given_, items)


@given(people=people, start=ANCHORS["by_colour"], others=st.lists(of_key(P.id, IDS) | of_key(P.org, ORGS), max_size=3))
def _rows(runner, engine, people, start, others):
    runner.run(_same_rows(engine, P.query(start, *others).select(P.id, P.colour, P.org), [start, *others], people))


@pytest.mark.lacks("moto", reason=MOTO, shown_by="test_types_are_compared_as_unequal")
def test_index_of_keys_only_equals_filtered_scan(engine):  # R91
    """An index that holds only keys serves what asks for no more."""
    with asyncio.Runner() as runner:
        _rows(runner, engine)


async def _same_rows(engine, query, given_, items):
    async with world(engine, items, P):
        found = await query
    assert sorted((org, id_) for id_, _, org in found) == sorted((one.org, one.id) for one in filtered(items, *given_))


USERS, STATES, TENANTS = st.sampled_from(["u", "v"]), st.sampled_from(["new", "paid"]), st.sampled_from([None, "t"])
MOMENTS = st.sampled_from(
    [datetime(2026, 1, day, hour, 0, 0, micro, UTC) for day in (1, 9, 10) for hour in (0, 9) for micro in (0, 5)]
)
NUMBERS = st.text("ab19!é\uffff\U00010000", min_size=1, max_size=2)
LINES = st.sampled_from([0, 1, 9, 10, 9_999])
orders = st.lists(
    st.builds(Order, user=USERS, placed=MOMENTS, number=NUMBERS, state=STATES, line=LINES, tenant=TENANTS),
    max_size=20,
    unique_by=lambda one: one.sk,
)
profiles = st.lists(st.builds(Profile, user=USERS), max_size=2, unique_by=lambda one: one.user)
order_conditions = st.lists(
    st.one_of(
        compared(O.placed, MOMENTS),
        compared(O.line, LINES | st.sampled_from([-5, 123_456])),
        of_key(O.number, NUMBERS),
        of_key(O.state, STATES),
        compared(O.state, STATES),
        st.sampled_from([O.tenant == "t", O.tenant != "t", O.tenant.exists(), O.tenant == None]),  # noqa: E711
        of_key(O.sk, st.sampled_from(["ORDER#", "ORDER#2026-01-1", "P"])),
        st.sampled_from([O.pk == "USER#u", O.pk != "USER#v"]),
    ),
    max_size=4,
)
order_anchors = st.one_of(
    USERS.map(lambda user: [O.user == user]),
    STATES.map(lambda state: [O.state == state]),
    STATES.map(lambda state: [O.tenant == "t", O.state == state]),
    st.just([O.tenant == "t"]),
    st.tuples(USERS, MOMENTS).map(lambda two: [O.user == two[0], O.placed == two[1]]),
)


@pytest.mark.lacks("moto", reason=MOTO, shown_by="test_types_are_compared_as_unequal")
def test_templated_keys_equal_filtered_scan(engine):  # R42 R43 R90
    """Computed keys, their prefixes and ranges, in a table with another model's items between."""
    with asyncio.Runner() as runner:

        @given(orders, profiles, order_anchors, order_conditions, steps)
        def check(items, others, anchor, more, how):
            given_ = [*more, *anchor]
            query = built(O.query(*given_), how)
            runner.run(_among_others(engine, query, given_, items, others))

        check()


async def _among_others(engine, query, given_, items, others):
    async with world(engine, [*items, *others], Order, Profile):
        await _same(query, O, given_, items)


PLACES = st.sampled_from(["t", "s"])
events = st.lists(
    st.builds(
        Event,
        source=PLACES,
        at=MOMENTS,
        tenant=PLACES,
        region=PLACES,
        year=st.sampled_from([9, 10, 2026]),
        month=st.integers(1, 3),
        level=st.sampled_from([None, "high"]),
    ),
    max_size=20,
    unique_by=lambda one: (one.source, one.at),
)
event_conditions = st.lists(
    st.one_of(
        compared(E.year, st.sampled_from([9, 10, 2026])),
        compared(E.month, st.integers(1, 3)),
        compared(E.at, MOMENTS),
        st.sampled_from([E.level == "high", E.level == None, E.source == "t"]),  # noqa: E711
    ),
    max_size=4,
)


@pytest.mark.lacks(
    "dynoxide",
    reason="it has no multi-attribute index keys",
    shown_by="test_index_keys_of_several_attributes",
)
def test_multi_attribute_keys_equal_filtered_scan(engine):  # R60
    """Several partition and sort attributes, given in part or whole."""
    with asyncio.Runner() as runner:

        @given(events, PLACES, PLACES, event_conditions, steps)
        def check(items, tenant, region, more, how):
            given_ = [*more, E.tenant == tenant, E.region == region]
            query = built(E.query(*given_), how)
            runner.run(_in_world(engine, query, E, given_, items))

        check()


def test_sort_keys_of_odd_characters_are_in_byte_order(engine):
    """Text sorts by its UTF-8 bytes, here as there: not by code units, not by locale."""

    @given(st.lists(IDS, unique=True, min_size=2, max_size=8))
    def check(ids):
        items = [Person(org="a", id=one, email="x", name="J") for one in ids]
        with asyncio.Runner() as runner:
            runner.run(_in_world(engine, P.query(P.org == "a"), P, [P.org == "a"], items))

    check()
