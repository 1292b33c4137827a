"""The diff in docs/add-a-command.md is the real one."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "add-a-command.md").read_text(encoding="utf-8")
_FILES = dict(re.findall(r"^\+\+\+ b/(\S+)\n((?:[+@].*\n)+)", _PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", ["handlers/whoami.py", "handlers/__init__.py", "stuf_bot/audit/tags.py"])
def test_every_line_that_the_page_adds_stands_in_the_file(name: str) -> None:
    added = [line.removeprefix("+") for line in _FILES[name].splitlines() if line.startswith("+")]
    lines = (_ROOT / name).read_text(encoding="utf-8").splitlines()
    assert added
    assert not [line for line in added if line not in lines]


def test_the_whole_file_is_shown() -> None:
    added = [line.removeprefix("+") for line in _FILES["handlers/whoami.py"].splitlines()]
    assert added == (_ROOT / "handlers" / "whoami.py").read_text(encoding="utf-8").splitlines()
