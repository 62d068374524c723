"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import QUIET
from benchmarks.works import WORKS, Work

__all__ = ["OURS", "RAW", "REFERENCES", "TARGETS", "markdown", "publish"]

OURS = "dynamorm_async_models"
RAW = "aiobotocore_dicts"
REFERENCES = ("limit", "json_dicts")
"""Rows to compare with that are no clients."""
TARGETS = {
    "get-32": (15, 5),
    "put-32": (12, 4),
    "query-100": (14, 4.5),
    "query-1mb": (10, 4),
    "batch-get-100": (15, 4.5),
    "batch-write-25": (18, 3),
    "transact-4": (10, 2.5),
}
"""How many times less CPU than raw aiobotocore, and than the best peer with models, this library means to use."""
LIMIT_TARGET = ("get-32", 2.5)
_START, _END = "<!-- results: written by python -m benchmarks --publish -->", "<!-- end of results -->"
_PACKAGES = (
    *(
        "dynamorm-async",
        "aiobotocore",
        "aioboto3",
        "botocore",
        "boto3",
        "aiodynamo",
        "pydynox",
        "pynamodb",
        "dyntastic",
    ),
    *("aiohttp", "httpx", "httptools", "pydantic", "attrs", "cattrs", "msgspec", "isal"),
)

Results = dict[str, Any]
Cells = dict[str, dict[str, Any]]


def markdown(results: Results) -> str:
    """All tables of a run, with what it ran on."""
    parts = [_about(results)]
    for group, title, cell in _TABLES:
        works = [WORKS[name] for name in results["works"] if WORKS[name].group == group]
        if works:
            parts += [f"### {title}", _table(results, works, cell)]
        if works and group == "table" and OURS in results["clients"]:
            parts += ["### Times as much CPU as this library", _table(results, works, _ratio), _targets(results)]
    parts += [_versions(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def publish(results: Results, readme: Path) -> None:
    """Put the tables between the markers of that file."""
    text = readme.read_text()
    head, _, rest = text.partition(_START)
    _, found, tail = rest.partition(_END)
    if not found:
        raise SystemExit(f"{readme.name} has no markers for the results")
    readme.write_text(f"{head}{_START}\n\n{markdown(results)}\n{_END}{tail}")


def _about(results: Results) -> str:
    machine = results["machine"]
    where = ", ".join(machine[name] for name in ("processor", "system", "python"))
    lines = [f"Measured on {results['date']}: {where}, {machine['cores']} cores, event loop: {results['loop']}."]
    for operation, told in results.get("ceiling", {}).items():
        lines.append(
            f"The stub's ceiling for {operation} over 32 connections, by {told['tool']}: {told['per_second']:,.0f} "
            f"requests a second, {told['cpu']:.0f} us of its own core each."
        )
    if any(_noisy(cell) for cells in results["works"].values() for cell in cells.values()):
        lines.append(
            f"`~`: too few slices with less than {QUIET:.0%} of the core used by others; the quietest half counted."
        )
    return "\n".join(lines)


def _table(results: Results, works: Sequence[Work], cell: Callable[[Cells, str], str]) -> str:
    rows = []
    for name, about in results["clients"].items():
        cells = [cell(results["works"][work.name], name) for work in works]
        if set(cells) != {"-"}:
            rows.append([_label(name, about["label"]), *cells])
    return _grid(["client", *(work.title for work in works)], rows)


def _label(name: str, label: str) -> str:
    if name == OURS:
        return f"**{label}**"
    return f"*{label}*" if name in REFERENCES else label


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _micro(cells: Cells, name: str) -> str:
    return _shown(cells, name, lambda cell: _number(cell["cpu"]))


def _milli(cells: Cells, name: str) -> str:
    return _shown(cells, name, lambda cell: f"{cell['cpu'] / 1000:,.0f} ({cell['peak'] / 2**20:.0f} MB)")


def _memory(cells: Cells, name: str) -> str:
    return _shown(cells, name, lambda cell: f"{cell['grown'] / 2**20:+.1f} MB, {cell['cpu']:.1f} us an item")


def _ratio(cells: Cells, name: str) -> str:
    ours = cells.get(OURS, {}).get("cpu")
    return _shown(cells, name, lambda cell: f"{cell['cpu'] / ours:.2g}x") if ours else "-"


def _shown(cells: Cells, name: str, show: Callable[[dict[str, Any]], str]) -> str:
    cell = cells.get(name)
    if cell is None:
        return "-"
    if "error" in cell:
        return "fails"
    return ("~" if _noisy(cell) else "") + show(cell)


def _noisy(cell: dict[str, Any]) -> bool:
    return bool(cell.get("noise", 0) > QUIET)


def _number(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


_TABLES = (
    ("table", "CPU microseconds an operation", _micro),
    ("codec", "CPU microseconds an item, no network", _micro),
    ("cold", "Cold start: CPU milliseconds of the whole process, and its memory", _milli),
    ("size", "CPU microseconds by item size, 8 in flight", _micro),
    ("attributes", "CPU microseconds of a get by number of attributes, 8 in flight", _micro),
    ("concurrency", "CPU microseconds of a get by how many are started at once", _micro),
    ("memory", "A stream of 1 million items: growth of the peak of memory, CPU", _memory),
)


def _targets(results: Results) -> str:
    rows = []
    for name, (raw, best) in TARGETS.items():
        cells = {key: cell for key, cell in results["works"].get(name, {}).items() if "cpu" in cell}
        if OURS in cells and RAW in cells:
            models = {key: cell for key, cell in cells.items() if results["clients"][key]["models"]}
            rows.append([WORKS[name].title, *_against(cells, RAW, raw), *_against(cells, _best(models), best)])
            rows[-1].append(_against(cells, _best(cells), 0)[0])
    if not rows:
        return ""
    head = ["work", "against raw aiobotocore", "aim", "the best peer with models", "aim", "the best, dicts included"]
    return "### What this library means to reach\n\n" + _grid(head, rows) + _to_limit(results)


def _best(cells: Cells) -> str | None:
    found = [name for name in cells if name not in {OURS, *REFERENCES}]
    return min(found, key=lambda name: float(cells[name]["cpu"]), default=None)


def _against(cells: Cells, name: str | None, aim: float) -> list[str]:
    if name is None:
        return ["-", f">= {aim}x"]
    ratio: float = cells[name]["cpu"] / cells[OURS]["cpu"]
    return [f"{ratio:.1f}x less" if ratio >= aim else f"{ratio:.1f}x less (short)", f">= {aim}x"]


def _to_limit(results: Results) -> str:
    name, aim = LIMIT_TARGET
    cells = results["works"].get(name, {})
    if not all("cpu" in cells.get(each, {}) for each in (OURS, "limit")):
        return ""
    ratio = cells[OURS]["cpu"] / cells["limit"]["cpu"]
    return f"\n\n{WORKS[name].title}: {ratio:.1f} times the limit (aim: within {aim})."


def _versions(results: Results) -> str:
    rows = []
    for name, about in results["clients"].items():
        found = {key.lower(): value for key, value in about["versions"].items()}
        used = [f"{package} {found[package]}" for package in _PACKAGES if package in found]
        peaks = [cell["peak"] for cells in _served(results) if (cell := cells.get(name)) and "peak" in cell]
        rows.append([_label(name, about["label"]), f"{max(peaks) / 2**20:.0f} MB" if peaks else "-", ", ".join(used)])
    return "### Versions, and the peak of memory over the first table\n\n" + _grid(["client", "peak", "versions"], rows)


def _served(results: Results) -> list[Cells]:
    return [cells for name, cells in results["works"].items() if WORKS[name].group == "table"]
