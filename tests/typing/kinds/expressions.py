"""Mistakes in conditions and update actions. Never executed."""

# pyright: standard
from __future__ import annotations

from decimal import Decimal

from dynamorm_async import expr, raw
from tests.typing.kinds.shop import Order, User, home

# ---------------------------------------------------------------- conditions

# kind: unknown field in an expression
User.query(User.email == "x")
User.query(User.emial == "x")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document in an expression
User.query(User.home.city == "Ulm")
User.query(User.home.town == "Ulm")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document that may be missing
User.query(User.second_home.city == "Ulm")
User.query(User.second_home.town == "Ulm")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document in a list
User.query(User.former_homes[0].city == "Ulm")
User.query(User.former_homes[0].town == "Ulm")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: unknown field of a document in a map
User.query(User.places["work"].city == "Ulm")
User.query(User.places["work"].town == "Ulm")  # wrong: attr-defined, reportAttributeAccessIssue

# kind: field of a document in a list compared with a value of another type
User.query(User.former_homes[0].city > "Ulm")
User.query(User.former_homes[0].city > 3)  # wrong: operator, reportOperatorIssue

# kind: equal to a value of another type
User.query(User.age == 18)
User.query(User.age == "18")  # wrong: call-overload, reportArgumentType

# kind: compared with a value of another type
User.query(User.age > 18)
User.query(User.age > "18")  # wrong: operator, reportOperatorIssue

# kind: compared with a field of another type
User.query(User.age > User.number)
User.query(User.age > User.email)  # wrong: operator, reportOperatorIssue

# kind: range of another type
User.query(User.age.between(1, 2))
User.query(User.age.between("1", "2"))  # wrong: arg-type, reportArgumentType

# kind: one of values of another type
User.query(User.age.in_([1, 2]))
User.query(User.age.in_(["1"]))  # wrong: list-item, reportArgumentType

# kind: one of a single value
User.query(User.age.in_([1]))
User.query(User.age.in_(1))  # wrong: call-overload, reportArgumentType

# kind: one of the letters of a text
User.query(User.email.in_(["x", "y"]))
User.query(User.email.in_("xy"))  # wrong: call-overload, reportArgumentType

# kind: beginning of a number
User.query(User.email.begins_with("1"))
User.query(User.age.begins_with("1"))  # wrong: misc, reportAttributeAccessIssue

# kind: beginning of another type
User.query(User.email.begins_with("1"))
User.query(User.email.begins_with(1))  # wrong: arg-type, reportArgumentType

# kind: part of a number
User.query(User.email.contains("1"))
User.query(User.age.contains("1"))  # wrong: misc, reportAttributeAccessIssue

# kind: element of another type
User.query(User.tags.contains("x"))
User.query(User.tags.contains(3))  # wrong: arg-type, reportArgumentType

# kind: `in` with an expression
User.query(User.tags.contains("x"))
"x" in User.tags  # wrong: operator, reportOperatorIssue

# kind: loop over an expression
[score + 1 for score in User(org="a", number=1, home=home).scores]
[score + 1 for score in User.scores]  # wrong: misc, reportGeneralTypeIssues

# kind: size compared with a text
User.query(User.tags.size() > 3)
User.query(User.tags.size() > "3")  # wrong: operator, reportOperatorIssue

# kind: element of a set by its position
User.query(User.scores[0] > 1)
User.query(User.tags[0] == "x")  # wrong: misc, reportIndexIssue

# kind: entry of a map by a number
User.query(User.settings["dark"] == True)  # noqa: E712  an expression
User.query(User.settings[0] == True)  # noqa: E712  # wrong: index, reportArgumentType

# kind: unknown type of attribute
User.query(User.email.has_type("S"))
User.query(User.email.has_type("string"))  # wrong: arg-type, reportArgumentType

# kind: condition with something that is none
User.query((User.age > 3) & (User.age < 9))
User.query((User.age > 3) & 9)  # wrong: operator, reportOperatorIssue

# kind: condition as a truth value
print("adult" if User(org="a", number=1, home=home).age > 18 else "child")
print("adult" if User.age > 18 else "child")  # wrong: -, reportGeneralTypeIssues

# kind: `not` instead of ~
User.query(~(User.age > 3))
User.query(not (User.age > 3))  # wrong: call-overload, reportArgumentType

# kind: document compared with a text
User.query(expr(User.home) == home)
User.query(expr(User.home) == "Ulm")  # wrong: call-overload, reportArgumentType

# kind: document in a list compared with a text
User.query(expr(User.former_homes[0]) == home)
User.query(expr(User.former_homes[0]) == "Ulm")  # wrong: call-overload, reportArgumentType

# kind: raw expression that is no text
User.query(raw("age > :low", low=3))
User.query(raw(3))  # wrong: arg-type, reportArgumentType

# ---------------------------------------------------------------- update actions

# kind: set to a value of another type
User.age.set(3)
User.age.set("3")  # wrong: arg-type, reportArgumentType

# kind: document in a map set to a value of another type
expr(User.places["work"]).set(home)
expr(User.places["work"]).set("Ulm")  # wrong: arg-type, reportArgumentType

# kind: set to a field of another type
User.age.set(User.number)
User.age.set(User.email)  # wrong: arg-type, reportArgumentType

# kind: number added to a text
User.age.add(1)
User.email.add(1)  # wrong: misc, reportAttributeAccessIssue

# kind: text added to a number
User.age.add(1)
User.age.add("1")  # wrong: arg-type, reportArgumentType

# kind: float added to a decimal
User.credits.add(Decimal("0.1"))
User.credits.add(0.1)  # wrong: arg-type, reportArgumentType

# kind: arithmetic with a text
User.age.set(User.age + 1)
User.age.set(User.age + "1")  # wrong: operator, reportOperatorIssue

# kind: single element added to a set
User.tags.add({"x"})
User.tags.add("x")  # wrong: arg-type, reportArgumentType

# kind: element of another type added to a set
User.tags.add({"x"})
User.tags.add({3})  # wrong: arg-type, reportArgumentType

# kind: element of another type taken out of a set
User.tags.discard({"x"})
User.tags.discard({3})  # wrong: arg-type, reportArgumentType

# kind: element of another type appended to a list
User.scores.append([3])
User.scores.append(["3"])  # wrong: list-item, reportArgumentType

# kind: appended to a number
User.scores.append([3])
User.age.append([3])  # wrong: arg-type, reportAttributeAccessIssue

# kind: fallback of another type
User.age.set(User.age.if_not_exists(0))
User.age.set(User.age.if_not_exists("0"))  # wrong: arg-type, reportArgumentType

# kind: remove with a value
User.nickname.remove()
User.nickname.remove("x")  # wrong: call-arg, reportCallIssue

# kind: field of another model in a condition
Order.query(Order.id == "1")
Order.query(User.org == "1")  # wrong: -, -
