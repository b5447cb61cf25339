"""The URL of the platform's API, read once and strictly, so that every reader sees the same host."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from volvenctl.errors import ConfigError
from volvenctl.wire.foreign_text import quoted

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?",
    re.ASCII,
)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class ApiUrl:
    """Where the API is. No user, query or fragment: such URLs are refused."""

    scheme: str
    host: str
    """Lower case, without brackets and without a dot at the end."""
    text: str
    """The whole URL, without a slash at the end."""

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent there cannot leave this machine: localhost, 127.0.0.0/8, ::1."""
        if self.host == "localhost":
            return True
        try:
            address = ip_address(self.host)
        except ValueError:
            return False
        return any(address in network for network in _LOOPBACK)


def read_api_url(url: str) -> ApiUrl:
    """Return the parts of an http(s) URL in its plainest form.

    Raises:
        ConfigError: anything that two readers could understand differently.
    """
    match = _URL.fullmatch(url)
    if match is None or not match["host"].strip("."):
        raise ConfigError(
            f"{quoted(url)} is no usable API URL",
            hint="write https://HOST, https://HOST:PORT or https://HOST/PATH in ASCII, without user, query or fragment",
        )
    if match["port"] and not 0 < int(match["port"]) < 1 << 16:
        raise ConfigError(f"the port in {quoted(url)} is not from 1 to 65535")
    return ApiUrl(match["scheme"], host_name(match["host"]), url.rstrip("/"))


def host_name(text: str) -> str:
    """Return a host's name as it is compared: lower case, no brackets, no dot at the end."""
    return text.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")
