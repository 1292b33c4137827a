"""The pages: reachable at the addresses in answers, and safe against what others wrote."""

from collections.abc import Callable

import pytest
import requests
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sandbox.github import GitHub

EVIL = "<script>alert(1)</script>"
WORKFLOW = f"""
name: "{EVIL}"
run-name: "{EVIL} ${{{{ inputs.text }}}}"
on: {{workflow_dispatch: {{inputs: {{text: {{type: string}}}}}}}}
jobs:
  one:
    name: "{EVIL}"
    runs-on: ubuntu-latest
    steps:
      - name: "step {EVIL}"
        env: {{TEXT: "${{{{ inputs.text }}}}"}}
        run: |
          echo "$TEXT"
          echo "::error::$TEXT"
"""


@pytest.fixture
def get(hub: GitHub) -> Callable[[str], requests.Response]:
    def read(path: str) -> requests.Response:
        address = path if path.startswith("http") else hub.url + path
        return requests.get(address, timeout=20)

    return read


def test_what_others_wrote_stays_text(
    workflow: Callable[[str], Repository],
    start_run: Callable[..., WorkflowRun],
    ended: Callable[..., WorkflowRun],
    get: Callable[[str], requests.Response],
) -> None:
    repository = workflow(WORKFLOW)
    repository.create_file(f"a{EVIL.replace('/', '')}.html", EVIL, EVIL, branch="main")
    repository.edit(description=EVIL)
    run = ended(repository, start_run(repository, text=EVIL))
    commit = repository.get_branch("main").commit
    pages = [
        "/",
        "/acme",
        repository.html_url,
        f"{repository.html_url}/commits",
        f"{repository.html_url}/blob/main/a%3Cscript%3Ealert(1)%3Cscript%3E.html",
        f"{repository.html_url}/actions",
        commit.html_url,
        run.html_url,
        next(iter(run.jobs())).html_url,
    ]
    for page in pages:
        answer = get(page)
        assert answer.status_code == 200, page
        assert EVIL not in answer.text, page
        assert "<script>alert" not in answer.text, page
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "anybody on this machine" in answer.text
    assert "&lt;script&gt;" in get(run.html_url).text


def test_raw_files_are_never_run(
    seed: Callable[..., Repository], get: Callable[[str], requests.Response]
) -> None:
    seed({"page.html": EVIL})
    answer = get("/acme/control/raw/main/page.html")
    assert answer.text == EVIL
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_files_below_a_branch_with_a_slash(
    seed: Callable[..., Repository], get: Callable[[str], requests.Response]
) -> None:
    repository = seed({"folder/a.txt": "first\nsecond\n"})
    repository.create_git_ref("refs/heads/feature/x", repository.get_branch("main").commit.sha)
    assert "second" in get("/acme/control/blob/feature/x/folder/a.txt").text
    assert "a.txt" in get("/acme/control/tree/feature/x/folder").text
    content = repository.get_contents("folder/a.txt")
    assert "second" in get(content.html_url).text  # type: ignore[union-attr]
    assert get(content.download_url).text == "first\nsecond\n"  # type: ignore[union-attr]


def test_a_commit_shows_what_changed(
    seed: Callable[..., Repository], get: Callable[[str], requests.Response]
) -> None:
    repository = seed({"a.txt": "one\n"})
    text = get(repository.get_branch("main").commit.html_url).text
    assert "<span class='added'>+one\n</span>" in text


def test_an_empty_repository_says_how_to_fill_it(
    hub: GitHub,
    client: object,
    ask: Callable[..., requests.Response],
    get: Callable[[str], requests.Response],
) -> None:
    del hub, client
    ask("POST", "/orgs/acme/repos", json={"name": "empty"})
    assert "git push" in get("/acme/empty").text
    assert get("/acme/empty/commits").status_code == 200
    assert get("/acme/empty/actions").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nobody",
        "/acme/none",
        "/acme/control/blob/main/none.txt",
        "/acme/control/tree/none",
        "/acme/control/commit/0123456",
        "/acme/control/actions/runs/1",
        "/acme/control/commits/--all",
        "/_assets/..%2Fview.py",
    ],
)
def test_what_is_not_there(
    seed: Callable[..., Repository], get: Callable[[str], requests.Response], path: str
) -> None:
    seed({"a.txt": "one\n"})
    assert get(path).status_code == 404
