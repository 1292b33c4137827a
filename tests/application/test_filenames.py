"""File names as keys."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stuf_api.filenames import MAX_BYTES, safe_name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("Prüfbericht 2026 · Anhang.pdf", "Prüfbericht 2026 · Anhang.pdf"),
        ("日本語のファイル.txt", "日本語のファイル.txt"),
        ("👩‍👩‍👧.png", "👩‍👩‍👧.png"),
        ("u\u0308ber.txt", "über.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\pat\\secret.doc", "secret.doc"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        ("\u200d", "file"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("report...final.pdf. .", "report.final.pdf"),
        (".env", ".env"),
        ("a/", "file"),
        ("\ud800x", "x"),
    ],
)
def test_names(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


def test_long_names_keep_their_ending() -> None:
    name = safe_name("ä" * 500 + ".pdf")
    assert name.endswith("ä.pdf")
    assert len(name.encode()) <= MAX_BYTES
    assert len(safe_name("x." + "y" * 500).encode()) <= MAX_BYTES


@given(st.text(max_size=400) | st.text(alphabet="./\\\x00\u202e a", max_size=40))
def test_any_name_becomes_a_plain_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= MAX_BYTES
    assert "/" not in safe
    assert "\\" not in safe
    assert ".." not in safe
    assert safe.strip() == safe
    assert not [c for c in safe if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert safe_name(safe) == safe
