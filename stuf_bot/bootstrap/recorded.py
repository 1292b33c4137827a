"""Runs the errand that reads what an operation left in its instance repository."""

from collections.abc import Mapping
from typing import Any, Final

from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.glass_reading import RECORD, GitHubGlass, read_attempt
from stuf_bot.errands import ErrandLater, ErrandRefused, Run

_PAUSE: Final = 60.0


def record_errands(github: GitHubGlass) -> dict[str, Run]:
    """Its kind, and what runs it."""

    def read(payload: Mapping[str, Any]) -> dict[str, Any]:
        try:
            record = read_attempt(github, payload["repository"], payload["attempt"])
        except GitHubUnavailable:
            raise ErrandLater(_PAUSE) from None
        except GitHubRefused as error:
            raise ErrandRefused("github-refused", str(error)) from None
        return record.model_dump(mode="json") if record else {}

    return {RECORD: read}
