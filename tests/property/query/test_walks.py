"""Walking with any mix of page sizes visits every item once, in order, whatever the service's pages are."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.support.conditions import EMAILS, people
from tests.support.people import Person
from tests.support.worlds import filtered, world

P = Person
queries = st.one_of(
    st.sampled_from("ab").map(lambda org: [P.org == org]),
    EMAILS.map(lambda email: [P.email == email]),
    st.sampled_from("ab").map(lambda org: [P.org == org, P.age >= 2]),
    # A filter that empties pages, and a condition on the key that is tested here.
    st.sampled_from("ab").map(lambda org: [P.org == org, P.credit > 1]),
    st.sampled_from("ab").map(lambda org: [P.org == org, P.id != "a"]),
    st.sampled_from("ab").map(lambda org: [P.org == org, P.age > 1, P.age < 4, P.credit > 0]),
)
sizes = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def test_any_mix_of_page_sizes_visits_every_item_once(engine):  # R63 R64
    """Sizes change from page to page, the service's pages are small, and the cursor travels as text or as it is."""
    with asyncio.Runner() as runner:

        @given(people, queries, sizes, st.integers(1, 4) | st.none(), st.booleans(), st.booleans())
        def check(items, given_, mix, page_size, backwards, as_text):
            query = P.query(*given_)
            query = query.page_size(page_size) if page_size else query
            query = query.reverse() if backwards else query
            runner.run(_walk(engine, query, given_, items, mix, as_text=as_text))

        check()


async def _walk(engine, query, given_, items, mix, *, as_text):
    async with world(engine, items, P):
        whole = await query
        found, cursor, turn = [], None, 0
        while True:
            size = mix[turn % len(mix)]
            page = await query.page(size, str(cursor) if as_text and cursor else cursor)
            assert page.count == len(page.items) <= size
            assert page.count == size or not page.has_more
            found += page.items
            cursor, turn = page.cursor, turn + 1
            if not page.has_more:
                break
        streamed = [one async for one in query]

    assert [(one.org, one.id) for one in found] == [(one.org, one.id) for one in whole]
    assert streamed == whole
    assert sorted((one.org, one.id) for one in whole) == sorted((one.org, one.id) for one in filtered(items, *given_))
