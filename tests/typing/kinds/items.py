"""Mistakes with keys, reads and writes of one item. Never executed."""

# pyright: standard
from __future__ import annotations

from dynamorm_async import Applied, ConditionFailedError, Key, Session
from tests.typing.kinds.shop import Connection, Order, User, home, order, user


async def keys() -> None:
    # kind: sort key of another type
    await User.get("acme", 1)
    await User.get("acme", "1")  # wrong: call-overload, reportArgumentType

    # kind: partition key of another type
    await Order.get("1")
    await Order.get(1)  # wrong: call-overload, reportArgumentType

    # kind: missing sort key
    await User.get("acme", 1)
    await User.get("acme")  # wrong: call-overload, reportArgumentType

    # kind: sort key that the model has not
    await Order.get("1")
    await Order.get("1", 2)  # wrong: call-overload, reportCallIssue

    # kind: too many parts of a key
    await User.get("acme", 1)
    await User.get("acme", 1, 2)  # wrong: call-overload, reportCallIssue

    # kind: partition and sort key exchanged
    User.key("acme", 1)
    User.key(1, "acme")  # wrong: call-overload, reportArgumentType

    # kind: key of another model
    await User.get(User.key("acme", 1))
    await User.get(Order.key("1"))  # wrong: arg-type, reportArgumentType

    # kind: key as a tuple to get
    await User.get("acme", 1)
    await User.get(("acme", 1))  # wrong: call-overload, reportArgumentType

    # kind: what can be no key
    await Connection.get(connection_id="1")
    await Connection.get(connection_id=1.5)  # wrong: call-overload, reportArgumentType

    # kind: key taken for another model's
    one: Key[User] = User.key("acme", 1)
    other: Key[Order] = User.key("acme", 1)  # wrong: assignment, reportAssignmentType

    # kind: value of another type in a key by name
    await User.get(org="acme", number=1)
    await User.get(org="acme", number="1")  # wrong: -, -

    # kind: unknown field in a key by name
    await User.get(org="acme", number=1)
    await User.get(orgg="acme", number=1)  # wrong: -, -

    # kind: no key at all
    await User.get("acme", 1)
    await User.get()  # wrong: -, -
    _ = one, other


async def reading(db: Session) -> None:
    # kind: item taken for another model
    found: User = await User.get("acme", 1)
    wrong: Order = await User.get("acme", 1)  # wrong: assignment, reportAssignmentType

    # kind: item that may be missing
    maybe = await User.get_or_none("acme", 1)
    print(maybe and maybe.age)
    maybe.age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: read without await
    (await User.get("acme", 1)).age.bit_length()
    User.get("acme", 1).age.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: item in wire form taken for another model
    loaded: User = User.from_item(user.to_item())
    taken: Order = User.from_item(user.to_item())  # wrong: assignment, reportAssignmentType

    # kind: text as an item in wire form
    User.from_item(user.to_item())
    User.from_item("user")  # wrong: arg-type, reportArgumentType

    # kind: item awaited
    await User.get("acme", 1)
    await user  # wrong: misc, reportGeneralTypeIssues

    # kind: model awaited
    await User.get("acme", 1)
    await User  # wrong: misc, reportGeneralTypeIssues

    # kind: unknown option of a read
    await User.get("acme", 1).consistent()
    await User.get("acme", 1).strongly_consistent()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: read through something that is no session
    await User.get("acme", 1).using(db)
    await User.get("acme", 1).using(User)  # wrong: arg-type, reportArgumentType
    _ = found, wrong, loaded, taken


async def writing() -> None:
    # kind: condition as an update
    await user.update(User.age.add(1))
    await user.update(User.age > 3)  # wrong: arg-type, reportArgumentType

    # kind: value as an update
    await user.update(User.age.add(1))
    await user.update(user.age + 1)  # wrong: arg-type, reportArgumentType

    # kind: truth value as the condition of a write
    await user.put(if_=User.age < 65)
    await user.put(if_=user.age < 65)  # wrong: arg-type, reportArgumentType

    # kind: update action as the condition of a write
    await user.update(User.age.add(1), if_=User.age < 65)
    await user.update(User.age.add(1), if_=User.age.add(1))  # wrong: arg-type, reportArgumentType

    # kind: condition by position
    await user.put(if_=User.age < 65)
    await user.put(User.age < 65)  # wrong: call-arg, reportCallIssue

    # kind: unknown option of a write
    await user.put(if_=User.age < 65)
    await user.put(condition=User.age < 65)  # wrong: call-arg, reportCallIssue

    # kind: written item taken for another model
    stored: User = await user.create()
    wrong: Order = await user.create()  # wrong: assignment, reportAssignmentType

    # kind: verb of an instance on the class
    await user.put()
    await User.put()  # wrong: call-arg, reportCallIssue

    # kind: deleted item that may be missing
    gone = await user.delete()
    print(gone and gone.age)
    gone.age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: unknown answer asked of a write
    await user.update(User.age.add(1)).returning("old")
    await user.update(User.age.add(1)).returning("all_old")  # wrong: call-overload, reportArgumentType

    # kind: answer that this write does not have
    await user.put().returning("old")
    await user.put().returning("none")  # wrong: arg-type, reportArgumentType

    # kind: replaced item that may be missing
    replaced = await user.put().returning("old")
    print(replaced and replaced.age)
    replaced.age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: outcome taken for the item
    outcome = await user.try_update(User.age.add(1))
    print(outcome.value.age if isinstance(outcome, Applied) else outcome.current)
    outcome.age.bit_length()  # wrong: union-attr, reportAttributeAccessIssue

    # kind: outcome used before it is known
    print(outcome.value if outcome else outcome.error)
    outcome.value.age.bit_length()  # wrong: union-attr, reportAttributeAccessIssue

    # kind: change that cannot be called
    await User.mutate(("acme", 1), lambda one: one)
    await User.mutate(("acme", 1), user)  # wrong: arg-type, reportArgumentType

    # kind: change of another model
    await User.mutate(("acme", 1), lambda one: print(one.age))
    await User.mutate(("acme", 1), lambda one: print(one.total))  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: partition key alone to change an item by
    await User.mutate(("acme", 1), lambda one: one)
    await User.mutate("acme", lambda one: one)  # wrong: -, -

    # kind: key of another type to change an item by
    await User.mutate(("acme", 1), lambda one: one)
    await User.mutate(("acme", "1"), lambda one: one)  # wrong: arg-type, reportArgumentType

    # kind: update by another type of key
    await User.with_key("acme", 1).update(User.age.add(1))
    await User.with_key("acme", "1").update(User.age.add(1))  # wrong: call-overload, reportArgumentType

    # kind: forgotten await of a refresh
    await user.refresh()
    user.refresh()  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: forgotten await of a write
    await user.put()
    user.put()  # wrong: -, -

    # kind: unknown field in an update by name
    await user.update(age=3)
    await user.update(agee=3)  # wrong: -, -

    # kind: value of another type in an update by name
    await user.update(age=3)
    await user.update(age="3")  # wrong: -, -

    # kind: item of a refused write used without a look at its class
    try:
        await user.update(age=3)
    except ConditionFailedError as refused:
        print(refused.current.age if isinstance(refused.current, User) else None)
        print(refused.current.age)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: update of a key
    await user.move(number=2)
    await user.update(User.number.set(2))  # wrong: -, -

    # kind: update action of another model
    await user.update(User.age.add(1))
    await user.update(Order.total.add(1))  # wrong: -, -
    _ = stored, wrong, home, order
