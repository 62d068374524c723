"""dynoxide: one static binary, ready in milliseconds, the closest to the service of all that run here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import attrs

from dynamorm_async.testing.engines import cache
from dynamorm_async.testing.engines.kinds import Command, EngineNotAvailableError

__all__ = ["Dynoxide"]

VERSION = "1.2.1"
PACKAGE = f"@dynoxide/linux-x64@{VERSION}"
MEMBER = "package/dynoxide"
INTEGRITY = "sha512-sBHqlxJ9ANkLluFkYRfd5r8Y0ApFew4FhOrlhgRAgD4XzEoFOukEo1nuBTQ1+jTtofqwn4NWQ2k0Tn5mNTjgUg=="
"""Of the package file, as npm writes it: a file with another hash is never unpacked."""


def verify(file: Path, integrity: str = INTEGRITY) -> None:
    """Check a package file against its pinned hash."""
    algorithm, _, expected = integrity.partition("-")
    actual = base64.b64encode(hashlib.new(algorithm, file.read_bytes()).digest()).decode()
    if not hmac.compare_digest(actual, expected):
        raise EngineNotAvailableError(
            f"{file.name} is not the file that was pinned: its {algorithm} hash is {actual}.",
            hint="Nothing was installed. Try again later, or put a dynoxide binary of your own on PATH.",
        )


def unpack(file: Path, target: Path) -> None:
    """Take the one binary out of the package file."""
    with tarfile.open(file) as package:
        binary = package.extractfile(MEMBER)
        if binary is None:
            raise EngineNotAvailableError(f"{file.name} holds no {MEMBER}.")
        with binary, target.open("wb") as out:
            shutil.copyfileobj(binary, out)
    target.chmod(0o755)


@attrs.frozen(slots=True)
class Dynoxide:
    """Starts the ``dynoxide`` that is on PATH, else the one that `install` put into the cache.

    Example:
        >>> why = why_not_available(Dynoxide().name)
    """

    name: str = "dynoxide"

    @property
    def binary(self) -> Path:
        """Where `install` puts it."""
        return cache.directory() / f"dynoxide-{VERSION}" / "dynoxide"

    def command(self, port: int) -> Command:
        """See `EngineKind.command`.

        Args:
            port: Where it will listen.

        Returns:
            The command.

        Raises:
            EngineNotAvailableError: There is no such program here.
        """
        program = shutil.which("dynoxide") or (str(self.binary) if self.binary.is_file() else None)
        if program is None:
            raise EngineNotAvailableError(
                "the engine 'dynoxide' is neither on PATH nor installed.",
                hint="Install it with: python -m dynamorm_async.testing install dynoxide",
            )
        return Command((program, "serve", "--host", "127.0.0.1", "--port", str(port)), port=port)

    def install(self) -> Path:
        """Fetch the pinned package with npm, check its hash, and unpack the binary.

        Returns:
            The binary.

        Raises:
            EngineNotAvailableError: Not Linux on x86-64, no npm, or another file than the pinned one.
        """
        if not sys.platform.startswith("linux") or platform.machine() not in {"x86_64", "AMD64"}:
            raise EngineNotAvailableError(
                "the pinned dynoxide package is for Linux on x86-64.", hint="Put a binary of your own on PATH."
            )
        with tempfile.TemporaryDirectory() as work, cache.whole(self.binary.parent) as made:
            needs = "Install Node.js, or put a dynoxide binary on PATH."
            cache.run(["npm", "pack", "--silent", "--pack-destination", work, PACKAGE], needs=needs)
            (file,) = Path(work).glob("*.tgz")
            verify(file)
            unpack(file, made / self.binary.name)
        return self.binary
