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
    """One parameter for each engine of the run that a test is for.

    It is a strict expected failure where an engine is known wrong, and skipped where an engine lacks what it takes.

    Args:
        names: The engines of this run.
        marks: The marks of the test: ``engines``, ``wrong_on`` and ``lacks`` count.
    """
    marks = list(marks)
    only = {name for mark in marks if mark.name == "engines" for name in mark.args}
    by_name = {mark.args[0]: outcome(mark) for mark in marks if mark.name in {"lacks", "wrong_on"}}
    kept = [name for name in names if not only or name in only]
    return [pytest.param(name, marks=[by_name[name]] if name in by_name else []) for name in kept]


def outcome(mark: pytest.Mark) -> pytest.MarkDecorator:
    """What the mark of a test comes to on its engine. When an engine is mended, a test that shows its fault says so."""
    name, reason = mark.args[0], mark.kwargs["reason"]
    if mark.name == "lacks":
        return pytest.mark.skip(reason=f"LACKS {name}: {reason}")
    # Nothing but a wrong answer counts: an engine that has ended is no fault of this kind.
    raises = mark.kwargs.get("raises", (AssertionError, LookupError))
    return pytest.mark.xfail(reason=f"{name}: {reason}", strict=True, raises=raises)
