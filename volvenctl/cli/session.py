"""One run of the program: its global options, and its ways to write."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Literal, TextIO, TypeAlias

from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.names import Json
from volvenctl.render.safe import ci_safe, safe
from volvenctl.render.style import Palette

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
"""How much a line of the log matters."""


@dataclass(slots=True)
class Session:
    """What the global options say; filled in while the command line is read."""

    environment: str | None = None
    policy_from: str | None = None
    """The git commit that the environment is read from; None: the working tree."""
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    style: str = "text"
    """The format that was asked for."""
    patience_s: tuple[float, float] = (1.0, 10.0)
    """After how long a wait is mentioned for the first time, and how often from then on."""
    is_output_lost: bool = False
    """Something could not be written to stdout, for another reason than a reader who left."""
    log_format: str = "text"
    """`json`: every line on stderr is one JSON object."""
    facts: dict[str, Json] = field(default_factory=dict)
    """What every line of a JSON log says beside its message: the command, and the environment once it is known."""
    endings: list[Callable[[int], None]] = field(default_factory=list)
    """What remains to be done with the exit code, such as sending a trace; none of it changes that code."""

    @property
    def json(self) -> bool:
        """Whether stdout is to be exactly one JSON document."""
        return self.style == "json"

    @property
    def palette(self) -> Palette:
        """How to paint what goes to stdout."""
        return Palette(self._is_painted(sys.stdout))

    @property
    def error_palette(self) -> Palette:
        """How to paint what goes to stderr."""
        return Palette(not self._logs_json and self._is_painted(sys.stderr))

    def write(self, text: str) -> None:
        """Write a result to stdout; a reader who left early is no error."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            _discard(sys.stdout)
        except OSError as error:
            self.is_output_lost = True
            _discard(sys.stdout)
            lost = f"the result could not be written to stdout: {safe(str(error.strerror))}"
            self.fail(VolvenctlError(lost))

    def write_error(self, text: str, level: Level = "info", **facts: Json) -> None:
        """Write to stderr as far as that is possible; `level` and `facts` are for a JSON log."""
        if self._logs_json:
            from volvenctl.adapters.system import RealSystem
            from volvenctl.render.log_lines import log_lines

            text = log_lines(text, RealSystem().now(), level, {**self.facts, **facts})
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()

    def fail(self, error: VolvenctlError) -> None:
        """Write what went wrong and the next step: two lines, or one object with both and the exit code."""
        if self._logs_json:
            message, hint = (ci_safe(safe(text)) for text in (error.message, error.hint))
            self.write_error(message, "error", exit=int(error.exit), hint=hint or None)
        else:
            self.write_error(error_text(error, self.error_palette))

    def say(self, line: str, level: Level = "info", **facts: Json) -> None:
        """Tell the person or log that follows the run, unless it is to be quiet; `line` is safe already."""
        if not self.quiet:
            self.write_error(ci_safe(line) + "\n", level, **facts)

    def notice(self, text: str) -> None:
        """Say something that is no result, and no error either."""
        self.say(safe(text) if self._logs_json else f"note: {safe(text)}", "warning")

    def detail(self, text: str) -> None:
        """Tell what only `--verbose` tells."""
        if self.verbose:
            self.say(safe(text), "debug")

    @contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[], None]]:
        """Say what takes its time, after a second and then every ten; until the end, or a call of what it gives."""
        done = threading.Event()
        thread = threading.Thread(target=self._say_while, args=(what, done), daemon=True)
        thread.start()
        try:
            yield done.set
        finally:
            done.set()
            thread.join()

    def ended(self, code: int) -> int:
        """Return the exit code of the process: a result that was lost is an error."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                _discard(stream)
        return Exit.ERROR if self.is_output_lost and code in (Exit.OK, Exit.CHANGES) else code

    def _say_while(self, what: str, done: threading.Event) -> None:
        waited_s = 0.0
        pause_s, next_pause_s = self.patience_s
        while not done.wait(pause_s):
            self.say(f"{what} ..." if not waited_s else f"{what} ... [{waited_s:.0f} s]")
            waited_s += pause_s
            pause_s = next_pause_s

    @property
    def _logs_json(self) -> bool:
        return self.log_format == "json"

    def _is_painted(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        from volvenctl.adapters.system import environment_variables

        variables = environment_variables()
        if variables.get("NO_COLOR"):
            return False
        if variables.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        return stream.isatty() and variables.get("TERM") != "dumb"


def error_text(error: VolvenctlError, palette: Palette) -> str:
    """Return what went wrong and the next step, a line each."""
    lines = [f"{palette.bad('error')}: {safe(error.message)}"]
    lines += [f"{palette.odd('hint')}: {safe(error.hint)}"] if error.hint else []
    return "".join(ci_safe(line) + "\n" for line in lines)


def prepare_streams() -> None:
    """Make sure that stdout and stderr exist and take every text, whatever their encoding."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere, so that the interpreter does not stumble over it at exit."""
    with suppress(OSError, ValueError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)
