"""Runs the errand that asks GitHub which commits are verified."""

from collections.abc import Mapping
from typing import Any, Final

from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.github_commits import VERIFY, GitHubCommits
from stuf_bot.errands import ErrandLater, ErrandRefused, Run

_PAUSE: Final = 300.0


def commit_errands(github: GitHubCommits) -> dict[str, Run]:
    """Its kind, and what runs it."""

    def verify(payload: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"verified": github.verified(payload["repository"]["full_name"], payload["branch"])}
        except GitHubUnavailable:
            raise ErrandLater(_PAUSE) from None
        except GitHubRefused as error:
            raise ErrandRefused("github-refused", str(error)) from None

    return {VERIFY: verify}
