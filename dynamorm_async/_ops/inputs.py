"""Instances from data of strangers: the body of a request, a form, a message.

Only fields that the caller names are taken, everything else is refused rather than dropped, nested documents
included; and a value must have the type that is declared: no ``"3"`` for an int, no object where a text is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, cast, get_args

import attrs
import msgspec

from dynamorm_async._codec import Codec
from dynamorm_async._codec.annotations import allows_none, container, strip, without_none
from dynamorm_async._codec.rules import missing as default_of
from dynamorm_async._expr.face import Expr
from dynamorm_async._ops.validation import refusal, refusals
from dynamorm_async._spec.build import field_names, nearest
from dynamorm_async._spec.document import Document
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec, ModelSpec
from dynamorm_async._spec.origin import check_path
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError, ValidationError

__all__ = ["allowed_fields", "instance_from"]

_PLAIN = (str, bytes, bool, int, float)
_LONGEST_NAME = 64
_DEEPEST = 32
"""Levels of a nested value; DynamoDB's own limit."""


class _UnfitError(Exception):
    """A value has not the declared type; where, is in the problems."""


def allowed_fields(spec: ModelSpec, allow: Iterable[str | Expr[Any]]) -> dict[str, FieldSpec]:
    """The fields that data may set, by name.

    Raises:
        UnknownFieldError: No such field.
        InvalidRequestError: The library sets it.
    """
    found: dict[str, FieldSpec] = {}
    operation = f"{spec.name}.from_input"
    if isinstance(allow, str):
        raise InvalidRequestError("allow= is a list of fields.", op=operation, hint=f"Write allow=[{allow!r}].")
    for given in allow:
        name = given if isinstance(given, str) else given._path.attribute
        if not isinstance(given, str):
            check_path(spec, given._path, "from_input")
        field = spec.by_name.get(name) or spec.by_attribute.get(name)
        if field is None:
            hint = nearest(name, spec.by_name) or f"Fields are: {field_names(spec)}."
            raise UnknownFieldError(f"{spec.name} has no field {name!r}.", op=operation, model=spec.name, hint=hint)
        if field.template is not None:
            raise InvalidRequestError(f"{field.name} is computed and cannot be allowed.", op=operation, model=spec.name)
        found[field.name] = field
    return found


def instance_from(
    cls: type[Any],
    codec: Codec,
    data: object,
    *,
    allow: Iterable[str | Expr[Any]],
    trusted: Mapping[str, Any],
) -> Any:
    """An instance of the allowed fields of the data, and of what the caller vouches for.

    Raises:
        ValidationError: With every name that is not allowed and every value that does not fit, and no value.
    """
    spec: ModelSpec = cls.__dynamorm_spec__
    allowed = allowed_fields(spec, allow)
    context: dict[str, Any] = {"op": f"{spec.name}.from_input", "model": spec.name}
    given = _object(data)
    if given is None:
        raise ValidationError(errors=[(spec.name, f"an object is expected, not {_kind(data)}")], **context)
    reader = _Reader(codec)
    for name in given:
        if name not in allowed:
            reader.problems.append((f"{spec.name}.{_shown(name)}", "it may not be set here"))
    values = {name: reader.field(field, given[name], spec.name) for name, field in allowed.items() if name in given}
    if reader.problems:
        raise ValidationError(errors=reader.problems, **context)
    return _made(cls, spec, {**values, **trusted}, context)


def _made(cls: type[Any], spec: ModelSpec, values: dict[str, Any], context: dict[str, Any]) -> Any:
    settable = {field.name for field in attrs.fields(cls) if field.init}
    missing = [
        (f"{spec.name}.{field.name}", "it is required")
        for field in spec.fields
        if field.required and field.name in settable and field.name not in values
    ]
    if missing:
        raise ValidationError(errors=missing, **context)
    try:
        made = cls(**{name: value for name, value in values.items() if name in settable})
    except (ValueError, TypeError) as error:
        # Its text may hold the value, so it is not even kept as the cause.
        raise ValidationError(errors=_refused(cls, spec, values) or [(spec.name, refusal(error))], **context) from None
    made.__dict__.update({name: value for name, value in values.items() if name not in settable})
    return made


def _refused(cls: type[Any], spec: ModelSpec, values: dict[str, Any]) -> list[tuple[str, str]]:
    """All the fields that validators refuse; making the instance stops at the first."""
    unchecked = object.__new__(cls)
    unchecked.__dict__.update({name: default_of(field) for name, field in spec.by_name.items()} | values)
    return refusals(spec, unchecked)


class _Reader:
    """Fits values to types and writes down what does not fit, and where."""

    def __init__(self, codec: Codec) -> None:
        self.problems: list[tuple[str, str]] = []
        self._structure: Callable[[Any, Any], Any] = codec.converter.structure
        self._restore: Callable[[Any, Any], Any] = self._structure

    def field(self, field: FieldSpec, value: Any, owner: str) -> Any:
        """The value of a field; None if it does not fit."""
        own = field.slot.converter
        self._restore = self._structure if own is None else lambda given, _: own.decode(given)
        try:
            return self._fitted(field.slot.type, value, f"{owner}.{field.name}", 0)
        except _UnfitError:
            return None

    def _fitted(self, kind: Any, value: Any, path: str, depth: int) -> Any:
        kind = strip(kind)
        if depth > _DEEPEST:
            raise self._unfit(path, f"it is nested deeper than {_DEEPEST} levels")
        if kind is Any:
            return self._anything(value, path, depth)
        if allows_none(kind):
            if value is None:
                return None
            options = without_none(kind)
            kind = options[0] if len(options) == 1 else kind
        if isinstance(kind, type) and issubclass(kind, Document):
            return self._document(kind, value, path, depth)
        holder = container(kind)
        if holder is dict:
            return self._dict(kind, value, path, depth)
        return self._leaf(kind, value, path) if holder is None else self._list(holder, kind, value, path, depth)

    def _anything(self, value: Any, path: str, depth: int) -> Any:
        if _object(value) is not None:
            return self._dict(dict[str, Any], value, path, depth)
        if _elements(value) is not None:
            return self._list(list, list[Any], value, path, depth)
        return value

    def _document(self, kind: Any, value: Any, path: str, depth: int) -> Any:
        spec: DocumentSpec = kind.__dynamorm_spec__
        given = _object(value)
        if given is None:
            raise self._unfit(path, f"an object is expected, not {_kind(value)}")
        unknown = [name for name in given if name not in spec.by_name]
        for name in unknown:
            self._unfit(f"{path}.{_shown(name)}", "there is no such field")
        missing = [field.name for field in spec.fields if field.required and field.name not in given]
        for name in missing:
            self._unfit(f"{path}.{name}", "it is required")
        if unknown or missing:
            raise _UnfitError
        types = {name: spec.by_name[name].slot.type for name in given}
        fitted = {name: self._fitted(types[name], given[name], f"{path}.{name}", depth + 1) for name in given}
        try:
            return kind(**fitted)
        except (ValueError, TypeError) as error:
            raise self._unfit(path, refusal(error)) from None

    def _dict(self, kind: Any, value: Any, path: str, depth: int) -> dict[str, Any]:
        given = _object(value)
        if given is None or not all(isinstance(name, str) for name in given):
            raise self._unfit(path, f"an object is expected, not {_kind(value)}")
        inner = (*get_args(kind), Any)[-2 if get_args(kind) else -1]
        # The names of a dict are data, so that they stay out of the path.
        return {name: self._fitted(inner, each, f"{path}[...]", depth + 1) for name, each in given.items()}

    def _list(self, holder: Callable[[Any], Any], kind: Any, value: Any, path: str, depth: int) -> Any:
        given = _elements(value)
        if given is None:
            raise self._unfit(path, f"a list is expected, not {_kind(value)}")
        inner = get_args(kind)
        kinds = inner if holder is tuple and inner and inner[-1] is not Ellipsis else (*inner, Any)[:1] * len(given)
        if len(kinds) != len(given):
            raise self._unfit(path, f"{len(kinds)} elements are expected, not {len(given)}")
        pairs = enumerate(zip(kinds, given, strict=True))
        return holder(self._fitted(each, one, f"{path}[{number}]", depth + 1) for number, (each, one) in pairs)

    def _leaf(self, kind: Any, value: Any, path: str) -> Any:
        try:
            return msgspec.convert(value, kind, strict=True) if kind in _PLAIN else self._restore(value, kind)
        except Exception:  # noqa: BLE001  a converter raises what it likes, and its words may hold the value
            raise self._unfit(path, f"{_kind(value)} is no {getattr(kind, '__name__', 'such value')}") from None

    def _unfit(self, path: str, problem: str) -> _UnfitError:
        self.problems.append((path, problem))
        return _UnfitError()


def _object(value: Any) -> Mapping[Any, Any] | None:
    return value if issubclass(type(value), Mapping) else None


def _elements(value: Any) -> Collection[Any] | None:
    return cast("Collection[Any] | None", value if isinstance(value, (list, tuple, set, frozenset)) else None)


_KINDS: Mapping[type, str] = {type(None): "null", str: "a text", dict: "an object", list: "a list"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _shown(name: object) -> str:
    """A name from outside, short enough and plain enough for a message."""
    text = name if isinstance(name, str) else type(name).__name__
    return text if text.isidentifier() and len(text) <= _LONGEST_NAME else "(an odd name)"
