import pytest

from volvenctl.errors import ConfigError
from volvenctl.wire.api_url import ApiUrl, read_api_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://volven.example", ApiUrl("https", "volven.example", "https://volven.example")),
        ("https://Volven.Example./", ApiUrl("https", "volven.example", "https://Volven.Example.")),
        ("http://127.0.0.1:8080/a/b_c", ApiUrl("http", "127.0.0.1", "http://127.0.0.1:8080/a/b_c")),
        ("http://[::1]:80", ApiUrl("http", "::1", "http://[::1]:80")),
    ],
)
def test_a_plain_url_is_read(url, expected):
    assert read_api_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "volven.example", "ftp://volven.example", "https://", "https://user@volven.example"),
        *(
            "https://u:p@volven.example",
            "https://a.example\\@b.example",
            "https://a.example?x=1",
            "https://a.example#x",
        ),
        *(
            "https://a b.example",
            "https://a.example/\n",
            "https://ä.example",
            "https://a.example/%2e",
            "HTTPS://a.example",
        ),
        *("https://a.example:0", "https://a.example:65536", "https://a.example:x", "https://...", "https://[::1"),
    ],
)
def test_a_url_that_readers_could_disagree_on_is_refused(url):
    with pytest.raises(ConfigError):
        read_api_url(url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("localhost", True), ("LOCALHOST", True), ("127.0.0.1", True), ("127.9.9.9", True), ("[::1]", True)),
        *(
            ("localhost.evil.example", False),
            ("127.0.0.1.evil.example", False),
            ("10.0.0.1", False),
        ),
        *(("127.1", False), ("2130706433", False), ("[::]", False), ("[fe80::1]", False)),
    ],
)
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(host, loopback):
    assert read_api_url(f"http://{host}").is_loopback is loopback
