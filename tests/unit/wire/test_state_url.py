"""State URLs as text."""

import pytest

from volvenctl.errors import ConfigError
from volvenctl.wire.state_url import has_password, read_postgres_url


@pytest.mark.parametrize(
    ("url", "server", "ledger", "shown"),
    [
        ("postgresql://h/db", "postgresql://h/db", "prod", "postgresql://h/db?ledger=prod"),
        ("postgresql://", "postgresql://", "prod", "postgresql://?ledger=prod"),
        (
            "postgresql://ann@h:5433/db?ledger=desk/a",
            "postgresql://ann@h:5433/db",
            "desk/a",
            "postgresql://ann@h:5433/db?ledger=desk/a",
        ),
        (
            "postgresql://h1:1,[::1]:2/db?sslmode=verify-full&ledger=a&sslrootcert=/etc/ca.pem",
            "postgresql://h1:1,[::1]:2/db?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "a",
            "postgresql://h1:1,[::1]:2/db?ledger=a",
        ),
        ("postgresql:///?service=desk", "postgresql:///?service=desk", "prod", "postgresql:///?ledger=prod"),
        (
            "postgresql:///db?host=/run/postgresql&user=ann",
            "postgresql:///db?host=/run/postgresql&user=ann",
            "prod",
            "postgresql:///db?ledger=prod",
        ),
    ],
)
def test_the_ledger_is_taken_out_and_the_rest_is_left_to_libpq(url, server, ledger, shown):
    place = read_postgres_url(url, "prod")
    assert (place.server, place.ledger, place.shown) == (server, ledger, shown)


def test_the_options_that_a_url_sets_are_known():
    place = read_postgres_url("postgresql://h/db?sslmode=require&ledger=a&connect_timeout=3", "prod")
    assert place.options == {"sslmode", "connect_timeout"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:canary@h/db",
        "postgresql://:canary@h/db",
        "postgresql://ann:@h/db",
        "postgresql://h/db?password=canary",
        "postgresql://h/db?ledger=a&PASSWORD=canary",
        "postgresql://h/db?sslpassword=canary",
        "git:https://ann:canary@git.example/desk/state",
    ],
)
def test_a_password_is_seen_wherever_a_url_can_hold_one(url):
    assert has_password(url)
    with pytest.raises(ConfigError, match="holds a password") as refusal:
        read_postgres_url(url, "prod")
    assert "canary" not in refusal.value.message + refusal.value.hint


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann@h:5432/db", "postgresql://h1:1,h2:2/db", "git:git@github.com:desk/x", "s3://b/p", "/a:b@c", ""],
)
def test_ports_and_users_are_no_passwords(url):
    assert not has_password(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:canary/more@h/db",
        "postgresql://ann:canary#more@h/db",
        "postgresql://ann:12/34@h/db",
        "postgresql://h/db?canary",
        "postgresql://h/db?ledger=",
        "postgresql://h/db#canary",
        "postgresql://h/db with words",
        "postgresql://h/d/b",
        "postgresql://h/db\n",
        "postgresql://hé/db",
        "host=h password=canary",
    ],
)
def test_a_url_that_libpq_could_read_differently_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="no usable one") as refusal:
        read_postgres_url(url, "prod")
    assert "canary" not in refusal.value.message + refusal.value.hint


@pytest.mark.parametrize("option", ["passfile=/tmp/x", "options=-cfsync", "sslkey=/tmp/x", "require_auth=none"])
def test_an_option_that_could_weaken_or_redirect_a_secret_is_named_and_refused(option):
    with pytest.raises(ConfigError, match=f"may not set {option.partition('=')[0]}") as refusal:
        read_postgres_url(f"postgresql://h/db?sslmode=require&{option}", "prod")
    assert "PG* variables" in refusal.value.hint


@pytest.mark.parametrize("name", ["-a", ".a", "a%20b", "a~", "x" * 101])
def test_a_ledger_has_a_plain_name(name):
    with pytest.raises(ConfigError, match="name of a ledger"):
        read_postgres_url(f"postgresql://h/db?ledger={name}", "prod")
