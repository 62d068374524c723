"""Consumed capacity"""

from __future__ import annotations

import pytest

from tests.support.bare import number, schema, text

wrong_on = pytest.mark.wrong_on


def units(answer):
    """What the whole answer cost."""
    found = answer["ConsumedCapacity"]
    return sum(one["CapacityUnits"] for one in (found if isinstance(found, list) else [found]))


@wrong_on("moto", reason="always 1")
def test_a_write_costs_by_size(bare):
    """A put of 1.5 KB costs 2 units."""
    item = {"pk": text("a"), "t": text("x" * 1500)}

    assert units(bare("PutItem", TableName=bare.table(), Item=item, ReturnConsumedCapacity="TOTAL")) == 2


@wrong_on("moto", reason="always 0.5")
@wrong_on("ministack", reason="by the item, not by its size")
def test_a_read_costs_by_size(bare):
    """A get of 5 KB costs 1 unit, and 2 when it is consistent."""
    table = bare.table()
    bare.put(table, pk=text("a"), t=text("x" * 5000))
    get = {"TableName": table, "Key": {"pk": text("a")}, "ReturnConsumedCapacity": "TOTAL"}

    assert (1, 2) == (units(bare("GetItem", **get)), units(bare("GetItem", ConsistentRead=True, **get)))


@wrong_on("moto", reason="not by size")
@wrong_on("ministack", reason="not by size")
def test_a_query_costs_by_the_sum(bare):
    """A query costs by the size of all items together, rounded up once."""
    table = bare.table("pk:S sk:N")
    for one in range(10):
        bare.put(table, pk=text("a"), sk=number(one), t=text("x" * 1000))

    found = bare(
        "Query",
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": text("a")},
        ReturnConsumedCapacity="TOTAL",
    )

    assert units(found) == 1.5


@wrong_on("moto", reason="the table alone")
def test_a_write_costs_in_each_index(bare):
    """A put costs in the table and in each index that holds the item."""
    index = {"IndexName": "by-n", "KeySchema": schema("n"), "Projection": {"ProjectionType": "ALL"}}
    table = bare.table(AttributeDefinitions={"n": "N"}, GlobalSecondaryIndexes=[index])
    item = {"pk": text("a"), "n": number(1)}

    stored = bare("PutItem", TableName=table, Item=item, ReturnConsumedCapacity="INDEXES")

    assert units(stored) == 2
    assert stored["ConsumedCapacity"]["GlobalSecondaryIndexes"]["by-n"]["CapacityUnits"] == 1


@wrong_on("moto", reason="1 for the whole batch")
def test_a_batch_of_writes_costs_by_item(bare):
    """A batch of writes costs what its writes cost."""
    table = bare.table()
    puts = [{"PutRequest": {"Item": {"pk": text(str(one))}}} for one in range(3)]

    assert units(bare("BatchWriteItem", RequestItems={table: puts}, ReturnConsumedCapacity="TOTAL")) == 3


@wrong_on("moto", reason="1 for each, consistent or not")
@wrong_on("ministack", reason="not told")
def test_a_batch_of_reads_tells_its_cost(bare):
    """A batch of reads costs what its reads cost."""
    table = bare.table()
    for one in range(3):
        bare.put(table, pk=text(str(one)))
    keys = {"Keys": [{"pk": text(str(one))} for one in range(3)]}

    assert units(bare("BatchGetItem", RequestItems={table: keys}, ReturnConsumedCapacity="TOTAL")) == 1.5


@wrong_on("moto", reason="not told")
def test_a_transaction_costs_twice(bare):
    """A write in a transaction costs twice what it costs alone."""
    put = {"Put": {"TableName": bare.table(), "Item": {"pk": text("a")}}}

    assert units(bare("TransactWriteItems", TransactItems=[put], ReturnConsumedCapacity="TOTAL")) == 2
