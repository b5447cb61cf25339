"""The project file, and the choice of an environment."""

import pytest
from builders_check import document, schema

from volvenctl.core.configure import EVENTS, choose_environment, make_project
from volvenctl.errors import UsageError
from volvenctl.model.project import Receiver

HEAD = "apiVersion: volvenctl/v1\nkind: Project\nmetadata: {name: macro-desk}\n"
FULL = (
    HEAD
    + """\
specs: [strategies/, more/*.yaml]
defaultEnvironment: sandbox
environments:
  sandbox:
    api: {url: "sandbox:"}
  production:
    live: true
    api:
      url: https://volven.example/
      tokenEnv: VOLVEN_DESK
      timeoutSeconds: 30
      find: none
      idempotencyHeader: none
      dedicatedUser: true
    state: git:origin/volvenctl-state
    accounts: {bybit-main: "99998"}
    platform: {stateKey: status, states: {RUNNING: running, DONE: stopped}}
    limits:
      maxNotionalPerStrategy: {USDT: 50000}
      approvals: {approvers: a, tiers: [{upTo: {USDT: 10}, need: 1}, {need: 2}]}
"""
)


def made(text):
    return make_project(document(text, "volvenctl.yaml"), schema("project"))


def with_environments(text, head=HEAD):
    return f"{head}environments: {{{text}}}\n"


def problems(text):
    project, found = made(text)
    assert project is None
    return [(item.code, item.path, item.message) for item in found]


def choose(text, wanted=None):
    project, found = made(text)
    assert found == ()
    return choose_environment(project, wanted).name


ONE = 'a: {api: {url: "sandbox:"}}'
LIVE = 'prod: {live: true, api: {url: "https://h"}}'


def test_everything_written_is_read():
    project, found = made(FULL)
    assert found == ()
    assert (project.name, project.specs, project.default_environment) == (
        "macro-desk",
        ("strategies/", "more/*.yaml"),
        "sandbox",
    )
    production = project.environments["production"]
    assert production.live
    assert production.api.url == "https://volven.example"
    assert production.api.token_variable == "VOLVEN_DESK"
    assert (production.api.timeout_s, production.api.find) == (30, "none")
    assert (production.api.idempotency_header, production.api.dedicated_user) == ("none", True)
    assert type(production.api.timeout_s) is int
    assert production.state_url == "git:origin/volvenctl-state"
    assert production.accounts == {"bybit-main": "99998"}
    assert (production.state_key, production.states) == ("status", {"RUNNING": "running", "DONE": "stopped"})
    assert production.limits["maxNotionalPerStrategy"] == {"USDT": 50000}
    assert production.definition["live"] is True
    assert (project.place.file, project.place.line) == ("volvenctl.yaml", 1)


def test_only_the_words_of_the_sandbox_are_known_without_being_configured():
    project, _ = made(with_environments(f"{ONE}, {LIVE}"))
    known, unknown = project.environments["a"], project.environments["prod"]
    words = {"RUNNING": "running", "PAUSED": "paused", "STOPPED": "stopped"}
    assert (known.state_key, known.states) == ("status", words)
    assert (unknown.state_key, unknown.states) == (None, {})


def test_what_is_not_written_has_its_default():
    project, _ = made(with_environments(ONE))
    environment = project.environments["a"]
    assert (project.specs, project.default_environment) == (("strategies/",), None)
    assert (environment.live, environment.state_url, environment.limits) == (False, ".volvenctl/a", {})
    assert environment.accounts == {}
    assert environment.api.is_sandbox
    assert (environment.api.token_variable, environment.api.timeout_s) == ("VOLVEN_TOKEN", 10)
    assert (environment.api.find, environment.api.idempotency_header) == ("auto", "send")


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("{}", ".api"),
        ("{url: 5}", ".api.url"),
        ("{url: 'https://h', tokenEnv: PATH}", ".api.tokenEnv"),
        ("{url: 'https://h', tokenEnv: VOLVEN_x}", ".api.tokenEnv"),
        ("{url: 'https://h', timeoutSeconds: 0}", ".api.timeoutSeconds"),
        ("{url: 'https://h', timeoutSeconds: 301}", ".api.timeoutSeconds"),
        ("{url: 'https://h', timeoutSeconds: 1.5}", ".api.timeoutSeconds"),
        ("{url: 'https://h', find: never}", ".api.find"),
        ("{url: 'https://h', token: x}", ".api.token"),
        ("{url: 'https://h'}, accounts: {a: 5}", ".accounts.a"),
        ("{url: 'https://h'}, accounts: {a: '@b'}", ".accounts.a"),
        ("{url: 'https://h'}, accounts: {'@a': '1'}", ".accounts['@a']"),
        ("{url: 'https://h'}, limits: {maxCreates: 1}", ".limits.maxCreates"),
        ("{url: 'https://h'}, limits: {planTtl: 5}", ".limits.planTtl"),
        ("{url: 'https://h'}, platform: {stateKey: s}", ".platform"),
        ("{url: 'https://h'}, live: 'yes'", ".live"),
    ],
)
def test_a_field_that_the_schema_does_not_allow_is_a_problem(api, path):
    assert [item[1] for item in problems(with_environments(f"a: {{api: {api}}}"))] == [f"$.environments.a{path}"]


@pytest.mark.parametrize("name", ["../x", "-a", "a b", ".git", "a/b", "é"])
def test_the_name_of_an_environment_can_be_part_of_a_path(name):
    (found,) = problems(with_environments(f"'{name}': {{api: {{url: 'sandbox:'}}}}"))
    assert "an environment's name has" in found[2]


@pytest.mark.parametrize(
    "url", ["sandbox:", "https://h", "https://h:8443/x", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:1"]
)
def test_urls_that_keep_a_token_safe_are_taken(url):
    assert made(with_environments(f"a: {{api: {{url: '{url}'}}}}"))[1] == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://volven.example",
        "https://user:hunter2@volven.example",
        "https://volven.example?token=hunter2",
        "https://volven.example#hunter2",
        "ftp://volven.example",
        "volven.example",
        "sandbox",
        "sandbox:x",
        "https://",
        "https://h:99999",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.example",
    ],
)
def test_any_other_url_is_a_problem_that_does_not_quote_it(url):
    ((code, path, message),) = problems(with_environments(f"a: {{api: {{url: '{url}'}}}}"))
    assert (code, path) == ("schema", "$.environments.a.api.url")
    assert "hunter2" not in message


def test_the_default_environment_must_exist():
    head = HEAD + "defaultEnvironment: sandbx\n"
    text = with_environments('sandbox: {api: {url: "sandbox:"}}', head)
    assert problems(text) == [
        ("schema", "$.defaultEnvironment", "there is no environment 'sandbx' (did you mean sandbox?)")
    ]


def test_the_default_environment_may_not_be_live():
    ((code, path, message),) = problems(with_environments(LIVE, HEAD + "defaultEnvironment: prod\n"))
    assert (code, path) == ("schema", "$.defaultEnvironment")
    assert "live" in message


def test_all_problems_are_found_at_once_in_the_order_of_the_file():
    text = with_environments("a: {api: {url: 5}, x: 1}", HEAD + "specs: []\n")
    assert [item[1] for item in problems(text)] == ["$.specs", "$.environments.a.api.url", "$.environments.a.x"]


@pytest.mark.parametrize(
    ("environments", "head", "wanted", "chosen"),
    [
        (ONE, HEAD, None, "a"),
        (ONE, HEAD, "a", "a"),
        (LIVE, HEAD, "prod", "prod"),
        (f"{ONE}, {LIVE}", HEAD + "defaultEnvironment: a\n", None, "a"),
        (f"{ONE}, {LIVE}", HEAD + "defaultEnvironment: a\n", "prod", "prod"),
    ],
)
def test_an_environment_is_chosen_by_name_or_is_the_default_or_the_only_one(environments, head, wanted, chosen):
    assert choose(with_environments(environments, head), wanted) == chosen


@pytest.mark.parametrize(
    ("environments", "wanted", "message", "hint"),
    [
        (LIVE, None, "prod is live and never assumed", "-e prod"),
        (f"{ONE}, {LIVE}", None, "a, prod", "-e"),
        (f"{ONE}, {LIVE}", "prd", r"no environment 'prd' \(did you mean prod\?\)", "a, prod"),
        (ONE, "", "no environment ''", "a"),
    ],
)
def test_without_a_clear_choice_the_names_are_listed(environments, wanted, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        choose(with_environments(environments), wanted)
    assert hint in caught.value.hint


def notified(text):
    return with_environments('a: {api: {url: "sandbox:"}, notify: [' + text + "]}")


def test_a_receiver_is_told_of_everything_unless_it_says_of_what():
    project, found = made(notified('{url: "https://h/hook/"}, {url: "http://127.0.0.1:9", events: [unknown, halted]}'))
    assert found == ()
    everything, some = project.environments["a"].receivers
    assert everything == Receiver("https://h/hook", frozenset(EVENTS))
    assert some.events == {"unknown", "halted"}


@pytest.mark.parametrize("url", ["http://h/x", "sandbox:", "https://user:CANARY@h", "https://h/?key=CANARY", "ftp://h"])
def test_a_receiver_that_could_be_anybody_is_refused_and_its_url_is_not_shown(url):
    [(code, path, message)] = problems(notified(f'{{url: "{url}"}}'))
    assert (code, path) == ("schema", "$.environments.a.notify[0].url")
    assert "CANARY" not in message


@pytest.mark.parametrize(
    "entry", ["{}", '{url: "https://h", events: []}', '{url: "https://h", events: [x]}', "{url: 1}"]
)
def test_a_receiver_must_be_whole(entry):
    assert problems(notified(entry))
