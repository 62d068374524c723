"""Batches and transactions"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.bare import number, text

wrong_on = pytest.mark.wrong_on


def writes(bare, *items, table=None, **more):
    """One transaction of puts."""
    table = table or bare.table()
    puts = [{"Put": {"TableName": table, "Item": item}} for item in items]
    return bare("TransactWriteItems", TransactItems=puts, **more)


def counted(bare, table, step, token):
    """Add to a counter, in a transaction with a token."""
    update = {
        "TableName": table,
        "Key": {"pk": text("a")},
        "UpdateExpression": "ADD n :step",
        "ExpressionAttributeValues": {":step": number(step)},
    }
    return bare("TransactWriteItems", TransactItems=[{"Update": update}], ClientRequestToken=token)


@wrong_on("moto", reason="happens twice")
def test_a_token_makes_it_happen_once(bare):
    """A transaction that is sent again with its token happens once."""
    table = bare.table()
    for _ in range(2):
        assert counted(bare, table, 1, "token").error == ""

    assert number(1) == bare.item(table, pk=text("a"))["n"]


@wrong_on("moto", reason="happens")
def test_a_token_is_for_one_transaction(bare):
    """Another transaction under a token that was used is refused."""
    table = bare.table()
    counted(bare, table, 1, "token")

    assert counted(bare, table, 2, "token").error == "IdempotentParameterMismatchException"


@wrong_on("moto", reason="refused")
def test_a_hundred_reads_in_a_transaction(bare):
    """A transaction reads up to 100 items."""
    table = bare.table()
    gets = [{"Get": {"TableName": table, "Key": {"pk": text(str(one))}}} for one in range(100)]

    assert len(bare("TransactGetItems", TransactItems=gets)["Responses"]) == 100


@wrong_on("moto", reason="stored")
def test_a_transaction_holds_4_mb(bare):
    """A transaction of more than 4 MB is refused."""
    items = [{"pk": text(str(one)), "t": text("x" * 390_000)} for one in range(12)]

    assert writes(bare, *items).error == "ValidationException"


@wrong_on("moto", reason="ValidationException")
def test_a_wrong_key_cancels_the_transaction(bare):
    """A key of the wrong type cancels the transaction, with a reason."""
    refused = writes(bare, {"pk": text("a")}, {"pk": number(1)})

    assert refused.error == "TransactionCanceledException"
    assert refused.body["CancellationReasons"][1]["Code"] == "ValidationError"


@wrong_on("moto", reason="HTTP 500, or a put is lost")
def test_a_transaction_lets_others_write(bare):
    """Beside transactions other writes succeed, and none is lost."""
    table = bare.table()
    for one in range(100):
        bare.put(table, pk=text(str(one)), n=number(0))

    def write(value):
        return writes(bare, *({"pk": text(str(one)), "n": number(value)} for one in range(100)), table=table).error

    def put(one):
        return bare("PutItem", TableName=table, Item={"pk": text(f"more-{one}"), "n": number(one)}).error

    with ThreadPoolExecutor(4) as pool:
        for attempt in range(10):  # moto fails at the first, most of the time
            written = pool.map(write, range(attempt * 4, attempt * 4 + 4))
            beside = pool.map(put, range(attempt * 20, attempt * 20 + 20))
            assert {"", "TransactionCanceledException", "TransactionConflictException"} >= {*written, *beside}
    found = bare("Scan", TableName=table, ConsistentRead=True)["Items"]
    assert len(found) == 300


@wrong_on("moto", reason="accepted")
def test_a_transaction_does_something(bare):
    """A transaction of nothing is refused."""
    assert bare("TransactWriteItems", TransactItems=[]).error == "ValidationException"


@wrong_on("moto", reason="answered twice")
def test_a_transaction_reads_an_item_once(bare):
    """A transaction that reads one item twice is refused."""
    get = {"Get": {"TableName": bare.table(), "Key": {"pk": text("a")}}}

    assert bare("TransactGetItems", TransactItems=[get, get]).error == "ValidationException"


@wrong_on("moto", reason="accepted")
def test_a_batch_names_an_item_once(bare):
    """A batch that puts and deletes one item is refused."""
    table = bare.table()
    both = [{"PutRequest": {"Item": {"pk": text("a")}}}, {"DeleteRequest": {"Key": {"pk": text("a")}}}]

    assert bare("BatchWriteItem", RequestItems={table: both}).error == "ValidationException"


@wrong_on("moto", reason="accepted")
def test_a_batch_has_25_writes(bare):
    """A batch of 26 writes is refused."""
    table = bare.table()
    puts = [{"PutRequest": {"Item": {"pk": text(str(one))}}} for one in range(26)]

    assert bare("BatchWriteItem", RequestItems={table: puts}).error == "ValidationException"


@wrong_on("moto", reason="the others are written")
def test_a_batch_is_checked_before_it_is_written(bare):
    """A batch with one invalid item is refused whole, and nothing is written."""
    table = bare.table()
    puts = [{"PutRequest": {"Item": item}} for item in ({"pk": text("a")}, {"pk": number(1)})]

    refused = bare("BatchWriteItem", RequestItems={table: puts})

    assert (refused.error, bare.item(table, pk=text("a"))) == ("ValidationException", None)


@wrong_on("ministack", reason="answers with more")
def test_an_answer_holds_16_mb(bare):
    """A batch of reads answers with at most 16 MB, and names the keys that are left."""
    table = bare.table()
    for one in range(50):
        bare.put(table, pk=text(str(one)), t=text("x" * 380_000))

    found = bare("BatchGetItem", RequestItems={table: {"Keys": [{"pk": text(str(one))} for one in range(50)]}})

    assert found["UnprocessedKeys"]


@wrong_on("moto", reason="there are no reasons")
@wrong_on("dynoxide", reason="checks the others, too")
def test_checks_end_at_an_invalid_action(bare):
    """After an action that is invalid, no other is checked: their reasons are `None`."""
    table = bare.table()
    bare.put(table, pk=text("b"))
    put = {"TableName": table, "Item": {"pk": text("b")}, "ConditionExpression": "attribute_not_exists(pk)"}
    actions = [{"Put": {"TableName": table, "Item": {"pk": number(1)}}}, {"Put": put}]

    refused = bare("TransactWriteItems", TransactItems=actions)

    assert ["ValidationError", "None"] == [reason["Code"] for reason in refused.body["CancellationReasons"]]
