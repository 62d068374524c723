"""Queries, pages and indexes"""

from __future__ import annotations

import pytest

from tests.support.bare import number, schema, text

wrong_on = pytest.mark.wrong_on


def query(bare, table, condition="pk = :p", **more):
    """A query of the partition ``a``."""
    values = {":p": text("a"), **more.pop("values", {})}
    return bare("Query", TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more)


def filled(bare, keys="pk:S sk:N", count=3, **more):
    """A table with a few items of one partition."""
    table = bare.table(keys, **more)
    for one in range(count):
        bare.put(table, pk=text("a"), sk=number(one), size=number(one))
    return table


@wrong_on("moto", reason="no key: the pages are over")
def test_a_full_page_has_a_next_one(bare):
    """A page with as many items as its limit names a next page, even if that is empty."""
    assert query(bare, filled(bare), Limit=3).get("LastEvaluatedKey")


@wrong_on("moto", reason="accepted")
@wrong_on("dynoxide", reason="accepted")
def test_a_start_key_of_another_partition_is_refused(bare):
    """An `ExclusiveStartKey` of another partition is refused."""
    refused = query(bare, filled(bare), ExclusiveStartKey={"pk": text("b"), "sk": number(1)})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="HTTP 500")
@wrong_on("ministack", reason="accepted")
def test_a_start_key_of_another_type_is_refused(bare):
    """An `ExclusiveStartKey` whose values have other types than the key is refused."""
    refused = query(bare, filled(bare), ExclusiveStartKey={"pk": text("a"), "sk": text("1")})

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="HTTP 500")
def test_no_page_is_empty_by_its_limit(bare):
    """A limit of 0 is refused."""
    assert query(bare, filled(bare), Limit=0).error == "ValidationException"


@wrong_on("moto", reason="HTTP 500")
@wrong_on("dynoxide", reason="accepted")
def test_a_number_begins_with_nothing(bare):
    """`begins_with` on a sort key that is a number is refused."""
    found = query(bare, filled(bare), "pk = :p AND begins_with(sk, :s)", values={":s": number(1)})

    assert found.error == "ValidationException"


@wrong_on("moto", reason="accepted")
@wrong_on("ministack", reason="accepted where no item has the attribute")
def test_no_filter_begins_with_a_number(bare):
    """`begins_with` with a number in a filter is refused."""
    found = query(bare, filled(bare), FilterExpression="begins_with(note, :s)", values={":s": number(1)})

    assert found.error == "ValidationException"


@wrong_on("moto", reason="accepted")
@wrong_on("ministack", reason="accepted")
def test_a_filter_is_not_on_the_key(bare):
    """A filter on the partition key or the sort key is refused."""
    found = query(bare, filled(bare), FilterExpression="sk > :s", values={":s": number(0)})

    assert found.error == "ValidationException"


@wrong_on("moto", reason="accepted, and nothing is found")
def test_a_range_has_its_lower_end_first(bare):
    """`BETWEEN` whose ends are the wrong way round is refused."""
    found = query(bare, filled(bare), "pk = :p AND sk BETWEEN :x AND :y", values={":x": number(2), ":y": number(1)})

    assert found.error == "ValidationException"


@wrong_on("moto", reason="refused, as a name that is not used")
def test_a_projection_reaches_into_a_list(bare):
    """`#l[1]` in a projection reads one element of a list."""
    table = bare.table("pk:S sk:N")
    bare.put(table, pk=text("a"), sk=number(1), list={"L": [text("x"), text("y")]})

    found = query(bare, table, ProjectionExpression="#l[1]", ExpressionAttributeNames={"#l": "list"})

    assert [{"list": {"L": [text("y")]}}] == found["Items"]


KEYS_ONLY = {"IndexName": "by-n", "KeySchema": schema("n"), "Projection": {"ProjectionType": "KEYS_ONLY"}}


def indexed(bare):
    """A table with a global index of the keys alone, and one item."""
    table = bare.table(AttributeDefinitions={"n": "N"}, GlobalSecondaryIndexes=[KEYS_ONLY])
    bare.put(table, pk=text("a"), n=number(1), note=text("x"))
    return table


def by_number(bare, table, **more):
    """A query of the index."""
    values = {":n": number(1), **more.pop("values", {})}
    return bare(
        "Query",
        TableName=table,
        IndexName="by-n",
        KeyConditionExpression="n = :n",
        ExpressionAttributeValues=values,
        **more,
    )


@wrong_on("ministack", reason="the filter sees it")
def test_a_filter_sees_what_the_index_holds(bare):
    """On a global index, a filter finds nothing by an attribute that the index does not hold."""
    found = by_number(bare, indexed(bare), FilterExpression="note = :x", values={":x": text("x")})

    assert found.error == "ValidationException" or [] == found["Items"]


@wrong_on("moto", reason="accepted")
@wrong_on("dynoxide", reason="accepted")
@wrong_on("ministack", reason="accepted")
def test_a_global_index_gives_what_it_holds(bare):
    """To ask a global index for an attribute that it does not hold is refused."""
    assert by_number(bare, indexed(bare), ProjectionExpression="note").error == "ValidationException"


@wrong_on("dynoxide", reason="the query is refused")
def test_index_keys_of_several_attributes(bare):
    """The key of a global index may have several partition and sort attributes."""
    keys = [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip("abcd", ["HASH"] * 2 + ["RANGE"] * 2, strict=True)
    ]
    index = {"IndexName": "by-four", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    table = bare.table(AttributeDefinitions=dict.fromkeys("abcd", "S"), GlobalSecondaryIndexes=[index])
    bare.put(table, pk=text("a"), **{name: text(name) for name in "abcd"})

    found = bare(
        "Query",
        TableName=table,
        IndexName="by-four",
        KeyConditionExpression="a = :a AND b = :b AND c = :c",
        ExpressionAttributeValues={f":{name}": text(name) for name in "abc"},
    )

    assert found["Count"] == 1


@wrong_on("moto", reason="leaves the attribute out")
@wrong_on("ministack", reason="leaves the attribute out")
def test_a_local_index_fetches_what_it_lacks(bare):
    """A local index of the keys alone fetches whole items from the table when all attributes are asked for."""
    index = {"IndexName": "by-n", "KeySchema": schema("pk", "n"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
    table = bare.table("pk:S sk:N", AttributeDefinitions={"n": "N"}, LocalSecondaryIndexes=[index])
    bare.put(table, pk=text("a"), sk=number(1), n=number(1), note=text("x"))

    (found,) = query(bare, table, IndexName="by-n", Select="ALL_ATTRIBUTES")["Items"]

    assert text("x") == found.get("note")
