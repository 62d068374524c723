"""Mistakes with batches, transactions and tables. Never executed."""

# pyright: standard
from __future__ import annotations

from datetime import datetime

from dynamorm_async import BatchIncompleteError, Model, Session, TransactionCanceledError
from tests.typing.kinds.shop import Order, User, home, order, user


async def batches(db: Session) -> None:
    # kind: single item to a batch of writes
    await db.batch_put([user])
    await db.batch_put(user)  # wrong: arg-type, reportArgumentType

    # kind: document in a batch
    await db.batch_put([user, order])
    await db.batch_put([home])  # wrong: list-item, reportArgumentType

    # kind: unknown policy for duplicates
    await db.batch_put([user], on_duplicate="last")
    await db.batch_put([user], on_duplicate="first")  # wrong: arg-type, reportArgumentType

    # kind: tuple instead of a key in a batch of deletions
    await db.batch_delete([User.key("acme", 1)])
    await db.batch_delete([("acme", 1)])  # wrong: list-item, reportArgumentType

    # kind: batch of reads without a model
    await db.batch_get(User, [("acme", 1)])
    await db.batch_get([User.key("acme", 1)])  # wrong: call-overload, reportCallIssue

    # kind: key of another type in a batch of reads
    await db.batch_get(User, [("acme", 1)])
    await db.batch_get(User, [("acme", "1")])  # wrong: type-var, reportArgumentType

    # kind: parts of a key exchanged in a batch of reads
    await db.batch_get(User, [("acme", 1)])
    await db.batch_get(User, [(1, "acme")])  # wrong: type-var, reportArgumentType

    # kind: missing sort key in a batch of reads
    await db.batch_get(User, [("acme", 1)])
    await db.batch_get(User, ["acme"])  # wrong: type-var, reportArgumentType

    # kind: sort key that the model has not in a batch of reads
    await db.batch_get(Order, ["1", "2"])
    await db.batch_get(Order, [("1", 2)])  # wrong: type-var, reportArgumentType

    # kind: key of another model in a batch of reads
    await db.batch_get(User, [User.key("acme", 1)])
    await db.batch_get(User, [Order.key("1")])  # wrong: type-var, reportArgumentType

    # kind: batch of reads of a document
    await db.batch_get(User, [user])
    await db.batch_get(type(home), [1])  # wrong: type-var, reportArgumentType

    # kind: unknown field of an item from a batch
    found = await db.batch_get(User, [user])
    found[0].age.bit_length()
    found[0].agee.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: item of a batch that may be missing
    print([one and one.age for one in found.aligned])
    found.aligned[0].age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: missing keys taken for items
    print(found.missing[0].attributes)
    found.missing[0].age.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    async with db.batch() as batch:
        # kind: text put into a batch
        batch.put(user)
        batch.put("user")  # wrong: arg-type, reportArgumentType

        # kind: key put into a batch
        batch.delete(User.key("acme", 1))
        batch.put(User.key("acme", 1))  # wrong: arg-type, reportArgumentType

        # kind: put into a batch awaited
        batch.put(user)
        await batch.put(user)  # wrong: misc, reportGeneralTypeIssues

    # kind: batch without async
    async with db.batch() as other:
        other.put(user)
    with db.batch() as wrong:  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: rest of a batch sent again without saying what it is
    try:
        await db.batch_put([user, order])
    except BatchIncompleteError as incomplete:
        await db.batch_put(incomplete.unprocessed_as(Model))
        await db.batch_put(incomplete.unprocessed)  # wrong: arg-type, reportArgumentType

    # kind: forgotten await of a batch
    await db.batch_put([user])
    db.batch_put([user])  # wrong: unused-coroutine, reportUnusedCoroutine
    _ = wrong


async def transactions(db: Session) -> None:
    async with db.transaction() as tx:
        # kind: document in a transaction
        tx.put(user)
        tx.put(home)  # wrong: arg-type, reportArgumentType

        # kind: key put in a transaction
        tx.delete(User.key("acme", 1))
        tx.put(User.key("acme", 1))  # wrong: arg-type, reportArgumentType

        # kind: condition as an update in a transaction
        tx.update(user, User.age.add(1))
        tx.update(user, User.age > 3)  # wrong: arg-type, reportArgumentType

        # kind: tuple instead of a key in a transaction
        tx.update(User.key("acme", 1), User.age.add(1))
        tx.update(("acme", 1), User.age.add(1))  # wrong: arg-type, reportArgumentType

        # kind: truth value as a check
        tx.check(user, User.age > 3)
        tx.check(user, user.age > 3)  # wrong: arg-type, reportArgumentType

        # kind: put in a transaction awaited
        tx.put(user)
        await tx.put(user)  # wrong: misc, reportGeneralTypeIssues

        # kind: instance asked to write itself in a transaction
        tx.update(user, User.age.add(1))
        tx.update(user.update(User.age.add(1)))  # wrong: arg-type, reportArgumentType

        # kind: unknown verb of a transaction
        tx.put(user)
        tx.save(user)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: unknown attribute of the reason of a cancelled transaction
    try:
        await db.transaction().put(user).execute()
    except TransactionCanceledError as canceled:
        print(canceled.reasons[0].code)
        print(canceled.reasons[0].kode)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: transaction without async
    async with db.transaction() as good:
        good.put(user)
    with db.transaction() as wrong:  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: token that is no text
    db.transaction(token="order-1")
    db.transaction(token=7)  # wrong: arg-type, reportArgumentType

    # kind: time of a transaction that is no datetime
    db.transaction(at=datetime.max)
    db.transaction(at=3)  # wrong: arg-type, reportArgumentType

    # kind: item of a transaction that may be missing
    one, two = await db.transact_get(User.key("acme", 1), Order.key("1"))
    print(one and one.age)
    one.age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: items of a transaction exchanged
    first, second = await db.transact_get(User.key("acme", 1), Order.key("1"))
    print(second and second.total)
    print(second and second.age)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: instance instead of a key in a transaction of reads
    await db.transact_get(User.key("acme", 1))
    await db.transact_get(user)  # wrong: call-overload, reportArgumentType

    # kind: too few names for a transaction of reads
    one, two = await db.transact_get(User.key("acme", 1), Order.key("1"))
    (lone,) = await db.transact_get(User.key("acme", 1), Order.key("1"))  # wrong: misc, reportAssignmentType

    # kind: forgotten await of a transaction
    await db.transaction().put(user).execute()
    db.transaction().put(user).execute()  # wrong: unused-coroutine, reportUnusedCoroutine
    _ = wrong, two, first, lone


async def tables(db: Session) -> None:
    # kind: table of an instance
    await db.create_table(User)
    await db.create_table(user)  # wrong: arg-type, reportArgumentType

    # kind: table by name
    await db.delete_table(User)
    await db.delete_table("users")  # wrong: arg-type, reportArgumentType

    # kind: forgotten await of a table
    await db.create_table(User)
    db.create_table(User)  # wrong: unused-coroutine, reportUnusedCoroutine


async def statements(db: Session) -> None:
    one = db.statement("SELECT * FROM {orders} WHERE id = ?", "1", orders=Order)
    (row,) = await db.statements(one.into(Order))
    # kind: row of a statement without a look at whether it is there
    print(row.total if row else 0)
    print(row.total)  # wrong: union-attr, reportAttributeAccessIssue

    (stored,) = await db.transact_statements(one.into(Order))
    # kind: row of a statement of a transaction as another model
    print(stored.total if stored else 0)
    print(stored.age if stored else 0)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: rows of a statement as instances of no model
    one.into(Order)
    one.into(int)  # wrong: type-var, reportArgumentType
