"""Mistakes in the body of a model, in its constructor, and with its instances. Never executed."""

# pyright: standard
from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dynamorm_async import (
    Attr,
    FieldConverter,
    GlobalIndex,
    LocalIndex,
    Model,
    Nested,
    attr,
    auto_id,
    computed,
    created_at,
    partition_key,
    ttl,
    ulid,
    unique,
    version,
)
from tests.typing.kinds.shop import Address, Connection, Order, User, home, user

# ---------------------------------------------------------------- declaring


class Declared(Model, table="declared"):
    id: Attr[str] = partition_key()
    # kind: default of another type than the field
    age: Attr[int] = attr(default=0)
    ages: Attr[int] = attr(default="0")  # wrong: arg-type, reportAssignmentType
    # kind: factory of another type than the field
    tags: Attr[set[str]] = attr(factory=set[str])
    more: Attr[set[str]] = attr(factory=list[str])  # wrong: arg-type, reportAssignmentType
    # kind: factory of another type than the document
    home: Nested[Address] = attr(factory=lambda: Address(city="Ulm"))
    work: Nested[Address] = attr(factory=list[str])  # wrong: arg-type, reportAssignmentType
    # kind: document that is never None with None as its default
    back: Nested[Address | None] = attr(default=None)
    over: Nested[Address] = attr(default=None)  # wrong: arg-type, reportAssignmentType
    # kind: default of another type than the elements of a list of documents
    stops: Attr[list[Address]] = attr(factory=list[Address])
    halts: Attr[list[Address]] = attr(factory=list[str])  # wrong: arg-type, reportAssignmentType
    # kind: unknown option of a field
    first: Attr[int] = attr(default=0)
    second: Attr[int] = attr(defualt=0)  # wrong: call-overload, reportCallIssue
    # kind: unknown policy for None
    third: Attr[str | None] = attr(default=None, null="omit")
    fourth: Attr[str | None] = attr(default=None, null="skip")  # wrong: call-overload, reportArgumentType
    # kind: version of another type than int
    version: Attr[int] = version()
    revision: Attr[str] = version()  # wrong: operator, reportCallIssue
    # kind: time of writing of another type than datetime
    created_at: Attr[datetime] = created_at()
    made: Attr[int] = created_at()  # wrong: operator, reportCallIssue
    # kind: computed attribute of another type than text
    label: Attr[str] = computed("{id}-{age}")
    number: Attr[int] = computed("{age}")  # wrong: assignment, reportAssignmentType
    # kind: id made as another type than the field
    order_id: Attr[str] = auto_id(ulid)
    other_id: Attr[UUID] = auto_id(ulid)  # wrong: arg-type, reportAssignmentType
    # kind: time to live with a default of another type
    expires: Attr[datetime | None] = ttl(default=None)
    expired: Attr[datetime] = ttl(default="tomorrow")  # wrong: arg-type, reportAssignmentType
    # kind: converter that is no pair of functions
    money: Attr[int] = attr(default=0, converter=FieldConverter(str, int))
    price: Attr[int] = attr(default=0, converter=int)  # wrong: call-overload, reportArgumentType
    # kind: index over something that is no field
    by_age = GlobalIndex(age)
    by_three = GlobalIndex(3)  # wrong: arg-type, reportArgumentType
    # kind: local index with two sort keys
    by_label = LocalIndex(label)
    by_both = LocalIndex((label, age))  # wrong: arg-type, reportArgumentType
    # kind: unknown projection of an index
    by_tag = GlobalIndex(label, projection="KEYS_ONLY")
    by_other = GlobalIndex(label, projection="keys_only")  # wrong: arg-type, reportArgumentType
    # kind: unique value of something that is no field
    one_label = unique(label)
    one_three = unique(3)  # wrong: arg-type, reportArgumentType


# kind: unknown billing of a table
class Billed(Model, table="billed", billing="PROVISIONED"):
    id: Attr[str] = partition_key()


class Unbilled(Model, table="billed", billing="provisioned"):  # wrong: arg-type, reportArgumentType
    id: Attr[str] = partition_key()


# ---------------------------------------------------------------- constructing

# kind: value of another type in the constructor
User(org="acme", number=1, home=home, age=3)
User(org="acme", number=1, home=home, age="3")  # wrong: arg-type, reportArgumentType

# kind: missing field in the constructor
Order(id="1")
Order(total=3)  # wrong: call-arg, reportCallIssue

# kind: unknown field in the constructor
Order(id="1", total=3)
Order(id="1", totl=3)  # wrong: call-arg, reportCallIssue

# kind: fields by position in the constructor
Order(id="1")
Order("1")  # wrong: call-arg, reportCallIssue

# kind: field that the library fills, in the constructor
User(org="acme", number=1, home=home)
User(org="acme", number=1, home=home, version=3)  # wrong: call-arg, reportCallIssue

# kind: templated key in the constructor
Connection(connection_id="1")
Connection(connection_id="1", pk="CONN#1")  # wrong: call-arg, reportCallIssue

# kind: document of another type in the constructor
User(org="acme", number=1, home=Address(city="Ulm"))
User(org="acme", number=1, home="Ulm")  # wrong: arg-type, reportArgumentType

# kind: unknown field of a document in the constructor
Address(city="Ulm")
Address(town="Ulm")  # wrong: call-arg, reportCallIssue

# kind: member of another type in a set
User(org="acme", number=1, home=home, tags={"a"})
User(org="acme", number=1, home=home, tags={1})  # wrong: arg-type, reportArgumentType

# ---------------------------------------------------------------- instances

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
user.home.town.upper()  # wrong: attr-defined, reportAttributeAccessIssue

# kind: document that may be missing used as if it could not
print(user.second_home and user.second_home.city)
print(user.second_home.city)  # wrong: union-attr, reportOptionalMemberAccess

# kind: field that can be None used as if it could not
(user.nickname or "").upper()
user.nickname.upper()  # wrong: union-attr, reportOptionalMemberAccess

# kind: expression asked of an instance
User.email.begins_with("x")
user.email.begins_with("x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: computed attribute set
user.email = "x"
Order(id="1").label = "x"  # wrong: -, -
