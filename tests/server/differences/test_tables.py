"""Tables, accounts and regions"""

from __future__ import annotations

import time
import uuid

import pytest

from tests.support.bare import number, schema, text

wrong_on = pytest.mark.wrong_on


def expiring(bare, table):
    """Switch the expiry of items on."""
    setting = {"Enabled": True, "AttributeName": "ttl"}
    return bare("UpdateTimeToLive", TableName=table, TimeToLiveSpecification=setting)


@wrong_on("moto", reason="accepted")
@wrong_on("dynoxide", reason="accepted")
@wrong_on("ministack", reason="accepted")
def test_expiry_is_switched_on_once(bare):
    """To switch expiry on where it is on is refused."""
    table = bare.table()
    assert expiring(bare, table).error == ""

    assert expiring(bare, table).error == "ValidationException"


@wrong_on("moto", reason="never while a test waits")
@wrong_on("dynoxide", reason="never while a test waits")
@wrong_on("ministack", reason="never while a test waits")
def test_expired_items_go(bare):
    """Items that have expired are deleted, some time later."""
    table = bare.table()
    expiring(bare, table)
    bare.put(table, pk=text("a"), ttl=number(int(time.time()) - 86_400))
    time.sleep(0.5)  # an engine that means it sweeps at once: it has nothing else to do

    assert bare.item(table, pk=text("a")) is None


@wrong_on("dynoxide", reason="refused")
def test_a_table_goes_by_its_arn(bare):
    """The ARN of a table serves as its name."""
    arn = bare("DescribeTable", TableName=bare.table())["Table"]["TableArn"]

    assert bare("PutItem", TableName=arn, Item={"pk": text("a")}).error == ""


@wrong_on("moto", reason="out of order")
def test_tables_are_listed_in_order(bare):
    """Tables are listed by name, in order."""
    for _ in range(3):
        bare.table()

    names = bare("ListTables")["TableNames"]

    assert sorted(names) == names


@wrong_on("dynoxide", reason="not implemented")
def test_backups_are_restored(bare):
    """A backup is restored as a new table, with its items."""
    table = bare.table()
    bare.put(table, pk=text("a"))
    made = bare("CreateBackup", TableName=table, BackupName="kept")

    copy = f"t-{uuid.uuid4().hex[:12]}"
    arn = made["BackupDetails"]["BackupArn"]
    assert bare("RestoreTableFromBackup", TargetTableName=copy, BackupArn=arn).error == ""

    assert bare.item(copy, pk=text("a"))


@wrong_on("moto", reason="restores what is there now")
@wrong_on("dynoxide", reason="not implemented")
@wrong_on("ministack", reason="restores what is there now")
def test_a_table_is_restored_as_it_was(bare):
    """A table is restored as it was at a point in time."""
    table = bare.table()
    setting = {"PointInTimeRecoveryEnabled": True}
    bare("UpdateContinuousBackups", TableName=table, PointInTimeRecoverySpecification=setting)
    bare.put(table, pk=text("a"), n=number(1))
    time.sleep(0.02)
    then = time.time()
    time.sleep(0.02)
    bare.put(table, pk=text("a"), n=number(2))

    copy = f"t-{uuid.uuid4().hex[:12]}"
    names = {"SourceTableName": table, "TargetTableName": copy}
    assert bare("RestoreTableToPointInTime", RestoreDateTime=then, **names).error == ""

    assert number(1) == bare.item(copy, pk=text("a"))["n"]


@wrong_on("moto", reason="accepted, and no replica appears")
@wrong_on("dynoxide", reason="refused")
def test_a_table_has_replicas(bare):
    """A table is replicated to another region."""
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    table = bare.table(StreamSpecification=stream)
    bare("UpdateTable", TableName=table, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])

    replicas = bare("DescribeTable", TableName=table)["Table"].get("Replicas", [])

    assert "eu-west-1" in {replica["RegionName"] for replica in replicas}


@wrong_on("moto", reason="one for all access keys")
@wrong_on("dynoxide", reason="one for all access keys")
def test_an_account_has_its_own_tables(bare):
    """Another account does not see the table."""
    assert bare("DescribeTable", account="111111111111", TableName=bare.table()).error == "ResourceNotFoundException"


@wrong_on("dynoxide", reason="one for all regions")
def test_a_region_has_its_own_tables(bare):
    """In another region the table is not there."""
    assert bare("DescribeTable", region="eu-west-1", TableName=bare.table()).error == "ResourceNotFoundException"


@wrong_on("moto", reason="accepted")
def test_a_local_index_needs_a_sort_key(bare):
    """A table without a sort key has no local indexes."""
    index = {"IndexName": "by-n", "KeySchema": schema("pk", "n"), "Projection": {"ProjectionType": "ALL"}}
    names = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}]

    refused = bare(
        "CreateTable",
        TableName=f"t-{uuid.uuid4().hex[:12]}",
        KeySchema=schema("pk"),
        AttributeDefinitions=names,
        LocalSecondaryIndexes=[index],
        BillingMode="PAY_PER_REQUEST",
    )

    assert refused.error == "ValidationException"


@wrong_on("moto", reason="accepted")
def test_tags_are_for_a_table(bare):
    """Tags for an ARN that is none are refused."""
    refused = bare("TagResource", ResourceArn="arn:none", Tags=[{"Key": "a", "Value": "1"}])

    assert refused.error == "ValidationException"
