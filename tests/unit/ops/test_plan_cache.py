"""Plans by shape: what is taken from the cache is what planning anew would give, and holds no value."""

from __future__ import annotations

import gc

import pytest

from dynamorm_async._codec import default_codec
from dynamorm_async._ops.plan import make_plan
from dynamorm_async._ops.plancache import _recipes, cache_info, planned
from dynamorm_async._ops.render import Settings, list_body
from tests.support.people import Order, Person
from tests.unit.ops.test_planner_table import PLANS

P = Person
SETTINGS = Settings(default_codec)


def gained(*queries):
    """How the counts change over these queries."""
    before = cache_info()
    for query in queries:
        planned(query._request)
    return tuple(now - then for now, then in zip(cache_info(), before, strict=True))


def fresh():
    """Forget everything."""
    _recipes.clear()


@pytest.mark.parametrize("case", PLANS)
def test_cached_plan_is_the_plan(case):  # R117
    """For every case of the planner's table: the second time from the cache, and the same to the last value."""
    request = PLANS[case][0]._request
    fresh()
    planned(request)

    again, anew = planned(request), make_plan(request)

    assert (again.operation, again.index, again.reason, again.filter, again.forward, again.residual, again.advice) == (
        anew.operation,
        anew.index,
        anew.reason,
        anew.filter,
        anew.forward,
        anew.residual,
        anew.advice,
    )
    if anew.fit is not None:
        assert (again.fit.key, again.fit.rest, again.fit.complete) == (anew.fit.key, anew.fit.rest, anew.fit.complete)
    if anew.operation.value in ("Query", "Scan"):
        bodies = [list_body(plan, SETTINGS, start=None, page_limit=None) for plan in (again, anew)]
        assert bodies[0] == bodies[1]


def test_same_shape_is_planned_once():  # R117
    """Other values make no other shape; the rate is there to be read."""
    fresh()
    queries = [P.query(P.org == org, P.age > age, P.name == name) for org, age, name in [("a", 1, "x"), ("b", 2, "y")]]

    assert gained(*queries, *queries) == (3, 1, 0)
    assert planned(queries[1]._request).fit.key == make_plan(queries[1]._request).fit.key


@pytest.mark.parametrize(
    "other",
    [
        P.query(P.org == "a", P.age >= 1),
        P.query(P.org == "a", P.age > P.size),
        P.query(P.age > 1, P.org == "a"),
        P.query(P.org == "a", P.age > 1).reverse(),
        P.query(P.org == "a", P.age > 1).consistent(),
        P.query(P.org == "a", P.age > 1).select(P.id),
        P.query(P.org == "a", P.age > 1).index("by_age"),
        P.query(P.org == "a", P.age > 1).order_by("age"),
        P.query(P.org == "a", P.age > 1, P.name.exists()),
        P.query(P.org == "a", (P.age > 1) | (P.id > "1")),
        P.scan(P.org == "a", P.age > 1),
    ],
)
def test_everything_but_the_values_is_the_shape(other):
    """Operators, operands, order of conditions, direction, consistency, selection, index."""
    fresh()

    assert gained(P.query(P.org == "a", P.age > 1), other) == (0, 2, 0)


@pytest.mark.parametrize(
    "queries",
    [
        (P.query(P.org == "a", P.id > "1", P.id > "2"), P.query(P.org == "a", P.id > "2", P.id > "1")),
        (Order.query(Order.user == "u"), Order.query(Order.user == "v")),
    ],
    ids=["several ranges", "templates"],
)
def test_what_values_decide_is_planned_anew(queries):
    """Which of two ranges is tighter, and what a template makes."""
    fresh()

    assert gained(*queries, queries[0]) == (0, 1, 2)
    for query in queries:
        assert planned(query._request).fit.key == make_plan(query._request).fit.key


def test_cache_holds_no_value():
    """A value that was compared once may be a secret, and a list of thousands."""
    fresh()
    secret = ["value in no recipe"]
    planned(P.query(P.org == "a", P.email == secret, P.id > "z", P.age != 3)._request)
    gc.collect()

    assert not [holder for holder in gc.get_referrers(secret) if holder is not globals() and not _is_frame(holder)]


def _is_frame(holder):
    return type(holder).__name__ in ("frame", "cell", "list_iterator")


def test_shapes_made_up_without_end_are_forgotten():
    """A program that invents shapes does not grow for it."""
    fresh()
    for number in range(1_100):
        planned(P.query(P.org == "a", P.flags[str(number)].exists())._request)

    assert len(_recipes[P.__dynamorm_spec__]) <= 512
