"""Reply bodies are JSON objects of bounded depth, or an error of the protocol."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest

from dynamorm_async._wire.json import MAX_JSON_DEPTH, ReplyDecoder, decode_object, encode_body
from dynamorm_async.errors import ProtocolError

SUITE = Path(__file__).parents[4] / "shared" / "vectors" / "json" / "JSONTestSuite"
NEEDS_SUITE = pytest.mark.skipif(not SUITE.exists(), reason="JSONTestSuite is not beside this checkout")


def read(body):
    """Decode with each way there is; they must agree."""
    typed = ReplyDecoder(dict[str, object])
    try:
        found = decode_object(b'{"body": ' + body + b"}")
    except ProtocolError:
        with pytest.raises((ProtocolError, msgspec.ValidationError)):
            typed.decode(b'{"body": ' + body + b"}")
        raise
    assert found == typed.decode(b'{"body": ' + body + b"}")
    return found


@NEEDS_SUITE
@pytest.mark.parametrize("path", sorted(SUITE.glob("n_*.json")), ids=lambda path: path.stem)
def test_every_malformed_file_of_the_suite_is_refused(path):
    """Nothing that is not JSON is read as if it were."""
    with pytest.raises(ProtocolError):
        decode_object(path.read_bytes())


@NEEDS_SUITE
@pytest.mark.parametrize("path", sorted(SUITE.glob("y_*.json")), ids=lambda path: path.stem)
def test_every_well_formed_file_of_the_suite_is_read(path):
    """As a part of an object, which is what replies are."""
    assert "body" in read(path.read_bytes())


@NEEDS_SUITE
@pytest.mark.parametrize("path", sorted(SUITE.glob("i_*.json")), ids=lambda path: path.stem)
def test_files_that_parsers_may_judge_differently_end_in_a_value_or_our_error(path):
    """Huge numbers, lone surrogates and damaged UTF-8 never raise anything else."""
    with contextlib.suppress(ProtocolError):
        assert isinstance(decode_object(path.read_bytes()), dict)


NO_OBJECTS = [b"", b"{", b'{"Count": 1', b"<html></html>", b"null", b"[]", b"1", b'"text"', b"{} {}", b"{'a': 1}"]
NO_JSON = [b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b"\xff\xfe{\x00}\x00", b'{"a": "\xff"}']


@pytest.mark.parametrize("body", [*NO_OBJECTS, *NO_JSON])
def test_fault_27_anything_else_than_one_object_is_a_protocol_error(body):
    """Cut, HTML, a bare value, NaN, another encoding: never an empty result."""
    with pytest.raises(ProtocolError):
        decode_object(body)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_fault_32_depth_is_bounded_without_recursion(opening, closing):
    """80 levels hold any item of DynamoDB; 81, and 100 000, are refused."""

    def body(levels):
        inner = levels - 1
        return b'{"a":' + opening * inner + b"0" + closing * inner + b"}"

    assert decode_object(body(MAX_JSON_DEPTH))
    for levels in (MAX_JSON_DEPTH + 1, 100_000):
        with pytest.raises(ProtocolError):
            decode_object(body(levels))


def test_a_wide_reply_is_not_taken_for_a_deep_one():
    """A page has thousands of braces side by side."""
    body = b'{"Items": [' + b",".join([b'{"id": {"S": "1"}}'] * 1_000) + b"]}"

    assert 1_000 == len(decode_object(body)["Items"])


def test_fault_32_a_bomb_in_a_typed_reply_is_a_protocol_error():
    """Also where the declared type would let any depth through."""
    decode = ReplyDecoder(dict[str, dict[str, object]]).decode

    with pytest.raises(ProtocolError):
        decode(b'{"Item":{"L":' + b"[" * 100_000)


def test_a_reply_of_another_shape_is_left_to_the_caller():
    """It is JSON, so the model can say what does not fit."""
    with pytest.raises(msgspec.ValidationError):
        ReplyDecoder(dict[str, int]).decode(b'{"Count": "1"}')


def test_a_body_is_rendered_in_the_order_that_it_was_made_in():
    """The same request is the same bytes."""  # R4
    assert b'{"b":"\xc3\xa9","a":{"N":"1"}}' == encode_body({"b": "é", "a": {"N": "1"}})
