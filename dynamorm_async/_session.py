"""`Session`: configuration, life cycle, and the doors to everything that is no verb of a model."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Unpack

import attrs
import msgspec

from dynamorm_async._clock import SystemClock, system_dice
from dynamorm_async._codec import Codec, default_codec
from dynamorm_async._doors import Doors
from dynamorm_async._lazy import lazily
from dynamorm_async._metrics import Metrics
from dynamorm_async._model import AnyModel
from dynamorm_async._ops.render import Settings
from dynamorm_async._retry import RetrySettings, StandardRetry
from dynamorm_async._runner import Runner, Scope
from dynamorm_async._spec.registry import registry
from dynamorm_async.abc import Clock, Observer, RetryPolicy, Transport
from dynamorm_async.errors import ConfigurationError, SessionClosedError
from dynamorm_async.transports import Credentials, CredentialsSource, open_transport
from dynamorm_async.transports import Settings as TransportSettings

if TYPE_CHECKING:
    from typing import Self

    from cattrs import Converter

    from dynamorm_async import _tables as tables
    from dynamorm_async import _tenant as tenants
    from dynamorm_async import _watch as watching
    from dynamorm_async._ops import anything, cursors
    from dynamorm_async._ops.partitions import PartitionCounts
    from dynamorm_async._ops.tables import TableInfo
    from dynamorm_async._options import SessionOptions
    from dynamorm_async._tenant import TenantSession
    from dynamorm_async.transports import coalescing
else:
    anything = lazily("dynamorm_async._ops.anything")
    coalescing = lazily("dynamorm_async.transports.coalescing")
    cursors = lazily("dynamorm_async._ops.cursors")
    watching = lazily("dynamorm_async._watch")
    tables = lazily("dynamorm_async._tables")
    tenants = lazily("dynamorm_async._tenant")

__all__ = ["Session", "SystemClock"]

_PATIENCE = 120.0


def _are_secrets(_: object, __: object, keys: Sequence[bytes]) -> None:
    if isinstance(keys, (str, bytes)) or any(not isinstance(key, bytes) or len(key) < 16 for key in keys):
        raise ConfigurationError(
            "cursor_keys are secrets of at least 16 bytes each.",
            hint="Use [secrets.token_bytes(32)], kept in your settings.",
        )


@attrs.define(kw_only=True, slots=False, eq=False, repr=False)
class Session(Doors):
    """Connections to one DynamoDB, and what they are opened with. Enter it with ``async with``.

    Attributes:
        region: ``eu-west-1`` or so. Otherwise ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or the profile's.
        endpoint: Another endpoint than AWS's own, such as ``http://127.0.0.1:8000``. On this machine it needs
            neither region nor credentials.
        credentials: Fixed ones, or a source of them; otherwise AWS's usual chain.
        profile: Of the shared AWS configuration.
        client: An open aiobotocore client to send through. It stays yours to close.
        aws_session: An aioboto3 or aiobotocore session to take credentials and region from.
        table_name: The table of models that name none.
        table_prefix: Stands before every table name.
        table_names: Other names for declared tables, by the declared name.
        converter: A cattrs converter from `make_converter`, with hooks for your own types.
        cursor_keys: Secrets of at least 16 bytes that sign page cursors; the first signs, all verify.
        cursor_lifetime: Seconds for which a signed cursor is good.
        timeout: Seconds that a call may take in all, retries included.
        max_retries: How often a failed request is sent again, at most.
        retry: Figures for the retry policy, or a policy of your own; goes before ``max_retries``.
        max_connections: Open at once.
        read_timeout: Longest wait for an answer, in seconds.
        transport: ``"direct"``, ``"boto"``, ``"auto"``; or all there is to say of it (FIPS, dual-stack and account
            endpoints, every timeout) as `TransportSettings`, in place of what is said here; or one of your own.
        observers: Are told what happens.
        report_capacity: Ask for consumed capacity with every call.
        default_rcu: Read capacity units of a table or index made with provisioned billing.
        default_wcu: Write capacity units of it.
        auto_migrate: On opening, make what is missing of the tables of these models; True for all that are defined.
        enable_metrics: Count calls in ``metrics``.
        coalesce: Merge the single reads of one turn of the event loop into BatchGetItem requests.
        watch: Look at every request: count partition key values in ``partitions`` (DA002), and see habits (DA004).
        allow_insecure: Permit ``http://`` to another machine.
        clock: Time and waiting.
        dice: A number in [0, 1) at each call.

    Raises:
        ConfigurationError: On entering: region, endpoint or credentials are missing or wrong.

    Example:
        >>> async with Session(region="eu-west-1") as db:
        ...     user = await User.get("acme", "1")
    """

    region: str | None = None
    endpoint: str | None = None
    credentials: Credentials | CredentialsSource | None = None
    profile: str | None = None
    client: object = None
    aws_session: object = None
    table_name: str | None = None
    table_prefix: str = ""
    table_names: Mapping[str, str] = attrs.field(factory=dict[str, str])
    converter: Converter | None = None
    cursor_keys: Sequence[bytes] = attrs.field(default=(), validator=_are_secrets)
    cursor_lifetime: float | None = None
    timeout: float | None = None
    max_retries: int = 3
    retry: RetrySettings | RetryPolicy | None = None
    max_connections: int = 50
    read_timeout: float = 10.0
    transport: Literal["auto", "direct", "boto"] | TransportSettings | Transport = "auto"
    observers: Sequence[Observer] = ()
    report_capacity: bool = False
    default_rcu: int = 5
    default_wcu: int = 5
    auto_migrate: bool | Sequence[type[AnyModel]] = False
    enable_metrics: bool = False
    coalesce: bool = False
    watch: bool = False
    allow_insecure: bool = False
    clock: Clock = attrs.field(factory=SystemClock)
    dice: Callable[[], float] = system_dice
    metrics: Metrics = attrs.field(factory=Metrics, init=False)
    _runner: Runner | None = attrs.field(default=None, init=False)

    @classmethod
    def from_env(cls, **options: Unpack[SessionOptions]) -> Self:
        """A session from the environment.

        ``DYNAMODB_ENDPOINT`` and ``DYNAMODB_TABLE`` beside AWS's own variables: ``AWS_REGION``,
        ``AWS_ENDPOINT_URL_DYNAMODB`` and the usual credentials.

        Args:
            options: As for the constructor; they go before the environment.

        Returns:
            The session, not open yet.

        Example:
            >>> async with Session.from_env(timeout=2.0) as db:
            ...     ...
        """
        found: SessionOptions = {}
        if endpoint := os.environ.get("DYNAMODB_ENDPOINT"):
            found["endpoint"] = endpoint
        if table_name := os.environ.get("DYNAMODB_TABLE"):
            found["table_name"] = table_name
        found.update(options)
        return cls(**found)

    # ------------------------------------------------------------ life

    async def open(self) -> Self:
        """Open it without ``async with``; then close it with `aclose`.

        Returns:
            This session.

        Raises:
            ConfigurationError: It is open already, or region, endpoint or credentials are missing or wrong.

        Example:
            >>> session = await Session(endpoint=db.endpoint).open()
            >>> await session.aclose()
        """
        if self.is_open:
            raise ConfigurationError("the session is open already.", hint="Enter a session once.")
        transport = await self._open_transport()
        if self.coalesce:
            transport = coalescing.CoalescingTransport(transport)
        codec = default_codec if self.converter is None else Codec(self.converter)
        settings = Settings(
            codec,
            self.table_name,
            dict(self.table_names),
            self.table_prefix,
            self.report_capacity,
            units=(self.default_rcu, self.default_wcu),
        )
        self._runner = Runner(
            settings,
            transport,
            endpoint=self.endpoint or self.region or "",
            policy=self._policy(),
            clock=self.clock,
            dice=self.dice,
            observers=(*self.observers, self.metrics) if self.enable_metrics else self.observers,
            signer=cursors.CursorSigner(tuple(self.cursor_keys), self.cursor_lifetime) if self.cursor_keys else None,
            timeout=self.timeout,
        )
        if self.watch:
            watching.watched_by(self._runner, self.partitions)
        self._runner.opened()
        if self.auto_migrate:
            await self._ensure_tables()
        return self

    async def _ensure_tables(self) -> None:
        models = (
            registry if self.auto_migrate is True else (model.__dynamorm_spec__ for model in self.auto_migrate or ())
        )
        try:
            for specs in tables.by_table(self.runner, models):
                await tables.ensure(self.runner, specs, _PATIENCE)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close the connections. Idempotent; a client of your own stays open.

        Example:
            >>> session = await Session(endpoint=db.endpoint).open()
            >>> await session.aclose()
        """
        if self._runner is not None:
            await self._runner.aclose()

    async def __aenter__(self) -> Self:
        return await self.open()

    if not TYPE_CHECKING:  # for the checkers there is no such method

        def __enter__(self) -> NoReturn:
            raise TypeError("a session is entered with `async with`, not with `with`.")

        __exit__ = __enter__

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _open_transport(self) -> Transport:
        if isinstance(self.transport, str):
            settings = self._transport_settings(self.transport)
        elif isinstance(self.transport, TransportSettings):
            settings = self.transport
        else:
            return self.transport
        return await open_transport(settings, now=self.clock.now, monotonic=self.clock.monotonic)

    def _transport_settings(self, kind: Literal["auto", "direct", "boto"]) -> TransportSettings:
        return TransportSettings(
            region=self.region,
            endpoint_url=self.endpoint,
            credentials=self.credentials,
            profile=self.profile,
            client=self.client,
            session=self.aws_session,
            max_connections=self.max_connections,
            read_timeout=self.read_timeout,
            allow_insecure=self.allow_insecure,
            transport=kind,
        )

    def _policy(self) -> RetryPolicy:
        if self.retry is None:
            return StandardRetry(RetrySettings(max_attempts=self.max_retries + 1), dice=self.dice)
        if isinstance(self.retry, RetrySettings):
            return StandardRetry(self.retry, dice=self.dice)
        return self.retry

    @functools.cached_property
    def partitions(self) -> PartitionCounts:
        """How many requests went to which partition, if ``watch`` says to count."""
        return watching.PartitionCounts()

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._runner is not None and not self._runner.closed

    @property
    def runner(self) -> Runner:
        """What runs this session's calls.

        Raises:
            SessionClosedError: The session is not open.
        """
        if self._runner is None:
            raise SessionClosedError("the session is not open.", hint="Use it inside `async with Session(...)`.")
        return self._runner

    def scope(self) -> AbstractContextManager[None]:
        """Use this session for every bare ``await Model...`` inside, in this task and those it starts.

        Returns:
            What ``with`` enters.

        Raises:
            SessionClosedError: The session is not open.

        Example:
            >>> with db.scope():
            ...     user = await User.get("acme", "1")
        """
        return Scope(self.runner)

    def for_tenant(self, tenant: str) -> TenantSession:
        """This session for one tenant: keys and new items get the tenant, and nothing of another can be reached.

        Args:
            tenant: The tenant's id, as the model's `tenant` field holds it.

        Returns:
            A session over the same connections.

        Raises:
            TenantViolationError: From a call that reaches outside the tenant, before anything is sent.

        Example:
            >>> with db.for_tenant("acme").scope():
            ...     note = await Note.get(note_id="1")
        """
        return tenants.TenantSession(self.runner, tenant)

    # ------------------------------------------------------------ tables

    async def create_table(self, *models: type[AnyModel], patience: float = 120.0) -> TableInfo:
        """Make the table of these models, with indexes and TTL, and wait until it can be used.

        Args:
            models: Those that live in the table together.
            patience: Seconds to wait for it.

        Returns:
            The table as it is then.

        Raises:
            TableInUseError: It exists.
            ConfigurationError: The models disagree about key, indexes or types.

        Example:
            >>> await db.create_table(User)
        """
        return await tables.create(self.runner, [model.__dynamorm_spec__ for model in models], patience)

    async def ensure_table(self, *models: type[AnyModel], patience: float = 120.0) -> TableInfo:
        """Make what is missing of the table of these models: the table, global indexes, TTL. Takes nothing away.

        Args:
            models: Those that live in the table together.
            patience: Seconds to wait for each part.

        Returns:
            The table as it is then.

        Raises:
            ConfigurationError: The table has another key, or lacks a local index.

        Example:
            >>> await db.ensure_table(User)
        """
        return await tables.ensure(self.runner, [model.__dynamorm_spec__ for model in models], patience)

    async def delete_table(self, model: type[AnyModel], *, patience: float = 120.0) -> None:
        """Delete the table of this model, with everything in it, and wait until it is gone.

        Args:
            model: Any model of the table.
            patience: Seconds to wait for it.

        Raises:
            TableNotFoundError: There is none.

        Example:
            >>> await db.delete_table(Order)
        """
        await tables.delete(self.runner, model.__dynamorm_spec__, patience)

    async def describe_table(self, model: type[AnyModel]) -> TableInfo:
        """The table of this model as it is.

        Args:
            model: Any model of the table.

        Returns:
            The table as it is.

        Raises:
            TableNotFoundError: There is none.

        Example:
            >>> info = await db.describe_table(User)
        """
        return await tables.describe(self.runner, model.__dynamorm_spec__)

    # ------------------------------------------------------------ anything else

    async def call(self, operation: str, body: Mapping[str, Any], *, service: str = "dynamodb") -> dict[str, Any]:
        """Send any operation of DynamoDB by its name, with its body as the API has it.

        A write is sent once more only if it certainly did not take effect.

        Args:
            operation: ``"DescribeLimits"``, ``"SearchVectors"`` and so on, known to an SDK or not.
            body: The JSON body. Binary values as bytes.
            service: ``"dynamodb"`` or ``"dynamodbstreams"``.

        Returns:
            The answer's JSON.

        Raises:
            InvalidRequestError: The name is not one of an operation, or the body cannot be JSON.

        Example:
            >>> await db.call("ListTables", {"Limit": 10})
        """
        reply = await self.runner.call(anything.request(operation, body, service))
        # What has nothing to say, like TagResource, answers with no body at all.
        answer: dict[str, Any] = msgspec.json.decode(reply.body) if reply.body else {}
        return answer

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<Session {self.endpoint or self.region or 'default region'}, {state}>"
