"""What docs/types.md says of the mistakes that checkers let through: at run time they are refused."""

from __future__ import annotations

import asyncio
import textwrap

import pytest

from dynamorm_async import DynamormError, Session
from tests.support.scripted import ScriptedTransport
from tests.typing.catalogue import OURS, kinds
from tests.typing.kinds import shop
from tests.typing.page import REASONS

NOT_REFUSED = {"forgotten await of a write": RuntimeWarning}
"""Told of in another way."""
LET_THROUGH = [kind for kind in kinds(OURS) if kind.name in REASONS]


async def make(kind):
    """Make a planted mistake, alone; returns what was sent all the same."""
    line = kind.file.read_text(encoding="utf-8").splitlines()[kind.wrong - 1]
    names = {**vars(shop), "query": shop.User.query(shop.User.org == "acme")}
    exec(f"async def mistake(db):\n{textwrap.indent(line.strip(), '    ')}\n", names)
    transport = ScriptedTransport(lambda _: {})
    async with Session(transport=transport) as db:
        try:
            await names["mistake"](db)
        finally:
            assert [] == transport.calls


@pytest.mark.parametrize("kind", LET_THROUGH, ids=lambda kind: kind.name)
def test_what_the_checkers_let_through_is_refused_before_anything_is_sent(kind):
    """By an error at that very line, as the page says."""
    if kind.name in NOT_REFUSED:
        with pytest.warns(NOT_REFUSED[kind.name]):
            asyncio.run(make(kind))
    else:
        with pytest.raises((DynamormError, AttributeError)):  # the latter by what cannot be set
            asyncio.run(make(kind))
