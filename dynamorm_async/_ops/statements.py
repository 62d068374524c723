"""PartiQL: statements whose values are parameters, alone, side by side, or as one transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from dynamorm_async._expr.slot import Slot
from dynamorm_async._ops.effects import Call, Flow, Reply
from dynamorm_async._ops.render import Settings, encode_json, table_name
from dynamorm_async._shown import COMMENT, OPAQUE
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import ConditionFailedError, InvalidRequestError, ProtocolError
from dynamorm_async.types import Item, Safety

__all__ = [
    "BATCH_LIMIT",
    "TRANSACTION_LIMIT",
    "PartiQL",
    "StatementFailure",
    "checked",
    "run_batch",
    "run_page",
    "run_together",
]

BATCH_LIMIT: Final = 25
"""Statements of one batch. Source: API reference, BatchExecuteStatement."""
TRANSACTION_LIMIT: Final = 100
"""Statements of one transaction. Source: API reference, ExecuteTransaction."""
_OPAQUE: Final = re.compile(OPAQUE, re.DOTALL)
"""What is quoted and what is a comment: a ``?`` or a ``{name}`` in it is no more than text."""
_MODEL: Final = re.compile(rf"{OPAQUE}|\{{(\w+)\}}", re.DOTALL)
"""What is opaque is found, too, so that nothing in it is taken for a name."""
_READS: Final = re.compile(rf"(?>(?:\s|{COMMENT})*)SELECT\b", re.DOTALL | re.IGNORECASE)
"""What stands before is not given back: a SELECT in a comment is none."""


class PartiQL(Discreet, frozen=True, eq=False):
    """A statement, its parameters, and what its rows become."""

    hidden_fields = ("parameters",)

    text: str
    parameters: tuple[Any, ...] = ()
    models: Mapping[str, ModelSpec] = {}
    """The models whose tables the text names, as ``{name}``."""
    into: ModelSpec | None = None
    consistent: bool = False
    limit: int | None = None

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return _READS.match(self.text) is not None

    def rendered(self, settings: Settings) -> str:
        """The text, with the names of tables in it."""
        return _MODEL.sub(lambda found: self._table(found[1], settings) if found[1] else found[0], self.text)

    def _table(self, name: str, settings: Settings) -> str:
        spec = self.models.get(name)
        if spec is None:
            raise InvalidRequestError(
                f"the statement names {{{name}}}, and no model was given under that name.",
                hint=f"Write db.statement(..., {name}=Model).",
            )
        return f'"{table_name(spec, settings)}"'

    def body(self, settings: Settings) -> dict[str, Any]:
        """What every kind of request has of it."""
        encode = settings.codec.encode
        parameters = [encode(Slot(Any, f"parameter {n}"), value) for n, value in enumerate(self.parameters, 1)]
        body: dict[str, Any] = {"Statement": self.rendered(settings)}
        return body | {"Parameters": parameters} if parameters else body

    def binding(self, settings: Settings) -> bytes:
        """What ties a cursor to it."""
        return hashlib.sha256(b"partiql" + encode_json(self.body(settings))).digest()[:16]

    def row(self, item: Item, settings: Settings) -> Any:
        """An item as an instance of the model, or as plain values by name."""
        if self.into is not None:
            return settings.codec.model(self.into).decode(item)
        return {name: settings.codec.decode(Slot(Any, name), value) for name, value in item.items()}


def checked(statement: PartiQL) -> PartiQL:
    """The statement, if it has as many parameters as places for them.

    Raises:
        InvalidRequestError: It has not.
    """
    places = _OPAQUE.sub("", statement.text).count("?")
    if places != len(statement.parameters):
        raise InvalidRequestError(
            f"the statement has {places} places for values, and {len(statement.parameters)} were given.",
            op="statement",
            hint="Write one ? for each value; values never stand in the text.",
        )
    return statement


class StatementFailure(msgspec.Struct, frozen=True):
    """Why one statement of a batch was not carried out.

    Attributes:
        code: The service's, as ``ConditionalCheckFailed``.  message: Its own words.

    Example:
        >>> one = db.statement("SELECT * FROM {users} WHERE org = ? AND id = ?", "acme", "1", users=User)
        >>> failed = [row for row in await db.statements(one) if isinstance(row, StatementFailure)]
    """

    code: str
    message: str = ""

    def __bool__(self) -> Literal[False]:
        return False


def run_page(
    statement: PartiQL, settings: Settings, token: str | None, limit: int | None
) -> Flow[tuple[list[Any], str | None]]:
    """One page of rows, and where the next begins."""
    body = statement.body(settings)
    if statement.consistent:
        body["ConsistentRead"] = True
    if limit is not None:
        body["Limit"] = limit
    if token is not None:
        body["NextToken"] = token
    try:
        reply: Reply = yield _call("ExecuteStatement", body, statement.reads)
    except ConditionFailedError as error:
        error.hint = "There is no item with this key, or the rest of WHERE is false. Read the item to see which."
        raise
    found = _decoded(reply)
    return [statement.row(item, settings) for item in found.get("Items", ())], found.get("NextToken")


def run_batch(statements: Sequence[PartiQL], settings: Settings) -> Flow[list[Any]]:
    """Each for itself: a row, None where there is none, or a `StatementFailure`."""
    _check_count(statements, BATCH_LIMIT)
    parts = [one.body(settings) | ({"ConsistentRead": True} if one.consistent else {}) for one in statements]
    reply: Reply = yield _call("BatchExecuteStatement", {"Statements": parts}, all(one.reads for one in statements))
    return _answers(statements, _decoded(reply), settings)


def run_together(statements: Sequence[PartiQL], settings: Settings, token: str) -> Flow[list[Any]]:
    """All or none: a row for each, or None where there is none."""
    _check_count(statements, TRANSACTION_LIMIT)
    body = {"TransactStatements": [one.body(settings) for one in statements], "ClientRequestToken": token}
    reply: Reply = yield Call("ExecuteTransaction", encode_json(body), Safety.REPEATABLE)
    return _answers(statements, _decoded(reply), settings)


def _answers(statements: Sequence[PartiQL], found: Mapping[str, Any], settings: Settings) -> list[Any]:
    nothing: list[dict[str, Any]] = [{} for _ in statements]
    parts: list[dict[str, Any]] = found.get("Responses") or nothing
    if len(parts) != len(statements):
        raise ProtocolError(f"the answer has {len(parts)} parts for {len(statements)} statements.")
    return [_answer(one, part, settings) for one, part in zip(statements, parts, strict=True)]


def _answer(statement: PartiQL, part: Mapping[str, Any], settings: Settings) -> Any:
    if error := part.get("Error"):
        return StatementFailure(str(error.get("Code", "")), str(error.get("Message", "")))
    item = part.get("Item")
    return statement.row(item, settings) if item else None


def _check_count(statements: Sequence[PartiQL], most: int) -> None:
    if not 1 <= len(statements) <= most:
        raise InvalidRequestError(
            f"{len(statements)} statements were given; there are 1 to {most}.",
            hint="Split them." if statements else "Give at least one.",
        )


def _call(operation: str, body: Mapping[str, Any], reads: bool) -> Call:  # noqa: FBT001  a property of the statement
    return Call(operation, encode_json(body), Safety.READ if reads else Safety.ONCE)


def _decoded(reply: Reply) -> dict[str, Any]:
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError(f"the answer is none to a statement ({type(error).__name__}).") from None
