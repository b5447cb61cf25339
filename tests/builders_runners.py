"""A desk on GitHub: a bare repository, people with clones of their own, and runners that are gone after each job."""

import shutil
import subprocess
from pathlib import Path

import yaml
from builders_command import volvenctl
from builders_desk import SPEC, TOKEN, Desk
from builders_pull_request import LIMITS, PROJECT, Keys, git

from volvenctl.adapters.system import environment_variables

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "docs" / "ci" / "github").glob("*.yml"))
}
APPROVALS = "volvenctl-approvals"


class Hub(Desk):
    """The repository on the hub and the platform: the only things that people and runners share."""

    def __init__(self, folder):
        super().__init__(folder)
        self.keys = Keys(folder / "keys")
        self.artifacts = folder / "artifacts"
        self.runs = 0
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "hub.git")

    def clone(self, name, *arguments):
        """Return a new clone of the repository in the folder `name`."""
        git(self.folder, "clone", "--quiet", *arguments, str(self.folder / "hub.git"), name)
        return self.folder / name

    def person(self, name):
        """Return the clone of a person, up to date with main."""
        folder = self.folder / name
        if not folder.exists():
            return self.clone(name)
        git(folder, "checkout", "--quiet", "main")
        git(folder, "pull", "--quiet", "--ff-only")
        return folder

    def command(self, folder, *arguments):
        """Run volvenctl in somebody's clone, with a token."""
        done = volvenctl("-e", "production", *arguments, cwd=folder, VOLVEN_TOKEN=TOKEN)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def adopt(self):
        """Let the lead put a project, an empty ledger and a snapshot on the hub, as the guide says."""
        folder = self.clone("lead")
        (folder / "strategies").mkdir()
        (folder / "strategies" / ".gitkeep").touch()
        project = PROJECT.format(url=self.server.url, state="git:origin/volvenctl-state") + LIMITS.format(more="")
        (folder / "volvenctl.yaml").write_text(project)
        (folder / "approvers").write_text(self.keys.line("ann") + self.keys.line("bob"))
        self.command(folder, "state", "init")
        self.command(folder, "snapshot")
        self.publish(folder, "main")
        git(folder, "checkout", "--quiet", "--orphan", APPROVALS)
        git(folder, "rm", "--quiet", "-r", "--force", ".")
        git(folder, "commit", "--quiet", "--allow-empty", "--message=approvals")
        git(folder, "push", "--quiet", "origin", APPROVALS)

    def publish(self, folder, branch, author="lead@desk"):
        """Commit everything and push it to a branch."""
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message=a change", author=author)
        git(folder, "push", "--quiet", "origin", f"HEAD:{branch}")

    def propose(self, name, size):
        """Let ann push a branch with a new spec, and return the branch."""
        folder = self.person("ann")
        git(folder, "checkout", "--quiet", "-b", f"add-{name}")
        (folder / "strategies" / f"{name}.yaml").write_text(SPEC.format(name=name, size=size))
        self.publish(folder, f"add-{name}", author="ann@desk")
        return f"add-{name}"

    def merge(self, branch):
        """Let bob merge the branch and push main."""
        folder = self.person("bob")
        git(folder, "merge", "--quiet", "--no-ff", "--no-edit", f"origin/{branch}", author="bob@desk")
        git(folder, "push", "--quiet", "origin", "main", author="bob@desk")

    def approve(self):
        """Let bob sign the plan of the run that waits, and push the signature."""
        folder = self.person("bob")
        plan = folder / "plan.json"
        shutil.copy(self.artifacts / "plan" / "plan.json", plan)
        self.command(folder, "approve", str(plan), "--key", self.keys.of("bob"))
        digest = yaml.safe_load(plan.read_text())["planHash"].partition(":")[2]
        plan.unlink()
        git(folder, "fetch", "--quiet", "origin", APPROVALS)
        git(folder, "worktree", "add", "--quiet", "--detach", "../signed", f"origin/{APPROVALS}")
        signed = folder.parent / "signed"
        (signed / digest).mkdir()
        for signature in folder.glob("plan.json.*.sig"):
            signature.rename(signed / digest / signature.name)
        self.publish(signed, APPROVALS, author="bob@desk")
        git(folder, "worktree", "remove", "--force", "../signed")

    def job(self, workflow, name, *, merged=None, **variables):
        """Carry a job out on a runner of its own, and return its last exit code and its outputs.

        `merged`: the branch of the pull request that it is about, checked out as merged into main.
        """
        self.runs += 1
        runner = self.folder / f"runner-{self.runs}"
        (runner / "temp").mkdir(parents=True)
        spoken = {**WORKFLOWS[workflow]["env"], "CI": "true", "GITHUB_ACTIONS": "true", **variables}
        spoken |= {"GITHUB_ACTOR": "ann", "GITHUB_REPOSITORY": "desk/strategies", "GITHUB_RUN_ID": str(self.runs)}
        spoken |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_OUTPUT": str(runner / "output")}
        (runner / "output").touch()
        failed = 0
        for step in WORKFLOWS[workflow]["jobs"][name]["steps"]:
            if failed == 0 or step.get("if") == "always()":
                failed = self._do(step, runner, merged, spoken) or failed
        outputs = dict(line.split("=", 1) for line in (runner / "output").read_text().splitlines())
        shutil.rmtree(runner)
        return failed, outputs

    def _do(self, step, runner, merged, variables):
        temp, given = runner / "temp", step.get("with", {})
        match step.get("uses", "").partition("@")[0]:
            case "actions/checkout":
                self._check_out(runner, given, merged)
            case "actions/upload-artifact":
                self._keep(given, temp)
            case "actions/download-artifact":
                shutil.copytree(self.artifacts / given["name"], temp / "plan")
            case "your-org/volvenctl":
                return self._volvenctl(step, runner, variables)
            case _:
                script = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
                path = environment_variables()["PATH"]
                values = {"PATH": path, "RUNNER_TEMP": str(temp), "PLAN_HASH": variables.get("PLAN_HASH", "")}
                subprocess.run(script, cwd=runner / "checkout", env=values, check=True, capture_output=True)
        return 0

    def _check_out(self, runner, given, merged):
        if "ref" in given:
            self.clone(f"{runner.name}/checkout/{given['path']}", "--branch", APPROVALS)
            return
        checkout = self.clone(f"{runner.name}/checkout")
        if merged is not None:
            git(checkout, "merge", "--quiet", "--no-ff", "--no-edit", f"origin/{merged}", author="ann@desk")

    def _keep(self, given, temp):
        """Keep the files of an artifact that are there; a pattern in the checkout is for results that were lost."""
        place = self.artifacts / given["name"].replace("${{ github.run_attempt }}", str(self.runs))
        place.mkdir(parents=True, exist_ok=True)
        for line in given["path"].splitlines():
            file = Path(line.replace("${{ runner.temp }}", str(temp)))
            if file.is_file():
                shutil.copy(file, place)

    def _volvenctl(self, step, runner, variables):
        arguments = step["with"]["arguments"].replace("${{ runner.temp }}", str(runner / "temp")).splitlines()
        if "VOLVEN_TOKEN" in step.get("env", {}):
            variables = {**variables, "VOLVEN_TOKEN": TOKEN, "VOLVEN_API_URL": self.server.url}
        done = volvenctl(*arguments, cwd=runner / "checkout", **{**variables, "HOME": str(runner)})
        if "stdout" in step["with"]:
            (runner / "temp" / Path(step["with"]["stdout"]).name).write_text(done.stdout)
        self.told = done.stdout + done.stderr
        return done.returncode
