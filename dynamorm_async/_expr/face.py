"""`Expr`: what a field is when it is reached through its class; typed, so that a wrong operand is found early."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NoReturn, TypeAlias, TypeVar, cast, overload
from typing import Never as Nothing

from dynamorm_async._expr.conditions import (
    Between,
    Comparator,
    Compare,
    Condition,
    Exists,
    HasType,
    In,
    Never,
    NotExists,
    Operand,
    Size,
    Value,
)
from dynamorm_async._expr.functions import (
    begins_with,
    check_ends,
    contains,
    document_specs,
    element_slot,
    has_type,
)
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.shown import BracketsNeeded, Described, Undeclared
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.updates import Action, Arithmetic, Clause, Computed, IfNotExists, ListJoin, SetOperand
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError

__all__ = ["DocumentExpr", "Expr", "SizeExpr", "expr", "expr_at"]

T = TypeVar("T")
V = TypeVar("V")
M = TypeVar("M")
D = TypeVar("D", bound=Described)
Number = TypeVar("Number", int, float, Decimal)

StoredType: TypeAlias = Literal["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"]
"""What DynamoDB calls its types."""

_INT = Slot(int, "size")
# Read once: a member that is reached through its class takes 70 ns each time.
_EQ, _NE, _LT, _LE, _GT, _GE = Comparator
_SET, _REMOVE, _ADD, _DELETE = Clause


class _Comparable(Generic[T]):
    """The comparisons that a path and its size share."""

    __slots__ = ()

    def _operand(self) -> Path | Size:
        raise NotImplementedError

    def _value(self, value: object) -> Operand:
        raise NotImplementedError

    def _is_none(self) -> Condition:
        raise NotImplementedError

    def _ordered(self, value: object) -> Operand:
        if value is None:
            raise InvalidRequestError(
                "None is neither less nor greater than anything.", hint="Use == None or != None, or exists()."
            )
        return self._value(value)

    def __eq__(self, other: T | Expr[T]) -> Condition:  # type: ignore[override]  # an expression language
        return self._is_none() if other is None else Compare(_EQ, self._operand(), self._value(other))

    def __ne__(self, other: T | Expr[T]) -> Condition:  # type: ignore[override]  # an expression language
        return ~self._is_none() if other is None else Compare(_NE, self._operand(), self._value(other))

    def __lt__(self, other: T | Expr[T]) -> Condition:
        return Compare(_LT, self._operand(), self._ordered(other))

    def __le__(self, other: T | Expr[T]) -> Condition:
        return Compare(_LE, self._operand(), self._ordered(other))

    def __gt__(self, other: T | Expr[T]) -> Condition:
        return Compare(_GT, self._operand(), self._ordered(other))

    def __ge__(self, other: T | Expr[T]) -> Condition:
        return Compare(_GE, self._operand(), self._ordered(other))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # == builds a condition, so an expression cannot be a dict key

    def between(self, low: T | Expr[T], high: T | Expr[T]) -> Condition:
        """``low <= this <= high``, both ends included.

        Args:
            low: The lower end, of the field's type, or another field.
            high: The upper end.

        Returns:
            A condition.

        Raises:
            InvalidRequestError: ``low`` is greater than ``high``.

        Example:
            >>> adults = await User.query(User.org == "acme", User.age.between(18, 65))
        """
        ends = self._ordered(low), self._ordered(high)
        check_ends(*ends)
        return Between(self._operand(), *ends)

    @overload
    def in_(self, values: str | bytes) -> BracketsNeeded: ...  # type: ignore[overload-overlap]  # a text has letters
    @overload
    def in_(self, values: Iterable[T | Expr[T]]) -> Condition: ...
    def in_(self, values: Iterable[T | Expr[T]] | str | bytes) -> Any:
        """Equal to one of the values. No value at all matches nothing and needs no request.

        Args:
            values: Of the field's type, or fields. None stands for an attribute that is missing or NULL.

        Returns:
            A condition.

        Raises:
            InvalidRequestError: A text, or something else that is no list of values.

        Limit:
            DynamoDB's IN has at most 100 operands; more are sent as several joined with OR, in at most 4 KB of text.

        Example:
            >>> users = await User.scan(User.age.in_([18, 36]))
        """
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise InvalidRequestError("in_() takes a list of values.", hint="Write in_([...]).")
        given = list(values)
        some = tuple(self._value(value) for value in given if value is not None)
        found: Condition = In(self._operand(), some) if some else Never()
        if len(some) == len(given):
            return found
        return found | self._is_none() if some else self._is_none()


class SizeExpr(_Comparable[int]):
    """``User.tags.size()``: the length of a text, binary, list, map or set, to compare with a number."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def _operand(self) -> Size:
        return Size(self._path)

    def _value(self, value: object) -> Operand:
        if isinstance(value, (Expr, SizeExpr)):
            return value._operand()
        return Value(value, _INT)

    def _is_none(self) -> Condition:
        raise InvalidRequestError("a size is a number, never None.", hint="Use exists() or not_exists().")


class Expr(_Comparable[T]):
    """A field reached through its class: ``User.age``. Compare it, or make an update action of it.

    Example:
        >>> User.age >= 18
        >>> User.age.add(1)
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"<Expr {self._path.slot.label}: {self._path}>"

    def _operand(self) -> Path:
        return self._path

    def _value(self, value: object) -> Operand:
        if isinstance(value, (Expr, SizeExpr)):
            return value._operand()
        return Value(value, self._path.slot)

    def _is_none(self) -> Condition:
        # What reads back as None: the attribute is missing, or it holds NULL.
        return NotExists(self._path) | HasType(self._path, "NULL")

    # ------------------------------------------------------------ conditions

    @overload
    def begins_with(self: Expr[str] | Expr[str | None], prefix: str) -> Condition: ...
    @overload
    def begins_with(self: Expr[bytes] | Expr[bytes | None], prefix: bytes) -> Condition: ...
    def begins_with(self: Expr[Any], prefix: str | bytes) -> Condition:
        """A text or binary attribute that begins like this. DynamoDB has it for no other type.

        Args:
            prefix: Text for a field stored as text, bytes for one stored as binary.

        Returns:
            A condition; of a sort key it narrows what is read.

        Raises:
            InvalidOperatorError: The field is stored as a number, or in another form without a beginning.

        Example:
            >>> users = await User.query(User.org == "acme", User.id.begins_with("1"))
        """
        return begins_with(self._path, _unwrapped(prefix))

    @overload
    def contains(self: Expr[str] | Expr[str | None], part: str) -> Condition: ...
    @overload
    def contains(self: Expr[list[V]], part: V) -> Condition: ...
    @overload
    def contains(self: Expr[builtins.set[V]], part: V) -> Condition: ...
    @overload
    def contains(self: Expr[frozenset[V]], part: V) -> Condition: ...
    @overload
    def contains(self: Expr[list[V] | None], part: V) -> Condition: ...
    @overload
    def contains(self: Expr[builtins.set[V] | None], part: V) -> Condition: ...
    def contains(self: Expr[Any], part: object) -> Condition:
        """A text that has this part, or a list or set that has this element.

        Args:
            part: A part of the text, or one element.

        Returns:
            A condition.

        Limit:
            A filter: DynamoDB has it for no key, so what it drops is read and billed.

        Example:
            >>> users = await User.query(User.org == "acme", User.tags.contains("active"))
        """
        return contains(self._path, _unwrapped(part))

    def exists(self) -> Condition:
        """The attribute is there, even if it holds NULL.

        Returns:
            A condition.

        Example:
            >>> users = await User.query(User.org == "acme", User.email.exists())
        """
        return Exists(self._path)

    def not_exists(self) -> Condition:
        """The attribute is missing.

        Returns:
            A condition.

        Example:
            >>> users = await User.query(User.org == "acme", User.email.not_exists())
        """
        return NotExists(self._path)

    def has_type(self, type_: StoredType) -> Condition:
        """The attribute is stored as this DynamoDB type: ``"S"``, ``"N"``, ``"SS"`` and so on.

        Args:
            type_: One of S, N, B, SS, NS, BS, M, L, NULL and BOOL.

        Returns:
            A condition.

        Raises:
            InvalidOperatorError: There is no such type.

        Example:
            >>> users = await User.scan(User.age.has_type("S"))
        """
        return has_type(self._path, type_)

    def size(self) -> SizeExpr:
        """The size of the attribute: characters of a text, bytes of a binary, elements of a list, map or set.

        Returns:
            A number to compare, in the units above.

        Example:
            >>> users = await User.scan(User.email.size() > 3)
        """
        return SizeExpr(self._path)

    # ------------------------------------------------------------ deeper

    # A document shows as its class, as it does in `Nested`. That is narrower than what holds for any element, of which
    # the checkers complain; and Any would pass for a document, so it comes first.
    @overload
    def __getitem__(self: AnyElement, key: int | str) -> Expr[Any]: ...  # type: ignore[overload-overlap]  # see above
    @overload
    def __getitem__(self: Expr[list[D]], key: int) -> type[D]: ...  # type: ignore[overload-overlap]  # see above
    @overload
    def __getitem__(self: Expr[dict[str, D]], key: str) -> type[D]: ...  # type: ignore[overload-overlap]  # see above
    @overload
    def __getitem__(self: Expr[list[D] | None], key: int) -> type[D]: ...  # type: ignore[overload-overlap]  # see above
    @overload
    def __getitem__(self: Expr[dict[str, D] | None], key: str) -> type[D]: ...  # type: ignore[overload-overlap]  # see above
    @overload
    def __getitem__(self: Expr[list[V]], key: int) -> Expr[V]: ...
    @overload
    def __getitem__(self: Expr[dict[str, V]], key: str) -> Expr[V]: ...
    @overload
    def __getitem__(self: Expr[list[V] | None], key: int) -> Expr[V]: ...
    @overload
    def __getitem__(self: Expr[dict[str, V] | None], key: str) -> Expr[V]: ...
    def __getitem__(self: Expr[Any], key: int | str) -> Any:
        """One element of a list or one entry of a map."""
        return expr_at(self._path.child(key, element_slot(self._path.slot, key)))

    # ------------------------------------------------------------ updates

    def set(self, value: T | Expr[T] | Computed[T]) -> Action:
        """Replace the attribute.

        Args:
            value: Of the field's type, another field, or what the service works out: ``User.age + 1``.

        Returns:
            An action for ``update``.

        Limit:
            DynamoDB changes no primary key: an action on one is refused when it is given to ``update``.

        Example:
            >>> user = await user.update(User.email.set("ada@new.test"))
        """
        return Action(_SET, self._path, self._set_operand(value))

    def remove(self) -> Action:
        """Take the attribute, the map entry or the list element away.

        Returns:
            An action for ``update``.

        Example:
            >>> user = await user.update(User.email.remove())
        """
        return Action(_REMOVE, self._path)

    @overload
    def add(self: Expr[int] | Expr[int | None], value: int) -> Action: ...
    @overload
    def add(self: Expr[float] | Expr[float | None], value: float) -> Action: ...
    @overload
    def add(self: Expr[Decimal] | Expr[Decimal | None], value: Decimal | int) -> Action: ...
    @overload
    def add(self: Expr[builtins.set[V]], value: builtins.set[V]) -> Action: ...
    @overload
    def add(self: Expr[builtins.set[V] | None], value: builtins.set[V]) -> Action: ...
    @overload
    def add(self: Expr[frozenset[V]], value: frozenset[V]) -> Action: ...
    def add(self: Expr[Any], value: Any) -> Action:
        """Add to a number that is there (``SET a = a + :n``), or put elements into a set (``ADD``).

        Args:
            value: What to add, or the elements. Where the number is missing DynamoDB refuses the update; `increment`
                does not.

        Returns:
            An action for ``update``.

        Example:
            >>> user = await user.update(User.age.add(1), User.tags.add({"active"}))
        """
        if isinstance(value, (set, frozenset)):
            return Action(_ADD, self._path, Value(value, self._path.slot))
        return Action(_SET, self._path, _sum("+", self, value))

    @overload
    def sub(self: Expr[int] | Expr[int | None], value: int) -> Action: ...
    @overload
    def sub(self: Expr[float] | Expr[float | None], value: float) -> Action: ...
    @overload
    def sub(self: Expr[Decimal] | Expr[Decimal | None], value: Decimal | int) -> Action: ...
    def sub(self: Expr[Any], value: Any) -> Action:
        """Subtract from a number that is there: ``SET a = a - :n``.

        Args:
            value: What to subtract. A number that is missing makes DynamoDB refuse the update.

        Returns:
            An action for ``update``.

        Example:
            >>> user = await user.update(User.age.sub(1))
        """
        return Action(_SET, self._path, _sum("-", self, value))

    @overload
    def increment(self: Expr[int] | Expr[int | None], by: int = 1) -> Action: ...
    @overload
    def increment(self: Expr[float] | Expr[float | None], by: float = 1) -> Action: ...
    @overload
    def increment(self: Expr[Decimal] | Expr[Decimal | None], by: Decimal | int = 1) -> Action: ...
    def increment(self: Expr[Any], by: Any = 1) -> Action:
        """Count up or down; a missing attribute counts as 0 (``ADD``).

        Args:
            by: How much; less than 0 counts down.

        Returns:
            An action for ``update``.

        Limit:
            DynamoDB's ADD takes a field at the top of the item or inside a document, and no key.

        Example:
            >>> user = await user.update(User.orders.increment())
        """
        return Action(_ADD, self._path, Value(by, self._path.slot))

    @overload
    def discard(self: Expr[builtins.set[V]], values: builtins.set[V]) -> Action: ...
    @overload
    def discard(self: Expr[builtins.set[V] | None], values: builtins.set[V]) -> Action: ...
    @overload
    def discard(self: Expr[frozenset[V]], values: frozenset[V]) -> Action: ...
    def discard(self: Expr[Any], values: Any) -> Action:
        """Take elements out of a set (``DELETE``); a set that becomes empty disappears.

        Args:
            values: The elements; those that are not in the set change nothing.

        Returns:
            An action for ``update``.

        Example:
            >>> user = await user.update(User.tags.discard({"blocked"}))
        """
        return Action(_DELETE, self._path, Value(values, self._path.slot))

    @overload
    def append(self: Expr[list[V]], values: list[V]) -> Action: ...
    @overload
    def append(self: Expr[list[V] | None], values: list[V]) -> Action: ...
    def append(self: Expr[Any], values: Any) -> Action:
        """Put elements at the end of a list.

        Args:
            values: The elements, in their order.

        Returns:
            An action for ``update``.

        Limit:
            The list has to be there (``list_append``), and the item stays within 400 KB.

        Example:
            >>> basket = await basket.update(Basket.lines.append(["pen"]))
        """
        return Action(_SET, self._path, ListJoin(self._path, Value(values, self._path.slot)))

    @overload
    def prepend(self: Expr[list[V]], values: list[V]) -> Action: ...
    @overload
    def prepend(self: Expr[list[V] | None], values: list[V]) -> Action: ...
    def prepend(self: Expr[Any], values: Any) -> Action:
        """Put elements at the beginning of a list.

        Args:
            values: The elements, in their order.

        Returns:
            An action for ``update``.

        Limit:
            The list has to be there (``list_append``), and the item stays within 400 KB.

        Example:
            >>> basket = await basket.update(Basket.lines.prepend(["pen"]))
        """
        return Action(_SET, self._path, ListJoin(Value(values, self._path.slot), self._path))

    def if_not_exists(self, otherwise: T) -> Computed[T]:
        """This attribute, or the other value where it is missing.

        Args:
            otherwise: The value to use where it is missing.

        Returns:
            A value for `set`, worked out by the service.

        Example:
            >>> user = await user.update(User.age.set(User.age.if_not_exists(18)))
        """
        return IfNotExists(self._path, Value(otherwise, self._path.slot))

    def __add__(self: Expr[Number], other: Number | Expr[Number]) -> Computed[Number]:
        return _sum("+", self, other)

    def __sub__(self: Expr[Number], other: Number | Expr[Number]) -> Computed[Number]:
        return _sum("-", self, other)

    def _set_operand(self, value: T | Expr[T] | Computed[T]) -> SetOperand:
        if isinstance(value, Computed):
            return cast("SetOperand", value)
        return cast("SetOperand", self._value(value))

    def __contains__(self, item: Nothing) -> bool:
        raise InvalidRequestError("`in` cannot test a stored attribute.", hint="Use .contains(element).")

    if TYPE_CHECKING:
        # A method that never returns would pass for an iterator, and without one `__getitem__` would serve.
        __iter__: ClassVar[None]
    else:

        def __iter__(self) -> NoReturn:
            raise TypeError(f"{self!r} stands for a stored attribute and cannot be iterated")


AnyElement: TypeAlias = (
    Expr[list[Undeclared]]
    | Expr[dict[str, Undeclared]]
    | Expr[list[Undeclared] | None]
    | Expr[dict[str, Undeclared] | None]
)
"""A list or map whose annotation does not say what is in it."""


class DocumentExpr(Expr[T]):
    """A nested document reached through the class: its fields are expressions again."""

    __slots__ = ("_children",)

    def __init__(self, path: Path, children: Mapping[str, tuple[str, Slot]]) -> None:
        super().__init__(path)
        self._children = children

    def __getattr__(self, name: str) -> Expr[Any]:
        try:
            attribute, slot = self._children[name]
        except KeyError:
            if name.startswith("__"):
                raise AttributeError(name) from None
            raise UnknownFieldError(
                f"{self._path.slot.label} has no field {name!r}.", hint=f"It has: {', '.join(self._children)}."
            ) from None
        return expr_at(self._path.child(attribute, slot))


def expr_at(path: Path) -> Expr[Any]:
    """The expression for a path; a nested document's fields can be reached further, those that it shares in a union."""
    specs = document_specs(path.slot.type)
    if not specs:
        return Expr(path)
    first, *others = ({field.name: (field.attribute, field.slot) for field in spec.fields} for spec in specs)
    if others:
        first = {name: found for name, found in first.items() if all(one.get(name) == found for one in others)}
    return DocumentExpr(path, first)


def expr(document: type[M]) -> Expr[M]:
    """A nested document as one expression: ``expr(User.home).exists()``.

    Type checkers see ``User.home`` and ``User.homes[0]`` as the document's class, so that its fields complete; this
    gives the whole.

    Args:
        document: A nested field, or an element of a list or map of documents, reached through its model.

    Returns:
        The document as an expression.

    Raises:
        InvalidRequestError: It is no field of a model.

    Example:
        >>> User.query(User.org == "acme", expr(User.home).exists())
    """
    if not isinstance(document, Expr):
        raise InvalidRequestError("expr() takes a nested field of a model, as in expr(User.home).")
    return document


def _sum(op: str, left: Expr[Any], right: object) -> Arithmetic[Any]:
    return Arithmetic(op, left._path, left._value(right))  # type: ignore[arg-type]  # a size is no operand of a SET


def _unwrapped(operand: object) -> object:
    """An expression as the operand it stands for; a plain value as it is."""
    return operand._operand() if isinstance(operand, (Expr, SizeExpr)) else operand
