"""A project of three specs in a folder of its own, and the world to apply them in: the product's own adapters."""

from pathlib import Path
from typing import Final

from volvenctl.adapters.http_platform import open_http
from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.schema_files import document_schema
from volvenctl.adapters.spec_files import PROJECT_FILE, SpecFolder
from volvenctl.adapters.system import RealSystem
from volvenctl.core.configure import make_project
from volvenctl.core.parse import parse
from volvenctl.errors import ConfigError
from volvenctl.model.names import StrategyName
from volvenctl.model.plan import Author, Checkout, Plan
from volvenctl.model.report import ActionResult
from volvenctl.model.spec import SpecFile
from volvenctl.ports import World

TOKEN: Final = "SELFTEST-TOKEN-THAT-MUST-NOT-BE-WRITTEN"  # noqa: S105 - the simulator takes any token
NAMES: Final = tuple(StrategyName(f"spec-{number}") for number in (1, 2, 3))
"""The specs; number N asks for a size of 0.N and further digits, by which its request is recognised."""

TIMEOUT_S: Final = 2
_LOCK_TIMEOUT_S = 10
"""A lock lives on for a moment in a process that another case of this self-test is just starting."""

_PROJECT = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {{name: selftest}}
environments:
  selftest:
    api: {{url: "{url}", timeoutSeconds: {timeout_s}}}
    state: state
    platform: {{stateKey: status, states: {{RUNNING: running, PAUSED: paused, STOPPED: stopped}}}}
"""
_SPEC = """\
apiVersion: volvenctl/v1
kind: Strategy
metadata: {{name: {name}}}
spec:
  strategyType: SMO
  accountId: "99998"
  productCode: btcusdt_f
  side: BUY
  size: {size}
  priceLimit: 95000
{more}
"""


class NoCheckout:
    """Source control (`ports.SourceControl`) where there is none: a case's folder is in no repository."""

    def checkout(self) -> Checkout:
        """Return that nothing is known."""
        return Checkout()

    def author(self, since: str | None) -> Author:  # noqa: ARG002 - as the port has it
        """Return that nobody is known."""
        return Author()

    def prefix(self) -> str:
        """Return that the project is not inside of anything."""
        return ""


class Silent:
    """An audience (`ports.Audience`) that agrees to everything and listens to nothing."""

    def confirm(self, _plan: Plan) -> bool:
        """Return that the plan is to be carried out."""
        return True

    def started(self, name: StrategyName) -> None:
        """Take no notice."""

    def finished(self, result: ActionResult) -> None:
        """Take no notice."""

    def notice(self, text: str) -> None:
        """Take no notice."""


def project_in(folder: Path) -> Path:
    """Return where the project of the case in `folder` is."""
    return folder / "project"


def spare_in(folder: Path) -> Path:
    """Return the temporary folder of the case in `folder`."""
    return folder / "spare"


def write_project(folder: Path, url: str) -> None:
    """Write the project of the case in `folder`, with the platform at `url`."""
    _specs_in(folder).mkdir(parents=True)
    spare_in(folder).mkdir()
    (project_in(folder) / PROJECT_FILE).write_text(_PROJECT.format(url=url, timeout_s=TIMEOUT_S), "utf-8")
    for name in NAMES:
        write_spec(folder, name)


def write_spec(folder: Path, name: StrategyName, more: str = "", size: str | None = None) -> None:
    """Write a spec of the case in `folder`, with `more` lines of YAML after it, or with another size."""
    own_size = f"0.{NAMES.index(name) + 1}"
    text = _SPEC.format(name=name, size=own_size if size is None else size, more=more)
    (_specs_in(folder) / f"{name}.yaml").write_text(text, "utf-8")


def _specs_in(folder: Path) -> Path:
    return project_in(folder) / "strategies"


def ledger_file_in(folder: Path) -> Path:
    """Return the ledger's own file of the case in `folder`."""
    return project_in(folder) / "state" / "ledger.jsonl"


def ledger_in(folder: Path) -> LedgerDir:
    """Return the ledger of the case in `folder`, as one more process would open it."""
    return LedgerDir(ledger_file_in(folder).parent, spare_in(folder), RealSystem(), _LOCK_TIMEOUT_S)


def open_bench(folder: Path) -> World:
    """Return the world of the project in `folder`, made of the same adapters that `volvenctl apply` uses."""
    root = project_in(folder)
    documents, _ = parse([SpecFile(PROJECT_FILE, (root / PROJECT_FILE).read_bytes())])
    project, problems = make_project(documents[0], document_schema("project"))
    if project is None:
        raise ConfigError(f"the project of the self-test is invalid: {problems[0].message}")
    environment = project.environments["selftest"]
    system = RealSystem()
    return World(
        project=project,
        environment=environment,
        specs=SpecFolder(root, project.specs),
        source=NoCheckout(),
        platform=open_http(environment.api, TOKEN, system),
        ledger=ledger_in(folder),
        system=system,
    )
