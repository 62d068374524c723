"""``python -m examples.streamer.smoke``: does a deployment's DynamoDB do all that Streamer needs?

It goes where the environment says: ``DYNAMODB_ENDPOINT`` for an emulator, or ``AWS_REGION`` and credentials for AWS.
It makes three tables of its own, plays the scenario on them and deletes them, also when it fails.
"""

from __future__ import annotations

import sys
import uuid

import anyio
import attrs

from dynamorm_async import DynamormError, Session
from dynamorm_async.errors import TableNotFoundError
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.models import AsyncRequest, Connection, Subscription
from examples.streamer.scenario import play

__all__ = ["main"]


async def remove_tables(db: Session) -> None:
    """Delete what was made, and say what could not be."""
    for model in (Connection, AsyncRequest, Subscription):
        try:
            await db.delete_table(model)
        except TableNotFoundError:
            continue  # it was never made
        except DynamormError as error:
            print(f"the table of {model.__name__} may be left: {error}", file=sys.stderr)


async def main() -> bool:
    """Play; whether all went well."""
    mark = f"smoke-{uuid.uuid4().hex[:8]}"
    config = attrs.evolve(
        Config.from_env(),
        connections_table=f"{mark}-connections",
        requests_table=f"{mark}-requests",
        subscriptions_table=f"{mark}-subscriptions",
        allowed_tenants=(),
    )
    async with StoreFactory(config) as stores:
        try:
            await stores.ensure_tables()
            await play(stores)
        except (AssertionError, DynamormError) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return False
        finally:
            with anyio.CancelScope(shield=True):
                await remove_tables(stores.session)
    print("all is well")
    return True


if __name__ == "__main__":
    sys.exit(0 if anyio.run(main) else 1)
