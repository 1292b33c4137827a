"""Repositories, who may do what with them, and their people."""

from collections.abc import Callable

import github
import pytest
import requests
from github.Repository import Repository

from sandbox.github import GitHub

Connect = Callable[[str], github.Github]


def test_creating_reading_changing_deleting(client: github.Github, hub: GitHub) -> None:
    made = client.get_organization("acme").create_repo("stuf-audit", private=True, description="Uploads")
    assert made.private
    assert made.html_url == f"{hub.url}/acme/stuf-audit"
    assert made.permissions.admin
    made.edit(description="More uploads", private=False)
    found = client.get_repo("acme/stuf-audit")
    assert (found.description, found.private, found.visibility) == ("More uploads", False, "public")
    assert [one.name for one in client.get_organization("acme").get_repos()] == ["stuf-audit"]
    found.delete()
    with pytest.raises(github.UnknownObjectException):
        client.get_repo("acme/stuf-audit")


def test_a_name_twice(client: github.Github) -> None:
    organization = client.get_organization("acme")
    organization.create_repo("stuf-audit")
    with pytest.raises(github.GithubException, match="name already exists on this account") as refused:
        organization.create_repo("Stuf-Audit")
    assert refused.value.status == 422


def test_a_fault_happens_once(client: github.Github, hub: GitHub) -> None:
    hub.fail_once("repository")
    organization = client.get_organization("acme")
    with pytest.raises(github.GithubException) as refused:
        organization.create_repo("stuf-audit")
    assert refused.value.status == 403
    assert organization.create_repo("stuf-audit").name == "stuf-audit"


def test_a_private_repository_is_hidden_from_strangers(
    hub: GitHub, client: github.Github, connect: Connect, ask: Callable[..., requests.Response]
) -> None:
    client.get_organization("acme").create_repo("secret", private=True)
    client.get_organization("acme").create_repo("open", private=False)
    tess = connect(hub.create_token("tess"))
    with pytest.raises(github.UnknownObjectException):
        tess.get_repo("acme/secret")
    assert not tess.get_repo("acme/open").permissions.push
    with pytest.raises(github.GithubException) as refused:
        tess.get_repo("acme/open").create_file("a", "b", "c")
    assert refused.value.status == 403
    assert ask("GET", "/repos/acme/secret", auth=None).status_code == 404
    assert ask("GET", "/repos/acme/open", auth=None).status_code == 200
    assert ask("GET", "/user", auth=None).status_code == 401


def test_a_bad_token(connect: Connect) -> None:
    with pytest.raises(github.BadCredentialsException):
        connect("ghp_nothing").get_user().login  # noqa: B018 - reading it asks


def test_inviting_a_reader(hub: GitHub, client: github.Github, connect: Connect) -> None:
    repository = client.get_organization("acme").create_repo("stuf-audit", private=True)
    invitation = repository.add_to_collaborators("tess", "pull")
    assert invitation is not None
    assert (invitation.invitee.login, invitation.permissions) == ("tess", "read")
    assert not repository.has_in_collaborators("tess")
    tess = connect(hub.create_token("tess"))
    waiting = list(tess.get_user().get_invitations())
    assert [one.repository.full_name for one in waiting] == ["acme/stuf-audit"]
    tess.get_user().accept_invitation(waiting[0])
    assert repository.has_in_collaborators("tess")
    assert repository.get_collaborator_permission("tess") == "read"
    found = tess.get_repo("acme/stuf-audit")
    assert (found.permissions.pull, found.permissions.push) == (True, False)
    with pytest.raises(github.GithubException) as refused:
        found.create_file("a", "b", "c")
    assert refused.value.status == 403
    repository.remove_from_collaborators("tess")
    with pytest.raises(github.UnknownObjectException):
        tess.get_repo("acme/stuf-audit")


def test_inviting_somebody_unknown(client: github.Github) -> None:
    repository = client.get_organization("acme").create_repo("stuf-audit")
    with pytest.raises(github.UnknownObjectException):
        repository.add_to_collaborators("nobody-here", "pull")


def test_pages_of_a_list(client: github.Github, ask: Callable[..., requests.Response]) -> None:
    for number in range(5):
        client.get_organization("acme").create_repo(f"stuf-{number}")
    answer = ask("GET", "/orgs/acme/repos?per_page=2&page=2")
    assert [one["name"] for one in answer.json()] == ["stuf-2", "stuf-3"]
    assert set(answer.links) == {"prev", "first", "next", "last"}
    assert len(ask("GET", answer.links["last"]["url"]).json()) == 1


def test_headers_that_come_with_everything(ask: Callable[..., requests.Response]) -> None:
    answer = ask("GET", "/user", headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert answer.headers["x-github-api-version-selected"] == "2026-03-10"
    assert answer.headers["x-github-request-id"]
    assert int(answer.headers["x-ratelimit-remaining"]) > 0
    assert ask("GET", "/user", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400
    assert "rate" not in ask("GET", "/rate_limit", headers={"X-GitHub-Api-Version": "2026-03-10"}).json()
    missing = ask("GET", "/repos/acme/none")
    assert missing.json() == {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }


def test_addresses_are_those_that_were_asked(hub: GitHub, ask: Callable[..., requests.Response]) -> None:
    other = hub.url.replace("127.0.0.1", "localhost")
    assert ask("GET", f"{other}/users/tess").json()["url"] == f"{other}/users/tess"


def test_seeding_a_checkout(hub: GitHub, seed: Callable[..., Repository]) -> None:
    del hub
    files = {"a.txt": "a", ".gitignore": "*.log\n", "x.log": "no", "folder/b.txt": "b"}
    repository = seed(files)
    assert repository.private
    assert {one.path for one in repository.get_git_tree("main", recursive=True).tree} >= {
        "a.txt",
        "folder/b.txt",
    }
    first = repository.get_branch("main").commit.sha
    assert seed(files).get_branch("main").commit.sha == first
    assert seed({**files, "a.txt": "changed"}).get_commits().totalCount == 2
