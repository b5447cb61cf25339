"""From the project file to a `Project`, and to the one environment that a command works in."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args

from volvenctl.core.schema import check_document, compile_schema
from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.errors import ConfigError, UsageError
from volvenctl.model.names import AccountId, JsonObject, JsonPath, path_text
from volvenctl.model.problem import Place, Problem, sorted_problems
from volvenctl.model.project import ApiSettings, Environment, Event, Project, Receiver
from volvenctl.model.spec import SpecDocument
from volvenctl.wire.api_url import read_api_url
from volvenctl.wire.state_url import WHERE_PASSWORDS_GO, has_password

SANDBOX = "sandbox:"
EVENTS: tuple[Event, ...] = get_args(Event)
_DEFAULT_SPECS = ("strategies/",)
_SETTINGS: Mapping[str, tuple[str, type]] = {
    "tokenEnv": ("token_variable", str),
    "timeoutSeconds": ("timeout_s", int),
    "find": ("find", str),
    "idempotencyHeader": ("idempotency_header", str),
    "dedicatedUser": ("dedicated_user", bool),
}

_SANDBOX_WORDS = {"stateKey": "status", "states": {"RUNNING": "running", "PAUSED": "paused", "STOPPED": "stopped"}}
"""What the words of the simulator mean: its own, so nobody need configure them."""

_Checked: TypeAlias = Mapping[str, Any]
"""A part of the document that the schema has accepted: its fields have the types that the schema says."""


def make_project(document: SpecDocument, schema: JsonObject) -> tuple[Project | None, tuple[Problem, ...]]:
    """Return the project that `volvenctl.yaml` describes; None, and every problem, if it cannot be used."""
    problems = check_document(document, compile_schema("project", {"project": schema}))
    if not problems:
        problems = [*_check_urls(document), *_check_default(document)]
    if problems:
        return None, sorted_problems(problems)
    value: _Checked = document.value
    environments = {name: _environment(name, item, document) for name, item in value["environments"].items()}
    specs = tuple(value.get("specs", _DEFAULT_SPECS))
    default = value.get("defaultEnvironment")
    return Project(value["metadata"]["name"], specs, default, environments, document.place_of(())), ()


def choose_environment(project: Project, wanted: str | None) -> Environment:
    """Return the environment `wanted` by name; None: the default one, or the only one if it is not live.

    Raises:
        UsageError: there is no such environment, or none is named and none may be assumed.
    """
    names = tuple(project.environments)
    listing = ", ".join(names)
    if wanted is not None:
        if wanted in project.environments:
            return project.environments[wanted]
        near = did_you_mean(similar(wanted, names))
        raise UsageError(f"the project has no environment {shown(wanted)}{near}", hint=f"its environments: {listing}")
    if project.default_environment is not None:
        return project.environments[project.default_environment]
    only = next(iter(project.environments.values()))
    if len(names) > 1:
        raise UsageError(f"which environment? The project has {listing}", hint="name one with -e, or set VOLVENCTL_ENV")
    if only.live:
        raise UsageError(f"{only.name} is live and never assumed", hint=f"name it: -e {only.name}")
    return only


def _environment(name: str, value: _Checked, document: SpecDocument) -> Environment:
    platform: _Checked = value.get("platform", _SANDBOX_WORDS if value["api"]["url"] == SANDBOX else {})
    state = _state(value)
    return Environment(
        name=name,
        live=value.get("live", False),
        api=_api(value["api"]),
        state_url=state.get("url", f".volvenctl/{name}"),
        accounts={alias: AccountId(item) for alias, item in value.get("accounts", {}).items()},
        state_key=platform.get("stateKey"),
        states=platform.get("states", {}),
        limits=value.get("limits", {}),
        definition=value,
        allow_local_in_ci=state.get("allowLocalInCI", False),
        limit_places=_limit_places(document, ("environments", name, "limits")),
        receivers=tuple(map(_receiver, value.get("notify", []))),
    )


def _receiver(value: _Checked) -> Receiver:
    return Receiver(read_api_url(value["url"]).text, frozenset(value.get("events", EVENTS)))


def _state(environment: _Checked) -> _Checked:
    """Return the `state` of an environment in its long form."""
    state: str | _Checked = environment.get("state", {})
    return {"url": state} if isinstance(state, str) else state


def _limit_places(document: SpecDocument, root: JsonPath) -> Mapping[JsonPath, Place]:
    paths = [path for path in document.marks.values if path[: len(root)] == root]
    return {path[len(root) :]: document.place_of(path, key=True) for path in paths}


def _api(value: _Checked) -> ApiSettings:
    url = value["url"]
    settings: _Checked = {name: kind(value[key]) for key, (name, kind) in _SETTINGS.items() if key in value}
    return ApiSettings(url if url == SANDBOX else read_api_url(url).text, **settings)


def _check_urls(document: SpecDocument) -> list[Problem]:
    """Return a problem for each URL that could give a token or password to somebody else. No URL is quoted."""
    value: _Checked = document.value
    problems = []
    for name, environment in value["environments"].items():
        for path, url in _urls(environment):
            if fault := _url_fault(url):
                problems.append(_problem(document, ("environments", name, *path), fault))
        if has_password(_state(environment).get("url", "")):
            message = f"a password in a file that is committed is known to everybody: {WHERE_PASSWORDS_GO}"
            problems.append(_problem(document, ("environments", name, "state"), message))
    return problems


def _urls(environment: _Checked) -> Iterator[tuple[JsonPath, str]]:
    """Yield every URL that is sent to, with its path."""
    if environment["api"]["url"] != SANDBOX:
        yield ("api", "url"), environment["api"]["url"]
    for number, receiver in enumerate(environment.get("notify", [])):
        yield ("notify", number, "url"), receiver["url"]


def _url_fault(url: str) -> str:
    try:
        parts = read_api_url(url)
    except ConfigError as error:
        return "this is no usable URL: " + (error.hint or "its port is not from 1 to 65535")
    if parts.scheme == "http" and not parts.is_loopback:
        return f"plain http is for loopback hosts only, not for {parts.host}: write https://"
    return ""


def _check_default(document: SpecDocument) -> list[Problem]:
    value: _Checked = document.value
    name, environments = value.get("defaultEnvironment"), value["environments"]
    if name is None:
        return []
    path = ("defaultEnvironment",)
    if name not in environments:
        near = similar(name, environments)
        return [_problem(document, path, f"there is no environment {shown(name)}{did_you_mean(near)}", near)]
    if environments[name].get("live"):
        return [_problem(document, path, f"{shown(name)} is live: real money is never the default")]
    return []


def _problem(document: SpecDocument, path: JsonPath, message: str, suggestions: tuple[str, ...] = ()) -> Problem:
    return Problem(document.place_of(path), path_text(path), "schema", message, suggestions)
