"""Pages that are made from the code, and docstrings that pages are made of."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
import traceback
from pathlib import Path

import pytest

import dynamorm_async
from dynamorm_async import Batch, Model, Query, Session, Transaction, errors, integrations
from dynamorm_async._keyed import Keyed
from dynamorm_async.cli.catalogue import classes
from dynamorm_async.cli.causes import CAUSES
from dynamorm_async.errors.base import DOCUMENTATION
from tests.support import error_catalogue

ROOT = Path(__file__).parents[2]
CONSTANTS = {"AnyModel", "UNSET"}
SHOWN_ELSEWHERE = {"Transaction.claim"}
"""For a special need: items older than their model's `unique`."""
FACES = (Model, Session, Query, Batch, Transaction, Keyed)


def _verbs() -> dict[str, object]:
    """The public methods of what users call."""
    return {
        f"{face.__name__}.{name}": getattr(face, name)
        for face in FACES
        for name in dir(face)
        if not name.startswith("_") and callable(inspect.getattr_static(face, name, None) and getattr(face, name))
    }


def test_the_page_of_errors_is_up_to_date() -> None:
    """It has an anchor for each class, and says what the class says. # R2"""
    stored = error_catalogue.PAGE.read_text(encoding="utf-8")

    assert error_catalogue.page() == stored, "run: python -m tests.support.error_catalogue"


@pytest.mark.parametrize("name", [name for name in dynamorm_async.__all__ if name not in CONSTANTS])
def test_a_public_name_has_a_docstring(name: str) -> None:
    """It is the API reference. # R152"""
    thing = getattr(dynamorm_async, name)

    assert (inspect.getdoc(thing) or "").strip()


@pytest.mark.parametrize(("name", "verb"), _verbs().items())
def test_a_verb_has_a_docstring(name: str, verb: object) -> None:
    """Every public method of what users call. # R152"""
    assert (inspect.getdoc(verb) or "").strip(), name


@pytest.mark.parametrize("name", sorted(set(_verbs()) - SHOWN_ELSEWHERE))
def test_a_verb_has_an_example(name: str) -> None:
    """In its docstring, or on a page; both run. # R2"""
    face, _, verb = name.partition(".")
    documented = inspect.getdoc(getattr({one.__name__: one for one in FACES}[face], verb)) or ""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))

    assert ">>>" in documented or re.search(rf"\.{verb}\(", pages), f"{name} is shown nowhere"


def test_every_page_is_reached_from_the_navigation() -> None:
    """And every entry of the navigation exists."""
    named = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert set() == {page for page in pages ^ named if not page.startswith("design/")}


def test_each_error_leads_to_its_place() -> None:
    """`docs` is a page and an anchor that are there, the traceback ends with it, and it stands on no message. # R2"""
    page = error_catalogue.PAGE.read_text(encoding="utf-8")
    for _, error in classes():
        if not issubclass(error, errors.DynamormError):
            continue
        place, _, anchor = error.docs.partition("#")

        assert ROOT / place == error_catalogue.PAGE
        assert re.search(rf"^## {anchor}$", page, re.MULTILINE | re.IGNORECASE), error
        assert error.__module__ in {"dynamorm_async.errors", "dynamorm_async.testing"}
    failure = errors.NoSessionError("there is none.")
    assert traceback.format_exception_only(failure)[-1] == (
        "See docs/errors.md#nosessionerror, or: python -m dynamorm_async errors NoSessionError\n"
    )
    assert "docs/" not in str(failure)


def test_an_error_of_somebody_else_leads_to_its_parent() -> None:
    """It has no place of its own."""

    class OwnError(errors.ConfigurationError):
        pass

    assert OwnError.docs == errors.ConfigurationError.docs
    assert "errors ConfigurationError" in OwnError("it is wrong.").__notes__[0]


@pytest.mark.parametrize("error", [error for _, error in classes()], ids=lambda error: error.__name__)
def test_the_catalogue_says_what_to_do(error: type[Exception]) -> None:
    """A hint, or the usual causes with the fix of each; never that the message says it. # R2"""
    assert getattr(error, "default_hint", None) or len(CAUSES[error.__name__]) > 1


def test_causes_are_of_errors_that_there_are() -> None:
    """None is left behind when a class goes."""
    assert set() == set(CAUSES) - {error.__name__ for _, error in classes()}


def test_the_documentation_is_where_the_project_says() -> None:
    """Once there is an address in the metadata, errors have to lead there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project.get("urls", {}).get("Documentation", "docs/") == DOCUMENTATION


def test_the_page_of_changes_names_every_release() -> None:
    """As CHANGELOG.md has them."""
    released = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    page = (ROOT / "docs/changelog.md").read_text(encoding="utf-8")

    assert [] == [version for version in released if f"## {version}" not in page]


PARTS_OF_PHASES = 28
"""As the design document lists them."""


def test_each_part_of_the_roadmap_has_a_test_that_is_there() -> None:
    """Or is said not to be there yet. # R151"""
    page = (ROOT / "docs/roadmap.md").read_text("utf-8")
    rows = [row.split(" | ") for row in page.splitlines() if row.startswith("|")][2:]

    assert len(rows) == PARTS_OF_PHASES
    for _, part, state, shown in rows:
        if state == "not there yet":
            assert "`" not in shown, part
            continue
        assert state.startswith("since "), part
        file, _, test = shown.strip("| ").split("`")[1].partition("::")
        assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), part


PUBLIC = (
    "dynamorm_async",
    "dynamorm_async.abc",
    "dynamorm_async.errors",
    "dynamorm_async.events",
    "dynamorm_async.integrations.aiohttp",
    "dynamorm_async.integrations.fastapi",
    "dynamorm_async.integrations.lambda_",
    "dynamorm_async.integrations.problems",
    "dynamorm_async.integrations.pydantic",
    "dynamorm_async.testing",
    "dynamorm_async.testing.engines",
    "dynamorm_async.testing.faults",
    "dynamorm_async.transports",
    "dynamorm_async.types",
)
"""The modules that users import from. What stands below one of them is reached through it."""
NO_FACE = {"dynamorm_async.cli", "dynamorm_async.integrations"}
"""Run, or only a folder."""


def _shown_names() -> dict[str, object]:
    """What the directives of the reference show, by name."""
    page = (ROOT / "docs/reference.md").read_text("utf-8")
    directives = re.findall(r"^::: ([\w.]+)\n(?: +options:\n)?(?: +members: \[([^\]]*)\])?", page, re.MULTILINE)
    names = [f"{path}.{member}" for path, members in directives if members for member in members.split(", ")]
    return {
        name: pkgutil.resolve_name(name) for name in [*names, *(path for path, members in directives if not members)]
    }


def _in_the_catalogue(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, errors.DynamormError)


@pytest.mark.parametrize("module", PUBLIC)
def test_the_reference_has_every_public_name(module: str) -> None:
    """Of each public module, at least under one of the names that a thing has; errors are in the catalogue. # R152"""
    face, shown = importlib.import_module(module), _shown_names()
    public = {name: getattr(face, name) for name in face.__all__}

    missing = [
        name
        for name, thing in public.items()
        if not (f"{module}.{name}" in shown or inspect.ismodule(thing) or _in_the_catalogue(thing))
        and not any(thing is other for other in shown.values())
    ]
    assert missing == [], f"docs/reference.md lacks names of {module}"


def test_the_reference_has_no_private_name() -> None:
    """What it shows can be imported from where it says."""
    shown = [name.rpartition(".") for name in _shown_names()]

    assert [
        f"{module}.{name}" for module, _, name in shown if name not in importlib.import_module(module).__all__
    ] == []


def test_every_public_module_is_known() -> None:
    """A new one joins the list above, and so the reference."""
    below = {f"dynamorm_async.{found.name}" for found in pkgutil.iter_modules(dynamorm_async.__path__)}
    below |= {f"dynamorm_async.integrations.{found.name}" for found in pkgutil.iter_modules(integrations.__path__)}

    assert {name for name in below if "._" not in name} - NO_FACE <= set(PUBLIC)
