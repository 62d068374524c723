"""Key templates: ``"ORDER#{order_id}"`` to a key and back, without ambiguity."""

from __future__ import annotations

import enum
import re
import string
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import force_setattr

from dynamorm_async._struct import PartlyCompared
from dynamorm_async.errors import ModelDefinitionError, ValidationError

__all__ = ["KeyTemplate", "TemplatePart", "datetime_text", "parse_datetime"]


def datetime_text(value: datetime) -> str:
    """A datetime as fixed-width UTC text (``2026-11-21T07:35:00.000000Z``), which sorts as time does.

    Raises:
        ValidationError: The datetime has no time zone.
    """
    if value.tzinfo is None:
        raise ValidationError("a datetime needs a time zone.", hint="Use datetime.now(UTC), not a naive datetime.")
    # isoformat() drops the fraction when it is zero unless told; the year is always four digits.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_datetime(text: str) -> datetime:
    """Read what `datetime_text` wrote, or any ISO 8601 text that has a zone."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("no time zone")
    return value.astimezone(UTC)


_ANYTHING = re.compile(".*", re.DOTALL)


class TemplatePart(PartlyCompared, frozen=True):
    """A field inside a template, with its conversion to text and back."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("encode", "decode")
    carried_fields: ClassVar[tuple[str, ...]] = ("encode", "decode")

    field: str
    width: int = 0
    """Zero-padding of an integer, so that text order is number order."""
    encode: Callable[[Any], str] = str
    decode: Callable[[str], Any] = str
    free: bool = True
    """Whether the text can hold anything, and so must be checked for separators."""
    ordered: bool = False
    """Whether the text is in the order of the values."""


def _literal_value(value: str | TemplatePart) -> str:
    return value if isinstance(value, str) else ""


class KeyTemplate(PartlyCompared, frozen=True):
    """A parsed template: literal texts and fields in turn.

    ``render`` and ``parse`` are inverse: a separator of the template inside a text part is refused.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("_pattern", "_separators")
    carried_fields: ClassVar[tuple[str, ...]] = ("_pattern", "_separators")

    text: str
    parts: tuple[str | TemplatePart, ...]
    _pattern: re.Pattern[str] = _ANYTHING
    _separators: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        literals = "".join(map(_literal_value, self.parts))
        force_setattr(self, "_separators", frozenset(c for c in literals if not c.isalnum()))
        seen: set[str] = set()
        pattern: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pattern.append(re.escape(part))
            elif part.field in seen:
                pattern.append(f"(?P={part.field})")
            else:
                seen.add(part.field)
                pattern.append(f"(?P<{part.field}>.+?)")
        force_setattr(self, "_pattern", re.compile("".join(pattern), re.DOTALL))

    @classmethod
    def parse_text(cls, text: str, *, model: str, field: str) -> KeyTemplate:
        """Read ``"ORDER#{order_id}#{line:04}"``.

        Raises:
            ModelDefinitionError: Two fields touch, a brace is open, or a format is not a width.
        """

        def wrong(problem: str, hint: str) -> ModelDefinitionError:
            return ModelDefinitionError(f"{model}.{field}: template {text!r} {problem}.", model=model, hint=hint)

        parts: list[str | TemplatePart] = []
        try:
            pieces = list(string.Formatter().parse(text))
        except ValueError as error:
            raise wrong("is malformed", "Write fields as {name}; a literal brace is doubled.") from error
        for literal, name, spec, conversion in pieces:
            if literal:
                parts.append(literal)
            if name is None:
                continue
            if not name.isidentifier() or conversion:
                raise wrong(f"has {{{name}}}, which is no field name", "Write fields as {name} or {name:06}.")
            if spec and not re.fullmatch(r"0[1-9]\d?", spec):
                raise wrong(f"has the format {spec!r}", "The only format is a zero-padded width, as in {quantity:06}.")
            if parts and isinstance(parts[-1], TemplatePart):
                raise wrong(
                    f"has {{{parts[-1].field}}}{{{name}}} side by side, so the key cannot be read back",
                    "Put a separator such as '#' between the two fields.",
                )
            parts.append(TemplatePart(name, int(spec) if spec else 0))
        if not parts:
            raise wrong("is empty", "Give at least a constant.")
        return cls(text, tuple(parts))

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that feed this template, in order of first use."""
        return tuple(dict.fromkeys(part.field for part in self.parts if isinstance(part, TemplatePart)))

    @property
    def constant(self) -> bool:
        """Whether no field feeds it (``"METADATA"``)."""
        return not self.fields

    def bind(self, types: Mapping[str, Any], *, model: str, field: str) -> KeyTemplate:
        """Give each part the conversion of its field's type.

        Raises:
            ModelDefinitionError: A field is unknown, or its type has no order-keeping text form.
        """
        bound: list[str | TemplatePart] = []
        for part in self.parts:
            if isinstance(part, str):
                bound.append(part)
                continue
            if part.field not in types:
                raise ModelDefinitionError(
                    f"{model}.{field}: template {self.text!r} names {part.field!r}, which is no field of {model}.",
                    model=model,
                    hint=f"Fields are: {', '.join(types)}.",
                )
            conversion = _conversion(types[part.field], part.width)
            if conversion is None:
                raise ModelDefinitionError(
                    f"{model}.{field}: template {self.text!r} uses {part.field!r}, "
                    "whose type has no text form for keys.",
                    model=model,
                    hint="Key parts are str, int, UUID, datetime, date or an Enum; only int takes a width.",
                )
            encode, decode, free, ordered = conversion
            bound.append(msgspec.structs.replace(part, encode=encode, decode=decode, free=free, ordered=ordered))
        return KeyTemplate(self.text, tuple(bound))

    def render(self, values: Mapping[str, Any]) -> str | None:
        """The key for these field values; None if a field that feeds it is None or missing.

        Raises:
            ValidationError: A part is empty, holds a separator, or does not fit its width.
        """
        out: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
                continue
            value = values.get(part.field)
            if value is None:
                return None
            out.append(self._part_text(part, value))
        return "".join(out)

    def prefix(self, values: Mapping[str, Any]) -> str:
        """The beginning of the key as far as the given fields reach, for ``begins_with``."""
        out: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
            elif values.get(part.field) is None:
                break
            else:
                out.append(self._part_text(part, values[part.field]))
        return "".join(out)

    def parse(self, text: str) -> dict[str, Any]:
        """The field values inside a key.

        Raises:
            ValueError: The text was not made by this template.
        """
        match = self._pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"not a key of template {self.text!r}")
        parts = {part.field: part for part in self.parts if isinstance(part, TemplatePart)}
        return {name: parts[name].decode(found) for name, found in match.groupdict().items()}

    def literals(self) -> Iterator[str]:
        """The constant texts, in order."""
        return (part for part in self.parts if isinstance(part, str))

    def _part_text(self, part: TemplatePart, value: Any) -> str:
        try:
            text = part.encode(value)
        except (TypeError, AttributeError) as error:
            raise ValidationError(f"key part {part.field!r} has the wrong type for template {self.text!r}.") from error
        if not text:
            raise ValidationError(f"key part {part.field!r} of template {self.text!r} is empty.")
        if part.free and not self._separators.isdisjoint(text):
            raise ValidationError(
                f"key part {part.field!r} contains a separator of template {self.text!r}.",
                hint="Choose another separator in the template, or encode the value.",
            )
        return text


def _conversion(kind: Any, width: int) -> tuple[Callable[[Any], str], Callable[[str], Any], bool, bool] | None:
    """To text, from text, whether it can hold anything, and whether it is in the order of the values."""
    kind = _without_none(kind)
    if kind is int:
        return (_padded(width), int, False, bool(width))
    if width:
        return None
    if kind is str:
        return (_text, str, True, True)
    if kind is UUID:
        return (str, UUID, False, True)
    if kind is datetime:
        return (datetime_text, parse_datetime, False, True)
    if kind is date:
        return (date.isoformat, date.fromisoformat, False, True)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        by_text = {str(member.value): member for member in kind}
        if len(by_text) == len(kind) and all(isinstance(member.value, (str, int)) for member in kind):
            return (lambda value: str(kind(value).value), by_text.__getitem__, True, False)
    return None


def _without_none(kind: Any) -> Any:
    arguments = getattr(kind, "__args__", ())
    if type(None) in arguments and len(arguments) == 2:
        return next(argument for argument in arguments if argument is not type(None))
    return kind


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a str")
    return value


def _padded(width: int) -> Callable[[Any], str]:
    def encode(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("not an int")
        if width and (value < 0 or len(str(value)) > width):
            raise ValidationError(
                f"an integer key part does not fit {width} digits; it must be 0 or more and short enough."
            )
        return f"{value:0{width}d}" if width else str(value)

    return encode
