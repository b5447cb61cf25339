"""The one list of checks: what passes here passes in CI, which runs these same sessions.

`nox` runs the default list, `nox -l` shows it, `nox -s lint` runs one. Tools come from `requirements/dev.txt`
with hashes checked; they live in one environment per Python version, shared by the sessions that only look at
the source. Sessions about installing have an environment of their own.
"""

import hashlib
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "imports", "schemas", "security", "packaging", "floors", "tests"]

ROOT = Path(__file__).parent
PURE = "*/volvenctl/model/*,*/volvenctl/wire/*,*/volvenctl/core/*"
TOUCHED = (
    "contract/test_platform_contract.py",
    "contract/test_ledger_contract.py",
    *(f"acceptance/test_{name}.py" for name in ("acceptance", "exit_codes", "hostile_input", "stories", "halt")),
    "unit/adapters",
    "unit/core",
    "unit/wire/test_yaml_reader.py",
)
"""Tests of what the four dependencies do; those of optional packages need more than these."""

OPTIONAL = tuple(f"--ignore-glob=*{name}*" for name in ("object", "postgres", "telemetry", "webhook"))
TOOLS = ROOT / ".nox" / "tools-{}.{}".format(*sys.version_info)
LOCKED = ("-qq", "--no-deps", "--require-hashes", "-r")


def tool(session: nox.Session, name: str) -> str:
    """Return the path of a program of `requirements/dev.txt`, installed first when that list has changed."""
    wanted = hashlib.sha256((ROOT / "requirements" / "dev.txt").read_bytes()).hexdigest()
    stamp = TOOLS / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        session.run_install(sys.executable, "-m", "venv", "--clear", str(TOOLS), external=True)
        pip = (str(TOOLS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
        session.run_install(*pip, "install", *LOCKED, "requirements/dev.txt", external=True)
        stamp.write_text(wanted)
    return str(TOOLS / "bin" / name)


def run_tool(session: nox.Session, name: str, *arguments: str) -> None:
    """Run a program of `requirements/dev.txt` in the repository's root."""
    session.run(tool(session, name), *arguments, external=True)


def emptied(name: str) -> Path:
    """Return an empty folder below .nox; not nox's own, which would also become the TMPDIR of the tests."""
    folder = ROOT / ".nox" / "made" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def built_wheel(session: nox.Session) -> str:
    """Return the path of a wheel built now from the source tree."""
    folder = emptied("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    session.run_install(tool(session, "python"), *build, external=True, silent=True)
    (wheel,) = folder.glob("*.whl")
    return str(wheel)


def refuse_source_tree(session: nox.Session, python: str) -> None:
    """Fail unless `volvenctl` is imported from where the wheel was installed."""
    look = "import sys, volvenctl; sys.exit(volvenctl.__file__ if 'site-packages' not in volvenctl.__file__ else 0)"
    session.run(python, "-P", "-c", look, external=True, silent=True)


def tracked(pattern: str) -> list[str]:
    """Return the files of the repository that match, as text, in order."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))


def workflows() -> list[str]:
    """Return the workflows of this repository, and those that users copy from it."""
    return [*tracked(".github/workflows/*.yml"), *tracked("docs/ci/github/*.yml")]


def spec_documents() -> list[str]:
    """Return the example specs with one document a file, which is all that check-jsonschema reads."""
    folder = emptied("documents")
    paths = []
    for name in tracked("strategies/*.yaml"):
        for number, text in enumerate(re.split(r"(?m)^---$", (ROOT / name).read_text(encoding="utf-8")), start=1):
            path = folder / f"{Path(name).stem}-{number}.yaml"
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
    return paths


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style, simplicity, layout, spelling and project metadata."""
    run_tool(session, "ruff", "check", "--quiet", ".")
    run_tool(session, "ruff", "format", "--quiet", "--check", ".")
    run_tool(session, "codespell")
    run_tool(session, "validate-pyproject", "pyproject.toml")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Every value has the type that it says."""
    run_tool(session, "mypy", "--python-executable", tool(session, "python"))


@nox.session(venv_backend="none")
def imports(session: nox.Session) -> None:
    """Each layer imports only what stands below it."""
    run_tool(session, "lint-imports", "--no-cache")


@nox.session(venv_backend="none")
def schemas(session: nox.Session) -> None:
    """Our schemas are schemas, and the files that people copy from here are valid."""
    check = ("check-jsonschema", "--quiet")
    run_tool(session, *check, "--check-metaschema", *tracked("schemas/*.schema.json"))
    run_tool(session, *check, "--schemafile", "schemas/project.schema.json", "volvenctl.yaml")
    run_tool(session, *check, "--schemafile", "schemas/strategy.schema.json", *spec_documents())
    for vendor in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        run_tool(session, *check, "--builtin-schema", vendor, *workflows())
    run_tool(session, *check, "--builtin-schema", "vendor.github-actions", "action.yml")
    run_tool(session, "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")


@nox.session(venv_backend="none")
def security(session: nox.Session) -> None:
    """Workflows hold the keys that spend money: pinned, without needless rights, without injections."""
    ours = tracked("docs/ci/github/*.yml")
    run_tool(session, "zizmor", "--offline", "--quiet", "--no-progress", *ours, ".github", "action.yml")


@nox.session(reuse_venv=False)
def packaging(session: nox.Session) -> None:
    """The wheel works by itself, away from the source: installed with its dependencies and nothing else."""
    session.install(*LOCKED, "requirements/run.txt")
    session.install("-qq", "--no-deps", built_wheel(session))
    session.run("python", "-m", "pip", "check", silent=True)
    with tempfile.TemporaryDirectory() as elsewhere, session.chdir(elsewhere):
        refuse_source_tree(session, "python")
        session.run("volvenctl", "--version")
        session.run("volvenctl", "-C", str(ROOT), "validate", "--offline")


@nox.session
def floors(session: nox.Session) -> None:
    """The tests of what uses a dependency pass on the oldest ones that pyproject.toml allows; `-- tests`: all tests."""
    pins = (ROOT / "requirements" / "floors.txt").read_text()
    for dependency in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]:
        name, floor = re.match(r"([a-z]+)>=([0-9.]+)", dependency).groups()
        if not re.search(rf"(?m)^{name}=={re.escape(floor)}(\.0)* ", pins):
            session.error(f"requirements/floors.txt has another version than the lower bound {name}>={floor}")
    session.install(*LOCKED, "requirements/floors.txt")
    session.install("-qq", "--no-deps", "--force-reinstall", built_wheel(session))
    refuse_source_tree(session, "python")
    session.run("pytest", "--quiet", *(session.posargs or [*OPTIONAL, *(f"tests/{part}" for part in TOUCHED)]))


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """The tests, on the built wheel; every branch of the pure layers is covered."""
    python = tool(session, "python")
    wheel = built_wheel(session)
    session.run_install(python, "-m", "pip", "install", "-qq", "--no-deps", "--force-reinstall", wheel, external=True)
    refuse_source_tree(session, python)
    run_tool(session, "coverage", "erase")
    run_tool(session, "coverage", "run", tool(session, "pytest"), *session.posargs)
    if not session.posargs:
        run_tool(session, "coverage", "report", "--skip-covered", "--fail-under=100", f"--include={PURE}")
