"""Whether every type that this library shows is known: ``pyright --verifytypes`` of what is installed.

Run as ``python -m tests.typing.verify``. The demo is left out: it is run, and not imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = "dynamorm_async"
NOT_IMPORTED = f"{PACKAGE}.cli.demo."


def unknown() -> tuple[int, list[str]]:
    """How many symbols there are, and those whose type is not known, with the reason."""
    programs = Path(sys.executable).parent
    found = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}", "VIRTUAL_ENV": sys.prefix}
    with tempfile.TemporaryDirectory() as elsewhere:  # where no checkout is beside it
        command = [programs / "pyright", "--verifytypes", PACKAGE, "--ignoreexternal", "--outputjson"]
        done = subprocess.run(command, cwd=elsewhere, env=found, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)["typeCompleteness"]
    assert report.get("pyTypedPath"), f"{PACKAGE} is not installed here, or has no py.typed"
    symbols = [one for one in report["symbols"] if not one["name"].startswith(NOT_IMPORTED)]
    wrong = [
        f"{one['name']}: {'; '.join(said['message'] for said in one['diagnostics']) or 'partially unknown'}"
        for one in symbols
        if not one["isTypeKnown"] or one["isTypeAmbiguous"]
    ]
    return len(symbols), wrong


if __name__ == "__main__":
    number, wrong = unknown()
    # What is partially unknown is so because of something else in the list.
    print(
        *(one for one in wrong if "partially unknown" not in one),
        f"{number - len(wrong)} of {number} symbols have a known type.",
        sep="\n",
    )
    sys.exit(bool(wrong))
