"""Both type checkers accept every right use and refuse every planted mistake, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"
PLANTED = {number for number, line in enumerate(WRONG.read_text().splitlines(), 1) if line.rstrip().endswith("# wrong")}


def mypy(file: Path) -> set[int]:
    """The lines mypy --strict refuses."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = re.findall(rf"{re.escape(file.name)}:(\d+): error", done.stdout)
    return {int(line) for line in found}


def pyright(file: Path) -> set[int]:
    """The lines pyright refuses."""
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", str(file)], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)
    return {
        line + 1
        for diagnostic in report["generalDiagnostics"]
        if diagnostic["severity"] == "error"
        for line in range(diagnostic["range"]["start"]["line"], diagnostic["range"]["start"]["line"] + 1)
    }


CHECKERS = pytest.mark.parametrize("checker", [mypy, pyright])


@CHECKERS
def test_right_uses_are_accepted(checker):
    """No line of the file of right uses is refused."""
    assert checker(RIGHT) == set()


@CHECKERS
def test_planted_mistakes_are_refused(checker):
    """Exactly the planted mistakes are refused: none slips through, and no right line is blamed."""
    refused = checker(WRONG)

    assert {"missed": set(), "blamed": set()} == {"missed": PLANTED - refused, "blamed": refused - PLANTED}
