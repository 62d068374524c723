"""What the examples of documents and docstrings run in."""

from __future__ import annotations

import sys
import warnings
import weakref
from collections.abc import Iterator
from types import ModuleType

import pytest

from dynamorm_async import registry
from dynamorm_async.events import DynamormAdvice
from tests.support.examples import Examples


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, which other libraries need even on this machine."""
    for name, value in {
        "ACCESS_KEY_ID": "x",
        "SECRET_ACCESS_KEY": "x",
        "REGION": "eu-west-1",
        "DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, start_engine, account) -> Iterator[Examples]:
    """What the examples of one document run in; its models find their annotations by the module's name."""
    module = ModuleType("examples_of_a_document")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Examples(start_engine("moto").endpoint, module.__name__) as examples:
        module.__dict__.update(examples.namespace)
        examples.namespace = module.__dict__
        yield examples


@pytest.fixture(autouse=True)
def engine_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """An example may register an engine of its own; the name goes with it."""
    from dynamorm_async.testing.engines import registry

    monkeypatch.setattr(registry, "_ENGINES", dict(registry._ENGINES))


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """Let each page define its models as the only program would: another page may use the same names and tags."""
    monkeypatch.setattr(registry, "_specs", weakref.WeakValueDictionary())


@pytest.fixture(autouse=True)
def without_advice():
    """A page may show what could be better."""
    warnings.filterwarnings("ignore", category=DynamormAdvice)
