"""PartiQL"""

from __future__ import annotations

import pytest

from tests.support.bare import text

wrong_on = pytest.mark.wrong_on


def insert(table, key="a"):
    """A statement that inserts an item."""
    return {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': ?}}", "Parameters": [text(key)]}


@wrong_on("moto", reason="HTTP 500")
def test_an_insert_takes_parameters(bare):
    """A statement takes its values as parameters."""
    table = bare.table()

    assert bare("ExecuteStatement", **insert(table)).error == ""
    assert bare.item(table, pk=text("a"))


@wrong_on("moto", reason="HTTP 500")
def test_an_insert_overwrites_nothing(bare):
    """To insert what is there is refused."""
    table = bare.table()
    bare.put(table, pk=text("a"))

    assert bare("ExecuteStatement", **insert(table)).error == "DuplicateItemException"


@wrong_on("moto", reason="a good one reports a missing table")
def test_each_statement_has_its_own_end(bare):
    """In a batch of statements, each has its own answer or error."""
    table = bare.table()
    bare.put(table, pk=text("a"))
    select = [{"Statement": f"SELECT * FROM \"{name}\" WHERE pk = 'a'"} for name in (table, "no-such-table")]

    good, bad = bare("BatchExecuteStatement", Statements=select)["Responses"]

    assert (text("a"), "ResourceNotFound") == (good["Item"]["pk"], bad["Error"]["Code"])


@wrong_on("moto", reason="HTTP 500")
@wrong_on("ministack", reason="the reason is `DuplicateItemException`")
def test_statements_in_a_transaction(bare):
    """A transaction of statements happens whole or not at all, and says why not."""
    table = bare.table()
    bare.put(table, pk=text("a"))

    refused = bare("ExecuteTransaction", TransactStatements=[insert(table, "b"), insert(table, "a")])

    assert (refused.error, bare.item(table, pk=text("b"))) == ("TransactionCanceledException", None)
    assert ["None", "DuplicateItem"] == [reason["Code"] for reason in refused.body["CancellationReasons"]]


@wrong_on("moto", reason="HTTP 200")
def test_an_update_of_nothing_is_refused(bare):
    """A statement updates an item that is there, or none."""
    update = {"Statement": f"UPDATE \"{bare.table()}\" SET n = 1 WHERE pk = 'a'"}

    assert bare("ExecuteStatement", **update).error == "ConditionalCheckFailedException"
