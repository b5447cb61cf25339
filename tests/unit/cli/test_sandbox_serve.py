"""`sandbox serve` as a process: who can use it, what it says, and how it ends."""

import json
import signal
import subprocess
from contextlib import contextmanager

import pytest
from builders_command import COMMAND, volvenctl

from volvenctl.adapters.system import RealSystem, environment_variables

SYSTEM = RealSystem()


@contextmanager
def serving(folder, *options):
    """Start the server in `folder`; give the process and the port once it listens."""
    port_file = folder / "port"
    process = subprocess.Popen(
        [COMMAND, "sandbox", "serve", "--port-file", str(port_file), *options],
        cwd=folder,
        env={"PATH": environment_variables()["PATH"], "HOME": str(folder), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = SYSTEM.clock() + 20
        while not port_file.exists() and process.poll() is None and SYSTEM.clock() < until:
            SYSTEM.sleep(0.02)
        yield process, int(port_file.read_text())
    finally:
        process.kill()
        process.communicate()


def project(folder, port):
    assert volvenctl("init", cwd=folder).returncode == 0
    file = folder / "volvenctl.yaml"
    file.write_text(file.read_text().replace('"sandbox:"', f'"http://127.0.0.1:{port}"'))


def ended(process, number):
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    return process.returncode, output, errors


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_project_that_points_to_it_applies_and_a_signal_ends_it_quietly(tmp_path, number, code):
    with serving(tmp_path) as (process, port):
        project(tmp_path, port)
        assert volvenctl("apply", "--auto-approve", cwd=tmp_path, VOLVEN_TOKEN="any").returncode == 0
        returned, output, errors = ended(process, number)
    assert (returned, errors) == (code, "")
    assert f"http://127.0.0.1:{port}" in output
    assert "VOLVEN_TOKEN=anything volvenctl -e simulator plan" in output
    assert list(tmp_path.glob("volvenctl-sandbox-*")) == []


def test_in_a_project_its_strategies_are_those_of_the_embedded_sandbox(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    assert volvenctl("apply", "--auto-approve", cwd=tmp_path).returncode == 0
    with serving(tmp_path) as (_, port):
        file = tmp_path / "volvenctl.yaml"
        file.write_text(file.read_text().replace('"sandbox:"', f'"http://127.0.0.1:{port}"'))
        status = volvenctl("status", "--format", "json", cwd=tmp_path, VOLVEN_TOKEN="any")
        assert json.loads(status.stdout)["complete"] is True


def test_faults_come_as_scripted_in_a_file_and_are_told_with_verbose(tmp_path):
    (tmp_path / "faults.json").write_text('{"create": ["timeoutC"], "find": ["500"]}')
    with serving(tmp_path, "--faults", "faults.json", "-v") as (process, port):
        project(tmp_path, port)
        file = tmp_path / "volvenctl.yaml"
        file.write_text(file.read_text().replace("api: {", "api: {timeoutSeconds: 1, "))
        for code in (4, 4):
            assert volvenctl("apply", "--auto-approve", cwd=tmp_path, VOLVEN_TOKEN="any").returncode == code
        _, _, errors = ended(process, signal.SIGTERM)
    assert "POST /strategy-orchestrator/strategies/action/create: timeoutC\n" in errors
    assert errors.count("/action/create") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--faults", '{"create": ["nothing"]}'), 'no outcome "nothing"'),
        (("--faults", "missing.json"), "cannot be read from missing.json"),
        (("--port", "65536"), "65536"),
        (("--host", "0.0.0.0"), "--host"),  # noqa: S104 - refused
    ],
)
def test_what_it_cannot_serve_is_wrong_usage(tmp_path, options, message):
    done = volvenctl("sandbox", "serve", *options, cwd=tmp_path)
    assert done.returncode == 64
    assert message in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path):
    with serving(tmp_path) as (_, port):
        done = volvenctl("sandbox", "serve", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 64
    assert f"port {port} of 127.0.0.1 cannot be used" in done.stderr


def test_a_port_file_that_cannot_be_written_ends_it(tmp_path):
    done = volvenctl("sandbox", "serve", "--port-file", "none/port", cwd=tmp_path)
    assert done.returncode == 1
    assert "the port could not be written to none/port" in done.stderr
