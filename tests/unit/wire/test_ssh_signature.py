"""Whose key a signature was made with; nothing is verified here."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.wire.ssh_signature import PublicKey, is_pattern, key_of_signature, principals_of

SIGNATURE = """\
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgjf0iC9JRCIwtViV+ZGsB8nscL2
DlW1ZwjJWGscG/SgEAAAAOdm9sdmVuY3RsLXBsYW4AAAAAAAAABnNoYTUxMgAAAFMAAAAL
c3NoLWVkMjU1MTkAAABAzG84uLRftpQ+mwadQbEDejZmoMSbLaP/YO9O1nuwbZAoxtGcu4
8SzKCb/6H0MJmD8xL2xcVV114tUJ9bDdSbBg==
-----END SSH SIGNATURE-----
"""
KEY = PublicKey("AAAAC3NzaC1lZDI1NTE5AAAAII39IgvSUQiMLVYlfmRrAfJ7HC9g5VtWcIyVhrHBv0oB")


def armored(blob):
    return f"-----BEGIN SSH SIGNATURE-----\n{base64.b64encode(blob).decode()}\n-----END SSH SIGNATURE-----\n"


def test_the_key_and_its_fingerprint_are_those_that_openssh_shows():
    key = key_of_signature(SIGNATURE)
    assert key == KEY
    assert key.fingerprint == "SHA256:Wew2L9L/1yFE6YlfJtUFpm1Vq4amtfWSvZIUoUPRSoQ"


def test_windows_line_ends_do_not_matter():
    assert key_of_signature(SIGNATURE.replace("\n", "\r\n")) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        SIGNATURE * 2,
        "x" + SIGNATURE,
        SIGNATURE.replace("==", "=").replace("BEGIN", "BEGIN"),
        armored(b"SSHSIG"),
        armored(b"SSHSIG" + bytes([0, 0, 0, 2, 0, 0, 0, 1]) + b"k"),
        armored(b"SSHSIG" + bytes([0, 0, 0, 1, 0, 0, 0, 0]) + b"k"),
        armored(b"SSHSIG" + bytes([0, 0, 0, 1, 0, 0, 0, 2]) + b"k"),
        armored(b"SSHGIS" + bytes([0, 0, 0, 1, 0, 0, 0, 1]) + b"k"),
    ],
)
def test_what_is_no_signature_has_no_key(text):
    assert key_of_signature(text) is None


@given(st.binary(max_size=80))
def test_no_content_is_too_strange(blob):
    key_of_signature(armored(blob))
    key_of_signature(blob.decode("latin-1"))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("bob@desk ssh-ed25519 {key}", ("bob@desk",)),
        ("bob@desk,bob  ssh-ed25519 {key} a comment", ("bob@desk", "bob")),
        ('bob@desk namespaces="a b",valid-before="20990101" ssh-ed25519 {key}', ("bob@desk",)),
        ('"bob@desk" ssh-ed25519 {key}', ("bob@desk",)),
        ("*@desk ssh-ed25519 {key}", ("*@desk",)),
        ("bob@desk cert-authority ssh-ed25519 {key}", ()),
        ("# bob@desk ssh-ed25519 {key}", ()),
        ("bob@desk ssh-ed25519 AAAA{key}", ()),
        ("bob@desk {key}", ()),
        ("{key} ssh-ed25519 AAAA", ()),
        ("", ()),
    ],
)
def test_a_key_has_the_names_of_its_line(line, names):
    assert principals_of(KEY, line.format(key=KEY.text) + "\n") == names


def test_a_key_has_the_names_of_all_its_lines():
    text = "".join(f"{name} ssh-ed25519 {KEY.text}\n" for name in ("bob@desk", "bob@home", "bob@desk"))
    assert principals_of(KEY, "eve ssh-ed25519 AAAA\n" + text) == ("bob@desk", "bob@home")


def test_a_pattern_is_nobody_in_particular():
    assert [is_pattern(item) for item in ("*@desk", "b?b", "!bob", "bob@desk")] == [True, True, True, False]
