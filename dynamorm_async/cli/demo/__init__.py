"""``dynamorm demo``: the library at work on real countries and cities.

- `models`: the two models of its one table.  `geonames`: where the items come from.
- `scenes`: what is shown, each scene a few lines that are printed as they are run.
- `screen`: how it is printed.  `stage`: where it runs, and how that is cleaned up.  `command`: the options.
"""

from __future__ import annotations

__all__: tuple[str, ...] = ()
