"""Mistakes with queries, scans, pages, streams and collections. Never executed."""

# pyright: standard
from __future__ import annotations

import attrs

from dynamorm_async import Collection, Query, Session, access_pattern
from tests.typing.kinds.shop import Connection, Order, User, home, user


@attrs.frozen
class Brief:
    email: str


query = User.query(User.org == "acme")


async def asking() -> None:
    # kind: `and` between comparisons
    await User.query((User.org == "acme") & (User.age > 3))
    await User.query((User.org == "acme") and (User.age > 3))  # wrong: -, -

    # kind: `or` between comparisons
    await User.scan((User.org == "acme") | (User.age > 3))
    await User.query((User.org == "acme") or (User.age > 3))  # wrong: -, -

    # kind: `and` between conditions that are calls
    await query.where(User.nickname.exists() & User.email.begins_with("a"))
    await query.where(User.nickname.exists() and User.email.begins_with("a"))  # wrong: misc, -

    # kind: chained comparison
    await query.where(User.age >= 18, User.age < 65)
    await query.where(18 <= User.age < 65)  # wrong: -, -

    # kind: value of an instance as a condition
    await User.query(User.age > 18)
    await User.query(user.age > 18)  # wrong: call-overload, reportArgumentType

    # kind: field as a condition
    await User.query(User.nickname.exists())
    await User.query(User.nickname)  # wrong: call-overload, reportArgumentType

    # kind: update action as a condition
    await User.query(User.age == 1)
    await User.query(User.age.add(1))  # wrong: call-overload, reportArgumentType

    # kind: function as a condition
    await query.where(User.age > 3)
    await query.where(lambda one: one.age > 3)  # wrong: call-overload, reportArgumentType

    # kind: condition by keyword
    await User.query(User.org == "acme")
    await User.query(org="acme")  # wrong: call-overload, reportCallIssue

    # kind: name without an operator
    await User.query("org", "=", "acme")
    await User.query("org")  # wrong: call-overload, reportArgumentType

    # kind: unknown operator
    await query.where("age", ">=", 18)
    await query.where("age", "=>", 18)  # wrong: call-overload, reportArgumentType

    # kind: operator without its value
    await query.where("age", ">", 18)
    await query.where("age", ">")  # wrong: call-overload, reportArgumentType

    # kind: value for an operator that takes none
    await query.where("age", "exists")
    await query.where("age", "exists", "x", "y")  # wrong: call-overload, reportArgumentType

    # kind: limit that is no number
    await query.limit(10)
    await query.limit("10")  # wrong: arg-type, reportArgumentType

    # kind: unknown direction
    await query.order_by("number", "desc")
    await query.order_by("number", "descending")  # wrong: arg-type, reportArgumentType

    # kind: field instead of an index
    await query.index(User.by_email)
    await query.index(User.email)  # wrong: arg-type, reportArgumentType

    # kind: unknown index
    await query.index(User.by_email)
    await query.index(User.by_mail)  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: names selected as texts
    await query.select(User.email, User.age)
    await query.select("email", "age")  # wrong: call-overload, reportArgumentType

    # kind: too few names for a selection
    (email, age) = (await query.select(User.email, User.age))[0]
    (only,) = (await query.select(User.email, User.age))[0]  # wrong: misc, reportAssignmentType

    # kind: too few names for a selection of seven
    row = await query.select(User.org, User.number, User.email, User.age, User.credits, User.nickname, User.seen).first()
    _a, _b, _c, _d, _e, _f, _g = row
    _a, _b = row  # wrong: misc, reportAssignmentType

    # kind: selected value taken for another type
    name: str = (await query.select(User.email))[0][0]
    count: int = (await query.select(User.email))[0][0]  # wrong: assignment, reportAssignmentType

    # kind: names of a partial read as texts
    await query.only(User.age)
    await query.only("age")  # wrong: arg-type, reportArgumentType

    # kind: instance instead of a class to read into
    await query.into(Brief)
    await query.into(Brief(email=""))  # wrong: arg-type, reportArgumentType

    # kind: field that the class read into lacks
    (await query.into(Brief).first()).email.upper()
    (await query.into(Brief).first()).age.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: results taken for another model
    users: list[User] = await query
    orders: list[Order] = await query  # wrong: assignment, reportAssignmentType

    # kind: first result that may be missing
    found = await query.first_or_none()
    print(found and found.age)
    found.age.bit_length()  # wrong: union-attr, reportOptionalMemberAccess

    # kind: handle used without await
    (await query.first()).email.upper()
    query.first().email.upper()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: results of a query without await
    print(len(await query))
    print(len(query))  # wrong: arg-type, reportArgumentType

    # kind: loop over a query without async
    _ = [one.age async for one in query]
    _ = [one.age for one in query]  # wrong: attr-defined, reportGeneralTypeIssues

    # kind: number of items awaited twice
    (await query.count()).bit_length()
    await (await query.count())  # wrong: misc, reportGeneralTypeIssues

    # kind: forgotten await of a coroutine
    await query.count()
    query.count()  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: query through something that is no session
    await query.using(Session())
    await query.using("eu-west-1")  # wrong: arg-type, reportArgumentType

    # kind: segment without its total
    await User.scan().segment(0, 4).page()
    await User.scan().segment(0).page()  # wrong: call-arg, reportCallIssue

    # kind: key field asked for as a range, where only equality can be
    await User.query(User.org == "acme")
    await User.query(User.org > "acme")  # wrong: -, -
    _ = email, age, only, name, count, users, orders


async def paging() -> None:
    page = await query.page(size=20)

    # kind: size of a page that is no number
    await query.page(size=20)
    await query.page(size="20")  # wrong: arg-type, reportArgumentType

    # kind: cursor of another type
    await query.page(cursor=page.cursor)
    await query.page(cursor=3)  # wrong: arg-type, reportArgumentType

    # kind: page itself as a cursor
    await query.page(cursor=page.cursor)
    await query.page(cursor=page)  # wrong: arg-type, reportArgumentType

    # kind: page taken for an item
    page.items[0].age.bit_length()
    page.age.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: page changed
    print(page.items)
    page.items = []  # wrong: misc, reportAttributeAccessIssue

    # kind: page taken for a list of another model
    first: User = page.items[0]
    other: Order = page.items[0]  # wrong: assignment, reportAssignmentType

    # kind: pages without async
    _ = [one.count async for one in query.pages()]
    _ = [one.count for one in query.pages()]  # wrong: attr-defined, reportGeneralTypeIssues

    # kind: pages awaited
    _ = [one.count async for one in query.pages()]
    await query.pages()  # wrong: misc, reportGeneralTypeIssues

    # kind: stream awaited
    async with User.scan(segments=4).stream() as users:
        print((await anext(users)).age)
    await User.scan(segments=4).stream()  # wrong: misc, reportGeneralTypeIssues

    # kind: progress told to something that cannot be called
    async with query.stream(progress=print):
        pass
    async with query.stream(progress=True):  # wrong: arg-type, reportArgumentType
        pass
    _ = first, other


async def several() -> None:
    # kind: collection of one model
    Collection(User, Order)
    Collection(User)  # wrong: call-overload, reportCallIssue

    # kind: collection of something that is no model
    Collection(User, Order)
    Collection(User, str)  # wrong: type-var, reportArgumentType

    # kind: groups of a collection taken for other models
    users, orders = await Collection(User, Order).query(User.org == "a").groups()
    users[0].age.bit_length()
    orders[0].age.bit_length()  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: too few names for groups
    users, orders = await Collection(User, Order).query(User.org == "a").groups()
    (lone,) = await Collection(User, Order).query(User.org == "a").groups()  # wrong: misc, reportAssignmentType

    # kind: field of one model asked of an item of several
    for one in await Collection(User, Order).query(User.org == "a"):
        print(one.age if isinstance(one, User) else one.total)
        print(one.age)  # wrong: union-attr, reportAttributeAccessIssue
    print(lone)


async def selecting_of_several() -> None:
    # kind: fields selected of a collection
    await Collection(User, Order).query(User.org == "a").limit(3)
    await Collection(User, Order).query(User.org == "a").select(User.age)  # wrong: arg-type, reportArgumentType


# kind: access pattern that is no query
@access_pattern
def adults(org: str) -> Query[User]:
    return User.query(User.org == org, User.age >= 18)


@access_pattern  # wrong: type-var, reportArgumentType
def nobody(org: str) -> int:
    return len(org)


# kind: access pattern called with another type
adults("acme")
adults(3)  # wrong: arg-type, reportArgumentType

_ = Connection, home


async def undecoded_rows() -> None:
    # kind: selection of items that stay undecoded
    await query.select(User.email).raw()
    await query.raw().select(User.email)  # wrong: arg-type, reportArgumentType


async def undecoded_instances() -> None:  # apart, since what is refused never returns
    # kind: items that stay undecoded as instances
    await query.into(Brief)
    await query.raw().into(Brief)  # wrong: arg-type, reportArgumentType
