"""E-mail addresses and phone numbers that somebody wrote on GitHub are neither told nor remembered."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_samples import ABSENT, one_of_each, samples
from sqlalchemy import select

from stuf_bot.store.tables import Base

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from talk import Talk, open_talk

pytestmark = pytest.mark.skipif(not samples(), reason=ABSENT)

MARKS = ("marked.ana@example.org", "7700900987", "7700 900987")
WRITTEN = "ask marked.ana@example.org or +44 7700 900987"
# What people write freely; everything else is GitHub's own form.
FREE = frozenset({
    "title", "body", "message", "description", "name", "display_title", "summary", "label", "text", "comment",
    "content", "context", "reason", "dismissed_comment", "email", "headline", "bio", "company", "subject",
})  # fmt: skip
FORM = re.compile(r"\d{4}-\d{2}-\d{2}T|https?://|[0-9a-f]{40}$")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = open_talk(tmp_path / "bot.sqlite")
    yield talk
    talk.database.close()


def marked(value: Any, name: str = "") -> Any:
    """The payload with marks in whatever people write."""
    if isinstance(value, dict):
        return {key: marked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, name) for inner in value]
    if isinstance(value, str) and name in FREE and not FORM.match(value):
        return WRITTEN
    return value


def test_they_are_neither_told_nor_remembered(talk: Talk) -> None:
    told = 0
    for sample in one_of_each():
        talk.delivers("github", sample.kind, marked(sample.payload))
        said = [act.model_dump_json() for act in talk.acts]
        told += len(said)
        assert not [mark for mark in MARKS if mark in " ".join(said)], (sample.name, said)
    assert told > len(one_of_each())
    # What nobody could read is kept for administrators, for a while.
    tables = [table for table in Base.metadata.sorted_tables if table.name != "kept_deliveries"]
    with talk.database.reading() as session:
        for table in tables:
            rows = "\n".join(str(tuple(row)) for row in session.execute(select(table)))
            assert not [mark for mark in MARKS if mark in rows], table.name
