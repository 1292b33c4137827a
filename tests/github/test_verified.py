"""Which commits are verified, asked at the embedded GitHub."""

import pytest
from pydantic import SecretStr

from provisioning.github import GitHubRefused
from provisioning.github_commits import VERIFY, GitHubCommits
from sandbox.github import GitHub as Hub
from stuf_bot.bootstrap.commits import commit_errands
from stuf_bot.errands import ErrandLater, ErrandRefused


def client(hub: Hub, url: str = "") -> GitHubCommits:
    token = SecretStr(hub.create_token("acme"))
    return GitHubCommits(repository="acme/stuf-control", token=token, url=url or hub.url)


def test_each_commit_of_a_branch_is_verified_or_not(hub: Hub) -> None:
    found = client(hub).verified("acme/stuf-acme-audit", "main")
    assert list(found.values()) == [False]
    assert all(len(sha) == 40 for sha in found)
    with pytest.raises(GitHubRefused):
        client(hub).verified("acme/stuf-acme-audit", "no-such-branch")


def test_the_errand_ends_or_is_tried_again(hub: Hub) -> None:
    payload = {"repository": {"full_name": "acme/stuf-acme-audit"}, "branch": "main"}
    run = commit_errands(client(hub))[VERIFY]
    assert list(run(payload)["verified"].values()) == [False]
    with pytest.raises(ErrandRefused):
        run(payload | {"branch": "gone"})
    hub.stop()
    with pytest.raises(ErrandLater):
        run(payload)
