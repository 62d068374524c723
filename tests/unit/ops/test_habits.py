"""Habits are seen in many requests, told once in a window, and not where there is none."""

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, partition_key
from dynamorm_async._ops.habits import Habits


class Parcel(Model[str], table="parcels"):
    """Something with an index that holds whole items."""

    id: Attr[str] = partition_key()
    place: Attr[str] = attr()
    weight: Attr[int] = attr(default=0)
    by_place = GlobalIndex(place, name="by-place")


GET = ("GetItem", {"TableName": "parcels", "Key": {"id": {"S": "secret"}}})
CONSISTENT = ("GetItem", GET[1] | {"ConsistentRead": True})
QUERY = ("Query", {"TableName": "parcels", "IndexName": "by-place"})
NAMES = {"ExpressionAttributeNames": {"#0": "place", "#1": "weight", "#2": "id"}}
SELECTING = ("Query", QUERY[1] | NAMES | {"ProjectionExpression": "#0, #1,#2"})
COUNTING = ("Query", QUERY[1] | {"Select": "COUNT"})


@pytest.fixture
def told():
    """Says what a number of requests of a task at a time show."""
    habits = Habits()

    def told(request, times, *, task=1, now=0.0, at_least=100):
        operation, body = request
        many = (
            habits.count(operation, body, lambda _: [Parcel.__dynamorm_spec__], task=task, now=now, at_least=at_least)
            for _ in range(times)
        )
        return [(model, hint.code, hint.text) for found in many for model, hint in found]

    return told


def test_items_read_one_by_one_are_told_of_once(told):  # R128
    """Of one task within a moment: 24 are fine, gathered ones are, and so are those of a long time."""
    assert told(GET, 24) == []
    assert told(GET, 24, task=2) == []
    assert told(GET, 24, now=2.0) == []

    ((model, code, text),) = told(GET, 60, now=2.5)
    assert (model, code) == ("Parcel", "DA004")
    assert "25 items of parcels were read one after another: batch_get()" in text
    assert "secret" not in text
    assert len(told(GET, 60, now=63.0)) == 1


def test_consistent_reads_throughout_are_told_of(told):
    """Not where every fifth can wait."""
    mixed = [found for number in range(300) for found in told(CONSISTENT if number % 5 else QUERY, 1, now=number / 10)]
    assert not [text for _, _, text in mixed if "consistent" in text]

    ((_, code, text),) = told(CONSISTENT, 100, task=9, now=100.0, at_least=100)[1:]
    assert code == "DA004"
    assert "100 of 100 reads of parcels were strongly consistent" in text


def test_an_index_that_holds_more_than_is_asked_is_told_of_by_attribute(told):
    """Its keys are in it anyway; counts need nothing."""
    assert told(SELECTING, 98) == []
    assert told(COUNTING, 1) == []

    ((_, code, text),) = told(SELECTING, 50)
    assert code == "DA004"
    assert "index 'by_place' holds whole items, of which only weight is asked for" in text


def test_one_query_for_whole_items_justifies_an_index_of_whole_items(told):
    """Whenever it comes."""
    told(SELECTING, 50)
    told(QUERY, 1)

    assert told(SELECTING, 500) == []


def test_writes_and_tables_without_model_are_passed_over(told):
    """They show none of these."""
    assert list(Habits().count("GetItem", GET[1], lambda _: [], task=1, now=0.0, at_least=1)) == []
    assert told(("PutItem", {"TableName": "parcels", "Item": {}}), 200) == []
