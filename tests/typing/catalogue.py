"""The kinds of mistakes that checkers are to find: read from the files in kinds/ and peers/, and tried on checkers.

Each kind is a few lines after a comment with its name: right uses, and one wrong line that ends in ``# wrong:`` and
the codes under which mypy --strict and pyright refuse it (``-`` where one does not). In peers/ the kinds have the same
names, and a right use that a checker refuses of that library ends in ``# refused:`` and the codes.

``python -m tests.typing.catalogue`` counts what ty and pyrefly find; `tests.typing.page` writes docs/types.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import attrs

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OURS = HERE / "kinds"
PEERS = HERE / "peers"
_KIND = re.compile(r"^ *# kind: (?P<name>.+)$")
_MARK = re.compile(r"  # (?P<mark>wrong|refused)(?:: (?P<mypy>[\w-]+), (?P<pyright>[\w-]+))?$")

Codes: TypeAlias = tuple[str | None, str | None]
"""The codes of mypy and of pyright; None where it refuses nothing."""
Errors: TypeAlias = Mapping[tuple[Path, int], frozenset[str]]
"""The codes under which each line is refused."""


@attrs.frozen
class Kind:
    """A kind of mistake, as one library has it.

    Attributes:
        name: The same for all libraries.
        file: Where it stands.
        right: Numbers of the lines that are right, blank ones included.
        wrong: Number of the line that is wrong.
        expected: The codes that refuse it.
        refused: The codes that refuse a right use as well.
    """

    name: str
    file: Path
    right: tuple[int, ...]
    wrong: int
    expected: Codes
    refused: Codes = (None, None)

    @property
    def caught(self) -> tuple[bool, bool]:
        """Whether mypy and pyright tell right from wrong."""
        return (
            self.expected[0] is not None and self.refused[0] is None,
            self.expected[1] is not None and self.refused[1] is None,
        )


def kinds(folder: Path, only: str = "*.py") -> list[Kind]:
    """All kinds of the files in a folder, in their order."""
    return [kind for path in sorted(folder.glob(only)) for kind in _of_file(path)]


def _of_file(path: Path) -> Iterable[Kind]:
    name, right, refused = "", list[int](), (None, None)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = _MARK.search(line)
        if found := _KIND.match(line):
            name, right, refused = found["name"], [], (None, None)
        elif mark and mark["mark"] == "wrong":
            yield Kind(name, path, tuple(right), number, _codes(mark), refused)
        else:
            right.append(number)
            refused = _codes(mark) if mark else refused


def _codes(mark: re.Match[str]) -> Codes:
    one, two = (None if code in {None, "-"} else code for code in mark.group("mypy", "pyright"))
    return one, two


def record(folder: Path) -> None:
    """Write down what mypy and pyright refuse, behind the lines they refuse."""
    paths = sorted(folder.glob("*.py"))
    found = mypy(paths), pyright(paths)
    for path in paths:
        within = {number for kind in kinds(folder, path.name) for number in (*kind.right, kind.wrong)}
        lines = path.read_text(encoding="utf-8").splitlines()
        for number in within:
            codes = tuple(min(errors.get((path, number), {"-"})) for errors in found)
            lines[number - 1] = _marked(lines[number - 1], codes)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _marked(line: str, codes: tuple[str, ...]) -> str:
    mark = _MARK.search(line)
    bare = line[: mark.start()] if mark else line
    wrong = mark is not None and mark["mark"] == "wrong"
    if not wrong and codes == ("-", "-"):
        return bare
    return f"{bare}  # {'wrong' if wrong else 'refused'}: {', '.join(codes)}"


# ---------------------------------------------------------------- checkers


def mypy(paths: Iterable[Path]) -> Errors:
    """What mypy --strict refuses."""
    command = ["mypy", "--strict", "--no-error-summary", "--hide-error-context", "--show-absolute-path"]
    shown = _run(*command, *map(str, paths))
    found = re.findall(r"^(.+?):(\d+): error: .*\[([\w-]+)\]$", shown, re.MULTILINE)
    return _by_line((Path(file), int(line), code) for file, line, code in found)


def pyright(paths: Iterable[Path]) -> Errors:
    """What pyright refuses."""
    report = json.loads(_run("pyright", "--pythonpath", sys.executable, "--outputjson", *map(str, paths)))
    return _by_line(
        (Path(one["file"]), one["range"]["start"]["line"] + 1, one.get("rule", "error"))
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    )


def ty(paths: Iterable[Path]) -> Errors:
    """What ty refuses."""
    command = ["ty", "check", "--python", sys.prefix, "--output-format", "concise"]
    return _concise(_run(*command, *map(str, paths)), r"^(.+?):(\d+):\d+: error\[([\w-]+)\]")


def pyrefly(paths: Iterable[Path]) -> Errors:
    """What pyrefly refuses."""
    command = ["pyrefly", "check", "--python-interpreter-path", sys.executable, "--output-format", "min-text"]
    return _concise(_run(*command, *map(str, paths)), r"^ *ERROR (.+?):(\d+):\S+ .*\[([\w-]+)\]$")


ADVISERS: Mapping[str, Callable[[Iterable[Path]], Errors]] = {"ty": ty, "pyrefly": pyrefly}


def _concise(shown: str, pattern: str) -> Errors:
    found = re.findall(pattern, shown, re.MULTILINE)
    return _by_line((ROOT / file, int(line), code) for file, line, code in found)


def _run(program: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / program), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def _by_line(found: Iterable[tuple[Path, int, str]]) -> Errors:
    errors: dict[tuple[Path, int], set[str]] = {}
    for path, line, code in found:
        errors.setdefault((path, line), set()).add(code)
    return {place: frozenset(codes) for place, codes in errors.items()}


def advice() -> str:
    """How many mistakes each checker finds that has no vote."""
    planted = kinds(OURS)
    places = {(kind.file, kind.wrong) for kind in planted}
    lines: list[str] = []
    for name, check in ADVISERS.items():
        errors = check(sorted(OURS.glob("*.py")))
        blamed = len(set(errors) - places)
        lines.append(f"{name} finds {len(places & set(errors))} of {len(planted)} mistakes, and blames {blamed} lines.")
    return "\n".join(lines)


if __name__ == "__main__":
    print(advice())
