"""The kept wording of a write says what a wording made anew says, whatever was worded before."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dynamorm_async import raw
from dynamorm_async._codec import default_codec
from dynamorm_async._expr.compile import Collector
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops import wording
from dynamorm_async._ops.wording import worded
from dynamorm_async.errors import InvalidRequestError
from tests.support.conditions import AGES, NICKNAMES, SCORES, TAGS, trees
from tests.support.people import Person

P = Person
ACTIONS = st.one_of(
    AGES.map(P.age.set),
    AGES.map(P.age.add),
    AGES.map(P.age.sub),
    AGES.map(P.age.increment),
    AGES.map(lambda age: P.age.set(P.size + age)),
    AGES.map(lambda age: P.age.set(P.age.if_not_exists(age))),
    st.just(P.age.set(P.size)),
    NICKNAMES.map(P.nickname.set),
    SCORES.map(P.scores.append),
    SCORES.map(P.scores.prepend),
    TAGS.filter(bool).map(P.tags.add),
    TAGS.filter(bool).map(P.tags.discard),
    st.tuples(AGES, AGES).map(lambda both: P.scores[both[0]].set(both[1])),
    st.sampled_from("ab").map(lambda name: P.flags[name].set(True)),
    st.sampled_from([P.nickname, P.home.city, P.scores[0]]).map(lambda path: path.remove()),
)
UPDATES = st.none() | st.lists(ACTIONS, min_size=1, max_size=4).map(tuple)


def anew(actions, condition):
    """The same members, worded by a collector that encodes each value where it meets it."""
    collector, members = Collector(default_codec.encode), {}
    if actions is not None:
        members["UpdateExpression"] = collector.update(actions)
    if condition is not None:
        members["ConditionExpression"] = collector.condition(condition)
        members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return members | collector.body()


def members(actions, condition):
    """The JSON of them, each after a comma."""
    return b"".join(b"," + msgspec.json.encode({name: said})[1:-1] for name, said in anew(actions, condition).items())


@given(UPDATES, st.none() | trees)
@example(None, P.age.in_(range(250)))
@example(None, P.nickname == None)  # noqa: E711  an expression
@example(None, ~P.age.in_([]) | (P.age == 1))
@example(None, raw("age = :a AND contains(tags, :b)", a=1, b="x"))
@example((P.age.remove(),), P.age.exists())
@example((P.age.set(1),), P.age.not_exists())
@example((P.flags["+"].set(True),), None)
@example((P.scores[1].set(2),), None)
@example((P.scores[True].set(2),), None)
def test_a_kept_wording_equals_a_new_one(actions, condition):
    """Texts, names and values are the same, in the same order, with what earlier examples left in the cache."""
    for _ in range(2):
        assert worded(actions, condition, default_codec.encode) == members(actions, condition)


ATOMS = [
    P.age == 1,
    P.age != 1,
    P.age < 1,
    P.age <= 1,
    P.age > 1,
    P.age >= 1,
    P.age == P.size,
    P.size == P.age,
    P.tags.size() == 1,
    P.scores.size() == P.tags.size(),
    P.tags.size() == P.scores.size(),
    P.age.between(1, 2),
    P.tags.size().between(1, 2),
    P.age.in_([1]),
    P.age.in_([1, 2]),
    P.age.in_(range(101)),
    P.age.in_([]),
    P.name.begins_with("a"),
    P.name.contains("a"),
    P.name.contains(P.email),
    P.name.exists(),
    P.name.not_exists(),
    P.name.has_type("S"),
    P.name.has_type("N"),
    P.home.city == "a",
    P.scores[0] == 1,
    P.scores[1] == 1,
    P.flags["a"] == True,  # noqa: E712  an expression
    raw("name = :a", a="x"),
]
JOINED = [
    lambda one, two: one & two,
    lambda one, two: one | two,
    lambda one, two: ~one & two,
    lambda one, two: ~(one & two),
    lambda one, two: ~(one | two),
    lambda one, two: (one | two) & two,
    lambda one, two: (one & two) | two,
    lambda one, two: raw("name = :a OR age = :b", a="x", b=1) & one & two,
]
CHANGES = [
    P.age.set(1),
    P.age.set(P.size),
    P.age.add(1),
    P.age.sub(1),
    P.age.increment(1),
    P.age.set(P.size + 1),
    P.age.set(P.age + P.size),
    P.age.set(P.age.if_not_exists(1)),
    P.age.remove(),
    P.size.remove(),
    P.scores.append([1]),
    P.scores.prepend([1]),
    P.scores[0].set(1),
    P.scores[1].set(1),
    P.scores[1].remove(),
    P.tags.add({"a"}),
    P.tags.discard({"a"}),
    P.flags["a"].set(True),
]


def every_write():
    """Writes of every outline there is, near relatives next to each other."""
    yield from ((None, atom) for atom in ATOMS)
    for join in JOINED:
        for one, two in itertools.pairwise(ATOMS):
            yield None, join(one, two)
            yield None, join(two, one)
    for one, two in itertools.product(CHANGES, CHANGES):
        yield (one,), None
        yield (one, two), None
        yield (one,), P.name.exists()


@pytest.mark.parametrize("turn", [list, lambda writes: list(writes)[::-1]], ids=["forwards", "backwards"])
def test_no_two_outlines_are_taken_for_one(turn):
    """Every kind of condition and action, one after the other, gets its own wording."""
    wording._known.clear()
    for actions, condition in turn(every_write()):
        assert worded(actions, condition, default_codec.encode) == members(actions, condition)


def test_names_that_are_made_up_do_not_fill_the_memory():
    """Wordings are kept up to a number, then all are dropped."""
    for number in range(3 * wording._MOST):
        worded((P.flags[f"name-{number}"].set(True),), None, default_codec.encode)

    assert len(wording._known) <= wording._MOST


def test_what_is_too_long_is_refused_each_time():
    """A refused wording is not kept: the second time it is refused as well."""
    condition = (P.age == 1) | (P.age == 2)
    for _ in range(8):
        condition = condition | condition

    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="DynamoDB's limit"):
            worded(None, condition, default_codec.encode)


def test_what_no_update_can_hold_is_refused_each_time():
    """An operand of an unknown class is refused, whatever is kept."""
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="cannot be the value"):
            worded((Action(Clause.SET, P.age._path, object()),), None, default_codec.encode)
