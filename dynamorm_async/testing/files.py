"""Fixture files: JSON, and YAML that says the same. Times stay text and fractions exact: the fields have types."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import anyio

from dynamorm_async.errors import ConfigurationError

__all__ = ["read_fixture"]


async def read_fixture(path: str | os.PathLike[str]) -> object:
    """What a ``.json``, ``.yaml`` or ``.yml`` file says; fractions as Decimal.

    Raises:
        ConfigurationError: There is no such file, it is of another kind, or it is not well-formed. A name that stands
            twice in one mapping is a mistake, too.
    """
    file = anyio.Path(path)
    read = {".json": _from_json, ".yaml": _from_yaml, ".yml": _from_yaml}.get(file.suffix.lower())
    if read is None:
        raise ConfigurationError(f"{file.name} is no fixture.", hint="Name it .yaml, .yml or .json.")
    try:
        return read(await file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"the fixture {file.name} cannot be read.", hint="Check the path.") from error
    except ValueError as error:
        raise ConfigurationError(f"the fixture {file.name} is not well-formed: {error}") from error


def _from_json(content: bytes) -> object:
    # msgspec takes the last of two equal names.
    found: object = json.loads(
        content, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_with_each_name_once
    )
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _with_each_name_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} stands there twice")
        found[name] = value
    return found


def _from_yaml(content: bytes) -> object:
    try:
        import yaml  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConfigurationError(
            "fixtures in YAML need PyYAML.", hint="Install it with: pip install 'dynamorm-async[yaml]'"
        ) from error
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader: Any = type("_Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    loader.add_constructor("tag:yaml.org,2002:float", _number)
    loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    try:
        found: object = yaml.load(content, loader)  # noqa: S506  a safe loader with fewer opinions
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    return found


def _mapping(loader: Any, node: Any) -> Any:
    # Of the names as written: what `<<` merges may be replaced.
    _with_each_name_once((key.value, None) for key, _ in node.value if isinstance(key.value, str))
    return loader.construct_yaml_map(node)


def _number(loader: Any, node: Any) -> Any:
    try:
        return Decimal(loader.construct_scalar(node).replace("_", ""))
    except InvalidOperation:  # .inf, .nan and numbers to the base of 60
        return loader.construct_yaml_float(node)
