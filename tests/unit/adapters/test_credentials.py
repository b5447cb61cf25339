"""A token is found where the user put it, and goes only where the user lets it."""

from pathlib import Path

import pytest
from builders_platform import settings

from volvenctl.adapters.credentials import config_path, find_token, host_permission, token_source
from volvenctl.errors import ConfigError, CredentialsError, Exit

TOKEN = "CANARY.jwt-token_1"
LOCAL = "http://127.0.0.1:8080"
REMOTE = "https://volven.example"


@pytest.fixture
def config(tmp_path):
    return tmp_path / "config.yaml"


def test_the_variable_comes_first_and_is_stripped(config, tmp_path):
    (tmp_path / "token").write_text("other")
    environ = {"VOLVEN_TOKEN": f"  {TOKEN}\n", "VOLVEN_TOKEN_FILE": str(tmp_path / "token")}
    assert find_token(settings(LOCAL), environ, config) == TOKEN


def test_the_variable_is_the_one_of_the_environment(config):
    environ = {"VOLVEN_TOKEN": "other", "VOLVEN_DESK": TOKEN}
    assert find_token(settings(LOCAL, token_variable="VOLVEN_DESK"), environ, config) == TOKEN


@pytest.mark.parametrize("variable", [{}, {"VOLVEN_TOKEN": " "}])
def test_the_file_comes_second_and_is_stripped(config, tmp_path, variable):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert find_token(settings(LOCAL), {**variable, "VOLVEN_TOKEN_FILE": str(tmp_path / "token")}, config) == TOKEN


def test_no_token_says_where_one_can_be_put(config):
    with pytest.raises(CredentialsError, match="VOLVEN_TOKEN nor VOLVEN_TOKEN_FILE") as caught:
        find_token(settings(LOCAL), {}, config)
    assert caught.value.exit == Exit.CREDENTIALS


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, lambda path: path.write_bytes(b"CANARY\xff")])
def test_a_token_file_that_cannot_be_read_is_named(config, tmp_path, make):
    make(tmp_path / "token")
    with pytest.raises(CredentialsError, match="/token") as caught:
        find_token(settings(LOCAL), {"VOLVEN_TOKEN_FILE": str(tmp_path / "token")}, config)
    assert "CANARY" not in caught.value.message


@pytest.mark.parametrize("bad", ["CANARY x", "CANARY\nx", "CANARY\x00", "CANARYé", "CANARY\x7f", "C" * 8193])
def test_an_unusable_token_is_named_by_its_source_and_never_shown(config, bad):
    with pytest.raises(CredentialsError, match="the variable VOLVEN_TOKEN") as caught:
        find_token(settings(LOCAL), {"VOLVEN_TOKEN": bad}, config)
    assert "CANARY" not in repr(caught.value) + caught.value.hint
    assert "CCC" not in caught.value.message


def test_an_empty_token_file_holds_no_usable_token(config, tmp_path):
    (tmp_path / "token").touch()
    with pytest.raises(CredentialsError, match="the file"):
        find_token(settings(LOCAL), {"VOLVEN_TOKEN_FILE": str(tmp_path / "token")}, config)


@pytest.mark.parametrize("url", [REMOTE, "https://evil.example:443", "https://localhost.evil.example"])
def test_the_project_file_cannot_decide_where_the_token_goes(config, url):
    with pytest.raises(CredentialsError, match="may not be sent to") as caught:
        find_token(settings(url), {"VOLVEN_TOKEN": TOKEN}, config)
    assert "VOLVEN_API_URL=https://" in caught.value.hint
    assert str(config) in caught.value.hint


@pytest.mark.parametrize("named", [REMOTE, "https://VOLVEN.example:8443/x", f" {REMOTE}/ "])
def test_a_host_named_by_the_users_variable_may_have_it(config, named):
    assert find_token(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN, "VOLVEN_API_URL": named}, config) == TOKEN


def test_another_host_than_the_named_one_may_not(config):
    environ = {"VOLVEN_TOKEN": TOKEN, "VOLVEN_API_URL": "https://other.example"}
    with pytest.raises(CredentialsError):
        find_token(settings(REMOTE), environ, config)


@pytest.mark.parametrize(
    "content",
    ["hosts:\n  volven.example: {}\n", "hosts: {Volven.Example: {later: 1}, b: {}}", "hosts: {volven.example: }"],
)
def test_a_host_of_the_users_configuration_may_have_it(config, content):
    config.write_text(content)
    assert find_token(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN}, config) == TOKEN


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "hosts: {}\n", "hosts:\n", "hosts: {volven.example.evil: {}}", "other: 1"]
)
def test_a_configuration_without_that_host_allows_nothing(config, content):
    config.write_text(content)
    with pytest.raises(CredentialsError):
        find_token(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN}, config)


@pytest.mark.parametrize(
    "content", ["hosts: [volven.example]", "- x", "text", "hosts: {a: 1, a: 2}", "{", "a: 1\n---\nb: 2\n"]
)
def test_a_malformed_configuration_is_an_error_that_names_it(config, content):
    config.write_text(content)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        find_token(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN}, config)


def test_a_configuration_that_cannot_be_read_is_an_error(config):
    config.mkdir()
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        find_token(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN}, config)


def test_a_token_never_goes_over_plain_http_to_another_machine(config):
    environ = {"VOLVEN_TOKEN": TOKEN, "VOLVEN_API_URL": "http://volven.example"}
    with pytest.raises(CredentialsError, match="plain http"):
        find_token(settings("http://volven.example"), environ, config)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.3.2.1", "http://[::1]:5", "https://localhost"])
def test_loopback_may_always_have_it(config, url):
    assert find_token(settings(url), {"VOLVEN_TOKEN": TOKEN}, config) == TOKEN


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/volvenctl/config.yaml"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/volvenctl/config.yaml"),
        ({"HOME": "/h"}, "/h/.config/volvenctl/config.yaml"),
    ],
)
def test_the_users_configuration_is_where_users_expect_it(environ, expected):
    assert str(config_path(environ)) == expected


def test_who_allowed_the_host_and_where_the_token_is_can_be_asked_without_the_token(config, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    environ = {"VOLVEN_TOKEN_FILE": str(tmp_path / "token"), "VOLVEN_API_URL": REMOTE}
    assert host_permission(settings(LOCAL), {}, config) == "it is this machine"
    assert host_permission(settings(REMOTE), environ, config) == "VOLVEN_API_URL names it"
    config.write_text("hosts:\n  volven.example: {}\n")
    assert host_permission(settings(REMOTE), {}, config) == f"{config} names it"
    assert token_source(settings(REMOTE), environ) == f'the file "{tmp_path / "token"}" of VOLVEN_TOKEN_FILE'
    assert token_source(settings(REMOTE), {"VOLVEN_TOKEN": TOKEN}) == "the variable VOLVEN_TOKEN"
