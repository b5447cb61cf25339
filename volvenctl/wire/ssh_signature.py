"""OpenSSH signatures and allowed_signers files, as far as they say whose key it is. Nothing is verified here.

Source: PROTOCOL.sshsig of OpenSSH, and ALLOWED SIGNERS in ssh-keygen(1).
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

_ARMOR = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\r?\n?", re.ASCII
)
_MAGIC = b"SSHSIG"
_VERSION = 1
_FIELD = re.compile(r'(?:"[^"]*"|[^\s"])+')
"""One field of a line: quotes may hold blanks."""

_PATTERN = re.compile(r"[*?!]")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that a signature says it was made with."""

    text: str
    """In base64, as in an allowed_signers file."""

    @property
    def fingerprint(self) -> str:
        """Return it as OpenSSH shows it: `SHA256:` and unpadded base64."""
        digest = hashlib.sha256(base64.b64decode(self.text)).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def key_of_signature(armored: str) -> PublicKey | None:
    """Return the public key inside an armored signature; None if it is no such signature."""
    found = _ARMOR.fullmatch(armored)
    if found is None:
        return None
    try:
        blob = base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error:
        return None
    start = len(_MAGIC) + 8
    length = int.from_bytes(blob[start - 4 : start], "big")
    is_whole = blob.startswith(_MAGIC + _VERSION.to_bytes(4, "big")) and 0 < length <= len(blob) - start
    return PublicKey(base64.b64encode(blob[start : start + length]).decode("ascii")) if is_whole else None


def principals_of(key: PublicKey, allowed_signers: str) -> tuple[str, ...]:
    """Return every principal that an allowed_signers file gives to this very key, in its order, each once.

    Lines with `cert-authority` are about other keys, those that the authority signs, and are left out.
    """
    found: list[str] = []
    for line in allowed_signers.splitlines():
        fields = _FIELD.findall(line.strip())
        if len(fields) < 3 or line.lstrip().startswith("#") or key.text not in fields[1:]:  # noqa: PLR2004 - three fields
            continue
        before = fields[1 : fields.index(key.text, 1)]
        if not any("cert-authority" in field.casefold() for field in before):
            found += fields[0].replace('"', "").split(",")
    return tuple(dict.fromkeys(item for item in found if item))


def is_pattern(principal: str) -> bool:
    """Whether a principal stands for more people than one."""
    return _PATTERN.search(principal) is not None
