"""Runs a program that must not outlive the process that asked for it. A script: it imports nothing of the package.

``python -I -S guard.py [--watch] PARENT_PID PROGRAM ARGUMENT...``

On Linux it asks the kernel to be killed with its parent and turns into the program, so nothing stays in between.
Elsewhere, or with ``--watch``, it starts the program and ends it when standard input closes, which the system does
for a parent that is gone, however it went.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

__all__: tuple[str, ...] = ()

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 2.0


def die_with_parent() -> bool:
    """Have the kernel kill this process when its parent ends; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes  # noqa: PLC0415 - elsewhere it is not needed

        return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def become(program: list[str]) -> None:
    """Turn into the program, with nothing to read on standard input; return only if there is no such program."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        os.execvp(program[0], program)  # noqa: S606 - the caller's own command, no shell
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


def end(child: subprocess.Popen[bytes]) -> None:
    """Stop the program: politely, then not."""
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def watch(program: list[str]) -> int:
    """Run the program until it ends by itself, or standard input closes, or this process is told to stop."""
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL)  # noqa: S603 - the caller's own command, no shell

    def pass_on(_number: int, _frame: object) -> None:
        child.terminate()

    def until_closed() -> None:
        while os.read(0, 4096):
            pass
        end(child)

    signal.signal(signal.SIGTERM, pass_on)
    threading.Thread(target=until_closed, daemon=True).start()
    return child.wait()


def main(arguments: list[str]) -> int:
    """Run what the arguments say."""
    watching = arguments[0] == "--watch"
    parent, *program = arguments[1:] if watching else arguments
    if watching or not die_with_parent():
        return watch(program)
    if os.getppid() == int(parent):  # else it ended before the kernel was asked
        become(program)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
