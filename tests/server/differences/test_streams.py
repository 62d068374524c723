"""Streams"""

from __future__ import annotations

import pytest

from tests.support.bare import number, text

wrong_on = pytest.mark.wrong_on


@pytest.fixture
def watched(bare):
    """A table with a stream."""
    return bare.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})


def records(bare, table):
    """All that the stream has."""
    arn = bare("DescribeTable", TableName=table)["Table"]["LatestStreamArn"]
    found = []
    for shard in bare("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]:
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = bare("GetShardIterator", **start)["ShardIterator"]
        found += bare("GetRecords", ShardIterator=iterator)["Records"]
    return found


@wrong_on("moto", reason="MODIFY")
@wrong_on("dynoxide", reason="MODIFY")
def test_a_put_that_changes_nothing_is_no_change(bare, watched):
    """A put of the item as it stands makes no record."""
    for _ in range(2):
        bare.put(watched, pk=text("a"), n=number(1))

    assert ["INSERT"] == [record["eventName"] for record in records(bare, watched)]


@wrong_on("moto", reason="two: INSERT and MODIFY")
def test_an_update_is_one_change(bare, watched):
    """An update that creates an item makes one record."""
    bare(
        "UpdateItem",
        TableName=watched,
        Key={"pk": text("a")},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": number(1)},
    )

    assert ["INSERT"] == [record["eventName"] for record in records(bare, watched)]


@wrong_on("ministack", reason="always 0")
def test_a_record_has_a_size(bare, watched):
    """A record tells the size of what it holds."""
    bare.put(watched, pk=text("a"), n=number(1))

    assert records(bare, watched)[0]["dynamodb"]["SizeBytes"] > 0
