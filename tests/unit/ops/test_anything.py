"""Operations by name: which table, and so which account's endpoint, a request is for."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, Session, attr, partition_key
from dynamorm_async._ops.anything import request
from dynamorm_async.types import Safety
from tests.support.scripted import ScriptedTransport

ARN = "arn:aws:dynamodb:eu-west-1:222222222222:table/jars"
OTHER = "arn:aws:dynamodb:eu-west-1:333333333333:table/lids"


class Jar(Model[str], table=ARN):
    id: Attr[str] = partition_key()
    count: Attr[int] = attr(default=0)


class Lid(Model[str], table=OTHER):
    id: Attr[str] = partition_key()


@pytest.mark.parametrize(
    ("operation", "body", "table"),
    [
        ("GetItem", {"TableName": "jars"}, "jars"),
        ("GetItem", {"TableName": ARN}, ARN),
        ("ListTables", {}, None),
        ("ListTables", {"TableName": 5}, None),
        ("TagResource", {"ResourceArn": ARN}, ARN),
        ("ExportTableToPointInTime", {"TableArn": ARN}, ARN),
        ("DescribeBackup", {"BackupArn": f"{ARN}/backup/1"}, f"{ARN}/backup/1"),
        ("DescribeExport", {"ExportArn": f"{ARN}/export/1"}, f"{ARN}/export/1"),
        ("DescribeImport", {"ImportArn": f"{ARN}/import/1"}, f"{ARN}/import/1"),
        ("RestoreTableFromBackup", {"TargetTableName": "jars", "BackupArn": f"{ARN}/backup/1"}, "jars"),
        ("BatchGetItem", {"RequestItems": {"jars": {}}}, "jars"),
        ("BatchGetItem", {"RequestItems": {"jars": {}, "lids": {}}}, None),
        ("BatchWriteItem", {"RequestItems": {ARN: [], OTHER: []}}, ARN),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "jars"}}] * 2}, "jars"),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": name}} for name in ("jars", "lids")]}, None),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": OTHER}}, {"Put": {"TableName": ARN}}]}, OTHER),
        ("TransactWriteItems", {"TransactItems": [5, {}, {"Put": 5}]}, None),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": [5]}}]}, None),
        ("BatchGetItem", {"RequestItems": [ARN]}, None),
    ],
)
def test_what_a_request_is_about(operation, body, table):
    """As the SDK finds it: what an ARN belongs to has the endpoint of its owner's account."""
    assert table == request(operation, body, "dynamodb").table


@pytest.mark.parametrize(
    ("operation", "safety"),
    [("GetRecords", Safety.READ), ("SearchVectors", Safety.READ), ("TagResource", Safety.ONCE), ("", Safety.ONCE)],
)
def test_what_may_be_sent_again(operation, safety):
    """What only reads; of anything else nobody knows what a second time does."""
    assert safety is request(operation, {}, "dynamodb").safety


@pytest.mark.asyncio
async def test_transactions_of_several_tables():
    """The first ARN decides, as with the SDK; of several plain names none is *the* table."""
    transport = ScriptedTransport(lambda call: {"Responses": [{}, {}]})
    async with Session(transport=transport) as db:
        async with db.transaction() as tx:
            tx.put(Lid(id="1"))
            tx.put(Jar(id="1"))
        await db.transact_get(Jar.key("1"), Lid.key("1"))

    assert [call.table for call in transport.calls] == [OTHER, ARN]


@pytest.mark.asyncio
async def test_null_is_json():
    """As a value that the API may want."""
    transport = ScriptedTransport(lambda call: {})
    async with Session(transport=transport) as db:
        await db.call("ListTables", {"a": [None, {"b": 1.5}], "null": True})

    assert transport.bodies == [{"a": [None, {"b": 1.5}], "null": True}]
