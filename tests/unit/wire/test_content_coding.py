import gzip
import tracemalloc
import zlib

import pytest

from volvenctl.wire.content_coding import BodyReader


def read(coding, content, limit=100, size=7):
    reader = BodyReader(coding, limit)
    for start in range(0, len(content), size):
        reader.add(content[start : start + size])
    return reader.body, reader.complete


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("", bytes),
        (" Identity ", bytes),
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
    ],
)
def test_known_codings_are_undone(coding, encode):
    assert read(coding, encode(b"hello" * 20)) == (b"hello" * 20, True)


@pytest.mark.parametrize("encode", [bytes, gzip.compress])
def test_a_body_over_the_limit_is_cut_and_incomplete(encode):
    coding = "" if encode is bytes else "gzip"
    assert read(coding, encode(b"x" * 101)) == (b"x" * 100, False)
    assert read(coding, encode(b"x" * 5000), size=5000) == (b"x" * 100, False)


def test_an_empty_body_is_complete_only_if_it_is_not_coded():
    assert read("", b"") == (b"", True)
    assert read("gzip", b"") == (b"", False)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"hello")[:-3], b"garbage that is no gzip", gzip.compress(b"a") + b"more", gzip.compress(b"a") * 2],
    ids=["cut", "garbage", "trailing bytes", "two members"],
)
def test_a_coding_that_does_not_come_to_its_end_is_incomplete(content):
    assert not read("gzip", content)[1]


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd", "compress"])
def test_an_unknown_coding_is_not_read_at_all(coding):
    reader = BodyReader(coding, 100)
    assert not reader.wants_more
    reader.add(b"x")
    assert (reader.body, reader.complete) == (b"", False)


def test_a_bomb_never_unfolds_in_memory():
    bomb = gzip.compress(b"\0" * (64 << 20))
    tracemalloc.start()
    _, complete = read("gzip", bomb, limit=1000, size=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not complete
    assert peak < 1 << 20
