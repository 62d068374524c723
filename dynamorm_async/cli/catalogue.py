"""The catalogue of errors: ``dynamorm errors`` prints it, and docs/errors.md is made of it."""

from __future__ import annotations

import difflib
import inspect
import re

from dynamorm_async import errors, testing
from dynamorm_async.cli.causes import CAUSES
from dynamorm_async.cli.mistakes import WrongArgumentsError
from dynamorm_async.errors import DynamormError

__all__ = ["classes", "entry", "show_errors", "tree"]

_PUBLIC = {*errors.__all__, *testing.__all__}
_ALONE: tuple[type[Exception], ...] = (testing.BudgetExceededError, testing.UnexpectedCallError)
"""What a test fails with. No `DynamormError`, so that no code under test catches it."""


def classes() -> list[tuple[int, type[Exception]]]:
    """Every public error and how deep it stands, parents first."""
    return [*_below(DynamormError, 0), *((0, one) for one in _ALONE)]


def _below(error: type[DynamormError], depth: int) -> list[tuple[int, type[Exception]]]:
    found: list[tuple[int, type[Exception]]] = [(depth, error)]
    for child in sorted(error.__subclasses__(), key=lambda child: child.__name__):
        if child.__name__ in _PUBLIC:
            found += _below(child, depth + 1)
    return found


def tree() -> str:
    """The classes as nested links."""
    return "\n".join(f"{'    ' * depth}- [{one.__name__}](#{one.__name__.lower()})" for depth, one in classes())


def entry(error: type[Exception]) -> str:
    """What is to be known of one class, in Markdown."""
    text = inspect.cleandoc(error.__doc__ or "").partition("\nExample:\n")[0]
    head, _, attributes = text.partition("\nAttributes:\n")
    lines = [f"## {error.__name__}\n", head.strip().replace("``", "`") + "\n"]
    if attributes:
        lines += [f"- {line}" for line in _joined(attributes)]
        lines.append("")
    parent = error.__mro__[1].__name__
    article = "an" if parent[0] in "AEIOU" else "a"
    lines.append(
        f"Is {article} [{parent}](#{parent.lower()}).\n" if parent in _PUBLIC else f"Is {article} `{parent}`.\n"
    )
    if codes := getattr(error, "codes", ()):
        lines.append(f"On the wire: {', '.join(f'`{code}`' for code in codes)}.\n")
    return "\n".join([*lines, *_what_to_do(error)])


def _what_to_do(error: type[Exception]) -> list[str]:
    hint = getattr(error, "default_hint", None)
    causes = CAUSES.get(error.__name__, ())
    if not causes:
        return [f"**What to do:** {hint}\n"]
    return [
        "**What to do:** follow the message. What usually lies behind it:\n",
        *(f"- {a}: {b}." for a, b in causes),
        "",
    ]


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


def show_errors(name: str | None = None, /) -> None:
    """Say what an error means and what to do about it; without a name, which errors there are.

    Parameters
    ----------
    name
        The name of the class, such as NoSessionError.
    """
    found = {one.__name__.lower(): one for _, one in classes()}
    found |= {alias.lower(): one for alias in errors.__all__ if (one := getattr(errors, alias)) in found.values()}
    if name is None:
        print(_plain(tree()))
    elif name.lower() in found:
        print(_plain(entry(found[name.lower()])).strip())
    else:
        near = difflib.get_close_matches(name.lower(), found, 1)
        hint = f"Did you mean {found[near[0]].__name__}?" if near else "`dynamorm errors` names them all."
        raise WrongArgumentsError(f"there is no error {name!r}.", hint=hint)


def _plain(text: str) -> str:
    """Markdown for a terminal: a link is its text, a heading a line."""
    return re.sub(r"^## ", "", re.sub(r"\[(\w+)\]\(#\w+\)", r"\1", text), flags=re.MULTILINE).replace("**", "")
