"""The three Lambda functions: ``examples.streamer.lambdas.connect``, ``.disconnect`` and ``.router``.

What stands at module level is made once for each execution environment. `lambda_handler` keeps one event loop over
all its invocations, so that a warm one finds the connections to DynamoDB open.
"""

from __future__ import annotations

import logging

from dynamorm_async.integrations.lambda_ import lambda_handler
from examples.streamer.app import Answer, Event, Streamer
from examples.streamer.auth import JwtVerifier
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.metrics import Metrics

__all__ = ["connect", "disconnect", "router"]

config = Config.from_env()
logging.getLogger("streamer").setLevel(config.log_level)
stores = StoreFactory(config)
streamer = Streamer(stores, JwtVerifier(config.jwt_public_key, config.jwt_issuer), Metrics(config.metrics_namespace))


@lambda_handler(stores.session)
async def connect(event: Event, _: object) -> Answer:
    """Handle ``$connect``."""
    await stores.open()
    return await streamer.connect(event)


@lambda_handler(stores.session)
async def disconnect(event: Event, _: object) -> Answer:
    """Handle ``$disconnect``."""
    await stores.open()
    return await streamer.disconnect(event)


@lambda_handler(stores.session)
async def router(event: Event, _: object) -> Answer:
    """Handle ``$default``: every message."""
    await stores.open()
    return await streamer.route(event)
