"""One call on its way through the SDK: the events at which our bytes go in and the answer's bytes come out.

The event handlers are registered with a client once and act for our own calls alone, which a context variable marks;
the caller's own calls on the same client pass them untouched.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from dynamorm_async._ops.effects import Call, Reply
from dynamorm_async._struct import Discretion
from dynamorm_async.errors import Outcome, ResponseTooLargeError, TransportError, UnexpectedRedirectError
from dynamorm_async.transports.endpoints import TARGETS
from dynamorm_async.transports.replies import MAX_BODY, Headers, flaw_of

__all__ = ["CARRIED", "AnsweredError", "Carried", "body_of", "checked", "error_body", "hook", "unhook", "with_bytes"]

_EVENT_NAMES = {"dynamodb": "dynamodb", "dynamodbstreams": "dynamodb-streams"}


class Carried(Discretion, msgspec.Struct, eq=False):
    """One call on its way through the SDK.

    Attributes:
        call: What is to be sent.
        url: Where the SDK sent it; empty while it has sent nothing.
        is_redirected: Whether the answer came from another origin.
        status: The answer's HTTP status.
        raw: The answer's headers, under lower-case names.
        body: The answer's bytes; None while there is no answer.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("raw", "body")

    call: Call
    url: str = ""
    is_redirected: bool = False
    status: int = 0
    raw: dict[bytes, bytes] = msgspec.field(default_factory=dict[bytes, bytes])
    body: bytes | None = None

    @property
    def outcome(self) -> Outcome:
        """What can be said about the request if it fails now."""
        return Outcome.UNKNOWN if self.url else Outcome.NOT_APPLIED


CARRIED: ContextVar[Carried | None] = ContextVar("dynamorm_carried", default=None)
"""The call of this task, if it is one of ours."""


class AnsweredError(Exception):
    """Leaves the SDK before it retries; the answer, or the cause, is known already."""


# ---------------------------------------------------------------- the SDK's events, for our own calls only


def _put_body(params: dict[str, Any], **_: object) -> None:
    carried = CARRIED.get()
    if carried is not None:
        params["body"] = carried.call.body
        params["headers"]["X-Amz-Target"] = f"{TARGETS[carried.call.service]}.{carried.call.operation}"


def _note_sending(request: Any, **_: object) -> None:
    carried = CARRIED.get()
    if carried is not None:
        carried.url = request.url


def _take_answer(response_dict: Mapping[str, Any], **_: object) -> None:
    carried = CARRIED.get()
    if carried is not None:
        carried.status = response_dict["status_code"]
        carried.raw = {_latin(name).lower(): _latin(value) for name, value in response_dict["headers"].items()}
        carried.body = response_dict["body"]


def _stop_retrying(response: tuple[Any, Any] | None, caught_exception: Exception | None, **_: object) -> None:
    """Let a good answer pass, so that what is hooked in behind sees it; anything else might be repeated."""
    carried = CARRIED.get()
    if carried is None:
        return
    if response is not None:
        # A client of the caller's follows redirects; this is where that shows.
        carried.is_redirected = _origin(response[0].url) != _origin(carried.url)
        if response[0].status_code < 300 and not carried.is_redirected and _flaw(carried) is None:
            return
    raise AnsweredError from caught_exception


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _latin(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")


_HOOKS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("before-call", _put_body),
    ("before-send", _note_sending),
    ("before-parse", _take_answer),
    ("needs-retry", _stop_retrying),
)


def hook(client: Any) -> None:
    """Register the handlers with a client."""
    service = _EVENT_NAMES[client.meta.service_model.service_name]
    for event, handler in _HOOKS:
        register = client.meta.events.register_first if event == "needs-retry" else client.meta.events.register_last
        register(f"{event}.{service}", handler, unique_id=f"dynamorm-{event}")


def unhook(client: Any) -> None:
    """Take them out again."""
    service = _EVENT_NAMES[client.meta.service_model.service_name]
    for event, handler in _HOOKS:
        client.meta.events.unregister(f"{event}.{service}", handler, unique_id=f"dynamorm-{event}")


# ---------------------------------------------------------------- DynamoDB JSON and the SDK's parameters


def with_bytes(found: dict[str, Any]) -> dict[str, Any]:
    """One JSON object as the SDK's methods take it: binary values are bytes there, base64 text on the wire.

    A lone ``B`` with text, or ``BS`` with a list, is an attribute value; an attribute of that name holds an object.
    The objects inside have been through here before, as JSON is read from the inside out.
    """
    if len(found) == 1:
        binary, binaries = found.get("B"), found.get("BS")
        if isinstance(binary, str):
            return {"B": base64.b64decode(binary)}
        if binaries is not None and not isinstance(binaries, dict):
            return {"BS": [base64.b64decode(text) for text in binaries]}
    return found


def _wire_form(value: object) -> object:
    """What JSON cannot hold, as DynamoDB's wire holds it."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def body_of(parsed: Mapping[str, Any]) -> bytes:
    """The body that a parsed answer of the SDK came from, or could have come from."""
    kept = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return json.dumps(kept, default=_wire_form, separators=(",", ":")).encode()


def error_body(parsed: Mapping[str, Any]) -> bytes:
    """The same for a parsed error."""
    error = parsed.get("Error", {})
    kept = {name: value for name, value in parsed.items() if name not in {"Error", "ResponseMetadata"}}
    return body_of({"__type": error.get("Code", ""), "message": error.get("Message", ""), **kept})


# ---------------------------------------------------------------- the answer


def _flaw(carried: Carried) -> TransportError | None:
    body = carried.body or b""
    if carried.is_redirected:
        return UnexpectedRedirectError(
            "the client followed a redirect to another origin.",
            outcome=Outcome.UNKNOWN,
            hint="aiobotocore's clients do. Check the endpoint, and pass session= instead of client=.",
        )
    if len(body) > MAX_BODY:
        return ResponseTooLargeError(f"the answer is larger than {MAX_BODY} bytes.")
    return flaw_of(carried.status, carried.raw, body, carried.call.operation)


def checked(carried: Carried) -> Reply:
    """The answer, if it may be used.

    Raises:
        TransportError: It may not.
    """
    flaw = _flaw(carried)
    if flaw is not None:
        raise flaw
    return Reply(carried.status, carried.body or b"", Headers(carried.raw))
