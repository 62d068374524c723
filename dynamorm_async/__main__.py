"""``python -m dynamorm_async`` does what ``dynamorm`` does."""

from __future__ import annotations

import sys

from dynamorm_async.cli import main

__all__: tuple[str, ...] = ()

if __name__ == "__main__":
    sys.exit(main())
