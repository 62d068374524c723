"""Every ``>>>`` example of the package's docstrings runs, with models, a session and a few items at hand."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import dynamorm_async
from tests.support.examples import Examples

PACKAGE = Path(dynamorm_async.__file__).parent
HERE = Path(__file__).parent


def _documented(tree: ast.AST, above: str) -> Iterator[tuple[str, int, str]]:
    """Each docstring below a node: its owner's name, its line and its text."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{above}.{node.name}"
            text = ast.get_docstring(node, clean=True)
            if text and ">>>" in text:
                yield name, node.body[0].lineno, text
            yield from _documented(node, name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield from _described(tree, node, f"{above}.{node.target.id}")
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield from _described(tree, node, f"{above}.{node.targets[0].id}")


def _described(tree: ast.AST, assignment: ast.stmt, name: str) -> Iterator[tuple[str, int, str]]:
    """The text below a name that is assigned, where it has an example."""
    body = getattr(tree, "body", [])
    after = body[body.index(assignment) + 1 :][:1] if assignment in body else []
    for text in after:
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and ">>>" in str(text.value.value):
            yield name, text.lineno, inspect.cleandoc(str(text.value.value))


def _examples() -> Iterator[object]:
    seen: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        for name, line, text in _documented(ast.parse(path.read_text(encoding="utf-8")), module):
            if name not in seen:
                seen.add(name)
                yield pytest.param(path, line, text, id=name)


def _public(path: Path) -> dict[str, object]:
    """The names that the example's own module offers, and the packages of which it is a part."""
    found: dict[str, object] = {}
    module = "dynamorm_async"
    for part in path.relative_to(PACKAGE).with_suffix("").parts:
        module += f".{part}"
        face = importlib.import_module(module)
        found |= {name: getattr(face, name) for name in getattr(face, "__all__", ())}
    return found


@pytest.mark.parametrize(("path", "line", "text"), list(_examples()))
def test_the_example_of_a_docstring_runs(
    path: Path, line: int, text: str, page: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, with top-level await; what it is said to give is what it gives. # R2, R152"""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", page.endpoint)
    page.open()
    scenes = ("scene.py", "shop.py") if "Profile" in text else ("scene.py",)
    for scene in scenes:
        page.run((HERE / scene).read_text(encoding="utf-8"), HERE / scene)
    page.namespace.update(_public(path))
    if "Session(" in text or "Session.from_env(" in text:
        page.run("await db.aclose()", path)
    if "await db.create_table(User)" in text:
        page.run("await db.delete_table(User)", path)
    for example in doctest.DocTestParser().get_examples(text):
        if example.want:
            value = page.value(example.source, path)
            shown = "" if value is None else f"{value!r}\n"
            assert doctest.OutputChecker().check_output(example.want, shown, doctest.ELLIPSIS), f"{path}:{line}"
        else:
            page.run(example.source, path, line + example.lineno)
