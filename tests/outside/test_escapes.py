"""Escapes of YAML that write what is no character are refused, and break nothing."""

from pathlib import Path

import pytest
from talk import TESS, open_talk


@pytest.mark.parametrize("escape", ["\\0", "\\ud83d", "\\e[31m", "\\x07"])
@pytest.mark.parametrize("block", ['name: "{}"', '"{}": x', 'participants: ["{}"]', 'x: {{y: "{}"}}'])
def test_a_block_with_what_no_database_keeps_is_refused(tmp_path: Path, escape: str, block: str) -> None:
    talk = open_talk(tmp_path / "bot.sqlite")
    answer = talk.says(TESS, f"create\n```yaml\n{block.format(escape)}\n```")
    talk.database.close()
    assert "cannot be used" in answer
