import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys, types
import click
from volvenctl.cli import main
from volvenctl.cli.group import COMMANDS, Door
@click.command(cls=Door)
def command():
    {body}
COMMANDS["try"] = "Try."
sys.modules["volvenctl.cli.try"] = types.SimpleNamespace(command=command)
sys.argv = ["volvenctl", "try"]
main()
"""


def run(body, tmp_path):
    words = [sys.executable, "-c", PROGRAM.format(body=body)]
    return subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, env={"TMPDIR": str(tmp_path)}
    )


def test_a_bug_is_one_line_that_names_its_log(tmp_path):
    done = run("raise KeyError('CANARY')", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    found = re.fullmatch(r"error: this is a bug in volvenctl; the log is (\S+)\n", done.stderr)
    assert found is not None
    log = Path(found[1]).read_text()
    assert "builtins.KeyError" in log
    assert "CANARY" not in log


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, "error: interrupted\n"),
        ("raise click.Abort", 130, "error: interrupted\n"),
        ("os.kill(os.getpid(), signal.SIGINT)", 130, "error: interrupted\n"),
        ("os.kill(os.getpid(), signal.SIGTERM)", 143, "error: terminated\n"),
        ("raise click.ClickException('so')", 64, "error: so\nhint: volvenctl --help\n"),
        ("raise BrokenPipeError", 1, ""),
        ("return 7", 7, ""),
    ],
)
def test_each_way_to_end_has_its_exit_code(tmp_path, body, code, said):
    done = run(body, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


LAST = "click.get_current_context().obj.endings.append(lambda code: {last}); return 7"


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("print(code)", ""),
        ("os.kill(os.getpid(), signal.SIGINT)", "note: interrupted\n"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "note: terminated\n"),
        ("code.bug", "note: this is a bug in volvenctl; the log is "),
    ],
)
def test_what_is_left_to_do_at_the_end_changes_nothing_about_it(tmp_path, last, said):
    done = run(LAST.format(last=last), tmp_path)
    assert done.returncode == 7
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == bool(said)


def test_a_folder_that_is_gone_is_no_bug(tmp_path):
    leave = "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')"
    done = run(f"{leave}; import volvenctl.cli.world as world; world.project_file()", tmp_path)
    assert done.returncode == 1
    assert "error: the current folder does not exist any more\n" in done.stderr


def test_an_interrupt_while_the_program_is_still_loading_ends_it_without_a_word(tmp_path):
    program = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from volvenctl.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("handler", ["signal.SIG_IGN", "signal.default_int_handler"])
def test_what_an_interrupt_does_is_afterwards_what_it_was(tmp_path, handler):
    program = f"""
import atexit, signal, sys
signal.signal(signal.SIGINT, {handler})
from volvenctl.cli import main
atexit.register(lambda: print(signal.getsignal(signal.SIGINT) is {handler}))
sys.argv = ["volvenctl", "--version"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nTrue\n")
