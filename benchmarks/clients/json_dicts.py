# /// script
# dependencies = ["msgspec==0.22.0"]
# ///
"""What JSON alone costs: msgspec from bytes to plain tagged dictionaries and back. No network, no model."""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks import item

LABEL = "msgspec to tagged dicts, no model"
MODELS = False


class Client:
    """Decode and encode only."""

    def __init__(self) -> None:
        wire = {name: item.wire(value) for name, value in item.user_values(0).items()}
        self._body = {"TableName": item.TABLE, "Item": wire}

    def decode(self, body: bytes) -> Any:
        return msgspec.json.decode(body)["Items"]

    def encode(self) -> bytes:
        return msgspec.json.encode(self._body)


async def setup(_endpoint: str) -> Client:
    return Client()
