"""Operations by name: which table, and so which account's endpoint, a request is for."""

from __future__ import annotations

import pytest

from dynamorm_async._ops.anything import request
from dynamorm_async.types import Safety

ARN = "arn:aws:dynamodb:eu-west-1:222222222222:table/jars"
OTHER = "arn:aws:dynamodb:eu-west-1:333333333333:table/lids"


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
