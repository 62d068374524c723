"""Endpoints: AWS's 433 published cases, a table of our own, and what the environment and a profile decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.transports.endpoints import (
    EndpointOptions,
    endpoint_options,
    is_loopback,
    parse_endpoint,
    resolve_endpoint,
)

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "endpoint" / "endpoint-tests-1.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["testCases"] if VECTORS.is_file() else []


def resolved(params: dict[str, Any]) -> str:
    """The URL that our rules give for the parameters of a published case."""
    options = EndpointOptions(
        endpoint_url=params.get("Endpoint"),
        fips=params.get("UseFIPS", False),
        dualstack=params.get("UseDualStack", False),
        account_id_mode=params.get("AccountIdEndpointMode"),
    )
    arns = [params.get("ResourceArn") or "", *params.get("ResourceArnList", [])[:1]]
    return resolve_endpoint(
        params.get("Region"),
        options,
        account_id=params.get("AccountId"),
        arns=arns,
        search=params.get("IsSearchOperation", False),
    ).url


@pytest.mark.skipif(not CASES, reason="../shared/vectors/endpoint is not here")
def test_published_cases_are_all_there() -> None:
    """AWS's file has 433 cases."""
    assert len(CASES) == 433


@pytest.mark.parametrize("number", range(len(CASES)))
def test_published_case_resolves_as_aws_says(number: int) -> None:
    """Same URL, or the same words of refusal, for each published case."""
    case = CASES[number]
    expected = case["expect"]

    if "error" in expected:
        with pytest.raises(ConfigurationError) as caught:
            resolved(case.get("params", {}))
        assert expected["error"] == caught.value.message
    else:
        assert expected["endpoint"]["url"] == resolved(case.get("params", {}))


# One line for each rule, so that they hold where AWS's file is not at hand.
# region, service, fips, dual-stack, mode, account, arn, search -> host
ARN = "arn:aws:dynamodb:us-east-1:222222222222:table/users"
TABLE = [
    ("us-east-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 1, 0, "preferred", "1", None, 0, "dynamodb-fips.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 1, 1, "preferred", "1", None, 0, "dynamodb-fips.us-east-1.api.aws"),
    ("us-east-1", "dynamodb", 0, 1, "disabled", "1", None, 0, "dynamodb.us-east-1.api.aws"),
    ("us-east-1", "dynamodb", 0, 0, "preferred", "1", None, 0, "1.ddb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 0, 0, "preferred", None, None, 0, "dynamodb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 0, 0, "disabled", "1", None, 0, "dynamodb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 0, 1, "required", "1", None, 0, "1.ddb.us-east-1.api.aws"),
    ("us-east-1", "dynamodb", 0, 0, "preferred", "1", ARN, 0, "222222222222.ddb.us-east-1.amazonaws.com"),
    ("us-west-2", "dynamodb", 0, 0, "preferred", None, ARN, 0, "dynamodb.us-west-2.amazonaws.com"),
    ("us-east-1", "dynamodb", 0, 0, None, None, None, 1, "search-dynamodb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodb", 0, 0, "preferred", "1", None, 1, "1.search-ddb.us-east-1.amazonaws.com"),
    ("cn-north-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.cn-north-1.amazonaws.com.cn"),
    ("cn-new-1", "dynamodb", 0, 0, "preferred", "1", None, 0, "dynamodb.cn-new-1.amazonaws.com.cn"),
    ("us-gov-west-1", "dynamodb", 1, 0, None, None, None, 0, "dynamodb.us-gov-west-1.amazonaws.com"),
    ("us-gov-west-1", "dynamodb", 1, 1, None, None, None, 0, "dynamodb-fips.us-gov-west-1.api.aws"),
    ("us-iso-east-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.us-iso-east-1.c2s.ic.gov"),
    ("us-isob-east-1", "dynamodb", 0, 1, None, None, None, 0, "dynamodb.us-isob-east-1.api.aws.scloud"),
    ("eu-isoe-west-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.eu-isoe-west-1.cloud.adc-e.uk"),
    ("us-isof-south-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.us-isof-south-1.csp.hci.ic.gov"),
    ("eusc-de-east-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.eusc-de-east-1.amazonaws.eu"),
    ("xx-new-1", "dynamodb", 0, 0, None, None, None, 0, "dynamodb.xx-new-1.amazonaws.com"),
    ("us-east-1", "dynamodbstreams", 0, 0, None, None, None, 0, "streams.dynamodb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodbstreams", 1, 0, None, None, None, 0, "streams.dynamodb-fips.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodbstreams", 0, 1, None, None, None, 0, "streams-dynamodb.us-east-1.api.aws"),
    ("us-east-1", "dynamodbstreams", 1, 1, None, None, None, 0, "streams-dynamodb-fips.us-east-1.api.aws"),
    ("us-east-1", "dynamodbstreams", 0, 0, "preferred", "1", None, 0, "1.streams-ddb.us-east-1.amazonaws.com"),
    ("us-east-1", "dynamodbstreams", 1, 0, "preferred", "1", None, 0, "1.streams-ddb-fips.us-east-1.amazonaws.com"),
    ("me-south-1", "dynamodbstreams", 0, 0, "preferred", "1", None, 0, "streams.dynamodb.me-south-1.amazonaws.com"),
    ("us-gov-west-1", "dynamodbstreams", 1, 0, None, None, None, 0, "streams.dynamodb.us-gov-west-1.amazonaws.com"),
]


@pytest.mark.parametrize(
    ("region", "service", "fips", "dualstack", "mode", "account", "arn", "search", "host"),
    TABLE,
    ids=[row[-1] for row in TABLE],
)
def test_rule(*, region, service, fips, dualstack, mode, account, arn, search, host) -> None:
    """Each rule by one example."""
    options = EndpointOptions(fips=bool(fips), dualstack=bool(dualstack), account_id_mode=mode)

    found = resolve_endpoint(
        region, options, service=service, account_id=account, arns=[arn] if arn else [], search=bool(search)
    )

    assert f"https://{host}" == found.url
    assert (host, 443, "/") == (found.host, found.port, found.path)
    assert (region, "dynamodb", host) == (found.signing_region, found.signing_name, found.host_header)


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-east-1", "us-iso-east-1", "eu-south-2"])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dualstack", [False, True])
def test_streams_resolve_as_the_sdk_does(*, region: str, fips: bool, dualstack: bool) -> None:
    """For streams there is no published file; the installed SDK's own rule set is the judge."""
    from botocore.endpoint_provider import EndpointProvider
    from botocore.loaders import Loader

    loader = Loader()
    judge = EndpointProvider(
        loader.load_service_model("dynamodbstreams", "endpoint-rule-set-1"), loader.load_data("partitions")
    )
    options = EndpointOptions(fips=fips, dualstack=dualstack, account_id_mode=None)

    ours = resolve_endpoint(region, options, service="dynamodbstreams").url
    if region == "us-iso-east-1" and dualstack:  # this rule is newer than some SDKs that we run on
        ours = ours.replace("streams-dynamodb", "streams.dynamodb")
    theirs = judge.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack).url
    if region == "us-iso-east-1" and dualstack:
        theirs = theirs.replace("streams-dynamodb", "streams.dynamodb")

    assert theirs == ours


def test_local_region_is_dynamodb_local() -> None:
    """``local`` means DynamoDB Local at its usual port, signed for us-east-1."""
    found = resolve_endpoint("local", EndpointOptions())

    assert ("http://localhost:8000", "us-east-1") == (found.url, found.signing_region)


@pytest.mark.parametrize(
    ("url", "host", "port", "header", "path"),
    [
        ("http://localhost:8000", "localhost", 8000, "localhost:8000", "/"),
        ("http://127.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"),
        ("https://[::1]:8443/x", "::1", 8443, "[::1]:8443", "/x"),
        ("https://example.com:443", "example.com", 443, "example.com", "/"),
    ],
)
def test_url_is_taken_apart(url: str, host: str, port: int, header: str, path: str) -> None:
    """Host, port, Host header and path of a custom endpoint."""
    found = parse_endpoint(url, "us-east-1")

    assert (host, port, header, path) == (found.host, found.port, found.host_header, found.path)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://x",
        "http://",
        "http://u:p@host",
        "http://h?x=1",
        "http://h#f",
        "http://h:x",
        "http://localhost:0",
        "http://localhost:00",
        "http://localhost:65536",
        "http://a b",
    ],
)
def test_malformed_url_is_refused(url: str) -> None:
    """What is no plain http(s) URL is a configuration error, and a password in it is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        parse_endpoint(url, "us-east-1")
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("region", ["", "eu west", "a.b", "evil.com/", "x" * 64, "-x"])
def test_region_cannot_leave_its_label(region: str) -> None:
    """A region is one DNS label, so it can point at no other domain."""
    with pytest.raises(ConfigurationError):
        resolve_endpoint(region, EndpointOptions())


def test_environment_and_profile_in_aws_order() -> None:
    """Given, then the service's variable, then the common one, then the profile's service, then the profile."""
    profile = {"endpoint_url": "http://p", "services": {"dynamodb": {"endpoint_url": "http://ps"}}}
    both = {"AWS_ENDPOINT_URL_DYNAMODB": "http://es", "AWS_ENDPOINT_URL": "http://e"}

    assert endpoint_options(both, profile, endpoint_url="http://given").endpoint_url == "http://given"
    assert endpoint_options(both, profile).endpoint_url == "http://es"
    assert endpoint_options(both, profile).streams_endpoint_url == "http://e"
    assert endpoint_options({"AWS_ENDPOINT_URL": "http://e"}, profile).endpoint_url == "http://e"
    assert endpoint_options({}, profile).endpoint_url == "http://ps"
    assert endpoint_options({}, profile).streams_endpoint_url == "http://p"
    assert endpoint_options({}, {}).endpoint_url is None


def test_configured_urls_can_be_ignored() -> None:
    """AWS_IGNORE_CONFIGURED_ENDPOINT_URLS leaves only the URL given in code."""
    environ = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://e"}

    assert endpoint_options(environ).endpoint_url is None
    assert endpoint_options(environ, endpoint_url="http://given").endpoint_url == "http://given"


def test_flags_and_mode_from_the_environment() -> None:
    """FIPS, dual-stack and the account mode have variables of their own; what is given wins."""
    environ = {
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "TRUE",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }

    found = endpoint_options(environ)
    given = endpoint_options(environ, fips=False, dualstack=False, account_id_mode="required")

    assert (True, True, "disabled") == (found.fips, found.dualstack, found.account_id_mode)
    assert (False, False, "required") == (given.fips, given.dualstack, given.account_id_mode)
    assert endpoint_options({}).account_id_mode == "preferred"


@pytest.mark.parametrize("environ", [{"AWS_USE_FIPS_ENDPOINT": "yes"}, {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "sometimes"}])
def test_unknown_flag_or_mode_is_refused(environ: dict[str, str]) -> None:
    """A misspelt setting is an error, never a silent default."""
    with pytest.raises(ConfigurationError):
        endpoint_options(environ)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("db.localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("localhost.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback_is_told_by_name_or_address(*, host: str, expected: bool) -> None:
    """Only this machine counts as loopback, whatever a name looks like."""
    assert expected is is_loopback(host)
