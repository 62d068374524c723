"""A virtual environment for each set of dependencies, made once and kept."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import Any

__all__ = ["CLIENTS", "ROOT", "client_names", "process_environment", "project", "python_for"]

ROOT = Path(__file__).parent.parent
CLIENTS = Path(__file__).parent / "clients"
_CACHE = Path(__file__).parent / ".cache" / "venvs"
_SCRIPT = re.compile(r"(?m)^# /// script$\s(?P<body>(^#(| .*)$\s)+)^# ///$")
_ORDER = (
    "aiobotocore_dicts",
    "aiobotocore_attrs",
    "aioboto3_resource",
    "aiodynamo_httpx",
    "aiodynamo_aiohttp",
    "aiodynamo_attrs",
    "pydynox_models",
    "pynamodb_threads",
    "dyntastic_threads",
    "json_dicts",
    "dynamorm_async_models",
    "limit",
)


def client_names() -> list[str]:
    """The adapters, in the order of the tables."""
    found = {path.stem for path in CLIENTS.glob("[a-z]*.py")}
    return [name for name in _ORDER if name in found] + sorted(found.difference(_ORDER))


def python_for(name: str) -> Path:
    """The interpreter in which that client runs, its environment made if it is not there yet."""
    wanted = _requirements(name)
    mark = hashlib.sha256(json.dumps([sys.version, wanted]).encode()).hexdigest()[:12]
    home = _CACHE / mark
    python = home / "bin" / "python"
    ready = home / "ready"
    if not ready.exists():
        print(f"  making an environment for {name}: {' '.join(wanted) or 'nothing'}", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted, "uvloop"], check=True)
        ready.write_text("\n".join(wanted))
    return python


def _requirements(name: str) -> list[str]:
    data = _metadata((CLIENTS / f"{name}.py").read_text())
    wanted: list[str] = list(data.get("dependencies", []))
    if data.get("tool", {}).get("benchmarks", {}).get("this-project"):
        # The package itself is this checkout, which is on every client's path.
        wanted += project()["dependencies"] + project()["optional-dependencies"]["speedups"]
    return wanted


def project() -> dict[str, Any]:
    """What this project says about itself."""
    described: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return described


def _metadata(text: str) -> dict[str, Any]:
    """The inline script metadata at the head of an adapter (PEP 723)."""
    match = _SCRIPT.search(text)
    if match is None:
        raise ValueError("an adapter opens with its dependencies as inline script metadata")
    lines = (line[2:] if line.startswith("# ") else line[1:] for line in match["body"].splitlines())
    return tomllib.loads("\n".join(lines))


def process_environment() -> dict[str, str]:
    """What a client's process finds in its environment: the same credentials for each, and no way to ask elsewhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
    }
