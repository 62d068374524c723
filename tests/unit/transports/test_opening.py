"""From settings to a transport: region, endpoint, credentials, and the choice between the two."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import aioboto3
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.transports import BotoTransport, Credentials, DirectTransport, Settings, open_transport
from dynamorm_async.transports import sdk as sdk_module
from dynamorm_async.transports.credentials import EnvironmentCredentials, FixedCredentials, SharedCredentials

pytestmark = pytest.mark.asyncio

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An environment that configures nothing, for us and for the SDK."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    environ = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys")}
    environ["AWS_EC2_METADATA_DISABLED"] = "true"
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return environ


@pytest.fixture
def no_sdk(monkeypatch):
    """Any use of the SDK fails."""

    def refuse(_profile):
        raise AssertionError("the SDK was used")

    monkeypatch.setattr(sdk_module, "_make_session", refuse)


def url_of(transport: DirectTransport) -> str:
    """Where a transport's requests for dynamodb go."""
    route = transport._make_route("dynamodb", "dynamodb", "", search=False)
    return route.pool._endpoint.url


async def test_standard_endpoint_from_the_environment(bare, no_sdk) -> None:
    """Region and keys in the environment, as in Lambda: no SDK is needed for anything."""
    transport = await open_transport(Settings(), environ=bare | KEYS | {"AWS_REGION": "eu-west-1"})

    assert isinstance(transport, DirectTransport)
    assert isinstance(transport._source, EnvironmentCredentials)
    assert url_of(transport) == "https://dynamodb.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:1", "http://[::1]:8000", "https://localhost"]
)
async def test_endpoint_on_this_machine_needs_nothing_else(bare, no_sdk, url) -> None:
    """Only ``endpoint_url=``: dummy credentials, a default region, and no search in AWS's chain."""
    transport = await open_transport(Settings(endpoint_url=url), environ=bare)

    assert isinstance(transport, DirectTransport)
    assert transport._region == "us-east-1"
    assert await transport._source.current() == Credentials("local", "local")


async def test_given_keys_win_over_dummies(bare, no_sdk) -> None:
    """An emulator may keep data apart by access key, so keys that are set are used."""
    local = Settings(endpoint_url="http://localhost:8000")
    from_environment = await open_transport(local, environ=bare | KEYS | {"AWS_REGION": "eu-west-1"})
    given = await open_transport(
        Settings(endpoint_url="http://localhost:8000", credentials=Credentials("MINE", "s"), region="sa-east-1"),
        environ=bare | KEYS,
    )

    assert (await from_environment._source.current()).access_key == "AKID"
    assert from_environment._region == "eu-west-1"
    assert (await given._source.current()).access_key == "MINE"
    assert given._region == "sa-east-1"


async def test_local_region(bare, no_sdk) -> None:
    """``region="local"`` is DynamoDB Local, with dummies."""
    transport = await open_transport(Settings(region="local"), environ=bare)

    assert url_of(transport) == "http://localhost:8000"
    assert isinstance(transport._source, FixedCredentials)


@pytest.mark.parametrize("url", ["http://db.example.com:8000", "http://10.0.0.1", "http://localhost.evil.test"])
async def test_fault_60_open_connection_to_another_machine(bare, no_sdk, url) -> None:
    """``http://`` off this machine is refused unless it is asked for by name; from the environment, too."""
    with pytest.raises(ConfigurationError, match="in the clear"):
        await open_transport(Settings(region="us-east-1", endpoint_url=url), environ=bare | KEYS)
    with pytest.raises(ConfigurationError, match="in the clear"):
        await open_transport(Settings(region="us-east-1"), environ=bare | KEYS | {"AWS_ENDPOINT_URL": url})

    allowed = Settings(region="us-east-1", endpoint_url=url, allow_insecure=True)
    assert url_of(await open_transport(allowed, environ=bare | KEYS)) == url


async def test_configured_endpoint(bare, no_sdk) -> None:
    """AWS's variables for endpoints are honoured."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": "https://db.example.com"}

    assert url_of(await open_transport(Settings(), environ=environ)) == "https://db.example.com"
    environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
    assert url_of(await open_transport(Settings(), environ=environ)) == "https://dynamodb.us-east-1.amazonaws.com"


async def test_no_region(bare) -> None:
    """Without a region anywhere: an error that says where to set one."""
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        await open_transport(Settings(), environ=bare | KEYS)


async def test_no_credentials(bare) -> None:
    """Without credentials anywhere: an error at the first request that says where to set them."""
    transport = await open_transport(Settings(region="us-east-1"), environ=bare)

    assert isinstance(transport._source, SharedCredentials)
    with pytest.raises(ConfigurationError, match="no AWS credentials"):
        await transport._source.current()


async def test_profile_gives_region_keys_and_endpoint(bare, tmp_path) -> None:
    """What a profile says is read through the SDK, its ``services`` section included."""
    (tmp_path / "config").write_text(
        "[profile dev]\nregion = ap-south-1\nservices = mine\naws_access_key_id = FROMPROFILE\n"
        "aws_secret_access_key = s\n[services mine]\ndynamodb =\n  endpoint_url = https://db.example.com\n"
    )

    transport = await open_transport(Settings(profile="dev"), environ=bare | KEYS)

    assert transport._region == "ap-south-1"
    assert url_of(transport) == "https://db.example.com"
    assert (await transport._source.current()).access_key == "FROMPROFILE"


async def test_default_profile_that_sets_no_endpoint_needs_no_sdk(bare, tmp_path, no_sdk) -> None:
    """A shared configuration without endpoint settings is read, and is no reason to import the SDK."""
    (tmp_path / "config").write_text("[default]\noutput = json\n")

    transport = await open_transport(Settings(), environ=bare | KEYS | {"AWS_REGION": "us-east-1"})

    assert url_of(transport) == "https://dynamodb.us-east-1.amazonaws.com"


async def test_default_profile_that_sets_an_endpoint(bare, tmp_path) -> None:
    """An endpoint in the default profile is found without anybody asking for a profile."""
    (tmp_path / "config").write_text("[default]\nendpoint_url = https://db.example.com\n")

    transport = await open_transport(Settings(), environ=bare | KEYS | {"AWS_REGION": "us-east-1"})

    assert url_of(transport) == "https://db.example.com"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "profile.pem"),
        ({"REQUESTS_CA_BUNDLE": "requests.pem"}, "profile.pem"),
        ({"AWS_CA_BUNDLE": "aws.pem", "REQUESTS_CA_BUNDLE": "requests.pem"}, "aws.pem"),
    ],
    ids=str,
)
@pytest.mark.parametrize("url", [None, "https://db.example.com"])
async def test_trust_store_of_the_profile(*, bare, tmp_path, monkeypatch, variables, expected, url) -> None:
    """It counts after ``AWS_CA_BUNDLE``, as with the SDK; for an endpoint that is given, too."""
    (tmp_path / "config").write_text("[default]\nca_bundle = profile.pem\n")
    environ = bare | KEYS | {"AWS_REGION": "us-east-1"} | variables
    settings = Settings(endpoint_url=url)

    transport = await open_transport(settings, environ=environ)

    assert transport._make_route("dynamodb", "dynamodb", "", search=False).pool._ca_bundle == expected
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert AioSession().get_config_variable("ca_bundle") == expected


@pytest.mark.parametrize(("name", "expected"), [("requests.pem", "requests.pem"), ("", None)])
async def test_trust_store_of_no_profile(bare, no_sdk, name, expected) -> None:
    """``REQUESTS_CA_BUNDLE`` comes last, as with the SDK; a name that is empty is none and does not end the search."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "AWS_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": name}

    assert (await open_transport(Settings(), environ=environ))._ca_bundle == expected


@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        (Settings(endpoint_url="http://localhost:8000"), {}),
        (Settings(region="us-east-1"), {"AWS_CA_BUNDLE": "aws.pem"}),
    ],
    ids=["without TLS", "named nearer"],
)
async def test_trust_store_of_a_profile_that_cannot_matter(bare, tmp_path, no_sdk, settings, variables) -> None:
    """It is no reason to import the SDK where no certificate is looked at, or another trust store is set."""
    (tmp_path / "config").write_text("[default]\nca_bundle = profile.pem\n")

    assert await open_transport(settings, environ=bare | KEYS | variables)


async def test_profile_beside_a_given_endpoint(bare, tmp_path) -> None:
    """Of the profile only the trust store counts then: FIPS endpoints are AWS's own, and this is another."""
    (tmp_path / "config").write_text("[default]\nuse_fips_endpoint = true\nca_bundle = profile.pem\n")

    transport = await open_transport(Settings(endpoint_url="https://localhost"), environ=bare | KEYS)

    assert url_of(transport) == "https://localhost"


async def test_missing_profile(bare) -> None:
    """A profile that does not exist is named."""
    with pytest.raises(ConfigurationError, match="'nobody'"):
        await open_transport(Settings(profile="nobody"), environ=bare | KEYS)


async def test_configuration_that_is_none(bare, tmp_path) -> None:
    """A file that cannot be read as configuration is a mistake of the configuration."""
    (tmp_path / "config").write_text("no section\nendpoint_url = x\n")

    with pytest.raises(ConfigurationError, match="AWS configuration"):
        await open_transport(Settings(), environ=bare | KEYS)


async def test_session_gives_region_and_credentials(bare) -> None:
    """A session of the caller's is asked before the environment."""
    session = aioboto3.Session(region_name="eu-north-1", aws_access_key_id="THEIRS", aws_secret_access_key="s")

    transport = await open_transport(Settings(session=session), environ=bare | KEYS | {"AWS_REGION": "us-east-1"})

    assert transport._region == "eu-north-1"
    assert (await transport._source.current()).access_key == "THEIRS"


async def test_blocking_session_is_refused(bare) -> None:
    """A boto3 session would block the loop."""
    import boto3

    session = boto3.Session(region_name="eu-north-1", aws_access_key_id="THEIRS", aws_secret_access_key="s")
    transport = await open_transport(Settings(session=session), environ=bare)

    with pytest.raises(ConfigurationError, match="aioboto3"):
        await transport._source.current()


async def test_proxy_chooses_the_sdk_and_says_so(bare, caplog) -> None:
    """With a proxy in effect requests go through aiobotocore, and one log line says so."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "HTTPS_PROXY": "http://proxy:3128"}

    with caplog.at_level(logging.WARNING, "dynamorm_async"):
        transport = await open_transport(Settings(), environ=environ)

    assert isinstance(transport, BotoTransport)
    assert len(caplog.records) == 1
    assert "proxy" in caplog.text
    assert "proxy:3128" not in caplog.text  # it may hold a password
    await transport.aclose()


@pytest.mark.parametrize(
    ("proxies", "url", "expected"),
    [
        ({}, None, DirectTransport),
        ({"http_proxy": "http://p"}, None, DirectTransport),
        ({"https_proxy": "http://p", "no_proxy": ".amazonaws.com"}, None, DirectTransport),
        ({"https_proxy": "http://p", "NO_PROXY": "a.b, dynamodb.us-east-1.amazonaws.com"}, None, DirectTransport),
        ({"https_proxy": "http://p", "no_proxy": "*"}, None, DirectTransport),
        ({"https_proxy": "http://p", "no_proxy": "aws.com,zonaws.com"}, None, BotoTransport),
        ({"https_proxy": "http://p", "no_proxy": "a.b,*"}, None, BotoTransport),
        ({"https_proxy": "", "HTTPS_PROXY": "http://p"}, None, DirectTransport),
        ({"https_proxy": "http://p", "no_proxy": "", "NO_PROXY": "amazonaws.com"}, None, BotoTransport),
        ({"http_proxy": "http://p", "https_proxy": "http://p"}, "http://localhost:8000", DirectTransport),
    ],
)
async def test_proxy_in_effect(bare, proxies, url, expected) -> None:
    """A proxy counts for its scheme, unless the host is excluded or is this machine; so does Python see it, too."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1"} | proxies

    transport = await open_transport(Settings(endpoint_url=url), environ=environ)

    assert type(transport) is expected
    await transport.aclose()


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [
        ("dynamodb.us-east-1.amazonaws.com", BotoTransport),
        ("123456789012.ddb.us-east-1.amazonaws.com", DirectTransport),
        (".ddb.us-east-1.amazonaws.com", DirectTransport),
        ("amazonaws.com", DirectTransport),
    ],
)
@pytest.mark.parametrize("place", ["environment", "settings"])
async def test_proxy_for_the_host_of_an_account(bare, excluded, expected, place) -> None:
    """Where the account is known, requests go to its own host, so that is the one that ``NO_PROXY`` must name."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "https_proxy": "http://p", "no_proxy": excluded}
    credentials = None
    if place == "environment":
        environ["AWS_ACCOUNT_ID"] = "123456789012"
    else:
        credentials = Credentials("AKID", "secret", None, "123456789012")

    transport = await open_transport(Settings(credentials=credentials), environ=environ)

    assert type(transport) is expected
    await transport.aclose()


async def test_proxy_where_the_account_has_no_host(bare) -> None:
    """With account-based endpoints switched off it is the region's host, whatever account is known."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "AWS_ACCOUNT_ID": "123456789012", "https_proxy": "http://p"}
    environ |= {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", "no_proxy": "dynamodb.us-east-1.amazonaws.com"}

    assert type(await open_transport(Settings(), environ=environ)) is DirectTransport


@pytest.mark.parametrize(
    ("options", "words"),
    [({"proxies": {"https": "http://p"}}, "sets proxies:"), ({"signature_version": "own"}, "sets signature_version:")],
)
async def test_session_whose_clients_are_to_go_other_ways(bare, caplog, options, words) -> None:
    """Proxies and a signer of its own stand in its default configuration: its clients do what it says."""
    session = AioSession()
    session.set_default_client_config(AioConfig(**options))

    with caplog.at_level(logging.WARNING, "dynamorm_async"):
        transport = await open_transport(Settings(session=session, region="us-east-1"), environ=bare | KEYS)

    assert isinstance(transport, BotoTransport)
    assert words in caplog.text
    await transport.aclose()


async def test_session_without_ways_of_its_own(bare) -> None:
    """Other settings of its clients do not matter here."""
    session = AioSession()
    session.set_default_client_config(AioConfig(read_timeout=3))

    transport = await open_transport(Settings(session=session, region="us-east-1"), environ=bare | KEYS)

    assert isinstance(transport, DirectTransport)
    await transport.aclose()


async def test_kind_can_be_forced(bare) -> None:
    """``transport=`` overrules the choice; a client cannot be used directly, because its credentials are its own."""
    environ = bare | KEYS | {"AWS_REGION": "us-east-1", "https_proxy": "http://p"}

    assert type(await open_transport(Settings(transport="direct"), environ=environ)) is DirectTransport
    assert (
        type(await open_transport(Settings(transport="boto"), environ=bare | KEYS | {"AWS_REGION": "x"}))
        is BotoTransport
    )
    with pytest.raises(ConfigurationError, match="session="):
        await open_transport(Settings(client=SimpleNamespace(meta=None), transport="direct"), environ=bare)


async def test_source_of_ones_own(bare, no_sdk) -> None:
    """Any object with ``current`` and ``refresh`` can give credentials; the SDK's client cannot use one."""
    source = FixedCredentials(Credentials("OWN", "s"))
    environ = bare | {"AWS_REGION": "us-east-1"}

    assert (await open_transport(Settings(credentials=source), environ=environ))._source is source
    with pytest.raises(ConfigurationError, match="source of your own"):
        await open_transport(Settings(credentials=source, transport="boto"), environ=environ)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_connections": 0},
        {"max_connections": 1.5},
        {"max_connections": True},
        {"max_waiters": -1},
        {"read_timeout": 0},
        {"keepalive": -1.0},
        {"pool_timeout": float("nan")},
        {"transport": "carrier pigeon"},
        {"session": "default"},
        {"client": "dynamodb"},
        {"credentials": "AKID"},
        {"session": Credentials("AKID", "secret")},
    ],
    ids=str,
)
async def test_settings_are_checked_when_made(wrong) -> None:
    """A setting that cannot be is refused where it is written, by name."""
    (name,) = wrong

    with pytest.raises(ConfigurationError, match=name):
        Settings(**wrong)


async def test_settings_show_no_secrets() -> None:
    """A repr of the settings shows no part of credentials."""
    assert "canary" not in repr(Settings(credentials=Credentials("canary", "canary")))


async def test_the_sdk_is_imported_off_the_loop(bare, monkeypatch) -> None:
    """Its half second of imports happens in a worker thread."""
    import threading

    threads = []
    made = sdk_module._make_session
    monkeypatch.setattr(
        sdk_module, "_make_session", lambda profile: (threads.append(threading.current_thread()), made(profile))[1]
    )
    with pytest.raises(ConfigurationError):
        await open_transport(Settings(), environ=bare | KEYS)

    assert threads
    assert threading.main_thread() not in threads
