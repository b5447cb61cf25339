"""Signatures by the real ssh-keygen: each that does not count says why."""

from datetime import UTC, datetime

import pytest
from builders_pull_request import Keys

from volvenctl.adapters.ssh_keygen import SignedFile, sign
from volvenctl.adapters.system import environment_variables
from volvenctl.errors import VolvenctlError
from volvenctl.model.approval import Rejected, Verified

HASH = "sha256:" + "a" * 64
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def found(folder, approvers, at=AT, variables=None):
    known = environment_variables() if variables is None else variables
    return SignedFile(folder / "plan.json", approvers, known).verified(HASH, at)


def only(folder, approvers, at=AT):
    (item,) = found(folder, approvers, at)
    return item


def put(folder, name, text):
    (folder / f"plan.json.{name}.sig").write_text(text)


def test_a_signature_by_a_listed_key_is_good(folder, keys):
    text, public = sign(HASH, keys.of("bob"), environment_variables())
    put(folder, "bob@desk", text)
    assert only(folder, keys.line("ann") + keys.line("bob")) == Verified(
        "plan.json.bob@desk.sig", ("bob@desk",), public.fingerprint, text
    )


def test_a_signature_made_without_volvenctl_is_as_good(folder, keys):
    put(folder, "bob", keys.sign("bob", HASH))
    assert isinstance(only(folder, keys.line("bob")), Verified)


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda keys: keys.sign("bob", "sha256:" + "b" * 64), "incorrect signature"),
        (lambda keys: keys.sign("bob", HASH, namespace="file"), "namespace does not match"),
        (lambda keys: keys.sign("eve", HASH), "is not in the approvers' file"),
        (lambda keys: "hello", "it is no OpenSSH signature"),
        (lambda keys: "x" * 70_000, "it is no OpenSSH signature"),
    ],
    ids=["another plan", "another namespace", "a stranger", "no signature", "too large"],
)
def test_what_does_not_verify_says_why(folder, keys, forge, reason):
    put(folder, "bob@desk", forge(keys))
    item = only(folder, keys.line("bob"))
    assert isinstance(item, Rejected)
    assert reason in item.reason


def test_a_signature_with_a_changed_byte_is_rejected(folder, keys):
    lines = keys.sign("bob", HASH).splitlines()
    lines[-2] = ("B" if lines[-2][0] != "B" else "C") + lines[-2][1:]
    put(folder, "bob", "\n".join(lines) + "\n")
    assert isinstance(only(folder, keys.line("bob")), Rejected)


def test_a_key_is_good_only_in_its_time(folder, keys):
    put(folder, "bob", keys.sign("bob", HASH))
    in_2026 = keys.line("bob", 'valid-after="20260101",valid-before="20270101"')
    assert isinstance(only(folder, in_2026), Verified)
    late = only(folder, in_2026, datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC))
    early = only(folder, in_2026, datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert "key has expired" in late.reason
    assert "key is not yet valid" in early.reason
    assert late.reason.startswith("line 1: ")


def test_a_key_for_other_namespaces_is_rejected(folder, keys):
    put(folder, "bob", keys.sign("bob", HASH))
    assert "not permitted" in only(folder, keys.line("bob", 'namespaces="git"')).reason


def test_a_key_that_was_renewed_counts_by_its_valid_line(folder, keys):
    put(folder, "bob", keys.sign("bob", HASH))
    old = keys.line("bob", 'valid-before="20200101"', principals="bob@old")
    item = only(folder, old + keys.line("bob"))
    assert isinstance(item, Verified)
    assert item.principals == ("bob@desk", "bob@old")


def test_a_key_that_belongs_to_a_pattern_names_nobody(folder, keys):
    put(folder, "bob", keys.sign("bob", HASH))
    assert "to a pattern, not to a person" in only(folder, keys.line("bob", principals="*@desk")).reason


def test_only_files_beside_the_plan_with_its_name_are_looked_at(folder, keys):
    (folder / "other.json.bob.sig").write_text(keys.sign("bob", HASH))
    (folder / "plan.json.bob.txt").write_text("x")
    assert found(folder, keys.line("bob")) == ()


def test_what_is_no_regular_file_is_rejected(folder, keys):
    (folder / "plan.json.a.sig").mkdir()
    (folder / "plan.json.b.sig").symlink_to(folder / "plan.json.a.sig")
    assert [item.reason[:17] for item in found(folder, "")] == ["it cannot be read", "it cannot be read"]


def test_a_folder_that_is_gone_cannot_be_listed(tmp_path):
    with pytest.raises(VolvenctlError, match="cannot be listed"):
        found(tmp_path / "gone", "")


def test_without_ssh_keygen_nothing_is_verified(folder, keys, tmp_path):
    put(folder, "bob", keys.sign("bob", HASH))
    with pytest.raises(VolvenctlError, match="ssh-keygen cannot be started"):
        found(folder, keys.line("bob"), variables={"PATH": str(tmp_path)})


def test_what_is_no_key_cannot_sign(tmp_path, keys):
    (tmp_path / "key").write_text("x")
    for path in (tmp_path / "key", tmp_path / "missing"):
        with pytest.raises(VolvenctlError, match="ssh-keygen cannot sign with"):
            sign(HASH, str(path), environment_variables())
