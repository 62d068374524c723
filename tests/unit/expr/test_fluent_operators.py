"""``where(name, operator, value)``: the operators by name, and what is refused before anything is built."""

from __future__ import annotations

import pytest

from dynamorm_async import errors
from tests.support.people import Person

P = Person

SAME = {
    "=": P.age == 1,
    "==": P.age == 1,
    "eq": P.age == 1,
    "EQ": P.age == 1,
    " = ": P.age == 1,
    "!=": P.age != 1,
    "<>": P.age != 1,
    "ne": P.age != 1,
    ">": P.age > 1,
    "gt": P.age > 1,
    "<": P.age < 1,
    "LT": P.age < 1,
    ">=": P.age >= 1,
    "ge": P.age >= 1,
    "gte": P.age >= 1,
    "<=": P.age <= 1,
    "le": P.age <= 1,
    "lte": P.age <= 1,
}


def condition(*where):
    """The condition that a query gets."""
    return P.query(*where)._request.condition


@pytest.mark.parametrize("operator", SAME)
def test_comparisons_by_name(operator):  # R52 R53 R54
    """Each spelling of a comparison is the comparison."""
    assert SAME[operator] == condition("age", operator, 1)


@pytest.mark.parametrize(
    ("where", "same"),
    [
        (("name", "begins_with", "J"), P.name.begins_with("J")),
        (("name", "BEGINS_WITH", "J"), P.name.begins_with("J")),
        (("age", "between", (1, 2)), P.age.between(1, 2)),
        (("age", "BETWEEN", [1, 2]), P.age.between(1, 2)),
        (("age", "between", 1, 2), P.age.between(1, 2)),
        (("age", "in", [1, 2]), P.age.in_([1, 2])),
        (("age", "IN", (1, 2)), P.age.in_([1, 2])),
        (("name", "contains", "J"), P.name.contains("J")),
        (("tags", "not_contains", "J"), ~P.tags.contains("J")),
        (("name", "attribute_type", "S"), P.name.has_type("S")),
        (("name", "exists"), P.name.exists()),
        (("name", "EXISTS"), P.name.exists()),
        (("name", "attribute_exists"), P.name.exists()),
        (("name", "not_exists"), P.name.not_exists()),
        (("name", "NOT_EXISTS"), P.name.not_exists()),
        (("size(tags)", ">", 3), P.tags.size() > 3),
        (("home.city", "=", "Ulm"), P.home.city == "Ulm"),
        (("home.lines[0]", "=", "x"), P.home.lines[0] == "x"),
        (("scores[2]", "=", 1), P.scores[2] == 1),
        (("flags.dark", "=", True), P.flags["dark"] == True),  # noqa: E712
        (("Size", "=", 1), P.size == 1),
        (("nickname", "=", None), P.nickname == None),  # noqa: E711
    ],
)
def test_operators_by_name(where, same):  # R55 R56 R57 R58
    """Each named operator is the method of the field, case-insensitively."""
    assert same == condition(*where)


@pytest.mark.parametrize(
    ("where", "error", "says"),
    [
        (("age", "~", 1), errors.InvalidOperatorError, "Legal operators: =, !=, <"),  # R59
        (("age", "= :v OR 1", 3), errors.InvalidOperatorError, "Legal operators"),
        (("age", 3, 3), errors.InvalidOperatorError, "not int"),
        (("age", "exists", 3), errors.InvalidOperatorError, "takes no value"),
        (("age", "="), errors.InvalidOperatorError, "takes one value"),
        (("age", "=", 1, 2), errors.InvalidOperatorError, "takes one value"),
        (("age", "between", 3), errors.InvalidRequestError, "two values"),
        (("age", "between", (1, 2, 3)), errors.InvalidRequestError, "two values"),
        (("age", "between", (2, 1)), errors.InvalidRequestError, "lower end above"),  # R56
        (("age", "between", 2, 1), errors.InvalidRequestError, "lower end above"),
        (("age", "begins_with", "1"), errors.InvalidOperatorError, "neither as text nor as binary"),
        (("tags", "begins_with", "1"), errors.InvalidOperatorError, "neither as text nor as binary"),
        (("name", "begins_with", 1), errors.InvalidOperatorError, "not int"),
        (("name", "attribute_type", "X"), errors.InvalidOperatorError, "SS"),
        (("name", "in", "abc"), errors.InvalidRequestError, "list"),
        (("name", "in", 3), errors.InvalidRequestError, "list"),
        (("age", ">", None), errors.InvalidRequestError, "None is neither"),
        (("size(tags)", "contains", 1), errors.InvalidOperatorError, "no such operator"),
        (("size(tags)", "=", None), errors.InvalidRequestError, "number"),
        (("agee", "=", 1), errors.UnknownFieldError, "Did you mean 'age'?"),  # G10
        (("home.town", "=", 1), errors.UnknownFieldError, "no field 'town'"),
        (("size(agee)", "=", 1), errors.UnknownFieldError, "agee"),
        (("scores[x]", "=", 1), errors.UnknownFieldError, "no field"),
        (("", "=", 1), errors.UnknownFieldError, "no field"),
        (("name = :x OR attribute_exists(pk) OR name", "=", 1), errors.UnknownFieldError, "of that name"),
        (("age",), errors.InvalidRequestError, "1 values"),
    ],
)
def test_what_is_refused_before_it_is_built(where, error, says):  # R59
    """Fault 9 and 10 and their kin: a typed error at the caller's line, whose message says what to do."""
    with pytest.raises(error) as caught:
        condition(*where)

    assert says in str(caught.value)


def test_message_repeats_no_operator_from_outside():
    """An operator that came from a request must not come back in an error page."""
    with pytest.raises(errors.InvalidOperatorError) as caught:
        condition("age", "<script>", 3)

    assert "script" not in str(caught.value)


@pytest.mark.parametrize("given", [True, False, 3, None, lambda user: user.age > 3])
def test_what_is_no_condition_is_refused(given):
    """A mistaken comparison gives a bool in Python; it never reaches a request."""
    with pytest.raises(errors.InvalidRequestError, match="a condition was expected"):
        P.query(given)


def test_python_and_is_refused():
    """``and``, ``or``, ``not`` and chained comparisons would drop a condition silently."""
    for wrong in (lambda: P.age > 1 and P.age < 3, lambda: 1 < P.age < 3, lambda: not P.age > 1):
        with pytest.raises(errors.InvalidRequestError, match="no truth value"):
            wrong()


def test_python_in_and_iteration_are_refused():
    """``x in User.tags`` would always be decided in Python."""
    with pytest.raises(errors.InvalidRequestError, match="contains"):
        "x" in P.tags  # noqa: B015
    with pytest.raises(TypeError, match="cannot be iterated"):
        list(P.tags)


def test_order_of_where_does_not_matter():  # R48 F3
    """The plan is the same whichever condition comes first: the Go library scanned if a non-key came first."""
    conditions = [("email", "=", "x"), ("org", "=", "a"), ("age", ">", 3)]
    forward = backward = P.query()
    for where in conditions:
        forward = forward.where(*where)
    for where in reversed(conditions):
        backward = backward.where(*where)

    assert str(forward.explain()) == str(backward.explain())


def test_every_step_returns_a_new_query():  # R45
    """A base query can be shared: what one user adds, no other sees."""
    base = P.query(P.org == "a")
    adults = base.where(P.age > 18).limit(3).page_size(2).order_by("age", "desc").consistent()

    assert base.call() == P.query(P.org == "a").call()
    assert adults.call() != base.call()


@pytest.mark.parametrize("count", [0, -1, True, "10", 1.5, None])
@pytest.mark.parametrize("method", ["limit", "page_size"])
def test_limits_are_whole_and_positive(method, count):  # fault 19
    """Zero, negative numbers, True and texts are refused at the caller's line."""
    with pytest.raises(errors.InvalidRequestError, match="at least 1"):
        getattr(P.query(P.org == "a"), method)(count)


@pytest.mark.parametrize("segments", [0, -1, True, "4"])
def test_segments_are_whole_and_positive(segments):  # fault 19
    """As are the segments of a scan, wherever they are given."""
    with pytest.raises(errors.InvalidRequestError, match="segments"):
        P.scan(segments=segments)


def test_direction_is_one_of_two():
    """A direction is asc or desc."""
    with pytest.raises(errors.InvalidRequestError, match="'asc' or 'desc'"):
        P.query(P.org == "a").order_by("age", "descending")


def test_unknown_index_is_refused_with_the_nearest():  # G9 R66 R70
    """An index that the model lacks is refused when it is named, before any I/O."""
    with pytest.raises(errors.IndexNotFoundError, match="Did you mean 'by_email'"):
        P.query(P.email == "x").index("by_mail")
    with pytest.raises(errors.IndexNotFoundError, match="gsi-email"):
        P.query(P.email == "x").index("gsi-emial")


def test_unknown_order_field_is_refused():  # G10
    """So is an order by what is no field."""
    with pytest.raises(errors.UnknownFieldError, match="age"):
        P.query(P.org == "a").order_by("agee")


def test_list_elements_are_counted_from_the_beginning():
    """DynamoDB knows no -1; the service would refuse it much later."""
    with pytest.raises(errors.InvalidRequestError, match=r"Person\.scores\[-1\]"):
        Person.scores[-1]


def test_prefix_has_the_kind_of_its_field():
    """Text never begins with bytes; the result would be empty in silence."""
    with pytest.raises(errors.InvalidOperatorError, match=r"Person\.photo needs a prefix of bytes, not of str"):
        Person.photo.begins_with("x")
