"""The log shows neither secrets nor personal data, however they got into a message."""

import io
import logging

import pytest

from stuf_bot.telemetry import HIDDEN, LineFormatter, Redaction


@pytest.fixture
def redaction() -> Redaction:
    return Redaction(["s3cret", "s3cret-and-longer", ""])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key s3cret-and-longer!", f"key {HIDDEN}!"),
        ("token ghp_abc123 and github_pat_11A_b", f"token {HIDDEN} and {HIDDEN}"),
        ("an installation's ghs_a.b-c_d", f"an installation's {HIDDEN}"),
        ("AKIAABCDEFGHIJKLMNOP signs", f"{HIDDEN} signs"),
        ("postgresql://me:pass@db.example.org/x", f"postgresql://{HIDDEN}@db.example.org/x"),
        ("Authorization: Basic YTpi, Bearer abc.def", f"Authorization: Basic {HIDDEN}, Bearer {HIDDEN}"),
        (
            "https://b.example.org/?a=1&X-Amz-Signature=abc123&b=2",
            f"https://b.example.org/?a=1&X-Amz-Signature={HIDDEN}&b=2",
        ),
        ("mail to ana.b+c@mail.example.org.", f"mail to {HIDDEN}."),
        ("text to +44 7700 900123 or +12025550123", f"text to {HIDDEN} or {HIDDEN}"),
        ("ring 07700 900123", f"ring {HIDDEN}"),
        ("DETAIL:  Failing row contains (1, Ana).\nmore", f"DETAIL: {HIDDEN}\nmore"),
        ("run 1234567890 at 2026-11-23T20:00:00+00:00", "run 1234567890 at 2026-11-23T20:00:00+00:00"),
    ],
)
def test_what_is_hidden(redaction: Redaction, text: str, shown: str) -> None:
    assert redaction(text) == shown


def test_tracebacks_are_redacted_too(redaction: Redaction) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(redaction))
    logger = logging.getLogger("tests.shell.telemetry")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        int("s3cret for ana@example.org")
    except ValueError:
        logger.exception("it failed: %s", "s3cret")
    assert "s3cret" not in stream.getvalue()
    assert "ana@" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()
