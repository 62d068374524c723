"""Which URL serves which region, by AWS's endpoint rules for DynamoDB and DynamoDB Streams.

The rules are few: a partition gives the DNS suffix, FIPS and dual-stack give the name, and an account id gives a
host of its own where there are account-based endpoints. They are written out here instead of asked of the SDK,
because asking costs half a second of imports; the tests hold them against AWS's own cases (botocore 1.44).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from dynamorm_async._lazy import lazily
from dynamorm_async.errors import ConfigurationError

if TYPE_CHECKING:
    import ipaddress
    import urllib.parse as urls
else:
    ipaddress = lazily("ipaddress")
    urls = lazily("urllib.parse")

__all__ = [
    "AccountIdMode",
    "Endpoint",
    "EndpointOptions",
    "endpoint_options",
    "is_loopback",
    "parse_endpoint",
    "resolve_endpoint",
]

AccountIdMode: TypeAlias = Literal["preferred", "disabled", "required"]
_MODES: tuple[AccountIdMode, ...] = ("preferred", "disabled", "required")

TARGETS = {"dynamodb": "DynamoDB_20120810", "dynamodbstreams": "DynamoDBStreams_20120810"}
"""The services, and the prefixes of their ``X-Amz-Target``."""
SIGNING_NAME = "dynamodb"
"""Streams sign with this name, too."""
SEARCH_OPERATIONS = frozenset({"SearchVectors"})
"""Operations with a host of their own."""


# Patterns are compiled when they are first used: together they would be a hundredth of a cold start.


class _Partition(msgspec.Struct, frozen=True):
    name: str
    regions: str
    """How the names of its regions begin."""
    suffix: str
    dual_stack_suffix: str


_PARTITIONS = (
    _Partition("aws", "(us|eu|ap|sa|ca|me|af|il|mx)", "amazonaws.com", "api.aws"),
    _Partition("aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    _Partition("aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu"),
    _Partition("aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    _Partition("aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud"),
    _Partition("aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    _Partition("aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    _Partition("aws-us-gov", "us-gov", "amazonaws.com", "api.aws"),
)
_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_GOVERNMENT_AND_CHINA = frozenset({"us-gov-east-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1"})
_NO_STREAM_ACCOUNTS = frozenset({"me-central-1", "me-south-1"})


class Endpoint(msgspec.Struct, frozen=True):
    """Where requests of one service go.

    Attributes:
        url: As AWS's rules give it.
        scheme: ``http`` or ``https``.
        host: Name or address, without brackets.
        port: TCP port.
        path: Path of the URL, at least ``/``.
        signing_region: Region in the signature.
        signing_name: Service in the signature.
    """

    url: str
    scheme: str
    host: str
    port: int
    path: str
    signing_region: str
    signing_name: str = SIGNING_NAME

    @property
    def host_header(self) -> str:
        """The ``Host`` header: with a port unless it is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.scheme == "https" else 80) else f"{name}:{self.port}"


class EndpointOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What decides about endpoints beside the region.

    Attributes:
        endpoint_url: For ``dynamodb``, instead of AWS's.  streams_endpoint_url: The same for ``dynamodbstreams``.
        fips: Use FIPS endpoints.  dualstack: Use endpoints that speak IPv6, too.
        account_id_mode: Whether to use the account's own host: if the account is known, never, or always.
    """

    endpoint_url: str | None = None
    streams_endpoint_url: str | None = None
    fips: bool = False
    dualstack: bool = False
    account_id_mode: AccountIdMode | None = "preferred"

    def url_of(self, service: str) -> str | None:
        """The URL configured for a service, if any."""
        return self.streams_endpoint_url if service == "dynamodbstreams" else self.endpoint_url


# ---------------------------------------------------------------- from settings, environment and profile


def _flag(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in {"true", "false"}:
        raise ConfigurationError(f"{name} is {text!r}; it can be true or false.")
    return text == "true"


def _mode(value: object) -> AccountIdMode:
    for mode in _MODES:
        if str(value).lower() == mode:
            return mode
    raise ConfigurationError(f"the account id endpoint mode {value!r} is none of {', '.join(_MODES)}.")


def _configured_url(service_id: str, environ: Mapping[str, str], profile: Mapping[str, Any]) -> str | None:
    """The URL of one service by AWS's order: its own variable, the common one, its own in the profile, the common."""
    services: Mapping[str, Mapping[str, str]] = profile.get("services", {})
    common: str | None = profile.get("endpoint_url")
    return (
        environ.get(f"AWS_ENDPOINT_URL_{service_id}")
        or environ.get("AWS_ENDPOINT_URL")
        or services.get(service_id.lower(), {}).get("endpoint_url")
        or common
        or None
    )


def endpoint_options(
    environ: Mapping[str, str],
    profile: Mapping[str, Any] | None = None,
    *,
    endpoint_url: str | None = None,
    fips: bool | None = None,
    dualstack: bool | None = None,
    account_id_mode: AccountIdMode | None = None,
) -> EndpointOptions:
    """Put together what is given, what the environment says, and what the profile says, in this order.

    Args:
        environ: The environment.
        profile: The profile's section of the shared configuration, with its ``services`` section in it.
        endpoint_url: Used for both services when given.
        fips: Or ``AWS_USE_FIPS_ENDPOINT``.
        dualstack: Or ``AWS_USE_DUALSTACK_ENDPOINT``.
        account_id_mode: Or ``AWS_ACCOUNT_ID_ENDPOINT_MODE``.

    Raises:
        ConfigurationError: A flag or mode that is none.
    """
    profile = profile or {}

    def setting(name: str) -> object:
        return environ.get(f"AWS_{name.upper()}") or profile.get(name) or None

    urls: list[str | None] = [endpoint_url, endpoint_url]
    ignored = _flag("ignore_configured_endpoint_urls", setting("ignore_configured_endpoint_urls"))
    if endpoint_url is None and not ignored:
        urls = [_configured_url(name, environ, profile) for name in ("DYNAMODB", "DYNAMODB_STREAMS")]
    if fips is None:
        fips = _flag("use_fips_endpoint", setting("use_fips_endpoint"))
    if dualstack is None:
        dualstack = _flag("use_dualstack_endpoint", setting("use_dualstack_endpoint"))
    return EndpointOptions(
        endpoint_url=urls[0],
        streams_endpoint_url=urls[1],
        fips=bool(fips),
        dualstack=bool(dualstack),
        account_id_mode=account_id_mode or _mode(setting("account_id_endpoint_mode") or "preferred"),
    )


# ---------------------------------------------------------------- the rules


def resolve_endpoint(
    region: str | None,
    options: EndpointOptions,
    *,
    service: str = "dynamodb",
    account_id: str | None = None,
    arns: Sequence[str] = (),
    search: bool = False,
) -> Endpoint:
    """The endpoint of one request, by AWS's rules.

    Args:
        region: E.g. ``eu-west-1``; ``local`` is DynamoDB Local on its usual port.
        options: What was configured.
        service: ``dynamodb`` or ``dynamodbstreams``.
        account_id: The account of the credentials, if known.
        arns: The ARNs of tables, indexes or streams that the request names; the first one's owner wins over the
            credentials' account.
        search: Whether the operation is one of `SEARCH_OPERATIONS`.

    Raises:
        ConfigurationError: AWS has no endpoint for this combination, or the region or URL is malformed.

    Example:
        >>> resolve_endpoint("eu-west-1", EndpointOptions()).url
        'https://dynamodb.eu-west-1.amazonaws.com'
    """
    if service not in TARGETS:
        raise ConfigurationError(f"the service {service!r} is none of {', '.join(TARGETS)}.")
    url = options.url_of(service)
    partition = _partition(region) if region else None
    if url is not None:
        _check_custom(url, region, partition, options)
        return parse_endpoint(url, "us-east-1" if region in {None, "local"} else str(region))
    if region is None or partition is None:
        raise ConfigurationError(
            "Invalid Configuration: Missing Region", hint="Give region=, or set AWS_REGION or AWS_DEFAULT_REGION."
        )
    if region == "local":
        _refuse(options, "local endpoint")
        return parse_endpoint("http://localhost:8000", "us-east-1")
    account = None
    if options.account_id_mode is not None:
        account = _account(region, partition, options, service=service, account_id=account_id, arns=arns)
    suffix = partition.dual_stack_suffix if options.dualstack else partition.suffix
    name = _name(service, partition, options, search=search, account=account)
    return parse_endpoint(f"https://{name}.{region}.{suffix}", region)


def _partition(region: str) -> _Partition:
    if not re.fullmatch(_LABEL, region):
        raise ConfigurationError(f"the region {region!r} is no name of a region.", hint="A region is like eu-west-1.")
    own = (one for one in _PARTITIONS if re.fullmatch(rf"{one.regions}-\w+-\d+", region))
    return next(own, _PARTITIONS[0])


def _refuse(options: EndpointOptions, kind: str) -> None:
    for is_asked, name in ((options.fips, "FIPS"), (options.dualstack, "Dualstack")):
        if is_asked:
            raise ConfigurationError(f"Invalid Configuration: {name} and {kind} are not supported")


def _check_custom(url: str, region: str | None, partition: _Partition | None, options: EndpointOptions) -> None:
    _refuse(options, "custom endpoint")
    plain = re.fullmatch(_PLAIN_URL, url)
    host = urls.urlsplit(url).netloc if plain is None else plain["place"]
    names = ("dynamodb", "search-dynamodb")
    if partition is not None and host in {f"{name}.{region}.{partition.dual_stack_suffix}" for name in names}:
        raise ConfigurationError(
            "Endpoint override is not supported for dual-stack endpoints. "
            "Please enable dual-stack functionality by enabling the configuration. For more details, see: "
            "https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html"
        )


def _has_accounts(region: str, partition: _Partition, service: str) -> bool:
    if service == "dynamodbstreams":
        return partition.name in {"aws", "aws-cn", "aws-us-gov"} and region not in _NO_STREAM_ACCOUNTS
    return partition.name == "aws" or region in _GOVERNMENT_AND_CHINA


def _account(
    region: str,
    partition: _Partition,
    options: EndpointOptions,
    *,
    service: str,
    account_id: str | None,
    arns: Sequence[str],
) -> str | None:
    """The account whose own host is used, or None for the region's."""
    is_required = options.account_id_mode == "required"
    if options.fips and service == "dynamodb":
        if is_required:
            raise ConfigurationError(
                "Invalid Configuration: AccountIdEndpointMode is required and FIPS is enabled, "
                "but FIPS account endpoints are not supported"
            )
        return None
    if not _has_accounts(region, partition, service):
        if is_required:
            raise ConfigurationError(
                "Invalid Configuration: AccountIdEndpointMode is required but account endpoints "
                "are not supported in this region"
            )
        return None
    account = None if options.account_id_mode == "disabled" else _owner(arns, region) or account_id
    if account is not None and not re.fullmatch(_LABEL, account):
        raise ConfigurationError("Credentials-sourced account ID parameter is invalid")
    if account is None and is_required:
        raise ConfigurationError("AccountIdEndpointMode is required but no AccountID was provided or able to be loaded")
    return account


def _owner(arns: Sequence[str], region: str) -> str | None:
    """The account in the first ARN of DynamoDB in this region."""
    for arn in arns:
        match arn.split(":", 5):
            case ["arn", _, "dynamodb", where, account, _] if where == region and re.fullmatch(_LABEL, account):
                return account
            case _:
                continue
    return None


def _name(service: str, partition: _Partition, options: EndpointOptions, *, search: bool, account: str | None) -> str:
    """The host's name before region and suffix."""
    # The government's regional endpoints are FIPS ones under the plain name; its dual-stack ones are not.
    fips = "-fips" if options.fips and (options.dualstack or partition.name != "aws-us-gov") else ""
    if service == "dynamodbstreams":
        if account:
            return f"{account}.streams-ddb{'-fips' if options.fips else ''}"
        return f"streams-dynamodb{fips}" if options.dualstack else f"streams.dynamodb{fips}"
    prefix = "search-" if search else ""
    return f"{account}.{prefix}ddb" if account else f"{prefix}dynamodb{fips}"


# ---------------------------------------------------------------- URLs

_PORTS = {"http": 80, "https": 443}
_PLAIN_URL = r"(?P<scheme>https?)://(?P<place>(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,3}|[1-5][0-9]{4}))?)/?"
"""The usual form, which needs no `urllib`: importing that takes longer than all else that an endpoint needs."""
_LOOPBACK = r"127(?:\.(?:0|[1-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])){3}"


def parse_endpoint(url: str, signing_region: str) -> Endpoint:
    """Take an endpoint's URL apart.

    Raises:
        ConfigurationError: It is no plain http or https URL, or carries a user name, a query or a fragment.
    """
    plain = re.fullmatch(_PLAIN_URL, url)
    if plain is not None:
        scheme = plain["scheme"]
        return Endpoint(url, scheme, plain["host"], int(plain["port"] or _PORTS[scheme]), "/", signing_region)
    try:
        parts = urls.urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"the endpoint {url!r} is no URL.") from error
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if not is_plain or parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ConfigurationError(f"the endpoint {url!r} is no URL.", hint="It is like http://localhost:8000.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError("an endpoint can have no user name, query or fragment.")
    return Endpoint(url, parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path or "/", signing_region)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost" or host.endswith(".localhost") or re.fullmatch(_LOOPBACK, host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
