"""An endpoint that misbehaves on purpose, for testing how a program takes it.

`FaultProxy` stands in front of any engine, `FaultServer` stands alone; both listen on a free loopback port and follow
a script. A script is a sequence of faults, and every fault says which requests it is for and how often:

```python
from urllib.request import Request, urlopen

from dynamorm_async.testing.faults import FaultServer, Reset, Throttle


def call(endpoint: str, operation: str) -> bytes:
    return urlopen(Request(endpoint, b"{}", {"X-Amz-Target": f"DynamoDB_20120810.{operation}"})).read()


script = [
    Throttle(operation="GetItem", nth=2),  # the second GetItem is throttled,
    Reset.after_request(operation="UpdateItem"),  # the first UpdateItem is carried out, and its answer lost,
]  # and everything else passes.
with FaultServer(script) as server:
    call(server.endpoint, "GetItem")
    try:
        call(server.endpoint, "UpdateItem")
    except ConnectionError as error:
        lost = error

assert server.count("UpdateItem") == len(server.carried_out) - 1 == 1
assert server.unplayed == (script[0],)
```

Enter it with ``async with`` to run it on the test's own event loop, or with ``with`` to run it in a thread of its own.
Leaving it closes every connection; nothing stays behind.

| to have | use |
|---|---|
| a reset on connecting | `Reset.on_connect` |
| a reset before the request is read, or after it was carried out | `Reset.before_request`, `Reset.after_request` |
| an answer that is cut, also before its first byte, or in chunks | `Cut` |
| an answer drop by drop, late, or never | `Drip`, `Delay`, `Hang` |
| a connection closed after the answer, as by an idle limit | `HangUp` |
| a request carried out twice | `Duplicate` |
| 600 MB of answer; ten thousand headers | `Flood`, `HeaderBomb` |
| a redirect; a checksum that does not fit; other headers | `Redirect`, `CorruptChecksum`, `Rewrite` |
| a throttle, a failure of the service, an expired token | `Throttle`, `Unavailable`, `ExpiredToken` |
| a cancelled transaction; any other error by its code | `CancelTransaction`, `Fail` |
| a batch done in part | `Partial` |
| a service whose clock is ten minutes ahead | `SkewedClock` |
| a page of HTML, ``[]``, ``null``, or any other answer | `Answer.html`, `Answer` |
| a request that passes | `Pass` |
| connections refused for a while; all of them reset | ``server.refusing()``, ``server.hang_up()`` |
"""

from __future__ import annotations

from dynamorm_async.testing.faults.answers import (
    Answer,
    CancelTransaction,
    CorruptChecksum,
    ExpiredToken,
    Fail,
    Partial,
    Pass,
    Redirect,
    Rewrite,
    SkewedClock,
    Throttle,
    Unavailable,
)
from dynamorm_async.testing.faults.breaks import Cut, Delay, Drip, Duplicate, Flood, Hang, HangUp, HeaderBomb, Reset
from dynamorm_async.testing.faults.exchange import Exchange, Wire
from dynamorm_async.testing.faults.messages import Request, Response
from dynamorm_async.testing.faults.proxy import FaultProxy
from dynamorm_async.testing.faults.script import Fault, Moment
from dynamorm_async.testing.faults.server import FaultServer, ScriptedServer

__all__ = [
    "Answer",
    "CancelTransaction",
    "CorruptChecksum",
    "Cut",
    "Delay",
    "Drip",
    "Duplicate",
    "Exchange",
    "ExpiredToken",
    "Fail",
    "Fault",
    "FaultProxy",
    "FaultServer",
    "Flood",
    "Hang",
    "HangUp",
    "HeaderBomb",
    "Moment",
    "Partial",
    "Pass",
    "Redirect",
    "Request",
    "Reset",
    "Response",
    "Rewrite",
    "ScriptedServer",
    "SkewedClock",
    "Throttle",
    "Unavailable",
    "Wire",
]
