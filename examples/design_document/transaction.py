"""A new user and their account's balance together: the design document's ``Transaction``.

In Go::

    err := orm.Transaction(func(tx *Transaction) error {
        user := &User{ID: "123", Name: "John"}
        if err := tx.Create(user); err != nil { return err }
        return tx.Model(&Account{}).Where("UserID", "=", "123").Update("Balance", 100)
    })

Run it: ``python examples/design_document/transaction.py``
"""

from __future__ import annotations

import asyncio

from dynamorm_async import Attr, Model, Session, TransactionCanceledError, attr, partition_key, version
from dynamorm_async.testing import local


class User(Model[str], table="users"):
    """Someone with an account."""

    id: Attr[str] = partition_key()
    name: Attr[str] = attr()


class Account(Model[str], table="accounts"):
    """Their account."""

    user_id: Attr[str] = partition_key()
    balance: Attr[int] = attr(default=0)
    version: Attr[int] = version()


async def welcome(db: Session, user: User, balance: int) -> None:
    """Create the user and set the balance of the account that is there, or do neither.

    Raises:
        TransactionCanceledError: There is such a user already, or no such account.
    """
    async with db.transaction() as tx:
        tx.create(user)
        tx.update(Account.key(user.id), balance=balance)


async def main() -> None:
    """Once with an account, once without."""
    async with local() as db:
        await db.create_table(User)
        await db.create_table(Account)
        await Account(user_id="123").create()

        await welcome(db, User(id="123", name="John"), 100)
        print(await db.transact_get(User.key("123"), Account.key("123")))

        try:
            await welcome(db, User(id="456", name="Joan"), 100)
        except TransactionCanceledError as error:
            print(error)
            for reason in error.reasons:
                print("  ", reason.operation, reason.code, reason.error)
        print(await User.get_or_none("456"))


if __name__ == "__main__":
    asyncio.run(main())
