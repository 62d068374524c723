"""Python values to DynamoDB's JSON and back, by the declared types."""

from __future__ import annotations

from dynamorm_async._codec.codec import Codec, default_codec
from dynamorm_async._codec.converter import configure_converter, make_converter
from dynamorm_async._codec.model import UNKNOWN, ModelCodec, Written, item_of, key_of
from dynamorm_async._codec.rules import missing, omitted

__all__ = [
    "UNKNOWN",
    "Codec",
    "ModelCodec",
    "Written",
    "configure_converter",
    "default_codec",
    "item_of",
    "key_of",
    "make_converter",
    "missing",
    "omitted",
]
