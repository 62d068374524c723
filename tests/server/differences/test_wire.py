"""On the wire"""

from __future__ import annotations

import pytest

from tests.support.bare import text

wrong_on = pytest.mark.wrong_on
WHERE = {"region": "us-east-1", "account": "000000000000"}


@wrong_on("moto", reason="as it is")
@wrong_on("dynoxide", reason="as it is")
@wrong_on("ministack", reason="as it is")
def test_a_long_answer_is_compressed(bare):
    """An answer of more than 4 KB is compressed for a client that takes it so."""
    table = bare.table()
    bare.put(table, pk=text("a"), t=text("x" * 10_000))
    body = f'{{"TableName": "{table}", "Key": {{"pk": {{"S": "a"}}}}}}'.encode()

    found = bare.send("GetItem", body, **WHERE, **{"Accept-Encoding": "gzip"})

    assert found.headers.get("content-encoding") == "gzip"


@wrong_on("ministack", reason="the code alone")
def test_an_error_has_its_namespace(bare):
    """The type of an error begins with `com.amazonaws.dynamodb.v20120810#`."""
    refused = bare("DescribeTable", TableName="no-such-table")

    assert refused.body["__type"].startswith("com.amazonaws.dynamodb.v20120810#")


@wrong_on("moto", reason="HTTP 500 and HTML")
def test_what_is_no_json_is_refused(bare):
    """A body that is no JSON is refused, in JSON."""
    refused = bare.send("GetItem", b'{"TableName', **WHERE)

    assert refused.error == "SerializationException"


@wrong_on("moto", reason="HTTP 500 and HTML")
def test_what_is_no_operation_is_refused(bare):
    """An operation that there is not is refused, in JSON."""
    assert bare("Nothing").error == "UnknownOperationException"


@wrong_on("moto", reason="closed after each answer")
def test_a_connection_is_kept(bare):
    """A connection serves one request after the other."""
    refused = bare("DescribeTable", TableName="no-such-table")

    assert refused.headers.get("connection", "keep-alive").lower() == "keep-alive"
