"""Every Python block of the README and of the documentation runs, on an engine of this machine."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import pytest

from tests.support.examples import Block, Examples, blocks

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if any(blocks(path.read_text(encoding="utf-8")))
)


def _names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def _run_peer(page: Examples, block: Block, path: Path, left_out: list[str]) -> None:
    name = block.mark.removeprefix("peer ")
    if importlib.util.find_spec(name) is None:
        left_out.append(name)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # another library's
        page.run(block.code, path, block.line, page.peer(name))


@pytest.mark.parametrize("path", DOCUMENTS, ids=_names(DOCUMENTS))
def test_the_examples_of_a_document_run(path: Path, page: Examples) -> None:
    """Top to bottom, in one namespace, with top-level await. # R2, R152"""
    left_out: list[str] = []
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.mark == "shown":
            continue
        if block.mark.startswith("peer "):
            _run_peer(page, block, path, left_out)
            continue
        if block.mark == "session":
            page.open()
        page.run(block.code, path, block.line)
    if left_out:
        pytest.skip(f"all ran but the code of {', '.join(dict.fromkeys(left_out))}, which is not installed")


def test_a_block_that_fails_names_its_line(page: Examples, tmp_path: Path) -> None:
    """The traceback points into the Markdown."""
    document = tmp_path / "wrong.md"
    document.write_text("# Wrong\n\n```python\nvalue = 1\nassert value == 2\n```\n", encoding="utf-8")
    (block,) = blocks(document.read_text(encoding="utf-8"))

    with pytest.raises(AssertionError) as caught:
        page.run(block.code, document, block.line)

    assert (document, 5) == (Path(caught.traceback[-1].path), caught.traceback[-1].lineno + 1)


def test_marks_are_for_the_next_block_only() -> None:
    """A mark does not reach over another block."""
    text = "<!-- example: shown -->\n```python\na\n```\n\n```python\nb\n```\n"

    assert [("a\n", 2, "shown"), ("b\n", 6, "")] == [(block.code, block.line, block.mark) for block in blocks(text)]
