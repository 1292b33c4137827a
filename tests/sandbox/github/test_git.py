"""Git itself: clone and push over HTTP, files and history through the API."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import github
import pytest
import requests
from github.Repository import Repository

from sandbox.github import GitHub


def git(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Tess",
        "GIT_AUTHOR_EMAIL": "tess@example.org",
        "GIT_COMMITTER_NAME": "Tess",
        "GIT_COMMITTER_EMAIL": "tess@example.org",
    }
    return subprocess.run(
        ["git", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def address(hub: GitHub, token: str, name: str) -> str:
    return f"{hub.url}/{name}.git".replace("http://", f"http://x-access-token:{token}@")


def test_push_and_clone(hub: GitHub, token: str, client: github.Github, tmp_path: Path) -> None:
    repository = client.get_organization("acme").create_repo("stuf-audit", private=True)
    work = tmp_path / "work"
    work.mkdir()
    git("init", "--initial-branch=main", cwd=work)
    # Larger than Git's buffer, so that it comes in chunks, compressed badly.
    (work / "big.bin").write_bytes(os.urandom(3_000_000))
    (work / "übung.txt").write_text("für alle\n")
    git("add", ".", cwd=work)
    git("commit", "-m", "Deploy audit", cwd=work)
    pushed = git("push", address(hub, token, "acme/stuf-audit"), "HEAD:main", cwd=work)
    assert pushed.returncode == 0, pushed.stderr
    assert [commit.commit.message for commit in repository.get_commits()] == ["Deploy audit"]
    assert repository.get_contents("übung.txt").decoded_content == "für alle\n".encode()
    cloned = git("clone", address(hub, token, "acme/stuf-audit"), "copy", cwd=tmp_path)
    assert cloned.returncode == 0, cloned.stderr
    assert (tmp_path / "copy" / "big.bin").stat().st_size == 3_000_000


def test_who_may_not(
    hub: GitHub, client: github.Github, seed: Callable[..., Repository], tmp_path: Path
) -> None:
    seed({"a.txt": "a"}, name="private-one")
    seed({"a.txt": "a"}, name="public-one", private=False)
    stranger = hub.create_token("tess")
    anonymous = git("clone", f"{hub.url}/acme/private-one.git", "x", cwd=tmp_path)
    assert "could not read Username" in anonymous.stderr
    hidden = git("clone", address(hub, stranger, "acme/private-one"), "x", cwd=tmp_path)
    assert "not found" in hidden.stderr
    assert git("clone", f"{hub.url}/acme/public-one", "open", cwd=tmp_path).returncode == 0
    refused = git("push", address(hub, stranger, "acme/public-one"), "HEAD:other", cwd=tmp_path / "open")
    assert refused.returncode
    assert "403" in refused.stderr
    assert [branch.name for branch in client.get_repo("acme/public-one").get_branches()] == ["main"]
    wrong = git("clone", address(hub, "wrong", "acme/private-one"), "y", cwd=tmp_path)
    assert "Authentication failed" in wrong.stderr


def test_files_through_the_api(seed: Callable[..., Repository]) -> None:
    repository = seed({"a.txt": "one\n"})
    made = repository.create_file("folder/b.txt", "Add b", "b\n", branch="main")
    changed = repository.update_file("folder/b.txt", "Change b", "bb\n", made["content"].sha, branch="main")
    with pytest.raises(github.GithubException) as refused:
        repository.update_file("folder/b.txt", "Change b", "bbb\n", made["content"].sha, branch="main")
    assert refused.value.status == 409
    assert [one.path for one in repository.get_contents("folder")] == ["folder/b.txt"]
    commit = repository.get_commit(changed["commit"].sha)
    assert [(file.filename, file.status, file.patch) for file in commit.files] == [
        ("folder/b.txt", "modified", "@@ -1 +1 @@\n-b\n+bb")
    ]
    assert commit.stats.total == 2
    future = datetime.now(UTC) + timedelta(days=1)
    assert list(repository.get_commits(since=future)) == []
    assert repository.get_commits(until=future, author="acme-admin").totalCount == 2
    repository.delete_file("folder/b.txt", "Remove b", changed["content"].sha, branch="main")
    with pytest.raises(github.UnknownObjectException):
        repository.get_contents("folder/b.txt")
    assert [one.commit.message for one in repository.get_commits(path="folder/b.txt")] == [
        "Remove b",
        "Change b",
        "Add b",
    ]


def test_an_empty_repository(client: github.Github) -> None:
    repository = client.get_organization("acme").create_repo("empty")
    with pytest.raises(github.GithubException) as refused:
        list(repository.get_commits())
    assert refused.value.status == 409
    with pytest.raises(github.GithubException, match="This repository is empty"):
        repository.get_contents("")
    assert list(repository.get_branches()) == []


def test_refs(seed: Callable[..., Repository], ask: Callable[..., requests.Response]) -> None:
    repository = seed({"a.txt": "one\n"})
    first = repository.get_branch("main").commit.sha
    repository.create_git_ref("refs/heads/feature/x", first)
    repository.create_file("b.txt", "Add b", "b", branch="feature/x")
    compared = repository.compare("main", "feature/x")
    assert (compared.status, compared.ahead_by, [file.filename for file in compared.files]) == (
        "ahead",
        1,
        ["b.txt"],
    )
    repository.get_git_ref("heads/feature/x").delete()
    assert [branch.name for branch in repository.get_branches()] == ["main"]
    archive = ask("GET", "/repos/acme/control/tarball/main")
    assert archive.content[:2] == b"\x1f\x8b"


def test_the_first_branch_becomes_the_default(
    hub: GitHub, token: str, client: github.Github, tmp_path: Path
) -> None:
    client.get_organization("acme").create_repo("stuf-audit")
    git("init", "--initial-branch=trunk", cwd=tmp_path)
    git("commit", "--allow-empty", "-m", "Begin", cwd=tmp_path)
    git("push", address(hub, token, "acme/stuf-audit"), "HEAD:trunk", cwd=tmp_path)
    assert client.get_repo("acme/stuf-audit").default_branch == "trunk"


@pytest.mark.parametrize("path", ["../../etc/passwd", ".git/config", "a/../../b"])
def test_paths_that_lead_out(
    seed: Callable[..., Repository], ask: Callable[..., requests.Response], path: str
) -> None:
    seed({"a.txt": "one\n"})
    body = {"message": "Out", "content": ""}
    encoded = path.replace("/", "%2F").replace(".", "%2E")
    assert ask("PUT", f"/repos/acme/control/contents/{encoded}", json=body).status_code in {404, 422}
    assert ask("GET", f"/acme/control/raw/main/{encoded}").status_code == 404
