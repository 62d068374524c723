"""What a query costs before it is sent: building, planning and rendering, without any I/O.

Run: ``python -m benchmarks.rendering``. The budget for a shape that was planned before is 20 microseconds.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from dynamorm_async import Attr, GlobalIndex, LocalIndex, Model, Query, attr, partition_key, sort_key
from dynamorm_async._codec import default_codec
from dynamorm_async._ops.plan import make_plan
from dynamorm_async._ops.plancache import cache_info, planned
from dynamorm_async._ops.render import Settings, encode_json, list_body

__all__ = ["measure"]

SETTINGS = Settings(default_codec)


class User(Model[str, str], table="users"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)

    by_email = GlobalIndex(email, name="gsi-email")
    by_age = LocalIndex(age)


def build() -> Query[User]:
    return User.query(User.org == "acme", User.age >= 18, User.email.begins_with("x"))


QUERY = build()


def plan_anew() -> Any:
    return make_plan(QUERY._request)


def render_repeated() -> bytes:
    """A shape that was planned before: plan, body and bytes."""
    return encode_json(list_body(planned(QUERY._request), SETTINGS, start=None, page_limit=None))


def measure(work: Callable[[], Any], number: int = 2_000, rounds: int = 7) -> float:
    """Microseconds of one call, of the best of several rounds."""
    return min(timeit.repeat(work, number=number, repeat=rounds)) / number * 1e6


def main() -> None:
    render_repeated()
    for name, work in {
        "build the query": build,
        "plan a new shape": plan_anew,
        "plan and render a known shape, to bytes": render_repeated,
        "all of it": lambda: encode_json(list_body(planned(build()._request), SETTINGS, start=None, page_limit=None)),
    }.items():
        print(f"{name:42} {measure(work):6.1f} us")
    info = cache_info()
    print(f"{'plans from the cache':42} {info.hits / (info.hits + info.misses):8.2%}")


if __name__ == "__main__":
    main()
