"""Conditions tested here follow DynamoDB's rules, on items in wire form; the property test compares with engines."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dynamorm_async import raw
from dynamorm_async._codec import default_codec
from dynamorm_async._expr.evaluate import Evaluator
from tests.support.people import Person

P = Person

ITEM = {
    "org": {"S": "a"},
    "age": {"N": "18"},
    "name": {"S": "Jo😀"},
    "photo": {"B": "AAE="},
    "tags": {"SS": ["x", "y"]},
    "scores": {"L": [{"N": "1"}, {"S": "odd"}]},
    "flags": {"M": {"dark": {"BOOL": True}}},
    "home": {"M": {"city": {"S": "Ulm"}}},
    "nickname": {"NULL": True},
    "credit": {"N": "1.50"},
    "Size": {"S": "text in a number field"},
}

TRUE = {
    "equal": P.age == 18,
    "numbers by value": P.credit == Decimal("1.5"),
    "less than": P.age < 19,
    "text by bytes": P.name < "Jp",
    "between": P.age.between(18, 18),
    "in": P.age.in_([1, 18]),
    "prefix": P.name.begins_with("Jo"),
    "binary prefix": P.photo.begins_with(b"\0"),
    "text part": P.name.contains("o"),
    "member": P.tags.contains("x"),
    "element": P.scores.contains(1),
    "exists": P.nickname.exists(),
    "missing": P.email.not_exists(),
    "type": P.nickname.has_type("NULL"),
    "None is NULL": P.nickname == None,  # noqa: E711
    "None is missing": raw("attribute_not_exists(email)"),
    "nested": P.home.city == "Ulm",
    "map entry": P.flags["dark"] == True,  # noqa: E712
    "position": P.scores[0] == 1,
    "missing differs": P.email != "x",
    "missing differs from missing": raw("email <> colour"),
    "types differ": P.size != 3,
    # A character beyond the basic plane counts twice, as in Java.
    "size of text": P.name.size() == 4,
    "size of binary": P.photo.size() == 2,
    "size of a set": P.tags.size() == 2,
    "size of a list": P.scores.size() == 2,
    "size of a map": P.flags.size() == 1,
    "size of a number differs from all": raw("size(age) <> :n", n=1),
    "not of a missing": ~(P.email == "x"),
    "two attributes": raw("age > credit"),
    "sets in any order": P.tags == {"y", "x"},
}
FALSE = {
    "not equal": P.age == 19,
    "missing": P.email == "x",
    "missing is not less": P.email < "x",
    "missing has no size": P.email.size() >= 0,
    "missing between": raw("age BETWEEN email AND age"),
    "missing in missing": raw("email IN (colour)"),
    "missing equals missing": raw("email = colour"),
    "number field with text": P.size < 3,
    "size of a number": raw("size(age) > :n", n=0),
    "member of other type": raw("contains(scores, :t)", t="1"),
    "contains in a map": raw("contains(flags, :t)", t="dark"),
    "order of booleans": raw("flags.dark < :t", t=True),
    "order of lists": raw("scores <= scores"),
    "position past the end": P.scores[5].exists(),
    "all or nothing": (P.age == 18) & (P.age == 19),
    "neither": (P.age == 17) | (P.age == 19),
    "nothing": P.age.in_([]),
}
holds = Evaluator(default_codec.encode).test


@pytest.mark.parametrize("case", TRUE)
def test_what_holds(case):
    """True of the item, false when negated."""
    assert holds(TRUE[case], ITEM)
    assert not holds(~TRUE[case], ITEM)


@pytest.mark.parametrize("case", FALSE)
def test_what_does_not_hold(case):
    """False of the item, true when negated: NOT is also true where an attribute is missing."""
    assert not holds(FALSE[case], ITEM)
    assert holds(~FALSE[case], ITEM)
