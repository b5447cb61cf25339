"""Runs a command, and kills it at its N-th point: before or after a system call with which it changes something.

    python tests/kill_at.py N alone|all REPORT PROGRAM ARGUMENT...

Points are counted over the command and all that it starts, in order, so that N names the same point in every run whose
calls come in the same order; 0 is no point. `alone` kills the command and lets its children go on, `all` kills them
too. What git runs as the server of a repository on this disk is let go, as if it were elsewhere. REPORT gets, as JSON,
the number of points that were passed and what happened at the last one. Needs Linux on x86-64, and nothing but the
right to trace one's own children.
"""

import ctypes
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

CALLS = {
    1: "write",
    18: "pwrite64",
    20: "writev",
    44: "sendto",
    46: "sendmsg",
    307: "sendmmsg",
    42: "connect",
    74: "fsync",
    75: "fdatasync",
    77: "ftruncate",
    82: "rename",
    264: "renameat",
    316: "renameat2",
    86: "link",
    265: "linkat",
    87: "unlink",
    263: "unlinkat",
    83: "mkdir",
    258: "mkdirat",
    84: "rmdir",
}
"""What changes something outside of the process, by the number that x86-64 gives it."""
SERVERS = ("git-receive-pac", "git-upload-pack")
"""Names of processes that stand for another machine, as far as the kernel keeps them."""
_TRACEME, _DETACH, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 17, 24, 0x4200, 0x420E
_OPTIONS = 0x100000 | 0x1 | 0x2 | 0x4 | 0x8 | 0x10  # die with the tracer; mark system calls; fork, vfork, clone, exec
_ALL_KINDS = 0x40000000
_CALL_STOP = signal.SIGTRAP | 0x80
_EXEC_STOP = 4
_ENTRY, _EXIT = 1, 2
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


class _Info(ctypes.Structure):
    """What the kernel says of a stop: `values` are the number and arguments at an entry, the result at an exit."""

    _fields_ = (
        *(("operation", ctypes.c_uint8), ("architecture", ctypes.c_uint32)),
        *(("instruction", ctypes.c_uint64), ("stack", ctypes.c_uint64), ("values", ctypes.c_uint64 * 8)),
    )


class Killer:
    """One run of a command up to its point."""

    def __init__(self, at, *, spares_children):
        self.at = at
        self.spares_children = spares_children
        self.points = 0
        self.happened = "it ended by itself"
        self._command = 0
        self._has_struck = False
        self._calls = {}
        """The call that each thread is in; the threads that are known are its keys."""

    def run(self, command):
        """Run it to its end; return its exit code, negative if a signal ended it."""
        self._command = _traced(command)
        self._go_on(self._command, 0)
        code = None
        while True:
            try:
                thread, status = os.waitpid(-1, _ALL_KINDS)
            except ChildProcessError:
                return code
            if os.WIFSTOPPED(status):
                if status >> 16 == _EXEC_STOP and _name(thread) in SERVERS:
                    self._calls.pop(thread, None)
                    _ptrace(_DETACH, thread)
                    continue
                if self._has_struck and not self.spares_children:  # born in that moment
                    os.kill(thread, signal.SIGKILL)
                self._go_on(thread, self._heed(thread, status))
                continue
            self._calls.pop(thread, None)
            if thread == self._command:
                code = os.waitstatus_to_exitcode(status)

    def _go_on(self, thread, signal_number):
        self._calls.setdefault(thread, None)
        _ptrace(_SYSCALL, thread, signal_number)

    def _heed(self, thread, status):
        """Return the signal that the thread is to get when it goes on."""
        number = os.WSTOPSIG(status)
        if number == _CALL_STOP:
            self._count(thread)
            return 0
        is_ours = status >> 16 or (number == signal.SIGSTOP and thread not in self._calls)
        return 0 if is_ours else number

    def _count(self, thread):
        info = _Info()
        if _libc.ptrace(_SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.byref(info)) < 0:
            return  # it was killed in this moment
        if info.operation == _ENTRY:
            call = CALLS.get(info.values[0])
            self._calls[thread] = None if call == "write" and _only_wakes(thread, info.values[1]) else call
        call = self._calls.get(thread)
        if call is None:
            return
        self.points += 1
        if self.points == self.at:
            when = "before" if info.operation == _ENTRY else "after"
            self.happened = f"{when} {call} of {_name(thread)}"
            self._has_struck = True
            for victim in [self._command] if self.spares_children else list(self._calls):
                os.kill(victim, signal.SIGKILL)
        if info.operation == _EXIT:
            self._calls[thread] = None


def _traced(command):
    """Start a command that waits to be told to go on, and return its number."""
    child = os.fork()
    if not child:
        if _libc.ptrace(_TRACEME, 0, None, 0) < 0:
            os._exit(126)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(command[0], command)  # noqa: S606 - a shell would be killed instead
    os.waitpid(child, 0)
    _ptrace(_SETOPTIONS, child, _OPTIONS)
    return child


def _name(thread):
    try:
        return Path(f"/proc/{thread}/comm").read_text().strip()
    except OSError:  # it was killed in this moment
        return ""


def _only_wakes(thread, descriptor):
    """Whether this is a note from one thread of the process to another, which come when they like."""
    try:
        return "eventfd" in os.readlink(f"/proc/{thread}/fd/{descriptor}")  # noqa: PTH115 - it leads to no path
    except OSError:
        return False


def _ptrace(request, thread, value=0):
    _libc.ptrace(request, thread, None, value)  # one that was killed in this moment has nothing to be told


def why_not():
    """Return why this machine cannot kill commands so, or None if it can."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return "tests/kill_at.py knows Linux on x86-64"
    with TemporaryDirectory() as folder:
        report = Path(folder, "report")
        words = [sys.executable, __file__, "0", "all", str(report), "/bin/sh", "-c", f"mkdir {folder}/new; true"]
        done = subprocess.run(words, timeout=60, check=False)
        seen = json.loads(report.read_text())["points"] if report.exists() else 0
    return None if (done.returncode, seen) == (0, 2) else "this machine does not let a process be traced"


if __name__ == "__main__":
    killer = Killer(int(sys.argv[1]), spares_children=sys.argv[2] == "alone")
    exit_code = killer.run(sys.argv[4:])
    Path(sys.argv[3]).write_text(json.dumps({"points": killer.points, "happened": killer.happened}))
    sys.exit(exit_code if exit_code is not None and exit_code >= 0 else 128 - (exit_code or 0))
