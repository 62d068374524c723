"""Waiting for a table ends, and what was begun by then is said."""

import json

import pytest

from dynamorm_async import Attr, Model, partition_key
from dynamorm_async._codec import default_codec
from dynamorm_async._ops.effects import Call, Reply
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.tables import create_table, delete_table
from dynamorm_async.errors import DeadlineExceededError, Outcome


class Slow(Model, table="slow"):
    """A model of a table that is never ready."""

    id: Attr[str] = partition_key()


def run(flow, status):
    """Drive a flow on a service whose table stays as it is; answers the error and the operations it sent."""
    sent = []
    answer = json.dumps({"Table": {"TableName": "slow", "TableStatus": status}}).encode()
    effect = next(flow)
    with pytest.raises(DeadlineExceededError) as raised:
        while True:
            reply = None
            if isinstance(effect, Call):
                sent.append(effect.operation)
                reply = Reply(200, answer)
            effect = flow.send(reply)
    return raised.value, sent


@pytest.mark.parametrize(
    ("flow", "status", "first", "words"),
    [
        (
            create_table([Slow.__dynamorm_spec__], Settings(default_codec), patience=3.0),
            "CREATING",
            "CreateTable",
            "ready",
        ),
        (delete_table("slow", patience=3.0), "DELETING", "DeleteTable", "gone"),
    ],
    ids=["create", "delete"],
)
def test_a_change_that_was_accepted_counts_as_applied(flow, status, first, words):
    """The table will be made or deleted although nobody waits for it any longer, and the error says so."""
    error, sent = run(flow, status)

    assert [first, *["DescribeTable"] * (len(sent) - 1)] == sent
    assert len(sent) > 2
    assert error.outcome is Outcome.APPLIED
    assert f"not {words} after 3 s" in str(error)
