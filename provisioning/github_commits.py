"""The newest commits of a branch, and whether GitHub could verify who signed them: a push does not say it."""

from itertools import islice
from typing import Final

from provisioning.github import GitHub

VERIFY: Final = "github.verify"
"""The errand that asks. Its payload names the repository and the branch, its result has `verified`, by hash."""


class GitHubCommits(GitHub):
    """Commits of any repository that the account may read."""

    def verified(self, repository: str, branch: str, most: int = 10) -> dict[str, bool]:
        """By hash, of the `most` newest commits. `repository` is owner/name.

        Raises GitHubUnavailable, GitHubRefused (404 where there is no such branch).
        """
        with self._errors(f"reading the commits of {repository}"):
            found = self._client().get_repo(repository).get_commits(sha=branch)
            return {one.sha: bool(one.commit.verification.verified) for one in islice(found, most)}
