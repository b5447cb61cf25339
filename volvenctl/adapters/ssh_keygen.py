"""OpenSSH signatures, made and verified by the `ssh-keygen` command: the only module that starts it."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from volvenctl.adapters.plain_files import read_whole
from volvenctl.errors import VolvenctlError
from volvenctl.model.approval import Rejected, SignatureFile, Verified
from volvenctl.wire.ssh_signature import PublicKey, is_pattern, key_of_signature, principals_of


@dataclass(frozen=True, slots=True)
class Purpose:
    """What signatures are made for: one that was made for something else is worth nothing."""

    namespace: str
    signers: str
    """What the file is called that says whose key is whose."""


PLAN: Final = Purpose("volvenctl-plan", "the approvers' file")
CHECKPOINT: Final = Purpose("volvenctl-checkpoint", "the signers' file")

_SIGN_TIMEOUT_S: Final = 120
"""A person may have to type a passphrase or touch a key."""
_VERIFY_TIMEOUT_S: Final = 10
_MAX_BYTES: Final = 64 * 1024
_MAX_FILES: Final = 50
_KEPT_VARIABLES: Final = ("PATH", "HOME", "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "TERM")


class SignedFile:
    """The signatures beside a file, `FILE.*.sig` and `FILE.sig` (`ports.Signatures`)."""

    def __init__(self, file: Path, signers: str, variables: Mapping[str, str], purpose: Purpose = PLAN) -> None:
        """Look beside `file`; `signers` is the content of an allowed_signers file."""
        self._file = file
        self._signers = signers
        self._variables = variables
        self._purpose = purpose

    def verified(self, message: str, at: datetime) -> tuple[SignatureFile, ...]:
        """Return each signature file, by name, with what it is worth as a signature of `message` at `at`.

        Raises:
            VolvenctlError: `ssh-keygen` cannot be started.
        """
        prefix, suffix = self._file.name + ".", ".sig"
        try:
            names = sorted(path.name for path in self._file.parent.iterdir())
        except OSError as error:
            raise VolvenctlError(f"{self._file.parent} cannot be listed: {error.strerror}") from error
        files = [name for name in names if name.startswith(prefix) and name.endswith(suffix)]
        with TemporaryDirectory(prefix="volvenctl-") as folder:
            signers = Path(folder) / "allowed_signers"
            signers.write_text(self._signers, encoding="utf-8")
            return tuple(self._checked(name, signers, message, at) for name in files[:_MAX_FILES])

    def _checked(self, name: str, signers: Path, message: str, at: datetime) -> SignatureFile:
        try:
            content = read_whole(self._file.with_name(name), _MAX_BYTES)
        except OSError as error:
            return Rejected(name, f"it cannot be read: {error.strerror}")
        armored = content.decode("ascii", "replace")
        key = key_of_signature(armored) if len(content) <= _MAX_BYTES else None
        if key is None:
            return Rejected(name, "it is no OpenSSH signature")
        principals = principals_of(key, self._signers)
        if not principals:
            return Rejected(name, f"its key {key.fingerprint} is not in {self._purpose.signers}")
        if any(map(is_pattern, principals)):
            return Rejected(
                name, f"{self._purpose.signers} gives its key {key.fingerprint} to a pattern, not to a person"
            )
        return self._verified(Verified(name, principals, key.fingerprint, armored), signers, message, at)

    def _verified(self, signed: Verified, signers: Path, message: str, at: datetime) -> SignatureFile:
        """Return the signature under the first of its key's names that is valid; rejected if none is."""
        copy = signers.with_name("signature")
        copy.write_text(signed.text, encoding="ascii")
        reason = "it does not verify"
        for name in signed.principals:
            when = f"-Overify-time={at:%Y%m%d%H%M%S}"
            words = (
                "-Y",
                "verify",
                "-f",
                str(signers),
                "-I",
                name,
                "-n",
                self._purpose.namespace,
                "-s",
                str(copy),
                when,
            )
            done = _run(words, message, self._variables, _VERIFY_TIMEOUT_S)
            if done.returncode == 0:
                others = (item for item in signed.principals if item != name)
                return Verified(signed.file, (name, *others), signed.fingerprint, signed.text)
            reason = _last_line(done.stderr).replace(f"{signers}:", "line ") or reason
        return Rejected(signed.file, reason)


def sign(message: str, key: str, variables: Mapping[str, str], purpose: Purpose = PLAN) -> tuple[str, PublicKey]:
    """Return the armored signature of `message` with the key in the file `key`, and the public key.

    A `.pub` file works where ssh-agent has the private key. ssh-keygen asks for a passphrase at the terminal.

    Raises:
        VolvenctlError: ssh-keygen cannot be started, or cannot sign with that key.
    """
    done = _run(("-Y", "sign", "-f", key, "-n", purpose.namespace), message, variables, _SIGN_TIMEOUT_S)
    armored = done.stdout.decode("ascii", "replace")
    public = key_of_signature(armored) if done.returncode == 0 else None
    if public is None:
        reason = _last_line(done.stderr) or "it gave no signature"
        raise VolvenctlError(f"ssh-keygen cannot sign with {key}: {reason}", hint="--key names an OpenSSH key")
    return armored, public


def _run(
    words: Sequence[str], message: str, variables: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    kept = {name: variables[name] for name in _KEPT_VARIABLES if name in variables}
    try:
        return subprocess.run(  # noqa: S603 - fixed words, and file names and principals as arguments of options
            ["ssh-keygen", *words],  # noqa: S607 - found as the shell would find it
            input=message.encode("utf-8"),
            env={**kept, "LC_ALL": "C", "TZ": "UTC"},  # moments without a zone, here and in the file, are UTC
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        hint = "install OpenSSH 8.9 or newer"
        raise VolvenctlError(f"ssh-keygen cannot be started: {error.strerror}", hint=hint) from error
    except subprocess.TimeoutExpired as error:
        raise VolvenctlError(f"ssh-keygen did not end within {timeout_s:.0f} s") from error


def _last_line(content: bytes) -> str:
    """Return the most telling line of what ssh-keygen said: the last that is not its general one."""
    lines = [line.strip() for line in content.decode("utf-8", "backslashreplace").splitlines()]
    telling = [line for line in lines if line and not line.startswith(("Could not verify", "Signing data"))]
    return telling[-1] if telling else ""
