"""The page of errors: ``python -m tests.support.error_catalogue`` writes it."""

from __future__ import annotations

from pathlib import Path

from dynamorm_async.cli.catalogue import classes, entry, tree

PAGE = Path(__file__).parents[2] / "docs/errors.md"
HEAD = """\
# Errors

<!-- Written by `python -m tests.support.error_catalogue`; a test holds it to the code. -->

Each error has `op`, `model`, `table`, `index`, `request_id`, `attempts`, `outcome` and `hint`; no message has a stored
value in it. `error.outcome` says what became of a write: `APPLIED`, `NOT_APPLIED` or `UNKNOWN`. A traceback ends with
the place on this page, which is `error.docs`, and with the command that prints the same without this page:

```sh
python -m dynamorm_async errors NoSessionError
```

"What to do" is the hint where the message has none that knows more.

"""


def page() -> str:
    """The whole page."""
    return HEAD + tree() + "\n\n" + "\n".join(entry(one) for _, one in classes())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
