"""volvenctl selftest."""

from pathlib import Path
from tempfile import gettempdir

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.errors import Exit, StorageError, UsageError


@click.command(cls=Door)
@click.option("--quick", is_flag=True, help="A part that takes less than a minute.")
@click.option("--only", metavar="GLOB", default="*", help="Only cases whose name, GROUP/CASE, matches.")
@click.option("--report", "report_file", metavar="FILE", type=click.Path(dir_okay=False), help="Write it as JSON, too.")
@format_option()
@pass_session
def command(session: Session, only: str, report_file: str | None, *, quick: bool) -> Exit:
    """Try on this machine that nothing is launched twice and no id is lost, whatever goes wrong.

    The simulated platform, a project and all files are temporary ones; nothing of yours is touched, and nothing
    but this machine is reached.
    """
    from volvenctl.adapters.plain_files import replace_file
    from volvenctl.cli.selftest.report import selftest_document, selftest_text
    from volvenctl.cli.selftest.sweep import sweep
    from volvenctl.wire.exact_json import document_text

    if report_file is not None and not Path(report_file).absolute().parent.is_dir():
        raise UsageError(f"the report cannot be written to {report_file}: there is no such folder")
    report = sweep(session, Path(gettempdir()), only, quick=quick)
    document = selftest_document(report)
    if report_file is not None:
        try:
            replace_file(Path(report_file), document_text(document).encode())
        except OSError as error:
            raise StorageError(f"the report could not be written to {report_file}: {error.strerror}") from error
    write_either(session, document, selftest_text(report, session.palette))
    return Exit.OK if report.is_passed else Exit.ERROR
