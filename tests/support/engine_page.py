"""Writes ``docs/engines.md``: what each engine gets wrong, from the tests that show it.

``python -m tests.support.engine_page``. The tests are those of ``tests/server/differences``: each states how the
service behaves, runs on every engine, and is marked ``wrong_on`` where it must fail. A mended fault fails there.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import attrs

from tests.support.engines import KNOWN

__all__ = ["PAGE", "Probe", "page", "probes"]

ROOT = Path(__file__).parents[2]
PROBES = ROOT / "tests/server/differences"
PAGE = ROOT / "docs/engines.md"
ORDER = ("values", "expressions", "queries", "together", "capacity", "streams", "tables", "partiql", "wire")


@attrs.frozen
class Probe:
    """One test of how the service behaves.

    Attributes:
        area: What it is about: the docstring of its file.
        name: Of the test.
        service: What the service does.
        wrong: What an engine does instead, by its name.
    """

    area: str
    name: str
    service: str
    wrong: dict[str, str]


def probes() -> list[Probe]:
    """All probes, in the order of the page."""
    return [probe for area in ORDER for probe in probes_of(load(PROBES / f"test_{area}.py"))]


def load(path: Path) -> ModuleType:
    """A file of tests, without pytest."""
    spec = importlib.util.spec_from_file_location(f"differences_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def probes_of(module: ModuleType) -> Iterator[Probe]:
    """The tests of a file."""
    for name, function in vars(module).items():
        if name.startswith("test_"):
            text = inspect.getdoc(function) or ""
            yield Probe(inspect.getdoc(module) or "", name, text.removesuffix("."), wrong_on(function))


def wrong_on(function: Callable[..., object]) -> dict[str, str]:
    """Which engines a test must fail on, and what they do instead."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "wrong_on"]
    return {mark.args[0]: mark.kwargs["reason"] for mark in marks}


HEAD = """\
# Engines, and what each gets wrong

No engine is the service. This page is made from tests: each row is one that states what the service does and runs on
every engine, and an entry is what that engine does instead, where the test must fail. The day an engine is mended, its
test says so, and the entry goes. What all of them get right is not listed.

| | how it is had | for |
|---|---|---|
| `moto` | `pip install 'dynamorm-async[testing]'` | any platform, small tables; nothing about concurrency |
| `dynoxide` | `python -m dynamorm_async.testing install dynoxide` | the most faithful, and ready in milliseconds |
| `ministack` | `python -m dynamorm_async.testing install ministack` | backups, replicas, accounts, long index keys |
| `dynamodb-local` | your jar: `DYNAMODB_LOCAL_JAR` | AWS's own; not tested here, and listens on every address |

`local("dynoxide")`, `engine("ministack")` and `pytest --dynamorm-engine moto` take these names, and the URL of any
other endpoint. Of {total} behaviours below, {counts}.

None throttles, leaves writes of a batch undone or loses an answer: for that there is `dynamorm_async.testing.faults`.
"""


def page() -> str:
    """The whole page."""
    found = probes()
    counts = ", ".join(f"{name} gets {sum(name in one.wrong for one in found)} wrong" for name in KNOWN)
    parts = [HEAD.format(total=len(found), counts=counts)]
    for area in dict.fromkeys(one.area for one in found):
        parts += [f"\n## {area}\n\n", *table(one for one in found if one.area == area)]
    return "".join(parts)


def table(found: Iterator[Probe]) -> Iterator[str]:
    """The rows of one area."""
    yield f"| the service | {' | '.join(KNOWN)} |\n|---|{'---|' * len(KNOWN)}\n"
    for one in found:
        yield f"| {one.service} | {' | '.join(one.wrong.get(name, 'as the service') for name in KNOWN)} |\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(probes())} behaviours\n")


if __name__ == "__main__":
    main()
