"""Where the bearer token comes from, and which hosts it may go to.

A pull request can change the project file, so the project file decides neither. The host in `api.url` must be
named by the user: in VOLVEN_API_URL or in the user's own configuration.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from volvenctl.errors import ConfigError, CredentialsError
from volvenctl.model.names import Json
from volvenctl.model.project import ApiSettings
from volvenctl.wire.api_url import ApiUrl, host_name, read_api_url
from volvenctl.wire.foreign_text import quoted
from volvenctl.wire.yaml_reader import read_yaml

_TOKEN = re.compile(r"[!-~]{1,8192}", re.ASCII)
_URL_VARIABLE = "VOLVEN_API_URL"
_FILE_VARIABLE = "VOLVEN_TOKEN_FILE"


def config_path(environ: Mapping[str, str]) -> Path:
    """Return where the user's configuration is, whether it exists or not."""
    base = environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if base.startswith("/") else Path(environ.get("HOME") or "~").expanduser() / ".config"
    return folder / "volvenctl" / "config.yaml"


def find_token(api: ApiSettings, environ: Mapping[str, str], config_file: Path) -> str:
    """Return the bearer token for `api.url`: of the variable `api.token_variable`, else of VOLVEN_TOKEN_FILE.

    Hosts are compared by name, without the port: whoever runs the host runs its ports. `hosts` of the
    configuration file is a mapping from host names to settings.

    Raises:
        CredentialsError: there is no usable token, or it may not be sent to that host.
        ConfigError: the URL or the configuration file is malformed.
    """
    host_permission(api, environ, config_file)
    return _usable_token(api, environ)[1]


def host_permission(api: ApiSettings, environ: Mapping[str, str], config_file: Path) -> str:
    """Return why a token may be sent to the host of `api.url`, in words.

    Raises:
        CredentialsError: it may not.
        ConfigError: the URL or the configuration file is malformed.
    """
    url = read_api_url(api.url)
    return "it is this machine" if url.is_loopback else _permission(url, environ, config_file)


def token_source(api: ApiSettings, environ: Mapping[str, str]) -> str:
    """Return where the token comes from, in words, and nothing of the token.

    Raises:
        CredentialsError: there is no usable one.
    """
    return _usable_token(api, environ)[0]


def _usable_token(api: ApiSettings, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return where the token comes from, in words, and the token."""
    source, text = _first_source(api, environ)
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        raise CredentialsError(
            f"the token in {source} cannot be used: it is not 1 to 8192 printable ASCII characters without spaces",
            hint="store the bare token, without `Bearer`, quotes or line breaks",
        )
    return source, token


def _permission(url: ApiUrl, environ: Mapping[str, str], config_file: Path) -> str:
    if url.scheme != "https":
        raise CredentialsError(
            f"a token is never sent over plain http to {url.host}", hint="write an https:// URL in api.url"
        )
    named = environ.get(_URL_VARIABLE, "").strip()
    if named and read_api_url(named).host == url.host:
        return f"{_URL_VARIABLE} names it"
    if url.host not in _configured_hosts(config_file):
        raise CredentialsError(
            f"the token may not be sent to {url.host}: the project file asks for it, but you have not allowed it",
            hint=f"if you trust that host, set {_URL_VARIABLE}=https://{url.host} or write `{url.host}: {{}}` "
            f"under `hosts:` in {config_file}",
        )
    return f"{config_file} names it"


def _configured_hosts(config_file: Path) -> frozenset[str]:
    value = _configuration(config_file)
    hosts = value.get("hosts", {}) if isinstance(value, Mapping) else None
    if not isinstance(hosts, Mapping | None) or not isinstance(value, Mapping):
        raise ConfigError(f"{config_file}: `hosts` is no mapping", hint="write `hosts:` and `HOST: {}` below it")
    return frozenset(map(host_name, hosts or {}))


def _configuration(config_file: Path) -> Json:
    """Return the value of the user's configuration, an empty mapping if there is none."""
    try:
        content = config_file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{config_file} cannot be read: {error.strerror}") from error
    documents, faults = read_yaml(content)
    if faults or len(documents) > 1:
        raise ConfigError(f"{config_file} is no single YAML document", hint="correct the file, or remove it")
    value = documents[0].value if documents else None
    return {} if value is None else value


def _first_source(api: ApiSettings, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return where the token comes from, in words, and its text."""
    if environ.get(api.token_variable, "").strip():
        return f"the variable {api.token_variable}", environ[api.token_variable]
    file = environ.get(_FILE_VARIABLE, "")
    if not file:
        raise CredentialsError(
            f"there is no token: neither {api.token_variable} nor {_FILE_VARIABLE} is set",
            hint=f"set {api.token_variable}, or {_FILE_VARIABLE} to the path of a file that holds the token",
        )
    source = f"the file {quoted(file, 300)} of {_FILE_VARIABLE}"
    try:
        return source, Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{source} cannot be read ({type(error).__name__})") from None
