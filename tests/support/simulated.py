"""A DynamoDB in a few lines, for the simulation: items, conditions, updates and transactions with their tokens.

It is written from the service's documents and shares no code with the library, so that the two can disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec

from dynamorm_async._ops.effects import Reply

__all__ = ["ModelDynamoDB"]

_TOKENS = re.compile(r"<>|<=|>=|[=<>+\-(),]|[#:]?\w+")
_COMPARED = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _plain(value: dict[str, Any] | None) -> Any:
    """A value that compares as DynamoDB's does."""
    if value is None:
        return None
    (kind, content), *_ = value.items()
    return (kind, Decimal(content)) if kind == "N" else (kind, msgspec.json.encode(content))


class _Expression:
    """One expression of a request, read from the left."""

    def __init__(self, text: str, body: dict[str, Any], item: dict[str, Any]) -> None:
        self.left = _TOKENS.findall(text)[::-1]
        self.names = body.get("ExpressionAttributeNames", {})
        self.values = body.get("ExpressionAttributeValues", {})
        self.item = item

    @property
    def next(self) -> str:
        return self.left[-1] if self.left else ""

    def take(self, expected: str = "") -> str:
        token = self.left.pop()
        assert expected in {"", token}, f"{expected} was expected, not {token}"
        return token

    # ------------------------------------------------------------ conditions

    def condition(self) -> bool:
        """A OR B AND C."""
        found = self._all()
        while self.next == "OR":
            self.take()
            found = self._all() or found
        return found

    def _all(self) -> bool:
        found = self._one()
        while self.next == "AND":
            self.take()
            found = self._one() and found
        return found

    def _one(self) -> bool:
        token = self.take()
        if token == "(":
            found = self.condition()
            self.take(")")
            return found
        if token in {"attribute_exists", "attribute_not_exists"}:
            self.take("(")
            exists = self.names[self.take()] in self.item
            self.take(")")
            return exists is (token == "attribute_exists")
        left, compare, right = self._operand(token), self.take(), self._operand(self.take())
        return None not in {_plain(left), _plain(right)} and _COMPARED[compare](_plain(left), _plain(right))

    # ------------------------------------------------------------ values

    def _operand(self, token: str) -> dict[str, Any] | None:
        if token.startswith(":"):
            return self.values[token]
        if token.startswith("#"):
            return self.item.get(self.names[token])
        self.take("(")
        first = self._operand(self.take())
        self.take(",")
        second = self._operand(self.take())
        self.take(")")
        if token == "if_not_exists":
            return second if first is None else first
        assert token == "list_append", token
        return {"L": first["L"] + second["L"]}

    def _value(self) -> dict[str, Any]:
        found = self._operand(self.take())
        if self.next in {"+", "-"}:
            sign = 1 if self.take() == "+" else -1
            other = self._operand(self.take())
            return {"N": str(Decimal(found["N"]) + sign * Decimal(other["N"]))}
        return found

    # ------------------------------------------------------------ updates

    def update(self) -> dict[str, Any]:
        """The item as it will be; every operand is read from the item as it was."""
        after = dict(self.item)
        while self.left:
            clause = self.take()
            while True:
                self._action(clause, after)
                if self.next != ",":
                    break
                self.take()
        return after

    def _action(self, clause: str, after: dict[str, Any]) -> None:
        name = self.names[self.take()]
        if clause == "SET":
            self.take("=")
            after[name] = self._value()
        elif clause == "REMOVE":
            after.pop(name, None)
        else:
            assert clause == "ADD", clause
            added = Decimal(self.values[self.take()]["N"])
            after[name] = {"N": str(Decimal(after.get(name, {"N": "0"})["N"]) + added)}


class _FailedConditionError(Exception):
    """With the item as it stands."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__()
        self.item = item


class ModelDynamoDB:
    """The service.

    Attributes:
        items: By table and key.
        applied: How often each operation of the workload took effect, by its name.
    """

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.applied: Counter[str] = Counter()
        self._tokens: dict[str, bytes] = {}

    def carry_out(self, operation: str, body: bytes, who: str) -> Reply:
        """One request, for an operation of the workload."""
        content = msgspec.json.decode(body)
        try:
            answer = _OPERATIONS[operation](self, content, who)
        except _FailedConditionError as failed:
            details = {} if failed.item is None else {"Item": failed.item}
            return error("ConditionalCheckFailedException", **details)
        return answer if isinstance(answer, Reply) else Reply(200, msgspec.json.encode(answer))

    # ------------------------------------------------------------ operations

    def _get(self, body: dict[str, Any], _who: str) -> Any:
        item = self.items.get(_place(body["TableName"], body["Key"]))
        return {} if item is None else {"Item": item}

    def _put(self, body: dict[str, Any], who: str) -> Any:
        self._write("Put", body, who)
        return {}

    def _update(self, body: dict[str, Any], who: str) -> Any:
        self._write("Update", body, who)
        return {"Attributes": self.items[_place(body["TableName"], body["Key"])]}

    def _delete(self, body: dict[str, Any], who: str) -> Any:
        before = self.items.get(_place(body["TableName"], body["Key"]))
        self._write("Delete", body, who)
        return {} if before is None else {"Attributes": before}

    def _transact(self, body: dict[str, Any], who: str) -> Any:
        token, wanted = body["ClientRequestToken"], msgspec.json.encode(body)
        if token in self._tokens:
            return {} if self._tokens[token] == wanted else error("IdempotentParameterMismatchException")
        actions = [next(iter(action.items())) for action in body["TransactItems"]]
        reasons = [self._reason(action) for _, action in actions]
        if any(reason["Code"] != "None" for reason in reasons):
            return error("TransactionCanceledException", CancellationReasons=reasons)
        for verb, action in actions:
            self._apply(verb, action)
        self.applied[who] += 1
        self._tokens[token] = wanted
        return {}

    def _reason(self, action: dict[str, Any]) -> dict[str, Any]:
        try:
            self._check(action)
        except _FailedConditionError as failed:
            details = {} if failed.item is None else {"Item": failed.item}
            return {"Code": "ConditionalCheckFailed", **details}
        return {"Code": "None"}

    # ------------------------------------------------------------ one write

    def _write(self, verb: str, body: dict[str, Any], who: str) -> None:
        self._check(body)
        self._apply(verb, body)
        self.applied[who] += 1

    def _check(self, body: dict[str, Any]) -> None:
        item = self.items.get(_place(body["TableName"], body.get("Key") or body["Item"]))
        condition = body.get("ConditionExpression")
        if condition is not None and not _Expression(condition, body, item or {}).condition():
            raise _FailedConditionError(item)

    def _apply(self, verb: str, body: dict[str, Any]) -> None:
        place = _place(body["TableName"], body.get("Key") or body["Item"])
        if verb == "Put":
            self.items[place] = body["Item"]
        elif verb == "Delete":
            self.items.pop(place, None)
        elif verb == "Update":
            before = self.items.get(place, body["Key"])
            self.items[place] = _Expression(body["UpdateExpression"], body, before).update()


def _place(table: str, key: dict[str, Any]) -> tuple[str, str]:
    return table, key["id"]["S"]


def error(code: str, status: int = 400, **details: Any) -> Reply:
    """An error answer."""
    return Reply(status, msgspec.json.encode({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **details}))


_OPERATIONS = {
    "GetItem": ModelDynamoDB._get,
    "PutItem": ModelDynamoDB._put,
    "UpdateItem": ModelDynamoDB._update,
    "DeleteItem": ModelDynamoDB._delete,
    "TransactWriteItems": ModelDynamoDB._transact,
}
