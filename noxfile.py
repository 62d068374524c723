"""Everything that is checked, by name: ``nox -l`` lists it, ``nox -s tests lint typing arch`` is the usual round.

Nothing but Python 3.11 and pip is needed. What more there is gets used: other Pythons, npm (for the engine dynoxide).
Arguments after ``--`` go to the tool: ``nox -s tests-3.11 -- tests/unit -k cursor``.
"""

from __future__ import annotations

import atexit
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
OLDEST = PYTHONS[0]
IN_TESTS_OF_THEIR_OWN = {"arch", "support", "typing"}
"""Folders of tests/ that the session ``tests`` leaves out: other sessions run them, or there is no test in them."""
ON_EVERY_PYTHON = ("flows", "property", "unit", "server")
"""Folders that also run on the newer Pythons and on the oldest dependencies; the rest runs on the oldest Python."""
IN_PARALLEL = ("-n", "2", "--dist", "worksteal")


# ---------------------------------------------------------------- which Pythons


def offer_pyenv_versions() -> None:
    """Make pyenv's Pythons run by name.

    pyenv puts ``python3.12`` on PATH even where it then refuses to run because that version is not selected. So select
    the newest of each that we test, after the one in use.
    """
    if not shutil.which("pyenv") or "PYENV_VERSION" in os.environ:
        return
    listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False).stdout.split()
    current = subprocess.run(["pyenv", "version-name"], capture_output=True, text=True, check=False).stdout.strip()
    newest = {re.match(r"\d+\.\d+", name)[0]: name for name in listed if re.fullmatch(r"\d+\.\d+\.\d+", name)}
    chosen = [current, *(newest[version] for version in PYTHONS if version in newest)]
    os.environ["PYENV_VERSION"] = ":".join(dict.fromkeys(":".join(filter(None, chosen)).split(":")))


def installed(version: str) -> bool:
    """Whether that Python runs here."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return True
    program = shutil.which(f"python{version}")
    return (
        program is not None and not subprocess.run([program, "--version"], capture_output=True, check=False).returncode
    )


offer_pyenv_versions()
nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["tests", "lint", "typing", "arch"]
nox.options.default_venv_backend = "uv|virtualenv"  # uv where it is installed: the same result, sooner
nox.options.error_on_external_run = True
# A Python that is not there skips with a message, except the oldest that we promise: that one has to be there.
nox.options.error_on_missing_interpreters = not installed(OLDEST)


# ---------------------------------------------------------------- what sessions share


def group(*names: str) -> list[str]:
    """The requirements of dependency groups."""
    return list(nox.project.dependency_groups(PROJECT, *names))


@cache
def wheel_folder() -> Path:
    """Where the wheel of this run is kept; it goes when nox ends."""
    folder = tempfile.TemporaryDirectory(prefix="dynamorm-async-wheel-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def wheel(session: nox.Session) -> Path:
    """The wheel of this checkout, built by the first session that asks."""
    if not list(wheel_folder().glob("*.whl")):
        session.install("build")
        session.run("python", "-m", "build", "--wheel", "--outdir", str(wheel_folder()), str(ROOT), silent=True)
    (built,) = wheel_folder().glob("*.whl")
    return built


def install(session: nox.Session, *groups: str) -> None:
    """Install the wheel, never the checkout, with every extra and some dependency groups."""
    extras = ",".join(PROJECT["project"]["optional-dependencies"])
    session.install(f"{wheel(session)}[{extras}]", *group(*groups))


def fetchable(session: nox.Session, engine: str) -> bool:
    """Whether an engine can be fetched here; says so when it cannot."""
    on_linux = sys.platform.startswith("linux") and platform.machine() == "x86_64"
    if engine != "dynoxide" or (on_linux and shutil.which("npm")):
        return True
    session.warn("The engine dynoxide needs Linux on x86-64 and npm: its tests are left out.")
    return False


def install_engines(session: nox.Session, *names: str) -> list[str]:
    """Fetch engines into the user's cache; answers with those that can be started, moto first."""
    engines = [name for name in names if fetchable(session, name)]
    if engines:
        session.run("python", "-P", "-m", "dynamorm_async.testing", "install", *engines)
    return ["moto", *engines]


def pytest(session: nox.Session, *arguments: str, profile: str = "ci") -> None:
    """Run tests against what is installed; the checkout's own package folder is not on the path of any process."""
    environment = {"PYTHONSAFEPATH": "1", "DYNAMORM_TEST_INSTALLED": "1", "HYPOTHESIS_PROFILE": profile}
    # By signal, a test that hangs once more while it is torn down would hang for ever; this ends its worker.
    command = ["python", "-m", "pytest", "--timeout-method", "thread"]
    try:
        session.run(*command, *arguments, env=environment)
    except CommandFailed:
        if not failed_before():
            raise
        # Two busy cores and several thousand tests: what failed beside others is asked again alone, and must pass.
        session.log("Some tests failed beside others; once more, each alone.")
        alone = [argument for argument in arguments if argument not in IN_PARALLEL]
        if any(argument.startswith("--engine-table") for argument in arguments):
            alone.append("--engine-table=")  # the whole run's stays as it was written
        session.run(*command, "--last-failed", "--last-failed-no-failures", "none", *alone, env=environment)


def ours(session: nox.Session, module: str, *arguments: str, **options: Any) -> None:
    """Run a module of the checkout, also where the caller keeps the current folder off Python's path."""
    session.run("python", "-m", module, *arguments, env={"PYTHONSAFEPATH": ""}, **options)


def failed_before() -> bool:
    """Whether the last run of pytest had failures."""
    found = ROOT / ".pytest_cache/v/cache/lastfailed"
    return found.exists() and found.read_text().strip() not in {"", "{}"}


def folders() -> list[str]:
    """The test folders of the session ``tests``."""
    found = [path for path in sorted((ROOT / "tests").iterdir()) if path.is_dir() and any(path.rglob("test_*.py"))]
    return [f"tests/{path.name}" for path in found if path.name not in IN_TESTS_OF_THEIR_OWN]


def fast_tier() -> list[str]:
    """What to run where the whole has run elsewhere."""
    return [*IN_PARALLEL, "-m", "not slow", *(f"tests/{name}" for name in ON_EVERY_PYTHON)]


# ---------------------------------------------------------------- sessions


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the wheel: all of them on the oldest Python, the fast ones on the others."""
    install(session, "test")
    engines = install_engines(session, "dynoxide")
    if session.python == OLDEST:
        pytest(session, "--engine", ",".join(engines), *(session.posargs or [*IN_PARALLEL, *folders()]))
    else:
        pytest(session, "--engine", engines[-1], *(session.posargs or fast_tier()), profile="fast")


@nox.session(python=OLDEST)
def server(session: nox.Session) -> None:
    """Run the server tests on every engine that can be had without an account, with a table of them at the end.

    ``-- --engine NAME`` chooses; ``-- --engine-table FILE`` keeps the table.
    """
    install(session, "test")
    engines = install_engines(session, "dynoxide", "ministack")
    chosen = [] if "--engine" in session.posargs else ["--engine", ",".join(engines)]
    pytest(session, *IN_PARALLEL, *chosen, *session.posargs, "tests/server")


@nox.session(python=OLDEST)
def engines(session: nox.Session) -> None:
    """Show that every engine is as right and as wrong as its tests say, and write docs/engines.md from them."""
    install(session, "test")
    chosen = install_engines(session, "dynoxide", "ministack")
    pytest(session, "--engine", ",".join(chosen), *session.posargs, "tests/server/differences")
    ours(session, "tests.support.engine_page")


@nox.session(python=OLDEST)
def adversity(session: nox.Session) -> None:
    """Run the sixty faults by number, with a table of them at the end, and thousands of simulated runs."""
    install(session, "test")
    engines = install_engines(session, "dynoxide")
    places = [folder for folder in folders() if folder not in {"tests/simulation", "tests/guard", "tests/examples"}]
    # `tests/adversity` comes first, so that its table is there from the start.
    first = ["tests/adversity", *(folder for folder in places if folder != "tests/adversity")]
    arguments = session.posargs or ["-n", "2", "-m", "not slow", "-k", "test_fault_", *first]
    pytest(session, "--engine", engines[-1], *arguments)
    if not session.posargs:
        session.env["SIMULATION_SEEDS"] = "500"
        pytest(session, "-n", "2", "--timeout", "600", "tests/simulation")


@nox.session(python=OLDEST)
def soak(session: nox.Session) -> None:
    """Write for ten minutes, 256 at once, through a failing proxy, and audit every write. It stops by itself."""
    install(session, "test")
    engines = install_engines(session, "dynoxide")
    session.env["SOAK_SECONDS"] = session.posargs[0] if session.posargs else "600"
    pytest(session, "--engine", engines[-1], "-s", "tests/adversity/test_soak.py")


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest release of each dependency that pyproject.toml admits."""
    session.install("uv")
    pins = Path(session.create_tmp()) / "lowest.txt"
    options = ["--quiet", "--resolution", "lowest-direct", "--all-extras", "--group", "test"]
    session.run("uv", "pip", "compile", *options, "--output-file", str(pins), "pyproject.toml", silent=True)
    session.install("--requirement", str(pins))
    session.install("--no-deps", str(wheel(session)))
    session.run("uv", "pip", "check")
    engines = install_engines(session, "dynoxide")
    pytest(session, "--engine", engines[-1], *(session.posargs or fast_tier()), profile="fast")


@nox.session(python=OLDEST)
def bench(session: nox.Session) -> None:
    """Measure this library beside its peers; ``nox -s bench -- --help`` shows what can be chosen."""
    session.install("-r", "benchmarks/requirements.txt")
    ours(session, "benchmarks", *session.posargs)


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session(python=OLDEST)
def typing(session: nox.Session) -> None:
    """Check the package and all that it shows, and that right uses are accepted and planted mistakes refused.

    mypy and pyright have a vote; ty and pyrefly advise, and how many of the mistakes they find is printed.
    """
    install(session, "test", "types", "advisers", "peers")
    session.run("mypy")
    session.run("pyright", "--pythonpath", session.bin + "/python")
    ours(session, "tests.typing.verify")
    pytest(session, "tests/typing", *session.posargs)
    ours(session, "tests.typing.catalogue", success_codes=range(256))


@nox.session(python=OLDEST)
def arch(session: nox.Session) -> None:
    """Check the directions of imports and the sizes of files, and that the checks themselves catch."""
    session.install(*group("arch"))
    session.run("lint-imports", "--no-cache")
    session.run("python", "-P", "-m", "pytest", "tests/arch", *session.posargs)


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; a warning fails. `nox -s docs -- serve` shows it while it is written."""
    install(session, "docs")
    session.run("zensical", *(session.posargs or ["build", "--strict", "--clean"]))


@nox.session(python=OLDEST)
def docs_examples(session: nox.Session) -> None:
    """Run every example of the README, the documentation and the docstrings, and the code of the peers beside it."""
    install(session, "test", "peers")
    pytest(session, *(session.posargs or ["-n", "2", "--dist", "worksteal", "tests/docs"]))


@nox.session(python=OLDEST)
def changelog(session: nox.Session) -> None:
    """Show the next release notes as they would be, and refuse a fragment of an unknown kind."""
    session.install(*group("changelog"))
    session.run("towncrier", "build", "--draft", "--version", "next", *session.posargs)
