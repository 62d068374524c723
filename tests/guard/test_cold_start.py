"""A cold start pays for what it uses, and for nothing else.

By names and counts, not by time: what an import of the package and a first ``get`` load, and how many classes attrs
generates for it. docs/design/cold-start.md says what each of these costs.
"""

import ast
import textwrap

from tests.support.processes import run_program

LIBRARIES = {
    "aioboto3",
    "aiobotocore",
    "aiohttp",
    "anyio",
    "boto3",
    "botocore",
    "cattrs",
    "concurrent.futures.thread",
    "difflib",
    "email",
    "http",
    "importlib.metadata",
    "ipaddress",
    "json",
    "pathlib",
    "random",
    "tempfile",
    "urllib.parse",
}
"""Each takes between one and forty milliseconds."""

ROOMS = {
    "_batch",
    "_collection",
    "_ids",
    "_items",
    "_keyed",
    "_ops.batches",
    "_ops.cursors",
    "_ops.inputs",
    "_ops.partitions",
    "_ops.plan",
    "_ops.prepare",
    "_ops.tables",
    "_ops.transacts",
    "_ops.uniques",
    "_watch",
    "_patterns",
    "_query",
    "_results",
    "_stream",
    "_tables",
    "_tenant",
    "_transaction",
    "testing",
    "transports.boto",
    "transports.coalescing",
}
"""Of this library, for what a single read does not do."""

PROGRAM = """
    import asyncio, sys, attrs, httptools, msgspec  # whatever these load themselves

    before = set(sys.modules)

    import dynamorm_async
    from dynamorm_async import Attr, Model, Session, attr, partition_key

    own = [module for name, module in sys.modules.items() if name.startswith("dynamorm_async")]
    made = {
        value.__qualname__
        for module in own
        for value in vars(module).values()
        if isinstance(value, type) and "__attrs_attrs__" in vars(value)
        if value.__module__.startswith("dynamorm_async")
    }

    class User(Model, table="users"):
        id: Attr[str] = partition_key()
        age: Attr[int] = attr()

    async def answer(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        body = b'{"Item":{"id":{"S":"1"},"age":{"N":"7"}}}'
        head = f"HTTP/1.1 200 OK\\r\\ncontent-length: {len(body)}\\r\\n\\r\\n"
        writer.write(head.encode() + body)

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        session = await Session(endpoint=f"http://127.0.0.1:{port}", region="eu-west-1").open()
        assert (await User.get("1")).age == 7
        print(sorted(set(sys.modules) - before))
        print(sorted(made), flush=True)
        import os
        os._exit(0)

    asyncio.run(main())
"""


def start():
    """What a process loads up to its first answer, and which classes attrs made of ours."""
    environ = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CONFIG_FILE": "/nowhere"}
    loaded, made = run_program(textwrap.dedent(PROGRAM), **environ).decode().splitlines()
    return ast.literal_eval(loaded), ast.literal_eval(made)


def test_a_first_get_loads_what_it_uses():
    """No SDK, no converter, no task groups, no URL library, no thread, and no room for another kind of call."""
    loaded, _ = start()
    own = {name.removeprefix("dynamorm_async.") for name in loaded if name.startswith("dynamorm_async.")}

    assert set() == LIBRARIES & set(loaded)
    assert set() == ROOMS & own
    assert {"_get", "_session", "transports.direct"} <= own  # it was a get, and the names are still theirs


def test_an_import_has_attrs_generate_hardly_a_class():
    """A class of attrs takes thirty times as long as a Struct: only what is built on by users is one."""
    _, made = start()

    assert set(made) <= {"Document", "Model", "Session"}


def test_a_list_of_names_is_of_modules_that_there_are():
    """A room that moves must not leave this guard looking for its old name."""
    from importlib.util import find_spec

    assert [name for name in sorted(ROOMS) if find_spec(f"dynamorm_async.{name}") is None] == []
