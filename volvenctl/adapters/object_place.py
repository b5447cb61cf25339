"""Where a ledger in an object store is, and how one comes in: the state URL, the usual variables, AWS profiles."""

import re
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from volvenctl.errors import ConfigError, CredentialsError

Kind = Literal["s3", "gs", "az"]
_URL = re.compile(
    r"(?P<kind>s3|gs|az)://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,221})(?P<prefix>(?:/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*)/?"
)
_ALLOW_HTTP: Final = {"s3": "AWS_ALLOW_HTTP", "gs": "GOOGLE_ALLOW_HTTP", "az": "AZURE_ALLOW_HTTP"}
_ENDPOINTS: Final = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": (),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
_OTHER_AWS_SOURCES: Final = (
    *("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE"),
)
_AWS_KEYS: Final = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}
_AZURE_PARTS: Final = {"AccountName": "account_name", "AccountKey": "account_key", "SharedAccessSignature": "sas_key"}


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """A folder in a bucket or container."""

    kind: Kind
    bucket: str
    prefix: str
    """Without slashes at its ends; empty for the bucket itself."""
    settings: Mapping[str, str] = field(repr=False)
    """What goes beyond the variables that the library reads itself; it may hold secrets and is never shown."""
    allows_http: bool

    @property
    def url(self) -> str:
        """How messages name the place."""
        return f"{self.kind}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


def read_object_place(url: str, variables: Mapping[str, str]) -> ObjectPlace:
    """Return the place that a state URL names, with credentials and end point from the environment `variables`.

    Plain HTTP is spoken to loopback, and elsewhere only if AWS_ALLOW_HTTP (AZURE_..., GOOGLE_...) is `true`.

    Raises:
        ConfigError: it is no `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`. It is not quoted.
        CredentialsError: the AWS profile that is asked for holds no keys.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ConfigError(
            "a state URL that begins with s3://, gs:// or az:// is no usable one",
            hint="write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX; keys go into the environment",
        )
    kind = cast("Kind", match["kind"])
    settings = {"s3": _s3_settings, "gs": _gs_settings, "az": _azure_settings}[kind](variables)
    return ObjectPlace(
        kind, match["bucket"], match["prefix"].strip("/"), settings, _allows_http(kind, settings, variables)
    )


def _allows_http(kind: Kind, settings: Mapping[str, str], variables: Mapping[str, str]) -> bool:
    given = [variables[name] for name in _ENDPOINTS[kind] if variables.get(name)]
    endpoint = settings.get("endpoint", given[0] if given else "")
    is_loopback = urlsplit(endpoint).hostname in {"127.0.0.1", "::1", "localhost"}
    return is_loopback or variables.get(_ALLOW_HTTP[kind], "").lower() == "true"


def _gs_settings(_variables: Mapping[str, str]) -> dict[str, str]:
    return {}


def _azure_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of AZURE_STORAGE_CONNECTION_STRING, which the library does not read itself."""
    text = variables.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    settings = {name: parts[part] for part, name in _AZURE_PARTS.items() if part in parts}
    if "BlobEndpoint" in parts:
        settings["endpoint"] = parts["BlobEndpoint"].rstrip("/")
    return settings


def _s3_settings(variables: Mapping[str, str]) -> dict[str, str]:
    endpoint = variables.get("AWS_ENDPOINT_URL_S3")
    settings = {"disable_bulk_delete": "true"} | ({"endpoint": endpoint} if endpoint else {})
    if any(variables.get(name) for name in _OTHER_AWS_SOURCES):
        return settings
    settings |= _profile_settings(variables)
    wanted = variables.get("AWS_PROFILE")
    if wanted and "secret_access_key" not in settings:
        raise CredentialsError(
            f"the AWS profile {wanted!r} holds no keys of its own",
            hint=f'export them first: eval "$(aws configure export-credentials --profile {wanted} --format env)"',
        )
    return settings


def _profile_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what the profile in use says and the environment does not."""
    profile = _profile(variables)
    settings = {name: profile[key] for key, name in _AWS_KEYS.items() if key in profile}
    if "region" in profile and not (variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")):
        settings["region"] = profile["region"]
    if "endpoint_url" in profile and not any(variables.get(name) for name in _ENDPOINTS["s3"]):
        settings["endpoint"] = profile["endpoint_url"]
    return settings


def _profile(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what the files of the AWS tools say about the profile in use; keys win over the other file's."""
    home = Path(variables.get("HOME", "/")) / ".aws"
    name = variables.get("AWS_PROFILE") or "default"
    config = _section(Path(variables.get("AWS_CONFIG_FILE") or home / "config"), ("default", f"profile {name}"), name)
    keys = _section(Path(variables.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"), (name,), name)
    return config | keys


def _section(path: Path, titles: tuple[str, ...], name: str) -> dict[str, str]:
    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return {}
    except ConfigParserError as error:
        raise CredentialsError(f"{path} is not written as the AWS tools write it", hint="repair it") from error
    fitting = [title for title in titles if title in parser and (title != "default" or name == "default")]
    return dict(parser[fitting[-1]]) if fitting else {}
