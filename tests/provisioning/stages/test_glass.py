import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioning import glass

MESSAGE = glass.Message(
    subject="Provision acme-audit",
    what=("validate: done in 1 s",),
    reason="TICKET-17",
    requested_by="Tess Architect (9)",
    operation="op-k3f9-1",
    verification="passed",
    run_url="https://github.example.org/runs/7",
)


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    folder = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    return folder


def clone_of(bare: Path, folder: Path) -> glass.Clone:
    clone = glass.Clone(folder, str(bare), SecretStr(""))
    clone.fetch()
    return clone


def test_a_commit_says_what_why_who_and_how_verification_went() -> None:
    assert str(MESSAGE).splitlines() == [
        "Provision acme-audit",
        "",
        "- validate: done in 1 s",
        "",
        "Reason: TICKET-17",
        "Requested-by: Tess Architect (9)",
        "Operation: op-k3f9-1",
        "Run: https://github.example.org/runs/7",
        "Verification: passed",
    ]


def test_an_empty_repository_gets_its_first_commit(bare: Path, tmp_path: Path) -> None:
    clone = clone_of(bare, tmp_path / "one")
    clone.write("configuration/spec.json", "{}\n")
    commit = clone.commit(MESSAGE)
    clone.push()
    assert commit == git(bare, "rev-parse", "main")
    assert git(bare, "show", "main:configuration/spec.json") == "{}"
    assert clone_of(bare, tmp_path / "two").read("configuration/spec.json") == "{}\n"


def test_nothing_changed_is_no_commit(bare: Path, tmp_path: Path) -> None:
    clone = clone_of(bare, tmp_path / "one")
    clone.write("a", "1")
    assert clone.commit(MESSAGE)
    clone.write("a", "1")
    assert clone.commit(MESSAGE) is None


def test_a_push_goes_on_top_of_what_another_pushed_meanwhile(bare: Path, tmp_path: Path) -> None:
    first, second = clone_of(bare, tmp_path / "one"), clone_of(bare, tmp_path / "two")
    for clone, name in ((first, "a"), (second, "b")):
        clone.write(name, name)
        clone.commit(MESSAGE)
    first.push()
    second.push()
    assert git(bare, "ls-tree", "--name-only", "main").split() == ["a", "b"]


def test_fetching_drops_what_a_dead_attempt_left(bare: Path, tmp_path: Path) -> None:
    clone = clone_of(bare, tmp_path / "one")
    clone.write("a", "1")
    clone.commit(MESSAGE)
    clone.push()
    clone.write("a", "half")
    clone.write("rest", "")
    clone.fetch()
    assert clone.read("a") == "1"
    assert clone.read("rest") is None


def test_a_failure_is_told_in_gits_own_words(tmp_path: Path) -> None:
    with pytest.raises(glass.GitError, match="git fetch: fatal"):
        glass.Clone(tmp_path / "one", str(tmp_path / "nothing"), SecretStr("")).fetch()


def test_the_token_is_in_gits_environment_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for git notes what it is called with."""
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(
        '#!/bin/sh\necho "$@" >>"$(dirname "$0")/words"\nenv >>"$(dirname "$0")/environment"\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUF_GITHUB_TOKEN", "ghp_secret")
    clone = glass.Clone(
        tmp_path / "one", "https://github.example.org/acme/stuf-acme.git", SecretStr("ghp_secret")
    )
    clone.fetch()
    assert "ghp_secret" not in (stand_in.parent / "words").read_text()
    environment = (stand_in.parent / "environment").read_text()
    assert "ghp_secret" not in environment
    assert "GIT_CONFIG_KEY_0=http.https://github.example.org/.extraHeader" in environment
    assert "GIT_CONFIG_VALUE_0=Authorization: Basic " in environment


def test_paths_sort_by_time() -> None:
    early = glass.log_path(datetime(2026, 11, 23, 9, 5, tzinfo=UTC), "op-b-1")
    late = glass.log_path(datetime(2026, 11, 23, 21, 5, tzinfo=UTC), "op-a-1")
    assert early == "infrastructure/deployment-logs/20261123T090500Z_op-b-1.log"
    assert early < late
