"""What an attempt left in the instance repository: which stages it ran, what each did, which files it changed."""

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provisioning.github import GitHub, GitHubRefused

RECORD: Final = "github.record"
"""The errand that reads it: {operation, attempt, repository} -> an AttemptRecord, or nothing where none was left."""

_HISTORY: Final = "audit/deployment-history"
_CHANGES: Final = "audit/config-changes"
_LOGS: Final = "infrastructure/deployment-logs"


class GitHubGlass(GitHub):
    """GitHub, as far as an instance repository is read. What it raises names no token and no header."""

    def files(self, repository: str, folder: str) -> list[str]:
        """The paths of the files in a folder. Raises GitHubRefused, with 404 where there is none."""
        with self._errors(f"listing {folder} of {repository}"):
            found: Any = self._client().get_repo(repository).get_contents(folder)
            return [str(one.path) for one in found] if isinstance(found, list) else []

    def file(self, repository: str, path: str) -> bytes:
        """A file, at most 1 MB. Raises GitHubRefused, with 404 where there is none."""
        with self._errors(f"reading {path} of {repository}"):
            found: Any = self._client().get_repo(repository).get_contents(path)
            return bytes(found.decoded_content)


class _Read(BaseModel):
    # Records of other versions of the stages are read as far as they go.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class StageRecord(_Read):
    """A stage that ran; `details` are its own words for what it made, neither secret nor personal."""

    stage: str = ""
    succeeded: bool = False
    seconds: float = 0.0
    details: dict[str, str] = Field(default_factory=dict)


class AttemptRecord(_Read):
    """The record of an attempt. `changed` are paths of the configuration, `history` and `log` paths to look at."""

    stages: tuple[StageRecord, ...] = ()
    control_commit: str = ""
    changed: tuple[str, ...] = ()
    history: str = ""
    log: str = ""


class _Changes(_Read):
    files: tuple[str, ...] = ()


def read_attempt(github: GitHubGlass, repository: str, attempt_id: str) -> AttemptRecord | None:
    """The record of `attempt_id` (op-k3f9xy-1), None where it left none. Raises GitHubRefused, GitHubUnavailable."""
    history = next((path for path in _listed(github, repository, _HISTORY) if _is_of(path, attempt_id)), None)
    if history is None:
        return None
    name = PurePosixPath(history).stem
    try:
        record = AttemptRecord.model_validate_json(github.file(repository, history))
    except ValidationError:
        record = AttemptRecord()
    changes = f"{_CHANGES}/{name}.json"
    log = f"{_LOGS}/{name}.log"
    return record.model_copy(
        update={
            "changed": _changed(github, repository, changes),
            "history": history,
            "log": log if log in _listed(github, repository, _LOGS) else "",
        }
    )


def _listed(github: GitHubGlass, repository: str, folder: str) -> list[str]:
    try:
        return github.files(repository, folder)
    except GitHubRefused as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return []
        raise


def _changed(github: GitHubGlass, repository: str, path: str) -> tuple[str, ...]:
    try:
        return _Changes.model_validate_json(github.file(repository, path)).files
    except ValidationError:
        return ()
    except GitHubRefused as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return ()
        raise


def _is_of(path: str, attempt_id: str) -> bool:
    return PurePosixPath(path).name.endswith(f"_{attempt_id}.json")
