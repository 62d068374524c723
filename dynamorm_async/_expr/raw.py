"""``raw(...)``: a condition written as DynamoDB has it, with its values apart from its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from dynamorm_async._expr.conditions import Condition, Raw, Value
from dynamorm_async._expr.parse import parse_condition
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidRequestError

__all__ = ["raw"]


def raw(text: LiteralString, /, names: Mapping[str, str] | None = None, **values: object) -> Condition:
    """A condition in DynamoDB's own words, for what the typed expressions do not say.

    The text is parsed, never sent: names and placeholders are written anew with those of the other conditions, so
    that they cannot collide, and the planner sees what it says. Never build the text from input; pass input as values.

    Args:
        text: A filter, condition or key condition expression. Names are fields of the model or attribute names.
        names: Attribute names for ``#placeholders``, for names that cannot be written plainly.
        values: Values for ``:placeholders``.

    Returns:
        A condition, to be combined with others.

    Raises:
        InvalidRequestError: The text is malformed, a placeholder has no value, or a value no placeholder.
        UnknownFieldError: When it is given to a model that has no such field.

    Limit:
        4 KB of expression in a request, as DynamoDB counts it.

    Example:
        >>> User.scan(raw("contains(tags, :tag)", tag="active"))
        >>> User.query(raw("org = :org AND #age > :age", names={"#age": "age"}, org="acme", age=18))
    """
    given = _Given({_hashed(name): attribute for name, attribute in (names or {}).items()}, values)
    tree = parse_condition(text, given.name, given.value)
    given.check_all_used()
    return Raw(text, tree)


def _hashed(name: str) -> str:
    return name if name.startswith("#") else f"#{name}"


class _Given:
    """The names and values of one ``raw()``, and which of them its text has used."""

    def __init__(self, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self.names, self.values = names, values
        self.unused = {*names, *(f":{name}" for name in values)}

    def name(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        if name not in self.names:
            raise InvalidRequestError(f"raw() has no name for {name}.", hint=f"Pass names={{{name!r}: 'attribute'}}.")
        self.unused.discard(name)
        return self.names[name]

    def value(self, placeholder: str) -> Value:
        name = placeholder[1:]
        if name not in self.values:
            raise InvalidRequestError(f"raw() has no value for {placeholder}.", hint=f"Pass {name}=... as an argument.")
        self.unused.discard(placeholder)
        return Value(self.values[name], Slot(Any, placeholder))

    def check_all_used(self) -> None:
        if self.unused:
            raise InvalidRequestError(
                f"raw() was given {', '.join(sorted(self.unused))}, which its text does not use.",
                hint="Take it away, or write it into the text.",
            )
