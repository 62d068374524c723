"""The docstring of every public callable says what its reader has to know."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator

import pytest

import dynamorm_async
from dynamorm_async import Batch, Collection, Model, Query, Session, TenantSession, Transaction
from dynamorm_async._keyed import Keyed

FACES = (Model, Session, TenantSession, Query, Batch, Transaction, Keyed, Collection)
SECTION = re.compile(r"^(Args|Attributes|Class arguments|Returns|Yields|Raises|Example|Limit):$", re.MULTILINE)


def _callables() -> Iterator[tuple[str, Callable[..., object]]]:
    for name in dynamorm_async.__all__:
        thing = getattr(dynamorm_async, name)
        if inspect.isfunction(thing):
            yield name, thing
    for face in FACES:
        for name in dir(face):
            found = getattr(face, name)
            ours = str(getattr(found, "__module__", "")).startswith("dynamorm_async")
            if not name.startswith("_") and ours and (inspect.isfunction(found) or inspect.ismethod(found)):
                yield f"{face.__name__}.{name}", found


def _said(documentation: str) -> dict[str, str]:
    parts = SECTION.split(documentation)
    return {"Summary": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def _missing(function: Callable[..., object]) -> list[str]:
    """What the docstring of a callable lacks."""
    said = _said(inspect.getdoc(function) or "")
    bare = inspect.unwrap(getattr(function, "__func__", function))
    named = [one for one in inspect.signature(bare).parameters.values() if one.name not in {"self", "cls"}]
    named = [one for one in named if not re.search(rf"^ +{one.name}: ", said.get("Args", ""), re.MULTILINE)]
    tree = ast.parse(textwrap.dedent(inspect.getsource(bare)))
    raises = any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(tree))
    lacks = [] if said["Summary"].strip() else ["a summary"]
    lacks += [f"Args: {one.name}" for one in named]
    lacks += ["Raises"] if raises and "Raises" not in said else []
    lacks += ["Example"] if ">>>" not in said.get("Example", "") else []
    return lacks


CALLABLES = dict(_callables())


@pytest.mark.parametrize("name", CALLABLES)
def test_a_public_callable_is_documented(name):
    """Parameters, errors that it raises itself, and an example that runs. # R152"""
    assert _missing(CALLABLES[name]) == []
