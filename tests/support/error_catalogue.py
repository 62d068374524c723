"""The page of errors, made from `dynamorm_async.errors`: ``python -m tests.support.error_catalogue`` writes it."""

from __future__ import annotations

import inspect
from pathlib import Path

from dynamorm_async import errors
from dynamorm_async.errors import DynamormError

PAGE = Path(__file__).parents[2] / "docs/errors.md"
HEAD = """\
# Errors

<!-- Written by `python -m tests.support.error_catalogue`; a test holds it to the code. -->

Each error has `op`, `model`, `table`, `index`, `request_id`, `attempts`, `outcome` and `hint`; no message has a stored
value in it. `error.outcome` says what became of a write: `APPLIED`, `NOT_APPLIED` or `UNKNOWN`. A traceback ends with
the place on this page, which is `error.docs`. "What to do" is the hint where the message has none that knows more.

"""


def classes(below: type[DynamormError] = DynamormError, depth: int = 0) -> list[tuple[int, type[DynamormError]]]:
    """Every public error class and how deep it stands, parents first."""
    found = [(depth, below)]
    for child in sorted(below.__subclasses__(), key=lambda child: child.__name__):
        if child.__name__ in errors.__all__:
            found += classes(child, depth + 1)
    return found


def entry(error: type[DynamormError]) -> str:
    """What is to be known of one class."""
    text = inspect.cleandoc(error.__doc__ or "")
    head, _, attributes = text.partition("\nAttributes:\n")
    lines = [f"## {error.__name__}\n", head.strip().replace("``", "`") + "\n"]
    if attributes:
        lines += [f"- {line}" for line in _joined(attributes)]
        lines.append("")
    parent = error.__mro__[1].__name__
    if parent in errors.__all__:
        lines.append(f"Is a [{parent}](#{parent.lower()}).\n")
    if codes := getattr(error, "codes", ()):
        lines.append(f"On the wire: {', '.join(f'`{code}`' for code in codes)}.\n")
    lines.append(f"**What to do:** {error.default_hint or 'The message says it.'}\n")
    return "\n".join(lines)


def _joined(attributes: str) -> list[str]:
    """The attributes, one a line, names as code."""
    found: list[str] = []
    for line in attributes.splitlines():
        if line.startswith("        ") and found:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            name, _, rest = line.strip().partition(": ")
            found.append(f"`{name}`: {rest}")
    return [line.replace("``", "`") for line in found]


def tree() -> str:
    """The classes as nested links."""
    return "\n".join(f"{'    ' * depth}- [{one.__name__}](#{one.__name__.lower()})" for depth, one in classes())


def page() -> str:
    """The whole page."""
    return HEAD + tree() + "\n\n" + "\n".join(entry(one) for _, one in classes())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
