"""Serves moto on a free loopback port and prints it. A script: it imports nothing of the package.

The engine ``moto`` runs it by its path, with nothing of the working directory on Python's own path.
"""

from __future__ import annotations

import logging
import sys
import threading

__all__: tuple[str, ...] = ()


def main() -> None:
    """Serve until killed."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: PLC0415 - an optional package

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
