"""The `state` of an environment: a URL, or a URL with what is allowed about it."""

import pytest
from builders_check import document, schema

from volvenctl.core.configure import make_project

HEAD = "apiVersion: volvenctl/v1\nkind: Project\nmetadata: {name: macro-desk}\n"


def made(text):
    return make_project(document(text, "volvenctl.yaml"), schema("project"))


def problems(text):
    return [(item.code, item.path, item.message) for item in made(text)[1]]


def project(state):
    return f'{HEAD}environments: {{a: {{api: {{url: "sandbox:"}}, {state}}}}}\n'


@pytest.mark.parametrize(
    ("state", "url", "allowed"),
    [
        ("", ".volvenctl/a", False),
        ("state: here", "here", False),
        ("state: {url: here}", "here", False),
        ("state: {url: here, allowLocalInCI: true}", "here", True),
        ("state: {allowLocalInCI: true}", ".volvenctl/a", True),
        ("state: {}", ".volvenctl/a", False),
    ],
)
def test_the_state_is_a_url_or_says_more(state, url, allowed):
    found, faults = made(project(state))
    assert faults == ()
    assert (found.environments["a"].state_url, found.environments["a"].allow_local_in_ci) == (url, allowed)


@pytest.mark.parametrize(
    "state", ["state: 5", "state: ''", "state: {url: ''}", "state: {allowLocalInCI: 1}", "state: {x: 1}"]
)
def test_anything_else_is_a_problem(state):
    assert problems(project(state))


@pytest.mark.parametrize("state", ["state: '{}'", "state: {{url: '{}'}}"])
@pytest.mark.parametrize("url", ["postgresql://ann:canary@h/db", "postgresql://h/db?password=canary"])
def test_a_password_in_a_committed_file_is_a_problem_that_does_not_repeat_it(state, url):
    [(code, path, message)] = problems(project(state.format(url)))
    assert (code, path) == ("schema", "$.environments.a.state")
    assert "PGPASSWORD" in message
    assert "canary" not in message
