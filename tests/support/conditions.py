"""Random people and random conditions on them, from values so few that conditions match and orders tie."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from dynamorm_async import Condition
from tests.support.people import Address, Colour, Person

__all__ = ["ANCHORS", "conditions", "people", "trees"]

P = Person
# U+10000 sorts after U+FFFF by code point and before it as UTF-16; # and ! stand on both sides of separators.
IDS = st.text("ab#!é\uffff\U00010000", min_size=1, max_size=3)
ORGS, EMAILS, NAMES = st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["J", "Jo", "K"])
NICKNAMES = st.none() | st.sampled_from(["n", "nn", "m"])
AGES, CREDITS = st.integers(0, 5), st.sampled_from([Decimal(0), Decimal("1.5"), Decimal(2), Decimal(-3)])
TAGS, SCORES = st.sets(st.sampled_from("xyz")), st.lists(st.integers(0, 2), max_size=3)
CITIES = st.sampled_from(["", "Ulm", "Bonn"])
PHOTOS = st.sampled_from([b"", b"\0", b"\0\1", b"\xff"])


def person(values: tuple[Any, ...]) -> Person:
    """A person of drawn values."""
    org, id_, email, name, nickname, age, credit, tags, scores, city, photo, colour, size = values
    return Person(
        org=org,
        id=id_,
        email=email,
        name=name,
        nickname=nickname,
        age=age,
        credit=credit,
        tags=tags,
        scores=scores,
        home=Address(city=city),
        photo=photo,
        colour=colour,
        size=size,
        flags={"dark": True} if age > 2 else {},
    )


people = st.lists(
    st.tuples(
        ORGS,
        IDS,
        EMAILS,
        NAMES,
        NICKNAMES,
        AGES,
        CREDITS,
        TAGS,
        SCORES,
        CITIES,
        PHOTOS,
        st.sampled_from(Colour),
        AGES,
    ).map(person),
    max_size=20,
    unique_by=lambda one: (one.org, one.id),
)


def compared(field: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    """Comparisons, ranges and memberships of one field."""
    operators: list[Callable[[Any], Condition]] = [
        lambda v: field == v,
        lambda v: field != v,
        lambda v: field < v,
        lambda v: field <= v,
        lambda v: field > v,
        lambda v: field >= v,
    ]
    return (
        st.builds(lambda operator, value: operator(value), st.sampled_from(operators), values)
        | st.tuples(values, values).map(lambda pair: field.between(*sorted(pair, key=_place)))
        | st.lists(values, max_size=3).map(field.in_)
    )


def _place(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def of_key(field: Any, values: st.SearchStrategy[str]) -> st.SearchStrategy[Condition]:
    """What can be asked of a text attribute."""
    return (
        compared(field, values)
        | values.map(field.begins_with)
        | values.map(field.contains)
        | st.sampled_from([field.exists(), field.not_exists(), field.has_type("S")])
        | st.integers(0, 3).map(lambda size: field.size() > size)
    )


leaves = st.one_of(
    of_key(P.id, IDS),
    of_key(P.org, ORGS),
    of_key(P.name, NAMES),
    of_key(P.email, EMAILS),
    of_key(P.nickname, NICKNAMES.filter(bool)),
    st.sampled_from([P.nickname == None, P.nickname != None]),  # noqa: E711
    compared(P.age, AGES),
    compared(P.size, AGES),
    compared(P.credit, CREDITS),
    compared(P.home.city, CITIES),
    compared(P.photo, PHOTOS),
    st.sampled_from(Colour).map(lambda colour: P.colour == colour),
    st.sampled_from("xyz").map(P.tags.contains),
    st.integers(0, 2).map(P.scores.contains),
    st.integers(0, 2).map(lambda place: P.scores[place] == 1),
    st.integers(0, 3).map(lambda size: P.tags.size() >= size),
    st.just(P.flags["dark"] == True),  # noqa: E712
    st.just(P.flags["dark"].exists()),
    st.sampled_from([P.age > P.size, P.name == P.email, P.tags.size() == P.scores.size(), P.home.city == P.home.zip]),
    st.sampled_from(["S", "N", "NULL", "SS", "L"]).map(P.tags.has_type),
)

trees = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(inner, inner).map(lambda two: two[0] & two[1])
        | st.tuples(inner, inner).map(lambda two: two[0] | two[1])
        | inner.map(lambda one: ~one)
    ),
    max_leaves=5,
)
"""Conditions of every kind, in any nesting."""

ANCHORS = {
    "table": ORGS.map(lambda org: P.org == org),
    "by_email": EMAILS.map(lambda email: P.email == email),
    "by_name": NAMES.map(lambda name: P.name == name),
    "by_colour": st.sampled_from(Colour).map(lambda colour: P.colour == colour),
}
"""What makes a query plannable, by the index that it makes possible."""

conditions = st.lists(trees | of_key(P.id, IDS) | compared(P.age, AGES), max_size=3)
"""Conditions to add to an anchor: what a sort key can use is drawn more often."""
