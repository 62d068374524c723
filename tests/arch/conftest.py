"""A copy of the package to spoil, and the import graph of the real one."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "dynamorm_async"


@pytest.fixture(scope="session")
def package():
    """The folder of the package in this checkout."""
    return ROOT / PACKAGE


@pytest.fixture(scope="session")
def contracts():
    """The contracts of ``pyproject.toml``, by id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract for contract in settings["contracts"]}


@pytest.fixture(scope="session")
def graph():
    """Every import between the project's modules, for checkers and inside functions too."""
    sys.path.insert(0, str(ROOT))
    try:
        yield grimp.build_graph(PACKAGE, exclude_type_checking_imports=False, cache_dir=None)
    finally:
        sys.path.remove(str(ROOT))


@pytest.fixture
def copy(tmp_path, package):
    """A copy of the package and its contracts."""
    shutil.copytree(package, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.fixture
def verdicts(copy):
    """Check the copy's contracts: answers each contract's name with KEPT or BROKEN."""

    def check():
        command = [shutil.which("lint-imports", path=str(Path(sys.executable).parent)), "--no-cache"]
        environment = os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "200", "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        found = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
        assert found, done.stdout + done.stderr
        return found

    return check
