"""Move credits from one user to another, or not at all: the Lift guide's ``TransferCredits``.

The Go handler names two updates and a condition by placeholders; here they are two lines of a transaction. A transfer
that the sender cannot afford is the client's mistake (400), everything else is ours (500).

Run it: ``python examples/lift_like/transfer_credits.py``
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from dynamorm_async import (
    Attr,
    DynamormError,
    ItemNotFoundError,
    Model,
    Session,
    TransactionCanceledError,
    attr,
    is_condition_failed,
    partition_key,
    sort_key,
)
from dynamorm_async.testing import local

log = logging.getLogger(__name__)


class User(Model, table="users"):
    """A user with credits to spend."""

    id: Attr[str] = partition_key()
    sk: Attr[str] = sort_key("USER#{id}")
    credits: Attr[Decimal] = attr(default=Decimal(0))


class Response(NamedTuple):
    """What a handler answers."""

    status: int
    body: dict[str, Any]


async def transfer_credits(db: Session, request: Mapping[str, Any]) -> Response:
    """Take ``amount`` credits from one user and give them to another.

    Args:
        db: An open session.
        request: ``from_user_id``, ``to_user_id`` and ``amount``.
    """
    source, target, amount = request.get("from_user_id"), request.get("to_user_id"), _amount(request.get("amount"))
    if not source or not target or source == target or amount is None:
        return Response(400, {"error": "from_user_id, to_user_id (another one) and a positive amount are required"})
    try:
        async with db.transaction() as tx:
            tx.update(User.key(id=source), User.credits.sub(amount), if_=User.credits >= amount)
            tx.update(User.key(id=target), User.credits.add(amount))
    except TransactionCanceledError as error:
        if not is_condition_failed(error):
            return _failed(error)
        # One reason for each operation, each with what the same write would have raised alone.
        missing = any(isinstance(reason.error, ItemNotFoundError) for reason in error.reasons)
        return Response(400, {"error": "no such user" if missing else "insufficient credits"})
    except DynamormError as error:
        return _failed(error)
    return Response(200, {"status": "success", "message": f"Transferred {amount:.2f} credits"})


def _failed(error: DynamormError) -> Response:
    log.error("The transfer failed.", exc_info=error)
    return Response(500, {"error": "TRANSFER_ERROR"})


def _amount(given: Any) -> Decimal | None:
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount > 0 else None


async def main() -> None:
    """Three transfers on a DynamoDB of this machine."""
    async with local() as db:
        await db.create_table(User)
        await db.batch_put([User(id="ada", credits=Decimal(10)), User(id="grace")])
        for request in (
            {"from_user_id": "ada", "to_user_id": "grace", "amount": "7.50"},
            {"from_user_id": "ada", "to_user_id": "grace", "amount": 7.5},
            {"from_user_id": "ada", "to_user_id": "grace", "amount": -1},
        ):
            print(request, "->", await transfer_credits(db, request))
        print(await db.batch_get(User, [User.key(id="ada"), User.key(id="grace")]))


if __name__ == "__main__":
    asyncio.run(main())
