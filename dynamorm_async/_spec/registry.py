"""Which models there are: by class and by table. Filled when a class is made."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any

import msgspec

from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["AccessPattern", "Registry", "registry"]


class AccessPattern(msgspec.Struct, frozen=True):
    """A named query and its plan.

    Attributes:
        name: Module and name of the function.  model: The model it reads.
        signature: Its parameters and result.
        operation: ``GetItem``, ``Query`` or ``Scan``.  index: What serves it, by its Python name.
        plan: The plan in words.
    """

    name: str
    model: str
    signature: str
    operation: str
    index: str
    plan: str


class Registry:
    """The models of this process, held weakly: a class that nobody uses any more leaves by itself."""

    def __init__(self) -> None:
        self._specs: weakref.WeakValueDictionary[str, type[Any]] = weakref.WeakValueDictionary()
        self._patterns: dict[str, AccessPattern] = {}
        self._lock = threading.Lock()

    def add(self, spec: ModelSpec) -> None:
        """Enter a model. A class of the same module and name takes the place of the earlier one.

        Raises:
            ModelDefinitionError: Another model of the same table has the same type tag.
        """
        identity = f"{spec.cls.__module__}.{spec.cls.__qualname__}"
        with self._lock:
            for other in self.table(spec.table.name):
                same_class = f"{other.cls.__module__}.{other.cls.__qualname__}" == identity
                if not same_class and spec.discriminator and other.discriminator == spec.discriminator:
                    raise ModelDefinitionError(
                        f"{spec.name}: the type tag {spec.discriminator[1]!r} is {other.name}'s already in this table.",
                        model=spec.name,
                        hint="Give one of them another tag=.",
                    )
            self._specs[identity] = spec.cls

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        """All models, by name."""
        return tuple(sorted(self, key=lambda spec: spec.name))

    def table(self, name: str | None) -> tuple[ModelSpec, ...]:
        """The models of one table."""
        return tuple(spec for spec in self.models if spec.table.name == name)

    def add_pattern(self, pattern: AccessPattern) -> None:
        """Enter an access pattern; one of the same name takes its place."""
        with self._lock:
            self._patterns[pattern.name] = pattern

    def access_patterns(self) -> tuple[AccessPattern, ...]:
        """All declared access patterns, by name."""
        return tuple(self._patterns[name] for name in sorted(self._patterns))

    def __iter__(self) -> Iterator[ModelSpec]:
        return (cls.__dynamorm_spec__ for cls in list(self._specs.values()))

    def __repr__(self) -> str:
        return f"<Registry of {len(self)} models>"

    def __len__(self) -> int:
        return len(self._specs)


registry: Registry = Registry()
"""The one registry of this process."""
