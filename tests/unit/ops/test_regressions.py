"""Faults seen in the library this one follows, each with the test that keeps it out."""

from __future__ import annotations

import pytest

from dynamorm_async import errors
from tests.support.people import Person
from tests.support.processes import run_program

P = Person

PROGRAM = """
from tests.support.people import Person as P
query = P.query(P.org == "a", P.tags == {"x", "y", "z", "w"}, P.credit > 3, P.name.in_(["b", "a"])).select(P.id, P.age)
print(query.call(), query.explain())
print(P.with_key("a", "1").update(P.age.add(1), P.tags.add({"q", "r", "s"}), P.name.remove(), if_=P.age < 3).call())
"""


def test_or_stays_or_on_every_path():  # F2
    """The Go library made AND of an OrCondition in one of its two ways to execute."""
    either = (P.age > 3) | (P.credit > 9)
    update = P.with_key("a", "1").update(P.name.set("x"), if_=either).call().body["ConditionExpression"]
    read = P.query(P.org == "a").where(either).call().body["FilterExpression"]

    assert " OR " in update
    assert " OR " in read
    assert update.count(" AND ") <= 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_index_does_not_depend_on_the_order_of_conditions(order):  # F3
    """A non-key condition first made the Go library scan, silently."""
    conditions = [P.credit > 3, P.email == "x", P.name.exists()]
    found = P.query(*(conditions[place] for place in order)).explain()

    assert (found.operation, found.index) == ("Query", "by_email")


def test_consistent_read_is_never_dropped():  # F4
    """It goes to the table, or is refused; a global index was taken and the consistency forgotten."""
    body = P.query(P.email == "x", P.org == "a").consistent().call().body

    assert body["ConsistentRead"] is True
    assert "IndexName" not in body
    with pytest.raises(errors.InvalidConsistencyError):
        P.query(P.email == "x").consistent().call()


def test_table_sort_key_stays_out_of_another_index():  # F5
    """It was put into the key condition of an index without sort key, which the service refuses."""
    body = P.query(P.email == "x", P.id == "1").call().body

    assert body["KeyConditionExpression"] == "#n0 = :v0"
    assert body["FilterExpression"] == "#n1 = :v1"


def test_two_ranges_become_one():  # F6
    """Two ranges on a sort key made a key condition that the service refuses."""
    body = P.query(P.org == "a", P.id >= "1", P.id <= "2").call().body

    assert body["KeyConditionExpression"] == "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2"


def test_requests_are_the_same_in_every_process():  # F13 F14
    """Index choice and the order of clauses, names and set members do not depend on how a process hashes."""
    seen = {run_program(PROGRAM, PYTHONHASHSEED=seed) for seed in ("1", "2", "3")}

    assert len(seen) == 1


def test_order_by_another_field_is_refused():  # G2
    """The Go library ordered by the sort key instead, and said nothing."""
    with pytest.raises(errors.InvalidOrderError):
        P.query(P.org == "a").order_by("credit").call()


def test_unknown_names_never_become_a_scan():  # G9 G10
    """An unknown field made a silent scan; an unknown index was not looked at."""
    with pytest.raises(errors.UnknownFieldError):
        P.query("nofield", "=", 1)
    with pytest.raises(errors.IndexNotFoundError):
        P.query(P.org == "a").index("noindex")
