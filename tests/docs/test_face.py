"""The docstring of every public callable says what its reader has to know."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator

import pytest

import dynamorm_async
from dynamorm_async import abc, errors, events, testing, types
from dynamorm_async._collection import CollectionQuery
from dynamorm_async._handle import Try
from dynamorm_async._items import Answer
from dynamorm_async._keyed import Keyed
from dynamorm_async._transaction import Move
from dynamorm_async.integrations import aiohttp, fastapi, lambda_, problems, pydantic
from dynamorm_async.testing import engines

SECTION = re.compile(r"^(Args|Attributes|Class arguments|Returns|Yields|Raises|Example|Limit):$", re.MULTILINE)
MODULES = (
    dynamorm_async,
    abc,
    errors,
    events,
    types,
    testing,
    engines,
    aiohttp,
    fastapi,
    lambda_,
    problems,
    pydantic,
)
"""The public modules, but `testing.faults`: the docstring of that package plays its script."""
HANDED_OUT = (Answer, CollectionQuery, Keyed, Move, Try)
"""Classes that users call methods of, and nobody imports."""
CALLED_BY_US = {
    *(name for protocol in (abc.Clock, abc.Observer, abc.RetryPolicy, abc.RetryState) for name in vars(protocol)),
    *("send", "recover", "current", "refresh", "command", "install"),  # of a transport, of credentials, of an engine
    *("bind", "aclose", "clock", "keep_time"),  # of an index, a recording
}
"""Methods that the library calls and users write or leave alone: their class has the example."""
NOTHING = {"None", "NoReturn", "Never"}


def _public() -> Iterator[tuple[str, object]]:
    """What the public modules name, each thing once."""
    seen: set[int] = set()
    for module in MODULES:
        for name in module.__all__:
            thing = getattr(module, name)
            if id(thing) not in seen and not inspect.ismodule(thing):
                seen.add(id(thing))
                yield f"{module.__name__.removeprefix('dynamorm_async').lstrip('.')}.{name}".lstrip("."), thing


def _methods(face: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for name in dir(face):
        found = getattr(face, name)
        ours = str(getattr(found, "__module__", "")).startswith("dynamorm_async")
        if not name.startswith("_") and ours and (inspect.isfunction(found) or inspect.ismethod(found)):
            yield name, found


def _classes() -> dict[str, type]:
    found = {name: thing for name, thing in _public() if inspect.isclass(thing)}
    return found | {face.__name__: face for face in HANDED_OUT}


def _callables() -> Iterator[tuple[str, Callable[..., object]]]:
    for name, thing in _public():
        if inspect.isfunction(thing):
            yield name, thing
    for path, face in _classes().items():
        for name, found in _methods(face):
            yield f"{path}.{name}", found


def _said(documentation: str) -> dict[str, str]:
    parts = SECTION.split(documentation)
    return {"Summary": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def _missing(function: Callable[..., object]) -> list[str]:
    """What the docstring of a callable lacks."""
    said = _said(inspect.getdoc(function) or "")
    if inspect.signature(function).return_annotation == "Never":
        return [] if "Raises" in said else ["Raises"]
    bare = inspect.unwrap(getattr(function, "__func__", function))
    named = [one for one in inspect.signature(bare).parameters.values() if one.name not in {"self", "cls"}]
    named = [one for one in named if not re.search(rf"^ +{one.name}: ", said.get("Args", ""), re.MULTILINE)]
    tree = ast.parse(textwrap.dedent(inspect.getsource(bare)))
    raises = any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(tree))
    lacks = [] if said["Summary"].strip() else ["a summary"]
    lacks += [f"Args: {one.name}" for one in named]
    gives = str(inspect.signature(bare).return_annotation) not in NOTHING
    lacks += ["Returns"] if gives and not {"Returns", "Yields"} & said.keys() else []
    lacks += ["Raises"] if raises and "Raises" not in said else []
    lacks += ["Example"] if ">>>" not in said.get("Example", "") else []
    return lacks


CALLABLES = dict(_callables())
CLASSES = {name: face for name, face in _classes().items() if not issubclass(face, BaseException)}


@pytest.mark.parametrize("name", CALLABLES)
def test_a_public_callable_is_documented(name):
    """Parameters, what it gives, errors that it raises itself, and an example that runs. # R152"""
    excused = {"Example"} if name.rpartition(".")[2] in CALLED_BY_US else set()

    assert set(_missing(CALLABLES[name])) - excused == set()


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_has_an_example(name):
    """Or is shown by what makes it. # R2"""
    assert ">>>" in (inspect.getdoc(CLASSES[name]) or "")
