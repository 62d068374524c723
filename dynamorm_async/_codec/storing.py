"""How generated code puts values into a new instance: three ways, the fastest that the class allows."""

from __future__ import annotations

import inspect
from typing import Protocol

import msgspec

from dynamorm_async._codec.documents import Member, Record
from dynamorm_async._codec.source import Source

__all__ = ["Writer", "writer_for"]


class Writer(Protocol):
    """Writes the lines that make an instance ``i``."""

    def head(self, source: Source) -> list[str]:
        """The lines before the first field."""
        ...

    def store(self, member: Member, text: str) -> list[str]:
        """The lines that put the value of an expression into a field."""
        ...

    def tail(self) -> list[str]:
        """The lines after the last field; they return the instance."""
        ...


def writer_for(record: Record) -> Writer:
    """The way for a class."""
    if not record.native:
        return _Call(record)
    return _Attributes(record) if _sets_plainly(record) else _Dictionary(record)


def _sets_plainly(record: Record) -> bool:
    """Whether ``i.name = value`` does nothing but fill ``__dict__``."""
    statics = (inspect.getattr_static(record.cls, member.field.name, None) for member in record.members)
    plain = inspect.getattr_static(record.cls, "__setattr__") is object.__setattr__
    return plain and not any(hasattr(static, "__set__") for static in statics)


class _Attributes(msgspec.Struct, frozen=True):
    """Plain assignment, which lets CPython share keys between instances and keep values inline."""

    record: Record

    def head(self, source: Source) -> list[str]:
        """The lines before the first field."""
        return _new(self.record, source)

    def store(self, member: Member, text: str) -> list[str]:
        """The lines that put the value of an expression into a field."""
        return [f"i.{member.field.name} = {text}"]

    def tail(self) -> list[str]:
        """The lines after the last field; they return the instance."""
        return _end(self.record)


class _Dictionary(msgspec.Struct, frozen=True):
    """Into ``__dict__``, past a ``__setattr__`` that validates or refuses."""

    record: Record

    def head(self, source: Source) -> list[str]:
        """The lines before the first field."""
        return [*_new(self.record, source), "d = i.__dict__"]

    def store(self, member: Member, text: str) -> list[str]:
        """The lines that put the value of an expression into a field."""
        return [f"d[{member.field.name!r}] = {text}"]

    def tail(self) -> list[str]:
        """The lines after the last field; they return the instance."""
        return _end(self.record)


class _Call(msgspec.Struct):
    """Calling the class, which is not this library's."""

    record: Record
    cls: str = ""

    def head(self, source: Source) -> list[str]:
        """The lines before the first field."""
        self.cls = source.bind("cls", self.record.cls)
        return ["given = {}"]

    def store(self, member: Member, text: str) -> list[str]:
        """The lines that put the value of an expression into a field."""
        lines = [f"given[{member.argument!r}] = {text}"]
        return ["if x is not UNSET:", f"    {lines[0]}"] if member.optional_argument else lines

    def tail(self) -> list[str]:
        """The lines after the last field; they return the instance."""
        return [f"return {self.cls}(**given)"]


def _new(record: Record, source: Source) -> list[str]:
    return [f"i = {source.bind('new', object.__new__)}({source.bind('cls', record.cls)})"]


def _end(record: Record) -> list[str]:
    return [*(["i.__attrs_post_init__()"] if hasattr(record.cls, "__attrs_post_init__") else []), "return i"]
