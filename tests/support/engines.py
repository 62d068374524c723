"""Which engines a test runs on, decided from the command line and the marks of the test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from dynamorm_async.testing.engines import why_not_available

__all__ = ["KNOWN", "parameters", "selected"]

KNOWN = ("moto", "dynoxide", "ministack")
USUAL = ("moto", "dynoxide")
"""Run when nothing is asked for and they are installed; ministack joins by ``--engine``."""


def selected(asked: Sequence[str]) -> list[str]:
    """The engines to run on.

    Args:
        asked: Values of ``--engine``, each a name or several between commas; ``all`` is every one installed here.

    Raises:
        pytest.UsageError: One was asked for by name and cannot be started.
    """
    names = [name.strip() for value in asked for name in value.split(",")]
    if not names or names == ["all"]:
        return [name for name in (KNOWN if names else USUAL) if why_not_available(name) is None]
    for name in names:
        missing = why_not_available(name) if "://" not in name else None
        if missing:
            raise pytest.UsageError(f"--engine {name}: {missing}")
    return names


def parameters(names: Iterable[str], marks: Iterable[pytest.Mark]) -> list[object]:
    """One parameter for each engine that a test runs on, a strict expected failure where an engine is known wrong.

    Args:
        names: The engines of this run.
        marks: The marks of the test: ``engines``, ``wrong_on`` and ``lacks`` count.
    """
    marks = list(marks)
    only = {name for mark in marks if mark.name == "engines" for name in mark.args}
    lacks = {mark.args[0] for mark in marks if mark.name == "lacks"}
    wrong = {mark.args[0]: mark.kwargs["reason"] for mark in marks if mark.name == "wrong_on"}
    kept = [name for name in names if name not in lacks and (not only or name in only)]
    return [pytest.param(name, marks=[expected_failure(name, wrong)] if name in wrong else []) for name in kept]


def expected_failure(name: str, wrong: dict[str, str]) -> pytest.MarkDecorator:
    """The mark of a test that shows an engine's fault: when the engine is mended, the test says so."""
    return pytest.mark.xfail(reason=f"{name}: {wrong[name]}", strict=True)
