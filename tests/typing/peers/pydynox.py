"""The same mistakes with pydynox. Never executed."""

# pyright: standard
from __future__ import annotations

from pydynox import BatchWriter, DynamoDBClient, Model, ModelConfig, Transaction
from pydynox.attributes import ListAttribute, NumberAttribute, StringAttribute, StringSetAttribute, VersionAttribute
from pydynox.indexes import GlobalSecondaryIndex

client = DynamoDBClient(region="eu-west-1")


class User(Model):
    model_config = ModelConfig(table="users", client=client)
    org = StringAttribute(partition_key=True)
    number = NumberAttribute(sort_key=True)
    email = StringAttribute(default="")
    age = NumberAttribute(default=0)
    nickname = StringAttribute()
    tags = StringSetAttribute()
    scores = ListAttribute()
    version = VersionAttribute()

    by_email = GlobalSecondaryIndex["User"](index_name="by_email", partition_key="email")


class Order(Model):
    model_config = ModelConfig(table="orders", client=client)
    id = StringAttribute(partition_key=True)
    total = NumberAttribute(default=0)


user = User(org="acme", number=1)
order = Order(id="1")

# kind: default of another type than the field
NumberAttribute(default=0)
NumberAttribute(default="0")  # wrong: arg-type, reportArgumentType

# kind: unknown option of a field
NumberAttribute(default=0)
NumberAttribute(defualt=0)  # wrong: call-arg, reportCallIssue

# kind: value of another type in the constructor
User(org="acme", number=1, age=3)
User(org="acme", number=1, age="3")  # wrong: -, -

# kind: missing field in the constructor
Order(id="1")
Order(total=3)  # wrong: -, -

# kind: unknown field in the constructor
Order(id="1", total=3)
Order(id="1", totl=3)  # wrong: -, -

# kind: fields by position in the constructor
Order(id="1")
Order("1")  # wrong: call-arg, reportCallIssue

# kind: member of another type in a set
User(org="acme", number=1, tags={"a"})
User(org="acme", number=1, tags={1})  # wrong: -, -

# kind: value of another type set on an instance
user.age = 3
user.age = "3"  # wrong: assignment, reportAttributeAccessIssue

# kind: unknown field set on an instance
user.email = "x"
user.emial = "x"  # wrong: -, -

# kind: unknown field read from an instance
(user.email or "").upper()
user.emial.upper()  # wrong: attr-defined, reportAttributeAccessIssue

# kind: field that can be None used as if it could not
(user.nickname or "").upper()
user.nickname.upper()  # wrong: union-attr, reportOptionalMemberAccess

# kind: expression asked of an instance
User.email.begins_with("x")
user.email.begins_with("x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field in an expression
User.query("acme", filter_condition=User.email == "x")
User.query("acme", filter_condition=User.emial == "x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: equal to a value of another type
User.query("acme", filter_condition=User.age == 18)
User.query("acme", filter_condition=User.age == "18")  # wrong: -, -

# kind: compared with a value of another type
User.query("acme", filter_condition=User.age > 18)
User.query("acme", filter_condition=User.age > "18")  # wrong: -, -

# kind: range of another type
User.query("acme", filter_condition=User.age.between(1, 2))
User.query("acme", filter_condition=User.age.between("1", "2"))  # wrong: -, -

# kind: one of values of another type
User.query("acme", filter_condition=User.age.is_in(1, 2))
User.query("acme", filter_condition=User.age.is_in("1"))  # wrong: -, -

# kind: beginning of a number
User.query("acme", filter_condition=User.email.begins_with("1"))
User.query("acme", filter_condition=User.age.begins_with("1"))  # wrong: -, -

# kind: beginning of another type
User.query("acme", filter_condition=User.email.begins_with("1"))
User.query("acme", filter_condition=User.email.begins_with(1))  # wrong: arg-type, reportArgumentType

# kind: part of a number
User.query("acme", filter_condition=User.email.contains("1"))
User.query("acme", filter_condition=User.age.contains("1"))  # wrong: -, -

# kind: element of another type
User.query("acme", filter_condition=User.tags.contains("x"))
User.query("acme", filter_condition=User.tags.contains(3))  # wrong: -, -

# kind: element of a set by its position
User.query("acme", filter_condition=User.scores[0] > 1)
User.query("acme", filter_condition=User.tags[0] == "x")  # wrong: -, -

# kind: condition with something that is none
User.query("acme", filter_condition=(User.age > 3) & (User.age < 9))
User.query("acme", filter_condition=(User.age > 3) & 9)  # wrong: -, -

# kind: condition as a truth value
print("adult" if (order.total or 0) > 18 else "child")
print("adult" if User.age > 18 else "child")  # wrong: -, -

# kind: `not` instead of ~
User.query("acme", filter_condition=~(User.age > 3))
User.query("acme", filter_condition=not (User.age > 3))  # wrong: call-overload, reportArgumentType

# kind: field of another model in a condition
Order.query("1", filter_condition=Order.total > 1)
Order.query("1", filter_condition=User.age > 1)  # wrong: -, -

# kind: `and` between comparisons
User.query("acme", filter_condition=(User.age > 3) & (User.age < 9))
User.query("acme", filter_condition=(User.age > 3) and (User.age < 9))  # wrong: -, -

# kind: value of an instance as a condition
User.query("acme", filter_condition=User.email == "x")
User.query("acme", filter_condition=user.email == "x")  # wrong: call-overload, reportArgumentType

# kind: field as a condition
User.query("acme", filter_condition=User.nickname.exists())
User.query("acme", filter_condition=User.nickname)  # wrong: call-overload, reportArgumentType

# kind: update action as a condition
User.query("acme", filter_condition=User.age == 1)
User.query("acme", filter_condition=User.age.add(1))  # wrong: call-overload, reportArgumentType

# kind: limit that is no number
User.query("acme", limit=10)
User.query("acme", limit="10")  # wrong: call-overload, reportArgumentType

# kind: unknown index
User.by_email.query(email="x")
User.by_mail.query(email="x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: cursor of another type
User.query("acme", last_evaluated_key={"org": "acme"})
User.query("acme", last_evaluated_key=3)  # wrong: call-overload, reportArgumentType

# kind: unknown option of a session
DynamoDBClient(region="eu-west-1")
DynamoDBClient(regoin="eu-west-1")  # wrong: call-arg, reportCallIssue


async def verbs() -> None:
    # kind: set to a value of another type
    await user.update(atomic=[User.age.set(3)])
    await user.update(atomic=[User.age.set("3")])  # wrong: -, -

    # kind: number added to a text
    await user.update(atomic=[User.age.add(1)])
    await user.update(atomic=[User.email.add(1)])  # wrong: -, -

    # kind: text added to a number
    await user.update(atomic=[User.age.add(1)])
    await user.update(atomic=[User.age.add("1")])  # wrong: arg-type, reportArgumentType

    # kind: element of another type appended to a list
    await user.update(atomic=[User.scores.append([3])])
    await user.update(atomic=[User.scores.append("3")])  # wrong: arg-type, reportArgumentType

    # kind: appended to a number
    await user.update(atomic=[User.scores.append([3])])
    await user.update(atomic=[User.age.append([3])])  # wrong: -, -

    # kind: fallback of another type
    await user.update(atomic=[User.age.if_not_exists(0)])
    await user.update(atomic=[User.age.if_not_exists("0")])  # wrong: -, -

    # kind: remove with a value
    await user.update(atomic=[User.nickname.remove()])
    await user.update(atomic=[User.nickname.remove("x")])  # wrong: call-arg, reportCallIssue

    # kind: results taken for another model
    users: list[User] = [one async for one in User.query("acme")]
    orders: list[Order] = [one async for one in User.query("acme")]  # wrong: misc, reportAssignmentType

    # kind: first result that may be missing
    first = await User.query("acme").first()
    print(first and first.age)
    first.age  # wrong: union-attr, reportOptionalMemberAccess

    # kind: results of a query without await
    [one async for one in User.query("acme")]
    len(User.query("acme"))  # wrong: arg-type, reportArgumentType

    # kind: loop over a query without async
    _ = [one.age async for one in User.query("acme")]
    _ = [one.age for one in User.query("acme")]  # wrong: attr-defined, reportGeneralTypeIssues

    # kind: partition key of another type
    await Order.get(id="1")
    await Order.get(id=1)  # wrong: -, -

    # kind: sort key of another type
    await User.get(org="acme", number=1)
    await User.get(org="acme", number="1")  # wrong: -, -

    # kind: missing sort key
    await User.get(org="acme", number=1)
    await User.get(org="acme")  # wrong: -, -

    # kind: sort key that the model has not
    await Order.get(id="1")
    await Order.get(id="1", number=2)  # wrong: -, -

    # kind: no key at all
    await User.get(org="acme", number=1)
    await User.get()  # wrong: -, -

    # kind: item taken for another model
    found: User | None = await User.get(org="acme", number=1)
    other: Order | None = await User.get(org="acme", number=1)  # wrong: assignment, reportAssignmentType

    # kind: item that may be missing
    maybe = await User.get(org="acme", number=1)
    print(maybe and maybe.age)
    maybe.age  # wrong: union-attr, reportOptionalMemberAccess

    # kind: read without await
    print(await User.get(org="acme", number=1))
    User.get(org="acme", number=1).age  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: item awaited
    await User.get(org="acme", number=1)
    await user  # wrong: misc, reportGeneralTypeIssues

    # kind: condition as an update
    await user.update(atomic=[User.age.add(1)])
    await user.update(atomic=[User.age > 3])  # wrong: list-item, reportArgumentType

    # kind: truth value as the condition of a write
    await user.save(condition=User.email == "x")
    await user.save(condition=user.email == "x")  # wrong: arg-type, reportArgumentType

    # kind: update action as the condition of a write
    await user.save(condition=User.age < 65)
    await user.save(condition=User.age.add(1))  # wrong: arg-type, reportArgumentType

    # kind: unknown option of a write
    await user.save(condition=User.age < 65)
    await user.save(if_=User.age < 65)  # wrong: call-arg, reportCallIssue

    # kind: verb of an instance on the class
    await user.save()
    await User.save()  # wrong: call-arg, reportCallIssue

    # kind: forgotten await of a write
    await user.save()
    user.save()  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: unknown field in an update by name
    await user.update(age=3)
    await user.update(agee=3)  # wrong: -, -

    # kind: value of another type in an update by name
    await user.update(age=3)
    await user.update(age="3")  # wrong: -, -

    # kind: update of a key
    await user.update(age=2)
    await user.update(number=2)  # wrong: -, -

    # kind: update action of another model
    await user.update(atomic=[User.age.add(1)])
    await user.update(atomic=[Order.total.add(1)])  # wrong: -, -

    # kind: unknown field of an item from a batch
    [one.age for one in await User.batch_get([{"org": "acme", "number": 1}])]
    [one.agee for one in await User.batch_get([{"org": "acme", "number": 1}])]  # wrong: attr-defined, reportAttributeAccessIssue

    async with BatchWriter(client, "users") as batch:
        # kind: text put into a batch
        batch.put({"org": "acme", "number": 1})
        batch.put("user")  # wrong: arg-type, reportArgumentType

        # kind: put into a batch awaited
        batch.put({"org": "acme", "number": 1})
        await batch.put({"org": "acme", "number": 1})  # wrong: func-returns-value, reportGeneralTypeIssues

    # kind: batch without async
    async with BatchWriter(client, "users"):
        pass
    with BatchWriter(client, "users"):  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    async with Transaction(client) as tx:
        # kind: truth value as a check
        tx.save_model(user, condition=User.email == "x")
        tx.save_model(user, condition=user.email == "x")  # wrong: -, -

        # kind: unknown verb of a transaction
        tx.save_model(user)
        tx.create(user)  # wrong: attr-defined, reportAttributeAccessIssue

        # kind: put in a transaction awaited
        tx.save_model(user)
        await tx.save_model(user)  # wrong: func-returns-value, reportGeneralTypeIssues

    # kind: transaction without async
    async with Transaction(client):
        pass
    with Transaction(client):  # wrong: attr-defined, reportGeneralTypeIssues
        pass

    # kind: token that is no text
    Transaction(client, client_request_token="order-1")
    Transaction(client, client_request_token=7)  # wrong: arg-type, reportArgumentType

    # kind: forgotten await of a table
    await User.create_table()
    User.create_table()  # wrong: unused-coroutine, reportUnusedCoroutine
    print(users, orders, found, other)
