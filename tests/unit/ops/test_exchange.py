"""The cursor of the DMS v0.1 format: the golden text, and what is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, errors, partition_key, sort_key
from dynamorm_async._ops.exchange import ExchangeCursor, read_exchange, write_exchange
from dynamorm_async.types import Cursor

GOLDEN = (
    "eyJsYXN0S2V5Ijp7IlBLIjp7IlMiOiJVU0VSIzEifSwiU0siOnsiUyI6IlBST0ZJTEUifX0sImluZGV4IjoiZ3NpLWVtYWlsIiwic29ydCI6"
    "IkFTQyJ9"
)
KEY = {"PK": {"S": "USER#1"}, "SK": {"S": "PROFILE"}}


class Row(Model[str, str], table="rows"):
    PK: Attr[str] = partition_key()
    SK: Attr[str] = sort_key()

    by_kind = GlobalIndex(SK, PK, name="gsi-email")


QUERY = Row.query(Row.SK == "PROFILE").index("gsi-email")


def text_of(content):
    """Any JSON in the outer form of a cursor."""
    return urlsafe_b64encode(json.dumps(content).encode()).decode()


def test_golden_cursor_is_written_and_read():  # R64
    """Byte for byte, with the names in Go's order whatever theirs was."""
    backwards = dict(reversed(KEY.items()))

    assert write_exchange(ExchangeCursor(backwards, "gsi-email", descending=False)) == GOLDEN
    assert read_exchange(GOLDEN) == ExchangeCursor(KEY, "gsi-email", descending=False)


def test_query_reads_and_writes_it():  # R64
    """As a cursor of its own, bound to the query like any other."""
    cursor = QUERY.from_exchange(GOLDEN)

    assert cursor.position == KEY
    assert QUERY.to_exchange(cursor) == GOLDEN
    assert cursor.token is None


def test_characters_that_go_escapes():  # R64
    """<, > and & as Go writes them, and text beyond ASCII as it is."""
    key = {"PK": {"S": "<a&b>"}, "SK": {"S": "é\u2028😀"}}
    text = write_exchange(ExchangeCursor(key, None, descending=True))

    assert read_exchange(text) == ExchangeCursor(key, None, descending=True)
    assert b"\\u003ca\\u0026b\\u003e" in urlsafe_b64decode(text)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"lastKey": {}},
        {"lastKey": None},
        {"lastKey": {"PK": "USER#1"}},
        {"lastKey": {"PK": {"S": 1}}},
        {"lastKey": {"PK": {"S": "x", "N": "1"}}},
        {"lastKey": {"PK": {"M": {}}}},
        {"lastKey": KEY, "sort": "UP"},
        {"lastKey": KEY, "index": 3},
        {"lastKey": KEY, "extra": 1},
    ],
)
def test_what_is_no_such_cursor_is_refused(content):
    """Every part has one form."""
    with pytest.raises(errors.InvalidCursorError, match=r"DMS v0\.1"):
        read_exchange(text_of(content))


@pytest.mark.parametrize(
    "text", ["", "x", "ä", "e30", GOLDEN[:-3], "a" * 1_000_000, 3, None, urlsafe_b64encode(b"[" * 9_000).decode()]
)
def test_nonsense_is_refused(text):
    """Cut, other alphabets, too long, too deep."""
    with pytest.raises(errors.InvalidCursorError):
        read_exchange(text)


@pytest.mark.parametrize(
    "query",
    [
        Row.query(Row.PK == "USER#1"),
        QUERY.reverse(),
        Row.query(Row.PK.in_(["a", "b"])),
    ],
    ids=["other index", "other order", "several partitions"],
)
def test_cursor_of_another_query_is_refused(query):
    """Index and order are in it, and must be the query's."""
    with pytest.raises(errors.InvalidCursorError):
        query.from_exchange(GOLDEN)


def test_key_of_another_index_is_refused():
    """A key must have exactly the attributes of the index."""
    text = write_exchange(ExchangeCursor({"PK": {"S": "x"}}, "gsi-email", descending=False))
    with pytest.raises(errors.InvalidCursorError, match="key attributes"):
        QUERY.from_exchange(text)


@pytest.mark.parametrize(
    "key", [{"PK": {"N": "1"}, "SK": {"S": "PROFILE"}}, {"PK": {"S": "u"}, "SK": {"S": "ORDER"}}], ids=["type", "value"]
)
def test_key_that_no_item_of_the_query_has_is_refused(key):
    """Another type, or another partition: the service would refuse it, or begin elsewhere."""
    text = write_exchange(ExchangeCursor(key, "gsi-email", descending=False))

    with pytest.raises(errors.InvalidCursorError) as caught:
        QUERY.from_exchange(text)
    assert "Row" == caught.value.model


def test_only_a_cursor_of_the_query_is_written():
    """Not one of another."""
    with pytest.raises(errors.InvalidCursorError):
        QUERY.to_exchange(Cursor(KEY, b"another"))
