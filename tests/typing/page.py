"""docs/types.md: what mypy and pyright find in programs of this library and of its peers.

``python -m tests.typing.page`` tries the checkers on all files, writes their codes down there, and makes the page anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.typing.catalogue import OURS, PEERS, ROOT, Kind, kinds, record

PAGE = ROOT / "docs/types.md"
LIBRARIES = {"pynamodb": "PynamoDB", "pydynox": "pydynox", "aiodynamo": "aiodynamo", "aioboto3": "aioboto3"}
TOPICS = ("fields", "expressions", "queries", "items", "together", "sessions")
REASONS = {
    "computed attribute set": "To a checker it is a field like any other; at run time it raises at that line.",
    "condition as a truth value": "mypy asks nothing of `__bool__`; at run time it raises at that line.",
    "field of another model in a condition": "An expression has the type of its field, not of its model; at "
    "run time it raises at that line.",
    "`and` between comparisons": "Both checkers take the result to be the second condition (ty refuses it); at run "
    "time it raises at that line.",
    "`or` between comparisons": "The same.",
    "`and` between conditions that are calls": "pyright takes the result to be a condition; mypy does not.",
    "chained comparison": "The same as `and`, which Python makes of it.",
    "key field asked for as a range, where only equality can be": "Any field may be the key of some index; the "
    "planner refuses it, before anything is sent.",
    "value of another type in a key by name": "`get(**parts)` takes the fields of a key by name, and a checker cannot know "
    "which they are; it raises before anything is sent.",
    "unknown field in a key by name": "The same; it raises before anything is sent.",
    "partition key alone to change an item by": "`mutate(key, ...)` takes a value as the key where there is no sort key; what "
    "would refuse it elsewhere would also refuse right uses of a bare `Model`. It raises before anything is sent.",
    "no key at all": "`get(**parts)` takes the fields of a key by name, and none is a number of names, too; it raises "
    "at that line.",
    "forgotten await of a write": "A handle is a value; both checkers watch over coroutines only (mypy with "
    "`--enable-error-code unused-awaitable` finds it).",
    "unknown field in an update by name": "A checker cannot know the names of a model's fields; `User.age.set(3)` is "
    "checked. At run time it raises at that line.",
    "value of another type in an update by name": "The same; it raises before anything is sent.",
    "update of a key": "A key field has the type of its value, as others have; it raises at that line.",
    "update action of another model": "To a checker an action is of no model; at run time it raises before anything is sent.",
}
"""Why a kind is not found by both checkers, and what happens then."""
_HEAD = """# Mistakes found before they run

Made by `python -m tests.typing.page` from the programs in `tests/typing`; nothing here is written by hand. Each kind
of mistake is one wrong line beside right ones. It counts as found where `mypy --strict` or `pyright` refuses the wrong
line and accepts the right ones. {both} of {all} kinds are found here by both, and the tests keep it so.

What to state so that it works: the key in `Model[str, int]`, and `Attr[...]` at each field. No plugin is needed. A bare
`Model` takes any key. `select` knows the types of up to ten fields; of more, each value is an `object`. What an error
found (`current`, `unprocessed`) is an `object` too, for `isinstance` to look at: an error does not know its model. DynamoDB's own JSON stays `Any` inside:
an item in wire form, a request, the rows of a statement without `into`.

## Beside the peers

Idiomatic programs of PynamoDB 6.1.0, pydynox 1.8.0, aiodynamo 26.4, and aioboto3 with the stubs
`types-aiobotocore-dynamodb` 2.25.2, under the same checkers. The last two have no models, so that there is little that a
checker could know. **both**: mypy and pyright find it; a name: that one finds it; **no**: neither does; **over**: the
right use is refused as well; blank: there is no such thing. Rows are the kinds that at least one peer has.
"""


def page() -> str:
    """The page, of what is written down in the programs."""
    ours = {topic: kinds(OURS, f"{topic}.py") for topic in TOPICS}
    theirs = {name: {kind.name: kind for kind in kinds(PEERS, f"{name}.py")} for name in LIBRARIES}
    everything = [kind for topic in ours.values() for kind in topic]
    both = sum(all(kind.caught) for kind in everything)
    parts = [_HEAD.format(both=both, all=len(everything)), _totals(everything, theirs), "", _header()]
    for topic, found in ours.items():
        shared = [kind for kind in found if any(kind.name in of_one for of_one in theirs.values())]
        parts += [f"| *{_title(topic)}* | | | | | |"]
        parts += [_row(kind, [of_one.get(kind.name) for of_one in theirs.values()]) for kind in shared]
    parts += ["", "## Not found here", "", *(_missed(everything)), "", "## Found only here", ""]
    parts += ["Kinds that no peer has, because it has no such thing; by both checkers if nothing else is said.", ""]
    alone = [kind for kind in everything if not any(kind.name in of_one for of_one in theirs.values())]
    parts += [f"- {kind.name}{_by(kind)}" for kind in alone if any(kind.caught)]
    return "\n".join(parts) + "\n"


def _title(topic: str) -> str:
    documentation = ast.get_docstring(ast.parse((OURS / f"{topic}.py").read_text(encoding="utf-8"))) or ""
    return documentation.partition(".")[0]


def _header() -> str:
    names = " | ".join(("dynamorm-async", *LIBRARIES.values()))
    return f"| mistake | {names} |\n|---|{'---|' * (len(LIBRARIES) + 1)}"


def _row(kind: Kind, others: Iterable[Kind | None]) -> str:
    return f"| {kind.name} | {' | '.join(_cell(one) for one in (kind, *others))} |"


def _cell(kind: Kind | None) -> str:
    if kind is None:
        return " "
    found = [name for name, caught in zip(("mypy", "pyright"), kind.caught, strict=True) if caught]
    if len(found) == 2:
        return "**both**"
    if found:
        return found[0]
    return "over" if any(kind.refused) else "no"


def _by(kind: Kind) -> str:
    return "" if all(kind.caught) else f" ({_cell(kind)})"


def _totals(ours: list[Kind], theirs: Mapping[str, Mapping[str, Kind]]) -> str:
    lines = []
    for library, of_one in theirs.items():
        shared = [(kind, of_one[kind.name]) for kind in ours if kind.name in of_one]
        here = sum(all(kind.caught) for kind, _ in shared)
        there = sum(all(kind.caught) for _, kind in shared)
        name = LIBRARIES[library]
        lines.append(f"- Of the {len(shared)} kinds that {name} has, both checkers find {there} there and {here} here.")
    return "\n".join(lines)


def _missed(ours: list[Kind]) -> Iterable[str]:
    for kind in ours:
        if not all(kind.caught):
            which = "by either checker" if not any(kind.caught) else f"by {'pyright' if kind.caught[0] else 'mypy'}"
            yield f"- **{kind.name}** ({which}). {REASONS[kind.name]}"


def write(path: Path = PAGE) -> None:
    """Try the checkers on every program, and make the page anew."""
    record(OURS)
    record(PEERS)
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
