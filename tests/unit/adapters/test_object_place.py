"""State URLs of object stores, and how the environment leads to them."""

import pytest

from volvenctl.adapters.object_place import read_object_place
from volvenctl.errors import ConfigError, CredentialsError, Exit

KEYS = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s3cr3t-canary"}


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".aws").mkdir()
    return tmp_path


def place_of(url="s3://desk-ledgers/prod", **variables):
    return read_object_place(url, {"HOME": "/nowhere", **variables})


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("s3://desk-ledgers/prod", ("s3", "desk-ledgers", "prod")),
        ("s3://desk.ledgers", ("s3", "desk.ledgers", "")),
        ("s3://desk-ledgers/", ("s3", "desk-ledgers", "")),
        ("gs://desk_ledgers/a/b-c/d_e=1/", ("gs", "desk_ledgers", "a/b-c/d_e=1")),
        ("az://container/prod", ("az", "container", "prod")),
    ],
)
def test_a_url_names_a_folder_in_a_bucket(url, parts):
    place = place_of(url, **KEYS)
    assert (place.kind, place.bucket, place.prefix) == parts
    assert place.url == f"{parts[0]}://{'/'.join(filter(None, parts[1:]))}"


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///prod",
        "s3://b",
        "s3://key:s3cr3t-canary@bucket/prod",
        "s3://bucket/../other",
        "s3://bucket/a//b",
        "s3://bucket/.hidden",
        "s3://bucket/prod?endpoint=http://evil",
        "s3://bucket/prod#x",
        "s3://bucket/prod\n",
        "s3a://bucket/prod",
        "S3://bucket/prod",
        "az://container/ä",
    ],
)
def test_a_url_that_is_none_is_refused_and_not_quoted(url):
    with pytest.raises(ConfigError) as caught:
        place_of(url)
    assert "s3cr3t" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://127.0.0.1"])
def test_plain_http_is_spoken_to_loopback(url):
    assert place_of(AWS_ENDPOINT_URL=url, **KEYS).allows_http
    assert place_of("az://box", AZURE_STORAGE_ENDPOINT=f"{url}/account").allows_http


@pytest.mark.parametrize("url", ["http://10.0.0.7:9000", "http://127.0.0.1.example", "https://s3.example", ""])
def test_plain_http_is_spoken_elsewhere_only_where_the_environment_says_so(url):
    assert not place_of(AWS_ENDPOINT_URL=url, **KEYS).allows_http
    assert place_of(AWS_ENDPOINT_URL=url, AWS_ALLOW_HTTP="true", **KEYS).allows_http
    assert not place_of("gs://box").allows_http


def test_the_end_point_of_s3_goes_before_the_general_one():
    place = place_of(AWS_ENDPOINT_URL_S3="https://s3.example", AWS_ENDPOINT_URL="http://127.0.0.1:9", **KEYS)
    assert place.settings["endpoint"] == "https://s3.example"
    assert not place.allows_http


def test_the_keys_of_a_profile_are_used_where_the_environment_has_none(home):
    (home / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = d\naws_secret_access_key = dd\n"
        "[desk]\naws_access_key_id = k\naws_secret_access_key = s3cr3t%canary\naws_session_token = t\n"
    )
    (home / ".aws" / "config").write_text(
        "[default]\nregion = eu-west-1\n"
        "[profile desk]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:9\ns3 =\n  max_attempts = 1\n"
    )
    default, desk = (place_of(HOME=str(home), **extra).settings for extra in ({}, {"AWS_PROFILE": "desk"}))
    assert (default["access_key_id"], default["region"]) == ("d", "eu-west-1")
    assert desk["secret_access_key"] == "s3cr3t%canary"
    assert (desk["session_token"], desk["region"], desk["endpoint"]) == ("t", "eu-central-1", "http://127.0.0.1:9")
    given = place_of(HOME=str(home), AWS_PROFILE="desk", AWS_REGION="x", AWS_ENDPOINT_URL="https://y").settings
    assert "region" not in given
    assert "endpoint" not in given


def test_the_files_of_the_aws_tools_may_be_elsewhere(tmp_path):
    keys, config = tmp_path / "keys", tmp_path / "config"
    keys.write_text("[default]\naws_access_key_id = k\naws_secret_access_key = s\n")
    config.write_text("[default]\nregion = eu-west-1\n")
    place = place_of(AWS_SHARED_CREDENTIALS_FILE=str(keys), AWS_CONFIG_FILE=str(config))
    assert (place.settings["access_key_id"], place.settings["region"]) == ("k", "eu-west-1")


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SKIP_SIGNATURE"])
def test_other_sources_of_credentials_go_before_a_profile(home, name):
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = k\naws_secret_access_key = s\n")
    assert "access_key_id" not in place_of(HOME=str(home), AWS_PROFILE="nobody", **{name: "x"}).settings


def test_a_profile_without_keys_says_how_to_export_them(home):
    (home / ".aws" / "config").write_text("[profile desk]\nsso_session = x\n")
    with pytest.raises(CredentialsError, match="'desk'") as caught:
        place_of(HOME=str(home), AWS_PROFILE="desk")
    assert caught.value.exit == Exit.CREDENTIALS
    assert "aws configure export-credentials --profile desk" in caught.value.hint


@pytest.mark.parametrize("content", [b"aws_access_key_id = s3cr3t-canary\n", b"[default\n", b"[a]\nx=1\nx=2\n"])
def test_a_file_of_the_aws_tools_that_cannot_be_read_is_named_and_not_quoted(home, content):
    (home / ".aws" / "credentials").write_bytes(content)
    with pytest.raises(CredentialsError, match="credentials") as caught:
        place_of(HOME=str(home))
    assert "s3cr3t" not in caught.value.message + caught.value.hint


def test_a_file_of_the_aws_tools_that_is_no_text_holds_nothing(home):
    (home / ".aws" / "credentials").write_bytes(b"\xff")
    assert "access_key_id" not in place_of(HOME=str(home)).settings


def test_a_connection_string_of_azure_is_taken_apart():
    text = "DefaultEndpointsProtocol=http;AccountName=desk;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:9/desk/;"
    place = place_of("az://box", AZURE_STORAGE_CONNECTION_STRING=text)
    assert dict(place.settings) == {
        "account_name": "desk",
        "account_key": "a2V5==",
        "endpoint": "http://127.0.0.1:9/desk",
    }
    assert place.allows_http


def test_secrets_are_not_in_the_representation(home):
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id=k\naws_secret_access_key=s3cr3t-canary\n")
    assert "s3cr3t" not in repr(place_of(HOME=str(home)))
