"""The cattrs converter between Python types and the plain values that DynamoDB can store.

Register hooks for your own types on what `make_converter` returns, or on any `cattrs.Converter` after
`configure_converter`, and give it to the session. A hook turns a value into a *storable* one: str, bytes, bool, int,
Decimal, float, None, or a list, dict or set of them. It is used on every path: keys, items, conditions, updates.

Deviations from cattrs' defaults:

* Every primitive refuses a value of another type. cattrs calls the type: ``str(None)``, ``bool("false")``.
  A float takes an int that it equals, a Decimal takes an int, both read any number; bool is never a number.
* Decimal, UUID, date, time, datetime and timedelta are known. UUID, date and time are ISO text; datetime is UTC text of
  fixed width, so that text order is time order, and needs a time zone; timedelta is a number of seconds, exact to the
  microsecond.
* list, tuple, dict and set refuse each other; ``dict`` keys are str; a tuple is stored as a list. Abstract
  ``Mapping``, ``MutableSequence`` and ``Set`` are dict, list and set. ``Sequence`` is refused: it could not come
  back as the list or tuple it was.
* Sets are DynamoDB sets of text, numbers or binary; other elements are refused. An empty set is dumped as None, or
  as an empty list where None stands beside it; both load as the empty set.
* Enums go by value and read only a value of the right type; Literals likewise.
* A union is refused unless the stored type says which member it is; of several documents each carries its class name
  in ``_type``.
* attrs classes are maps by attribute name. A `Document` or `Model` is filled without ``__init__``; a missing attribute
  takes the default, or None or an empty set if the type says so. Attributes that are not declared are ignored.
* A subclass of str, bytes, int, float or Decimal is dumped as its base and loaded by calling it.
* Other types (dataclasses, TypedDict, deque, Path) stay as cattrs has them, with these hooks inside.
"""

from __future__ import annotations

import enum
import functools
from collections import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_origin

from dynamorm_async._codec.annotations import container, inner, is_literal, is_union, label
from dynamorm_async._codec.choices import dump_member, literal_dump, literal_load, load_member
from dynamorm_async._codec.containers import dump_container, load_container
from dynamorm_async._codec.documents import dump_document, is_document, load_document
from dynamorm_async._codec.hooks import dump_for, is_plain, load_for
from dynamorm_async._codec.ownership import Dump, Hooks, ours
from dynamorm_async._codec.scalars import SCALARS
from dynamorm_async._codec.unions import dump_union, load_union
from dynamorm_async.errors import ConfigurationError, ModelDefinitionError

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["DefaultHooks", "configure_converter", "configured", "make_converter"]

Structure = Callable[[Any, Any], Any]


def make_converter() -> Converter:
    """A cattrs converter with DynamoDB's rules.

    Returns:
        A converter for ``Session(converter=...)``; register your hooks on it first.

    Example:
        >>> converter = make_converter()
        >>> converter.register_unstructure_hook(Money, lambda money: str(money))
        >>> converter.register_structure_hook(Money, lambda text, _: Money.parse(text))
    """
    from cattrs import Converter  # noqa: PLC0415  the usual session needs none; see docs/design/cold-start.md

    converter = Converter()
    configure_converter(converter)
    return converter


def configure_converter(converter: Converter) -> None:
    """Give a converter DynamoDB's rules; the module's docstring lists them.

    Hooks registered before this stay for the types that are not named there, and give way for those that are; hooks
    registered afterwards always win.

    Args:
        converter: Changed in place.

    Example:
        >>> from cattrs import Converter
        >>> converter = Converter()
        >>> configure_converter(converter)
    """
    for kind, (dump, structure) in SCALARS.items():
        converter.register_unstructure_hook(kind, dump)
        converter.register_structure_hook(kind, structure)
    converter.register_unstructure_hook(enum.Enum, dump_member)
    converter.register_structure_hook(enum.Enum, load_member)
    converter.register_structure_hook(_Configured, _configured)
    for matches, dump_factory, structure_factory in _FACTORIES:
        converter.register_unstructure_hook_factory(matches, dump_factory)
        converter.register_structure_hook_factory(matches, structure_factory)
    # cattrs keeps structure hooks for unions apart, and would ask them only after ours.
    converter.register_unstructure_hook_factory(is_union, dump_union)
    converter.register_structure_hook_factory(is_union, _structure_union)


def configured(converter: Converter) -> Converter:
    """The converter itself, if it has these rules.

    Raises:
        ConfigurationError: It has cattrs' lax defaults.
    """
    try:
        found: Any = converter.get_structure_hook(_Configured)
    except Exception:  # noqa: BLE001  whatever cattrs says of an unknown type
        found = None
    if found is not _configured:
        raise ConfigurationError(
            "the converter has cattrs' own rules, under which None is stored as 'None'.",
            hint="Use make_converter(), or call configure_converter(converter) before registering your hooks.",
        )
    return converter


class _Configured:
    """A type that only a configured converter has a hook for; copies of the converter keep it."""


def _configured(plain: Any, _: Any) -> Any:
    return plain


# ---------------------------------------------------------------- factories


def _dump_any(_kind: Any, _converter: Hooks) -> Dump:
    return ours(lambda value: value)


def _load_any(_kind: Any, _converter: Hooks) -> Structure:
    return ours(lambda plain, _: plain)


def _dump_inner(kind: Any, converter: Hooks) -> Any:
    return _as_inner(kind, converter, dump_for(converter, inner(kind)))


def _load_inner(kind: Any, converter: Hooks) -> Any:
    load = load_for(converter, inner(kind))

    def structure(plain: Any, _: Any) -> Any:
        return load(plain)

    return _as_inner(kind, converter, structure)


def _as_inner(kind: Any, converter: Hooks, hook: Callable[..., Any]) -> Any:
    """A hook for a NewType, Annotated or alias: ours if the hook for what it stands for is."""

    def wrapped(*given: Any) -> Any:  # a function of its own, so that it can be marked
        return hook(*given)

    return ours(wrapped) if is_plain(converter, inner(kind)) else wrapped


def _dump_literal(kind: Any, _converter: Hooks) -> Dump:
    return literal_dump(kind)


def _load_literal(kind: Any, _converter: Hooks) -> Structure:
    load = literal_load(kind)
    return ours(lambda plain, _: load(plain))


def _is_sequence(kind: Any) -> bool:
    return (get_origin(kind) or kind) in (abc.Sequence, abc.Iterable, abc.Collection)


def _refuse_sequence(kind: Any, _converter: Hooks) -> Any:
    raise ModelDefinitionError(
        f"{label(kind)} cannot be stored: a list and a tuple are stored alike, so it could not come back as it was.",
        hint="Annotate it as list[...] or tuple[..., ...].",
    )


def _structure_union(kind: Any, converter: Hooks) -> Structure:
    registered: dict[Any, Structure] = getattr(converter, "_union_struct_registry", {})
    return registered[kind] if kind in registered else load_union(kind, converter)


Factory = Callable[[Any, Hooks], Any]

_FACTORIES: tuple[tuple[Callable[[Any], bool], Factory, Factory], ...] = (
    (is_document, dump_document, load_document),
    (lambda kind: container(kind) is not None, dump_container, load_container),
    (_is_sequence, _refuse_sequence, _refuse_sequence),
    (is_literal, _dump_literal, _load_literal),
    (lambda kind: kind is Any, _dump_any, _load_any),
    (lambda kind: inner(kind) is not None, _dump_inner, _load_inner),
)


# ---------------------------------------------------------------- where nobody registered a hook


class DefaultHooks:
    """What `make_converter` gives, found without cattrs for every type that has a rule here.

    Importing cattrs and filling a converter takes as long as all of this library's other work before a first request.
    A type without a rule of ours is looked up in a converter, which is made for it then.
    """

    def __init__(self) -> None:
        self._dumps: dict[Any, Dump] = {}
        self._structures: dict[Any, Structure] = {}

    @functools.cached_property
    def converter(self) -> Converter:
        """A converter with the same rules."""
        return make_converter()

    def get_unstructure_hook(self, kind: Any, /) -> Dump:
        """How values of this type are dumped.

        Raises:
            TypeError: The type cannot be hashed.
        """
        found = self._dumps.get(kind)
        if found is None:
            rule = _rule(kind)
            found = self.converter.get_unstructure_hook(kind) if rule is None else rule[0](kind, self)
            self._dumps[kind] = found
        return found

    def get_structure_hook(self, kind: Any, /) -> Structure:
        """How values of this type are loaded.

        Raises:
            TypeError: The type cannot be hashed.
        """
        found = self._structures.get(kind)
        if found is None:
            rule = _rule(kind)
            found = self.converter.get_structure_hook(kind) if rule is None else rule[1](kind, self)
            self._structures[kind] = found
        return found


def _rule(kind: Any) -> tuple[Factory, Factory] | None:
    """The factories of the hooks for a type, chosen as a configured converter does; None if only cattrs knows it."""
    if isinstance(kind, type):
        if issubclass(kind, enum.Enum):
            return (lambda _, __: dump_member), (lambda _, __: load_member)
        scalar = next((base for base in kind.__mro__ if base in SCALARS), None)
        if scalar is not None:
            own_dump, own_structure = SCALARS[scalar]
            return (lambda _, __: own_dump), (lambda _, __: own_structure)
    if is_union(kind):
        return dump_union, _structure_union
    found = ((dump, structure) for matches, dump, structure in reversed(_FACTORIES) if matches(kind))
    return next(found, None)
