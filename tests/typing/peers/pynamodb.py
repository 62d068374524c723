"""The same mistakes with PynamoDB. Its users are synchronous; never executed."""

# pyright: standard
from __future__ import annotations

from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite


class ByEmail(GlobalSecondaryIndex["User"]):
    class Meta:
        index_name = "by_email"
        projection = AllProjection()

    email = UnicodeAttribute(hash_key=True)


class Address(MapAttribute[str, str]):
    city = UnicodeAttribute()


class User(Model):
    class Meta:
        table_name = "users"

    org = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    email = UnicodeAttribute(default="")
    age = NumberAttribute(default=0)
    nickname = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute()
    scores: ListAttribute[float] = ListAttribute(default=list)
    home = Address()
    version = VersionAttribute()

    by_email = ByEmail()


class Order(Model):
    class Meta:
        table_name = "orders"

    id = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(default=0)


user = User("acme", 1)
home = Address(city="Ulm")

# kind: default of another type than the field
NumberAttribute(default=0)
NumberAttribute(default="0")  # wrong: arg-type, reportArgumentType

# kind: unknown option of a field
NumberAttribute(default=0)
NumberAttribute(defualt=0)  # wrong: call-arg, reportCallIssue

# kind: value of another type in the constructor
User("acme", 1, age=3)
User("acme", 1, age="3")  # wrong: -, -

# kind: missing field in the constructor
Order("1")
Order(total=3)  # wrong: -, -

# kind: unknown field in the constructor
Order("1", total=3)
Order("1", totl=3)  # wrong: -, -

# kind: document of another type in the constructor
User("acme", 1, home=home)
User("acme", 1, home="Ulm")  # wrong: -, -

# kind: unknown field of a document in the constructor
Address(city="Ulm")  # refused: no-untyped-call, -
Address(town="Ulm")  # wrong: no-untyped-call, -

# kind: member of another type in a set
User("acme", 1, tags={"a"})
User("acme", 1, tags={1})  # wrong: -, -

# kind: value of another type set on an instance
user.age = 3
user.age = "3"  # wrong: assignment, reportAttributeAccessIssue

# kind: unknown field set on an instance
user.email = "x"
user.emial = "x"  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field read from an instance
user.email.upper()
user.emial.upper()  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document read
user.home.city.upper()
user.home.town.upper()  # wrong: -, -

# kind: field that can be None used as if it could not
(user.nickname or "").upper()
user.nickname.upper()  # wrong: -, -

# kind: expression asked of an instance
User.email.startswith("x")
user.email.begins_with("x")  # wrong: attr-defined, -

# kind: unknown field in an expression
User.query("acme", filter_condition=User.email == "x")
User.query("acme", filter_condition=User.emial == "x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document in an expression
User.query("acme", filter_condition=User.home.city == "Ulm")  # refused: arg-type, reportArgumentType
User.query("acme", filter_condition=User.home.town == "Ulm")  # wrong: arg-type, reportArgumentType

# kind: equal to a value of another type
User.query("acme", filter_condition=User.age == 18)
User.query("acme", filter_condition=User.age == "18")  # wrong: -, -

# kind: compared with a value of another type
User.query("acme", filter_condition=User.age > 18)
User.query("acme", filter_condition=User.age > "18")  # wrong: -, -

# kind: compared with a field of another type
User.query("acme", filter_condition=User.age > User.number)
User.query("acme", filter_condition=User.age > User.email)  # wrong: -, -

# kind: range of another type
User.query("acme", filter_condition=User.age.between(1, 2))
User.query("acme", filter_condition=User.age.between("1", "2"))  # wrong: -, -

# kind: one of values of another type
User.query("acme", filter_condition=User.age.is_in(1, 2))
User.query("acme", filter_condition=User.age.is_in("1"))  # wrong: arg-type, reportArgumentType

# kind: beginning of a number
User.query("acme", filter_condition=User.email.startswith("1"))
User.query("acme", filter_condition=User.age.startswith("1"))  # wrong: -, -

# kind: beginning of another type
User.query("acme", filter_condition=User.email.startswith("1"))
User.query("acme", filter_condition=User.email.startswith(1))  # wrong: arg-type, reportArgumentType

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
print("adult" if (user.age or 0) > 18 else "child")
print("adult" if User.age > 18 else "child")  # wrong: -, reportGeneralTypeIssues

# kind: `not` instead of ~
User.query("acme", filter_condition=~(User.age > 3))
User.query("acme", filter_condition=not (User.age > 3))  # wrong: arg-type, reportArgumentType

# kind: field of another model in a condition
Order.query("1", filter_condition=Order.total > 1)
Order.query("1", filter_condition=User.age > 1)  # wrong: -, -

# kind: set to a value of another type
user.update([User.age.set(3)])
user.update([User.age.set("3")])  # wrong: arg-type, reportArgumentType

# kind: number added to a text
user.update([User.age.add(1)])
user.update([User.email.add(1)])  # wrong: -, -

# kind: text added to a number
user.update([User.age.add(1)])
user.update([User.age.add("1")])  # wrong: -, -

# kind: arithmetic with a text
user.update([User.age.set(User.age + 1)])
user.update([User.age.set(User.age + "1")])  # wrong: -, -

# kind: single element added to a set
user.update([User.tags.add({"x"})])
user.update([User.tags.add("x")])  # wrong: -, -

# kind: element of another type added to a set
user.update([User.tags.add({"x"})])
user.update([User.tags.add({3})])  # wrong: -, -

# kind: element of another type appended to a list
user.update([User.scores.set(User.scores.append([3]))])
user.update([User.scores.set(User.scores.append(["3"]))])  # wrong: -, -

# kind: appended to a number
user.update([User.scores.set(User.scores.append([3]))])
user.update([User.age.set(User.age.append([3]))])  # wrong: -, -

# kind: remove with a value
user.update([User.nickname.remove()])
user.update([User.nickname.remove("x")])  # wrong: call-arg, reportCallIssue

# kind: `and` between comparisons
User.query("acme", filter_condition=(User.age > 3) & (User.age < 9))
User.query("acme", filter_condition=(User.age > 3) and (User.age < 9))  # wrong: -, -

# kind: value of an instance as a condition
User.query("acme", filter_condition=User.email == "x")
User.query("acme", filter_condition=user.email == "x")  # wrong: arg-type, -

# kind: field as a condition
User.query("acme", filter_condition=User.nickname.exists())
User.query("acme", filter_condition=User.nickname)  # wrong: arg-type, reportArgumentType

# kind: update action as a condition
User.query("acme", filter_condition=User.age == 1)
User.query("acme", filter_condition=User.age.add(1))  # wrong: arg-type, reportArgumentType

# kind: limit that is no number
User.query("acme", limit=10)
User.query("acme", limit="10")  # wrong: arg-type, reportArgumentType

# kind: unknown index
User.by_email.query("x")
User.by_mail.query("x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: results taken for another model
users: list[User] = list(User.query("acme"))
orders: list[Order] = list(User.query("acme"))  # wrong: arg-type, reportAssignmentType

# kind: cursor of another type
User.query("acme", last_evaluated_key={"org": {"S": "acme"}})
User.query("acme", last_evaluated_key=3)  # wrong: arg-type, reportArgumentType

# kind: partition key of another type
Order.get("1")
Order.get(1)  # wrong: -, -

# kind: sort key of another type
User.get("acme", 1)
User.get("acme", "1")  # wrong: -, -

# kind: missing sort key
User.get("acme", 1)
User.get("acme")  # wrong: -, -

# kind: sort key that the model has not
Order.get("1")
Order.get("1", 2)  # wrong: -, -

# kind: too many parts of a key
User.get("acme", 1)
User.get("acme", 1, 2)  # wrong: arg-type, reportArgumentType

# kind: partition and sort key exchanged
User.get("acme", 1)
User.get(1, "acme")  # wrong: -, -

# kind: no key at all
User.get("acme", 1)
User.get()  # wrong: call-arg, reportCallIssue

# kind: item taken for another model
found: User = User.get("acme", 1)
other: Order = User.get("acme", 1)  # wrong: assignment, reportAssignmentType

# kind: condition as an update
user.update([User.age.add(1)])
user.update([User.age > 3])  # wrong: list-item, reportArgumentType

# kind: truth value as the condition of a write
user.save(condition=User.email == "x")
user.save(condition=user.email == "x")  # wrong: arg-type, -

# kind: update action as the condition of a write
user.update([User.age.add(1)], condition=User.age < 65)
user.update([User.age.add(1)], condition=User.age.add(1))  # wrong: arg-type, reportArgumentType

# kind: unknown option of a write
user.save(condition=User.age < 65)
user.save(if_=User.age < 65)  # wrong: call-arg, reportCallIssue

# kind: verb of an instance on the class
user.save()
User.save()  # wrong: call-arg, reportCallIssue

# kind: update of a key
user.update([User.age.set(2)])
user.update([User.number.set(2)])  # wrong: -, -

# kind: update action of another model
user.update([User.age.add(1)])
user.update([Order.total.add(1)])  # wrong: -, -

with User.batch_write() as batch:
    # kind: text put into a batch
    batch.save(user)
    batch.save("user")  # wrong: -, reportArgumentType

    # kind: document in a batch
    batch.save(user)
    batch.save(home)  # wrong: -, reportArgumentType

# kind: unknown field of an item from a batch
[one.age for one in User.batch_get([("acme", 1)])]
[one.agee for one in User.batch_get([("acme", 1)])]  # wrong: attr-defined, reportAttributeAccessIssue

# kind: batch of reads without a model
User.batch_get([("acme", 1)])
User.batch_get()  # wrong: call-arg, reportCallIssue

with TransactWrite(connection=Connection()) as tx:
    # kind: document in a transaction
    tx.save(user)
    tx.save(home)  # wrong: type-var, reportArgumentType

    # kind: condition as an update in a transaction
    tx.update(user, actions=[User.age.add(1)])
    tx.update(user, actions=[User.age > 3])  # wrong: list-item, reportArgumentType

    # kind: truth value as a check
    tx.condition_check(User, "acme", 1, condition=User.email == "x")
    tx.condition_check(User, "acme", 1, condition=user.email == "x")  # wrong: arg-type, -

    # kind: unknown verb of a transaction
    tx.save(user)
    tx.put(user)  # wrong: attr-defined, reportAttributeAccessIssue

# kind: token that is no text
TransactWrite(connection=Connection(), client_request_token="order-1")
TransactWrite(connection=Connection(), client_request_token=7)  # wrong: arg-type, reportArgumentType

with TransactGet(connection=Connection()) as reads:
    # kind: instance instead of a key in a transaction of reads
    reads.get(User, "acme", 1)
    reads.get(user)  # wrong: arg-type, reportCallIssue

# kind: table by name
User.delete_table()
Connection().delete_table(User)  # wrong: arg-type, reportArgumentType

# kind: unknown option of a session
Connection(region="eu-west-1")
Connection(regoin="eu-west-1")  # wrong: call-arg, reportCallIssue

# kind: option of another type
Connection(max_retry_attempts=2)
Connection(max_retry_attempts="2")  # wrong: arg-type, reportArgumentType
