"""A desk's git repository with a pull request in it: branch, plan, approval, merge, apply, by different people."""

import subprocess

from builders_desk import Desk

from volvenctl.adapters.system import environment_variables

LIMITS = """\
    limits:
      maxNotionalPerStrategy: {{USDT: 50000}}
      approvals: {{approvers: approvers, tiers: [{{upTo: {{USDT: 20000}}, need: 1}}, {{need: 2}}]}}
{more}"""

PROJECT = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {{name: desk}}
environments:
  production:
    live: true
    api: {{url: "{url}", timeoutSeconds: 5}}
    state: {state}
"""


def run_tool(*words, cwd, message=None):
    """Run a program of somebody at the desk, and return what it printed."""
    variables = {"PATH": environment_variables()["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}
    done = subprocess.run(words, cwd=cwd, env=variables, input=message, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def git(folder, *arguments, author="lead@desk"):
    """Run git in a folder as `author`."""
    settings = ("-c", f"user.name={author}", "-c", f"user.email={author}", "-c", "commit.gpgsign=false")
    return run_tool("git", *settings, *arguments, cwd=folder).strip()


class Keys:
    """OpenSSH keys of people, by first name, and the approvers' file that names them."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, name):
        """Return the private key of `name`, made when it is first asked for."""
        path = self.folder / name
        if not path.exists():
            run_tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path), cwd=self.folder)
        return str(path)

    def public(self, name):
        """Return type and base64 of the public key of `name`."""
        self.of(name)
        return " ".join((self.folder / f"{name}.pub").read_text().split()[:2])

    def line(self, name, options="", principals=None):
        """Return a line of an allowed_signers file for `name`."""
        return f"{principals or name + '@desk'} {options}{' ' if options else ''}{self.public(name)}\n"

    def sign(self, name, message, namespace="volvenctl-plan"):
        """Return a signature that `name` made without volvenctl."""
        words = ("ssh-keygen", "-Y", "sign", "-f", self.of(name), "-n", namespace)
        return run_tool(*words, cwd=self.folder, message=message)


class PullRequest(Desk):
    """A live environment on main; `ann` proposes, `bob` and `cy` may approve, `lead` made the repository."""

    def __init__(self, folder, *, more_limits=""):
        super().__init__(folder)
        self.keys = Keys(folder / "keys")
        self.plan_file = folder / "artifacts" / "plan.json"
        self.plan_file.parent.mkdir()
        limits = LIMITS.format(more="".join(f"      {line}\n" for line in more_limits.splitlines()))
        (self.root / "volvenctl.yaml").write_text(PROJECT.format(url=self.server.url, state="state") + limits)
        (self.root / "approvers").write_text("".join(map(self.keys.line, ("ann", "bob", "cy"))))
        (self.root / ".gitignore").write_text("state/\n")
        self.write("old")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("lead@desk")

    def __enter__(self):
        super().__enter__()
        done = self.run("-e", "production", "state", "init")
        assert done.returncode == 0, done.stderr
        return self

    def git(self, *arguments, author="lead@desk"):
        """Run git as `author`."""
        return git(self.root, *arguments, author=author)

    def commit(self, author):
        """Commit everything as `author`."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=a change", author=author)

    def branch(self, name="proposal"):
        """Start a branch of main."""
        self.git("checkout", "--quiet", "-b", name, "main")

    def to_main(self):
        """Go back to main."""
        self.git("checkout", "--quiet", "main")

    def edit_project(self, old, new):
        """Change volvenctl.yaml in the working tree."""
        path = self.root / "volvenctl.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def merge(self, name="proposal", by="bob@desk"):
        """Merge the branch as the person who presses the button."""
        self.to_main()
        self.git("merge", "--quiet", "--no-ff", "--no-edit", name, author=by)

    def plan(self, *arguments):
        """Plan with the policy of main, into the plan file."""
        return self.run("-e", "production", "plan", "--policy-from", "main", "--out", str(self.plan_file), *arguments)

    def approve(self, name, *arguments):
        """Approve the plan file as `name`."""
        key = self.keys.of(name)
        return self.run("approve", str(self.plan_file), "--key", key, "--policy-from", "main", *arguments)

    def apply_plan(self, *arguments):
        """Apply the plan file with the policy of main."""
        return self.run("-e", "production", "apply", str(self.plan_file), "--policy-from", "main", *arguments)
