"""What the manual, its examples and the code say of one another."""

import re
from pathlib import Path

import pytest

from stuf_bot.play import stage

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
WIDTH = 120


def text_of(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("path", MANUAL, ids=lambda path: path.name)
def test_lines_are_wrapped_except_in_tables(path: Path) -> None:
    # What the bot says is shown as it says it.
    said = re.sub(r"(?ms)^(`{3,})markdown\n.*?^\1$", "", path.read_text(encoding="utf-8"))
    assert [line for line in said.splitlines() if len(line) > WIDTH and not line.startswith("|")] == []


@pytest.mark.parametrize("name", ["README.md", "docs/configuration.md"])
def test_the_bot_is_named_as_the_examples_call_it(name: str) -> None:
    called = {stage.read(path).bot_name for path in (ROOT / "examples").glob("*.chat")}
    assert len(called) == 1
    assert f"*{called.pop()}*" in text_of(name)


@pytest.mark.parametrize("path", MANUAL, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", file.read_text(encoding="utf-8"))
            assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}, (
                target
            )


def test_the_parts_that_the_architecture_names_exist() -> None:
    named = re.findall(
        r"`((?:stuf_bot|handlers|provisioning|sandbox|ansible|\.github)/[\w./-]*)`",
        text_of("docs/architecture.md"),
    )
    assert "stuf_bot/doctor/" in named
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "Makefile"])
def test_make_test_is_said_to_leave_out_the_slow_tests(name: str) -> None:
    assert "every check and test but the slow ones" in text_of(name)


@pytest.mark.parametrize("name", ["docs/configuration.md", "docs/architecture.md", "bot.conf.example"])
def test_one_bot_at_a_time_works_on_a_database(name: str) -> None:
    assert "One bot at a time works on a database" in text_of(name).replace(" # ", " ")


@pytest.mark.parametrize("name", ["README.md", "docs/configuration.md", "bot.conf.example"])
def test_the_app_is_installed_for_repositories_that_do_not_exist_yet(name: str) -> None:
    assert re.search(
        r"all repositories of .*do not exist yet", text_of(name).replace(" # ", " "), re.IGNORECASE
    )


def test_who_adopts_kept_files_is_in_the_manual() -> None:
    assert "`retry SLUG adopt`" in text_of("docs/configuration.md")
