"""What each expression is on the wire: text, names and values, compared byte for byte."""

from __future__ import annotations

import msgspec
import pytest

from dynamorm_async import expr, raw
from dynamorm_async._codec import default_codec
from dynamorm_async._expr.compile import Collector
from dynamorm_async._expr.conditions import And, Comparator, Compare, Condition, Not, Or, Value
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidRequestError
from tests.support.people import Colour, Person

P = Person
A, B, C = P.age == 1, P.age == 2, P.age == 3
N = {"#n0": "age"}
ONE, TWO, THREE = {"N": "1"}, {"N": "2"}, {"N": "3"}

GOLDEN = {
    # R52-R59: every operator of DynamoDB.
    "equal": (P.org == "a", "#n0 = :v0", ["org"], [{"S": "a"}]),
    "not equal": (P.org != "a", "#n0 <> :v0", ["org"], [{"S": "a"}]),
    "less": (P.age < 1, "#n0 < :v0", ["age"], [ONE]),
    "at most": (P.age <= 1, "#n0 <= :v0", ["age"], [ONE]),
    "greater": (P.age > 1, "#n0 > :v0", ["age"], [ONE]),
    "at least": (P.age >= 1, "#n0 >= :v0", ["age"], [ONE]),
    "value on the left": (1 < P.age, "#n0 > :v0", ["age"], [ONE]),
    "between": (P.age.between(1, 2), "#n0 BETWEEN :v0 AND :v1", ["age"], [ONE, TWO]),
    "in": (P.age.in_([1, 2]), "#n0 IN (:v0, :v1)", ["age"], [ONE, TWO]),
    "in, one value": (P.age.in_([1]), "#n0 IN (:v0)", ["age"], [ONE]),
    "begins with text": (P.name.begins_with("J"), "begins_with(#n0, :v0)", ["name"], [{"S": "J"}]),
    "begins with binary": (P.photo.begins_with(b"\1"), "begins_with(#n0, :v0)", ["photo"], [{"B": "AQ=="}]),
    "contains text": (P.name.contains("J"), "contains(#n0, :v0)", ["name"], [{"S": "J"}]),
    "contains element": (P.scores.contains(1), "contains(#n0, :v0)", ["scores"], [ONE]),
    "contains member": (P.tags.contains("x"), "contains(#n0, :v0)", ["tags"], [{"S": "x"}]),
    "exists": (P.name.exists(), "attribute_exists(#n0)", ["name"], []),
    "does not exist": (P.name.not_exists(), "attribute_not_exists(#n0)", ["name"], []),
    "has type": (P.name.has_type("SS"), "attribute_type(#n0, :v0)", ["name"], [{"S": "SS"}]),
    "size": (P.tags.size() > 3, "size(#n0) > :v0", ["tags"], [THREE]),
    "size between": (P.name.size().between(1, 3), "size(#n0) BETWEEN :v0 AND :v1", ["name"], [ONE, THREE]),
    "size in": (P.name.size().in_([1, 3]), "size(#n0) IN (:v0, :v1)", ["name"], [ONE, THREE]),
    "size against size": (P.tags.size() == P.scores.size(), "size(#n0) = size(#n1)", ["tags", "scores"], []),
    "two attributes": (P.age > P.size, "#n0 > #n1", ["age", "Size"], []),
    "between attributes": (P.age.between(P.size, 3), "#n0 BETWEEN #n1 AND :v0", ["age", "Size"], [THREE]),
    "in with an attribute": (P.age.in_([P.size, 3]), "#n0 IN (#n1, :v0)", ["age", "Size"], [THREE]),
    "contains an attribute": (P.name.contains(P.email), "contains(#n0, #n1)", ["name", "email"], []),
    "begins with an attribute": (P.name.begins_with(P.email), "begins_with(#n0, #n1)", ["name", "email"], []),
    # None is what reads back as None: a missing attribute, or NULL.
    "is None": (
        P.nickname == None,  # noqa: E711  an expression
        "attribute_not_exists(#n0) OR attribute_type(#n0, :v0)",
        ["nickname"],
        [{"S": "NULL"}],
    ),
    "is not None": (
        P.nickname != None,  # noqa: E711  an expression
        "NOT (attribute_not_exists(#n0) OR attribute_type(#n0, :v0))",
        ["nickname"],
        [{"S": "NULL"}],
    ),
    "in with None": (
        P.nickname.in_(["x", None]),
        "#n0 IN (:v0) OR attribute_not_exists(#n0) OR attribute_type(#n0, :v1)",
        ["nickname"],
        [{"S": "x"}, {"S": "NULL"}],
    ),
    # Values are stored as the field is.
    "enum": (P.colour == Colour.BLUE, "#n0 = :v0", ["colour"], [{"S": "blue"}]),
    "map entry": (P.flags["a"] == True, "#n0.#n1 = :v0", ["flags", "a"], [{"BOOL": True}]),  # noqa: E712
    "name on the wire": (P.size == 1, "#n0 = :v0", ["Size"], [ONE]),
    # Paths.
    "nested": (P.home.city == "Ulm", "#n0.#n1 = :v0", ["home", "city"], [{"S": "Ulm"}]),
    "list position": (P.scores[2] == 1, "#n0[2] = :v0", ["scores"], [ONE]),
    "nested list": (P.home.lines[0] == "x", "#n0.#n1[0] = :v0", ["home", "lines"], [{"S": "x"}]),
    "whole document": (expr(P.home).exists(), "attribute_exists(#n0)", ["home"], []),
    "map key that is no name": (P.flags["a.b[0]#:"].exists(), "attribute_exists(#n0.#n1)", ["flags", "a.b[0]#:"], []),
    "map key of a reserved word": (P.flags["size"].exists(), "attribute_exists(#n0.#n1)", ["flags", "size"], []),
    "one placeholder for one name": ((P.flags["age"].exists() & A), None, ["flags", "age"], [ONE]),
    # Groups: brackets only where the binding of AND, OR and NOT asks for them.
    "and": (A & B, "#n0 = :v0 AND #n0 = :v1", ["age"], [ONE, TWO]),
    "or": (A | B, "#n0 = :v0 OR #n0 = :v1", ["age"], [ONE, TWO]),
    "not": (~A, "NOT (#n0 = :v0)", ["age"], [ONE]),
    "not not": (~~A, "#n0 = :v0", ["age"], [ONE]),
    "and of ors": ((A | B) & C, "(#n0 = :v0 OR #n0 = :v1) AND #n0 = :v2", ["age"], [ONE, TWO, THREE]),
    "or of ands": (A & B | C, "(#n0 = :v0 AND #n0 = :v1) OR #n0 = :v2", ["age"], [ONE, TWO, THREE]),
    "not of or": (~(A | B), "NOT (#n0 = :v0 OR #n0 = :v1)", ["age"], [ONE, TWO]),
    "flat and": (A & (B & C), "#n0 = :v0 AND #n0 = :v1 AND #n0 = :v2", ["age"], [ONE, TWO, THREE]),
    "flat or": (A | (B | C), "#n0 = :v0 OR #n0 = :v1 OR #n0 = :v2", ["age"], [ONE, TWO, THREE]),
    # An empty `in` below OR and NOT, where it cannot answer the whole query.
    "nothing or": (
        P.age.in_([]) | A,
        "(attribute_exists(#n0) AND attribute_not_exists(#n0)) OR #n1 = :v0",
        ["never", "age"],
        [ONE],
    ),
    "not nothing": (~P.age.in_([]), "NOT (attribute_exists(#n0) AND attribute_not_exists(#n0))", ["never"], []),
    # Raw text is written anew.
    "raw": (raw("contains(tags, :tag)", tag="x"), "contains(#n0, :v0)", ["tags"], [{"S": "x"}]),
    "raw with names": (raw("#a = :v0", {"#a": "odd name"}, v0=1), "#n0 = :v0", ["odd name"], [ONE]),
    "raw beside typed": (
        (P.age > 2) & raw("#n0 = :v0 OR size(tags) < :v1", {"n0": "Size"}, v0=1, v1=3),
        "#n0 > :v0 AND (#n1 = :v1 OR size(#n2) < :v2)",
        ["age", "Size", "tags"],
        [TWO, ONE, THREE],
    ),
}


def render(condition: Condition) -> tuple[str, dict[str, str], dict[str, object]]:
    """Text, names and values, the values as they are in JSON."""
    collector = Collector(default_codec.encode)
    text = collector.condition(condition)
    return text, collector.names, msgspec.json.decode(msgspec.json.encode(collector.values))


@pytest.mark.parametrize("case", GOLDEN)
def test_expression_on_the_wire(case):  # R52 R53 R54 R55 R56 R57 R58 R71
    """Each expression has exactly this text, and every name and value is a placeholder."""
    condition, text, names, values = GOLDEN[case]

    written = render(condition)

    assert (
        text or written[0],
        {f"#n{number}": name for number, name in enumerate(names)},
        {f":v{number}": value for number, value in enumerate(values)},
    ) == written


@pytest.mark.parametrize("case", GOLDEN)
def test_rendering_is_deterministic(case):  # F13 F14
    """The same condition gives the same bytes every time."""
    condition = GOLDEN[case][0]

    assert render(condition) == render(condition)


def test_in_of_more_than_a_hundred_is_split():  # R57
    """DynamoDB takes 100 operands: more become groups joined with OR, in brackets inside an AND."""
    text, _, values = render(P.age.in_(range(101)) & (P.name == "x"))

    first = ", ".join(f":v{number}" for number in range(100))
    assert text == f"(#n0 IN ({first}) OR #n0 IN (:v100)) AND #n1 = :v101"
    assert len(values) == 102


def test_negated_long_in_has_no_doubled_brackets():
    """DynamoDB refuses redundant parentheses, so NOT brings the only ones."""
    text, _, _ = render(~P.age.in_(range(101)))

    assert text.startswith("NOT (#n0 IN (:v0, ")
    assert "((" not in text.replace("IN (", "IN")


def test_exactly_three_hundred_operators_are_taken():  # R71
    """The limit itself is allowed: 150 comparisons, 149 ORs and one NOT."""
    text, _, _ = render(Or((Not(A), *[A] * 149)))

    assert text.count("=") == 150


def test_more_than_three_hundred_operators_are_refused():  # R71
    """One operator more is refused before anything is sent, and the message names number and limit."""
    with pytest.raises(InvalidRequestError, match="301 operators; DynamoDB's limit is 300"):
        render(Or(tuple([A] * 151)))


def test_expression_over_four_kilobytes_is_refused():  # R71
    """4 096 bytes of text are the limit, whatever the values weigh."""
    with pytest.raises(InvalidRequestError, match="DynamoDB's limit is 4096"):
        render(P.age.in_(range(700)))


def test_expression_of_four_kilobytes_is_taken():  # R71
    """Long values cost nothing: they are no part of the text."""
    text, _, values = render(P.name.in_(["x" * 5_000] * 100))

    assert len(text) < 4096
    assert len(values) == 100


def test_group_of_one_needs_no_brackets():
    """A tree made by hand renders as the operators make it."""
    assert render(And((A, B)))[0] == render(A & B)[0]


def test_placeholders_never_collide():  # F1
    """One collector numbers all expressions of a call: the Go library gave `:v1` twice, and read wrong rows."""
    collector = Collector(default_codec.encode)
    key = collector.condition(Compare(Comparator.EQ, Path(("PK",), Slot(str)), Value("p", Slot(str))))
    rest = collector.condition((P.age > 5) | (P.size > 9))

    assert key == "#n0 = :v0"
    assert rest == "#n1 > :v1 OR #n2 > :v2"
    assert collector.names == {"#n0": "PK", "#n1": "age", "#n2": "Size"}
    assert collector.values == {":v0": {"S": "p"}, ":v1": {"N": "5"}, ":v2": {"N": "9"}}


def test_values_stay_out_of_representations():
    """What is compared may be a secret: a tree shows its shape only."""
    condition = (P.email == "secret@x") & P.name.in_(["secret"]) | raw("email = :e", e="secret")

    assert "secret" not in repr(condition)
