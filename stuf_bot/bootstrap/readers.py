"""Runs the errands that ask GitHub who may read an instance repository."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.github_access import ACCESS, EVERY, GitHubAccess
from stuf_bot.errands import ErrandLater, ErrandRefused, Run

BY_CLOCK: Final = {EVERY: timedelta(hours=6)}
_PAUSE: Final = 300.0


def access_errands(github: GitHubAccess) -> dict[str, Run]:
    """Their kinds, and what runs them."""

    def read(payload: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return github.readers(payload["repository"])
        except GitHubUnavailable:
            raise ErrandLater(_PAUSE) from None
        except GitHubRefused as error:
            raise ErrandRefused("github-refused", str(error)) from None

    # Which STUFs there are, its end is told to whoever knows.
    return {ACCESS: read, EVERY: lambda _: {}}
