"""``raw()``: text is parsed at once, so that what is wrong is found where it is written."""

from __future__ import annotations

import pytest

from dynamorm_async import errors, raw
from dynamorm_async._expr.conditions import NESTING_LIMIT
from tests.support.people import Colour, Person

P = Person

SAME = {
    "comparison": (raw("age >= :n", n=3), P.age >= 3),
    "value on the left": (raw(":n <= age", n=3), P.age >= 3),
    "two names": (raw("age = Size"), P.age == P.size),
    "Python name": (raw("size = :n", n=3), P.size == 3),
    "attribute name": (raw("Size = :n", n=3), P.size == 3),
    "between": (raw("age BETWEEN :a AND :b", a=1, b=2), P.age.between(1, 2)),
    "lower case words": (
        raw("age between :a and :b and not org = :o", a=1, b=2, o="x"),
        P.age.between(1, 2) & ~(P.org == "x"),
    ),
    "in": (raw("age IN (:a, :b)", a=1, b=2), P.age.in_([1, 2])),
    "contains": (raw("contains(tags, :t)", t="x"), P.tags.contains("x")),  # R50
    "begins_with": (raw("begins_with(name, :t)", t="x"), P.name.begins_with("x")),
    "attribute_exists": (raw("attribute_exists(name)"), P.name.exists()),
    "attribute_not_exists": (raw("attribute_not_exists(name)"), P.name.not_exists()),
    "attribute_type": (raw("attribute_type(name, :t)", t="S"), P.name.has_type("S")),
    "size": (raw("size(tags) > :n", n=3), P.tags.size() > 3),
    "size against size": (raw("size(tags) > size(scores)"), P.tags.size() > P.scores.size()),
    "binding": (
        raw("age = :a OR age = :b AND NOT age = :c", a=1, b=2, c=3),
        (P.age == 1) | ((P.age == 2) & ~(P.age == 3)),
    ),
    "brackets": (raw("(age = :a OR age = :b) AND age = :a", a=1, b=2), ((P.age == 1) | (P.age == 2)) & (P.age == 1)),
    "paths": (raw("home.city = :c AND scores[0] = :n", c="Ulm", n=1), (P.home.city == "Ulm") & (P.scores[0] == 1)),
    "names": (
        raw("#a = :n AND home.#b = :c", {"a": "Size", "#b": "city"}, n=1, c="x"),
        (P.size == 1) & (P.home.city == "x"),
    ),
    "value of the field's type": (raw("colour = :c", c=Colour.RED), P.colour == Colour.RED),
    "one value twice": (raw("age = :n OR size = :n", n=1), (P.age == 1) | (P.size == 1)),
    "None": (raw("nickname = :n", n=None), P.nickname == None),  # noqa: E711  an expression
    "not None": (raw("nickname <> :n", n=None), P.nickname != None),  # noqa: E711  an expression
    "None on the left": (raw(":n = nickname", n=None), P.nickname == None),  # noqa: E711  an expression
    "None among others": (raw("nickname IN (:a, :n)", a="x", n=None), P.nickname.in_(["x", None])),
    "beside typed": ((P.age == 1) & raw("age = :n", n=2), (P.age == 1) & (P.age == 2)),
    "below NOT": (~raw("age = :n", n=2), ~(P.age == 2)),
    "below OR": ((P.age == 1) | raw("age = :n OR age = :m", n=2, m=3), (P.age == 1) | (P.age == 2) | (P.age == 3)),
}


@pytest.mark.parametrize("case", SAME)
def test_raw_text_says_what_the_fields_say(case):  # R50 R65
    """Given to a model, raw text is the typed condition, with the types of the fields for its values."""
    given, same = SAME[case]

    assert same == P.scan(given)._request.condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age",
        "age =",
        "= :n",
        "age = :n)",
        "(age = :n",
        "age = :n AND",
        "AND age = :n",
        "age = :n age = :n",
        "age BETWEEN :n",
        "age BETWEEN :n AND",
        "age BETWEEN :n OR :n",
        "age IN :n",
        "age IN ()",
        "age IN (:n",
        ":n IN (:n)",
        ":n BETWEEN :n AND :n",
        "age == :n",
        "age != :n",
        "contains(tags)",
        "contains(tags, :n, :n)",
        "contains tags, :n",
        "attribute_exists(:n)",
        "attribute_type(age, :n)",
        "size(size(age)) = :n",
        "size age = :n",
        "home..city = :n",
        "home. = :n",
        ".home = :n",
        "scores[] = :n",
        "scores[-1] = :n",
        "scores[x] = :n",
        "scores[99999999999] = :n",
        "age; DROP = :n",
        "'age' = :n",
        "age = 3",
        "age = :n -- x",
        "and = :n",
        "NOT",
        "((age = :n)) OR (",
        "älter = :n",
    ],
)
def test_malformed_text_is_refused(text):  # R50, security rule 1
    """What is not in the grammar raises where it is written, and the message repeats none of the text."""
    with pytest.raises(errors.InvalidRequestError) as caught:
        raw(text, n=1)

    assert "not one of DynamoDB's" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: raw("age = :n"), "no value for :n"),
        (lambda: raw("#a = :n", n=1), "no name for #a"),
        (lambda: raw("age = :n", n=1, m=2), "given :m, which its text does not use"),
        (lambda: raw("age = :n", {"a": "age"}, n=1), "given #a, which its text does not use"),
    ],
)
def test_placeholders_must_match(make, says):  # R50
    """Each placeholder has a value and each value a placeholder: the rest are slips of the pen."""
    with pytest.raises(errors.InvalidRequestError, match=says):
        make()


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (raw("agee = :n", n=1), errors.UnknownFieldError, "Did you mean 'age'?"),
        (raw("#a = :n", {"a": "tenant_id"}, n=1), errors.UnknownFieldError, "tenant_id"),
        (raw("home.town = :n", n=1), errors.UnknownFieldError, "town"),
        (raw("begins_with(age, :t)", t="1"), errors.InvalidOperatorError, "neither as text nor as binary"),
        (raw("attribute_type(age, :t)", t="X"), errors.InvalidOperatorError, "attribute type"),
        (raw("age BETWEEN :a AND :b", a=2, b=1), errors.InvalidRequestError, "lower end above"),
        (raw("age < :n", n=None), errors.InvalidRequestError, "None is neither less nor greater"),
        (raw("age BETWEEN :a AND :b", a=None, b=1), errors.InvalidRequestError, "None is neither less nor greater"),
        (raw("size(tags) = :n", n=None), errors.InvalidRequestError, "never None"),
    ],
)
def test_model_checks_what_raw_text_names(given, error, says):
    """A name that the model lacks cannot be read through raw text; nor does it evade the checks of types."""
    with pytest.raises(error, match=says):
        P.scan(given)


def test_value_that_does_not_fit_is_refused_before_sending():
    """Values of raw text are encoded as the field's own."""
    with pytest.raises(errors.ValidationError):
        P.scan(raw("age = :n", n="x")).call()


def test_deep_nesting_is_refused_not_crashed_on():
    """Brackets and NOTs nest 64 deep at most, so that no text exhausts the stack."""
    deep = "(" * NESTING_LIMIT + "age = :n" + ")" * NESTING_LIMIT
    assert P.scan(raw(deep, n=1))._request.condition == (P.age == 1)
    with pytest.raises(errors.InvalidRequestError, match="nests more than 64"):
        raw(f"({deep})", n=1)
    with pytest.raises(errors.InvalidRequestError, match="nests more than 64"):
        raw("NOT " * 100_000 + "age = :n", n=1)


def test_raw_is_part_of_a_query_like_any_condition():  # R65
    """In query, where, scan, filter and if_."""
    by_query = P.query(raw("org = :o", o="a")).where(raw("age > :n", n=3))

    assert by_query.call() == P.query(P.org == "a", P.age > 3).call()
