"""Programs in another process, which find what the tests find."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["run_program"]

ROOT = Path(__file__).parents[2]


def run_program(program: str, *arguments: str, given: bytes = b"", **environment: str) -> bytes:
    """Run a program's text, and return what it printed; one that fails or warns shows why.

    Its imports are ours. The checkout stands last among them, so that an installed package is taken before it.
    """
    places = [*(path for path in sys.path if path), str(ROOT)]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)} | environment,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr.decode())
    return done.stdout
